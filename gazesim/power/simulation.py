"""Experiments drawn from people's reaction times, and how many of them find the effect.

A simulated experiment draws people with replacement, of each of them trials with replacement from all that the person
did in a condition at a set size, wrong answers among them, and does what the laboratory would: the mean of the right
answers, each person's slope over the set sizes, a two-sided t test over people.

How sure the power is, is found by resampling once more: which people the data are of. From each of 200 such populations
experiments are drawn, and the interval holds the middle 95 % of their powers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as t_distribution

from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.metrics.set_sizes import asymmetry_index
from gazesim.power.population import Condition, Times, slope_weights

EFFECTS = {"set_size": 1, "slope_difference": 2, "asymmetry_index": 2}  # and how many conditions
DRAWS = 1000  # experiments of one person that are drawn, to draw people's from
POPULATIONS = 200
ENDS = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, kw_only=True)
class Design:
    """The experiments to simulate.

    Attributes
    ----------
    effect : {"set_size", "slope_difference", "asymmetry_index"}
        What the test asks: is the slope of a condition not 0; do the slopes of two differ; is (H - L) / (H + L) of the
        first one's slope H and the second one's L not `against`, for which (1 - against) H - (1 + against) L is tested.
    people : tuple of int
        In the experiment; in each condition where those of the data are of different people.
    trials : tuple of int
        For each condition and set size.
    against : float
    alpha : float
    wanted : float
        The power that is asked for.
    repeats : int
        Experiments for each number.
    seed : int
    """

    effect: str
    people: tuple[int, ...]
    trials: tuple[int, ...]
    against: float = 0.0
    alpha: float = 0.05
    wanted: float = 0.8
    repeats: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_option("effect", self.effect, EFFECTS)
        for name, least in (("people", 2), ("trials", 1)):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} is {list(values)}, expected at least one, each once")
            for value in values:
                check_at_least(name, value, least)
        check_at_least("repeats", self.repeats, 1)
        check_at_least("seed", self.seed, 0)
        for name in ("alpha", "wanted"):
            check_positive(name, getattr(self, name))
            if getattr(self, name) >= 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected a number below 1")
        if not -1 < self.against < 1:
            raise ValueError(f"against is {self.against!r}, expected a number between -1 and 1")


def simulate(conditions: Sequence[Condition], design: Design, same_people: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the power of a design.

    Parameters
    ----------
    conditions : sequence of Condition
        As many as the effect is of.
    design : Design
    same_people : bool
        Whether the people of the data did all of the conditions; those of the experiments do the same.

    Returns
    -------
    power : DataFrame
        trials, people, power, power_low, power_high.
    needed : DataFrame
        trials, wanted, people, people_low, people_high: how many reach the wanted power, between the numbers of the
        design interpolated; infinite where the largest does not.

    Raises
    ------
    ValueError
        If with so few trials a person often has no right answer at a set size.
    """
    rows, needed = list[tuple[float, ...]](), list[tuple[float, ...]]()
    numbers = sorted(design.people)
    for trials in design.trials:
        random = np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=(trials,)))
        drawn = [_slopes(condition, trials, random) for condition in conditions]
        everybody = [np.arange(len(slopes)) for slopes in drawn]
        curve = np.array([_power(drawn, everybody, n, design, same_people, random) for n in numbers])
        others = np.empty((POPULATIONS, len(numbers)))
        for row in others:
            pools = [random.choice(pool, len(pool)) for pool in everybody]
            pools = pools[:1] * len(pools) if same_people else pools
            row[:] = [_power(drawn, pools, n, design, same_people, random) for n in numbers]
        low, high = np.percentile(others, ENDS, axis=0)
        rows += zip([trials] * len(numbers), numbers, curve.tolist(), low.tolist(), high.tolist(), strict=True)
        reached = [_needed(numbers, powers, design.wanted) for powers in others]
        ends = np.percentile(reached, ENDS, method="closest_observation")
        needed.append((trials, design.wanted, _needed(numbers, curve, design.wanted), *ends.tolist()))
    return (
        pd.DataFrame(rows, columns=["trials", "people", "power", "power_low", "power_high"]),
        pd.DataFrame(needed, columns=["trials", "wanted", "people", "people_low", "people_high"]),
    )


