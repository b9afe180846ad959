"""How a priority map becomes the next fixation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.attention.several import OverTargets
from gazesim.checks import check_option, check_positive

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

    Notes
    -----
    Winner-take-all takes the first px, row by row from the top left, that comes within a millionth of the
    map's largest value of the maximum: rounding, which differs between machines and numbers of threads, does
    not decide between equals.
    """

    temperature: float | None = None
    over_targets: OverTargets = "max"

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_positive("temperature", self.temperature)
        check_option("over_targets", self.over_targets, ("max", "sum"))

    def choose(
        self,
        priority: NDArray[np.float64],
        selectable: NDArray[np.bool_],
        random: np.random.Generator,
        ending: float = -np.inf,
    ) -> tuple[int, int] | None:
        """Return the next fixation (x, y) px, or None to end the search.

        It ends if no px of `selectable` (H, W) has a priority (not NaN), or if `ending`, the priority of ending, wins
        over those of all px: it is larger, or drawn as if it were one of them.
        """
        free = selectable & ~np.isnan(priority)
        if not free.any():
            return None
        value = np.where(free, priority, -np.inf)
        if self.temperature is None:
            if ending > value.max():
                return None
            value = value >= value.max() - TIE * np.nanmax(np.abs(priority))
        else:
            value = value / self.temperature + random.gumbel(size=value.shape)
            if ending > -np.inf and ending / self.temperature + random.gumbel() > value.max():
                return None
        y, x = np.unravel_index(np.argmax(value), value.shape)
        return int(x), int(y)
