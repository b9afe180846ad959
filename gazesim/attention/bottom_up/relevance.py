"""Relevance of each px for what a network answers, by layer-wise relevance propagation, and the map made of it.

Salient Relevance: Li, Tian, Mueller & Chen, Image and Vision Computing, 2019 (arXiv 1712.08268). The rules:
Bach et al., PLoS ONE 10(7), e0130140, 2015; Montavon et al., Pattern Recognition 65, 211-222, 2017.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.squeezenet import Fire

from gazesim.attention import ModelSpec
from gazesim.attention.bottom_up.context_aware import context_aware
from gazesim.attention.bottom_up.saliency import SaliencyAttention
from gazesim.attention.loss_driven.network import Network, load_network
from gazesim.checks import check_at_least, check_option
from gazesim.encoders.backbones import TrunkSettings

Rule = Literal["z+", "z"]
SAME = (nn.ReLU, nn.Dropout, nn.Identity)
AVERAGES = (nn.AvgPool2d, nn.AdaptiveAvgPool2d)


@dataclass(frozen=True)
class RelevanceSettings:
    """The choices of `salient_relevance`.

    Parameters
    ----------
    relevance_px : int
        Shorter side to which the display is brought before the network sees it.
    rule : {"z+", "z"}
        How a convolution shares out relevance: in proportion to the contributions of positive weights, by which
        relevance is conserved, or, as published, to all contributions with the bias, by which it is not.
    context : bool
        Whether context-aware saliency follows, as published; without it the map is the relevance of each px.
    """

    relevance_px: int = 224
    rule: Rule = "z+"
    context: bool = True

    def __post_init__(self) -> None:
        check_at_least("relevance_px", self.relevance_px, 32)
        check_option("rule", self.rule, ("z+", "z"))
        check_option("context", self.context, (True, False))


def salient_relevance(
    picture: NDArray[np.uint8], network: Network, settings: RelevanceSettings = RelevanceSettings()
) -> NDArray[np.float64]:
    """Return the Salient Relevance map (h, w) of `picture` (H, W, 3) for what `network` sees in it.

    The relevance of a px is the sum of its three colours' and counts whatever its sign.
    """
    height, width = picture.shape[:2]
    scale = settings.relevance_px / min(height, width)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(1, round(width * scale)), max(1, round(height * scale))
    seen = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
    relevance = propagate(network, seen, settings.rule)[-1]
    found = np.asarray(relevance.sum(dim=1)[0].abs().cpu().double().numpy())
    return context_aware(found) if settings.context else found


def propagate(network: Network, picture: NDArray[np.uint8], rule: Rule = "z+") -> list[Tensor]:
    """Return the relevance of what each layer is given, from the network's answer down to the px.

    It begins with the logit of the class that the network sees, or, without a classifier, with all features of
    the last stage. Under "z+" the sum of all relevances is the same at every layer; where no positive
    contribution exists, a unit's relevance is spread evenly over what it sees. The px themselves, which may be
    negative, share in proportion to their contributions above the least possible ones (z^B).

    Parameters
    ----------
    network : Network
    picture : uint8 (H, W, 3)
    rule : {"z+", "z"}

    Returns
    -------
    list of Tensor
        The last one is (1, 3, H, W).

    Raises
    ------
    ValueError
        If the network has layers for which there is no rule.
    """
    layers = layers_of(network)
    with torch.no_grad():
        given = [network.to_input(picture)]
        for layer in layers:
            given.append(layer(given[-1]))
    answer = given.pop()
    if network.head is not None:
        answer = answer * F.one_hot(answer.argmax(dim=1), answer.shape[1])
    low, high = (network.to_input(np.full_like(picture, value)) for value in (0, 255))
    found = [answer]
    for number in reversed(range(len(layers))):
        bounds = (low, high) if number == 0 and rule == "z+" else None
        found.append(_back(layers[number], given[number], found[-1], rule, bounds))
    return found


def layers_of(network: Network) -> list[nn.Module]:
    """Return the layers of `network` in order, batch normalisation taken into the convolutions before it."""
    stages = [*network.stages, *([] if network.head is None else [network.head])]
    layers: list[nn.Module] = []
    for layer in chain(*(stage if isinstance(stage, nn.Sequential) else [stage] for stage in stages)):
        if isinstance(layer, nn.BatchNorm2d) and layers and isinstance(layers[-1], nn.Conv2d):
            layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
        elif isinstance(layer, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.Flatten, Fire, *SAME, *AVERAGES)):
            layers.append(layer)
        else:
            raise ValueError(f"relevance has no rule for {type(layer).__name__} of {network.name}, expected a trunk")
    return layers


def _back(
    layer: nn.Module, x: Tensor, relevance: Tensor, rule: Rule, bounds: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    """Return the relevance of the input `x` of `layer`, given that of its output."""
    if isinstance(layer, SAME):
        return relevance
    if isinstance(layer, nn.Flatten):
        return relevance.reshape(x.shape)
    if isinstance(layer, nn.MaxPool2d):  # the winner takes all
        return _gradient(layer, x, relevance)
    if isinstance(layer, AVERAGES):
        return _share(layer, layer, x, relevance)
    if isinstance(layer, nn.Linear):
        weight = layer.weight.clamp(min=0)
        return _share(lambda x: F.linear(x, weight), lambda x: F.linear(x, torch.ones_like(weight)), x, relevance)
    if isinstance(layer, Fire):
        return _back_fire(layer, x, relevance, rule)
    assert isinstance(layer, nn.Conv2d)
    if rule == "z":
        output = layer(x) + 1e-9
        return x * _gradient(layer, x, relevance / output)
    return _back_convolution(layer, x, relevance, bounds)


def _back_convolution(layer: nn.Conv2d, x: Tensor, relevance: Tensor, bounds: tuple[Tensor, Tensor] | None) -> Tensor:
    def convolve(weight: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda x: F.conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)

    weight, ones = layer.weight, torch.ones_like(layer.weight)
    positive, negative = weight.clamp(min=0), weight.clamp(max=0)
    if bounds is None:
        return _share(convolve(positive), convolve(ones), x, relevance)
    low, high = bounds
    parts = ((x, weight, 1), (low, positive, -1), (high, negative, -1))
    output = sum((sign * convolve(w)(part) for part, w, sign in parts), torch.zeros_like(relevance))
    seen = output > 1e-12
    ratio = torch.where(seen, relevance / output.where(seen, torch.ones_like(output)), 0)
    shared = sum((sign * part * _gradient(convolve(w), part, ratio) for part, w, sign in parts), torch.zeros_like(x))
    return shared + _share(convolve(ones), convolve(ones), torch.ones_like(x), relevance.where(~seen, 0))


def _back_fire(layer: Fire, x: Tensor, relevance: Tensor, rule: Rule) -> Tensor:
    """Go back through SqueezeNet's module: one convolution, then two side by side."""
    with torch.no_grad():
        squeezed = layer.squeeze_activation(layer.squeeze(x))
    narrow, wide = relevance.tensor_split([layer.expand1x1.out_channels], dim=1)
    both = _back(layer.expand1x1, squeezed, narrow, rule) + _back(layer.expand3x3, squeezed, wide, rule)
    return _back(layer.squeeze, x, both, rule)


