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
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from gazesim.checks import check_degrees, check_option, check_positive

PoolKind = Literal["average", "max"]
Span = tuple[int, int]  # the first px along an axis and one past the last


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
        check_degrees("fovea_deg", self.fovea_deg)
        check_degrees("ring_deg", self.ring_deg)
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


@lru_cache(maxsize=16)  # of which one view needs five; those of 1358 px hold 4 MB
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
    for axis, size in ((2, x.shape[2]), (3, x.shape[3])):
        x = _pool_axis(x, axis, window, kind, wanted=(0, (size + 1) // 2), first=0, size=size)
    return x


def _pool_axis(x: Tensor, axis: int, window: int, kind: PoolKind, *, wanted: Span, first: int, size: int) -> Tensor:
    """Pool along one axis to the output px `wanted`; `x` holds the px from `first` on of a map of `size` px."""
    before = int(_padding_before(window, size))
    start, stop = 2 * wanted[0] - before, 2 * (wanted[1] - 1) - before + window
    left, right = max(0, -start), max(0, stop - size)
    x = x.narrow(axis, max(0, start) - first, min(size, stop) - max(0, start))
    if left or right:
        pads = (0, 0, left, right) if axis == 2 else (left, right)
        x = F.pad(x, pads, value=0.0 if kind == "average" else -torch.inf)
    shape, stride = ((window, 1), (2, 1)) if axis == 2 else ((1, window), (1, 2))
    if kind == "max":
        return F.max_pool2d(x, shape, stride)
    x = F.avg_pool2d(x, shape, stride)
    if left or right:
        starts = torch.arange(*wanted) * 2 - before
        real = (starts + window).clamp(max=size) - starts.clamp(min=0)
        scale = (window / real).to(x)
        x = x * (scale[:, None] if axis == 2 else scale)
    return x


def _padding_before(window: ArrayLike, size: int) -> NDArray[np.int64]:
    """Return the px of "same" padding left of a map of `size` px, for windows of any shape."""
    return np.asarray(np.maximum(((size + 1) // 2 - 1) * 2 + np.asarray(window) - size, 0) // 2, np.int64)


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

    def windows(self, n: int) -> NDArray[np.int64]:
        """Return the window side of each output px, (m, m) with m = ceil(n / 2), for an input of `n` x `n` px."""
        return np.full(((n + 1) // 2,) * 2, self.window)

    def touched(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]:
        """Return the rows and columns of the output px whose windows reach into the input px `rows`, `columns`."""
        windows = self.windows(n)
        place = 2 * np.arange(len(windows))
        top, left = (at - _padding_before(windows, n) for at in (place[:, None], place[None, :]))
        inside = [top < rows[1], top + windows > rows[0], left < columns[1], left + windows > columns[0]]
        both = np.all(np.broadcast_arrays(*inside), axis=0)
        return extent(np.any(both, axis=1)), extent(np.any(both, axis=0))

    def needed(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]:
        """Return the rows and columns of the input px, of `n` x `n`, that the output px `rows`, `columns` pool."""
        widest = int(self.windows(n)[slice(*rows), slice(*columns)].max())
        before = int(_padding_before(widest, n))
        spans = [(max(0, 2 * a - before), min(n, 2 * (b - 1) - before + widest)) for a, b in (rows, columns)]
        return spans[0], spans[1]

    def part(self, x: Tensor, origin: tuple[int, int], rows: Span, columns: Span, n: int) -> Tensor:
        """Pool only to the output px `rows`, `columns`.

        Parameters
        ----------
        x : (N, C, h, w)
            At least the `needed` px of the map of `n` x `n`.
        origin : (row, column)
            The px of the map that `x` begins with.
        """
        windows = self.windows(n)[slice(*rows), slice(*columns)]
        out: Tensor | None = None
        for window in reversed(np.unique(windows).tolist()):
            inside = windows <= window
            down, across = extent(inside.any(axis=1)), extent(inside.any(axis=0))
            wanted = [(start + by[0], start + by[1]) for start, by in ((rows[0], down), (columns[0], across))]
            block = x
            for axis in (2, 3):
                block = _pool_axis(
                    block, axis, window, self.kind, wanted=wanted[axis - 2], first=origin[axis - 2], size=n
                )
            if out is None:
                out = block
            else:
                target = out[:, :, slice(*down), slice(*across)]
                where = torch.from_numpy(inside[slice(*down), slice(*across)]).to(x.device)
                target.copy_(torch.where(where, block, target))
        assert out is not None
        return out


class EccentricityPool2d(SamePool2d):
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
        super().__init__(window, kind)
        check_positive("px_per_degree", px_per_degree)
        self.px_per_degree, self.slope = px_per_degree, slope
        self.fovea_deg, self.ring_deg = fovea_deg, ring_deg

    def zones(self, n: int) -> Zones:
        """Return the zones for an input of `n` x `n` px."""
        return zones(n, self.px_per_degree, self.slope, self.fovea_deg, self.ring_deg, self.window)

    def windows(self, n: int) -> NDArray[np.int64]:
        """Return the window side of each output px, (m, m) with m = ceil(n / 2), for an input of `n` x `n` px."""
        found = self.zones(n)
        return np.array(found.windows)[found.ring]

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x` (N, C, H, W) to (N, C, m, m) with m = ceil(max(H, W) / 2)."""
        x = _square(x)
        n = x.shape[-1]
        everywhere = (0, (n + 1) // 2)
        return self.part(x, (0, 0), everywhere, everywhere, n)

    def extra_repr(self) -> str:
        """Describe the layer in a printed model."""
        return f"px_per_degree={self.px_per_degree:g}, slope={self.slope:g}, window={self.window}, kind={self.kind}"


def foveate(
    trunk: nn.Module,
    px_per_degree: float,
    *,
    eccentricity: Eccentricity | None = Eccentricity(),
    pooling: PoolKind = "average",
) -> nn.Sequential:
    """Return `trunk` with every pooling layer replaced by one that grows with eccentricity.

    Parameters
    ----------
    trunk : torch.nn.Module
        A CNN of one layer after the other whose pooling layers are its own children, such as
        `torchvision.models.vgg16().features`. Its other layers are shared with the result, not copied.
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
    for layer in trunk.children():
        if not isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            layers.append(layer)
            step = _conv_stride(layer)
            if step > 1 and replaced:
                raise ValueError(
                    "trunk shrinks its maps by strided convolutions after its first pool, as ResNets do; "
                    "foveation=pyramid takes it"
                )
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


def extent(inside: ArrayLike) -> Span:
    """Return the first true place of `inside` (n,) and one past the last; (0, 0) if there is none."""
    places = np.flatnonzero(inside)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
