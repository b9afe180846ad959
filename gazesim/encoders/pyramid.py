"""Foveation of any network: its features, averaged over windows that grow with eccentricity.

Networks of today have no pooling layers whose windows could grow. Here the network runs once on the sharp picture. The
map of each level becomes a pyramid: the map itself, its means over 2 x 2, 4 x 4, ... places, each resampled to the size
of the map. The octave for each place is chosen by its eccentricity, a blend of two between octaves. As in eccentricity
pooling (Gupta et al., NeurIPS 2021) and in models of crowding (Freeman & Simoncelli, Nature Neuroscience 14, 2011),
the periphery loses where things are rather than that they are there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from gazesim.checks import as_floats, check_degrees, check_not_negative, check_px_per_degree
from gazesim.encoders.levels import LevelReader

REFERENCE_STRIDE = 16  # of the features whose windows `slope` is about
STEEPEST = 2.0  # a window that reaches back to the fixation


@dataclass(frozen=True)
class Pyramid:
    """How windows of averaging grow, in networks whose pooling layers do not.

    Parameters
    ----------
    pyramid_slope : float
        Growth of the window's side with eccentricity, in px per px, for features of stride 16. That of finer features
        is smaller in proportion to their stride, as eccNET's slopes are.
    network_levels : tuple of str, optional
        The layers of a network that are its levels. None finds them, see `gazesim.encoders.levels.LevelReader`.
    """

    pyramid_slope: float = 0.16
    network_levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_slope("pyramid_slope", self.pyramid_slope)
        names = self.network_levels
        if names is not None and not (isinstance(names, tuple) and names and all(isinstance(n, str) for n in names)):
            raise ValueError(f"network_levels is {names!r}, expected names of layers")


def check_slope(name: str, slope: float) -> None:
    """Raise ValueError unless `slope` is a number from 0 to 2."""
    check_not_negative(name, slope)
    if slope > STEEPEST:
        raise ValueError(f"{name} is {slope!r}, expected at most {STEEPEST:g}, where windows reach the fixation")


class FoveatedNetwork(nn.Module):
    """A network that sees sharply where one fixates; made by `foveate`.

    Attributes
    ----------
    levels : tuple of gazesim.encoders.levels.Level
        Name, stride and channels of each level, from the first to the deepest.
    """

    def __init__(self, reader: LevelReader, px_per_degree: float, slope: float, fovea_deg: float) -> None:
        super().__init__()
        self.reader, self.levels = reader, reader.levels
        self.px_per_degree, self.slope, self.fovea_deg = px_per_degree, slope, fovea_deg

    def forward(self, pictures: Tensor, fixation: ArrayLike | None = None) -> dict[str, Tensor]:
        """Return each level's features as seen from `fixation`.

        Parameters
        ----------
        pictures : float32 (N, 3, H, W)
            As the network takes them; for transformers sides are multiples of the coarsest stride.
        fixation : (x, y), optional
            In px of the pictures. None is their centre.

        Returns
        -------
        dict of name -> float32 (N, channels, H / stride, W / stride), sides rounded up

        Raises
        ------
        ValueError
            If a side does not fit, or `fixation` is not two finite numbers.
        """
        if fixation is None:
            fixation = [pictures.shape[3] / 2 - 0.5, pictures.shape[2] / 2 - 0.5]
        return self.blend(self.read(pictures), fixation)

    def read(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return each level's sharp features; what takes the time, and is the same for all fixations."""
        found: dict[str, Tensor] = self.reader(pictures)
        return found

    def blend(self, features: dict[str, Tensor], fixation: ArrayLike | None = None) -> dict[str, Tensor]:
        """Return what `forward` returns for the pictures whose sharp `features` `read` returned."""
        found = {}
        for level in self.levels:
            x = features[level.name]
            size = x.shape[2] * level.stride, x.shape[3] * level.stride
            at = [size[1] / 2 - 0.5, size[0] / 2 - 0.5] if fixation is None else fixation
            xy = as_floats("fixation", at, (2,))
            windows = window_sides(x.shape[2:], level.stride, xy, self.slope, self.fovea_deg * self.px_per_degree)
            found[level.name] = blend(octaves(x, n_octaves(windows.max(), x.shape[2:])), windows)
        return found


