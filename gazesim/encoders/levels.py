"""The features of any network at named layers, as maps, and which layers make good levels.

A level is a layer whose output is laid out over the picture: a map (N, C, h, w), one with the channels last, or the
tokens of a transformer. What is found is found by running the network once on a picture of `PROBE_PX`.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import VisionTransformer
from torchvision.models.feature_extraction import create_feature_extractor

from gazesim.checks import unknown

PROBE_PX = (224, 448)  # height and width: multiples of 14, 16 and 32; not square, which tells the axes apart
COARSEST = 16  # stride of the deepest level that is taken unless levels are named, as in VGG
QUARTERS = 4  # levels of a network with one stride throughout, a plain transformer (Ranftl et al., ICCV 2021)
MOST_PREFIX = 16  # tokens that stand for no place: class, registers
MOST_SHORT = 4  # places at the borders that convolutions without padding leave out
KEPT_SIZES = 4  # of pictures, for networks that are fitted to each


@dataclass(frozen=True)
class Level:
    """A layer whose output is laid out over the picture.

    name     : of the layer, as in `named_modules` or, where the network can be traced, of the traced node
    stride   : px of the picture from one place to the next
    channels : how many features a place has
    prefix   : None for maps; for transformers, how many tokens come before those of the places
    last     : whether the channels of a map are its last axis
    """

    name: str
    stride: int
    channels: int
    prefix: int | None = None
    last: bool = False

    def to_map(self, x: Tensor, size: Sequence[int]) -> Tensor:
        """Return the layer's output as (N, C, h, w) for a picture of `size` (height, width)."""
        height, width = (-(-side // self.stride) for side in size)
        if self.prefix is not None:
            return x[:, self.prefix :].reshape(len(x), height, width, -1).permute(0, 3, 1, 2)
        if self.last:
            x = x.permute(0, 3, 1, 2)
        # convolutions without padding leave out places at the borders, and some pools what is less than a window
        down, across = height - x.shape[2], width - x.shape[3]
        if down or across:
            x = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2), mode="replicate")
        return x


