"""Scores of priority maps: at the fixations of each person, and, given what they fixated before, at the next one.

What a measure computes from a map alone is computed once for all people.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gazesim.metrics import METRICS, Measure
from gazesim.metrics.conditional import at_next
from gazesim.metrics.maps import density
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.choice import arguments_of
from gazesim.scoring.viewing import Map, Person, Viewing
from gazesim.trial import Trial

CENTRE_SHARE = 0.1  # mixed into maps with zeros before a logarithm is taken
Row = tuple[str, str, str, str, float]  # model, metric, part, observer, value
Steps = tuple[Callable[[Map], Any], Callable[[Any, Any], Any]]  # map -> prepared; prepared, fixations -> value


def score_maps(viewing: Viewing, maps: Mapping[str, Map], metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of each person on a display: of the maps by the name of the model, and of the levels.

    Parameters
    ----------
    viewing : Viewing
    maps : dict of (height, width)
        Of models, for the whole display.
    metrics : list of str
        Those of kind "map" score `maps` and the levels, those of kind "next_map" the levels only.
    """
    levels = {"other_images": viewing.centre_bias, "uniform": np.full(viewing.shape, 1 / np.prod(viewing.shape))}
    later = [_after_first(person) for person in viewing.people]
    for metric in metrics:
        measure = METRICS[metric]
        static = measure.kind == "map"
        people = viewing.people if static else later
        for name, saliency in ({**maps, **levels} if static else levels).items():
            yield from _rows(name, metric, people, _scored(measure, saliency, viewing, people))
    for number, person in enumerate(viewing.people):
        others = viewing.of_others(number) if len(viewing.people) > 1 else None
        for metric in metrics:
            measure = METRICS[metric]
            own = [person if measure.kind == "map" else later[number]]
            values = [float("nan")] if others is None else _scored(measure, others, viewing, own)
            yield from _rows("people", metric, own, values)


def score_next(viewing: Viewing, models: list[Candidate], trial: Trial, metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of `models` for each person, whose next fixation they predict from those before.

    Parameters
    ----------
    viewing : Viewing
    models : list of Candidate
        With maps.
    trial : Trial
    metrics : list of str
        Those of kind "next_map" are scored; means over the fixations of a person that are on the display.
    """
    for metric in (metric for metric in metrics if METRICS[metric].kind == "next_map"):
        for model in models:
            for person in viewing.people:
                yield (
                    model.name,
                    metric,
                    "",
                    person.observer,
                    _next_score(METRICS[metric], model, person, trial, viewing),
                )


def _scored(measure: Measure, saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """Return the score of each person, NaN without a fixation on the display, or of a map that predicts nothing."""
    if _predicts_nothing(saliency) or not any(len(person.pixels) for person in people):
        return [float("nan")] * len(people)
    prepare, score = _steps(measure, viewing)
    prepared = prepare(saliency)
    return [
        float(score(prepared, _seen(measure, person, viewing))) if len(person.pixels) else float("nan")
        for person in people
    ]


def _steps(measure: Measure, viewing: Viewing) -> Steps:
    """Return the two steps of a measure with what the display gives it."""
    given = arguments_of(measure, viewing)

    def prepare(saliency: Map) -> Any:
        complete = _without_zeros(saliency, viewing) if measure.logarithmic else saliency
        return complete if measure.prepare is None else measure.prepare(complete, **given)

    def score(prepared: Any, seen: Any) -> Any:
        return measure.function(prepared, seen, **given) if measure.score is None else measure.score(prepared, seen)

    return prepare, score


def _seen(measure: Measure, person: Person, viewing: Viewing) -> Any:
    """Return what of a person a map is scored by."""
    if measure.of == "density":
        return viewing.densities[person]
    return person.pixels if measure.of == "pixels" else person.xy


def _without_zeros(saliency: Map, viewing: Viewing) -> Map:
    """Return the map, one with zeros mixed with the centre bias."""
    if saliency.min() > 0:
        return saliency
    return np.asarray((1 - CENTRE_SHARE) * density(saliency) + CENTRE_SHARE * viewing.centre_bias)


def _predicts_nothing(saliency: Map) -> bool:
    return bool(np.isnan(saliency).all())


def _rows(model: str, metric: str, people: Sequence[Person], values: list[float]) -> Iterator[Row]:
    for person, value in zip(people, values, strict=True):
        yield model, metric, "", person.observer, value


def _after_first(person: Person) -> Person:
    """Return the person without the first fixation, which no map predicts; with none if there is no other."""
    rest = person.path.xy[1:]
    # a path needs a fixation: one off the display does not count
    path = Scanpath(rest if len(rest) else np.array([[-1e6, -1e6]]))
    return Person(person.observer, path, person.shape)


def _next_score(measure: Measure, model: Candidate, person: Person, trial: Trial, viewing: Viewing) -> float:
    """Return the mean over the fixations of a person that `model` predicts from those before.

    NaN if there is none, or `model` predicts nothing for one: what is left would be another selection of fixations.
    """
    prepare, score = _steps(measure, viewing)

    def told(history: Map) -> Map:
        saliency = model.next_map(trial, history)
        if _predicts_nothing(saliency):
            raise _NothingError
        return saliency

    try:
        values = at_next(told, person.path.xy, prepare, score, pixels=measure.of == "pixels")
    except _NothingError:
        return float("nan")
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


class _NothingError(Exception):
    """A map predicts nothing."""
