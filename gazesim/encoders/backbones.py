"""Trunks and their weights: by name, a file, or a network of one's own."""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor, nn
from torchvision.models.vgg import make_layers

from gazesim.checks import check_option, unknown
from gazesim.encoders.compressed import read_compressed
from gazesim.encoders.diets import DIETS, TURNS, turn
from gazesim.encoders.named import NAMED, SHIPPED, fetch_weights
from gazesim.encoders.networks import (
    build_network,
    efficientnet_lite0,
    is_network,
    preprocessing_of,
    torchvision_networks,
)
from gazesim.encoders.weight_files import KERAS_SUFFIXES, read_state_dict

Preprocessing = Literal["torchvision", "caffe", "inception"]

# name -> the torchvision constructor whose `features` are the trunk
TRUNKS: dict[str, Callable[..., nn.Module]] = {
    name: getattr(torchvision.models, name)
    for name in (
        *(f"vgg{depth}{suffix}" for depth in (11, 13, 16, 19) for suffix in ("", "_bn")),
        "alexnet",
        "squeezenet1_0",
        "squeezenet1_1",
    )
}

PROBE_PX = 96
TORCHVISION_MEAN, TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)


@dataclass(frozen=True, eq=False)
class Trunk:
    """A network with trained weights.

    name          : the architecture
    features      : a Sequential of layers without the classifier, pooling layers among them; or a whole network
    preprocessing : how a picture becomes its input
    source        : where the weights came from
    grey          : whether pictures lose their colour first
    """

    name: str
    features: nn.Module
    preprocessing: Preprocessing
    source: str
    grey: bool = False

    @property
    def layers(self) -> nn.Sequential:
        """The features as a sequence of layers; ValueError if the network is no such sequence, as VGG's is."""
        if not isinstance(self.features, nn.Sequential):
            raise ValueError(f"trunk {self.name} is no sequence of layers, expected one of {', '.join(TRUNKS)}")
        return self.features

    def to_input(self, image: NDArray[np.uint8]) -> Tensor:
        """Return the input (1, 3, H, W) float32 on the trunk's device for `image` (H, W, 3) uint8 RGB.

        "torchvision": RGB in 0..1, minus the ImageNet mean, divided by its deviation. "caffe", which Keras'
        VGG uses too: BGR in 0..255 minus the mean. "inception": RGB from -1 to 1.
        """
        if self.grey:
            image = np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
        device = next(self.features.parameters()).device
        x = torch.tensor(image, device=device).permute(2, 0, 1)[None].float()
        if self.preprocessing == "caffe":
            return x.flip(1) - x.new_tensor(CAFFE_MEAN_BGR)[:, None, None]
        if self.preprocessing == "inception":
            return x / 127.5 - 1
        return (x / 255 - x.new_tensor(TORCHVISION_MEAN)[:, None, None]) / x.new_tensor(TORCHVISION_STD)[:, None, None]


@dataclass(frozen=True)
class TrunkSettings:
    """Which trunk, where the weights do not say.

    Parameters
    ----------
    trunk : str, optional
        One of `TRUNKS`, another classification model of torchvision such as "resnet50", or "timm/" and the name of one
        of timm's. None is vgg16 for "torchvision" weights and what fits of `TRUNKS` for a file.
    preprocessing : {"torchvision", "caffe", "inception"}, optional
        None is "caffe" for embedded, vgg16 and Keras files, "inception" for efficientnet_lite0, what timm's networks
        say of themselves, and "torchvision" for all others.
    diet : str, optional
        One of `DIETS`: the weights are changed to what pictures of that kind would have made of them. None leaves them
        as they are.
    """

    trunk: str | None = None
    preprocessing: Preprocessing | None = None
    diet: str | None = None

    def __post_init__(self) -> None:
        if self.trunk is not None and self.trunk not in TRUNKS and not is_network(str(self.trunk)):
            raise ValueError(unknown("trunk", self.trunk, torchvision_networks()) + "; or timm/ and a name of timm's")
        check_option("preprocessing", self.preprocessing, (None, "torchvision", "caffe", "inception"))
        if self.diet is not None and self.diet not in DIETS:
            raise ValueError(unknown("diet", self.diet, DIETS))


