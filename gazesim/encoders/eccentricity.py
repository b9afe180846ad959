"""Pooling that grows with eccentricity, and the function that makes a CNN trunk foveated with it.

A zone is a disc or ring around the fixation (the centre of the map) in which one pooling window holds: the
window of the trunk within the fovea, wider ones further out (Gupta et al., NeurIPS 2021, arXiv 2106.02953).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.checks import check_option, check_positive

PoolKind = Literal["average", "max"]


@dataclass(frozen=True)
class Eccentricity:
    """How the pooling windows of a trunk grow from the fixation outwards.

    Parameters
    ----------
    fovea_deg : float
        Radius of the zone that keeps the trunk's own window, degrees.
    ring_deg : float
        Width of each ring around it, degrees.
    slopes : tuple of float
        Growth of the window in px per px of eccentricity, for pooling layers whose input has stride
        1, 2, 4, 8, 16. The default is eccNET's.
    """

    fovea_deg: float = 4.0
    ring_deg: float = 1.0
    slopes: tuple[float, ...] = (0.0, 0.0, 0.07, 0.16, 0.32)

    def __post_init__(self) -> None:
        check_positive("fovea_deg", self.fovea_deg)
        check_positive("ring_deg", self.ring_deg)
        if not self.slopes or not all(np.isfinite(s) and s >= 0 for s in self.slopes):
            raise ValueError(f"slopes is {self.slopes!r}, expected numbers of at least 0, one per stride")

    def slope(self, stride: int) -> float:
        """Return the slope of a pooling layer whose input has `stride` (1, 2, 4, ...)."""
        index = stride.bit_length() - 1
        if index >= len(self.slopes):
            raise ValueError(f"slopes has {len(self.slopes)} entries, pooling at stride {stride} needs {index + 1}")
        return self.slopes[index]


@dataclass(frozen=True, eq=False)
class Zones:
    """The zones of one pooling layer.

    ring    : int64 (m, m), zone of each output px, 0 is the fovea
    windows : window side of each zone, input px
    borders : outer radius of each zone, input px (for the last one the first radius beyond the map)
    """

    ring: NDArray[np.int64]
    windows: tuple[int, ...]
    borders: tuple[int, ...]


@lru_cache(maxsize=256)
def zones(n: int, px_per_degree: float, slope: float, fovea_deg: float, ring_deg: float, window: int) -> Zones:
    """Return the zones for an input of `n` x `n` px with `px_per_degree` at that layer.

    Lengths are rounded as in the published program (half to even): the px per degree of the layer first, then
    the fovea's radius and the ring's width in output px. Both are at least 1.
    """
    m = (n + 1) // 2
    per_degree = max(1, round(px_per_degree))
    fovea = max(1, round(fovea_deg * per_degree / 2))
    step = max(1, round(ring_deg * per_degree / 2))
    radii = [fovea]
    if fovea <= m / 2:
        radii += range(fovea + step, max(fovea + step, int(np.ceil(m / 2))), step)
        radii.append(radii[-1] + step)
    windows = [window] + [window + round(slope * (2 * r - fovea_deg * per_degree)) for r in radii[1:]]
    offset = np.arange(m) - m // 2
    distance = np.hypot(offset[:, None], offset[None, :])
    ring = np.searchsorted(np.array(radii[:-1]), distance, side="right").astype(np.int64)
    return Zones(ring, tuple(windows), tuple(2 * r for r in radii))


def pool_same(x: Tensor, window: int, kind: PoolKind = "average") -> Tensor:
    """Pool `x` (N, C, H, W) with stride 2 to (N, C, ceil(H / 2), ceil(W / 2)).

    Padding is TensorFlow's "same": the odd px goes right and bottom, averages count real px only.
    """
    height, width = x.shape[-2:]
    return _pool_block(x, window, kind, (0, (height + 1) // 2), (0, (width + 1) // 2))


def _pool_block(x: Tensor, window: int, kind: PoolKind, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    """Pool only the output px of `rows` and `columns` (start, stop), one axis after the other."""
    for axis, (start, stop) in ((2, rows), (3, columns)):
        size = x.shape[axis]
        before = max(((size + 1) // 2 - 1) * 2 + window - size, 0) // 2
        first, last = 2 * start - before, 2 * (stop - 1) - before + window
        left, right = max(0, -first), max(0, last - size)
        x = x.narrow(axis, max(0, first), min(size, last) - max(0, first))
        if left or right:
            pads = (0, 0, left, right) if axis == 2 else (left, right)
            x = F.pad(x, pads, value=0.0 if kind == "average" else -torch.inf)
        shape, stride = ((window, 1), (2, 1)) if axis == 2 else ((1, window), (1, 2))
        if kind == "max":
            x = F.max_pool2d(x, shape, stride)
            continue
        x = F.avg_pool2d(x, shape, stride)
        if left or right:
            starts = torch.arange(start, stop) * 2 - before
            real = (starts + window).clamp(max=size) - starts.clamp(min=0)
            scale = (window / real).to(x)
            x = x * (scale[:, None] if axis == 2 else scale)
    return x


class EccentricityPool2d(nn.Module):
    """Stride-2 pooling of (N, C, H, W) whose window grows with the distance from the centre of the map.

    Parameters
    ----------
    px_per_degree : float
        Resolution of the layer's input.
    slope : float
        Growth of the window, px per px of eccentricity.
    fovea_deg, ring_deg : float
        See `Eccentricity`.
    window : int
        Window within the fovea, px.
    kind : {"average", "max"}

    Notes
    -----
    A map that is not square is first padded with zeros to a square, which count as values (as published);
    the output is then square too. Each zone is pooled only within its bounding box.
    """

    def __init__(
        self,
        px_per_degree: float,
        slope: float,
        *,
        fovea_deg: float = 4.0,
        ring_deg: float = 1.0,
        window: int = 2,
        kind: PoolKind = "average",
    ) -> None:
        super().__init__()
        check_positive("px_per_degree", px_per_degree)
        check_option("kind", kind, ("average", "max"))
        self.px_per_degree, self.slope = px_per_degree, slope
        self.fovea_deg, self.ring_deg, self.window = fovea_deg, ring_deg, window
        self.kind: PoolKind = kind

    def zones(self, n: int) -> Zones:
        """Return the zones for an input of `n` x `n` px."""
        return zones(n, self.px_per_degree, self.slope, self.fovea_deg, self.ring_deg, self.window)

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x` (N, C, H, W) to (N, C, m, m) with m = ceil(max(H, W) / 2)."""
        x = _square(x)
        found = self.zones(x.shape[-1])
        widest = found.windows[-1]
        out = pool_same(x, widest, self.kind)
        for zone in reversed(range(len(found.windows) - 1)):
            inside = found.ring <= zone
            if found.windows[zone] == widest or not inside.any():
                continue
            start, stop = _extent(inside)
            block = _pool_block(x, found.windows[zone], self.kind, (start, stop), (start, stop))
            where = torch.from_numpy(inside[start:stop, start:stop]).to(x.device)
            target = out[:, :, start:stop, start:stop]
            target.copy_(torch.where(where, block, target))
            widest = found.windows[zone]
        return out

    def extra_repr(self) -> str:
        """Describe the layer in a printed model."""
        return f"px_per_degree={self.px_per_degree:g}, slope={self.slope:g}, window={self.window}, kind={self.kind}"


