"""95 % intervals of a mean score and of a difference of two, over other people and other images; p; coverage.

Scores are (observers, images), NaN where a trial could not be scored or was not run. Means are over the trials that
were scored. Observers and images are both samples, and both are crossed: the variance of a mean is that of observers,
of images, and of what is left, each divided by how many there are. A row of one, such as a model's scores (1, images)
without people, is a sample of images only.

Where the scores of one person depend on other people too, as those of people predicted by people do, hand in their
`gazesim.metrics.ceiling.shares` as well.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as t_distribution

from gazesim.checks import as_numbers, check_shape

Values = NDArray[np.float64]
LEAST = 3  # observers, and images, from which a spread is estimated
LEVEL = 0.95
ROUNDING = 1e-12


def coverage(scores: ArrayLike) -> float:
    """Return the share of scores, of any shape, that are not NaN: the trials that could be scored; NaN of none at all.

    >>> coverage([[0.3, np.nan], [0.1, 0.2]])
    0.75
    """
    values = as_numbers("scores", scores)
    return float((~np.isnan(values)).mean()) if values.size else float("nan")


def two_sided(t: ArrayLike, df: ArrayLike, skewness: ArrayLike) -> Values:
    """Return p of t statistics: the larger one of Student's and of Hall's for a mean of this skewness; any shape."""
    student, skew = np.asarray(t, np.float64), np.asarray(skewness, np.float64)
    hall = student + skew * student**2 / 3 + skew**2 * student**3 / 27 + skew / 6
    return np.asarray(2 * t_distribution.sf(np.minimum(abs(student), abs(hall)), df))


class Spread(NamedTuple):
    """How far a mean may be off: its variance, degrees of freedom and skewness; NaN where there is no telling.

    `over` says what it is a sample of, or why there is no telling.
    """

    variance: float
    df: float
    skewness: float
    over: str

    @classmethod
    def of(cls, variance: float, weighed: float, cumulant: float, over: str) -> "Spread":
        """Return the spread of a sum of independent parts.

        Parameters
        ----------
        variance : float
            The sum of their variances.
        weighed : float
            The sum of the squares of these, each divided by its degrees of freedom (Satterthwaite).
        cumulant : float
            The sum of their third cumulants.
        over : str
        """
        if variance <= 0:
            return cls(0.0, 1.0, 0.0, over)
        return cls(variance, variance**2 / weighed, cumulant / variance**1.5, over)

    @property
    def cumulant(self) -> float:
        """The third cumulant of the mean."""
        return self.skewness * float(self.variance**1.5)

    def interval(self, value: float) -> tuple[float, float]:
        """Return the 95 % interval around the mean `value`; NaN where there is none."""
        error = np.sqrt(self.variance)
        quantile = t_distribution.ppf((1 + LEVEL) / 2, self.df)
        above, below = (self._unskewed(side) for side in (quantile, -quantile))
        return float(value - error * max(quantile, above)), float(value - error * min(-quantile, below))

    def interval_within(self, value: float, low: float, high: float) -> tuple[float, float]:
        """Return the 95 % interval of a mean that cannot leave `low` to `high`: Student's of its log odds.

        From -1 to 1 that is Fisher's of a correlation. NaN at the ends, where the log odds are infinite.
        """
        odds, error = (value - low) / (high - value or np.nan), np.sqrt(self.variance)
        slope = (high - low) / ((value - low) * (high - value) or np.nan)
        reach = np.exp(t_distribution.ppf((1 + LEVEL) / 2, self.df) * error * slope)
        return low + (high - low) / (1 + reach / odds), low + (high - low) / (1 + 1 / (odds * reach))

    def p(self, value: float) -> float:
        """Return how likely a mean as far from 0 as `value` is where there is no difference; two-sided."""
        if np.isnan(self.variance):
            return float("nan")
        if self.variance == 0:
            return float(value == 0)
        return float(two_sided(value / np.sqrt(self.variance), self.df, self.skewness))

    def _unskewed(self, quantile: float) -> float:
        """Return which t Hall's transformation takes to `quantile`."""
        if abs(self.skewness) < 1e-6:
            return quantile
        return float(3 / self.skewness * (np.cbrt(1 + self.skewness * (quantile - self.skewness / 6)) - 1))


class Estimate(NamedTuple):
    """A mean over scored trials, its 95 % interval, the share of trials that it rests on, and what is a sample.

    `over` is "observers and images", "images" or "observers"; where there is no interval, "none: " and the reason.
    """

    value: float
    low: float
    high: float
    coverage: float
    over: str


class Difference(NamedTuple):
    """A mean difference over the trials that both scored, its 95 % interval, two-sided p, coverage, and `over`."""

    value: float
    low: float
    high: float
    p: float
    coverage: float
    over: str


