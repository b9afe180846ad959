"""A search display that knows its items."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.stimuli.patch import Patch
from gazesim.stimuli.placement import Places
from gazesim.trial import Trial


class Display(Trial):
    """A trial made here: besides what a `gazesim.trial.Trial` has, it knows its items and how it was made.

    Attributes
    ----------
    items : float64 (n, 4)
        Box of every item, x0, y0, x1, y1, px: the smallest that holds it.
    item_map : uint8 (height, width)
        0 where there is no item, else 1 + the item's row in `items`.
    looks : tuple of str
        What each item looks like.
    target_item : int or None
        The target's row in `items`; None if it is absent.
    condition : str
    index : int
        Counts the displays of a condition, a set size and the target's presence, from 0.
    seed : int
    """

    target: NDArray[np.uint8]
    items: NDArray[np.float64]
    item_map: NDArray[np.uint8]
    looks: tuple[str, ...]
    target_item: int | None
    condition: str
    index: int
    seed: int

    def __init__(
        self,
        image: NDArray[np.uint8],
        target: NDArray[np.uint8],
        *,
        item_map: NDArray[np.uint8],
        looks: Sequence[str],
        target_item: int | None,
        condition: str,
        index: int,
        seed: int,
        **trial: Any,
    ) -> None:
        super().__init__(image, target, **trial)
        items = np.array([_box(item_map == number) for number in range(1, len(looks) + 1)], np.float64)
        for array in (items, item_map):
            array.flags.writeable = False
        values = {"items": items, "item_map": item_map, "looks": tuple(looks), "target_item": target_item}
        for name, value in {**values, "condition": condition, "index": index, "seed": seed}.items():
            object.__setattr__(self, name, value)

    @property
    def set_size(self) -> int:
        """How many items there are."""
        return len(self.items)

    @property
    def present(self) -> bool:
        """Whether the target is among the items."""
        return self.target_item is not None


def compose(
    side: int, background: Sequence[int], patches: Sequence[Patch], places: Places
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the image (side, side, 3) with the patches at their places, and the item map (side, side)."""
    image = np.empty((side, side, 3), np.uint8)
    image[:] = background
    item_map = np.zeros((side, side), np.uint8)
    for number, (patch, (x, y)) in enumerate(zip(patches, places.corners.tolist(), strict=True), start=1):
        window = np.s_[y : y + patch.side, x : x + patch.side]
        image[window] = patch.pixels
        item_map[window] = number * patch.mask
    return image, item_map


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
