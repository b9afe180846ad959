"""The early visual channels of bottom-up models: intensity, colour opponency and orientation, over scales.

Itti, Koch & Niebur, IEEE PAMI 20(11), 1254-1259, 1998.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BINOMIAL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
ORIENTATIONS_DEG = (0.0, 45.0, 90.0, 135.0)
WAVELENGTH_PX, GABOR_SIGMA_PX, GABOR_RADIUS_PX = 7.0, 7 / 3, 4


def pyramid(plane: Tensor, levels: int) -> list[Tensor]:
    """Return `plane` (h, w) and `levels` - 1 reductions of it, each half the size, rounded up.

    Before every second px is taken, the plane is smoothed with a binomial filter of 5 px along each axis; the
    border is continued with its own value.
    """
    found = [plane]
    kernel = plane.new_tensor(BINOMIAL)
    for _ in range(levels - 1):
        padded = F.pad(found[-1][None, None], (2, 2, 2, 2), mode="replicate")
        smooth = F.conv2d(F.conv2d(padded, kernel.view(1, 1, 5, 1)), kernel.view(1, 1, 1, 5))
        found.append(smooth[0, 0, ::2, ::2])
    return found


def intensity(rgb: Tensor) -> Tensor:
    """Return the mean of the three planes of `rgb` (3, h, w)."""
    return rgb.mean(dim=0)


def opponency(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Return red minus green and blue minus yellow (h, w) of `rgb` (3, h, w), from broadly tuned channels.

    The planes are divided by the intensity, where that is above a tenth of its maximum; elsewhere there is no
    colour. Negative values of a channel are 0 (Itti et al., section 2.1).
    """
    light = intensity(rgb)
    red, green, blue = torch.where(light > light.max() / 10, rgb / light.clamp(min=1e-12), 0)
    reds = (red - (green + blue) / 2).clamp(min=0)
    greens = (green - (red + blue) / 2).clamp(min=0)
    blues = (blue - (red + green) / 2).clamp(min=0)
    yellows = ((red + green) / 2 - (red - green).abs() / 2 - blue).clamp(min=0)
    return reds - greens, blues - yellows


def orientation(plane: Tensor) -> Tensor:
    """Return the strength (4, h, w) of bars at 0 (horizontal), 45, 90 and 135 degrees, counter-clockwise.

    The amplitude of a pair of Gabor filters in quadrature, of wavelength 7 px and deviation 7 / 3 px.
    """
    radius = GABOR_RADIUS_PX
    padded = F.pad(plane[None, None], (radius, radius, radius, radius), mode="replicate")
    found = F.conv2d(padded, _gabors().to(plane))[0]
    even, odd = found[0::2], found[1::2]
    return (even**2 + odd**2).sqrt()


@lru_cache(maxsize=1)
def _gabors() -> Tensor:
    """Return the even and odd filter of each orientation, (8, 1, 9, 9); all have mean 0."""
    offset = np.arange(-GABOR_RADIUS_PX, GABOR_RADIUS_PX + 1)
    y, x = np.meshgrid(offset, offset, indexing="ij")
    envelope = np.exp(-(x**2 + y**2) / (2 * GABOR_SIGMA_PX**2))
    envelope /= envelope.sum()
    filters = []
    for degrees in ORIENTATIONS_DEG:
        angle = np.deg2rad(degrees)
        across = 2 * np.pi * (x * np.sin(angle) + y * np.cos(angle)) / WAVELENGTH_PX
        even = envelope * np.cos(across)
        filters += [even - envelope * even.sum(), envelope * np.sin(across)]
    return torch.from_numpy(np.stack(filters))[:, None]


def fit(plane: Tensor, height: int, width: int) -> Tensor:
    """Return `plane` (h, w) at another size: linear between px where it grows, their mean where it shrinks."""
    if plane.shape[0] >= height and plane.shape[1] >= width:
        return F.adaptive_avg_pool2d(plane[None, None], (height, width))[0, 0]
    return F.interpolate(plane[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0]
