"""How well people predict people: what a perfect model can reach. No observer is compared with their own data."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_at_least

T = TypeVar("T")


def leave_one_out(score: Callable[[T, list[T]], ArrayLike], observers: Sequence[T]) -> NDArray[np.float64]:
    """Return how well each observer of an image is predicted by the others.

    Parameters
    ----------
    score : callable
        Takes the data of one observer and the list of those of all others, and returns a number, or several; such as
        the NSS of one observer's fixations on the density of the others'.
    observers : (n,)
        Whatever `score` takes, such as fixations (m, 2), one entry an observer. Two observers with equal data are still
        two.

    Returns
    -------
    float64 (n,), or (n, ...) of several
        NaN (n,) if there is only one observer.

    Examples
    --------
    >>> leave_one_out(lambda own, others: own - np.mean(others), [1.0, 2.0, 6.0])
    array([-3. , -1.5,  4.5])
    """
    if len(observers) < 2:
        return np.full(len(observers), np.nan)
    rest = [[*observers[:i], *observers[i + 1 :]] for i in range(len(observers))]
    return np.array([score(own, others) for own, others in zip(observers, rest, strict=True)], np.float64)


def leave_one_out_pairs(scores: ArrayLike) -> NDArray[np.float64]:
    """Return how well each observer of an image agrees with the others, from the scores of all pairs.

    Parameters
    ----------
    scores : (n, n)
        Row i, column j: observer i as the reference, j as the candidate. The diagonal, an observer with themselves, is
        never read.

    Returns
    -------
    float64 (n,)
        The means of the rows over the other observers. Pairs that are NaN are left out of the mean; NaN where none is
        left.

    Raises
    ------
    ValueError
        If `scores` is not square.

    Examples
    --------
    >>> leave_one_out_pairs([[1.0, 0.2, 0.4], [0.2, 1.0, np.nan], [0.4, np.nan, 1.0]])
    array([0.3, 0.2, 0.4])
    """
    pairs = as_numbers("scores", scores)
    if pairs.ndim != 2 or pairs.shape[0] != pairs.shape[1]:
        raise ValueError(f"scores has shape {pairs.shape}, expected (n, n)")
    use = ~np.eye(len(pairs), dtype=bool) & ~np.isnan(pairs)
    sums, counts = np.where(use, pairs, 0).sum(axis=1), use.sum(axis=1)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)


def shares(scores: ArrayLike) -> NDArray[np.float64]:
    """Return what each observer contributes to a mean over pairs of observers, in which each of them counts twice.

    Another observer changes such a ceiling by being predicted and, as much, by predicting the others. Taken for
    independent, the scores of n observers have half of the standard error that the ceiling has. These are the
    pseudo-values of the jackknife over observers, image by image: their mean is that of `scores`, their spread what
    other observers change. They are not for `leave_one_out` with a map of all others, which hardly depends on one.

    Parameters
    ----------
    scores : (observers, images)
        Of each observer with the others, as `leave_one_out_pairs` returns them for an image. NaN where there is none.

    Returns
    -------
    float64 (observers, images)
        NaN where `scores` is, and where fewer than three observers were scored on an image, of whom none can be left
        out. Exact for a symmetric measure all of whose pairs are known. Take the mean of both ways of a measure that is
        not symmetric: one way alone makes the spread too large.

    References
    ----------
    Arvesen (1969), Jackknifing U-statistics, Annals of Mathematical Statistics 40, 2076-2100.

    Examples
    --------
    >>> shares([[0.2], [0.3], [0.4]])
    array([[-0.1],
           [ 0.3],
           [ 0.7]])
    """
    table = as_numbers("scores", scores, ("observers", "images"))
    scored = ~np.isnan(table)
    n = scored.sum(axis=0)
    means = np.where(scored, table, 0).sum(axis=0) / np.maximum(n, 1)
    factors = np.where(n > 2, 2 * (n - 1) / np.maximum(n - 2, 1), np.nan)
    with np.errstate(invalid="ignore"):  # infinite scores
        return np.asarray(means + factors * (table - means))


def split_half(
    score: Callable[[list[T], list[T]], float],
    observers: Sequence[T],
    random: np.random.Generator,
    splits: int = 100,
) -> NDArray[np.float64]:
    """Return how well half of the observers of an image predict the other half, for random halves.

    Parameters
    ----------
    score : callable
        Takes the lists of the data of both halves and returns a number; such as the CC of the densities of their
        fixations.
    observers : (n,)
        One entry an observer. With an odd number a random one is left out of each split.
    random : numpy Generator
    splits : int

    Returns
    -------
    float64 (splits,)
        NaN if there is only one observer. Half of the observers predict less well than all: this is a ceiling for a
        model that is scored against as many people as a half has. There is no interval: splits share their people, so
        that their spread is that of halves, not of other people.

    Raises
    ------
    ValueError
        If `splits` is below 1.

    Examples
    --------
    >>> split_half(lambda a, b: abs(sum(a) - sum(b)), [1, 1, 1, 3], np.random.default_rng(0), splits=3)
    array([2., 2., 2.])
    """
    check_at_least("splits", splits, 1)
    half = len(observers) // 2
    if not half:
        return np.full(splits, np.nan)
    orders = [random.permutation(len(observers))[: 2 * half] for _ in range(splits)]
    halves = [([observers[i] for i in order[:half]], [observers[i] for i in order[half:]]) for order in orders]
    return np.array([score(first, second) for first, second in halves], np.float64)
