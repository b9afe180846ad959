"""Search efficiency: reaction times, set-size slopes, search asymmetry. `gazesim.metrics.slopes`: how sure.

Times are ms, slopes ms per item. Slopes and asymmetries as in Gupta, Zhang, Wu, Wolfe & Kreiman (2021), Visual search
asymmetry, NeurIPS 34, 6946-6959, arXiv 2106.02953. The asymmetry index saturates at 1 and -1 as soon as one of its
slopes is 0 or negative, however small the other: never report it without the slopes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

from gazesim.checks import as_floats, check_shape

MS_PER_SACCADE, MS_WITHOUT_SACCADES = 252.359, 376.271  # Gupta et al. (2021), fitted to people
ROUNDING = 1e-9  # a slope, or a sum of squares, that is nearer to 0 is 0


def reaction_times(n_saccades: ArrayLike) -> NDArray[np.float64]:
    """Return the reaction times in ms, of the same shape, of searches that took so many saccades.

    252.359 ms a saccade and 376.271 ms for the rest (Gupta et al., 2021).

    >>> reaction_times([0, 1, 2])
    array([376.271, 628.63 , 880.989])
    """
    return np.asarray(MS_PER_SACCADE * np.asarray(n_saccades, np.float64) + MS_WITHOUT_SACCADES)


class SetSizeLine(NamedTuple):
    """The line through the reaction times at several set sizes."""

    slope_ms_per_item: float
    intercept_ms: float


def set_size_line(set_sizes: ArrayLike, rt_ms: ArrayLike) -> SetSizeLine:
    """Fit the least-squares line through the mean reaction time at each set size.

    Parameters
    ----------
    set_sizes, rt_ms : (n,)
        One value a trial, or a mean reaction time at each set size. Set sizes count alike, however many trials
        each has.

    Returns
    -------
    SetSizeLine
        Its slope is 0 where the means do not differ. A slope of 0 is search in parallel; 20 to 50 ms per item,
        the larger where the target is absent, are usual for a search item by item.

    Raises
    ------
    ValueError
        If there are fewer than two set sizes, or the arrays differ in length.

    Examples
    --------
    >>> line = set_size_line([3, 3, 6, 9], [640, 650, 780, 915])
    >>> line.slope_ms_per_item, line.intercept_ms
    (45.0, 510.0)
    """
    sizes, times = _trials(set_sizes, rt_ms)
    means = np.array([times[sizes == size].mean() for size in np.unique(sizes)])
    slope = float(_slopes(np.unique(sizes), means))
    return SetSizeLine(slope, float(means.mean() - slope * np.unique(sizes).mean()))


def asymmetry_index(harder: ArrayLike, easier: ArrayLike) -> NDArray[np.float64]:
    """Return (harder - easier) / (harder + easier) of two set-size slopes, negative slopes counting as 0.

    Parameters
    ----------
    harder, easier
        The slopes in the condition that is harder (steeper) for people, and in the easier one; of one shape.

    Returns
    -------
    float64, of the same shape
        From -1 to 1: above 0 the asymmetry is that of people, below 0 it is reversed; 0 without asymmetry, also
        where both slopes are 0. It is 1 or -1 whenever one slope is 0 or negative and the other is not.

    References
    ----------
    Gupta et al. (2021), arXiv 2106.02953.

    Examples
    --------
    >>> asymmetry_index([30, 5, 0.1, -4], [10, 15, 0, 0])
    array([ 0.5, -0.5,  1. ,  0. ])
    """
    steep, flat = (np.maximum(np.asarray(slope, np.float64), 0) for slope in (harder, easier))
    total = steep + flat
    return np.asarray((steep - flat) / np.where(total > 0, total, 1))


class LineTest(NamedTuple):
    """An F test with its degrees of freedom."""

    f: float
    df: tuple[int, int]
    p: float


def compare_lines(
    set_sizes: ArrayLike, rt_ms: ArrayLike, other_set_sizes: ArrayLike, other_rt_ms: ArrayLike
) -> LineTest:
    """Test whether two conditions share one line: RT ~ N against RT ~ N * condition, over single trials.

    This is the analysis of variance with which Gupta et al. (2021) call an asymmetry significant. Its numerator has
    two degrees of freedom, slope and intercept, so that a mere difference of the intercepts is significant as well.

    Parameters
    ----------
    set_sizes, rt_ms : (n,)
        The trials of one condition, as in `set_size_line`.
    other_set_sizes, other_rt_ms : (m,)
        Those of the other.

    Returns
    -------
    LineTest
        F with 2 and n + m - 4 degrees of freedom, and its p. F is infinite and p 0 where two different lines go
        through all trials; both are NaN where one line does.

    Raises
    ------
    ValueError
        If there are fewer than five trials, or a condition has fewer than two set sizes.

    Examples
    --------
    >>> test = compare_lines([1, 1, 2, 2], [300, 320, 310, 330], [1, 1, 2, 2], [310, 330, 500, 540])
    >>> f"F{test.df} = {test.f:.2f}, p = {test.p:.4f}"
    'F(2, 4) = 57.29, p = 0.0011'
    """
    first, second = _trials(set_sizes, rt_ms), _trials(other_set_sizes, other_rt_ms)
    apart = sum(_residual(*trials) for trials in (first, second))
    together = _residual(*(np.concatenate(both) for both in zip(first, second, strict=True)))
    rest = len(first[0]) + len(second[0]) - 4
    if rest < 1:
        raise ValueError(f"rt_ms has {rest + 4} trials in both conditions, expected at least 5")
    gain = together - apart
    if apart <= ROUNDING:
        f, p = (np.inf, 0.0) if gain > ROUNDING else (np.nan, np.nan)
    else:
        f = gain / 2 / (apart / rest)
        p = float(f_distribution.sf(f, 2, rest))
    return LineTest(f, (2, rest), p)


def correlation(values: ArrayLike, people: ArrayLike) -> NDArray[np.float64]:
    """Return Pearson's r of `values` (..., k) with `people` (k,) over the last axis; NaN where either is constant.

    >>> correlation([[1, 2, 3], [3, 2, 1]], [10, 20, 30])
    array([ 1., -1.])
    """
    found, wanted = np.asarray(values, np.float64), np.asarray(people, np.float64)
    check_shape("people", wanted, (found.shape[-1],))
    a, b = found - found.mean(axis=-1, keepdims=True), wanted - wanted.mean()
    spread = np.sqrt((a**2).sum(axis=-1) * (b**2).sum())
    return np.asarray(np.where(spread > ROUNDING, a @ b / np.where(spread > ROUNDING, spread, 1), np.nan))


def _trials(set_sizes: ArrayLike, rt_ms: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sizes, times = as_floats("set_sizes", set_sizes, ("n",)), as_floats("rt_ms", rt_ms, ("n",))
    check_shape("rt_ms", times, (len(sizes),))
    if len(np.unique(sizes)) < 2:
        raise ValueError(f"set_sizes has {len(np.unique(sizes))} different values, expected at least 2")
    return sizes, times


def _slopes(sizes: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the slope of `means` (..., k) over the set sizes (k,)."""
    offsets = sizes - sizes.mean()
    slopes = (means - means.mean(axis=-1, keepdims=True)) @ offsets / (offsets**2).sum()
    return np.asarray(np.where(np.abs(slopes) < ROUNDING, 0.0, slopes))


def _residual(sizes: NDArray[np.float64], times: NDArray[np.float64]) -> float:
    """Return the sum of squares that is left by the least-squares line through all trials."""
    x, y = sizes - sizes.mean(), times - times.mean()
    return float(((y - x * (x @ y) / (x @ x)) ** 2).sum())
