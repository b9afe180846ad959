"""The energy (CRPS) form of a measure of two scanpaths: draws of a model with people, less with each other.

A mean score alone is best for what lies in the middle of people, which is smoother than any of them. Less half of the
mean score of a model's draws with each other, it is best for a model that draws as people do.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_shape


def energy_scores(
    scores: ArrayLike, among: ArrayLike, others: ArrayLike | None = None, apart: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return mean d(draw, person) - 1/2 mean d(draw, another draw) for each person, of distances or similarities d.

    Parameters
    ----------
    scores : (people, draws)
        Of each person with each draw. NaN is left out of the means, here and below.
    among : (draws, draws)
        Of each draw with each.
    others : bool (people, draws), optional
        Which draws predict whom; by default all do. For people by other people, all but one's own: the result is then
        what `gazesim.metrics.shares` would make of it, as each person counts twice.
    apart : bool (draws, draws), optional
        Which pairs are of independent draws. By default all but the diagonal; a single draw is taken for all that the
        model ever makes, and is compared with itself.

    Returns
    -------
    float64 (people,)
        NaN where no draw, or no pair of draws, is left. Unbiased, for any number of draws from two on. In the direction
        of d: people who predict people have half of their mean score.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Notes
    -----
    The best model on average is that of people themselves if d, or its negative where a higher score is more alike, is
    of negative type, as distances of positions are. Not every d is.

    References
    ----------
    Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
    Statistical Association 102, 359-378. Ferro (2014), Fair scores for ensemble forecasts, Quarterly Journal of the
    Royal Meteorological Society 140, 1917-1923.

    Examples
    --------
    >>> energy_scores([[1.0, 3.0]], [[0.0, 2.0], [2.0, 0.0]])
    array([1.])
    """
    table, pairs = as_numbers("scores", scores, ("people", "draws")), as_numbers("among", among)
    n, m = table.shape
    check_shape("among", pairs, (m, m))
    predicts = np.ones((n, m), bool) if others is None else np.asarray(others, bool)
    check_shape("others", predicts, (n, m))
    independent = (np.ones((m, m), bool) if m == 1 else ~np.eye(m, dtype=bool)) if apart is None else apart
    known = np.asarray(independent, bool) & ~np.isnan(pairs)
    check_shape("apart", known, (m, m))
    use = predicts & ~np.isnan(table)
    near = _ratio(np.where(use, table, 0).sum(axis=1), use.sum(axis=1))
    weights = predicts.astype(float)
    among_draws = (np.where(known, pairs, 0), known.astype(float))
    sums, counts = (np.einsum("ij,jk,ik->i", weights, each, weights) for each in among_draws)
    return near - _ratio(sums, counts) / 2


def _ratio(sums: NDArray[np.float64], counts: NDArray[np.float64] | NDArray[np.intp]) -> NDArray[np.float64]:
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
