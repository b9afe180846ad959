"""What the searcher remembers: where it has looked and does not look again (inhibition of return)."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_degrees, check_option
from gazesim.trial import Trial


@dataclass(frozen=True)
class Memory:
    """Candidate places and inhibition of return, as functions of the fixations so far.

    Parameters
    ----------
    candidates : {"objects", "display"}, optional
        Where fixations may land: within the trial's objects, or anywhere. None is "objects" where a trial has
        them.
    inhibition : {"object", "square", "none"}, optional
        What is not looked at again: the objects that hold a fixation, which are also painted out of the
        picture with the background; or a square around each fixation, the picture staying as it is. None is
        as published: "object" for trials with objects, else "square". The initial fixation inhibits a square
        but no object.
    inhibition_deg : float
        Side of the square.
    memory : int, optional
        How many fixations back inhibition reaches. None is for ever.
    """

    candidates: Literal["objects", "display"] | None = None
    inhibition: Literal["object", "square", "none"] | None = None
    inhibition_deg: float = 64 / 30
    memory: int | None = None

    def __post_init__(self) -> None:
        check_option("candidates", self.candidates, (None, "objects", "display"))
        check_option("inhibition", self.inhibition, (None, "object", "square", "none"))
        check_degrees("inhibition_deg", self.inhibition_deg)
        if self.memory is not None:
            check_at_least("memory", self.memory, 1)

    def selectable(self, trial: Trial, history: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where the next fixation may land, bool (H, W), after the fixations `history` (n, 2)."""
        free = np.zeros((trial.height, trial.width), np.bool_)
        if self.candidates == "display" or (self.candidates is None and trial.objects is None):
            free[:] = True
        else:
            for box in _objects(trial, "candidates"):
                _fill(free, box, True)
        boxes = self._visited(trial, history) if self._kind(trial) == "object" else self._squares(trial, history)
        for box in boxes:
            _fill(free, box, False)
        return free

    def picture(self, trial: Trial, history: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return the display (H, W, 3) with what memory has painted out after `history` (n, 2)."""
        if self._kind(trial) != "object":
            return trial.image
        painted = trial.image.copy()
        for box in self._visited(trial, history):
            _fill(painted, box, trial.background)
        return painted

    def _kind(self, trial: Trial) -> str:
        return self.inhibition or ("square" if trial.objects is None else "object")

    def _recent(self, history: NDArray[np.float64]) -> NDArray[np.float64]:
        return history if self.memory is None else history[-self.memory :]

    def _visited(self, trial: Trial, history: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the objects that hold a remembered fixation, boxes (k, 4); the initial one does not count."""
        boxes = _objects(trial, "inhibition")
        x, y = self._recent(history[1:]).T[:, :, None]
        inside = (boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])
        return np.asarray(boxes[inside.any(axis=0)], np.float64)

    def _squares(self, trial: Trial, history: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._kind(trial) == "none":
            return np.empty((0, 4))
        half = max(1, round(self.inhibition_deg * trial.px_per_degree)) / 2
        recent = self._recent(history)
        return np.hstack([recent - half, recent + half])


def _objects(trial: Trial, setting: str) -> NDArray[np.float64]:
    if trial.objects is None:
        raise ValueError(f"{setting} is 'objects', but trial {trial.id or ''} has no objects".replace("  ", " "))
    return trial.objects


def _fill(array: NDArray[Any], box: NDArray[np.float64], value: bool | NDArray[np.uint8]) -> None:
    """Set the px (x, y) with x0 <= x < x1 and y0 <= y < y1."""
    x0, y0, x1, y1 = np.ceil(box).clip(0, max(array.shape)).astype(int)
    array[y0:y1, x0:x1] = value
