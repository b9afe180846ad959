"""How soon the target is fixated: fixations to the target, scanpath ratio, curves of cumulative performance, areas.

A scanpath is (n, 2), or (n, 3) with durations that are not used: x, y, in px or degrees, x right, y down; it may leave
the display. The first fixation is the initial one and counts: it is number 1. A box is x0, y0, x1, y1 in the same unit;
a fixation is on the target if it lies strictly inside. NaN or infinity is a ValueError; no fixations at all give NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, as_numbers, check_at_least, check_shape
from gazesim.metrics.maps import as_fixations
from gazesim.metrics.measures import Measure


def fixations_to_target(scanpath: ArrayLike, box: ArrayLike) -> float:
    """Return the number of the first fixation on the target.

    Parameters
    ----------
    scanpath : (n, 2)
    box : (4,)
        x0, y0, x1, y1.

    Returns
    -------
    float
        1 if the initial fixation is on the target, infinity if none is; lower is better, chance depends on the display.
        The code of Yang et al. (2020) writes 1000 for infinity. NaN without fixations.

    Raises
    ------
    ValueError
        If the box has no area; see the module.

    Examples
    --------
    >>> fixations_to_target([[0, 0], [50, 40], [90, 80]], [40, 30, 60, 50])
    2.0
    """
    path, corners = as_fixations("scanpath", scanpath), _box(box)
    if not len(path):
        return float("nan")
    inside = ((path > corners[:2]) & (path < corners[2:])).all(axis=1)
    return _number(path[: inside.argmax() + 1]) if inside.any() else float("inf")


def _number(way: NDArray[np.float64], box: ArrayLike | None = None) -> float:
    """Return the number of the last fixation of the way (n, 2) to the target."""
    return float(len(way))


def scanpath_ratio(scanpath: ArrayLike, box: ArrayLike, *, whole: bool = False) -> float:
    """Return how direct the way to the target is: the distance from start to target over the length of the path.

    Parameters
    ----------
    scanpath : (n, 2)
    box : (4,)
        x0, y0, x1, y1; the distance is to its centre.
    whole : bool
        Whether the path is the whole scanpath, found or not, or ends with the first fixation on the target.

    Returns
    -------
    float
        From 0 to 1, higher is better, chance depends on the display; capped at 1, as a path may end before the centre.
        NaN if the target is not fixated (unless `whole`), or the path has no length: one fixation, or the first is on
        the target. Report the share of trials that this leaves (`coverage`).

    Raises
    ------
    ValueError
        If the box has no area; see the module.

    References
    ----------
    Yang et al. (2020), Predicting goal-directed human attention using inverse reinforcement learning, CVPR.

    Examples
    --------
    >>> scanpath_ratio([[0, 0], [30, 40], [60, 0]], [55, -5, 65, 5])
    0.6
    """
    path, corners = as_fixations("scanpath", scanpath), _box(box)
    if not whole:
        end = fixations_to_target(path, corners)
        if not np.isfinite(end):
            return float("nan")
        path = path[: int(end)]
    return _directness(path, corners)


def _directness(way: NDArray[np.float64], box: NDArray[np.float64] | None) -> float:
    """Return the ratio of the way (n, 2) to the target; NaN if it has no length, or where it ends is not known."""
    length = np.hypot(*np.diff(way, axis=0).T).sum()
    if box is None or not length:
        return float("nan")
    return float(min(1, np.hypot(*((box[:2] + box[2:]) / 2 - way[0])) / length))


def cumulative_performance(
    fixations: ArrayLike, longest: int, categories: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the share of trials in which the target was fixated by fixation 1, 2, ... `longest`.

    Parameters
    ----------
    fixations : (n,)
        The number of the first fixation on the target, as `fixations_to_target` returns it: infinity for searches
        that failed, which count; NaN for trials that could not be scored, which do not.
    longest : int
        One more than the new fixations that were allowed: 7 for COCO-Search18, target present.
    categories : (n,), optional
        A label a trial, such as the kind of target. The curve is then the mean of the curves of the categories; by
        default all trials count alike.

    Returns
    -------
    float64 (longest,)
        Never decreasing, from 0 to 1; higher is better. NaN if there is no trial.

    Raises
    ------
    ValueError
        If a number is below 1, `longest` is, or the arrays differ in length.

    Examples
    --------
    >>> cumulative_performance([1, 3, 3, np.inf], 4)
    array([0.25, 0.25, 0.75, 0.75])
    """
    check_at_least("longest", longest, 1)
    numbers = as_numbers("fixations", fixations, ("n",))
    if (numbers < 1).any():
        raise ValueError(f"fixations holds {numbers[numbers < 1][0]}, expected 1 for the initial fixation, 2, ...")
    labels = np.zeros(len(numbers)) if categories is None else np.asarray(categories)
    check_shape("categories", labels, (len(numbers),))
    scored = ~np.isnan(numbers)
    if not scored.any():
        return np.full(longest, np.nan)
    found = numbers[scored, None] <= np.arange(1, longest + 1)
    kinds = labels[scored]
    return np.asarray(np.mean([found[kinds == kind].mean(axis=0) for kind in np.unique(kinds)], axis=0))


