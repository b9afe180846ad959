"""How often a model answers present and absent, and how long that takes, where places are drawn and quitting competes.

The places of a display have fixed priorities; the next one is drawn with probability exp(priority / temperature) among
those that were not checked, against a quitting unit (`Stopping`, "quitting"). So the number of checks has a closed form
for each order in which the places may be drawn, and the time is a sum of gamma distributed durations (`Timing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from gazesim.search.stopping import Stopping
from gazesim.search.timing import Timing

Floats = NDArray[np.float64]
BIN_MS, LONGEST_MS = 10.0, 8000.0


@dataclass(frozen=True, eq=False)
class Orders:
    """Displays of one set size and the draws of noise that order their places.

    priority : float64 (d, n), of the places of d displays
    target   : int64 (d,), the target's place; -1 where it is absent
    noise    : float64 (d, r, n), standard Gumbel: r orders a display
    """

    priority: Floats
    target: NDArray[np.int64]
    noise: Floats

    @classmethod
    def of(cls, priority: Floats, target: Sequence[int], orders: int = 50, seed: int = 0) -> "Orders":
        """Return them with `orders` draws a display."""
        random = np.random.default_rng(seed)
        return cls(
            priority, np.asarray(target, np.int64), random.gumbel(size=(len(priority), orders, priority.shape[1]))
        )


def checks(orders: Orders, temperature: float, stopping: Stopping, miss_rate: float = 0.0) -> tuple[Floats, Floats]:
    """Return the probability (n,) that the target is recognised at the k-th check, and that "absent" follows the k-th.

    Parameters
    ----------
    orders : Orders
        n places a display; averaged over displays and orders.
    temperature : float
    stopping : Stopping
        Of which `quit_weight` counts.
    miss_rate : float
        See `OracleRecognition`.
    """
    scaled = (orders.priority / temperature)[:, None]
    order = np.argsort(-(scaled + orders.noise), axis=2)
    weights = np.exp(orders.priority / temperature - (orders.priority / temperature).max(axis=1, keepdims=True))
    drawn = np.take_along_axis(np.broadcast_to(weights[:, None], order.shape), order, axis=2)
    left = drawn[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] - drawn  # after each check
    n = orders.priority.shape[1]
    unit = stopping.quit_weight * np.arange(1, n + 1) * weights.mean(axis=1)[:, None, None]
    quits = unit / (unit + left.clip(0))
    quits[..., -1] = 1  # no place is left
    hit = (order == orders.target[:, None, None]) * (1 - miss_rate)
    goes_on = np.cumprod((1 - hit) * (1 - quits), axis=2)
    reached = np.concatenate([np.ones((*goes_on.shape[:2], 1)), goes_on[..., :-1]], axis=2)
    present, absent = reached * hit, reached * (1 - hit) * quits
    return present.mean(axis=(0, 1)), absent.mean(axis=(0, 1))


def density(shares: Floats, timing: Timing) -> Floats:
    """Return the probability (bins,) of answers in bins of 10 ms, when `shares` (n,) of them follow the k-th check.

    The initial fixation takes as long as one at which something is checked. Durations and what is around the search are
    gamma distributed, and their sum is computed on the bins; the last bin holds all later answers.
    """
    edges = np.arange(0, LONGEST_MS + BIN_MS, BIN_MS)
    k = np.arange(1, len(shares) + 1)[:, None]
    shape, scale = timing.duration_spread**-2, timing.duration_ms * timing.duration_spread**2
    later = (edges - timing.saccade_ms * k).clip(0)  # each check follows a saccade
    search = np.diff(shares @ gammainc((k + 1) * shape, later / scale))
    around = np.diff(gammainc(timing.nonsearch_spread**-2, edges / (timing.nonsearch_ms * timing.nonsearch_spread**2)))
    size = 2 * len(search)
    summed = np.fft.irfft(np.fft.rfft(search, size) * np.fft.rfft(around, size), size)[: len(search)].clip(0)
    found = np.concatenate([[0.0], summed[:-1]]) / 2 + summed / 2  # bins add up to half a bin more
    found[-1] += max(0.0, shares.sum() - found.sum())
    return np.asarray(found, np.float64)


def moments(probability: Floats) -> tuple[float, float]:
    """Return mean and standard deviation, ms, of times in bins (bins,) of `density`."""
    times = (np.arange(len(probability)) + 0.5) * BIN_MS
    share = probability / probability.sum()
    mean = float(share @ times)
    return mean, float(np.sqrt(share @ (times - mean) ** 2))


def quantiles(probability: Floats, at: Sequence[float]) -> Floats:
    """Return the quantiles, ms, of times in bins (bins,) of `density`."""
    below = np.concatenate([[0.0], np.cumsum(probability / probability.sum())])
    return np.asarray(np.interp(at, below, np.arange(len(below)) * BIN_MS), np.float64)


def crps(probability: Floats, times: Floats) -> Floats:
    """Return the continuous ranked probability score (m,) of times (m,) ms against `density`, ms; lower is better.

    Gneiting & Raftery, Journal of the American Statistical Association 102, 359-378, 2007: the integral over t of the
    squared difference between the distribution function and the step at the time.
    """
    share = probability / probability.sum()
    below = np.cumsum(share) - share / 2  # in the middle of each bin
    rising = np.concatenate([[0.0], np.cumsum(below**2)]) * BIN_MS  # integral of F^2 up to each edge
    falling = np.concatenate([np.cumsum(((1 - below) ** 2)[::-1])[::-1], [0.0]]) * BIN_MS
    edges = np.arange(len(rising)) * BIN_MS
    return np.asarray(np.interp(times, edges, rising) + np.interp(times, edges, falling), np.float64)
