"""Whether the fixated place is the target."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_degrees, check_option
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
    """

    recognition_deg: float | None = None
    test_first: bool | None = None
    stop_when_found: bool = True

    def __post_init__(self) -> None:
        if self.recognition_deg is not None:
            check_degrees("recognition_deg", self.recognition_deg)
        if self.test_first not in (None, True, False):
            raise ValueError(f"test_first is {self.test_first!r}, expected true, false or None")
        check_option("stop_when_found", self.stop_when_found, (True, False))

    def found(self, trial: Trial, history: NDArray[np.float64]) -> bool:
        """Whether the last fixation of `history` (n, 2) is on the target; False where no box is known."""
        test_first = trial.objects is None if self.test_first is None else self.test_first
        if trial.target_box is None or (len(history) == 1 and not test_first):
            return False
        side = self.recognition_deg or (10 / 30 if trial.objects is not None else 64 / 30)
        half = max(1, round(side * trial.px_per_degree)) / 2
        first, last = np.ceil(history[-1] - half), np.ceil(history[-1] + half)
        low, high = np.ceil(trial.target_box[:2]), np.ceil(trial.target_box[2:])
        return bool((np.maximum(first, low) < np.minimum(last, high)).all())
