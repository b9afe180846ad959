"""When a search ends with the answer that the target is absent."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from gazesim.checks import check_at_least, check_finite, check_not_negative, check_option, check_positive

Rule = Literal["threshold", "quitting", "adaptive", "odds", "number"]


@dataclass(frozen=True, eq=False)
class State:
    """How far a search has come, as a rule sees it.

    priority    : float64 (k,), of the px that may be looked at next
    temperature : of the policy; None takes the highest
    checked     : how many places have been looked at
    places      : how many there are
    log_odds    : natural logarithm of the posterior odds that the target is present
    limit       : how many places this search checks at most, by the rules that count
    """

    priority: NDArray[np.float64]
    temperature: float | None
    checked: int
    places: float
    log_odds: float
    limit: float


@dataclass(frozen=True)
class Stopping:
    """The rule that ends a search as absent. A place is an object, or a square of `inhibition_deg`.

    Parameters
    ----------
    stopping : {"threshold", "quitting", "adaptive", "odds", "number"}, optional
        None ends a search only where no place is left, at its limit, or where attention itself ends it, and gives no
        answer. All others answer "present" where the target is recognised, else "absent":
        "threshold" when no place has a priority of `least_priority`;
        "quitting" as a unit that competes with the places, whose weight grows with each place that was checked
        (Moran, Zehetleitner, Mueller & Usher, Journal of Vision 13(8):24, 2013); the policy must sample;
        "adaptive" after a share of the places that rises after a miss and falls after a correct "absent", trial by
        trial (Guided Search: Wolfe, Psychonomic Bulletin & Review 1, 202-238, 1994, and 28, 1060-1092, 2021);
        "odds" when the posterior odds of a present target fall below `least_odds`;
        "number" after `most_checked` places.
    least_priority : float
        Of "threshold".
    quit_weight : float
        Of "quitting": what the weight of quitting grows by, in weights exp(priority / temperature) of a mean place at
        the first fixation.
    quit_share : float
        Of "adaptive": the share of the places at the first trial.
    quit_rise, quit_fall : float
        Of "adaptive": by how much the share rises and falls.
    quit_spread : float
        Of "adaptive" and "number": standard deviation of the limit from trial to trial, as a share of its mean; it is
        drawn from a gamma distribution.
    least_odds : float
        Of "odds"; before anything was seen they are 1. Attention that has a posterior gives the odds itself; otherwise
        they are what the first map, as probabilities, leaves for places that were not yet checked.
    most_checked : int
        Of "number".
    """

    stopping: Rule | None = None
    least_priority: float = 0.5
    quit_weight: float = 0.1
    quit_share: float = 0.8
    quit_rise: float = 0.2
    quit_fall: float = 0.02
    quit_spread: float = 0.0
    least_odds: float = 0.1
    most_checked: int = 10

    def __post_init__(self) -> None:
        check_option("stopping", self.stopping, ("threshold", "quitting", "adaptive", "odds", "number", None))
        check_finite("least_priority", self.least_priority)
        for name in ("quit_weight", "quit_share", "least_odds"):
            check_positive(name, getattr(self, name))
        for name in ("quit_rise", "quit_fall", "quit_spread"):
            check_not_negative(name, getattr(self, name))
        check_at_least("most_checked", self.most_checked, 1)

    @property
    def adapts(self) -> bool:
        """Whether a search depends on the answers to those before it."""
        return self.stopping == "adaptive"

    def limit(self, share: float, places: float, random: np.random.Generator) -> float:
        """Return how many places a search checks at most, when the share of its `places` is now `share`."""
        mean = {"adaptive": share * places, "number": float(self.most_checked)}.get(str(self.stopping), np.inf)
        if self.quit_spread == 0 or not 0 < mean < np.inf:
            return max(1.0, mean)
        return max(1.0, mean * random.gamma(self.quit_spread**-2, self.quit_spread**2))

    def next_share(self, share: float, answer: str | None, present: bool | None) -> float:
        """Return the share after a trial that was answered so; present is None where nobody says what was right."""
        if not self.adapts or answer != "absent" or present is None:
            return share
        return min(1.0, share + self.quit_rise) if present else max(0.0, share - self.quit_fall)

    def ending(self, state: State, first_weight: float) -> float:
        """Return the priority of ending, which competes with `state.priority`: inf ends, -inf goes on.

        Parameters
        ----------
        state : State
        first_weight : float
            log of the mean weight exp(priority / temperature) of a place at the first fixation.
        """
        if self.stopping == "quitting" and state.checked:
            assert state.temperature is not None
            return float(state.temperature * (np.log(self.quit_weight * state.checked) + first_weight))
        ends = {
            "threshold": len(state.priority) > 0 and bool(state.priority.max() < self.least_priority),
            "odds": state.log_odds < np.log(self.least_odds),
            "adaptive": state.checked >= state.limit,
            "number": state.checked >= state.limit,
        }
        return np.inf if ends.get(str(self.stopping), False) else -np.inf


def place_weight(priority: NDArray[np.float64], temperature: float, places: float) -> float:
    """Return log of the mean weight of a place, from the priorities (k,) of all px that may be looked at."""
    return float(logsumexp(priority / temperature) - np.log(places))


def belief(
    priority: NDArray[np.float64], selectable: NDArray[np.bool_], temperature: float | None
) -> NDArray[np.float64]:
    """Return the map (H, W) as probabilities of the px that may be looked at, 0 elsewhere; without temperature of 1."""
    free = selectable & ~np.isnan(priority)
    value = np.where(free, priority, -np.inf) / (temperature or 1.0)
    weights = np.exp(value - value.max()) if free.any() else np.zeros(value.shape)
    return np.asarray(weights / max(weights.sum(), 1e-300), np.float64)


def within(shares: NDArray[np.float64], boxes: NDArray[np.float64]) -> float:
    """Return the sum of a map (H, W) within boxes (k, 4); what lies in several counts once."""
    covered = np.zeros(shares.shape, np.bool_)
    for x0, y0, x1, y1 in np.ceil(boxes).clip(0, max(shares.shape)).astype(int):
        covered[y0:y1, x0:x1] = True
    return float(shares[covered].sum())