class LevelReader(nn.Module):
    """Runs a network up to its deepest wanted level and returns each level's features as a map.

    Parameters
    ----------
    network : torch.nn.Module
        Takes pictures (N, 3, H, W). It is not changed: a copy in evaluation mode shares its weights.
    levels : sequence of str, optional
        Names of layers. None are the last layer of each stride up to 16 px, and in a network with one stride
        throughout, such as a plain vision transformer, the blocks after each quarter of its depth.

    Raises
    ------
    ValueError
        If the network cannot take pictures of any size, has no features laid out over the picture, or has no layers of
        these names.
    """

    def __init__(self, network: nn.Module, levels: Sequence[str] | None = None) -> None:
        super().__init__()
        if not isinstance(network, nn.Module):
            raise ValueError(f"network is {network!r}, expected a torch.nn.Module")
        name = type(network).__name__
        network = _copy(network).eval()
        if isinstance(network, VisionTransformer):
            network = AnySizeTransformer(network)
        self.network, self._fitted = network, dict[tuple[int, int], nn.Module]()
        found, self.multiply_adds_per_px = self._look(name)
        if not found:
            raise ValueError(
                f"network {name} has no features laid out over the picture, expected maps or tokens of places"
            )
        # what sides of pictures are multiples of, where there is no more than convolutions 1
        self.unit = max(level.stride for level in found.values())
        if not hasattr(network, "set_input_size") and all(level.prefix is None for level in found.values()):
            self.unit = 1
        self._extract: nn.Module | None = None
        if levels is None:
            self.levels = _choose(list(found.values()))
        else:
            self.levels = self._named(levels, found)
        if self._extract is None and not hasattr(network, "set_input_size"):
            self._extract = _traced(network, [level.name for level in self.levels])

    def forward(self, x: Tensor, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Return the features (N, C, h, w) of each level, or of those of `names`; h = H / stride, rounded up.

        Raises
        ------
        ValueError
            If a side of the pictures `x` (N, 3, H, W) is not a multiple of `unit`: the patches of a transformer.
        """
        size = tuple(x.shape[2:])
        if any(side % self.unit for side in size):
            raise ValueError(f"pictures are {size[1]}x{size[0]} px, expected multiples of {self.unit} px")
        wanted = [level for level in self.levels if names is None or level.name in set(names)]
        if self._extract is not None:
            outputs = self._extract(x)
        else:
            outputs = _run_to(self._fit((size[0], size[1])), x, [level.name for level in wanted])
        return {level.name: level.to_map(outputs[level.name], size) for level in wanted}

    def _fit(self, size: tuple[int, int]) -> nn.Module:
        """Return the network for pictures of `size`; those of timm that are made for one size are refitted."""
        if not hasattr(self.network, "set_input_size"):
            return self.network
        if size not in self._fitted:
            if len(self._fitted) == KEPT_SIZES:
                self._fitted.pop(next(iter(self._fitted)))
            fitted: Any = _copy(self.network)
            windows = getattr(self.network, "_ref_window_sizes", None)  # Swin's, which keep their size
            fitted.set_input_size(img_size=size, **({"window_size": list(windows)} if windows else {}))
            self._fitted[size] = fitted
        return self._fitted[size]

    def _look(self, name: str) -> tuple[dict[str, Level], float]:
        """Return every layer whose output is laid out over the picture, in the order they end, and the cost of a px."""
        found: dict[str, Level] = {}
        multiply_adds = 0

        def note(layer: str, module: nn.Module, output: Any) -> None:
            nonlocal multiply_adds
            if isinstance(module, nn.Conv2d | nn.Linear) and isinstance(output, Tensor):
                multiply_adds += output.numel() * module.weight[0].numel()
            level = _level(layer, output, {level.stride for level in found.values()})
            if layer and level is not None:
                found.pop(layer, None)  # a layer that is used twice is where it is used last
                found[layer] = level

        height, width = PROBE_PX
        try:
            with torch.inference_mode():
                _hooked(self._fit(PROBE_PX), torch.zeros(1, 3, height, width, device=_device(self.network)), note)
        except Exception as error:  # whatever a network of somebody else does
            line = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
            raise ValueError(f"network {name} does not take pictures of {width}x{height} px: {line}") from None
        return found, multiply_adds / (height * width)

    def _named(self, names: Sequence[str], found: dict[str, Level]) -> tuple[Level, ...]:
        if isinstance(names, str) or not names:
            raise ValueError(f"levels is {names!r}, expected names of layers")
        missing = [name for name in names if name not in found]
        if missing:  # a node of the traced network, which is no layer
            self._extract = _traced(self.network, list(names))
            if self._extract is None:
                usual = [level.name for level in _choose(list(found.values()))]
                raise ValueError(unknown("level", str(missing[0]), usual) + "; or another layer")
            with torch.inference_mode():
                outputs = self._extract(torch.zeros(1, 3, *PROBE_PX, device=_device(self.network)))
            strides = {level.stride for level in found.values()}
            found = {name: level for name in names if (level := _level(name, outputs[name], strides))}
            for name in names:
                if name not in found:
                    raise ValueError(f"level {name!r} is not laid out over the picture")
        return tuple(found[name] for name in names)


class AnySizeTransformer(nn.Module):
    """torchvision's vision transformer for pictures of any size: its embedding of positions is interpolated.

    As `torchvision.models.vision_transformer.interpolate_embeddings`, for pictures that need not be square.
    """

    def __init__(self, network: VisionTransformer) -> None:
        super().__init__()
        self.conv_proj, self.encoder = network.conv_proj, network.encoder
        self.class_token, self.patch_px = network.class_token, network.patch_size

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens (N, 1 + places, C) of pictures (N, 3, H, W)."""
        patches = self.conv_proj(x)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
        tokens = tokens + self._positions(patches.shape[2], patches.shape[3])
        found: Tensor = self.encoder.ln(self.encoder.layers(tokens))
        return found

    def _positions(self, height: int, width: int) -> Tensor:
        own: Tensor = self.encoder.pos_embedding
        side = round((own.shape[1] - 1) ** 0.5)
        if (height, width) == (side, side):
            return own
        grid = own[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, (height, width), mode="bicubic", align_corners=True)
        return torch.cat([own[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


class _DoneError(Exception):
    """The deepest wanted layer has run."""


def _level(name: str, output: Any, strides: Iterable[int]) -> Level | None:
    """Return the level that `output`, for a picture of `PROBE_PX`, is; None if it is not laid out over the picture."""
    if not isinstance(output, Tensor) or not output.is_floating_point():
        return None
    shape = tuple(output.shape)
    if len(shape) == 4:
        for axes, channels, last in ((shape[2:], shape[1], False), (shape[1:3], shape[3], True)):
            stride = _stride(axes)
            if stride is not None:
                return Level(name, stride, channels, None, last)
    if len(shape) == 3:
        for stride in sorted(strides, reverse=True):
            prefix = shape[1] - (PROBE_PX[0] // stride) * (PROBE_PX[1] // stride)
            if 0 <= prefix <= MOST_PREFIX:
                return Level(name, stride, shape[2], prefix)
    return None


def _stride(axes: Sequence[int]) -> int | None:
    """Return the stride of a map of these sides; without padding both are short by the same few places."""
    more = axes[1] - axes[0]
    if more <= 0 or (PROBE_PX[1] - PROBE_PX[0]) % more:
        return None
    stride = (PROBE_PX[1] - PROBE_PX[0]) // more
    return stride if 0 <= PROBE_PX[0] // stride - axes[0] <= MOST_SHORT else None


def _choose(found: list[Level]) -> tuple[Level, ...]:
    """Return the last layer of each stride, or the blocks after each quarter of the depth where there is one stride.

    Only as deep in layers of layers as is needed for one of each stride, so that none is from within a block.
    """
    coarsest = max(COARSEST, min(level.stride for level in found))
    outermost: dict[int, int] = {}
    for level in found:
        if level.stride <= coarsest:
            outermost[level.stride] = min(level.name.count("."), outermost.get(level.stride, level.name.count(".")))
    depth = max(outermost.values())
    by_stride = {level.stride: level for level in found if level.stride <= coarsest and level.name.count(".") <= depth}
    if len(by_stride) > 1:
        return tuple(by_stride[stride] for stride in sorted(by_stride))
    groups: dict[str, list[Level]] = {}
    for level in found:
        parent, _, child = level.name.rpartition(".")
        if child[-1].isdigit():
            groups.setdefault(parent, []).append(level)
    long = {parent: blocks for parent, blocks in groups.items() if len(blocks) >= QUARTERS}
    if not long:
        return tuple(by_stride.values())
    blocks = long[min(long, key=lambda parent: (parent.count("."), -len(long[parent])))]
    return tuple(blocks[len(blocks) * quarter // QUARTERS - 1] for quarter in range(1, QUARTERS + 1))


def _traced(network: nn.Module, names: list[str]) -> nn.Module | None:
    """Return the network as torchvision traces it, cut behind `names`; None if it cannot be traced or lacks one."""
    try:
        cut: nn.Module = create_feature_extractor(network, {n: n for n in names}, suppress_diff_warning=True)
    except Exception:  # tracing runs code of any kind
        return None
    finally:
        network.eval()  # it is traced in training mode too, and left in it where that fails
    return cut.eval()


def _copy(network: nn.Module) -> nn.Module:
    """Return a copy that shares parameters and buffers."""
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    return deepcopy(network, shared)


def _hooked(network: nn.Module, x: Tensor, note: Callable[[str, nn.Module, Any], object]) -> None:
    """Run `network` on `x`; `note` is told each layer's name, itself and its output, as the layers end."""

    def hook(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def tell(module: nn.Module, _: Any, output: Any) -> None:
            note(name, module, output)

        return tell

    handles = [module.register_forward_hook(hook(name)) for name, module in network.named_modules()]
    try:
        network(x)
    finally:
        for handle in handles:
            handle.remove()


def _run_to(network: nn.Module, x: Tensor, names: list[str]) -> dict[str, Any]:
    """Return the outputs of the layers `names`; nothing is run behind the last of them."""
    found: dict[str, Any] = {}

    def note(name: str, module: nn.Module, output: Any) -> None:
        if name in names:
            found[name] = output
        if len(found) == len(names):
            raise _DoneError

    with suppress(_DoneError):
        _hooked(network, x, note)
    return found


def _device(network: nn.Module) -> torch.device:
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
