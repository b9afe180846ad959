"""Scores of scanpaths: how alike are a model's and each person's on one display."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gazesim.metrics import METRICS, Measure, pairwise
from gazesim.metrics.ceiling import leave_one_out_pairs
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.choice import arguments_of
from gazesim.scoring.map_scores import Row
from gazesim.scoring.viewing import Viewing


def score_paths(viewing: Viewing, models: list[Candidate], metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of scanpaths on a display, of each person with each model and with the levels.

    A person's score of a level is the mean over the others' scanpaths: on this display (people), on one other display
    (other_images), or drawn by chance, as long as theirs (uniform). No person is compared with a path of their own.
    With others on this display a person is compared both ways, if a measure is not symmetric.

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
        own = [model.paths.get(viewing.trial_id) for model in models]
        by_model = _pairs(measure, viewing, people, [path for path in own if path is not None])
        column = iter(range(by_model.shape[1]))
        for model, path in zip(models, own, strict=True):
            values = np.full((len(people), len(parts)), np.nan) if path is None else by_model[:, next(column)]
            yield from _rows(model.name, metric, parts, names, values)
        for level, paths in levels.items():
            pairs = _pairs(measure, viewing, people, paths)
            if level == "people" and not measure.symmetric:
                pairs = _both_ways(pairs)
            values = _over_others(pairs, names, [path.observer for path in paths])
            yield from _rows(level, metric, parts, names, values)


def _pairs(measure: Measure, viewing: Viewing, people: list[Scanpath], paths: list[Scanpath]) -> NDArray[np.float64]:
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


def _both_ways(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of scores (people, people, parts) and of those with the roles exchanged; NaN is left out."""
    turned = scores.transpose(1, 0, 2)
    return np.where(np.isnan(scores), turned, np.where(np.isnan(turned), scores, (scores + turned) / 2))


def _over_others(scores: NDArray[np.float64], people: list[str], paths: list[str | None]) -> NDArray[np.float64]:
    """Return the means (people, parts) of scores (people, paths, parts) over paths of others; NaN is left out."""
    own = np.array([[person == path for path in paths] for person in people], bool).reshape(scores.shape[:2])
    if people == paths:
        return np.stack([leave_one_out_pairs(part) for part in np.moveaxis(scores, 2, 0)], axis=1)
    use = ~own[..., None] & ~np.isnan(scores)
    sums, counts = np.where(use, scores, 0).sum(axis=1), use.sum(axis=1)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)


def _rows(
    model: str, metric: str, parts: tuple[str, ...], people: list[str], values: NDArray[np.float64]
) -> Iterator[Row]:
    for column, part in enumerate(parts):
        for observer, value in zip(people, values[:, column].tolist(), strict=True):
            yield model, metric, part, observer, value
