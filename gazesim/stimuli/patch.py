"""What one item looks like: its pixels, and which of them are the item."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Colour(NamedTuple):
    """Red, green and blue as displays take them (sRGB), 0..255."""

    red: float
    green: float
    blue: float


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


@dataclass(frozen=True, eq=False)
class Patch:
    """An item on its background.

    Attributes
    ----------
    look : str
        What tables call it.
    pixels : uint8 (side, side, 3)
    mask : bool (side, side)
        True where the item is.
    """

    look: str
    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_]

    @property
    def side(self) -> int:
        """Of the square, px."""
        return len(self.pixels)

    def orientations(self) -> tuple["Patch", ...]:
        """Return the four in which the intersection and T among L experiments show their items."""

        def changed(name: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Patch:
            return Patch(self.look + name, change(self.pixels), change(self.mask))

        return (
            self,
            changed(" upside down", lambda array: array[::-1]),
            changed(" transposed", lambda array: array.swapaxes(0, 1)),
            changed(" transposed, mirrored", lambda array: array.swapaxes(0, 1)[:, ::-1]),
        )


def grey_patch(look: str, grey: NDArray[np.uint8], background: int, mask: ArrayLike | None = None) -> Patch:
    """Return the item of a grey image (side, side); by default it is what differs from the background."""
    found = grey != background if mask is None else np.asarray(mask, bool)
    return Patch(look, np.repeat(grey[..., None], 3, axis=2), found)
