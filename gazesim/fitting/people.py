"""The parameters of each person, alone and as one of a group, and how reliably they differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.fitting.estimate import Estimate, Objective, curvature, estimate, maximum

Floats = NDArray[np.float64]
ROUNDS, SETTLED = 100, 2e-4
NARROWEST, WIDEST = 1e-3, 1.0  # standard deviation of a group, units


@dataclass(frozen=True, eq=False)
class Group:
    """A group whose members' parameters are normally distributed, in units of their ranges.

    mean, error : float64 (n,), the mean and its standard error
    deviation   : float64 (n,), standard deviation over members
    members     : float64 (people, n), each member's most probable parameters
    """

    mean: Floats
    error: Floats
    deviation: Floats
    members: Floats


def each_alone(people: Sequence[Objective], start: Floats) -> list[Estimate]:
    """Return the estimate of each person with intervals."""
    return [estimate(person, start) for person in people]


def as_group(people: Sequence[Objective], start: Floats) -> Group:
    """Fit all people together, each shrunk towards the mean of the group as far as their own data are uncertain.

    Expectation maximisation with Laplace's approximation of each person's posterior (Huys et al., PLoS Computational
    Biology 7(4): e1002028, 2011, appendix).
    """
    mean, deviation = start.copy(), np.full(len(start), 0.2)
    members = np.tile(start, (len(people), 1))
    uncertain = np.ones_like(members)
    for _ in range(ROUNDS):
        for row, person in enumerate(people):
            with_prior = _with_prior(person, mean, deviation)
            members[row] = maximum(with_prior, members[row])[0]
            inverse = np.linalg.pinv(curvature(with_prior, members[row]), hermitian=True)
            uncertain[row] = np.diag(inverse).clip(0, deviation**2)
        before = np.concatenate([mean, deviation])
        mean = members.mean(axis=0)
        variance = (members**2 + uncertain).mean(axis=0) - mean**2
        deviation = np.sqrt(variance.clip(NARROWEST**2, WIDEST**2))
        if np.abs(np.concatenate([mean, deviation]) - before).max() < SETTLED:
            break
    return Group(mean, deviation / np.sqrt(len(people)), deviation, members)


def reliability(first: Floats, second: Floats) -> Floats:
    """Return how reliably people differ in each parameter (n,): split halves by the Spearman-Brown formula.

    Parameters
    ----------
    first, second : (people, n)
        Estimates from one half of each person's trials, and from the other.

    Returns
    -------
    float64 (n,)
        2 r / (1 + r) of the correlation r over people; NaN with fewer than three people, or where a half does not vary.

    Examples
    --------
    >>> reliability(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [3.0], [2.0]]))
    array([0.66666667])
    """
    found = np.full(first.shape[1], np.nan)
    if len(first) < 3:
        return found
    for i, (a, b) in enumerate(zip(first.T, second.T, strict=True)):
        if a.std() > 0 and b.std() > 0:
            r = float(np.corrcoef(a, b)[0, 1])
            found[i] = 2 * r / (1 + r) if r > -1 else -np.inf
    return found


def _with_prior(person: Objective, mean: Floats, deviation: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    def objective(units: Floats) -> tuple[float, Floats]:
        value, slopes = person(units)
        away = (units - mean) / deviation
        return value + float((away**2).sum()) / 2, slopes + away / deviation

    return objective
