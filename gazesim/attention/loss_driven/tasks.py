"""What a foveated view of a display is to serve: the task losses that loss-driven attention minimises."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.attention import Need, target_image
from gazesim.attention.loss_driven.network import Network, imagenet_classes, pooled
from gazesim.checks import unknown
from gazesim.trial import Trial


@dataclass(frozen=True, eq=False)
class Task:
    """A network and a loss of what it makes of a view.

    to_input : a picture (S, S, 3) uint8 -> its input (1, 3, S, S)
    stages   : the network; a view may be blended of two pictures before any of them
    goal     : the trial and the network's output (1, ...) for the sharp display -> what outputs are compared with
    loss     : outputs (N, ...) and goals (N, ...) -> losses (N,), lower is better
    needs    : what a trial must have to give a goal
    check    : raises ValueError at a trial that has it and yet gives none
    """

    to_input: Callable[[NDArray[np.uint8]], Tensor]
    stages: tuple[nn.Module, ...]
    goal: Callable[[Trial, Tensor], Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    needs: frozenset[Need] = frozenset()
    check: Callable[[Trial], object] = bool


def reconstruction(network: Network) -> Task:
    """Return the task of seeing what the sharp display holds.

    The loss is the squared error of the deepest features, as a share of the sharp ones' sum of squares.
    """
    return Task(network.to_input, network.stages, _sharp, _squared_error)


def _sharp(trial: Trial, sharp: Tensor) -> Tensor:
    return sharp


def _squared_error(output: Tensor, goal: Tensor) -> Tensor:
    return (output - goal).square().flatten(1).sum(1) / goal.square().flatten(1).sum(1).clamp(min=1e-12)


def classification(network: Network) -> Task:
    """Return the task of recognising a class: the loss is the cross-entropy.

    The class is the one that the trial names in words, else the one that the network sees in the sharp display.
    """
    goal, loss = partial(_class, network=network), partial(_cross_entropy, network=network)
    return Task(network.to_input, network.stages, goal, loss, check=partial(_check_class, network=network))


def _class(trial: Trial, sharp: Tensor, network: Network) -> Tensor:
    if trial.target_text is not None:
        return torch.tensor([_class_index(network, trial)], device=sharp.device)
    return network.logits(sharp).argmax(dim=1)


def _cross_entropy(output: Tensor, goal: Tensor, network: Network) -> Tensor:
    return F.cross_entropy(network.logits(output), goal, reduction="none")


def _check_class(trial: Trial, network: Network) -> None:
    if trial.target_text is not None:
        _class_index(network, trial)


def _class_index(network: Network, trial: Trial) -> int:
    if network.head is None:
        raise ValueError(
            f"trial {trial.id!r} names a class, but weights of {network.name} have no classifier; "
            "expected weights=torchvision or a file with one"
        )
    if trial.target_text not in imagenet_classes():
        near = unknown("class", str(trial.target_text), imagenet_classes()).rpartition("; ")[2]
        hint = f"; {near}" if near.startswith("did") else ""
        raise ValueError(f"target_text is {trial.target_text!r}, expected the name of a class of ImageNet{hint}")
    return imagenet_classes().index(str(trial.target_text))


def similarity(network: Network, side: int) -> Task:
    """Return the task of seeing something like the target's image, enlarged to `side` x `side` px.

    The loss is 1 - the cosine between the spatial means of the deepest features of view and target.
    """
    goal = partial(_features_of_target, network=network, side=side)
    return Task(network.to_input, network.stages, goal, _distance, frozenset({"target_image"}))


def _features_of_target(trial: Trial, sharp: Tensor, network: Network, side: int) -> Tensor:
    return pooled(network.features(resized(target_image(trial), side)))


def _distance(output: Tensor, goal: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(pooled(output), goal)


def resized(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return `picture` (H, W, 3) at side x side px, whatever its proportions."""
    how = cv2.INTER_AREA if max(picture.shape[:2]) > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how), np.uint8)