def tfp_auc(curve: ArrayLike) -> float:
    """Return the plain sum of a curve of cumulative performance (longest,): target fixation probability, area under it.

    From 0 to `longest`, higher is better; chance depends on the displays. Not comparable between different `longest`,
    nor with `visions_area`. People on COCO-Search18, target present, reach 5.2 of 7 (Yang et al. 2020, table 2).
    ValueError if the curve is not (longest,) of shares.

    >>> tfp_auc([0, 0.5, 1])
    1.5
    """
    return float(_curve("curve", curve).sum())


def visions_area(curve: ArrayLike) -> float:
    """Return the area under a curve of cumulative performance (longest,), by trapezoids, its abscissa from 0 to 1.

    AUCperf of ViSioNS (Travi, Ruarte, Bujia & Kamienkowski 2022): there closeness to people's value counts, not height.
    From 0 to 1; chance depends on the displays. NaN for a curve of one point. ValueError if the curve is not (longest,)
    of shares.

    >>> visions_area([0, 0.5, 1])
    0.5
    """
    shares = _curve("curve", curve)
    if len(shares) < 2:
        return float("nan")
    return float((shares[1:] + shares[:-1]).sum() / 2 / (len(shares) - 1))


def probability_mismatch(curve: ArrayLike, people: ArrayLike) -> float:
    """Return the sum of the absolute differences of two curves of cumulative performance (longest,).

    From 0 to `longest`, lower is better, 0 for equal curves; chance depends on the displays (Yang et al. 2020).
    ValueError if the curves are not shares, or differ in length.

    >>> probability_mismatch([0, 0.5, 1], [0.25, 0.75, 1])
    0.5
    """
    shares, wanted = _curve("curve", curve), _curve("people", people)
    check_shape("people", wanted, shares.shape)
    return float(abs(shares - wanted).sum())


def _curve(name: str, value: ArrayLike) -> NDArray[np.float64]:
    shares = as_floats(name, value, ("longest",))
    if not len(shares) or shares.min() < 0 or shares.max() > 1:
        raise ValueError(f"{name} is {shares.tolist()}, expected one or more shares from 0 to 1")
    return shares


def _box(box: ArrayLike) -> NDArray[np.float64]:
    corners = as_floats("box", box, (4,))
    if not (corners[2:] > corners[:2]).all():
        raise ValueError(f"box is {corners.tolist()}, expected x0, y0, x1, y1 with x0 < x1 and y0 < y1")
    return corners


YANG = "Yang et al. 2020"
NUMBER = Measure(
    function=fixations_to_target,
    kind="search",
    direction="lower",
    low=1.0,
    source=YANG,
    default_for=("search",),
    score=_number,
)
RATIO = Measure(
    function=scanpath_ratio,
    kind="search",
    direction="higher",
    low=0.0,
    high=1.0,
    source=YANG,
    default_for=("search",),
    score=_directness,
)
TFP_AUC = Measure(
    function=tfp_auc, kind="search_curve", direction="higher", low=0.0, source=YANG, default_for=("search",)
)
VISIONS_AREA = Measure(
    function=visions_area, kind="search_curve", direction="higher", low=0.0, high=1.0, source="Travi et al. 2022"
)
MISMATCH = Measure(
    function=probability_mismatch, kind="sample", direction="lower", low=0.0, symmetric=True, source=YANG
)