def crossed_mean(
    scores: ArrayLike,
    shares: ArrayLike | None = None,
    within: tuple[float, float] | None = None,
    partners: ArrayLike | None = None,
) -> Estimate:
    """Return the mean score with its 95 % interval for other observers and other images.

    Parameters
    ----------
    scores : (observers, images)
        NaN where a trial was not scored.
    shares : (observers, images), optional
        What each observer has contributed on each image, where that is not only their own score; see
        `gazesim.metrics.ceiling.shares`. The spread is that of these.
    within : (low, high), optional
        What the mean cannot leave. The interval is then that of its log odds, without Hall's.
    partners : int (images,), optional
        The column of the image whose data were compared with those of each image, -1 where it is none of these; no
        column is there twice. An image that counts twice, as itself and as a partner, makes two scores covary.

    Returns
    -------
    Estimate
        NaN if nothing was scored. No interval (NaN) if a score is infinite, or if there are two observers or images,
        which are too few to tell how much others would differ.

    Raises
    ------
    ValueError
        If `scores` is not (observers, images), or `shares` is of another shape.

    Notes
    -----
    The variance components are those of Henderson's first method in the form of Owen & Gao (2017), which for a full
    table are those of the analysis of variance; negative ones count as 0. Degrees of freedom are Satterthwaite's of
    these components: those of what is left are many, also where people are few. The interval is the wider, on each
    side, of Student's and of Hall's (1992) with the third cumulant of the mean, which makes it cover where people or
    images are skewed. docs/scoring.md has the coverage in simulations.

    References
    ----------
    Owen & Gao (2017), Efficient moment calculations for variance components in large unbalanced crossed random
    effects models, Electronic Journal of Statistics 11, 1235-1296. Hall (1992), On the removal of skewness by
    transformation, Journal of the Royal Statistical Society B 54, 221-228.

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(0.5, 0.1, (15, 100))
    >>> [round(value, 3) for value in crossed_mean(scores)[:4]]
    [0.498, 0.492, 0.504, 1.0]
    """
    table = _table("scores", scores)
    spread = _spread(table if shares is None else _same_shape("shares", shares, table), partners)
    value = _mean(table)
    if within is None:
        return Estimate(value, *spread.interval(value), coverage(table), spread.over)
    if spread.variance == 0:
        spread = _none("all trials are alike")
    return Estimate(value, *spread.interval_within(value, *within), coverage(table), spread.over)


def crossed_share(hits: ArrayLike) -> Estimate:
    """Return the share of trials that are 1, with a 95 % interval between 0 and 1 for other observers and images.

    Parameters
    ----------
    hits : (observers, images)
        0 or 1, NaN where it is not known.

    Returns
    -------
    Estimate
        As `crossed_mean`, with the interval of Wilson (1927) for as many independent trials as have the same variance.
        None where all trials are alike.

    Raises
    ------
    ValueError
        If `hits` is not (observers, images), or holds anything but 0, 1 and NaN.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(value, 2) for value in crossed_share([[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]])[:3]]
    [0.1, 0.01, 0.48]
    """
    table = _table("hits", hits)
    if not np.isin(table[~np.isnan(table)], (0, 1)).all():
        raise ValueError(f"hits holds {table[~np.isnan(table) & ~np.isin(table, (0, 1))][0]}, expected 0, 1 or NaN")
    value, spread = _mean(table), _spread(table)
    if spread.variance == 0:
        spread = _none("all trials are alike")
    squared = t_distribution.ppf((1 + LEVEL) / 2, spread.df) ** 2 * spread.variance / (value * (1 - value) or 1)
    centre = (value + squared / 2) / (1 + squared)
    half = np.sqrt(squared * value * (1 - value) + squared**2 / 4) / (1 + squared)
    return Estimate(value, float(centre - half), float(centre + half), coverage(table), spread.over)


def compare_models(
    first: ArrayLike, second: ArrayLike, shares: ArrayLike | None = None, partners: ArrayLike | None = None
) -> Difference:
    """Compare two models on the same trials: the mean of first - second, with its 95 % interval and p.

    Parameters
    ----------
    first, second : (observers, images)
        Scores of both models on the same trials; a trial that one lacks counts for neither.
    shares : (observers, images), optional
        What each observer contributes to the difference, where `second` is people's own scores: `first` less the
        shares of `second`.
    partners : int (images,), optional
        As in `crossed_mean`, where `second` is a score of people with those on another image.

    Returns
    -------
    Difference
        Of trials that do not differ at all p is 1. NaN where there is no interval, see `crossed_mean`.

    Raises
    ------
    ValueError
        If the two differ in shape; see `crossed_mean`.

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(0.5, 0.1, (15, 100))
    >>> other = np.random.default_rng(1).normal(0.55, 0.1, (15, 100))
    >>> compare_models(other, scores).p < 0.01
    True
    """
    one, other = _table("first", first), _table("second", second)
    check_shape("second", other, one.shape)
    both = ~np.isnan(one) & ~np.isnan(other)
    with np.errstate(invalid="ignore"):  # infinite scores of both
        table = np.where(both, one - other, np.nan)
    own = table if shares is None else np.where(both, _same_shape("shares", shares, table), np.nan)
    spread = _spread(own, partners)
    value = _mean(table)
    return Difference(value, *spread.interval(value), spread.p(value), coverage(table), spread.over)


