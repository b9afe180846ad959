"""The parameters that can be fitted: their bounds, and how they become settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import unknown

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """A number that is fitted within bounds.

    name         : of the parameter; "level_weights[1]" is the logarithm of the second weight over the first
    low, high    : bounds
    logarithmic  : whether equal steps are equal ratios
    start        : where a fit begins, unless the model sets it
    of_attention : whether it changes the maps themselves, which are then made anew for each of its values
    """

    name: str
    low: float
    high: float
    logarithmic: bool = True
    start: float = 1.0
    of_attention: bool = False

    def value(self, unit: float) -> float:
        """Return the value at `unit`, 0 to 1 between the bounds."""
        if self.logarithmic:
            return float(np.exp(np.log(self.low) + unit * np.log(self.high / self.low)))
        return float(self.low + unit * (self.high - self.low))

    def unit(self, value: float) -> float:
        """Return where `value` lies between the bounds, 0 to 1."""
        if self.logarithmic:
            return float(np.clip(np.log(max(value, 1e-300) / self.low) / np.log(self.high / self.low), 0, 1))
        return float(np.clip((value - self.low) / (self.high - self.low), 0, 1))


KNOWN = {
    each.name: each
    for each in (
        Parameter("temperature", 1e-3, 10.0, start=0.1),
        Parameter("lapse", 1e-4, 0.9, start=0.05),
        Parameter("saccade_cost", -0.2, 0.5, False, start=0.01),
        Parameter("inhibition_strength", 1e-3, 20.0, start=0.3),
        Parameter("inhibition_decay", 0.2, 100.0, start=4.0),
        Parameter("visibility", 0.3, 20.0, start=3.0, of_attention=True),
        Parameter("visibility_deg", 0.3, 30.0, start=3.0, of_attention=True),
        Parameter("centre_variance", 0.01, 3.0, start=0.22, of_attention=True),
        Parameter("centre_flatness", 0.05, 4.0, start=0.45, of_attention=True),
    )
}
WEIGHT = Parameter("weight", -6.0, 6.0, False, start=0.0)


def chosen(names: Sequence[str], weights_setting: str, components: int, known: Sequence[str]) -> list[Parameter]:
    """Return the parameters called `names`, those of them that the model has; weights are one less than components.

    Parameters
    ----------
    names : sequence of str
    weights_setting : str
        The setting that holds the weights of the model's components.
    components : int
        How many those are.
    known : sequence of str
        The settings of the model.

    Raises
    ------
    ValueError
        If a name is none of a parameter, or is there twice.
    """
    found: list[Parameter] = []
    for name in names:
        if name not in KNOWN and name != "level_weights":
            raise ValueError(unknown("parameter", name, [*KNOWN, "level_weights"]))
        if names.count(name) > 1:
            raise ValueError(f"parameters has {name!r} {names.count(name)} times, expected once")
        if name == weights_setting:
            found += [Parameter(f"{name}[{i}]", WEIGHT.low, WEIGHT.high, False, 0.0) for i in range(1, components)]
        elif name in known and name != "level_weights":
            found.append(KNOWN[name])
    return found


def settings_of(parameters: Sequence[Parameter], values: Sequence[float]) -> dict[str, Any]:
    """Return the settings that parameters with these values stand for; weights sum to 1."""
    settings: dict[str, Any] = {}
    ratios: dict[str, list[float]] = {}
    for parameter, value in zip(parameters, values, strict=True):
        if "[" in parameter.name:
            ratios.setdefault(parameter.name.partition("[")[0], [0.0]).append(float(value))
        else:
            settings[parameter.name] = float(value)
    for name, logs in ratios.items():
        weights = np.exp(logs)
        settings[name] = tuple((weights / weights.sum()).tolist())
    return settings


def start_of(parameter: Parameter, settings: Mapping[str, Any]) -> float:
    """Return the value at which a fit begins: that of the model's settings if it is one within the bounds."""
    value = settings.get(parameter.name)
    return float(value) if isinstance(value, int | float) and value and value > 0 else parameter.start
