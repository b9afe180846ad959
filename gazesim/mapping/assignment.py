"""Which object each fixation was on: probabilities that know the error of the gaze, the overlaps, and the labels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from gazesim.checks import as_numbers, check_not_negative, check_option, check_positive, check_shape
from gazesim.mapping.detections import BACKGROUND, Detections, Values, Whole
from gazesim.mapping.gaze import Gaze, check_within

Empty = Literal["refuse", "background"]

LEAST_ERROR_PX = 0.5
ROUNDS = 30  # of expectation and maximisation; changes are below .001 then


@dataclass(frozen=True, eq=False)
class Assignment:
    """Fixations with the probability of each object.

    names         : of the objects, "background" among them
    probabilities : float64 (fixations, objects); rows add up to 1
    boxes         : int64 (fixations, m), the rows of the boxes in the frame of each fixation, -1 where there are fewer
    on_box        : float64 (fixations, m + 1), the probability of each of these boxes, whatever its label; the last
                    column is that of no box
    elsewhere     : share of fixations on no box
    """

    names: tuple[str, ...]
    probabilities: Values
    boxes: Whole
    on_box: Values
    elsewhere: float

    @property
    def likeliest(self) -> NDArray[np.str_]:
        """The likeliest object of each fixation, text (n,)."""
        return np.asarray(np.array(self.names)[self.probabilities.argmax(axis=1)], np.str_)


def assign(
    gaze: Gaze,
    found: Detections,
    probabilities: ArrayLike,
    names: tuple[str, ...],
    *,
    px_per_degree: float,
    gaze_error_deg: float = 1.0,
    elsewhere: float | None = None,
    empty: Empty = "refuse",
) -> Assignment:
    """Return the probability of each object for each fixation, by Bayes' rule.

    A fixation is on a box of its frame, each equally likely, or with probability `elsewhere` on none. It was then
    somewhere within the box (within the frame), anywhere equally likely, and measured with a Gaussian error. So a box
    gets the share of the Gaussian within it, divided by its area: where boxes overlap, the smaller one gets more. A
    box passes its probability on to the labels that it may have; fixations on no box are on the background.

    Parameters
    ----------
    gaze : Gaze
    found : Detections
    probabilities : (n, names)
        Of the labels of each box; rows add up to 1.
    names : tuple of str
    px_per_degree : float
        Of the video.
    gaze_error_deg : float
        Standard deviation of the gaze's error along x and y. (An accuracy, the mean distance, is 1.25 times that.)
    elsewhere : float, optional
        0 to 1; by default what makes the fixations likeliest (expectation maximisation).
    empty : {"refuse", "background"}
        What fixations in frames without any box are.

    Raises
    ------
    ValueError
        If gaze lies beyond the video or in frames without boxes, or probabilities do not fit.
    """
    table = as_numbers("probabilities", probabilities, (len(found), len(names)))
    if not np.isfinite(table).all() or not np.allclose(table.sum(axis=1), 1, atol=1e-3) or (table < 0).any():
        raise ValueError("probabilities are none: expected rows of numbers from 0 that add up to 1")
    check_positive("px_per_degree", px_per_degree)
    check_not_negative("gaze_error_deg", gaze_error_deg)
    check_option("empty", empty, ("refuse", "background"))
    check_within(gaze, found.n_frames)
    boxes = boxes_at(gaze, found)
    lacking = (boxes < 0).all(axis=1)
    if lacking.any() and empty == "refuse":
        raise ValueError(
            f"{lacking.sum()} of {len(gaze)} rows of gaze lie in frames without boxes, the first in frame "
            f"{gaze.frame[lacking][0]}; empty=background says that nothing was there"
        )
    inside = densities(gaze, found, boxes, max(gaze_error_deg * px_per_degree, LEAST_ERROR_PX))
    share = _elsewhere(inside) if elsewhere is None else float(elsewhere)
    if not 0 <= share <= 1:
        raise ValueError(f"elsewhere is {elsewhere}, expected 0 to 1")
    on_box = _posterior(inside, share)
    every = names if BACKGROUND in names else (*names, BACKGROUND)
    labels = np.concatenate([table, np.zeros((len(found), len(every) - len(names)))], axis=1)
    result = np.einsum("fm,fml->fl", on_box[:, :-1], np.where(boxes[..., None] < 0, 0, labels[boxes]))
    result[:, every.index(BACKGROUND)] += on_box[:, -1]
    return Assignment(every, result / result.sum(axis=1, keepdims=True), boxes, on_box, share)


def point_in_box(gaze: Gaze, found: Detections, labels: ArrayLike) -> NDArray[np.str_]:
    """Return the label (n,) of the box that holds each fixation, of several the smallest; else "background".

    What other tools do; for comparison.

    Parameters
    ----------
    gaze : Gaze
    found : Detections
    labels : text (boxes,)
    """
    words = np.append(np.asarray(labels, dtype=np.str_), BACKGROUND)
    check_shape("labels", words, (len(found) + 1,))
    boxes = boxes_at(gaze, found)
    x, y = gaze.xy[:, :1], gaze.xy[:, 1:]
    x0, y0, x1, y1 = np.moveaxis(found.boxes[boxes], -1, 0)
    holds = (boxes >= 0) & (x0 <= x) & (x < x1) & (y0 <= y) & (y < y1)
    area = np.where(holds, (x1 - x0) * (y1 - y0), np.inf)
    best = np.take_along_axis(boxes, area.argmin(axis=1)[:, None], axis=1)[:, 0]
    return np.asarray(words[np.where(holds.any(axis=1), best, -1)])


def boxes_at(gaze: Gaze, found: Detections) -> Whole:
    """Return the rows of the boxes in the frame of each fixation, int64 (n, m), -1 where there are fewer."""
    first = np.searchsorted(found.frame, gaze.frame)
    last = np.searchsorted(found.frame, gaze.frame, side="right")
    steps = np.arange(max(1, int((last - first).max())))
    return np.where(steps < (last - first)[:, None], first[:, None] + steps, -1)


def densities(gaze: Gaze, found: Detections, boxes: Whole, error_px: float) -> Values:
    """Return how likely each fixation is measured where it was if it is on each box, (n, m + 1); last: on none."""
    there = boxes >= 0
    corners = np.where(there[..., None], found.boxes[boxes], 0)
    frame = np.broadcast_to([0, 0, *found.size], (len(gaze), 1, 4))
    corners = np.concatenate([corners, frame], axis=1)
    low, high = ((corners[..., part] - gaze.xy[:, None]) / error_px for part in (slice(0, 2), slice(2, 4)))
    # differences of the smaller tails, which keep their digits far from the box
    mirrored = low > 0
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    mass = np.prod(ndtr(high) - ndtr(low), axis=2)
    area = np.prod(corners[..., 2:] - corners[..., :2], axis=2)
    return np.asarray(np.divide(mass, area, out=np.zeros_like(mass), where=area > 0))


def _posterior(inside: Values, elsewhere: float) -> Values:
    """Return the probability (n, m + 1) of each box and of none from the densities."""
    exists = inside[:, :-1] > 0
    n_boxes = np.maximum(exists.sum(axis=1, keepdims=True), 1)
    weighted = np.concatenate([inside[:, :-1] * (1 - elsewhere) / n_boxes, inside[:, -1:] * elsewhere], axis=1)
    total = weighted.sum(axis=1, keepdims=True)
    weighted[total[:, 0] <= 0, -1] = 1  # far outside everything
    return np.asarray(weighted / weighted.sum(axis=1, keepdims=True))


def _elsewhere(inside: Values) -> float:
    """Return the likeliest share of fixations on no box, between 1 % and 99 %."""
    share = 0.2
    for _ in range(ROUNDS):
        share = float(np.clip(_posterior(inside, share)[:, -1].mean(), 0.01, 0.99))
    return share


def calibration_curve(probabilities: ArrayLike, right: ArrayLike, bins: int = 10) -> tuple[Values, float]:
    """Return how often something happened by how probable it was called, and the expected calibration error.

    Parameters
    ----------
    probabilities : (n,)
        Such as that of the likeliest object of each fixation.
    right : bool (n,)
    bins : int
        Equal parts of 0 to 1.

    Returns
    -------
    curve : float64 (bins, 3)
        Mean probability, share that was right, and number in each bin; NaN in empty bins.
    error : float
        The mean distance of the two, weighted by the number (Guo, Pleiss, Sun & Weinberger, ICML 2017,
        arXiv 1706.04599).

    Examples
    --------
    >>> calibration_curve([0.9, 0.9, 0.9, 0.9], [True, True, True, False])[1]
    0.15
    """
    called = as_numbers("probabilities", probabilities, ("n",))
    came = np.asarray(right, dtype=bool)
    check_shape("right", came, (len(called),))
    part = np.minimum((called * bins).astype(int), bins - 1)
    counts = np.bincount(part, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(part, called, bins) / counts
        share = np.bincount(part, came, bins) / counts
    error = float(np.nansum(np.abs(mean - share) * counts) / len(called)) if len(called) else float("nan")
    return np.stack([mean, share, counts], axis=1), round(error, 12)
