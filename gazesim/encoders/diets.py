"""Visual diets that need no training: the network that pictures turned, mirrored or grey would have made.

A network trained on turned pictures is, on average over trainings, the turned network: each kernel turned, so that the
features of a turned picture are the turned features. Gupta et al. (NeurIPS 2021) train one on pictures turned by 90
degrees; here nothing is trained and the two networks differ in nothing else.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

TURNS: dict[str, Callable[[Tensor], Tensor]] = {
    "rot90": lambda x: torch.rot90(x, 1, (-2, -1)),
    "rot180": lambda x: torch.rot90(x, 2, (-2, -1)),
    "rot270": lambda x: torch.rot90(x, 3, (-2, -1)),
    "mirror": lambda x: x.flip(-1),
    "light_from_below": lambda x: x.flip(-2),
}
DIETS = {
    "rot90": "pictures turned by 90 degrees counterclockwise",
    "rot180": "pictures turned by 180 degrees",
    "rot270": "pictures turned by 90 degrees clockwise",
    "mirror": "left and right exchanged",
    "light_from_below": "top and bottom exchanged: what is lit from above is lit from below",
    "grey": "pictures without colour",
}


def turn(features: nn.Sequential, diet: str) -> nn.Sequential:
    """Turn the kernels of all convolutions of `features`, in place, by one of `TURNS`, and return it.

    What the layers make of the picture `TURNS[diet](x)` is then `TURNS[diet]` of what they made of `x`, where strides
    and pools divide the sides of `x` evenly and padding is the same on all sides.
    """
    for layer in features.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = TURNS[diet](layer.weight.data).contiguous()
    return features
