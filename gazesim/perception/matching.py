"""Blur that costs as much as texture: the same mean SSIM, or squared error, to the untouched pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_option

Measure = Literal["ssim", "mse"]
Pictures = Sequence[NDArray[np.uint8]]
TOLERANCE = {"ssim": 0.005, "mse": 1.0}
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the structural similarity of two pictures (height, width, 3), the mean over places and channels.

    Wang et al. (2004): Gaussian windows of 11 px and deviation 1.5, constants (.01 L)^2 and (.03 L)^2 with L = 255;
    only windows within the picture count, unless a side is below 11 px.
    """
    x, y = one.astype(np.float32), other.astype(np.float32)
    cut = 5 if min(one.shape[:2]) > 10 else 0

    def mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
        smooth = cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
        return np.asarray(smooth[cut : len(smooth) - cut, cut : smooth.shape[1] - cut], np.float64)

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    values = (2 * mx * my + C1) * (2 * vxy + C2) / ((mx * mx + my * my + C1) * (vx + vy + C2))
    return float(values.mean())


def mse(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the mean squared difference of two pictures, in grey levels squared."""
    return float(np.mean((one.astype(np.float64) - other) ** 2))


MEASURES: dict[Measure, Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]] = {"ssim": ssim, "mse": mse}


@dataclass(frozen=True)
class Match:
    """A blur that was matched.

    strength : what the blur was given
    reached  : the mean measure with it
    wanted   : that of the texture
    measure  : "ssim" or "mse"
    """

    strength: float
    reached: float
    wanted: float
    measure: Measure

    @property
    def within(self) -> bool:
        """Whether the two differ by at most .005 (SSIM) or 1 (squared error)."""
        return abs(self.reached - self.wanted) <= TOLERANCE[self.measure]


def similarity(pictures: Pictures, others: Iterable[NDArray[np.uint8]], measure: Measure = "ssim") -> float:
    """Return the mean of a measure over pairs of pictures; ValueError if the measure is unknown."""
    check_option("measure", measure, MEASURES)
    return float(np.mean([MEASURES[measure](one, other) for one, other in zip(pictures, others, strict=True)]))


def match(
    blur: Callable[[NDArray[np.uint8], float], NDArray[np.uint8]],
    pictures: Pictures,
    wanted: float,
    most: float,
    measure: Measure = "ssim",
) -> Match:
    """Find by bisection the strength of `blur` with which pictures are as far from themselves as `wanted`.

    Parameters
    ----------
    blur : callable
        Takes a picture and a strength from 0 (nothing) to `most`; the more, the further away.
    pictures : sequence of uint8 (height, width, 3)
    wanted : float
        The mean measure to reach.
    most : float
        If even that changes too little, it is what is returned; see `Match.within`.
    measure : {"ssim", "mse"}
    """
    low, high = 0.0, most
    strength = most
    for _ in range(20):
        reached = similarity(pictures, (blur(picture, strength) for picture in pictures), measure)
        if abs(reached - wanted) <= TOLERANCE[measure] / 5:
            break
        too_little = reached > wanted if measure == "ssim" else reached < wanted
        if too_little and strength == most:
            break
        low, high = (strength, high) if too_little else (low, strength)
        strength = (low + high) / 2
    return Match(strength, reached, wanted, measure)