def effect_table(conditions: Sequence[Condition], effect: str) -> pd.DataFrame:
    """Return what the data have of the effect, a row a condition, and one of the difference or the index.

    condition, people, value (of slopes the mean over people, ms per item), sd (over people; missing of an index, and
    of a difference between different people), wrong (share of trials that do not count).
    """
    slopes = [condition.slopes() for condition in conditions]
    rows = [
        (condition.name, len(own), own.mean(), own.std(ddof=1), condition.wrong())
        for condition, own in zip(conditions, slopes, strict=True)
    ]
    if effect != "set_size":
        first, second = slopes
        same = conditions[0].observers == conditions[1].observers
        value, sd = first.mean() - second.mean(), (first - second).std(ddof=1) if same else np.nan
        if effect == "asymmetry_index":
            value, sd = float(asymmetry_index(first.mean(), second.mean())), np.nan
        rows.append((effect, len(first), value, sd, np.nan))
    return pd.DataFrame(rows, columns=["condition", "people", "value", "sd", "wrong"])


def _slopes(condition: Condition, trials: int, random: np.random.Generator) -> Times:
    """Return the slopes of drawn trials of each person, (people, draws)."""
    weights = slope_weights(condition.set_sizes)
    slopes = np.zeros((len(condition.times), DRAWS))
    for row, person in zip(slopes, condition.times, strict=True):
        for cell, weight in zip(person, weights.tolist(), strict=True):
            shown = random.choice(cell, (DRAWS, trials))
            right = ~np.isnan(shown)
            with np.errstate(invalid="ignore"):
                row += weight * np.where(right, shown, 0).sum(axis=1) / right.sum(axis=1)
        whole = np.isfinite(row)
        if whole.mean() < 0.9:
            raise ValueError(
                f"trials is {trials}: in {1 - whole.mean():.0%} of the draws a person of {condition.name!r} has no "
                "right answer at a set size, expected more trials"
            )
        row[~whole] = random.choice(row[whole], int((~whole).sum()))
    return slopes


def _power(
    drawn: Sequence[Times],
    pools: Sequence[NDArray[np.int64]],
    people: int,
    design: Design,
    same_people: bool,
    random: np.random.Generator,
) -> float:
    """Return the share of experiments with people from the pools, numbers of rows of `drawn`, that find the effect."""
    shape = (design.repeats, people)
    chosen = [random.choice(pool, shape) for pool in (pools[:1] if same_people else pools)]
    chosen = chosen * len(drawn) if same_people else chosen
    found = [slopes[who, random.integers(DRAWS, size=shape)] for slopes, who in zip(drawn, chosen, strict=True)]
    if design.effect == "asymmetry_index":
        found = [(1 - design.against) * found[0], (1 + design.against) * found[1]]
    if len(found) == 1 or same_people:
        values = found[0] if len(found) == 1 else found[0] - found[1]
        variance, df = values.var(axis=1, ddof=1) / people, np.float64(people - 1)
        apart = values.mean(axis=1)
    else:
        parts = np.stack([values.var(axis=1, ddof=1) / people for values in found])
        variance = parts.sum(axis=0)
        df = variance**2 / ((parts**2).sum(axis=0) / (people - 1))  # Welch
        apart = found[0].mean(axis=1) - found[1].mean(axis=1)
    return float((2 * t_distribution.sf(np.abs(apart) / np.sqrt(variance), df) < design.alpha).mean())


def _needed(numbers: Sequence[int], powers: Times, wanted: float) -> float:
    """Return how many people reach the power, between the numbers interpolated; infinite if none does."""
    rising = np.maximum.accumulate(powers)
    if rising[-1] < wanted:
        return np.inf
    at = int((rising >= wanted).argmax())
    if at == 0:
        return float(numbers[0])
    share = (wanted - rising[at - 1]) / (rising[at] - rising[at - 1])
    return float(np.ceil(numbers[at - 1] + share * (numbers[at] - numbers[at - 1]) - 1e-9))
