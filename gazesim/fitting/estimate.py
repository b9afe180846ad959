"""Estimates by maximum likelihood within bounds, from several starts, and their profile intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import chi2

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
LEVEL = float(chi2.ppf(0.95, 1))
STEPS = 12  # of the search for an end of an interval
CLOSE = 0.08  # deviance: an interval is then off by 1 % of its half width


@dataclass(frozen=True, eq=False)
class Estimate:
    """The best parameters, in units of their ranges.

    units   : float64 (n,)
    least   : minus the log likelihood there
    low, high : float64 (n,), the 95 % profile interval; 0 or 1 where it reaches the bound
    profile : for each parameter, units and deviances (m, 2) that were computed on the way, in order
    """

    units: Floats
    least: float
    low: Floats
    high: Floats
    profile: tuple[Floats, ...]


def maximum(objective: Objective, start: Floats, starts: int = 1, seed: int = 0) -> tuple[Floats, float]:
    """Return the parameters (n,) at which `objective` is least, and its value there.

    Parameters
    ----------
    objective : callable
        Units (n,) -> value and derivatives (n,).
    start : (n,)
    starts : int
        How many fits there are; the others start at random.
    seed : int
    """
    random = np.random.default_rng(seed)
    best, least = start, np.inf
    for number in range(starts):
        at = start if number == 0 else random.uniform(0.1, 0.9, len(start))
        found = minimize(objective, at, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(at), options={"ftol": 1e-10})
        if found.fun < least:
            best, least = np.asarray(found.x, np.float64), float(found.fun)
    return best, least


def estimate(
    objective: Objective, start: Floats, starts: int = 1, seed: int = 0, *, intervals: bool = True
) -> Estimate:
    """Return the maximum of the likelihood with profile intervals; see `maximum`.

    An interval holds all values of a parameter at which, with the others fitted anew, twice the log likelihood is less
    than 3.84 below its maximum.
    """
    best, least = maximum(objective, start, starts, seed)
    for _ in range(3):
        found = Estimate(best, least, np.zeros(len(best)), np.ones(len(best)), ())
        if not intervals:
            return found
        low, high, profiles = np.zeros(len(best)), np.ones(len(best)), []
        better: tuple[Floats, float] | None = None
        spread = _spread(objective, best)
        for i in range(len(best)):
            points: list[tuple[float, float]] = [(float(best[i]), 0.0)]
            for side in (-1, 1):
                end, lower = _end(objective, best, least, i, side, spread[i], points)
                (low if side < 0 else high)[i] = end
                better = lower or better
            profiles.append(np.array(sorted(points)))
        if better is None:
            return Estimate(best, least, low, high, tuple(profiles))
        best, least = maximum(objective, better[0])
    return Estimate(best, least, low, high, tuple(profiles))


def curvature(objective: Objective, units: Floats, step: float = 1e-3) -> Floats:
    """Return the second derivatives (n, n) at `units`, from differences of the first."""
    found = np.empty((len(units), len(units)))
    for i in range(len(units)):
        up, down = units.copy(), units.copy()
        up[i], down[i] = min(1.0, units[i] + step), max(0.0, units[i] - step)
        found[i] = (objective(up)[1] - objective(down)[1]) / (up[i] - down[i])
    return np.asarray((found + found.T) / 2, np.float64)


def _spread(objective: Objective, best: Floats) -> Floats:
    """Return about the standard error (n,) of each parameter."""
    try:
        variance = np.diag(np.linalg.inv(curvature(objective, best)))
    except np.linalg.LinAlgError:
        variance = np.full(len(best), np.nan)
    return np.where(variance > 0, np.sqrt(np.abs(variance)), 0.05).clip(1e-4, 0.3)


def _end(
    objective: Objective,
    best: Floats,
    least: float,
    i: int,
    side: int,
    spread: float,
    points: list[tuple[float, float]],
) -> tuple[float, tuple[Floats, float] | None]:
    """Return where the deviance of parameter `i` is `LEVEL` on one side, and a better fit if one is met."""
    bound, others = (0.0 if side < 0 else 1.0), [k for k in range(len(best)) if k != i]
    inner, outer, at = float(best[i]), bound, best.copy()
    inner_root, outer_root = 0.0, np.inf
    where = float(np.clip(best[i] + side * 1.96 * spread, 0, 1))
    for _ in range(STEPS):
        value, at = _conditional(objective, at, i, where, others)
        deviance = 2 * (value - least)
        if deviance < -0.01:
            return where, (at, value)
        points.append((where, deviance))
        root = float(np.sqrt(max(deviance, 0)))
        if abs(deviance - LEVEL) < CLOSE or (where == bound and deviance < LEVEL):
            return where, None
        if deviance < LEVEL:
            inner, inner_root = where, root
        else:
            outer, outer_root = where, root
        if np.isfinite(outer_root):  # the root of the deviance is nearly straight
            share = (np.sqrt(LEVEL) - inner_root) / (outer_root - inner_root)
            where = inner + float(np.clip(share, 0.05, 0.95)) * (outer - inner)
        else:
            gain = np.sqrt(LEVEL) / max(inner_root, 0.2)
            where = float(np.clip(best[i] + (where - best[i]) * min(max(gain, 1.2), 3), 0, 1))
    return where, None


def _conditional(objective: Objective, start: Floats, i: int, value: float, others: list[int]) -> tuple[float, Floats]:
    """Return the least of `objective` with parameter `i` at `value`, and where."""

    def full(part: Floats) -> Floats:
        units = start.copy()
        units[others], units[i] = part, value
        return units

    def rest(part: Floats) -> tuple[float, Floats]:
        found, slopes = objective(full(part))
        return found, slopes[others]

    if not others:
        return objective(full(np.empty(0)))[0], full(np.empty(0))
    found = minimize(
        rest, start[others], jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(others), options={"ftol": 1e-7}
    )
    return float(found.fun), full(np.asarray(found.x))