def holm(p: Sequence[float] | Values) -> Values:
    """Return p values (n,) adjusted for their number by Holm's method; NaN are no tests and stay.

    Declaring what is below .05 declares, in one of 20 such families, anything that is not there.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, float("nan")])
    array([0.03, 0.06, 0.06,  nan])
    """
    values = as_numbers("p", p, ("n",))
    tests = np.flatnonzero(~np.isnan(values))
    order = tests[np.argsort(values[tests], kind="stable")]
    adjusted = values.copy()
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1)), 1)
    return adjusted


def _spread(table: Values, partners: ArrayLike | None = None) -> Spread:
    scored = ~np.isnan(table)
    if np.isinf(table).any():
        return _none("a score is infinite")
    rows, columns = scored.sum(axis=1), scored.sum(axis=0)
    linked = None if partners is None else _linked(partners, columns > 0)
    table, scored = table[rows > 0][:, columns > 0], scored[rows > 0][:, columns > 0]
    n, m = table.shape
    if not table.size:
        return _none("nothing was scored")
    if n == m == 1:
        return _none("a single trial")
    for what, number in (("observers", n), ("images", m)):
        if number == 2:
            return _none(f"{number} {what}, {LEAST} needed")
    components = _components(table, scored)
    residual = components.residual / scored.sum()
    left = scored.sum() - (n + m - 1 if min(n, m) > 1 else 1)
    variance, weight, cumulant = residual, residual**2 / max(left, 1), 0.0
    own = np.where(scored, table - table[scored].mean(), 0) / scored.sum()
    for units, counts, axis in ((components.rows, scored.sum(axis=1), 1), (components.columns, scored.sum(axis=0), 0)):
        if (number := len(counts)) < LEAST:  # a single one: no sample of these
            continue
        part = units * float((counts**2).sum()) / scored.sum() ** 2
        freedom = scored.sum() ** 2 / float((counts**2).sum()) - 1
        sums = own.sum(axis=axis)
        cubes = float((sums**3).sum())
        if axis == 0 and linked is not None:
            one, other = sums[linked[0]], sums[linked[1]]
            part += max(2 * float((one * other).sum()), 0)
            cubes += 3 * float((one * other * (one + other)).sum())
            freedom /= 3  # of a variance from products as well
        variance += part
        weight += part**2 / freedom
        cumulant += cubes * number**2 / ((number - 1) * (number - 2))
    over = {1: "images"}.get(n, {1: "observers"}.get(m, "observers and images"))
    if np.sqrt(max(variance, 0)) <= ROUNDING * np.abs(table[scored]).max():  # the scores are all alike
        variance = 0.0
    return Spread.of(float(variance), float(weight), float(cumulant), over)


def _linked(partners: ArrayLike, kept: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the columns, of those kept, that have a partner among them, and these."""
    of_all = np.asarray(partners, np.intp)
    check_shape("partners", of_all, kept.shape)
    there = kept & (of_all >= 0) & kept[of_all]
    place = np.cumsum(kept) - 1
    return place[there], place[of_all[there]]


def _none(reason: str) -> Spread:
    return Spread(np.nan, np.nan, 0.0, f"none: {reason}")


class _Components(NamedTuple):
    """Variances of observers, images, and what is left of a trial."""

    rows: float
    columns: float
    residual: float


def _components(table: Values, scored: NDArray[np.bool_]) -> _Components:
    """Return the variance components of a table whose rows and columns all hold a score.

    Three sums of squares, within rows, within columns and in all, have expectations that are linear in the three. One
    that cannot be told from the residual, as each row or column holds a single score, is 0.
    """
    rows, columns = scored.sum(axis=1).astype(float), scored.sum(axis=0).astype(float)
    n = float(scored.sum())
    filled = np.where(scored, table - table[scored].mean(), 0)
    squares = float((filled**2).sum())
    within_rows = squares - float((filled.sum(axis=1) ** 2 / rows).sum())
    within_columns = squares - float((filled.sum(axis=0) ** 2 / columns).sum())
    equations = np.array(
        [
            [0, n - len(rows), n - len(rows)],
            [n - len(columns), 0, n - len(columns)],
            [n - (rows**2).sum() / n, n - (columns**2).sum() / n, n - 1],
        ]
    )
    sums = np.array([within_rows, within_columns, squares])
    told = [number for number, units in enumerate((rows, columns)) if len(units) < n]
    use = [*(number for number in told if table.shape[number] > 1), 2]
    told = [*told, 2]
    found = np.zeros(3)
    found[use] = np.maximum(np.linalg.lstsq(equations[np.ix_(told, use)], sums[told], rcond=None)[0], 0)
    return _Components(*found.tolist())


def _table(name: str, scores: ArrayLike) -> Values:
    return as_numbers(name, scores, ("observers", "images"))


def _same_shape(name: str, scores: ArrayLike, like: Values) -> Values:
    table = _table(name, scores)
    check_shape(name, table, like.shape)
    return table


def _mean(table: Values) -> float:
    scored = table[~np.isnan(table)]
    with np.errstate(invalid="ignore"):  # -inf and inf at once
        return float(scored.mean()) if scored.size else float("nan")
