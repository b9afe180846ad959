"""How long a search takes: the durations of its fixations, and the time until the answer."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_not_negative, check_option, check_positive
from gazesim.scanpath import Scanpath

Durations = Literal["constant", "gamma", "wald"]


@dataclass(frozen=True)
class Timing:
    """The times of a scanpath's fixations, and of the answer.

    Parameters
    ----------
    durations : {"constant", "gamma", "wald"}, optional
        How fixations differ in duration: not at all; or drawn from a gamma distribution, or from an inverse Gaussian
        (Wald), the time at which a diffusion that identifies the item reaches its bound. None gives no times.
    duration_ms : float
        Their mean.
    duration_spread : float
        Their standard deviation as a share of the mean.
    duration_rise : float
        By which share of `duration_ms` each fixation is longer, on average, than the one before it.
    saccade_ms : float
        Between two fixations.
    nonsearch_ms : float
        Of an answer: what passes before the search and, for pressing the key, after it.
    nonsearch_spread : float
        The standard deviation of that as a share of its mean; drawn from a gamma distribution.
    """

    durations: Durations | None = None
    duration_ms: float = 220.0
    duration_spread: float = 0.4
    duration_rise: float = 0.0
    saccade_ms: float = 30.0
    nonsearch_ms: float = 350.0
    nonsearch_spread: float = 0.2

    def __post_init__(self) -> None:
        check_option("durations", self.durations, ("constant", "gamma", "wald", None))
        for name in ("duration_ms", "duration_spread"):
            check_positive(name, getattr(self, name))
        for name in ("duration_rise", "saccade_ms", "nonsearch_ms", "nonsearch_spread"):
            check_not_negative(name, getattr(self, name))

    def timed(self, path: Scanpath, random: np.random.Generator) -> Scanpath:
        """Return `path` with onsets and durations; itself if there are none."""
        if self.durations is None:
            return path
        mean = np.asarray(self.duration_ms * (1 + self.duration_rise * np.arange(len(path))), np.float64)
        took = self._drawn(mean, random)
        onset = np.concatenate([[0.0], np.cumsum(took + self.saccade_ms)[:-1]])
        return replace(path, onset_ms=onset, duration_ms=took)

    def response_ms(self, path: Scanpath, random: np.random.Generator) -> float:
        """Return when the answer to a timed `path` came, ms from the onset of the display."""
        assert path.onset_ms is not None
        assert path.duration_ms is not None
        around = self.nonsearch_ms
        if self.nonsearch_spread and around:
            around *= random.gamma(self.nonsearch_spread**-2, self.nonsearch_spread**2)
        return float(path.onset_ms[-1] + path.duration_ms[-1] + around)

    def _drawn(self, mean: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
        spread = self.duration_spread
        if self.durations == "gamma":
            return mean * random.gamma(spread**-2, spread**2, len(mean))
        if self.durations == "wald":
            return random.wald(mean, mean / spread**2)
        return mean
