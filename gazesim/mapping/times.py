"""How long each object was looked at, when, and what after what, with intervals for what is not known of the gaze.

Intervals hold 95 % of draws of the objects that the fixations may have been on. In each draw all boxes of a track get
one label, since the same thing is taken for the same wherever it is seen. They say how sure the assignment is about
this recording, not how other people would look.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_positive, check_shape
from gazesim.mapping.assignment import Assignment
from gazesim.mapping.detections import BACKGROUND, Values, Whole
from gazesim.mapping.gaze import Gaze

DRAWS = 1000


def draws(
    assignment: Assignment, box_probabilities: Values, track: Whole, seed: int = 0, n: int = DRAWS
) -> NDArray[np.int16]:
    """Return which objects the fixations may have been on, int16 (n, fixations), numbers of `assignment.names`.

    Parameters
    ----------
    assignment : Assignment
    box_probabilities : (boxes, labels)
        What `assign` was given; the labels are the first of `assignment.names`.
    track : int64 (boxes,)
        See `gazesim.mapping.tracks.tracks`; boxes of one track get the same label in a draw.
    seed, n : int
    """
    check_at_least("n", n, 1)
    check_shape("track", track, (len(box_probabilities),))
    random = np.random.default_rng(seed)
    background = assignment.names.index(BACKGROUND)
    edges = np.cumsum(box_probabilities, axis=1)
    edges /= edges[:, -1:]
    steps = np.cumsum(assignment.on_box, axis=1)
    result = np.empty((n, len(steps)), np.int16)
    rows = np.concatenate([assignment.boxes, np.full((len(steps), 1), -1)], axis=1)
    for draw in range(n):
        place = (random.random((len(steps), 1)) > steps).sum(axis=1).clip(max=steps.shape[1] - 1)
        row = np.take_along_axis(rows, place[:, None], axis=1)[:, 0]
        level = random.random(int(track.max()) + 1)[track[row]]
        label = (level[:, None] > edges[row]).sum(axis=1).clip(max=edges.shape[1] - 1)
        result[draw] = np.where(row < 0, background, label)
    return result


def dwell_times(gaze: Gaze, assignment: Assignment, drawn: NDArray[np.int16]) -> pd.DataFrame:
    """Return one row an object: how long and how often it was looked at.

    Returns
    -------
    DataFrame
        object, dwell_ms, dwell_low, dwell_high, share, share_low, share_high (of all gaze time), fixations,
        fixations_low, fixations_high. Values are expected ones, intervals of 95 %.
    """
    total = max(float(gaze.duration_ms.sum()), 1e-12)
    rows = []
    for number, name in enumerate(assignment.names):
        own = assignment.probabilities[:, number]
        time, count = _interval((drawn == number) @ gaze.duration_ms), _interval((drawn == number).sum(axis=1))
        dwell = float(own @ gaze.duration_ms)
        rows.append((name, dwell, *time, dwell / total, *(time / total), own.sum(), *count))
    columns = ["object"]
    columns += [f"{name}{end}" for name in ("dwell", "share", "fixations") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=columns).rename(columns={"dwell": "dwell_ms"})


def transitions(assignment: Assignment, drawn: NDArray[np.int16]) -> pd.DataFrame:
    """Return one row a pair of different objects: how often gaze went from the first to the second.

    Returns
    -------
    DataFrame
        first, second, count, low, high, and share: of the moves away from the first object that went to the second.
        Counts are means over the draws; pairs that occur in no draw are left out.
    """
    n = len(assignment.names)
    pairs = drawn[:, :-1].astype(np.int64) * n + drawn[:, 1:]
    counts = np.stack([np.bincount(row, minlength=n * n) for row in pairs]).reshape(-1, n, n)
    counts[:, np.arange(n), np.arange(n)] = 0
    mean = counts.mean(axis=0)
    away = mean.sum(axis=1)
    rows = [
        (one, other, mean[i, j], *_interval(counts[:, i, j]), mean[i, j] / away[i])
        for i, one in enumerate(assignment.names)
        for j, other in enumerate(assignment.names)
        if mean[i, j] > 0
    ]
    return pd.DataFrame(rows, columns=["first", "second", "count", "low", "high", "share"])


def time_course(gaze: Gaze, assignment: Assignment, drawn: NDArray[np.int16], window_ms: float = 1000) -> pd.DataFrame:
    """Return one row a window and object: the share of the window's gaze time on the object.

    Returns
    -------
    DataFrame
        start_ms, end_ms, object, share, low, high. Fixations count by the time that they spend in each window; windows
        without gaze are left out.
    """
    check_positive("window_ms", window_ms)
    ends = gaze.onset_ms + gaze.duration_ms
    starts = np.arange(0, max(ends.max(), window_ms), window_ms)
    within = np.minimum(ends, starts[:, None] + window_ms) - np.maximum(gaze.onset_ms, starts[:, None])
    within = within.clip(0)
    seen = within.sum(axis=1) > 0
    starts, within = starts[seen], within[seen] / within[seen].sum(axis=1, keepdims=True)
    expected = within @ assignment.probabilities
    rows = []
    for number, name in enumerate(assignment.names):
        bounds = np.quantile((drawn == number) @ within.T, [0.025, 0.975], axis=0).T
        rows += [
            (start, start + window_ms, name, share, low, high)
            for start, share, (low, high) in zip(starts, expected[:, number], bounds, strict=True)
        ]
    table = pd.DataFrame(rows, columns=["start_ms", "end_ms", "object", "share", "low", "high"])
    return table.sort_values("start_ms", kind="stable", ignore_index=True)


def _interval(values: NDArray[np.number]) -> Values:
    return np.asarray(np.quantile(values, [0.025, 0.975]))
