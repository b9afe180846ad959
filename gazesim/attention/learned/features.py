"""What a frozen trunk makes of a picture: its deeper layers, all at the stride of the deepest."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.checks import check_at_least, check_option
from gazesim.encoders.backbones import Trunk

MULTIPLE = 16  # px; the sides of what the trunk sees are whole multiples
LARGEST = 60_000.0  # which float16 holds


@dataclass(frozen=True)
class FeatureSettings:
    """The choices of `TrunkFeatures`.

    Parameters
    ----------
    long_side : int
        To so many px the longer side of a picture is scaled before the trunk sees it.
    precision : {"float32", "bfloat16"}
        "bfloat16" is twice as fast on processors that have such arithmetic; features then differ by about 1 %.
    """

    long_side: int = 640
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_at_least("long_side", self.long_side, MULTIPLE)
        check_option("precision", self.precision, ("float32", "bfloat16"))


class TrunkFeatures:
    """Features of a picture: the last layers of the third and second deepest level, and each of the deepest.

    A level is a stretch of layers between two pooling layers. Of VGG16 these are 3_3, 4_3, 5_1, 5_2 and 5_3, after
    their ReLU, 2304 channels together.

    Parameters
    ----------
    trunk : Trunk
    settings : FeatureSettings

    Attributes
    ----------
    kind : str
        Which trunks give the same features: the architecture and how a picture becomes its input.
    """

    def __init__(self, trunk: Trunk, settings: FeatureSettings = FeatureSettings()) -> None:
        self.trunk, self.settings = trunk, settings
        self.kind = f"{trunk.name}, {trunk.preprocessing}{', grey' if trunk.grey else ''}"
        self._read = layers_read(trunk.layers)
        layers = trunk.layers[: max(self._read) + 1]
        self._layers = deepcopy(layers).bfloat16() if settings.precision == "bfloat16" else layers

    def scaled(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height at which the trunk sees a picture."""
        scale = self.settings.long_side / max(width, height)
        sides = (max(MULTIPLE, MULTIPLE * round(scale * side / MULTIPLE)) for side in (width, height))
        return next(sides), next(sides)

    def __call__(self, picture: NDArray[np.uint8]) -> Tensor:
        """Return the features (rows, columns, channels), float32 on the CPU, of `picture` (H, W, 3) uint8 RGB."""
        return torch.cat(self.layers(picture, self.scaled(picture.shape[1], picture.shape[0])), dim=2)

    @torch.inference_mode()
    def layers(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> list[Tensor]:
        """Return the features (rows, columns, channels) of each layer that is read, of a picture scaled to `size`."""
        way = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_LINEAR
        x = self.trunk.to_input(np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8))
        x = x.contiguous(memory_format=torch.channels_last)
        x, found = x.bfloat16() if self.settings.precision == "bfloat16" else x, []
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            for number, layer in enumerate(self._layers):
                x = layer(x)
                if number in self._read:
                    found.append(x.float())
        shape = found[-1].shape[-2:]
        brought = [F.interpolate(each, shape, mode="area")[0].permute(1, 2, 0) for each in found]
        return [each.clamp(-LARGEST, LARGEST).cpu().contiguous() for each in brought]


def layers_read(features: nn.Sequential) -> tuple[int, ...]:
    """Return which layers of a trunk are read: the last ones of two levels, and each ReLU of the deepest."""
    pools = [number for number, layer in enumerate(features) if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d)]
    last = len(features) - 1
    if pools and pools[-1] == last:
        last = pools.pop() - 1
    deepest = [n for n in range(pools[-1] + 1 if pools else 0, last) if isinstance(features[n], nn.ReLU)]
    return (*(pool - 1 for pool in pools[-2:]), *deepest, last)
