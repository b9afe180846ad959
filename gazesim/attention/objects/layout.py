"""Where the objects of a display are, as a model of attention to objects takes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.attention import check_needs
from gazesim.checks import as_floats
from gazesim.trial import Trial

Boxes = NDArray[np.float64]


@dataclass(frozen=True, eq=False, init=False)
class Layout:
    """The objects of one display and which of them is the target; checked on construction.

    Parameters
    ----------
    boxes : (n, 4)
        x0, y0, x1, y1 of each object, px. They may overlap, but no two are the same.
    target : int, optional
        The number of the target, from 0; None where it is absent.
    id : str
        What messages call the display.

    Raises
    ------
    ValueError
        If there are no boxes, one is empty or duplicated, or the target is not among them.
    """

    boxes: Boxes
    target: int | None
    id: str

    def __init__(self, boxes: ArrayLike, target: int | None, id: str = "") -> None:
        found, name = as_floats("boxes", boxes, ("n", 4)), f"of {id!r} " if id else ""
        if not len(found):
            raise ValueError(f"boxes {name}is empty, expected at least one object")
        for row in np.flatnonzero((found[:, :2] >= found[:, 2:]).any(axis=1)):
            raise ValueError(f"boxes {name}row {row} is {found[row].tolist()}, expected x0 < x1 and y0 < y1")
        _, first, counts = np.unique(found, axis=0, return_index=True, return_counts=True)
        for row in first[counts > 1]:
            raise ValueError(f"boxes {name}holds {found[row].tolist()} more than once, expected different objects")
        if target is not None and (
            isinstance(target, bool) or not isinstance(target, int | np.integer) or not 0 <= target < len(found)
        ):
            raise ValueError(f"target {name}is {target!r}, expected the number of an object, 0 to {len(found) - 1}")
        number = None if target is None else int(target)
        for field, value in zip(("boxes", "target", "id"), (found, number, id), strict=True):
            object.__setattr__(self, field, value)

    @classmethod
    def of(cls, trial: Trial) -> "Layout":
        """Return the layout of `trial`; ValueError if it has no objects, or none of them is the target that is present.

        The target is absent where `present` is False.
        """
        check_needs(trial, ("objects",) if trial.present is False else ("objects", "target_box"))
        assert trial.objects is not None
        if trial.target_box is None:
            return cls(trial.objects, None, trial.id or "")
        return cls.around(trial.objects, trial.target_box, trial.id or "")

    @classmethod
    def around(cls, boxes: ArrayLike, target_box: ArrayLike, id: str = "") -> "Layout":
        """Return the layout whose target is the object that holds the centre of `target_box` (4,).

        Raises
        ------
        ValueError
            If no object does.
        """
        found, box = as_floats("boxes", boxes, ("n", 4)), as_floats("target_box", target_box, (4,))
        centre = (box[:2] + box[2:]) / 2
        held = ((found[:, :2] <= centre) & (centre < found[:, 2:])).all(axis=1)
        if not held.any():
            raise ValueError(f"target_box of {id!r} is {box.tolist()}, not on any of the {len(found)} objects")
        distance = np.where(held, ((centre - (found[:, :2] + found[:, 2:]) / 2) ** 2).sum(axis=1), np.inf)
        return cls(found, int(distance.argmin()), id)

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def centres(self) -> NDArray[np.float64]:
        """The middle (n, 2) of each object, px."""
        return np.asarray((self.boxes[:, :2] + self.boxes[:, 2:]) / 2)

    def places(self) -> NDArray[np.float64]:
        """Return where the objects are, (n, 2): column and row from 0.

        The unit is the width and height of the median object, enlarged until as many of them as there are objects
        fill the area over which these are spread. In a grid without gaps the places are the whole numbers.
        """
        size = np.median(self.boxes[:, 2:] - self.boxes[:, :2], axis=0)
        offsets = self.centres - self.centres.min(axis=0)
        room = np.prod(offsets.max(axis=0) / size + 1) / len(self)
        return np.asarray(offsets / size / np.sqrt(max(1.0, room)))

    def path(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of the object of each fixation (m, 2), but not of an initial one that is on none."""
        on_none = len(xy) and not self._held(xy[:1]).any()
        return self.objects_at(xy[1:] if on_none else xy)

    def objects_at(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number (m,) of the object of each fixation (m, 2).

        That is the box that holds it, else, and if several do, the one with the nearest centre, as in OAT.
        """
        centres = self.centres
        distance = ((np.asarray(xy, np.float64)[:, None] + 0.5 - centres) ** 2).sum(axis=2)
        held = self._held(xy)
        nearest = np.where(held.any(axis=1, keepdims=True) & ~held, np.inf, distance)
        return np.asarray(nearest.argmin(axis=1), np.int64)

    def _held(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether each object holds each fixation, (m, n)."""
        at = np.asarray(xy, np.float64)[:, None] + 0.5  # a px is where its middle is
        return np.asarray(((self.boxes[:, :2] <= at) & (at < self.boxes[:, 2:])).all(axis=2))
