"""95 % intervals of set-size slopes and asymmetry indices, for other displays of the same set sizes.

Slopes, ms per item, and indices are those of `gazesim.metrics.set_sizes`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.metrics.set_sizes import asymmetry_index, set_size_line
from gazesim.metrics.statistics import LEAST, LEVEL, Spread, Values, two_sided

STEPS = 2001  # values of an index that are tried, 0.001 apart


class Slope(NamedTuple):
    """A slope with its 95 % interval, NaN where there is none, and what that follows from."""

    value: float
    low: float
    high: float
    spread: Spread


class Index(NamedTuple):
    """An asymmetry index, or a mean of some, with its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float


def estimate_slope(set_sizes: ArrayLike, rt_ms: ArrayLike) -> Slope:
    """Return the slope of `set_size_line` with its 95 % interval for other displays.

    Parameters
    ----------
    set_sizes, rt_ms : (n,)
        One value a trial.

    Returns
    -------
    Slope
        No interval if a set size has fewer than three trials. Set sizes may differ in how their times vary: degrees of
        freedom are those of Welch and Satterthwaite. As `gazesim.metrics.statistics.crossed_mean`, the interval is the
        wider, on each side, of Student's and Hall's.

    Raises
    ------
    ValueError
        If there are fewer than two set sizes, or the arrays differ in length.

    Examples
    --------
    >>> slope = estimate_slope([1, 1, 1, 3, 3, 3], [300, 310, 320, 340, 350, 360])
    >>> [round(value, 1) for value in slope[:3]]
    [20.0, 8.7, 31.3]
    """
    value = set_size_line(set_sizes, rt_ms).slope_ms_per_item
    sizes, times = np.asarray(set_sizes, np.float64), np.asarray(rt_ms, np.float64)
    distinct = np.unique(sizes)
    weights = (distinct - distinct.mean()) / ((distinct - distinct.mean()) ** 2).sum()
    variance, weighed, cumulant = 0.0, 0.0, 0.0
    for size, weight in zip(distinct, weights.tolist(), strict=True):
        apart = times[sizes == size] - times[sizes == size].mean()
        if (n := len(apart)) < LEAST:
            nothing = Spread(np.nan, np.nan, 0.0, f"none: {n} trials of a set size, {LEAST} needed")
            return Slope(value, np.nan, np.nan, nothing)
        part = weight**2 * float((apart**2).sum()) / (n * (n - 1))
        variance += part
        weighed += part**2 / (n - 1)
        cumulant += weight**3 * float((apart**3).sum()) / (n * (n - 1) * (n - 2))
    spread = Spread.of(variance, weighed, cumulant, "displays")
    return Slope(value, *spread.interval(value), spread)


def estimate_index(harder: Slope, easier: Slope) -> Index:
    """Return the asymmetry index of two slopes with its 95 % interval.

    Those values are in it that do not differ from what was found: r, where (1 - r) harder - (1 + r) easier does not
    differ from 0 (Fieller); the ends, 1 and -1, where the one slope or the other is not above 0.

    Parameters
    ----------
    harder, easier : Slope

    Returns
    -------
    Index
        The interval is from -1 to 1 where the slopes say nothing.

    References
    ----------
    Fieller (1954), Some problems in interval estimation, Journal of the Royal Statistical Society B 16, 175-185.

    Examples
    --------
    >>> sizes = [1, 1, 1, 3, 3, 3]
    >>> steep, flat = (estimate_slope(sizes, times) for times in ([1, 2, 3, 21, 22, 23], [1, 2, 3, 11, 12, 13]))
    >>> [round(value, 2) for value in estimate_index(steep, flat)]
    [0.33, 0.24, 0.44]
    """
    value = float(asymmetry_index(harder.value, easier.value))
    if np.isnan([harder.low, easier.low]).any():
        return Index(value, np.nan, np.nan)
    tried = np.linspace(-1, 1, STEPS)
    inside = _may_be_zero(harder, 1 - tried, easier, -1 - tried)
    inside[-1] |= easier.low <= 0
    inside[0] |= harder.low <= 0
    within = [value, *tried[inside].tolist()]
    return Index(value, min(within), max(within))


def mean_index(indices: list[Index]) -> Index:
    """Return the mean of indices of different displays with its 95 % interval.

    The distances to the ends of their intervals add up as independent errors do (Zou & Donner, 2008). Those to 1 and
    -1, where an index cannot err to both sides, add up as they are, which makes the interval rather too wide.

    Parameters
    ----------
    indices : list of Index

    References
    ----------
    Zou & Donner (2008), Construction of confidence limits about effect measures, Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> [round(value, 2) for value in mean_index([Index(0.5, 0.2, 0.8), Index(0.1, -0.3, 0.5)])]
    [0.3, 0.05, 0.55]
    """
    values, lows, highs = np.array(indices, np.float64).T
    value = float(values.mean())
    low, high = (_together(abs(ends - values), abs(ends) == 1) / len(values) for ends in (lows, highs))
    return Index(value, value - low, value + high)


def _together(errors: NDArray[np.float64], bounded: NDArray[np.bool_]) -> float:
    return float(errors[bounded].sum() + np.sqrt((errors[~bounded] ** 2).sum()))


def _may_be_zero(first: Slope, times: Values, second: Slope, other: Values) -> NDArray[np.bool_]:
    """Return where `times` (n,) the first slope and `other` (n,) times the second do not differ from 0, added up."""
    one, two = first.spread, second.spread
    parts = np.stack([times**2 * one.variance, other**2 * two.variance])
    cumulants = times**3 * one.cumulant + other**3 * two.cumulant
    sums = times * first.value + other * second.value
    variance, weighed = parts.sum(axis=0), (parts**2 / [[one.df], [two.df]]).sum(axis=0)
    sure = variance == 0
    known = np.where(sure, 1, variance)
    p = two_sided(sums / np.sqrt(known), known**2 / np.where(sure, 1, weighed), cumulants / known**1.5)
    return np.asarray(np.where(sure, sums == 0, p >= 1 - LEVEL))
