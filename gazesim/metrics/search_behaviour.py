"""What searchers do: search, refixations, revisits; guidance; detection and quitting where there may be no target.

A sequence of cells (n,) says which object, or which cell of a grid, each fixation is on, by whole numbers.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, as_numbers, check_shape
from gazesim.metrics.measures import Measure


class Behaviour(NamedTuple):
    """What a searcher did in a trial, or on average; the last three sum to 1."""

    correct: float
    length: float
    search: float
    refixation: float
    revisit: float


def behaviour(cells: ArrayLike, target: int | None = None) -> Behaviour:
    """Describe a sequence of cells by success, length and shares of search, refixation and revisit.

    In a run of fixations on one cell the first is `search` if the cell is new and `revisit` if it was left before; all
    others are `refixation`.

    Parameters
    ----------
    cells : int (n,)
    target : int, optional
        The cell of the target.

    Returns
    -------
    Behaviour
        `correct` is 1 if the last fixation is on the target, else 0, and NaN without `target`; `length` is n; the
        shares are of n. All NaN without fixations.

    Raises
    ------
    ValueError
        If `cells` are not whole numbers (n,).

    References
    ----------
    Fang, Yu, Zhang, van der Lans & Shi (2024), OAT: object-level attention transformer for gaze scanpath prediction,
    ECCV.

    Examples
    --------
    >>> behaviour([4, 4, 2, 4], target=4)
    Behaviour(correct=1.0, length=4.0, search=0.5, refixation=0.25, revisit=0.25)
    """
    sequence = _cells(cells)
    n = len(sequence)
    if not n:
        return Behaviour(*[float("nan")] * 5)
    starts = int((np.diff(sequence) != 0).sum()) + 1
    new = len(np.unique(sequence))
    correct = float("nan") if target is None else float(sequence[-1] == target)
    return Behaviour(correct, float(n), new / n, (n - starts) / n, (starts - new) / n)


def mean_behaviour(trials: Iterable[Behaviour]) -> Behaviour:
    """Return the plain means over trials; NaN, as of a trial without fixations, is left out of the mean.

    >>> mean_behaviour([behaviour([1, 2], 2), behaviour([3], 2)])
    Behaviour(correct=0.5, length=1.5, search=1.0, refixation=0.0, revisit=0.0)
    """
    values = np.array(list(trials), np.float64).reshape(-1, 5)
    known = ~np.isnan(values)
    sums, counts = np.where(known, values, 0).sum(axis=0), known.sum(axis=0)
    return Behaviour(*np.where(counts, sums / np.maximum(counts, 1), np.nan).tolist())


def behaviour_delta(model: Behaviour, people: Behaviour) -> float:
    """Return how far a model's mean behaviour is from people's: the mean over the five of |model - people| / people.

    0 for equal behaviour, no upper bound, lower is better; chance depends on the displays. To be taken of means over
    all trials, not trial by trial. NaN where a value is NaN or people's is 0, which leaves no relative difference.

    >>> people = Behaviour(correct=0.8, length=10, search=0.5, refixation=0.25, revisit=0.25)
    >>> behaviour_delta(people._replace(length=5), people)
    0.1
    """
    found, wanted = np.array(model, np.float64), np.array(people, np.float64)
    if (wanted == 0).any():
        return float("nan")
    return float(np.mean(abs(found - wanted) / wanted))


def guidance_ratio(landed: ArrayLike, expected: ArrayLike) -> float:
    """Return how often saccades land on what they should, over how often they would without guidance.

    Parameters
    ----------
    landed : (n,)
        For each saccade 1 or True if it landed on the target, or on a distractor that is like it, else 0. The first
        saccade of each trial is usual where the target ends the search.
    expected : (n,)
        The probability that a saccade to a random item would: the number of such items over the number of items that
        it could go to. A single number holds for all.

    Returns
    -------
    float
        1 without guidance, above 1 with it, below 1 where such items are avoided; higher is better. NaN without
        saccades, and where such a landing is impossible. There is no one definition in the field: this is the share
        of such saccades (Zelinsky 1996) over its chance level.

    Raises
    ------
    ValueError
        If `landed` holds something else than 0 and 1, or `expected` is not from 0 to 1.

    References
    ----------
    Zelinsky (1996), Using eye saccades to assess the selectivity of search movements, Vision Research 36, 2177-2187.

    Examples
    --------
    >>> guidance_ratio([1, 0, 1, 0], 0.25)
    2.0
    """
    hits = _flags("landed", landed)
    chance = as_floats("expected", expected if np.ndim(expected) else np.full(hits.shape, expected), hits.shape)
    if chance.size and not 0 <= chance.min() <= chance.max() <= 1:
        raise ValueError(f"expected holds {chance.min()}..{chance.max()}, expected probabilities from 0 to 1")
    return float(hits.sum() / chance.sum()) if chance.sum() else float("nan")


def quitting_step(stop: ArrayLike, threshold: float = 0.5) -> float:
    """Return the number of the first fixation after which a stopping rule ends the search.

    Parameters
    ----------
    stop : (n,)
        How strongly the model wants to stop at each fixation, the initial one first.
    threshold : float
        It stops where `stop` is above. 0.5 as in HAT.

    Returns
    -------
    float
        From 1; infinity if it never stops; NaN without fixations.

    Examples
    --------
    >>> quitting_step([0.1, 0.4, 0.7, 0.9])
    3.0
    """
    wish = as_floats("stop", stop, ("n",))
    above = wish > threshold
    if not len(wish):
        return float("nan")
    return float(above.argmax() + 1) if above.any() else float("inf")


def answers(claimed: ArrayLike, quitted: ArrayLike) -> NDArray[np.float64]:
    """Return what searches answer that end by finding something or by a stopping rule, whichever is first.

    Parameters
    ----------
    claimed : (n,)
        In each trial, the number of the fixation at which something was taken for the target; infinity if never.
    quitted : (n,)
        The number of the fixation after which the search was given up, see `quitting_step`; infinity if never.

    Returns
    -------
    float64 (n,)
        1 for "present" (claimed no later than given up), 0 for "absent", NaN for a search that ended without an answer
        or of which one number is NaN.

    Raises
    ------
    ValueError
        If the arrays differ in length.

    Examples
    --------
    >>> answers([2, np.inf, 5, np.inf], [4, 4, 4, np.inf])
    array([ 1.,  0.,  0., nan])
    """
    found = as_numbers("claimed", claimed, ("n",))
    given_up = as_numbers("quitted", quitted, found.shape)
    said = np.where(found <= given_up, 1.0, 0.0)
    unanswered = (np.isinf(found) & np.isinf(given_up)) | np.isnan(found) | np.isnan(given_up)
    return np.where(unanswered, np.nan, said)


class Detection(NamedTuple):
    """How often searchers say "present" where the target is, where it is not, and the share that answered at all."""

    hit_rate: float
    false_alarm_rate: float
    coverage: float


def detection(present: ArrayLike, said_present: ArrayLike) -> Detection:
    """Return hit and false alarm rate of searches for a target that may be absent.

    Parameters
    ----------
    present : (n,)
        1 or True where there was a target, 0 where not.
    said_present : (n,)
        The answers: 1, 0, or NaN for none, as `answers` returns them.

    Returns
    -------
    Detection
        Both rates from 0 to 1, over the trials with an answer: hits are better high, false alarms low, and equal rates
        are chance. A rate without such trials is NaN. `coverage` is the share of trials with an answer, NaN without
        trials.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold something else.

    Examples
    --------
    >>> detection([1, 1, 1, 0, 0], [1, 0, 1, 1, np.nan])
    Detection(hit_rate=0.6666666666666666, false_alarm_rate=1.0, coverage=0.8)
    """
    there, said = _flags("present", present), _numbers("said_present", said_present)
    check_shape("said_present", said, there.shape)
    answered = ~np.isnan(said)
    _flags("said_present", said[answered])

    def rate(trials: NDArray[np.bool_]) -> float:
        return float(said[trials].mean()) if trials.any() else float("nan")

    share = float(answered.mean()) if len(said) else float("nan")
    return Detection(rate(answered & (there == 1)), rate(answered & (there == 0)), share)


def _cells(cells: ArrayLike) -> NDArray[np.float64]:
    numbers = as_floats("cells", cells, ("n",))
    if (numbers != np.floor(numbers)).any():
        raise ValueError(f"cells holds {numbers[numbers != np.floor(numbers)][0]}, expected whole numbers")
    return numbers


def _flags(name: str, value: ArrayLike) -> NDArray[np.float64]:
    flags = _numbers(name, value)
    if not np.isin(flags, (0, 1)).all():
        raise ValueError(f"{name} holds {flags[~np.isin(flags, (0, 1))][0]}, expected 0 and 1")
    return flags


def _numbers(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return numbers (n,), NaN allowed, True being 1 and False 0."""
    array = np.asarray(value)
    return as_numbers(name, array.astype(np.float64) if array.dtype == bool else array, ("n",))


BEHAVIOUR_DELTA = Measure(
    function=behaviour_delta, kind="sample", direction="lower", low=0.0, source="Fang et al. 2024"
)
GUIDANCE_RATIO = Measure(
    function=guidance_ratio, kind="sample", direction="higher", low=0.0, chance=1.0, source="Zelinsky 1996"
)
