"""The foveated encoder: a trunk cut at its pooling layers, so that each level can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.checks import check_option
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.eccentricity import Eccentricity, EccentricityPool2d, PoolKind, SamePool2d, foveate


@dataclass(frozen=True)
class EncoderSettings:
    """The choices of `FoveatedEncoder`.

    Parameters
    ----------
    eccentric : bool
        Whether pooling windows grow with eccentricity; without, all is seen as sharp as in the fovea.
    pooling : {"average", "max"}
        What all pooling layers do.
    """

    eccentric: bool = True
    pooling: PoolKind = "average"

    def __post_init__(self) -> None:
        check_option("eccentric", self.eccentric, (True, False))
        check_option("pooling", self.pooling, ("average", "max"))


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
    """

    def __init__(
        self,
        trunk: Trunk,
        settings: EncoderSettings = EncoderSettings(),
        eccentricity: Eccentricity = Eccentricity(),  # noqa: B008
    ) -> None:
        self.trunk, self.pooling = trunk, settings.pooling
        self.eccentricity = eccentricity if settings.eccentric else None
        self._cuts: dict[float, list[tuple[nn.Sequential, nn.Module]]] = {}
        self.levels = tuple(range(1, len(self._cut(1.0)) + 1))
        self._halve = SamePool2d(2, self.pooling)

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
        return {level: self._bring(features, level) for level, features, _ in self._run(views, px_per_degree, levels)}

    def target_features(
        self, target: NDArray[np.uint8], px_per_degree: float, levels: Sequence[int]
    ) -> dict[int, Tensor]:
        """Return each level's features of a `target` (h, w, 3), one pooling further than `search_features`."""
        run = self._run([target], px_per_degree, levels)
        return {level: self._bring(pool(features), level) for level, features, pool in run}

    @torch.inference_mode()
    def _run(
        self, images: Sequence[NDArray[np.uint8]], px_per_degree: float, levels: Sequence[int]
    ) -> list[tuple[int, Tensor, nn.Module]]:
        x, found = torch.cat([self.trunk.to_input(image) for image in images]), []
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

    def _cut(self, px_per_degree: float) -> list[tuple[nn.Sequential, nn.Module]]:
        """Return (layers, pool) of each level; a last level without a pool gets a plain one."""
        if px_per_degree not in self._cuts:
            layers = foveate(self.trunk.features, px_per_degree, eccentricity=self.eccentricity, pooling=self.pooling)
            self._cuts[px_per_degree] = list(_split(layers, SamePool2d(2, self.pooling)))
        return self._cuts[px_per_degree]


def _split(layers: nn.Sequential, last_pool: nn.Module) -> Iterator[tuple[nn.Sequential, nn.Module]]:
    stage: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, EccentricityPool2d | SamePool2d):
            yield nn.Sequential(*stage), layer
            stage = []
        else:
            stage.append(layer)
    if stage:
        yield nn.Sequential(*stage), last_pool
