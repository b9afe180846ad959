"""Colours in CIE Lab (1976, D65, 2 degrees), as the sRGB that displays take (IEC 61966-2-1)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gazesim.stimuli.patch import Colour

WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
XYZ_TO_RGB = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


def srgb(lab: Sequence[float], name: str = "lab") -> Colour:
    """Return the sRGB colour, 0..255, of L* (0..100), a*, b*.

    Raises
    ------
    ValueError
        If these are not three numbers, or displays cannot show the colour.

    >>> [round(part) for part in srgb((100, 0, 0))]
    [255, 255, 255]
    """
    values = np.asarray(lab, np.float64)
    if values.shape != (3,) or not np.isfinite(values).all() or not 0 <= values[0] <= 100:
        raise ValueError(f"{name} is {lab!r}, expected L*, a*, b* with L* in 0..100")
    linear = XYZ_TO_RGB @ _xyz(values)
    if linear.min() < -5e-4 or linear.max() > 1 + 5e-4:
        shown = ", ".join(f"{value:g}" for value in values)
        raise ValueError(f"{name} is ({shown}), which sRGB displays cannot show; expected a* and b* nearer to 0")
    linear = linear.clip(0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return Colour(*(255 * coded).tolist())


def hue_turned(lab: Sequence[float], angle: float) -> tuple[float, float, float]:
    """Return the colour of the same lightness and chroma whose hue is `angle` degrees further."""
    lightness, a, b = lab
    turn = np.deg2rad(angle)
    return (lightness, float(a * np.cos(turn) - b * np.sin(turn)), float(a * np.sin(turn) + b * np.cos(turn)))


def _xyz(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    y = (lab[0] + 16) / 116
    f = np.array([y + lab[1] / 500, y, y - lab[2] / 200])
    xyz: NDArray[np.float64] = WHITE_XYZ * np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    return xyz
