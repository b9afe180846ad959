"""Networks that a loss can be traced back through: a trunk cut at its pooling layers, and its classifier."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.checks import unknown
from gazesim.encoders.backbones import (
    PROBE_PX,
    TORCHVISION_MEAN,
    TORCHVISION_STD,
    TRUNKS,
    TrunkSettings,
    check_overflow,
    load_trunk,
    torch_device,
)
from gazesim.encoders.named import NAMED
from gazesim.encoders.networks import torchvision_networks
from gazesim.encoders.weight_files import KERAS_SUFFIXES, read_tensors

POOLS = (nn.MaxPool2d, nn.AvgPool2d)


@dataclass(frozen=True)
class ClassifierSettings:
    """Which network, where it is not a trunk.

    Parameters
    ----------
    classifier : str, optional
        The name of any classification model of torchvision, such as "resnet50", whose weights `weights` are.
        None is the trunk, with its own classifier where the weights have one.
    """

    classifier: str | None = None

    def __post_init__(self) -> None:
        if self.classifier is not None and self.classifier not in torchvision_networks():
            raise ValueError(unknown("classifier", self.classifier, torchvision_networks()))


@dataclass(frozen=True, eq=False)
class Network:
    """A network in stages, so that two pictures can be blended at any of them.

    name     : the architecture
    to_input : a picture (S, S, 3) uint8 -> its input (1, 3, S, S)
    stages   : a trunk's levels, each with its pooling layer; of other networks a single one, up to the logits
    head     : from the last stage's features to the logits, or None without a classifier
    """

    name: str
    to_input: Callable[[NDArray[np.uint8]], Tensor]
    stages: tuple[nn.Module, ...]
    head: nn.Module | None

    def features(self, picture: NDArray[np.uint8]) -> Tensor:
        """Return what the last stage makes of `picture` (S, S, 3), with a leading 1."""
        return run(self.stages, self.to_input(picture))

    def logits(self, features: Tensor) -> Tensor:
        """Return one number per class (N, classes); without a classifier the channels' means are the classes."""
        return pooled(features) if self.head is None else self.head(features)


def run(stages: tuple[nn.Module, ...], x: Tensor) -> Tensor:
    """Return what `stages` make of `x`, one after the other."""
    for stage in stages:
        x = stage(x)
    return x


def pooled(features: Tensor) -> Tensor:
    """Return the mean (N, C) of `features` (N, C, h, w) over space; what is (N, C) stays."""
    return features if features.ndim == 2 else features.mean(dim=(2, 3))


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Return the names of the 1000 classes of ImageNet, in the order of torchvision's logits."""
    return tuple(torchvision.models.SqueezeNet1_0_Weights.DEFAULT.meta["categories"])


def load_network(
    weights: str | Path | nn.Module = "embedded",
    trunk: TrunkSettings = TrunkSettings(),  # noqa: B008
    settings: ClassifierSettings = ClassifierSettings(),
    *,
    device: str = "cpu",
) -> Network:
    """Load a network with its weights.

    Parameters
    ----------
    weights : str, Path or torch.nn.Module
        As for `gazesim.encoders.backbones.load_trunk`. Named weights other than torchvision's and Keras' files have no
        classifier.
    trunk : TrunkSettings
    settings : ClassifierSettings
    device : str
        Where torch puts it.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_trunk`; also if a file does not fit the classifier.
    """
    if settings.classifier is not None:
        if isinstance(weights, nn.Module):
            raise ValueError(f"weights are a network, found classifier={settings.classifier!r} too; leave it out")
        return _whole(settings.classifier, weights, device)
    loaded = load_trunk(weights, trunk, device=device)
    if not isinstance(loaded.features, nn.Sequential):
        return Network(loaded.name, loaded.to_input, (loaded.features,), None)
    head = None if isinstance(weights, nn.Module) else _head(loaded.name, weights)
    if head is not None:
        head = head.to(torch_device(device)).eval().requires_grad_(False)
    return Network(loaded.name, loaded.to_input, stages_of(loaded.features), head)


def stages_of(features: nn.Sequential) -> tuple[nn.Module, ...]:
    """Return the layers of a trunk up to and with each pooling layer, and what comes after the last one."""
    stages: list[nn.Module] = []
    layers: list[nn.Module] = []
    for layer in features:
        layers.append(layer)
        if isinstance(layer, POOLS):
            stages.append(nn.Sequential(*layers))
            layers = []
    return tuple([*stages, nn.Sequential(*layers)] if layers else stages)


def _head(name: str, weights: str | Path) -> nn.Module | None:
    """Return the layers of the torchvision model `name` behind its features, or None if `weights` have none."""
    if str(weights) == "torchvision":
        return _behind_features(TRUNKS[name](weights="DEFAULT"))
    if str(weights) in NAMED or Path(weights).suffix in KERAS_SUFFIXES:
        return None
    prefix = "classifier."
    state = {k.removeprefix(prefix): v for k, v in _state(Path(weights)).items() if k.startswith(prefix)}
    if not state:
        return None
    last = sorted(key for key in state if key.endswith("bias"))[-1]
    model = TRUNKS[name](weights=None, num_classes=len(state[last]))
    _load(_child(model, "classifier"), state, name, weights)
    return _behind_features(model)


def _behind_features(model: nn.Module) -> nn.Module:
    """Return pooling and classifier of a VGG, an AlexNet or a SqueezeNet as one Sequential, dropout left out."""
    between = [_child(model, "avgpool"), nn.Flatten()] if hasattr(model, "avgpool") else []
    layers = [layer for layer in _child(model, "classifier").children() if not isinstance(layer, nn.Dropout)]
    return nn.Sequential(*between, *layers, *([] if between else [nn.Flatten()]))


def _child(model: nn.Module, name: str) -> nn.Module:
    return dict(model.named_children())[name]


def _whole(name: str, weights: str | Path, device: str) -> Network:
    place = torch_device(device)
    if str(weights) == "torchvision":
        try:
            model = torchvision.models.get_model(name, weights="DEFAULT")
        except (OSError, RuntimeError) as error:
            raise ValueError(
                f"weights 'torchvision' of {name} could not be downloaded ({error}); connect to the network once, "
                "or give a weights file"
            ) from None
    elif str(weights) in NAMED:
        raise ValueError(f"weights {str(weights)!r} are not of {name}, expected 'torchvision' or a weights file")
    else:
        model = torchvision.models.get_model(name, weights=None)
        _load(model, _state(Path(weights)), name, weights)
        check_overflow(str(weights), [model.eval()], torch.eye(PROBE_PX).expand(1, 3, -1, -1))
    model = model.to(place).eval().requires_grad_(False)
    return Network(name, partial(_to_input, device=place), (model,), nn.Identity())


def _to_input(picture: NDArray[np.uint8], device: torch.device) -> Tensor:
    x = torch.tensor(picture, device=device).permute(2, 0, 1)[None].float() / 255
    return (x - x.new_tensor(TORCHVISION_MEAN)[:, None, None]) / x.new_tensor(TORCHVISION_STD)[:, None, None]


def _state(path: Path) -> dict[str, Tensor]:
    """Return all tensors of a state dict; nothing else in the file is run."""
    if not path.is_file():
        raise FileNotFoundError(f"weights file {path} does not exist")
    return read_tensors(path)


def _load(module: nn.Module, state: dict[str, Tensor], name: str, weights: str | Path) -> None:
    try:
        module.load_state_dict({key: value.float() for key, value in state.items()})
    except RuntimeError as error:
        line = " ".join(str(error).split())[:160]
        raise ValueError(f"weights file {weights} does not fit the classifier of {name}: {line}") from None