class SamePool2d(nn.Module):
    """Stride-2 pooling with one window everywhere and "same" padding: a trunk without eccentricity."""

    def __init__(self, window: int = 2, kind: PoolKind = "max") -> None:
        super().__init__()
        check_option("kind", kind, ("average", "max"))
        self.window = window
        self.kind: PoolKind = kind

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x` (N, C, H, W) to half its size, rounded up."""
        return pool_same(x, self.window, self.kind)


def foveate(
    trunk: nn.Sequential,
    px_per_degree: float,
    *,
    eccentricity: Eccentricity | None = Eccentricity(),
    pooling: PoolKind = "average",
) -> nn.Sequential:
    """Return `trunk` with every pooling layer replaced by one that grows with eccentricity.

    Parameters
    ----------
    trunk : torch.nn.Sequential
        A CNN whose pooling layers are its own children, such as `torchvision.models.vgg16().features`. Its
        other layers are shared with the result, not copied.
    px_per_degree : float
        Resolution of the picture that will be shown to it.
    eccentricity : Eccentricity or None
        The growth of the windows; None gives plain pooling with "same" padding.
    pooling : {"average", "max"}
        What the new layers do with their window.

    Raises
    ------
    ValueError
        If there is no pooling layer to replace, one of a stride other than 2, or strided convolutions follow
        the first one, as in a ResNet.

    Examples
    --------
    >>> trunk = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    >>> foveate(trunk, px_per_degree=30)(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 8, 32, 32])
    """
    check_positive("px_per_degree", px_per_degree)
    layers: list[nn.Module] = []
    stride, replaced = 1, 0
    for layer in trunk:
        if not isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            layers.append(layer)
            step = _conv_stride(layer)
            if step > 1 and replaced:
                raise ValueError("trunk shrinks its maps by strided convolutions after its first pool, as ResNets do")
            stride *= step
            continue
        if layer.stride not in (2, (2, 2)):
            raise ValueError(f"trunk has a pooling layer of stride {layer.stride}, expected 2")
        window = layer.kernel_size if isinstance(layer.kernel_size, int) else layer.kernel_size[0]
        if eccentricity is None:
            layers.append(SamePool2d(window, pooling))
        else:
            pool = EccentricityPool2d(
                px_per_degree / stride,
                eccentricity.slope(stride),
                fovea_deg=eccentricity.fovea_deg,
                ring_deg=eccentricity.ring_deg,
                window=window,
                kind=pooling,
            )
            layers.append(pool)
        stride *= 2
        replaced += 1
    if not replaced:
        raise ValueError(f"trunk has no pooling layer to replace among its {len(layers)} layers")
    return nn.Sequential(*layers)


def _conv_stride(layer: nn.Module) -> int:
    strides = [m.stride[0] for m in layer.modules() if isinstance(m, nn.Conv2d)]
    return int(np.prod(strides, dtype=int))


def _square(x: Tensor) -> Tensor:
    height, width = x.shape[-2:]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return F.pad(x, (left, side - width - left, top, side - height - top)) if height != width else x


def _extent(inside: NDArray[np.bool_]) -> tuple[int, int]:
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    return int(min(rows[0], columns[0])), int(max(rows[-1], columns[-1])) + 1
