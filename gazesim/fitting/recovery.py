"""Whether the parameters of simulated people are found again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gazesim.fitting.estimate import Estimate, estimate
from gazesim.fitting.problem import Problem, Subject
from gazesim.trial import Trial

Floats = NDArray[np.float64]
AROUND = 0.12  # how far from the fitted values true ones are drawn, units of the ranges


@dataclass(frozen=True, eq=False)
class Recovered:
    """One simulated person: the true parameters (n,) in units, and what a fit of their scanpaths found."""

    true: Floats
    found: Estimate

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether each true value (n,) is in its interval."""
        return (self.found.low <= self.true) & (self.true <= self.found.high)


def recover(
    subject: Subject,
    trials: Sequence[Trial],
    around: Floats,
    people: int,
    seed: int = 0,
    *,
    max_fixations: int | None = None,
    first: int = 0,
) -> Iterator[Recovered]:
    """Yield simulated people, whose true parameters lie evenly around `around`, as a fit of each finds them.

    Parameters
    ----------
    subject : Subject
    trials : sequence of Trial
        What each of them searches.
    around : (n,)
        Units of the ranges.
    people : int
    seed : int
        Each person depends on it and on their number alone.
    max_fixations : int, optional
        Of a search.
    first : int
        The number of the first person.
    """
    fixed = not any(each.of_attention for each in subject.parameters)
    shared = subject.model().attention if fixed else None
    for number in range(first, people):
        random = np.random.default_rng([seed, number])
        true = (around + random.uniform(-AROUND, AROUND, len(around))).clip(0.02, 0.98)
        model = subject.model(subject.values(true), shared)
        walk = model.walk(trials, seed=int(random.integers(2**31)), max_fixations=max_fixations)
        paths = [replace(path, observer=f"simulated {number + 1}") for path in walk]
        problem = Problem(subject, trials, paths, attention=shared)
        yield Recovered(true, estimate(problem, around.copy()))
