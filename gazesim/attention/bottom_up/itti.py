"""The saliency map of Itti, Koch & Niebur, IEEE PAMI 20(11), 1254-1259, 1998."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.bottom_up.channels import fit, intensity, opponency, orientation, pyramid
from gazesim.attention.bottom_up.saliency import as_planes, saliency_model
from gazesim.checks import check_at_least

CENTRES, SURROUNDS = (2, 3, 4), (3, 4)  # levels of the pyramid; the surround is that many levels coarser
LEVELS, MAP_LEVEL = 9, 4


@dataclass(frozen=True)
class IttiSettings:
    """The choices of `itti`.

    Parameters
    ----------
    longest_px : int
        Longer side to which larger displays are reduced first; 640 as published. The channels' scales are
        fixed in px of that size, the finest centre is 4 px and the coarsest surround 256 px wide.
    """

    longest_px: int = 640

    def __post_init__(self) -> None:
        check_at_least("longest_px", self.longest_px, 1)


def itti(picture: NDArray[np.uint8], settings: IttiSettings = IttiSettings()) -> NDArray[np.float64]:
    """Return the saliency map (h, w) of `picture` (H, W, 3), at a sixteenth of its reduced size.

    Differences of centre and surround of intensity, of two colour opponencies and of four orientations; each
    map goes through `promote` before it is added to its kind, and each kind before the three are averaged.

    Notes
    -----
    Equations 2 and 3 of the paper turn the sign of the surround, by which red on green would cancel; here colours
    are subtracted like intensities, so that it stands out, as the text of the paper says it should.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, settings.longest_px / max(height, width))
    rgb = as_planes(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    light = pyramid(intensity(rgb), LEVELS)
    red_green, blue_yellow = (pyramid(plane, LEVELS) for plane in opponency(rgb))
    bars = list(zip(*(orientation(plane) for plane in light), strict=True))
    size = light[MAP_LEVEL].shape
    by_light = _across_scales(light, size)
    by_colour = _across_scales(red_green, size) + _across_scales(blue_yellow, size)
    by_orientation = torch.stack([promote(_across_scales(list(planes), size)) for planes in bars]).sum(dim=0)
    kinds = torch.stack([promote(kind) for kind in (by_light, by_colour, by_orientation)])
    return np.asarray(kinds.mean(dim=0).numpy(), np.float64)


def _across_scales(planes: list[Tensor], size: torch.Size) -> Tensor:
    """Return the sum of the promoted differences of centre and surround, brought to `size` (h, w)."""
    total = planes[0].new_zeros(size)
    for centre, step in product(CENTRES, SURROUNDS):
        surround = fit(planes[centre + step], *planes[centre].shape)
        total = total + fit(promote((planes[centre] - surround).abs()), *size)
    return total


def promote(plane: Tensor) -> Tensor:
    """Return `plane` (h, w), of at least 0, scaled to a maximum of 1 and multiplied by (1 - m)^2.

    m is the mean of its local maxima other than the highest: a single peak stays, many alike fade (the operator
    N of Itti et al., section 2.2). A plateau counts as many maxima as it has px; px of value 0 are none.
    """
    highest = plane.max()
    if highest <= 1e-9:
        return torch.zeros_like(plane)
    scaled = plane / highest
    around = F.max_pool2d(scaled[None, None], 3, stride=1, padding=1)[0, 0]
    maxima = scaled[(scaled == around) & (scaled > 0)]
    others = (maxima.sum() - 1) / (len(maxima) - 1) if len(maxima) > 1 else maxima.new_zeros(())
    return scaled * (1 - others) ** 2


ITTI = saliency_model(itti, IttiSettings)
