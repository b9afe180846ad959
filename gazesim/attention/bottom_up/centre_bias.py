"""The centre bias: people look near the centre of a picture, whatever it shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.attention.bottom_up.saliency import saliency_model
from gazesim.checks import check_positive


@dataclass(frozen=True)
class CentreBiasSettings:
    """The choices of `centre_bias`.

    Parameters
    ----------
    centre_variance : float
        Of fixations along the horizontal, in squares of half the width of the display.
    centre_flatness : float
        The vertical variance as a share of it, likewise in squares of half the width. The defaults are those
        that Clarke & Tatler (Vision Research 102, 41-51, 2014) recommend for any set of photographs.
    """

    centre_variance: float = 0.22
    centre_flatness: float = 0.45

    def __post_init__(self) -> None:
        check_positive("centre_variance", self.centre_variance)
        check_positive("centre_flatness", self.centre_flatness)


def centre_bias(picture: NDArray[np.uint8], settings: CentreBiasSettings = CentreBiasSettings()) -> NDArray[np.float64]:
    """Return a Gaussian (H, W) about the centre of `picture` (H, W, 3), 1 at its peak."""
    height, width = picture.shape[:2]
    x = (np.arange(width) - (width - 1) / 2) / (width / 2)
    y = (np.arange(height) - (height - 1) / 2) / (width / 2)
    vertical = y[:, None] ** 2 / settings.centre_flatness
    return np.asarray(np.exp(-(x**2 + vertical) / (2 * settings.centre_variance)), np.float64)


CENTRE_BIAS = saliency_model(centre_bias, CentreBiasSettings)
