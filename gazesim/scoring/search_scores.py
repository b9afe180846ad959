"""How soon searchers find the target: numbers of the first fixation on it, scores and curves made of them.

Where the data know the box of a target, a search has found it with the first fixation strictly inside; where they do
not, with the last fixation of a scanpath whose source says that it found it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.metrics import METRICS, Measure
from gazesim.metrics.search_curves import cumulative_performance, fixations_to_target
from gazesim.metrics.statistics import crossed_share
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.map_scores import Row
from gazesim.scoring.viewing import Viewing
from gazesim.trial import Trial

Searches = dict[tuple[str, str], tuple[Viewing, Scanpath | None]]  # of a model or level: by observer and trial
NOBODY = ""  # a model's search is not of a person
Array = NDArray[np.float64]


def first_on_target(trial: Trial, path: Scanpath | None) -> float:
    """Return the number of the first fixation on the target, infinity if there is none; NaN if that is not known."""
    if path is None:
        return float("nan")
    if trial.target_boxes is not None:
        return min(fixations_to_target(path.xy, box) for box in trial.target_boxes)
    if path.found is None:
        return float("nan")
    return float(len(path)) if path.found else float("inf")


def way_to_target(trial: Trial, path: Scanpath | None) -> tuple[Array, Array | None] | None:
    """Return the fixations (n, 2) up to the first on the target, and its box (4,); None if it was not found.

    Around a target of which only the centre is known the box is one pixel; it is None if that is not known either.
    """
    number = first_on_target(trial, path)
    if path is None or not np.isfinite(number):
        return None
    box = None
    if trial.target_boxes is not None:
        box = min(trial.target_boxes, key=lambda box: fixations_to_target(path.xy, box)).astype(np.float64)
    elif trial.target_centre is not None:
        box = np.array([-0.5, -0.5, 0.5, 0.5]) + np.tile(trial.target_centre, 2)
    return path.xy[: int(number)], box


def search_score(measure: Measure, trial: Trial, path: Scanpath | None, longest: int) -> float:
    """Return the value of one search; over searches, the mean of one of a curve is the value of their mean curve."""
    if measure.kind == "search_curve":
        number = first_on_target(trial, path)
        return float("nan") if np.isnan(number) else _of_curve(measure.function, number, longest)
    found = way_to_target(trial, path)
    if found is None:
        return float("nan")
    way, box = found
    if measure.score is not None:
        return float(measure.score(way, box))
    return float("nan") if box is None else float(measure.function(way, box))


@lru_cache(maxsize=1024)
def _of_curve(function: Callable[..., float], number: float, longest: int) -> float:
    return float(function(cumulative_performance([number], longest)))


def longest_search(viewings: list[Viewing]) -> int:
    """Return the number of fixations in the longest scanpath of a person, the length of the curves."""
    return max(len(person.path) for viewing in viewings for person in viewing.people)


def searches(viewings: list[Viewing], models: list[Candidate], longest: int) -> dict[str, Searches]:
    """Return the searches of each model, of people, and by chance.

    Chance (uniform) goes on to `longest` fixations; its targets need a box.
    """
    found: dict[str, Searches] = {
        model.name: {(NOBODY, v.trial_id): (v, model.paths.get(v.trial_id)) for v in viewings} for model in models
    }
    found["people"] = {(p.observer, v.trial_id): (v, p.path) for v in viewings for p in v.people}
    found["uniform"] = {
        (str(path.observer), v.trial_id): (v, path) for v in viewings for path in v.random_paths(longest)
    }
    return found


def score_searches(found: dict[str, Searches], metrics: list[str], longest: int) -> Iterator[tuple[str, Row]]:
    """Yield trial and score of every search."""
    for model, own in found.items():
        for metric in metrics:
            for (observer, trial_id), (viewing, path) in own.items():
                value = search_score(METRICS[metric], viewing.trial, path, longest)
                yield trial_id, (model, metric, "", observer, value)


def search_curves(found: dict[str, Searches], longest: int) -> pd.DataFrame:
    """Return the share of searches that found the target by each fixation, with 95 % intervals.

    Columns model, fixation (1 is the initial one), found, low, high; NaN where that is not known.
    """
    tables = []
    for model, own in found.items():
        numbers = _table({key: first_on_target(viewing.trial, path) for key, (viewing, path) in own.items()})
        curve = search_curve(numbers, longest)
        curve.insert(0, "model", model)
        tables.append(curve)
    return pd.concat(tables, ignore_index=True)


def search_curve(numbers: NDArray[np.float64], longest: int) -> pd.DataFrame:
    """Return the share of the searches of one model that found the target by each fixation, with 95 % intervals.

    Parameters
    ----------
    numbers : (observers, trials)
        The number of the first fixation on the target, infinity where there is none; NaN where that is not known.
    longest : int
        The last fixation.

    Returns
    -------
    DataFrame
        Columns fixation (1 is the initial one), found, low, high.
    """
    unknown = np.isnan(numbers)
    estimates = [crossed_share(np.where(unknown, np.nan, numbers <= k)) for k in range(1, longest + 1)]
    columns = {
        "fixation": range(1, longest + 1),
        "found": cumulative_performance(numbers.ravel(), longest),
        "low": [estimate.low for estimate in estimates],
        "high": [estimate.high for estimate in estimates],
    }
    return pd.DataFrame(columns)


def _table(values: dict[tuple[str, str], float]) -> NDArray[np.float64]:
    """Return values by (observer, trial) as a table (observers, trials), NaN where there is none."""
    observers = {observer: i for i, observer in enumerate(dict.fromkeys(observer for observer, _ in values))}
    trials = {trial: i for i, trial in enumerate(dict.fromkeys(trial for _, trial in values))}
    table = np.full((len(observers), len(trials)), np.nan)
    for (observer, trial), value in values.items():
        table[observers[observer], trials[trial]] = value
    return table
