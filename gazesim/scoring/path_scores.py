"""Scores of scanpaths: how alike are a model's and each person's on one display."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gazesim.metrics import METRICS, Measure, pairwise
from gazesim.metrics.ceiling import leave_one_out_pairs
from gazesim.metrics.energy import energy_scores
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.choice import arguments_of
from gazesim.scoring.map_scores import Row
from gazesim.scoring.viewing import Viewing

Scores = NDArray[np.float64]


def score_paths(viewing: Viewing, models: list[Candidate], metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of scanpaths on a display, of each person with each model and with the levels.

    A person's score of a model is the mean over its samples; of a level, over the others' scanpaths: on this display
    (people), on one other display (other_images), or drawn by chance, as long as theirs (uniform). Nobody is compared
    with a path of their own, but with those of other sessions where some saw the display several times (same_person).
    With others on this display a person is compared both ways, if a measure is not symmetric. The energy form of a
    measure also takes the pairs of a model's samples, and of others; all are compared both ways.

    Parameters
    ----------
    viewing : Viewing
    models : list of Candidate
        NaN where one has no scanpath of the display, or none with the durations that a measure needs.
    metrics : list of str
        Those of kind "scanpaths".
    """
    people, names = [person.path for person in viewing.people], [person.observer for person in viewing.people]
    levels = {"people": people, "other_images": viewing.partner, "uniform": viewing.random_paths()}
    for metric in metrics:
        measure = METRICS[metric]
        parts = measure.parts or ("",)
        for model in models:
            values = _of_model(measure, viewing, people, model.samples(viewing.trial_id))
            yield from _rows(model.name, metric, parts, names, values)
        for level, paths in levels.items():
            values = _of_level(measure, viewing, people, paths, same_display=level == "people")
            yield from _rows(level, metric, parts, names, values)
        if len(set(names)) < len(names):
            yield from _rows("same_person", metric, parts, names, _of_oneself(measure, viewing, people))


def _of_model(measure: Measure, viewing: Viewing, people: list[Scanpath], paths: list[Scanpath]) -> Scores:
    """Return the scores (people, parts) of people with a model's samples."""
    if not measure.energy:
        return _means(_pairs(measure, viewing, people, paths))
    pairs, among = (_both_ways(measure, viewing, each, paths) for each in (people, paths))
    return _by_part(energy_scores, pairs, among)


def _of_level(
    measure: Measure, viewing: Viewing, people: list[Scanpath], paths: list[Scanpath], same_display: bool
) -> Scores:
    """Return the scores (people, parts) of people with paths of others."""
    own = _same_observer(people, paths)
    if measure.energy:
        pairs, among = (_both_ways(measure, viewing, each, paths) for each in (people, paths))
        return _by_part(energy_scores, pairs, among, ~own, ~_same_observer(paths, paths))
    pairs = (_both_ways if same_display else _pairs)(measure, viewing, people, paths)
    if np.array_equal(own, np.eye(len(people), dtype=bool)):
        return np.stack([leave_one_out_pairs(part) for part in np.moveaxis(pairs, 2, 0)], axis=1)
    return _means(np.where(own[..., None], np.nan, pairs))


def _of_oneself(measure: Measure, viewing: Viewing, people: list[Scanpath]) -> Scores:
    """Return the scores (people, parts) of each path with those of the same person in other sessions.

    Two sessions are enough for the energy form: as a person's sessions are alike, the pairs of the others are, on
    average, what the pairs with this one are.
    """
    others = _same_observer(people, people) & ~np.eye(len(people), dtype=bool)
    pairs = _means(np.where(others[..., None], _both_ways(measure, viewing, people, people), np.nan))
    return pairs / 2 if measure.energy else pairs


def _pairs(measure: Measure, viewing: Viewing, people: list[Scanpath], paths: list[Scanpath]) -> Scores:
    """Return the scores (people, paths, parts) of all pairs, NaN where durations are needed and not known."""
    scores = np.full((len(people), len(paths), max(1, len(measure.parts))), np.nan)
    rows, columns = (
        [i for i, path in enumerate(each) if not measure.needs_durations or path.duration_ms is not None]
        for each in (people, paths)
    )
    if rows and columns:
        first, second = [people[i] for i in rows], [paths[i] for i in columns]
        given = arguments_of(measure, viewing)
        if measure.batched:
            pairs = pairwise(measure.function, first, second, **given)
        else:
            pairs = np.array([[measure.function(a, b, **given) for b in second] for a in first], np.float64)
        scores[np.ix_(rows, columns)] = pairs.reshape(len(rows), len(columns), -1)
    return scores


def _both_ways(measure: Measure, viewing: Viewing, people: list[Scanpath], paths: list[Scanpath]) -> Scores:
    """Return the scores of all pairs, of a measure that is not symmetric the means of both ways; NaN is left out."""
    scores = _pairs(measure, viewing, people, paths)
    if measure.symmetric:
        return scores
    same = people is paths
    turned = (scores if same else _pairs(measure, viewing, paths, people)).transpose(1, 0, 2)
    return np.where(np.isnan(scores), turned, np.where(np.isnan(turned), scores, (scores + turned) / 2))


def _same_observer(people: list[Scanpath], paths: list[Scanpath]) -> NDArray[np.bool_]:
    """Return whether the paths (people, paths) are of the same observer."""
    same = [[person.observer == path.observer for path in paths] for person in people]
    return np.array(same, bool).reshape(len(people), len(paths))


def _means(scores: Scores) -> Scores:
    """Return the means (people, parts) of scores (people, paths, parts) over paths; NaN is left out."""
    use = ~np.isnan(scores)
    sums, counts = np.where(use, scores, 0).sum(axis=1), use.sum(axis=1)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)


def _by_part(function: Callable[..., Scores], pairs: Scores, among: Scores, *masks: NDArray[np.bool_]) -> Scores:
    parts = range(pairs.shape[2])
    return np.stack([function(pairs[..., part], among[..., part], *masks) for part in parts], axis=1)


def _rows(model: str, metric: str, parts: tuple[str, ...], people: list[str], values: Scores) -> Iterator[Row]:
    for column, part in enumerate(parts):
        for observer, value in zip(people, values[:, column].tolist(), strict=True):
            yield model, metric, part, observer, value
