"""The foveated encoder: a trunk cut at its pooling layers, so that each level can be read."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.checks import check_option
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.background import BackgroundView, Stage, changed
from gazesim.encoders.cost import Cost, cost_of_view
from gazesim.encoders.eccentricity import Eccentricity, PoolKind, SamePool2d, foveate

KEPT_RESOLUTIONS = 8  # in each the trunk is cut anew
KEPT = 2  # views of background: those of VGG16 with 1358 px hold 0.3 GiB each
WORTHWHILE = 0.8  # the share of the view that may differ from the background


@dataclass(frozen=True)
class EncoderSettings:
    """The choices of `FoveatedEncoder`.

    Parameters
    ----------
    eccentric : bool
        Whether pooling windows grow with eccentricity; without, all is seen as sharp as in the fovea.
    pooling : {"average", "max"}
        What all pooling layers do.
    precision : {"float32", "bfloat16"}
        "bfloat16" computes the deepest levels, two with average and one with maximum pooling, with 8
        significant bits: faster on processors that have such arithmetic, other fixations in about 1 % of steps.
    foveation : {"pools", "pyramid"}, optional
        What grows with eccentricity: the windows of the trunk's pooling layers, or those over which the features of
        its levels are averaged (`gazesim.encoders.pyramid`). None is the first where the trunk is a sequence of layers,
        as VGG, and the second for all other networks.
    """

    eccentric: bool = True
    pooling: PoolKind = "average"
    precision: Literal["float32", "bfloat16"] = "float32"
    foveation: Literal["pools", "pyramid"] | None = None

    def __post_init__(self) -> None:
        check_option("eccentric", self.eccentric, (True, False))
        check_option("pooling", self.pooling, ("average", "max"))
        check_option("precision", self.precision, ("float32", "bfloat16"))
        check_option("foveation", self.foveation, (None, "pools", "pyramid"))


class FoveatedEncoder:
    """Turns pictures into feature maps, sharp at the centre and pooled more with eccentricity.

    A level is a stretch of layers between two pooling layers, counted from 1 (VGG has five). Its features are
    those of its last layer, before its pool.

    Parameters
    ----------
    trunk : Trunk
        The CNN and its weights.
    settings : EncoderSettings
    eccentricity : Eccentricity
        How the windows grow.

    Attributes
    ----------
    grid : int
        Views are to begin at multiples of so many px of the display.
    """

    grid = 1

    def __init__(
        self,
        trunk: Trunk,
        settings: EncoderSettings = EncoderSettings(),
        eccentricity: Eccentricity = Eccentricity(),  # noqa: B008
    ) -> None:
        self.trunk, self.pooling, self.precision = trunk, settings.pooling, settings.precision
        self.eccentricity = eccentricity if settings.eccentric else None
        self._cuts: dict[float, list[Stage]] = {}
        self.levels = tuple(range(1, len(self._cut(1.0)) + 1))
        self._halve = SamePool2d(2, self.pooling)
        self._backgrounds: dict[tuple[bytes, int, float, tuple[int, ...]], BackgroundView] = {}

    def search_features(
        self, views: Sequence[NDArray[np.uint8]], px_per_degree: float, levels: Sequence[int]
    ) -> dict[int, Tensor]:
        """Return each level's features at the stride of the deepest level (16 for VGG).

        Parameters
        ----------
        views : sequence of N arrays (S, S, 3) uint8
            Pictures of one size with the fixation at px (S // 2, S // 2).
        px_per_degree : float
            Their resolution.
        levels : sequence of int
            The levels to return; deeper layers are not run.

        Returns
        -------
        dict of level -> float32 (N, channels, n, n)
        """
        if len(views) == 1:
            rows, columns = changed(views[0])
            if 0 < (rows[1] - rows[0]) * (columns[1] - columns[0]) < WORTHWHILE * views[0].shape[0] ** 2:
                background = self._background(views[0], px_per_degree, levels)
                found = background.features(views[0], rows, columns)
                return {level: features.float() for level, features in found.items()}
        run = self._run(views, px_per_degree, levels)
        return {level: self._bring(features, level).float() for level, features, _ in run}

    def target_features(
        self, target: NDArray[np.uint8], px_per_degree: float, levels: Sequence[int]
    ) -> dict[int, Tensor]:
        """Return each level's features of a `target` (h, w, 3), one pooling further than `search_features`."""
        try:
            run = self._run([target], px_per_degree, levels)
        except RuntimeError as error:
            if not re.search(r"kernel size|output size", str(error), re.IGNORECASE):
                raise
            height, width = target.shape[:2]
            raise ValueError(f"target is {width}x{height} px, too small for trunk {self.trunk.name}") from None
        return {level: self._bring(pool(features), level).float() for level, features, pool in run}

    def cost(self, side: int, px_per_degree: float, levels: Sequence[int], display_share: float, px: int) -> Cost:
        """Return what seeing a view of `side` px costs, `display_share` of which is a display of `px` px."""
        stages = [layers for layers, _ in self._cut(px_per_degree)[: max(levels)]]
        return cost_of_view(stages, side, display_share, px)

    @torch.inference_mode()
    def _run(
        self, images: Sequence[NDArray[np.uint8]], px_per_degree: float, levels: Sequence[int]
    ) -> list[tuple[int, Tensor, SamePool2d]]:
        x, found = torch.cat([self.trunk.to_input(image) for image in images]), []
        # a GPU's TF32 has 10 significant bits: float32 is to mean float32 there too
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=self.precision != "float32"):
            for level, (layers, pool) in enumerate(self._cut(px_per_degree), start=1):
                x = layers(x)
                if level in levels:
                    found.append((level, x, pool))
                if level == max(levels):
                    break
                x = pool(x)
        return found

    @torch.inference_mode()
    def _bring(self, features: Tensor, level: int) -> Tensor:
        for _ in range(len(self.levels) - level):
            features = self._halve(features)
        return features

    def _background(self, view: NDArray[np.uint8], px_per_degree: float, levels: Sequence[int]) -> BackgroundView:
        key = view[0, 0].tobytes(), len(view), px_per_degree, tuple(levels)
        if key not in self._backgrounds:
            if len(self._backgrounds) == KEPT:
                self._backgrounds.pop(next(iter(self._backgrounds)))
            stages = self._cut(px_per_degree)
            self._backgrounds[key] = BackgroundView(self.trunk, stages, self._halve, view[0, 0], len(view), levels)
        return self._backgrounds[key]

    def _cut(self, px_per_degree: float) -> list[Stage]:
        """Return (layers, pool) of each level; a last level without a pool gets a plain one."""
        if px_per_degree not in self._cuts:
            layers = foveate(self.trunk.features, px_per_degree, eccentricity=self.eccentricity, pooling=self.pooling)
            stages = list(_split(layers, SamePool2d(2, self.pooling)))
            if self.precision == "bfloat16":
                rounded = 2 if self.pooling == "average" else 1
                stages[-rounded:] = [(_rounded(layers), pool) for layers, pool in stages[-rounded:]]
            if len(self._cuts) == KEPT_RESOLUTIONS:
                self._cuts.pop(next(iter(self._cuts)))
            self._cuts[px_per_degree] = stages
        return self._cuts[px_per_degree]


def _split(layers: nn.Sequential, last_pool: SamePool2d) -> Iterator[Stage]:
    stage: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, SamePool2d):
            yield nn.Sequential(*stage), layer
            stage = []
        else:
            stage.append(layer)
    if stage:
        yield nn.Sequential(*stage), last_pool


class _Round(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.bfloat16()


def _rounded(layers: nn.Sequential) -> nn.Sequential:
    """Return a copy of `layers` that takes float32 and computes with bfloat16."""
    return nn.Sequential(_Round(), *deepcopy(layers).bfloat16())
