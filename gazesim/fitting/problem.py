"""A likelihood as a function of parameters between their bounds, whatever has to be made anew for a value of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention
from gazesim.attention.lattice import OnLattice
from gazesim.fitting.decisions import Decisions, MapSource, Table
from gazesim.fitting.likelihood import Likelihood
from gazesim.fitting.parameters import Parameter, chosen, settings_of, start_of
from gazesim.models import load_model, model_settings
from gazesim.scanpath import Scanpath
from gazesim.search.loop import SearchModel
from gazesim.trial import Trial

Floats = NDArray[np.float64]
NODES = 65  # along the range of a parameter of attention: at these maps are made, between them interpolated
KEPT_NODES = 200


@dataclass(frozen=True, eq=False)
class Subject:
    """The model that is fitted.

    name, weights, device : see `gazesim.load_model`
    settings    : what differs from those of the model
    parameters  : what is fitted
    cell_deg    : side of the cells of displays without objects
    lattice_deg : see `OnLattice`; None makes the maps at each fixation
    """

    name: str
    settings: Mapping[str, Any]
    parameters: tuple[Parameter, ...]
    weights: str | Path = "embedded"
    device: str = "cpu"
    cell_deg: float = 1.0
    lattice_deg: float | None = None

    @classmethod
    def of(cls, name: str, names: Sequence[str], settings: Mapping[str, Any], **how: Any) -> "Subject":
        """Return the model with the parameters called `names` that it has; ValueError if it has none of them."""
        given = {**model_settings(name), **settings}
        if "inhibition_decay" in names and "inhibition_strength" not in names and not given["inhibition_strength"]:
            raise ValueError("parameters has inhibition_decay, expected inhibition_strength too, or a setting of it")
        bare = cls(name, {**_free(names), **settings}, (), **how)
        attention = bare.model().attention
        found = chosen(names, attention.weights_setting, attention.n_components, list(given))
        if not found:
            raise ValueError(f"parameters is {list(names)}, of which {name} has none")
        if given["temperature"] is None and "temperature" not in names:
            raise ValueError(f"temperature of {name} is None, which draws nothing; expected it among the parameters")
        return replace(bare, parameters=tuple(found))

    def model(self, values: Sequence[float] | None = None, attention: Attention | None = None) -> SearchModel:
        """Return the model with these values of its parameters; `attention` in place of its own, if one is given."""
        own = {} if values is None else settings_of(self.parameters, values)
        model = load_model(self.name, weights=self.weights, device=self.device, **{**self.settings, **own})
        if attention is not None:
            model.attention = attention
        elif self.lattice_deg is not None and model.attention.depends_on == "fixation":
            model.attention = OnLattice(model.attention, self.lattice_deg)
        return model

    @property
    def starts(self) -> Floats:
        """Where a fit begins, (n,), units of the ranges."""
        given = {**model_settings(self.name), **self.settings}
        return np.array([each.unit(start_of(each, given)) for each in self.parameters])

    def values(self, units: Sequence[float] | Floats) -> list[float]:
        """Return the values of the parameters at `units`."""
        return [each.value(unit) for each, unit in zip(self.parameters, units, strict=True)]


def _free(names: Sequence[str]) -> dict[str, Any]:
    """Return settings that let the parameters `names` be set, such as a strength with a decay."""
    free: dict[str, Any] = {}
    if "inhibition_strength" in names:
        free["inhibition_strength"] = 1.0
    if "inhibition_decay" in names:
        free["inhibition_decay"] = 4.0
    if "temperature" in names:
        free["temperature"] = 0.1
    return free


class Problem:
    """Minus the log likelihood of scanpaths, by the parameters in units of their ranges.

    Parameters
    ----------
    subject : Subject
    trials : sequence of Trial
    paths : sequence of Scanpath
    folder : Path, optional
        Where maps are kept that do not change with the parameters.
    """

    def __init__(
        self,
        subject: Subject,
        trials: Sequence[Trial],
        paths: Sequence[Scanpath],
        folder: Path | None = None,
        *,
        decisions: Decisions | None = None,
        attention: Attention | None = None,
    ) -> None:
        self.subject, self.trials, self.paths, self.folder = subject, list(trials), list(paths), folder
        self.slow = [i for i, each in enumerate(subject.parameters) if each.of_attention]
        self.attention = attention
        self._weights_setting = subject.model().attention.weights_setting
        self._table: Table | None = None
        self._likelihood: Likelihood | None = None
        self._nodes: dict[tuple[int, ...], NDArray[np.float32]] = {}
        if decisions is not None:
            self._likelihood = Likelihood(decisions, subject.settings, self._weights_setting)

    @property
    def table(self) -> Table:
        """The scanpaths as rows."""
        if self._table is None:
            objects = self.subject.model().memory.candidates != "display"
            self._table = Table(self.trials, self.paths, self.subject.cell_deg, objects=objects)
        return self._table

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood; with parameters of attention its maps are of one of their nodes."""
        if self._likelihood is None:
            at = np.round(self.subject.starts[self.slow] * (NODES - 1)).astype(int)
            decisions = self._decisions(tuple(at.tolist()), progress=None if self.attention is None else False)
            self._likelihood = Likelihood(decisions, self.subject.settings, self._weights_setting)
        return self._likelihood

    def log_shares(self, units: Floats) -> Floats:
        """Return ln p (d,) of each fixation."""
        maps, _ = self._maps(units) if self.slow else (None, None)
        return self.likelihood.log_shares(self.subject.parameters, self.subject.values(units), maps=maps)[0]

    def __call__(self, units: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood at `units` (n,) and its derivatives (n,)."""
        units = np.asarray(units, np.float64).clip(0, 1)
        maps, changes = self._maps(units) if self.slow else (None, {})
        values = self.subject.values(units)
        found, slopes = self.likelihood.log_shares(
            self.subject.parameters, values, slopes=True, maps=maps, changes=changes
        )
        gradient = -slopes.sum(axis=0)
        for i, each in enumerate(self.subject.parameters):
            if i not in self.slow:
                gradient[i] *= values[i] * np.log(each.high / each.low) if each.logarithmic else each.high - each.low
        return -float(found.sum()), gradient

    def _maps(self, units: Floats) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """Return the maps (m, k, p) at `units`, and their derivatives by the units of the parameters of attention.

        They are interpolated between the nodes by Catmull-Rom splines, whose derivatives are continuous.
        """
        place = units[self.slow] * (NODES - 1)
        first = np.minimum(np.floor(place).astype(int), NODES - 2)
        bases = [_catmull_rom(share) for share in place - first]
        maps: NDArray[np.float32] | None = None
        changes: dict[str, NDArray[np.float32]] = {}
        for offset in np.ndindex(*[4] * len(self.slow)):
            node = tuple(int(np.clip(f + o - 1, 0, NODES - 1)) for f, o in zip(first, offset, strict=True))
            own = self._node(node)
            weight = float(np.prod([basis[0][o] for basis, o in zip(bases, offset, strict=True)]))
            maps = weight * own if maps is None else maps + weight * own
            for n, i in enumerate(self.slow):
                parts = [basis[int(n == m)][o] for m, (basis, o) in enumerate(zip(bases, offset, strict=True))]
                name, slope = self.subject.parameters[i].name, float(np.prod(parts)) * (NODES - 1)
                changes[name] = changes.get(name, np.float32(0)) + np.float32(slope) * own
        assert maps is not None
        return maps.astype(np.float32), changes

    def _node(self, node: tuple[int, ...]) -> NDArray[np.float32]:
        if node not in self._nodes:
            if len(self._nodes) >= KEPT_NODES:
                self._nodes.pop(next(iter(self._nodes)))
            self._nodes[node] = self._decisions(node, progress=False).maps
        return self._nodes[node]

    def _decisions(self, node: tuple[int, ...], progress: bool | None) -> Decisions:
        """Return the decisions with the maps that attention makes with its parameters at a node."""
        units = self.subject.starts.copy()
        units[self.slow] = np.array(node) / (NODES - 1)
        model = self.subject.model(self.subject.values(units), self.attention)
        components = any("[" in each.name for each in self.subject.parameters)
        components |= isinstance(self.subject.settings.get(self._weights_setting), tuple | list)
        source = MapSource(
            model.attention, model.memory, components=components, folder=None if self.slow else self.folder
        )
        return self.table.decisions(source, keep=self.attention is not None, progress=progress)

    def part(self, keep: Callable[[Scanpath], bool]) -> "Problem":
        """Return the problem of those of the scanpaths for which `keep` is true."""
        kept = [path for path in self.paths if keep(path)]
        if self.slow:
            shown = {path.trial for path in kept}
            return Problem(self.subject, [trial for trial in self.trials if trial.id in shown], kept)
        d = self.likelihood.decisions
        known = np.array([keep(path) for path in self.table.paths])
        own = d.of(known[d.path_of])
        own = replace(own, path_of=(np.cumsum(known) - 1)[own.path_of])  # as they are numbered among those kept
        return Problem(self.subject, self.trials, kept, decisions=own, attention=self.attention)


def _catmull_rom(t: float) -> tuple[Floats, Floats]:
    """Return the weights (4,) of the nodes at -1, 0, 1, 2 for a place `t`, 0 to 1, and their derivatives."""
    weights = [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]
    slopes = [-1 + 4 * t - 3 * t**2, -10 * t + 9 * t**2, 1 + 8 * t - 9 * t**2, -2 * t + 3 * t**2]
    return np.array(weights) / 2, np.array(slopes) / 2
