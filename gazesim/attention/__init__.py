"""Attention: what the model has seen of a display -> a priority map over its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gazesim.trial import Trial


@dataclass(frozen=True, eq=False)
class Glance:
    """What attention is asked about: one trial at one moment of its search.

    trial    : the display and the target
    picture  : uint8 (H, W, 3), the display with what memory has painted out
    fixation : float64 (2,), where the eye is now: x right, y down, px of the display
    history  : float64 (n, 2), the fixations so far, the last one is `fixation`; unless given that one alone
    """

    trial: Trial
    picture: NDArray[np.uint8]
    fixation: NDArray[np.float64]
    history: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))

    def __post_init__(self) -> None:
        if not len(self.history):
            object.__setattr__(self, "history", np.asarray(self.fixation, np.float64)[None])


class Attention(Protocol):
    """A model of attention."""

    def priorities(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return one priority map (H, W) per glance, px of the display, higher is looked at sooner.

        Places that cannot be looked at from the fixation are NaN.
        """
        ...


@runtime_checkable
class ChoosyAttention(Attention, Protocol):
    """A model of attention that cannot look at every trial."""

    def check(self, trial: Trial) -> None:
        """Raise ValueError, one line that says what is missing, if it cannot look at `trial`."""
        ...


def target_patch(trial: Trial) -> NDArray[np.uint8]:
    """Return the image (h, w, 3) of the target; ValueError if `trial` has none."""
    if trial.target is None:
        kind = "is of free viewing" if trial.target_text is None else "has its target in words only"
        raise ValueError(f"trial {trial.id!r} {kind}, expected an image of the target, which this model compares")
    return trial.target


@runtime_checkable
class EndingAttention(Attention, Protocol):
    """A model of attention that ends its searches itself."""

    def endings(self, glances: Sequence[Glance]) -> list[float]:
        """Return the priority of ending the search at each glance, which competes with those of the px."""
        ...
