"""Scores of scanpaths: how alike are a model's and each person's on one display."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.metrics import SCANPATH_MEASURES, cluster_centres, pairwise
from gazesim.metrics.ceiling import leave_one_out_pairs
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.maps import Row
from gazesim.scoring.viewing import Viewing

DURATION_BIN_MS = 50.0
RECURRENCE_DEG = 2.0
Settings = Callable[[Viewing], dict[str, Any]]


def _size(viewing: Viewing) -> dict[str, Any]:
    return {"size": viewing.size}


def _timed_size(viewing: Viewing) -> dict[str, Any]:
    return {"size": viewing.size, "temporal_bin_ms": DURATION_BIN_MS}


def _clusters(viewing: Viewing) -> dict[str, Any]:
    return {"centres": cluster_centres([person.path for person in viewing.people])}


def _timed_clusters(viewing: Viewing) -> dict[str, Any]:
    return {**_clusters(viewing), "duration_bin_ms": DURATION_BIN_MS}


def _radius(viewing: Viewing) -> dict[str, Any]:
    return {"radius_px": RECURRENCE_DEG * viewing.px_per_degree}


def _nothing(viewing: Viewing) -> dict[str, Any]:
    return {}


TIMED = {"scanmatch_durations": "scanmatch", "sequence_score_durations": "sequence_score"}
SETTINGS: dict[str, Settings] = {
    "multimatch": _size,
    "scanmatch": _size,
    "scanmatch_durations": _timed_size,
    "string_edit_distance": _size,
    "string_edit_similarity": _size,
    "tde": _nothing,
    "sbtde": _size,
    "stde": _size,
    "stde_distance": _size,
    "sequence_score": _clusters,
    "sequence_score_durations": _timed_clusters,
    "fixation_edit_distance": _clusters,
    "dtw": _nothing,
    "frechet": _nothing,
    "hausdorff": _nothing,
    "eyeanalysis": _nothing,
    "mannan": _size,
    "cross_recurrence": _radius,
    "amplitude_distance": _nothing,
    "direction_distance": _nothing,
}


def score_paths(viewing: Viewing, models: list[Candidate], metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of scanpaths on a display, of each person with each model and with the levels.

    A person's score of a level is the mean over the others' scanpaths: on this display (people), on one other display
    (other_images), or drawn by chance, as long as theirs (uniform). No person is compared with a path of their own.

    Parameters
    ----------
    viewing : Viewing
    models : list of Candidate
        NaN where one has no scanpath of the display, or none with the durations that a measure needs.
    metrics : list of str
        Names in `SETTINGS`.
    """
    people, names = [person.path for person in viewing.people], [person.observer for person in viewing.people]
    levels = {"people": people, "other_images": viewing.partner, "uniform": viewing.random_paths()}
    for metric in metrics:
        measure = SCANPATH_MEASURES[TIMED.get(metric, metric)]
        settings = SETTINGS[metric](viewing)

        def scores(
            paths: list[Scanpath], measure: Any = measure, settings: Any = settings, metric: str = metric
        ) -> NDArray[np.float64]:
            """(people, paths, parts)."""
            found = np.full((len(people), len(paths), max(1, len(measure.parts))), np.nan)
            usable = [i for i, path in enumerate(paths) if metric not in TIMED or path.duration_ms is not None]
            timed = [i for i, path in enumerate(people) if metric not in TIMED or path.duration_ms is not None]
            if usable and timed:
                pairs = pairwise(measure.function, [people[i] for i in timed], [paths[i] for i in usable], **settings)
                found[np.ix_(timed, usable)] = pairs.reshape(len(timed), len(usable), -1)
            return found

        parts = measure.parts or ("",)
        own = [model.paths.get(viewing.trial.id) for model in models]
        by_model = scores([path for path in own if path is not None])
        column = iter(range(by_model.shape[1]))
        for model, path in zip(models, own, strict=True):
            values = np.full((len(people), len(parts)), np.nan) if path is None else by_model[:, next(column)]
            yield from _rows(model.name, metric, parts, names, values)
        for level, paths in levels.items():
            values = _over_others(scores(paths), names, [path.observer for path in paths])
            yield from _rows(level, metric, parts, names, values)


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
