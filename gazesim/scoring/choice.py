"""Which measures a score is asked for, whether they fit the data and the models, and what a display gives them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gazesim.checks import unknown
from gazesim.datasets.dataset import DataSet
from gazesim.metrics import METRICS, Measure
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.viewing import Viewing


@dataclass(frozen=True)
class Choice:
    """The names of the measures asked for, by what they score.

    names : all, in the order asked for
    maps : those of priority maps, at all fixations or at the next one
    paths : those of two scanpaths
    searches : those of searches
    protocols : those of a data set as a whole
    slopes : whether search slopes are compared, as the data have people's reaction times
    """

    names: list[str]
    maps: list[str]
    paths: list[str]
    searches: list[str]
    protocols: list[str]
    slopes: bool

    @property
    def needs_first_maps(self) -> bool:
        """Whether some take one map a display."""
        return any(METRICS[metric].kind == "map" for metric in self.maps)

    @property
    def needs_paths(self) -> bool:
        """Whether some take scanpaths, or search slopes do."""
        return bool(self.paths or self.searches or self.protocols or self.slopes)


def choose(metrics: Iterable[str] | None, data: DataSet, models: list[Candidate], samples: int = 1) -> Choice:
    """Return the measures, those of the task if `metrics` is None.

    Raises
    ------
    ValueError
        If one is unknown, does not fit the task of the data, needs what the data do not have, or fits no model.
    """
    names = _defaults(data, models) if metrics is None else list(metrics)
    slopes = data.responses is not None and any(model.has_paths for model in models)
    if not data.scanpaths:
        if metrics is not None:
            raise ValueError(f"metric is {names}, but {data.name} has no scanpaths of people, only responses")
        if not slopes:
            raise ValueError(f"{data.name} has responses of people, expected a model that makes scanpaths")
        return Choice([], [], [], [], [], slopes)
    if not names:
        raise ValueError("metric is empty, expected at least one")
    for name in names:
        if name not in METRICS:
            raise ValueError(unknown("metric", name, METRICS))
        if names.count(name) > 1:
            raise ValueError(f"metric is {names}, expected each once")
        _check_fits(name, METRICS[name], data, models)
        if METRICS[name].energy and samples < 2 and (drawing := [model for model in models if model.is_random]):
            raise ValueError(f"samples is {samples}, expected at least 2 for metric {name!r} of {_names(drawing)}")
        if METRICS[name].kind == "protocol":
            _check_one_scanpath(name, models, samples)
    return Choice(
        names,
        [name for name in names if METRICS[name].takes_maps],
        [name for name in names if METRICS[name].kind == "scanpaths"],
        [name for name in names if METRICS[name].of_search],
        [name for name in names if METRICS[name].kind == "protocol"],
        slopes,
    )


def arguments_of(measure: Measure, viewing: Viewing) -> dict[str, Any]:
    """Return the arguments with which a measure is computed on a display, beside what it scores.

    Raises
    ------
    ValueError
        If the px in a degree are needed and not known.
    """
    given = {argument: getattr(viewing, fact) for argument, fact in measure.needs.items()}
    in_px = {argument: degrees * viewing.px_per_degree for argument, degrees in measure.degrees.items()}
    return {**measure.settings, **given, **in_px}


def _defaults(data: DataSet, models: list[Candidate]) -> list[str]:
    """Return the measures of the task: in free viewing of maps, if a model has some, else of scanpaths."""
    maps = data.task == "free_viewing" and any(model.has_maps for model in models)
    return [
        name for name, measure in METRICS.items() if data.task in measure.default_for and measure.takes_maps == maps
    ]


def _check_fits(name: str, measure: Measure, data: DataSet, models: list[Candidate]) -> None:
    if measure.kind == "sample" or measure.missing:
        needed = ", ".join(measure.missing) or "values of many trials"
        raise ValueError(
            f"metric {name!r} needs {needed}, which no data set has: call gazesim.metrics.{measure.function.__name__}"
        )
    if measure.of_search and data.task != "search":
        raise ValueError(f"metric {name!r} is of search, but {data.name} is free viewing and has no targets")
    if measure.kind == "protocol" and data.name not in measure.datasets:
        raise ValueError(
            f"metric {name!r} is the published protocol of {', '.join(measure.datasets)}, not of {data.name}"
        )
    if measure.needs_durations:
        if not any(path.duration_ms is not None for path in data.scanpaths):
            raise ValueError(f"metric {name!r} needs durations, but {data.name} has none")
        if not any(path.duration_ms is not None for model in models for path in model.paths.values()):
            raise ValueError(f"metric {name!r} needs durations, but no model has any")
    if measure.takes_maps:
        if not any(model.has_maps for model in models):
            raise ValueError(f"metric {name!r} scores priority maps, but {_names(models)} has scanpaths only")
    elif not any(model.has_paths for model in models):
        raise ValueError(f"metric {name!r} scores scanpaths, but {_names(models)} has maps only")


def _check_one_scanpath(name: str, models: list[Candidate], samples: int) -> None:
    if samples > 1:
        raise ValueError(f"samples is {samples}, expected 1 for metric {name!r}, a protocol of one scanpath a trial")
    if several := [model for model in models if any(model.further.values())]:
        raise ValueError(
            f"{_names(several)}: several scanpaths of a trial, expected one for metric {name!r}, a published protocol"
        )


def _names(models: list[Candidate]) -> str:
    return ", ".join(model.name for model in models)
