"""What the searcher remembers: where it has looked and does not, or hardly, look again (inhibition of return)."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_degrees, check_option, check_positive, check_share
from gazesim.trial import Trial

Boxes = NDArray[np.float64]


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
    inhibition_strength : float, optional
        By how much the priority of an inhibited place is lowered; nothing is painted out then, and what has a high
        priority can be returned to. None is as published: inhibited places cannot be looked at.
    inhibition_decay : float, optional
        After how many further fixations that lowering has fallen to 1 / e. None does not let it fall.
    memory : int, optional
        How many fixations back inhibition reaches. None is for ever.
    forget_rate : float
        The probability with which each of them is forgotten at every further fixation.
    items_per_fixation : int
        How many objects are checked, and then inhibited, at a fixation: so many nearest to it (the functional viewing
        field). 1 is the objects that hold the fixation. Only for trials with objects.
    """

    candidates: Literal["objects", "display"] | None = None
    inhibition: Literal["object", "square", "none"] | None = None
    inhibition_deg: float = 64 / 30
    inhibition_strength: float | None = None
    inhibition_decay: float | None = None
    memory: int | None = None
    forget_rate: float = 0.0
    items_per_fixation: int = 1

    def __post_init__(self) -> None:
        check_option("candidates", self.candidates, (None, "objects", "display"))
        check_option("inhibition", self.inhibition, (None, "object", "square", "none"))
        check_degrees("inhibition_deg", self.inhibition_deg)
        for name in ("inhibition_strength", "inhibition_decay"):
            if (value := getattr(self, name)) is not None:
                check_positive(name, value)
        if self.inhibition_decay is not None and self.inhibition_strength is None:
            raise ValueError("inhibition_decay is given without inhibition_strength, expected both")
        if self.memory is not None:
            check_at_least("memory", self.memory, 1)
        check_share("forget_rate", self.forget_rate)
        check_at_least("items_per_fixation", self.items_per_fixation, 1)

    def selectable(
        self, trial: Trial, history: NDArray[np.float64], kept: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Return where the next fixation may land, bool (H, W), after the fixations `history` (n, 2).

        `kept` (n,) says which of them are not forgotten; None is all.
        """
        free = self.candidate(trial)
        boxes, _ = self.inhibited(trial, history, kept)
        for box in boxes if self.inhibition_strength is None else ():
            _fill(free, box, False)
        return free

    def candidate(self, trial: Trial) -> NDArray[np.bool_]:
        """Return where fixations may land before anything is inhibited, bool (H, W)."""
        if self.candidates == "display" or (self.candidates is None and trial.objects is None):
            return np.ones((trial.height, trial.width), np.bool_)
        free = np.zeros((trial.height, trial.width), np.bool_)
        for box in _objects(trial, "candidates"):
            _fill(free, box, True)
        return free

    def lowered(
        self,
        priority: NDArray[np.float64],
        trial: Trial,
        history: NDArray[np.float64],
        kept: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return the map `priority` (H, W) less `inhibition_strength` where it is inhibited; itself without one."""
        if self.inhibition_strength is None:
            return priority
        lowering = np.zeros(priority.shape)
        boxes, age = self.inhibited(trial, history, kept)
        for box, amount in zip(boxes, self.lowering(age), strict=True):
            inside = _px(lowering, box)
            lowering[inside] = np.maximum(lowering[inside], amount)
        return priority - lowering

    def lowering(self, age: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how much priority is lowered (k,) where it was looked at `age` (k,) fixations ago."""
        strength = np.inf if self.inhibition_strength is None else self.inhibition_strength
        return strength * np.exp(-age / self.inhibition_decay) if self.inhibition_decay else np.full(len(age), strength)

    def picture(
        self, trial: Trial, history: NDArray[np.float64], kept: NDArray[np.bool_] | None = None
    ) -> NDArray[np.uint8]:
        """Return the display (H, W, 3) with what memory has painted out after `history` (n, 2)."""
        if self._kind(trial) != "object" or self.inhibition_strength is not None:
            return trial.image
        painted = trial.image.copy()
        for box in self.inhibited(trial, history, kept)[0]:
            _fill(painted, box, trial.background)
        return painted

    def inhibited(
        self, trial: Trial, history: NDArray[np.float64], kept: NDArray[np.bool_] | None = None
    ) -> tuple[Boxes, NDArray[np.float64]]:
        """Return the inhibited places, boxes (k, 4), and how many fixations ago (k,) each was looked at, last 0."""
        age = np.arange(len(history))[::-1]
        remembered = age < (np.inf if self.memory is None else self.memory)
        if kept is not None:
            remembered = remembered & kept
        if self._kind(trial) == "none":
            return np.empty((0, 4)), np.empty(0)
        if self._kind(trial) == "square":
            return self._squares(trial, history[remembered]), age[remembered].astype(np.float64)
        boxes = _objects(trial, "inhibition")
        ages = np.where(self._holds(boxes, history) & remembered[:, None], age[:, None], np.inf).min(axis=0)
        return np.asarray(boxes[ages < np.inf], np.float64), ages[ages < np.inf]

    def checked(self, trial: Trial, history: NDArray[np.float64]) -> Boxes:
        """Return the places (k, 4) that were looked at, remembered or not: objects, or squares around fixations."""
        if trial.objects is None:
            return self._squares(trial, history)
        return np.asarray(trial.objects[self._holds(trial.objects, history).any(axis=0)], np.float64)

    def places(self, trial: Trial) -> float:
        """Return how many places `trial` has: its objects, or as many squares as cover the display."""
        if trial.objects is not None:
            return float(len(trial.objects))
        return max(1.0, trial.width * trial.height / self._side(trial) ** 2)

    def seen(self, trial: Trial, fixation: NDArray[np.float64]) -> Boxes:
        """Return the objects (k, 4) that are checked from `fixation` (2,) beside what is there; none but with several.

        See `items_per_fixation`.
        """
        if self.items_per_fixation == 1 or trial.objects is None:
            return np.empty((0, 4))
        return np.asarray(trial.objects[self._nearest(trial.objects, fixation)], np.float64)

    def _kind(self, trial: Trial) -> str:
        return self.inhibition or ("square" if trial.objects is None else "object")

    def _holds(self, boxes: Boxes, history: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return (n, k) which objects each fixation checks; the initial one does not count."""
        x, y = history.T[:, :, None]
        inside = (boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])
        inside[0] = False
        if self.items_per_fixation > 1:
            for row, fixation in zip(inside[1:], history[1:], strict=True):
                row[self._nearest(boxes, fixation)] = True
        return np.asarray(inside, np.bool_)

    def _nearest(self, boxes: Boxes, fixation: NDArray[np.float64]) -> NDArray[np.int64]:
        away = np.linalg.norm((boxes[:, :2] + boxes[:, 2:] - 1) / 2 - fixation, axis=1)
        return np.argsort(away, kind="stable")[: self.items_per_fixation]

    def _side(self, trial: Trial) -> int:
        return max(1, round(self.inhibition_deg * trial.px_per_degree))

    def _squares(self, trial: Trial, fixations: NDArray[np.float64]) -> Boxes:
        half = self._side(trial) / 2
        return np.hstack([fixations - half, fixations + half])


def _objects(trial: Trial, setting: str) -> NDArray[np.float64]:
    if trial.objects is None:
        raise ValueError(f"{setting} is 'objects', but trial {trial.id or ''} has no objects".replace("  ", " "))
    return trial.objects


def _px(array: NDArray[Any], box: NDArray[np.float64]) -> tuple[slice, slice]:
    """Return the rows and columns of the px (x, y) with x0 <= x < x1 and y0 <= y < y1."""
    x0, y0, x1, y1 = np.ceil(box).clip(0, max(array.shape)).astype(int)
    return slice(y0, y1), slice(x0, x1)


def _fill(array: NDArray[Any], box: NDArray[np.float64], value: bool | NDArray[np.uint8]) -> None:
    array[_px(array, box)] = value
