"""What is known about a measure besides its value: direction, range, chance, symmetry, source."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Measure:
    """Facts about one measure, for tables, plots and tests.

    Parameters
    ----------
    name : str
        What tables call it; the name of the function.
    function : callable
        The measure itself.
    direction : {"higher", "lower"}
        Whether a higher or a lower value is more alike.
    low, high : float
        The range of its values; infinite where it has no bound.
    about : str
        One line.
    source : str
        Who defined it.
    parts : tuple of str
        The names of the values along the last axis; empty for a measure of a single value.
    chance : float, optional
        What unrelated input scores, where that is known analytically; None where it depends on the data.
    symmetric : bool
        Whether the two arguments can be exchanged.
    needs_durations : bool
        Whether a value, with the settings the function has by default, needs durations.
    """

    name: str
    function: Callable[..., Any]
    direction: Literal["higher", "lower"]
    low: float
    high: float
    about: str
    source: str
    parts: tuple[str, ...] = ()
    chance: float | None = None
    symmetric: bool = True
    needs_durations: bool = False

    @property
    def best(self) -> float:
        """The value of an input with itself; NaN where the measure has no bound on that side."""
        best = self.high if self.direction == "higher" else self.low
        return best if math.isfinite(best) else math.nan


def registry(*families: tuple[Measure, ...]) -> dict[str, Measure]:
    """Return the measures of all families by name; ValueError if two share one."""
    measures: dict[str, Measure] = {}
    for measure in (measure for family in families for measure in family):
        if measure.name in measures:
            raise ValueError(f"two measures are named {measure.name!r}")
        measures[measure.name] = measure
    return measures
