"""Whether the fixated place is the target."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_degrees, check_option, check_share
from gazesim.trial import Trial


@dataclass(frozen=True)
class OracleRecognition:
    """Knows the target's box: found when it reaches into a square window around the fixation.

    Parameters
    ----------
    recognition_deg : float, optional
        Side of the window. None is as published: 10 px at 30 px per degree for trials with objects, 64 px for
        others.
    test_first : bool, optional
        Whether the initial fixation can find the target. None is as published: only in trials without objects.
    stop_when_found : bool
        Whether the search ends then. If not, it goes on until the model itself ends it, or its limit, and the target
        counts as found if the last fixation is on it.
    miss_rate : float
        The probability with which the target is looked at and not recognised; drawn at every fixation on it.
    false_alarm_rate : float
        The probability with which something else is taken for the target, at every other fixation.
    """

    recognition_deg: float | None = None
    test_first: bool | None = None
    stop_when_found: bool = True
    miss_rate: float = 0.0
    false_alarm_rate: float = 0.0

    def __post_init__(self) -> None:
        if self.recognition_deg is not None:
            check_degrees("recognition_deg", self.recognition_deg)
        if self.test_first not in (None, True, False):
            raise ValueError(f"test_first is {self.test_first!r}, expected true, false or None")
        check_option("stop_when_found", self.stop_when_found, (True, False))
        check_share("miss_rate", self.miss_rate)
        check_share("false_alarm_rate", self.false_alarm_rate)

    def judged(
        self,
        trial: Trial,
        history: NDArray[np.float64],
        random: np.random.Generator,
        seen: NDArray[np.float64] | None = None,
    ) -> tuple[bool, bool]:
        """Return whether the target is recognised, and whether something else is taken for it; see `found`."""
        if self.found(trial, history, seen):
            return not (self.miss_rate and random.random() < self.miss_rate), False
        tested = len(history) > 1 or self._tests_first(trial)
        return False, bool(tested and self.false_alarm_rate and random.random() < self.false_alarm_rate)

    def found(self, trial: Trial, history: NDArray[np.float64], seen: NDArray[np.float64] | None = None) -> bool:
        """Whether the last fixation of `history` (n, 2) is on the target; False where no box is known.

        `seen` (k, 4) are objects that are checked from there too.
        """
        if trial.target_box is None or (len(history) == 1 and not self._tests_first(trial)):
            return False
        low, high = np.ceil(trial.target_box[:2]), np.ceil(trial.target_box[2:])
        if seen is not None and (np.maximum(seen[:, :2], low) < np.minimum(seen[:, 2:], high)).all(axis=1).any():
            return True
        side = self.recognition_deg or (10 / 30 if trial.objects is not None else 64 / 30)
        half = max(1, round(side * trial.px_per_degree)) / 2
        first, last = np.ceil(history[-1] - half), np.ceil(history[-1] + half)
        return bool((np.maximum(first, low) < np.minimum(last, high)).all())

    def _tests_first(self, trial: Trial) -> bool:
        return trial.objects is None if self.test_first is None else self.test_first
