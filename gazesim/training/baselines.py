"""Searchers among objects that are not trained, or only counted: what a trained model has to beat.

Each gives the probability of every object, and of ending the search, after any history. When to end is counted on the
training paths for all of them: how often a path ends on the target, and how often on another object.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from gazesim.attention.objects.layout import Layout
from gazesim.training.object_paths import ObjectPath

Weights = NDArray[np.float64]
SMOOTHING = 0.5  # added to each count


class Searcher(Protocol):
    """Anything that gives the next object."""

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return how likely each object (n,) is next, after the objects `history`; not normalised."""
        ...


class Random:
    """Any object, the one that is fixated too."""

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return ones."""
        return np.ones(len(layout))


class Centre:
    """A Gaussian about the centre of the display, fitted to the objects of the training paths."""

    def __init__(self, paths: Sequence[ObjectPath]) -> None:
        offsets = np.concatenate([path.layout.places()[path.objects] - _middle(path.layout) for path in paths])
        self.variance = (offsets**2).mean(axis=0).clip(min=0.1)

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return the density at each object."""
        return np.asarray(np.exp(-((layout.places() - _middle(layout)) ** 2 / (2 * self.variance)).sum(axis=1)))


class NearestWalk:
    """The nearest object not yet fixated; of equally near ones, any. Other objects have a small weight, fitted."""

    def __init__(self, paths: Sequence[ObjectPath]) -> None:
        steps = [
            _nearest(path.layout, path.objects[:t])[path.objects[t]] for path in paths for t in range(1, len(path))
        ]
        self.share = (sum(steps) + SMOOTHING) / (len(steps) + 2 * SMOOTHING)

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return the share of steps to the nearest new objects, and of all others, spread evenly."""
        if not len(history):
            return np.ones(len(layout))
        near = _nearest(layout, history)
        others = max(1, int((~near).sum()))
        return np.asarray(np.where(near, self.share / max(1, int(near.sum())), (1 - self.share) / others))


class SaccadeChain:
    """A Markov chain of saccades: how often each length and direction was made in the training paths.

    Lengths and directions are counted together, as the difference in columns and rows (rounded), and a step to the same
    object with them. Each count is spread over the objects that lie there. The first object is that of `Centre`.
    """

    def __init__(self, paths: Sequence[ObjectPath]) -> None:
        self.first = Centre([ObjectPath(p.objects[:1], p.display, p.observer, p.target) for p in paths])
        self.counts: dict[tuple[int, int], float] = {}
        for path in paths:
            places = path.layout.places()[path.objects]
            for dx, dy in np.rint(np.diff(places, axis=0)).astype(int).tolist():
                self.counts[dx, dy] = self.counts.get((dx, dy), SMOOTHING) + 1

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return the counts of the saccades from the last object to each."""
        if not len(history):
            return self.first.weights(layout, history)
        places = layout.places()
        steps = [tuple(step) for step in np.rint(places - places[history[-1]]).astype(int).tolist()]
        return np.array([self.counts.get((dx, dy), SMOOTHING) for dx, dy in steps])


class TargetChain(SaccadeChain):
    """`SaccadeChain` told where the target is: its weight is multiplied by a number fitted to the training paths.

    It knows what `oat` knows with knows_target "place".
    """

    def __init__(self, paths: Sequence[ObjectPath]) -> None:
        super().__init__(paths)
        self.pull = 1.0
        shares, hits = [], []
        for path in (path for path in paths if path.layout.target is not None):
            for t, chosen in enumerate(path.objects):
                weights = self.weights(path.layout, path.objects[:t])
                shares.append(weights[path.layout.target] / weights.sum())
                hits.append(chosen == path.layout.target)
        share, hit = np.array(shares), np.array(hits)

        def loss(log_pull: float) -> float:
            pulled = np.exp(log_pull) * share
            return -float(np.log(np.where(hit, pulled, 1 - share) / (1 - share + pulled)).mean())

        if len(share) and (share < 1).all():  # there is more than the target
            self.pull = float(np.exp(minimize_scalar(loss, bounds=(-10, 10), method="bounded").x))

    def weights(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return those of the chain, that of the target enlarged."""
        found = super().weights(layout, history)
        if layout.target is not None:
            found[layout.target] *= self.pull
        return found


@dataclass(frozen=True)
class Baseline:
    """A searcher that ends its path as often as people do, on the target and elsewhere."""

    searcher: Searcher
    end_on_target: float
    end_elsewhere: float

    @classmethod
    def fit(cls, searcher: Searcher, paths: Sequence[ObjectPath]) -> "Baseline":
        """Count on `paths` how often a fixation on the target, or elsewhere, is the last one."""
        found = []
        for on_target in (True, False):
            last = [i == len(path) - 1 for path in paths for i in np.flatnonzero(_is_target(path) == on_target)]
            found.append((sum(last) + SMOOTHING) / (len(last) + 2 * SMOOTHING))
        return cls(searcher, *found)

    def probabilities(self, layout: Layout, history: NDArray[np.int64]) -> Weights:
        """Return the probability (n + 1,) of each object and, last, of the end."""
        weights = self.searcher.weights(layout, history)
        if not len(history):
            return np.append(weights / weights.sum(), 0.0)
        end = self.end_on_target if history[-1] == layout.target else self.end_elsewhere
        return np.append(weights / weights.sum() * (1 - end), end)

    def log_likelihood(self, path: ObjectPath) -> Weights:
        """Return the log-probability (length + 1,) of each step of `path` and of its end."""
        choices = [*path.objects.tolist(), len(path.layout)]
        chances = [self.probabilities(path.layout, path.objects[:t])[choice] for t, choice in enumerate(choices)]
        return np.asarray(np.log(chances))

    def sample(self, layout: Layout, random: np.random.Generator, longest: int) -> NDArray[np.int64]:
        """Draw one path of at most `longest` fixations."""
        path: list[int] = []
        while len(path) < longest:
            chosen = int(random.choice(len(layout) + 1, p=self.probabilities(layout, np.array(path, np.int64))))
            if chosen == len(layout):
                break
            path.append(chosen)
        return np.array(path, np.int64)


BASELINES: dict[str, Callable[[Sequence[ObjectPath]], Searcher]] = {
    "random": lambda paths: Random(),
    "centre": Centre,
    "nearest_walk": NearestWalk,
    "saccade_chain": SaccadeChain,
    "target_chain": TargetChain,
}


def _middle(layout: Layout) -> Weights:
    places = layout.places()
    return np.asarray((places.min(axis=0) + places.max(axis=0)) / 2)


def _is_target(path: ObjectPath) -> NDArray[np.bool_]:
    return np.asarray(path.objects == (-1 if path.layout.target is None else path.layout.target))


def _nearest(layout: Layout, history: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which objects (n,) are the nearest new ones to the last of `history`; none if all are old."""
    places = layout.places()
    distance = np.linalg.norm(places - places[history[-1]], axis=1)
    distance[history] = np.inf
    least = distance.min()
    return np.asarray(np.isfinite(distance) & (distance <= least + 1e-6))
