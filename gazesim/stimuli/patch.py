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


def rotated(pixels: NDArray[np.uint8], angle_deg: float, background: ArrayLike) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) turned counter-clockwise, all of it, on the background colour (3,).

    Quarter turns move pixels and change none; other angles are interpolated linearly.
    """
    import cv2  # heavy, and not needed to list the paradigms

    if angle_deg % 90 == 0:
        return np.ascontiguousarray(np.rot90(pixels, int(angle_deg // 90)))
    height, width = pixels.shape[:2]
    cosine, sine = (float(function(np.deg2rad(angle_deg))) for function in (np.cos, np.sin))
    wide, high = (int(np.ceil(a * abs(cosine) + b * abs(sine) - 1e-9)) for a, b in ((width, height), (height, width)))
    turn = np.array([[cosine, sine], [-sine, cosine]])  # y is down
    middle = np.array([wide - 1, high - 1]) / 2 - turn @ (np.array([width - 1, height - 1]) / 2)
    colour = tuple(np.asarray(background, float).tolist())
    shown = cv2.warpAffine(pixels, np.column_stack([turn, middle]), (wide, high), borderValue=colour)
    return np.asarray(shown, np.uint8)


def grey_patch(look: str, grey: NDArray[np.uint8], background: int, mask: ArrayLike | None = None) -> Patch:
    """Return the item of a grey image (side, side); by default it is what differs from the background."""
    found = grey != background if mask is None else np.asarray(mask, bool)
    return Patch(look, np.repeat(grey[..., None], 3, axis=2), found)
