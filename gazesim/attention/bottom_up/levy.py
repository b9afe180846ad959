"""Constrained Levy Exploration: Boccignone & Ferraro, Physica A 331, 207-218, 2004."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance, ModelSpec, Priority
from gazesim.attention.bottom_up.itti import ITTI
from gazesim.checks import check_degrees, check_positive
from gazesim.trial import Trial


@dataclass(frozen=True)
class LevySettings:
    """The choices of `LevyAttention`.

    Parameters
    ----------
    jump_deg : float
        Scale of the Cauchy distribution of jump lengths: half of them are longer, were the display endless.
    tau : float
        t of the potential V = exp(-t s) of a place of saliency s, from 0 to 1; 1 as in the authors' program.
    acceptance : float
        T of the probability min(1, exp(-(V' - V) / T)) by which a jump from a place of potential V to one of
        V' is accepted: the smaller, the less it goes where little stands out.
    """

    jump_deg: float = 4.0
    tau: float = 1.0
    acceptance: float = 0.16

    def __post_init__(self) -> None:
        check_degrees("jump_deg", self.jump_deg)
        for name in ("tau", "acceptance"):
            check_positive(name, getattr(self, name))


class LevyAttention(Attention):
    """The next place of a Levy flight that a bottom-up map constrains.

    A jump has a direction drawn evenly and a length drawn from a Cauchy distribution. It is accepted, or another
    one is drawn, by the Metropolis rule in the potential V = exp(-tau s) of the saliency s.

    Parameters
    ----------
    saliency : Attention
        Gives s, from 0 to 1.
    settings : LevySettings

    Notes
    -----
    Published are the Cauchy flight, the potential and the Metropolis rule. The authors' program
    (github.com/phuselab/CLE) has them otherwise than here: V makes a drift, and what is accepted is a gain of s itself,
    from 0 to 100 and, away from the border, summed over a small Gaussian, at temperature 25; of 50 jumps, the one
    within the display to the highest s is proposed; after a rejection the eye fixates where it is; and the scale of
    jumps grows with the square of the display's side, to over three times the side at 600 px.

    Our choices: no drift, one proposal, a fixation is a place that the eye moves to, and `jump_deg`, which is not
    fitted to people. The default of `acceptance` is to the range of V, 1 - exp(-1), what 25 is to 100.
    """

    def __init__(self, saliency: Attention, settings: LevySettings = LevySettings()) -> None:
        self.saliency, self.settings, self.needs = saliency, settings, saliency.needs

    def check(self, trial: Trial) -> None:
        """Raise ValueError if the bottom-up map cannot be had of `trial`."""
        self.saliency.check(trial)

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance: the log probability, up to a constant, of each px as the next place.

        A policy of temperature 1 draws from it what the flight would reach. NaN is where the eye is.
        """
        salient = self.saliency.attend(glances)
        return [Priority(self._log_density(glance, found.map)) for glance, found in zip(glances, salient, strict=True)]

    def _log_density(self, glance: Glance, saliency: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = _px(glance.fixation, glance.trial)
        potential = np.exp(-self.settings.tau * saliency)
        accepted = np.minimum(0.0, (potential[y, x] - potential) / self.settings.acceptance)
        rows, columns = (np.arange(side) - at for side, at in zip(saliency.shape, (y, x), strict=True))
        square = (rows[:, None] ** 2 + columns**2) / glance.trial.px_per_degree**2
        square[y, x] = np.nan
        # a length of density 1 / (scale^2 + r^2), spread over a circle of circumference 2 pi r
        jump = -np.log(self.settings.jump_deg**2 + square) - np.log(square) / 2
        return np.asarray(jump + accepted, np.float64)


def _px(fixation: NDArray[np.float64], trial: Trial) -> tuple[int, int]:
    """Return the px (x, y) of the display that holds `fixation`, or is nearest to it."""
    x, y = np.rint(fixation).astype(int).clip(0, [trial.width - 1, trial.height - 1])
    return int(x), int(y)


def _build(weights: str | Path, device: str, parts: Mapping[type, Any]) -> LevyAttention:
    return LevyAttention(ITTI.build(weights, device, parts), parts[LevySettings])


CLE = ModelSpec(_build, (*ITTI.parts, LevySettings), {"temperature": 1.0, "inhibition": "none"})
