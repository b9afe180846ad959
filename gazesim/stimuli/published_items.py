"""The items of the six search-asymmetry experiments, pixel by pixel as their authors drew them.

Gupta, Zhang, Wu, Wolfe, Kreiman, NeurIPS 2021: at 30 px per degree, on whole pixels and without anti-aliasing;
what is turned by other angles than 90 degrees is turned by bilinear interpolation. The published files are
JPEG, which changes values near edges; here they are as they were before.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gazesim.stimuli.patch import Patch, grey_patch

Grey = NDArray[np.uint8]

SHADING_BACKGROUND = 27
CURVATURE_ANGLES = (-45, -90, -135, 180)


def curves() -> tuple[Patch, ...]:
    """Return the arcs of radius 1 degree, 48 px."""
    import cv2

    arc = np.zeros((48, 48), np.uint8)
    cv2.ellipse(arc, (24, -2), (30, 30), 0, 52, 127, 255, thickness=5)
    return tuple(grey_patch(f"curve {angle}", turned(arc, angle), 0) for angle in CURVATURE_ANGLES)


def lines() -> tuple[Patch, ...]:
    """Return the bars of 1.2 x 0.2 degrees, 48 px."""
    line = np.zeros((48, 48), np.uint8)
    line[21:27, 6:42] = 255
    return tuple(grey_patch(f"line {angle}", turned(line, angle), 0) for angle in CURVATURE_ANGLES)


def shaded_discs() -> dict[str, Patch]:
    """Return the discs in a 31 px box, 16 grey levels from black to white in steps of 2 px, by their bright side."""
    place = np.arange(31)
    disc = (place[:, None] - 15) ** 2 + (place - 15) ** 2 < 15**2
    levels = np.broadcast_to((17 * (place // 2)).astype(np.uint8)[:, None], (31, 31))
    below = np.where(disc, levels, np.uint8(SHADING_BACKGROUND))
    views = {"below": below, "above": below[::-1], "right": below.T, "left": below.T[:, ::-1]}
    masks = {"below": disc, "above": disc[::-1], "right": disc, "left": disc[:, ::-1]}
    return {
        side: grey_patch(f"bright {side}", np.ascontiguousarray(grey), SHADING_BACKGROUND, masks[side])
        for side, grey in views.items()
    }


def strokes() -> dict[str, tuple[Patch, ...]]:
    """Return cross, non-cross, T and L in four orientations: 165 px of black strokes in a 177 px box."""
    upright, upper, lower = (0, 165, 74, 90), (49, 66), (99, 115)
    parts = {
        "cross": [upright, (*upper, 0, 165)],
        "non-cross": [upright, (*upper, 0, 82), (*lower, 82, 165)],
        "L": [(0, 165, 0, 16), (148, 165, 0, 165)],
        "T": [upright, (0, 16, 0, 165)],
    }
    return {name: _framed(name, boxes).orientations() for name, boxes in parts.items()}


def tilted_bar(angle: int) -> Patch:
    """Return the bar of 2 x 0.3 degrees, 69 px, turned counter-clockwise by `angle` degrees."""
    bar = np.zeros((69, 69), np.uint8)
    bar[4:64, 30:39] = 255
    return grey_patch(f"bar {angle}", 255 - turned(bar, angle), 255)


def turned(image: Grey, angle: float) -> Grey:
    """Turn a square image counter-clockwise about its centre, bilinearly, black outside.

    Written out because the releases of OpenCV differ by a few grey levels; this is the arithmetic of 4.x:
    places to 1/32 px (computed in 1/1024 px), weights to 1/1024, rounded to the nearest.
    """
    side = len(image)
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    shift_x = (1 - cosine) * side / 2 - sine * side / 2
    shift_y = sine * side / 2 + (1 - cosine) * side / 2
    place = np.arange(side)
    x = _fixed(cosine * place) + _fixed(-sine * place - cosine * shift_x + sine * shift_y)[:, None]
    y = _fixed(sine * place) + _fixed(cosine * place - sine * shift_x - cosine * shift_y)[:, None]
    (x, right), (y, below) = (np.divmod((axis + 16) >> 5, 32) for axis in (x, y))
    padded = np.pad(image.astype(np.int64), side)
    mixed = np.zeros((side, side), np.int64)
    for down, weight_y in ((0, 32 - below), (1, below)):
        for across, weight_x in ((0, 32 - right), (1, right)):
            mixed += weight_y * weight_x * padded[y + down + side, x + across + side]
    return ((mixed + 512) >> 10).astype(np.uint8)


def _fixed(value: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(value * 1024).astype(np.int64)


def _framed(look: str, boxes: Iterable[tuple[int, int, int, int]]) -> Patch:
    drawn = np.full((165, 165), 255, np.uint8)
    for top, bottom, left, right in boxes:
        drawn[top:bottom, left:right] = 0
    return grey_patch(look, np.pad(drawn, 6, constant_values=255), 255)
