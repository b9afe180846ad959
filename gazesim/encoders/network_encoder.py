"""The encoder of searches with any network: its features pooled by pyramids, one run for all fixations on a display."""

import re
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.encoders.backbones import Trunk
from gazesim.encoders.background import changed
from gazesim.encoders.cost import Cost, cost_of_network
from gazesim.encoders.eccentricity import Eccentricity, SamePool2d, Span, foveate
from gazesim.encoders.foveated import EncoderSettings
from gazesim.encoders.levels import Level, LevelReader
from gazesim.encoders.pyramid import Pyramid, blend, n_octaves, octaves, window_sides

KEPT_DISPLAYS = 8  # some 100 MB each at 800 x 600 px
BORDER_PX = 64  # of background that the network sees around the display
BACKGROUND_PX = 224

Octaves = dict[int, list[Tensor]]


class NetworkEncoder:
    """Turns pictures into feature maps of any network, pooled more with eccentricity; as `FoveatedEncoder`.

    The network sees the display and a border of background around it, once; beyond, its features are those of a picture
    of background alone. What a fixation changes is which octave of the pyramid each place has. Views must therefore lie
    on one grid: their corners on the display at multiples of `grid` px.

    Parameters
    ----------
    trunk : Trunk
        The network.
    settings : EncoderSettings
    eccentricity : Eccentricity
        Of which the radius of the fovea is read.
    pyramid : Pyramid
        The growth of the windows, and the layers that are levels.

    Raises
    ------
    ValueError
        If the settings ask for what only networks with pooling layers have, or `LevelReader` or the levels do not fit.
    """

    def __init__(
        self,
        trunk: Trunk,
        settings: EncoderSettings = EncoderSettings(),  # noqa: B008
        eccentricity: Eccentricity = Eccentricity(),  # noqa: B008
        pyramid: Pyramid = Pyramid(),  # noqa: B008
    ) -> None:
        if settings.precision != "float32":
            raise ValueError(f"precision is {settings.precision!r}, expected 'float32' with trunk {trunk.name}")
        self.trunk, self.fovea_deg = trunk, eccentricity.fovea_deg
        self.slope = pyramid.pyramid_slope if settings.eccentric else 0.0
        self.reader = LevelReader(_pooling_as(trunk.features, settings), pyramid.network_levels)
        self.levels = tuple(range(1, len(self.reader.levels) + 1))
        self.grid = max(level.stride for level in self.reader.levels)
        for level in self.reader.levels:
            ratio = self.grid // level.stride
            if ratio * level.stride != self.grid or ratio & (ratio - 1):
                strides = ", ".join(f"{level.name} {level.stride}" for level in self.reader.levels)
                raise ValueError(f"levels have strides of {strides} px, expected the coarsest 1, 2, 4, ... times each")
        self._halve = SamePool2d(2, settings.pooling)
        self._seen: dict[tuple[bytes, tuple[int, ...], tuple[int, ...]], Octaves] = {}
        self._backgrounds: dict[bytes, dict[int, Tensor]] = {}

    def search_features(
        self, views: Sequence[NDArray[np.uint8]], px_per_degree: float, levels: Sequence[int]
    ) -> dict[int, Tensor]:
        """Return each level's features (N, channels, n, n) at the stride of the deepest level, `grid`.

        Parameters
        ----------
        views : sequence of N arrays (S, S, 3) uint8
            With the fixation at px (S // 2, S // 2); S // 2 is a multiple of `grid`.
        px_per_degree : float
            Their resolution.
        levels : sequence of int
            The levels to return, counted from 1.
        """
        each = [self._of_view(view, px_per_degree, levels) for view in views]
        return {level: torch.cat([found[level] for found in each]) for level in levels}

    def target_features(
        self, target: NDArray[np.uint8], px_per_degree: float, levels: Sequence[int]
    ) -> dict[int, Tensor]:
        """Return each level's features of a `target` (h, w, 3), one pooling further than `search_features`."""
        height, width = target.shape[:2]
        try:
            read = self._read(target, levels)
        except RuntimeError as error:
            if not re.search(r"kernel size|output size", str(error), re.IGNORECASE):
                raise
            raise ValueError(f"target is {width}x{height} px, too small for trunk {self.trunk.name}") from None
        found = {}
        for level, features in read.items():
            stride = self._level(level).stride
            x = features[:, :, : -(-height // stride), : -(-width // stride)]
            found[level] = self._bring(self._halve(x), stride)
        return found

    def cost(self, side: int, px_per_degree: float, levels: Sequence[int], display_share: float, px: int) -> Cost:
        """Return what the first view of a display costs, which takes up `display_share` of a view of `side` px."""
        channels = [self._level(level).channels / self._level(level).stride ** 2 for level in levels]
        seen = display_share * side**2
        return cost_of_network(self.reader.multiply_adds_per_px * seen, sum(channels) * seen, px)

    def _level(self, level: int) -> Level:
        return self.reader.levels[level - 1]

    @torch.inference_mode()
    def _of_view(self, view: NDArray[np.uint8], px_per_degree: float, levels: Sequence[int]) -> dict[int, Tensor]:
        n = len(view) // self.grid
        middle = np.full(2, len(view) // 2, np.float64)
        windows = window_sides((n, n), self.grid, middle, self.slope, self.fovea_deg * px_per_degree)
        around = self._background(view[0, 0], levels)
        found = {level: features.expand(-1, -1, n, n).clone() for level, features in around.items()}
        rows, columns = (self._with_border(span, len(view)) for span in changed(view))
        if rows[0] == rows[1]:
            return found
        part = slice(*(i // self.grid for i in rows)), slice(*(i // self.grid for i in columns))
        for level, kept in self._octaves(view[slice(*rows), slice(*columns)], levels, windows.max()).items():
            found[level][:, :, *part] = blend(kept, windows[part])
        return found

    def _with_border(self, span: Span, side: int) -> Span:
        """Return the px `span` widened by the border, to multiples of what network and grid need; at most the view."""
        if span[0] == span[1]:
            return span
        step = max(self.grid, self.reader.unit)
        start = max(0, (span[0] - BORDER_PX) // self.grid * self.grid)
        length = -(-(span[1] + BORDER_PX - start) // step) * step
        if start + length > side:
            start = max(0, side - length) // self.grid * self.grid
            length = (side - start) // step * step
        return start, start + length

    def _octaves(self, display: NDArray[np.uint8], levels: Sequence[int], widest: float) -> Octaves:
        """Return the octaves of each level's features of `display` (h, w, 3), brought to the grid."""
        key = display.tobytes(), display.shape, tuple(levels)
        n = n_octaves(widest, [side // self.grid for side in display.shape[:2]])
        if key not in self._seen or len(self._seen[key][levels[0]]) < n:
            self._seen.pop(key, None)
            if len(self._seen) == KEPT_DISPLAYS:
                self._seen.pop(next(iter(self._seen)))
            kept = {}
            for level, features in self._read(display, levels).items():
                stride = self._level(level).stride
                kept[level] = [self._bring(octave, stride) for octave in octaves(features, n)]
            self._seen[key] = kept
        return self._seen[key]

    @torch.inference_mode()
    def _read(self, picture: NDArray[np.uint8], levels: Sequence[int]) -> dict[int, Tensor]:
        names = [self._level(level).name for level in levels]
        x = self.trunk.to_input(picture)
        down, across = (-side % self.reader.unit for side in x.shape[2:])
        x = F.pad(x, (0, across, 0, down))  # with zeros, as convolutions do at borders
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # float32 is to mean float32 on a GPU too
            found = self.reader(x, names)
        if not all(features.square().sum().isfinite() for features in found.values()):
            raise ValueError(f"trunk {self.trunk.name}: what a picture gives is too large for float32")
        return {level: found[self._level(level).name].float() for level in levels}

    def _background(self, colour: NDArray[np.uint8], levels: Sequence[int]) -> dict[int, Tensor]:
        """Return each level's features (1, C, 1, 1) amid a picture of background."""
        key = colour.tobytes() + bytes(levels)
        if key not in self._backgrounds:
            if len(self._backgrounds) == KEPT_DISPLAYS:
                self._backgrounds.pop(next(iter(self._backgrounds)))
            side = -(-BACKGROUND_PX // self.reader.unit) * self.reader.unit
            features = self._read(np.full((side, side, 3), colour), levels)
            middle = side // 2
            self._backgrounds[key] = {
                level: x[:, :, middle // self._level(level).stride, middle // self._level(level).stride, None, None]
                for level, x in features.items()
            }
        return self._backgrounds[key]

    def _bring(self, x: Tensor, stride: int) -> Tensor:
        """Return features of `stride` at the stride of the grid."""
        while stride < self.grid:
            x, stride = self._halve(x), stride * 2
        return x


def _pooling_as(features: nn.Module, settings: EncoderSettings) -> nn.Module:
    """Return a sequence of layers with its pooling layers as `settings` have them, as in `FoveatedEncoder`."""
    if not isinstance(features, nn.Sequential):
        return features
    try:
        return foveate(features, 1.0, eccentricity=None, pooling=settings.pooling)
    except ValueError:  # it has none, or not only those
        return features
