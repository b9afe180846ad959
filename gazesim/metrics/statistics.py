"""How sure a mean score is, and a difference of two: crossed bootstrap over observers and images, and coverage.

Scores are (observers, images), NaN where a trial could not be scored or was not run. Means are over the trials that
were scored. Observers and images are both samples: each resample draws observers and, independently, images with
replacement, and takes the trials where they cross, so that the interval holds for other people and other images. A
row of one, such as a model's scores (1, images) without people, redraws images only.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_at_least, check_shape
from gazesim.metrics.set_sizes import interval

Values = NDArray[np.float64]


def coverage(scores: ArrayLike) -> float:
    """Return the share of scores, of any shape, that are not NaN: the trials that could be scored; NaN of none at all.

    >>> coverage([[0.3, np.nan], [0.1, 0.2]])
    0.75
    """
    values = as_numbers("scores", scores)
    return float((~np.isnan(values)).mean()) if values.size else float("nan")


class Estimate(NamedTuple):
    """A mean over scored trials, its 95 % interval, and the share of trials that it rests on."""

    value: float
    low: float
    high: float
    coverage: float


def crossed_bootstrap(scores: ArrayLike, random: np.random.Generator, resamples: int = 1000) -> Estimate:
    """Return the mean score with its 95 % percentile interval over redrawn observers and images.

    Parameters
    ----------
    scores : (observers, images)
        NaN where a trial was not scored.
    random : numpy Generator
        The same seed gives the same interval.
    resamples : int

    Returns
    -------
    Estimate
        NaN if nothing was scored. No interval (NaN) if a single trial was scored, which tells nothing about its
        spread, or if a score is infinite. A resample without a scored trial does not count.

    Raises
    ------
    ValueError
        If `scores` is not (observers, images), or `resamples` is below 1.

    References
    ----------
    Owen (2007), The pigeonhole bootstrap, Annals of Applied Statistics 1, 386-411. It is conservative: intervals are
    rather too wide.

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(0.5, 0.1, (15, 100))
    >>> [round(value, 2) for value in crossed_bootstrap(scores, np.random.default_rng(1))]
    [0.5, 0.49, 0.51, 1.0]
    """
    check_at_least("resamples", resamples, 1)
    table = _table("scores", scores)
    value, means = _mean(table), _resampled_means(table, random, resamples)
    low, high = interval(means).tolist()
    return Estimate(value, low, high, coverage(table))


class Difference(NamedTuple):
    """A mean difference over the trials that both scored, its 95 % interval, p, and the share of trials."""

    value: float
    low: float
    high: float
    p: float
    coverage: float


def compare_models(
    first: ArrayLike, second: ArrayLike, random: np.random.Generator, resamples: int = 1000
) -> Difference:
    """Compare two models on the same trials: the mean of first - second, with its bootstrapped interval and p.

    Parameters
    ----------
    first, second : (observers, images)
        Scores of both models on the same trials; a trial that one lacks counts for neither.
    random : numpy Generator
    resamples : int

    Returns
    -------
    Difference
        `p` is two-sided: twice the smaller share of resamples on either side of 0 or on it, both counted with one more,
        at most 1; it is never below 2 / (resamples + 1). NaN where there is no interval, see `crossed_bootstrap`.

    Raises
    ------
    ValueError
        If the two differ in shape; see `crossed_bootstrap`.

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(0.5, 0.1, (15, 100))
    >>> compare_models(scores + 0.05, scores, np.random.default_rng(1)).p < 0.01
    True
    """
    check_at_least("resamples", resamples, 1)
    one, other = _table("first", first), _table("second", second)
    check_shape("second", other, one.shape)
    both = ~np.isnan(one) & ~np.isnan(other)
    with np.errstate(invalid="ignore"):  # infinite scores of both
        table = np.where(both, one - other, np.nan)
    means = _resampled_means(table, random, resamples)
    low, high = interval(means).tolist()
    known = means[~np.isnan(means)]
    sides = (np.count_nonzero(known <= 0) + 1, np.count_nonzero(known >= 0) + 1)
    p = float(min(1, 2 * min(sides) / (len(known) + 1))) if len(known) else float("nan")
    return Difference(_mean(table), low, high, p, coverage(table))


def _table(name: str, scores: ArrayLike) -> Values:
    return as_numbers(name, scores, ("observers", "images"))


def _mean(table: Values) -> float:
    scored = table[~np.isnan(table)]
    with np.errstate(invalid="ignore"):  # -inf and inf at once
        return float(scored.mean()) if scored.size else float("nan")


def _resampled_means(table: Values, random: np.random.Generator, resamples: int) -> Values:
    """Return the mean (resamples,) of the scored trials in each resample; NaN where there is no telling."""
    scored = ~np.isnan(table)
    if np.isinf(table).any() or scored.sum() < 2:
        return np.full(resamples, np.nan)
    rows, columns = (_draws(size, random, resamples) for size in table.shape)
    sums, counts = (
        ((rows @ values) * columns).sum(axis=1) for values in (np.where(scored, table, 0), scored.astype(np.float64))
    )
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _draws(size: int, random: np.random.Generator, resamples: int) -> Values:
    """Return how often each of `size` is drawn, (resamples, size)."""
    return random.multinomial(size, np.full(size, 1 / size), size=resamples).astype(np.float64)
