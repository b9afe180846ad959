"""Which measures a score can be asked for, and whether they fit the data and the models."""

from collections.abc import Iterable
from dataclasses import dataclass

from gazesim.checks import unknown
from gazesim.datasets.dataset import DataSet
from gazesim.metrics import MEASURES, Measure
from gazesim.scoring import gupta
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.efficiency import SCORES
from gazesim.scoring.maps import AT_FIXATIONS, AT_NEXT
from gazesim.scoring.paths import SETTINGS, TIMED

DEFAULTS = {
    ("free_viewing", True): ("nss", "auc", "auc_shuffled", "information_gain"),
    ("free_viewing", False): ("scanmatch", "multimatch"),
    ("search", False): ("fixations_to_target", "scanpath_ratio", "tfp_auc", "scanmatch", "multimatch"),
}
METRICS = (*AT_FIXATIONS, *AT_NEXT, *SETTINGS, gupta.NAME, *SCORES)


def measure_of(metric: str) -> Measure:
    """Return what is known about the measure that `metric` computes."""
    return MEASURES["scanmatch" if metric == gupta.NAME else TIMED.get(metric, metric)]


@dataclass(frozen=True)
class Choice:
    """The measures asked for, by what they need."""

    names: list[str]
    maps: list[str]
    paths: list[str]
    searches: list[str]
    gupta: bool

    @property
    def needs_first_maps(self) -> bool:
        """Whether some take one map a display."""
        return any(metric in AT_FIXATIONS for metric in self.maps)

    @property
    def needs_paths(self) -> bool:
        """Whether some take scanpaths."""
        return bool(self.paths or self.searches or self.gupta)


def choose(metrics: Iterable[str] | None, data: DataSet, models: list[Candidate]) -> Choice:
    """Return the measures, those of the task if `metrics` is None.

    Raises
    ------
    ValueError
        If one is unknown, does not fit the task of the data, needs what the data do not have, or fits no model.
    """
    maps_only = data.task == "free_viewing" and any(model.has_maps for model in models)
    names = list(DEFAULTS[data.task, maps_only] if metrics is None else metrics)
    if not names:
        raise ValueError("metric is empty, expected at least one")
    for name in names:
        if name not in METRICS:
            raise ValueError(unknown("metric", name, METRICS))
        if names.count(name) > 1:
            raise ValueError(f"metric is {names}, expected each once")
        _check_fits(name, data, models)
    return Choice(
        names,
        [name for name in names if name in AT_FIXATIONS or name in AT_NEXT],
        [name for name in names if name in SETTINGS],
        [name for name in names if name in SCORES],
        gupta.NAME in names,
    )


def _check_fits(name: str, data: DataSet, models: list[Candidate]) -> None:
    if name in SCORES and data.task != "search":
        raise ValueError(f"metric {name!r} is of search, but {data.name} is free viewing and has no targets")
    if name == gupta.NAME and data.name not in gupta.DATASETS:
        raise ValueError(
            f"metric {name!r} is the published protocol of {', '.join(gupta.DATASETS)}, not of {data.name}"
        )
    if name in TIMED:
        if not any(path.duration_ms is not None for path in data.scanpaths):
            raise ValueError(f"metric {name!r} needs durations, but {data.name} has none")
        if not any(path.duration_ms is not None for model in models for path in model.paths.values()):
            raise ValueError(f"metric {name!r} needs durations, but no model has any")
    if name in AT_FIXATIONS or name in AT_NEXT:
        if not any(model.has_maps for model in models):
            raise ValueError(f"metric {name!r} scores priority maps, but {_names(models)} has scanpaths only")
    elif not any(model.has_paths for model in models):
        raise ValueError(f"metric {name!r} scores scanpaths, but {_names(models)} has maps only")


def _names(models: list[Candidate]) -> str:
    return ", ".join(model.name for model in models)
