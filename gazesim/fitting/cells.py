"""Where a fixation can land, as a list of places: cells of a display, or its objects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.attention.top_down.ideal_searcher import grid_cells
from gazesim.trial import Trial

Floats = NDArray[np.float64]
PER_CELL, PER_OBJECT = 2, 3  # points along each side at which maps are read


@dataclass(frozen=True, eq=False)
class Places:
    """The places of one display, and the points at which maps are read to know their probability.

    points   : float64 (p, 2), px
    log_area : float64 (p,), log of how many px each of them stands for
    place    : int64 (p,), which of the places it is in
    boxes    : float64 (places, 4)
    objects  : whether they are objects
    """

    points: Floats
    log_area: Floats
    place: NDArray[np.int64]
    boxes: Floats
    objects: bool

    @classmethod
    def of(cls, trial: Trial, cell_deg: float, *, objects: bool) -> "Places":
        """Return the objects of `trial`, or square cells of about `cell_deg` that cover it."""
        given = trial.objects if objects else None
        boxes, n = (np.rint(grid_cells(trial, cell_deg)), PER_CELL) if given is None else (given, PER_OBJECT)
        px = (np.ceil(boxes[:, 2:]) - np.ceil(boxes[:, :2])).prod(axis=1)
        place = np.repeat(np.arange(len(boxes)), n * n)
        return cls(
            np.concatenate([_inner(box, n) for box in boxes]), np.log(px / n**2)[place], place, boxes, given is not None
        )

    @property
    def per_place(self) -> int:
        """How many points are chosen where a place is: those of an object, or the fixated one."""
        return PER_OBJECT**2 if self.objects else 1

    def place_of(self, xy: Floats) -> int:
        """Return the place that holds the position `xy` (2,), -1 if none does."""
        x, y = xy
        holds = (self.boxes[:, 0] <= x + 0.5) & (x + 0.5 < self.boxes[:, 2])
        holds &= (self.boxes[:, 1] <= y + 0.5) & (y + 0.5 < self.boxes[:, 3])
        return int(np.flatnonzero(holds)[0]) if holds.any() else -1

    def share(self) -> Floats:
        """Return the share of all px that each place has, (places,)."""
        area = np.bincount(self.place, np.exp(self.log_area), len(self.boxes))
        return np.asarray(area / area.sum(), np.float64)


def read_at(maps: Floats, points: Floats) -> NDArray[np.float32]:
    """Return maps (k, H, W) at points (p, 2) px, float32 (k, p)."""
    x, y = np.rint(points).astype(int).T
    return maps[:, y.clip(0, maps.shape[1] - 1), x.clip(0, maps.shape[2] - 1)].astype(np.float32)


def _inner(box: Floats, n: int) -> Floats:
    """Return n x n points (n * n, 2) at equal distances within `box` (4,), px centres being whole numbers."""
    x0, y0, x1, y1 = box
    steps = (np.arange(n) + 0.5) / n
    x, y = np.meshgrid(x0 + steps * (x1 - x0) - 0.5, y0 + steps * (y1 - y0) - 0.5)
    return np.column_stack([x.ravel(), y.ravel()])
