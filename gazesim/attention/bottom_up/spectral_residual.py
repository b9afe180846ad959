"""The spectral residual: Hou & Zhang, CVPR 2007."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from gazesim.attention.bottom_up.saliency import as_planes, saliency_model
from gazesim.checks import check_at_least, check_positive

LUMINANCE = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class SpectralResidualSettings:
    """The choices of `spectral_residual`.

    Parameters
    ----------
    width_px : int
        Width to which the display is reduced first; 64 as published.
    smoothing_px : float
        Deviation of the Gaussian that smooths the map, px of that size.
    """

    width_px: int = 64
    smoothing_px: float = 2.5

    def __post_init__(self) -> None:
        check_at_least("width_px", self.width_px, 2)
        check_positive("smoothing_px", self.smoothing_px)


def spectral_residual(
    picture: NDArray[np.uint8], settings: SpectralResidualSettings = SpectralResidualSettings()
) -> NDArray[np.float64]:
    """Return the saliency map (h, w) of `picture` (H, W, 3).

    What the log amplitude spectrum of the grey picture has beyond its own mean over 3 x 3 frequencies goes back
    into a picture with the phases as they were; its squared modulus, smoothed, is the map.
    """
    height, width = picture.shape[:2]
    rgb = as_planes(picture, settings.width_px, max(1, round(height * settings.width_px / width)))
    grey = (rgb * rgb.new_tensor(LUMINANCE)[:, None, None]).sum(dim=0)
    spectrum = torch.fft.fft2(grey)
    amplitude = spectrum.abs().clamp(min=1e-12).log()
    # the spectrum is periodic, but as published it is continued with its border here
    smooth = F.avg_pool2d(F.pad(amplitude[None, None], (1, 1, 1, 1), mode="replicate"), 3, stride=1)[0, 0]
    residual = torch.polar((amplitude - smooth).exp(), spectrum.angle())
    energy = torch.fft.ifft2(residual).abs().square().numpy()
    return np.asarray(cv2.GaussianBlur(energy, (0, 0), settings.smoothing_px), np.float64)


SPECTRAL_RESIDUAL = saliency_model(spectral_residual, SpectralResidualSettings)
