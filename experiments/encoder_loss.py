"""eccNET's search as a loss: a target's features must be found where the target was cut from.

A display is a square picture, a target a patch cut from one of the displays of its batch and then changed. The
last three stages of a trunk are compared as in `gazesim.attention.top_down.target`: features of the displays at a
stride of 16 px, features of the targets at a stride of 32 px, plain correlation without normalisation.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gazesim.encoders.backbones import TORCHVISION_MEAN, TORCHVISION_STD, vgg_layers
from gazesim.encoders.eccentricity import Eccentricity, PoolKind, pool_same

STRIDE = 16  # px of the display per cell of the map
PX_PER_DEGREE = 30  # of the published pooling windows
FIND_RADIUS = 18.0  # px around the target's centre that count as right


@dataclass(frozen=True)
class Pooling:
    """How the pooling layers treat a batch: what they do, and how far from the fixation each image lies."""

    kind: PoolKind = "average"
    eccentricities_deg: tuple[float, ...] = ()

    def __call__(self, x: Tensor, stage: int) -> Tensor:
        """Pool `x`, the output of `stage` (the first is 1), with stride 2."""
        windows = [eccnet_window(stage, degrees) for degrees in self.eccentricities_deg]
        if not windows or max(windows) == 2:
            return pool_same(x, 2, self.kind)
        images = zip(x.split(1), windows, strict=True)
        return torch.cat([pool_same(image, window, self.kind) for image, window in images])


def eccnet_window(stage: int, degrees: float) -> int:
    """Return eccNET's pooling window after `stage` at `degrees` from the fixation, px of that layer's input.

    >>> [eccnet_window(4, degrees) for degrees in (2, 6, 10)]
    [2, 3, 6]
    """
    eccentricity = Eccentricity()
    beyond = max(0.0, degrees - eccentricity.fovea_deg) * PX_PER_DEGREE / 2 ** (stage - 1)
    return 2 + round(eccentricity.slopes[stage - 1] * beyond)


class Student(nn.Module):
    """The trunk that is trained, with what training needs beside it.

    features : the trunk
    head     : classifies CIFAR-10 from the mean of the last stage
    gains    : log of how steep the softmax over each stage's map and over their combination is
    """

    def __init__(self, config: list[int | str]) -> None:
        super().__init__()
        self.features = vgg_layers(config)
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        widths = [width for width in config if isinstance(width, int)]
        self.head = nn.Linear(widths[-1], 10)
        self.gains = nn.Parameter(torch.tensor([1.0, 1.0, 1.0, 15.0]).log())

    def classify(self, images: Tensor) -> Tensor:
        """Return the logits (n, 10) of CIFAR-10's classes."""
        return self.head(stages(self.features, images, Pooling())[-1].mean((2, 3)))


def stages(trunk: nn.Sequential, images: Tensor, pooling: Pooling) -> list[Tensor]:
    """Return the last three stages of a trunk that ends with its fifth pool, each before its pool.

    The layers run in bfloat16, twice as fast on a CPU that has it; the result is float32.
    """
    mean, std = (images.new_tensor(values)[:, None, None] for values in (TORCHVISION_MEAN, TORCHVISION_STD))
    x, maps = (images - mean) / std, []
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for layer in trunk[:-1]:
            if isinstance(layer, nn.MaxPool2d):
                maps.append(x)
                x = pooling(x, len(maps))
            else:
                x = layer(x)
    maps.append(x)
    return [stage.float() for stage in maps[-3:]]


def display_features(maps: list[Tensor], kind: PoolKind) -> list[Tensor]:
    """Bring the last three stages (strides 4, 8, 16) to stride 16 with plain pools."""
    brought = []
    for halvings, x in zip((2, 1, 0), maps, strict=True):
        for _ in range(halvings):
            x = pool_same(x, 2, kind)
        brought.append(x)
    return brought


def target_features(maps: list[Tensor], kind: PoolKind) -> list[Tensor]:
    """Bring the last three stages to stride 32: one pool further than a display's."""
    return display_features([pool_same(x, 2, kind) for x in maps], kind)


def correlate(features: Tensor, kernels: Tensor) -> Tensor:
    """Slide each kernel (t, c, k, k) over each map (n, c, h, w): (t, n, h, w), zero "same" padding."""
    k = kernels.shape[-1]
    return F.conv2d(F.pad(features, ((k - 1) // 2, k // 2) * 2), kernels).transpose(0, 1)


def right_cells(centres: Tensor, height: int, width: int, radius: float) -> Tensor:
    """Return which cells of a map look within `radius` px of the `centres` (t, 2): bool (t, height, width).

    The published search looks at the first px of the winning cell, the linear one at its middle; the place that
    counts lies between.
    """
    y, x = (torch.arange(n) * STRIDE + 2.0 for n in (height, width))
    return torch.hypot(x - centres[:, 0, None, None], y[:, None] - centres[:, 1, None, None]) <= radius


def search_loss(student: Student, displays: Tensor, targets: Tensor, centres: Tensor, pooling: Pooling) -> Tensor:
    """Return how badly each stage, and at last all three together, find the targets: cross-entropies (4,).

    A stage's map is standardised over all cells of all displays, a softmax over these cells says where the target
    is. The three maps of the target's own display are then scaled to 0..1 and averaged as in the search.

    Parameters
    ----------
    displays : float (n, 3, side, side)
    targets : float (n * k, 3, s, s)
        The first k were cut from the first display, and so on.
    centres : float (n, k, 2)
        Where, (x, y) in px of the display.
    pooling : Pooling
        How the displays are seen; targets are always seen in the fovea.
    """
    n, k = centres.shape[:2]
    of_display, of_target = (
        stages(student.features, displays, pooling),
        stages(student.features, targets, Pooling(pooling.kind)),
    )
    pairs = zip(display_features(of_display, pooling.kind), target_features(of_target, pooling.kind), strict=True)
    maps = torch.stack([correlate(features, kernels) for features, kernels in pairs])
    t, own = torch.arange(n * k), torch.arange(n).repeat_interleave(k)
    right = torch.zeros(maps.shape[1:], dtype=torch.bool)
    right[t, own] = right_cells(centres.flatten(0, 1), *maps.shape[-2:], FIND_RADIUS)
    gains = student.gains.exp()
    losses = [miss(standardised(x) * gain, right) for x, gain in zip(maps, gains[:3], strict=True)]
    together = torch.stack([scaled(x[t, own]) for x in maps]).mean(0)
    return torch.stack([*losses, miss(together * gains[3], right[t, own])])


def miss(logits: Tensor, right: Tensor) -> Tensor:
    """Return the mean of -log of the probability (softmax per target) of all `right` cells together."""
    log_p = logits.flatten(1).log_softmax(1)
    return -log_p.masked_fill(~right.flatten(1), -math.inf).logsumexp(1).mean()


def standardised(maps: Tensor) -> Tensor:
    """Scale the maps (t, n, h, w) of each target to mean 0 and variance 1."""
    flat = maps.flatten(1)
    return ((flat - flat.mean(1, keepdim=True)) / (flat.std(1, keepdim=True) + 1e-6)).view_as(maps)


def scaled(maps: Tensor) -> Tensor:
    """Scale each map (t, h, w) to 0..1."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low + 1e-6)
