"""How a priority map becomes the next fixation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.attention.several import OverTargets
from gazesim.checks import check_finite, check_option, check_positive, check_share

TIE = 1e-6


@dataclass(frozen=True)
class Policy:
    """Winner-take-all, or sampling.

    Parameters
    ----------
    temperature : float, optional
        None takes the highest priority. A number draws px with probability proportional to
        exp(priority / temperature); priorities of `TargetAttention` are about 0 to 1.
    over_targets : {"max", "sum"}
        Where any of several targets is searched for, a memory set, and the model attends to one: the priority of a
        place is the largest, or the sum, of those for each target.
    saccade_cost : float
        By how much the priority of a place falls with each degree between it and the fixation.
    lapse : float
        The probability with which a fixation lands anywhere among the candidates, inhibited or not; only with a
        temperature.

    Notes
    -----
    Winner-take-all takes the first px, row by row from the top left, that comes within a millionth of the
    map's largest value of the maximum: rounding, which differs between machines and numbers of threads, does
    not decide between equals.
    """

    temperature: float | None = None
    over_targets: OverTargets = "max"
    saccade_cost: float = 0.0
    lapse: float = 0.0

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_positive("temperature", self.temperature)
        check_option("over_targets", self.over_targets, ("max", "sum"))
        check_finite("saccade_cost", self.saccade_cost)
        check_share("lapse", self.lapse)
        if self.lapse and self.temperature is None:
            raise ValueError(f"lapse is {self.lapse!r} without a temperature, expected both, or 0")

    def costly(
        self, priority: NDArray[np.float64], fixation: NDArray[np.float64], px_per_degree: float
    ) -> NDArray[np.float64]:
        """Return the map `priority` (H, W) less the cost of saccades from `fixation` (2,) px; itself without one."""
        if not self.saccade_cost:
            return priority
        y, x = np.ogrid[: priority.shape[0], : priority.shape[1]]
        away = np.hypot(x - fixation[0], y - fixation[1]) / px_per_degree
        return np.asarray(priority - self.saccade_cost * away, np.float64)

    def choose(
        self,
        priority: NDArray[np.float64],
        selectable: NDArray[np.bool_],
        random: np.random.Generator,
        ending: float = -np.inf,
        anywhere: NDArray[np.bool_] | None = None,
    ) -> tuple[int, int] | None:
        """Return the next fixation (x, y) px, or None to end the search.

        It ends if no px of `selectable` (H, W) has a priority (not NaN), or if `ending`, the priority of ending, wins
        over those of all px: it is larger, or drawn as if it were one of them. A lapse lands in `anywhere` (H, W).
        """
        if self.lapse and anywhere is not None and ending < np.inf and random.random() < self.lapse:
            y, x = np.argwhere(anywhere)[random.integers(anywhere.sum())]
            return int(x), int(y)
        free = selectable & ~np.isnan(priority)
        if not free.any():
            return None
        value = np.where(free, priority, -np.inf)
        if self.temperature is None:
            if ending > value.max():
                return None
            largest = max(np.nanmax(priority), -np.nanmin(priority))
            value = value >= value.max() - TIE * largest
        else:
            value = value / self.temperature + random.gumbel(size=value.shape)
            if ending > -np.inf and ending / self.temperature + random.gumbel() > value.max():
                return None
        y, x = np.unravel_index(np.argmax(value), value.shape)
        return int(x), int(y)