def foveate(
    network: nn.Module,
    px_per_degree: float | None = None,
    *,
    slope: float = 0.16,
    fovea_deg: float = 4.0,
    levels: Sequence[str] | None = None,
) -> FoveatedNetwork:
    """Return any network as one that sees sharply where one fixates and pools more with eccentricity.

    Parameters
    ----------
    network : torch.nn.Module
        Of torchvision, timm, torch.hub or your own: convolutional, or a transformer over patches. It is not changed; a
        copy shares its weights.
    px_per_degree : float
        Resolution of the pictures that will be shown to it.
    slope : float
        Growth of the window over which features are averaged, px per px of eccentricity beyond the fovea, for features
        of stride 16; of finer ones in proportion to their stride. 0 is as sharp everywhere, 2 the most.
    fovea_deg : float
        Radius of what is seen sharply, degrees.
    levels : sequence of str, optional
        The layers whose features are returned, by their names in `network.named_modules()` or by those of torchvision's
        `get_graph_node_names`. None takes the last layer of each stride up to 16 px; in a network of one stride, such
        as a plain vision transformer, the blocks after each quarter of its depth.

    Returns
    -------
    FoveatedNetwork
        Call it with pictures (N, 3, H, W) and, unless it is the centre, a fixation (x, y) in px. One run of the network
        serves all fixations: `net.blend(net.read(pictures), fixation)`.

    Raises
    ------
    ValueError
        If px_per_degree is missing, a number is out of range, `network` takes no pictures of any size or has no
        features laid out over them, or a level does not exist.

    Examples
    --------
    >>> import torchvision
    >>> net = foveate(torchvision.models.resnet18(weights=None), px_per_degree=8)
    >>> [(level.name, level.stride) for level in net.levels]
    [('relu', 2), ('layer1', 4), ('layer2', 8), ('layer3', 16)]
    >>> net(torch.zeros(1, 3, 64, 96), fixation=(20, 30))["layer3"].shape
    torch.Size([1, 256, 4, 6])
    """
    if px_per_degree is None:
        raise ValueError("px_per_degree is missing, expected how many px of the pictures one degree covers")
    check_px_per_degree("px_per_degree", px_per_degree)
    check_slope("slope", slope)
    check_degrees("fovea_deg", fovea_deg, zero=True)
    return FoveatedNetwork(LevelReader(network, levels), px_per_degree, slope, fovea_deg)


def window_sides(
    shape: Iterable[int], stride: int, fixation: NDArray[np.float64], slope: float, fovea_px: float
) -> NDArray[np.float64]:
    """Return the side (h, w) of each place's window, in places of the map, at least 1.

    Parameters
    ----------
    shape : (h, w)
        Of the map, whose first place covers the px 0 to `stride` - 1.
    fixation : float64 (2,)
        x, y in px of the picture.
    slope : float
        Px per px of eccentricity beyond the fovea, at stride 16.
    fovea_px : float
        Radius of the fovea.
    """
    height, width = shape
    y, x = ((np.arange(n) + 0.5) * stride - 0.5 for n in (height, width))
    eccentricity = np.hypot(x[None, :] - fixation[0], y[:, None] - fixation[1])
    return np.asarray(np.maximum(1.0, slope / REFERENCE_STRIDE * (eccentricity - fovea_px)), np.float64)


def n_octaves(widest: float, shape: Sequence[int]) -> int:
    """Return how many octaves windows up to `widest` places need on a map of `shape`; none is wider than the map."""
    return 1 + min(int(np.ceil(np.log2(widest))), int(np.log2(min(shape))))


def octaves(x: Tensor, n: int) -> list[Tensor]:
    """Return `x` (N, C, h, w) averaged over windows of 1, 2, 4, ..., 2^(n-1) places, each resampled to (h, w)."""
    height, width = x.shape[2:]
    found = [x]
    for octave in range(1, n):
        window = 2**octave
        coarse = F.avg_pool2d(x, window, ceil_mode=True, count_include_pad=False)
        fine = F.interpolate(coarse, scale_factor=window, mode="bilinear", align_corners=False)
        found.append(fine[:, :, :height, :width])
    return found


def blend(found: Sequence[Tensor], windows: NDArray[np.float64]) -> Tensor:
    """Return the features (N, C, h, w) that have at each place the window of `windows` (h, w).

    Parameters
    ----------
    found : sequence of (N, C, h, w)
        The octaves. A window between two of them is a blend of both, linear in the logarithm.
    windows : float64 (h, w)
        Sides of windows; those wider than the last octave have it.
    """
    place = np.log2(windows).clip(0, len(found) - 1)
    total = torch.zeros_like(found[0])
    for octave, features in enumerate(found):
        weight = torch.from_numpy((1 - np.abs(place - octave)).clip(0, 1)).to(features)
        if weight.any():
            total = total + weight * features
    return total