def _share(
    contribute: Callable[[Tensor], Tensor], evenly: Callable[[Tensor], Tensor], x: Tensor, relevance: Tensor
) -> Tensor:
    """Share out `relevance` in proportion to what `x` contributes; evenly where nothing contributes.

    `contribute` and `evenly` are linear, with weights of at least 0, and x is of at least 0.
    """
    with torch.no_grad():
        output = contribute(x)
    seen = output > 1e-12
    found = x * _gradient(contribute, x, torch.where(seen, relevance / output.where(seen, torch.ones_like(output)), 0))
    if seen.all():
        return found
    ones = torch.ones_like(x)
    with torch.no_grad():
        number = evenly(ones)
    return found + _gradient(evenly, ones, relevance.where(~seen, 0) / number)


def _gradient(function: Callable[[Tensor], Tensor], x: Tensor, weights: Tensor) -> Tensor:
    """Return the derivative by `x` of the sum of `weights` times what `function` makes of x."""
    x = x.detach().requires_grad_()
    (found,) = torch.autograd.grad(function(x), x, weights)
    return found


def _build(weights: str | Path | nn.Module, device: str, parts: Mapping[type, Any]) -> SaliencyAttention:
    network = load_network(weights, parts[TrunkSettings], device=device)
    layers_of(network)  # a network without rules is refused here
    return SaliencyAttention(partial(salient_relevance, network=network, settings=parts[RelevanceSettings]))


RELEVANCE = ModelSpec(_build, (TrunkSettings, RelevanceSettings))
