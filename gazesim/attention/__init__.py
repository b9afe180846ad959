"""Attention: what the model has seen of a display -> a priority map over its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gazesim.trial import Trial


@dataclass(frozen=True, eq=False)
class Glance:
    """What attention is asked about: one trial at one moment of its search.

    trial    : the display and the target
    picture  : uint8 (H, W, 3), the display with what memory has painted out
    fixation : float64 (2,), where the eye is now: x right, y down, px of the display
    """

    trial: Trial
    picture: NDArray[np.uint8]
    fixation: NDArray[np.float64]


class Attention(Protocol):
    """A model of attention."""

    def priorities(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return one priority map (H, W) per glance, px of the display, higher is looked at sooner.

        Places that cannot be looked at from the fixation are NaN.
        """
        ...