def load_trunk(
    weights: str | Path | nn.Module = "embedded",
    settings: TrunkSettings = TrunkSettings(),
    *,
    device: str = "cpu",
) -> Trunk:
    """Load a trunk with its weights.

    Parameters
    ----------
    weights : str, Path or torch.nn.Module
        The name of weights, see `gazesim.encoders.named`, which are downloaded on first use if they do not ship; a
        file: a state dict of torchvision or timm (.pt, .pth, .safetensors) or Keras HDF5 (.h5, .hdf5); or a network,
        which is copied.
    settings : TrunkSettings
    device : str
        Where torch puts it.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If a name is unknown, the file cannot be read, is of another architecture or not finite, or the
        download fails.
    """
    if not isinstance(weights, str | Path | nn.Module):
        raise ValueError(f"weights is {weights!r}, expected the name of weights, the path of a file or a network")
    trunk, features, name = _build(weights, settings.trunk)
    usual = preprocessing_of(features) if settings.preprocessing is None else settings.preprocessing
    if name in USUAL or Path(name).suffix in KERAS_SUFFIXES:
        usual = settings.preprocessing or USUAL.get(name, "caffe")
    if settings.diet in TURNS:
        if not isinstance(features, nn.Sequential):
            raise ValueError(f"diet is {settings.diet!r}, which trunk {trunk} cannot be turned to, expected 'grey'")
        features = turn(features, settings.diet)
    # channels last: pooling is ten times, convolution 1.4 times as fast on a CPU
    features = features.to(torch_device(device)).to(memory_format=torch.channels_last).eval().requires_grad_(False)
    loaded = Trunk(trunk, features, usual, name, settings.diet == "grey")
    if name not in NAMED and isinstance(features, nn.Sequential):
        check_overflow(name, features, loaded.to_input(np.eye(PROBE_PX, dtype=np.uint8)[:, :, None].repeat(3, 2) * 255))
    return loaded


def _build(weights: str | Path | nn.Module, trunk: str | None) -> tuple[str, nn.Module, str]:
    """Return the trunk's name, its layers and the name of its weights."""
    if isinstance(weights, nn.Module):
        if trunk is not None:
            raise ValueError(f"weights are a network of their own, found trunk={trunk!r}; leave trunk out")
        return type(weights).__name__, deepcopy(weights), "network of your own"
    name = str(weights)
    if name in NAMED and name != "torchvision":
        if trunk is not None:
            raise ValueError(f"weights {name!r} have a trunk of their own, found trunk={trunk!r}; leave trunk out")
        return *NAMED_TRUNKS[name](), name
    if trunk is not None and trunk not in TRUNKS:
        return trunk, build_network(trunk, weights), name
    if name == "torchvision":
        return trunk or "vgg16", _from_torchvision(trunk or "vgg16"), name
    return *_from_file(_weights_file(weights), trunk), name


@torch.inference_mode()
def check_overflow(path: str, layers: Iterable[nn.Module], x: Tensor) -> None:
    """Raise ValueError if what `layers` make of the input `x`, or its square, is too large for float32."""
    for layer in layers:
        x = layer(x)
        if not x.square().sum().isfinite():
            raise ValueError(f"weights file {path}: what a picture gives is too large for float32")


