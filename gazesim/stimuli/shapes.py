"""Anti-aliased shapes in degrees, as signed distances: below 0 inside, above 0 outside.

Within a shape x is right, y down, in degrees from the middle of the item.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from gazesim.stimuli.patch import Colour, Patch

Distances = NDArray[np.float64]
Shape = Callable[[Distances, Distances], Distances]


def bar(width: float, height: float, x: float = 0, y: float = 0) -> Shape:
    """Return the rectangle of `width` x `height` around (x, y)."""

    def distance(right: Distances, down: Distances) -> Distances:
        across, along = abs(right - x) - width / 2, abs(down - y) - height / 2
        outside: Distances = np.hypot(across.clip(0), along.clip(0))
        inside: Distances = np.minimum(np.maximum(across, along), 0)
        return outside + inside

    return distance


def stroke(start: tuple[float, float], end: tuple[float, float], width: float) -> Shape:
    """Return the straight stroke between two points x, y, with square ends that reach no further."""
    (x0, y0), (x1, y1) = start, end
    length = float(np.hypot(x1 - x0, y1 - y0))
    upright, cosine, sine = bar(width, length), (y1 - y0) / length, (x1 - x0) / length

    def distance(right: Distances, down: Distances) -> Distances:
        right, down = right - (x0 + x1) / 2, down - (y0 + y1) / 2
        return upright(cosine * right - sine * down, sine * right + cosine * down)

    return distance


def disc(radius: float, x: float = 0, y: float = 0) -> Shape:
    """Return the disc around (x, y)."""
    return lambda right, down: np.hypot(right - x, down - y) - radius


def ring(radius: float, width: float, x: float = 0, y: float = 0) -> Shape:
    """Return the circular stroke of `width` around the circle of `radius`."""

    def distance(right: Distances, down: Distances) -> Distances:
        from_stroke: Distances = abs(np.hypot(right - x, down - y) - radius) - width / 2
        return from_stroke

    return distance


def arc(radius: float, width: float, half_angle: float, y: float = 0) -> Shape:
    """Return the part of a ring around (0, y) that is within `half_angle` < pi / 2 (radians) of straight down."""
    sine, cosine = np.sin(half_angle), np.cos(half_angle)
    whole = ring(radius, width, 0, y)

    def distance(right: Distances, down: Distances) -> Distances:
        beyond: Distances = abs(right) * cosine - (down - y) * sine
        return np.maximum(whole(right, down), beyond)

    return distance


def union(*shapes: Shape) -> Shape:
    """Return what is in any of the shapes."""
    return lambda right, down: reduce(np.minimum, [shape(right, down) for shape in shapes])


def common(*shapes: Shape) -> Shape:
    """Return what is in all of the shapes."""
    return lambda right, down: reduce(np.maximum, [shape(right, down) for shape in shapes])


def without(shape: Shape, hole: Shape) -> Shape:
    """Return what is in `shape` but not in `hole`."""
    return lambda right, down: np.maximum(shape(right, down), -hole(right, down))


def turned(shape: Shape, angle: float) -> Shape:
    """Return the shape turned counter-clockwise about the middle of the item, degrees."""
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return lambda right, down: shape(cosine * right - sine * down, sine * right + cosine * down)


def mirrored(shape: Shape) -> Shape:
    """Return the shape with left and right exchanged."""
    return lambda right, down: shape(-right, down)


def draw(
    look: str, shape: Shape, side: int, px_per_degree: float, ink: Colour | NDArray[np.float64], background: Colour
) -> Patch:
    """Draw a shape on a square of `side` px.

    A pixel is covered by 1/2 - its distance in px, within 0..1: exact for edges along the pixels. Colours are
    mixed as they are coded (sRGB), and rounded.

    Parameters
    ----------
    ink
        One colour, or one (side, side, 3) a pixel.
    """
    right, down = _degrees(side, px_per_degree)
    covered = (0.5 - px_per_degree * shape(right, down)).clip(0, 1)[..., None]
    pixels = np.rint(covered * np.asarray(ink) + (1 - covered) * np.asarray(background)).astype(np.uint8)
    return Patch(look, pixels, (pixels != np.rint(background)).any(axis=2))


def _degrees(side: int, px_per_degree: float) -> tuple[Distances, Distances]:
    axis = (np.arange(side) + 0.5 - side / 2) / px_per_degree
    right, down = np.meshgrid(axis, axis)
    return right, down
