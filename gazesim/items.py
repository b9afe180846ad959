"""What a generated display is made of."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Items:
    """The items of a display that `gazesim.stimuli` made.

    Parameters
    ----------
    map : uint8 (height, width)
        0 where there is no item, else 1 + the item's row in `boxes`.
    looks : sequence of str
        What each item looks like.
    target : int, optional
        The target's row in `boxes`; None if it is absent.
    index : int
        Counts the displays of a condition, a set size and the target's presence, from 0.
    seed : int

    Attributes
    ----------
    boxes : float64 (n, 4)
        Box of every item, x0, y0, x1, y1, px: the smallest that holds it.
    map, looks, target, index, seed
    """

    def __init__(
        self, map: NDArray[np.uint8], looks: Sequence[str], *, target: int | None, index: int, seed: int
    ) -> None:
        self.map, self.looks, self.target, self.index, self.seed = map, tuple(looks), target, index, seed
        self.boxes = np.array([_box(map == number) for number in range(1, len(looks) + 1)], np.float64)
        for array in (self.boxes, self.map):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.boxes)


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
