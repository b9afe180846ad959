"""The features of a view for less: only what the display changes is computed.

Most of a field of view lies beyond the display and shows nothing but background. The features of a view that is
all background are therefore kept, layer by layer. A view differs from it within a rectangle, its display, which
grows from layer to layer by what reaches over its border: half a kernel in a convolution, the windows that touch
it in a pool. Each layer runs on that rectangle alone, with kept features around it; everything else is known.

Kept features are the same everywhere but near the border of the view, until a pool grows with eccentricity. Up
to there a small view of background stands for the whole: its borders are the whole's borders, its middle px is
every px between them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.encoders.backbones import Trunk
from gazesim.encoders.eccentricity import SamePool2d, Span, extent

Stage = tuple[nn.Sequential, SamePool2d]


class _Layer(Protocol):
    """A layer that can be run on a part of a map of `n` x `n` px; see `SamePool2d`."""

    def __call__(self, x: Tensor, /) -> Tensor: ...
    def touched(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]: ...
    def needed(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]: ...
    def part(self, x: Tensor, origin: tuple[int, int], rows: Span, columns: Span, n: int) -> Tensor: ...


class _Convolution:
    """A convolution, or a module of several such as a Fire module, and the pointwise layers behind it."""

    def __init__(self, layers: nn.Module) -> None:
        self.layers = layers
        convolutions = [m for m in layers.modules() if isinstance(m, nn.Conv2d)]
        self.kernel = 1 + sum((m.kernel_size[0] - 1) * m.dilation[0] for m in convolutions)
        self.stride = prod(m.stride[0] for m in convolutions)
        self.padding = sum(int(m.padding[0]) for m in convolutions)

    def __call__(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        return found

    def touched(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]:
        m = (n + 2 * self.padding - self.kernel) // self.stride + 1
        behind = self.kernel - 1 - self.padding
        spans = [
            (max(0, -((behind - a) // self.stride)), min(m, (b - 1 + self.padding) // self.stride + 1))
            for a, b in (rows, columns)
        ]
        return spans[0], spans[1]

    def needed(self, rows: Span, columns: Span, n: int) -> tuple[Span, Span]:
        before = -(-self.padding // self.stride) * self.stride  # so that the part begins on the layer's grid
        after = self.kernel - self.padding
        spans = [(max(0, a * self.stride - before), min(n, (b - 1) * self.stride + after)) for a, b in (rows, columns)]
        return spans[0], spans[1]

    def part(self, x: Tensor, origin: tuple[int, int], rows: Span, columns: Span, n: int) -> Tensor:
        top, left = (start // self.stride for start in origin)
        return self(x)[:, :, rows[0] - top : rows[1] - top, columns[0] - left : columns[1] - left]


@dataclass(frozen=True, eq=False)
class _Patch:
    """Features (1, C, h, w) of the px `rows`, `columns` of a map."""

    features: Tensor
    rows: Span
    columns: Span


@dataclass(frozen=True, eq=False)
class _Known:
    """The features of a map of `n` x `n` px of background: (1, C, k, k), k = n or that of a small view."""

    features: Tensor
    n: int

    def cropped(self) -> "_Known":
        """Return the same with no more px than differ: the borders and, between them, a few of the equal ones."""
        k = self.features.shape[-1]
        if k == self.n:
            return self
        edge = max(_edge(self.features), _edge(self.features.mT)) + 1
        if 2 * edge >= k:
            return self
        kept = torch.cat([torch.arange(edge), torch.arange(k - edge, k)]).to(self.features.device)
        return _Known(self.features.index_select(2, kept).index_select(3, kept), self.n)

    def cut(self, rows: Span, columns: Span) -> Tensor:
        """Return a copy of the features at `rows`, `columns`."""
        k = self.features.shape[-1]
        if k == self.n:
            return self.features[:, :, slice(*rows), slice(*columns)].clone()
        places = self._places(rows)[:, None], self._places(columns)
        return self.features.permute(0, 2, 3, 1)[:, *places].permute(0, 3, 1, 2)

    def _places(self, span: Span) -> Tensor:
        k, px = self.features.shape[-1], torch.arange(*span, device=self.features.device)
        return torch.where(px < k // 2, px, (px - (self.n - k)).clamp(min=k // 2))

    def with_patch(self, patch: _Patch, rows: Span, columns: Span) -> Tensor:
        """Return the features at `rows`, `columns` with `patch` laid over them."""
        x = self.cut(rows, columns)
        (top, bottom), (left, right) = (
            (max(of[0], by[0]), min(of[1], by[1])) for of, by in ((patch.rows, rows), (patch.columns, columns))
        )
        over = patch.features[:, :, top - patch.rows[0] :, left - patch.columns[0] :]
        height, width = bottom - top, right - left
        x[:, :, top - rows[0] :, left - columns[0] :][:, :, :height, :width] = over[:, :, :height, :width]
        return x


@dataclass(frozen=True, eq=False)
class _Link:
    """A layer and what it is given where there is only background."""

    layer: _Layer
    known: _Known

    def background(self) -> _Known:
        """Return what the layer gives where there is only background."""
        (_, size), _ = self.layer.touched((0, self.known.n), (0, self.known.n), self.known.n)
        grows = isinstance(self.layer, SamePool2d) and len(np.unique(self.layer.windows(self.known.n))) > 1
        everything = (0, self.known.n)
        return _Known(self.layer(self.known.cut(everything, everything) if grows else self.known.features), size)

    def run(self, patch: _Patch) -> _Patch:
        """Return what the layer makes of `patch` and the background around it."""
        rows, columns = self.layer.touched(patch.rows, patch.columns, self.known.n)
        down, across = self.layer.needed(rows, columns, self.known.n)
        x = self.known.with_patch(patch, down, across)
        return _Patch(self.layer.part(x, (down[0], across[0]), rows, columns, self.known.n), rows, columns)


@dataclass(frozen=True, eq=False)
class _Level:
    """The links that lead to a level, those from there to the deepest stride, and what comes out of these."""

    down: list[_Link]
    aside: list[_Link]
    known: _Known


class BackgroundView:
    """The features of a view of nothing but background, kept to find those of a view with a display in it.

    Parameters
    ----------
    trunk : Trunk
    stages : sequence of (layers, pool)
        Each level's layers and the pool that follows, down to the deepest level.
    halve : SamePool2d
        Brings a level's features to the stride of the deepest one.
    colour : uint8 (3,)
        The background.
    side : int
        Side of the view, px.
    levels : sequence of int
        The levels to return, counted from 1.
    """

    @torch.inference_mode()
    def __init__(
        self,
        trunk: Trunk,
        stages: Sequence[Stage],
        halve: SamePool2d,
        colour: NDArray[np.uint8],
        side: int,
        levels: Sequence[int],
    ) -> None:
        self.to_input, self.colour = trunk.to_input, colour
        small = _small_side(side, stages)
        known = _Known(trunk.to_input(np.full((small, small, 3), colour)), side)
        self.levels: dict[int, _Level] = {}
        links: list[_Link] = []

        def follow(layer: _Layer, known: _Known, links: list[_Link]) -> _Known:
            links.append(_Link(layer, known.cropped()))
            return _Link(layer, known).background()

        for level, (layers, pool) in enumerate(stages[: max(levels)], start=1):
            for layer in _convolutions(layers):
                known = follow(layer, known, links)
            if level in levels:
                aside: list[_Link] = []
                result = known
                for _ in range(len(stages) - level):
                    result = follow(halve, result, aside)
                self.levels[level] = _Level(links, aside, result)
                links = []
            if level < max(levels):
                known = follow(pool, known, links)

    @torch.inference_mode()
    def features(self, view: NDArray[np.uint8], rows: Span, columns: Span) -> dict[int, Tensor]:
        """Return each level's features (1, C, n, n) at the stride of the deepest level.

        Parameters
        ----------
        view : uint8 (side, side, 3)
        rows, columns : (start, stop)
            Where it may differ from the background.
        """
        patch = _Patch(self.to_input(view[slice(*rows), slice(*columns)]), rows, columns)
        found = {}
        for level, links in self.levels.items():
            for link in links.down:
                patch = link.run(patch)
            result = patch
            for link in links.aside:
                result = link.run(result)
            everything = (0, links.known.n)
            found[level] = links.known.with_patch(result, everything, everything)
        return found


def changed(view: NDArray[np.uint8]) -> tuple[Span, Span]:
    """Return the rows and columns that hold all px of `view` (S, S, 3) unlike its first one; (0, 0) if none is."""
    unlike = (view != view[0, 0]).any(axis=2)
    return extent(unlike.any(axis=1)), extent(unlike.any(axis=0))


def _edge(features: Tensor) -> int:
    """Return how many rows above or below, whichever are more, are unlike the middle row of `features` (1, C, k, k)."""
    k = features.shape[2]
    unlike = np.flatnonzero((features != features[:, :, k // 2, None]).any(dim=3).any(dim=1)[0].cpu().numpy())
    above, below = unlike[unlike < k // 2], unlike[unlike > k // 2]
    return int(max(above.max(initial=-1) + 1, k - below.min(initial=k)))


def _convolutions(layers: nn.Sequential) -> Iterator[_Convolution]:
    """Yield the layers in groups of one that looks around and the pointwise ones before and behind it."""
    group: list[nn.Module] = []
    looks = False
    for layer in layers:
        looks_too = any(isinstance(m, nn.Conv2d) for m in layer.modules())
        if looks and looks_too:
            yield _Convolution(nn.Sequential(*group))
            group = []
        group.append(layer)
        looks = looks or looks_too
    yield _Convolution(nn.Sequential(*group))


def _small_side(side: int, stages: Sequence[Stage]) -> int:
    """Return the side of the least view whose middle px is out of reach of its borders at every layer.

    It leaves the same remainder as `side` at every stride, so that all layers meet its borders alike.
    """
    stride, reach = 1, 0
    for layers, pool in stages:
        for layer in _convolutions(layers):
            reach += (layer.kernel - 1) * stride
            stride *= layer.stride
        reach += (pool.window + 1) * stride
        stride *= 2
    return side - max(0, side - 2 * (reach + stride)) // stride * stride