def torch_device(name: str) -> torch.device:
    """Return the torch device `name`; ValueError if it is not one or not there."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise ValueError(f"device is {name!r}, which cannot be used here: {str(error).splitlines()[0]}") from None
    return device


def vgg_layers(config: list[int | str]) -> nn.Sequential:
    """Return the layers of a VGG: 3x3 convolutions of the given widths, each with its ReLU; "M" is a pooling layer."""
    layers: nn.Sequential = make_layers(config, batch_norm=False)
    return layers


def _embedded() -> tuple[str, nn.Sequential]:
    config, state = read_compressed(SHIPPED / "embedded.safetensors")
    with torch.device("meta"):
        features = vgg_layers(config)
    features.load_state_dict(state, assign=True)
    return "vgg16", features


def _places() -> tuple[str, nn.Sequential]:
    with safe_open(SHIPPED / "places.safetensors", "pt") as file:
        features = vgg_layers(json.loads(file.metadata()["config"]))
        state = {key.removeprefix("features."): file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    features.load_state_dict(state)
    return "places", features


def _vgg16() -> tuple[str, nn.Sequential]:
    return _from_file(fetch_weights("vgg16"), "vgg16")


NAMED_TRUNKS: dict[str, Callable[[], tuple[str, nn.Module]]] = {
    "embedded": _embedded,
    "places": _places,
    "vgg16": _vgg16,
    "efficientnet_lite0": efficientnet_lite0,
}
USUAL: dict[str, Preprocessing] = {"embedded": "caffe", "vgg16": "caffe", "efficientnet_lite0": "inception"}


def _from_torchvision(name: str) -> nn.Sequential:
    try:
        return _features(TRUNKS[name](weights="DEFAULT"))
    except (OSError, RuntimeError) as error:  # RuntimeError: the file's hash is wrong
        raise ValueError(
            f"weights 'torchvision' of {name} could not be downloaded ({error}); connect to the network once, "
            "or use weights=embedded or a weights file"
        ) from None


def _features(model: nn.Module) -> nn.Sequential:
    features: object = model.features
    if not isinstance(features, nn.Sequential):
        raise TypeError(f"features of {type(model).__name__} is no Sequential")
    return features


def _weights_file(weights: str | Path) -> Path:
    path = Path(weights)
    if path.is_file():
        return path
    if path.suffix == "" and path.name == str(weights):
        raise ValueError(unknown("weights", str(weights), NAMED) + "; or the path of a file")
    if path.exists():
        raise ValueError(f"weights {path} is not a file")
    raise FileNotFoundError(f"weights file {path} does not exist")


@lru_cache(maxsize=1)
def _shapes() -> dict[str, dict[str, torch.Size]]:
    """Return the shapes of each trunk's tensors, without allocating them."""
    with torch.device("meta"):
        built = {name: _features(make(weights=None)) for name, make in TRUNKS.items()}
    return {name: {key: value.shape for key, value in trunk.state_dict().items()} for name, trunk in built.items()}


def _from_file(path: Path, trunk: str | None) -> tuple[str, nn.Sequential]:
    """Return the trunk that the file fits, with its weights."""
    state = read_state_dict(path)
    shapes = {key: value.shape for key, value in state.items()}
    fits = [name for name, wanted in _shapes().items() if _matches(shapes, wanted)]
    name = trunk or (fits[0] if fits else None)
    if name is None:
        raise ValueError(f"weights file {path} fits no known trunk ({', '.join(TRUNKS)}); settings.trunk names others")
    if name not in fits:
        found = f"it fits {fits[0]}" if fits else "it fits no known trunk"
        raise ValueError(f"weights file {path} is not of trunk {name!r}; {found}")
    with torch.device("meta"):
        features = _features(TRUNKS[name](weights=None))
    features.load_state_dict(
        {key: value.float() for key, value in state.items() if key in _shapes()[name]}, assign=True
    )
    return name, features


def _matches(found: dict[str, torch.Size], wanted: dict[str, torch.Size]) -> bool:
    """Whether `found` has every wanted tensor and no further convolution."""
    counters = {key for key in wanted if key.endswith("num_batches_tracked")}
    extra = {key for key in found if key not in wanted}
    return all(found.get(key) == shape for key, shape in wanted.items() if key not in counters) and not extra
