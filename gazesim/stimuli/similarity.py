"""How similar pictures are to each other, as an early and a late layer of a trunk see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.checks import check_option
from gazesim.image import as_image
from gazesim.progress import progress_bar
from gazesim.stimuli.recipe import as_tuple

if TYPE_CHECKING:
    from torch import Tensor, nn

DISTANCES = ("correlation", "cosine", "euclidean")
KINDS = ("low", "high")
NETWORK_PX = 128
MOST_BYTES = 4 * 2**30


@dataclass(frozen=True, kw_only=True)
class SimilaritySettings:
    """By what pictures are compared.

    Attributes
    ----------
    layers : tuple of int
        Two levels of a trunk, from 1 (VGG16 has five), the early one first: what its pooling layer gives of a picture.
    weights : tuple of str
        For each the trunk, as `gazesim.encoders.backbones.load_trunk` takes it.
    distance : {"correlation", "cosine", "euclidean"}
        Similarity is Pearson's r of the activations, their cosine, or the negative of their Euclidean distance.
    """

    layers: tuple[int, ...]
    weights: tuple[str, ...]
    distance: str

    def __post_init__(self) -> None:
        whole = all(isinstance(layer, int) and not isinstance(layer, bool) and layer > 0 for layer in self.layers)
        if len(self.layers) != 2 or not whole:
            raise ValueError(f"layers is {list(self.layers)}, expected two levels of the trunk, from 1, as [1,5]")
        if len(self.weights) != 2:
            raise ValueError(f"weights is {list(self.weights)}, expected one, or one for each of the two layers")
        check_option("distance", self.distance, DISTANCES)


def similarity_settings(layers: Any = (1, 5), weights: Any = "embedded", distance: str = "correlation") -> Any:
    """Return `SimilaritySettings` from settings as people write them; ValueError if one is not accepted."""
    both = (weights, weights) if isinstance(weights, str) else as_tuple("weights", weights)
    return SimilaritySettings(layers=as_tuple("layers", layers), weights=both, distance=distance)


def square(file: Path, side: int, grey: bool = False) -> NDArray[np.uint8]:
    """Return the middle square of a picture with `side` px."""
    picture = Image.fromarray(as_image(file, "image"))
    if grey:
        picture = picture.convert("L").convert("RGB")
    short = min(picture.size)
    left, top = ((length - short) // 2 for length in picture.size)
    middle = picture.crop((left, top, left + short, top + short))
    return np.asarray(middle.resize((side, side), Image.Resampling.LANCZOS))


def similarities(files: Sequence[Path], settings: SimilaritySettings, grey: bool = False) -> NDArray[np.float64]:
    """Return the similarity of every two pictures in the early and in the late layer.

    Parameters
    ----------
    files : sequence of Path
        n pictures; their middle squares are seen with 128 px.
    settings : SimilaritySettings
    grey : bool
        Without colour.

    Returns
    -------
    float64 (2, n, n)
        Symmetric, rounded to 7 decimals.

    Raises
    ------
    FileNotFoundError, ValueError
        If the weights or a picture cannot be read, the trunk has fewer levels, or there are too many pictures for the
        memory.
    """
    import torch

    pieces = {weights: _levels(weights) for weights in dict.fromkeys(settings.weights)}
    wanted = list(zip(settings.weights, settings.layers, strict=True))
    for weights, layer in wanted:
        if layer > (found := len(pieces[weights][1])):
            raise ValueError(f"layers has {layer}, expected at most {found}, the levels of weights {weights!r}")
    kept: list[NDArray[np.float16]] = []
    threads = torch.get_num_threads()
    bar = progress_bar(total=len(files), unit="picture", desc="similarities")
    torch.set_num_threads(1)  # sums of several threads differ in the last bits
    try:
        with bar, torch.inference_mode():
            for number, file in enumerate(files):
                pixels = square(file, NETWORK_PX, grey)
                for place, (weights, layer) in enumerate(wanted):
                    vector = _vector(pieces[weights], layer, pixels, settings.distance)
                    if number == 0:
                        _check_memory(len(files), vector.size, layer)
                        kept.append(np.empty((len(files), vector.size), np.float16))
                    kept[place][number] = vector
                bar.update()
    finally:
        torch.set_num_threads(threads)
    return np.stack([_pairs(vectors, settings.distance) for vectors in kept])


def _levels(weights: str) -> tuple[Any, list[nn.Sequential]]:
    """Return the trunk and its levels, each with the pooling layer that ends it."""
    from torch import nn

    from gazesim.encoders.backbones import load_trunk

    trunk = load_trunk(weights)
    levels, piece = [], list[nn.Module]()
    for layer in trunk.layers:
        piece.append(layer)
        if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            levels.append(nn.Sequential(*piece))
            piece = []
    if any(next(layer.parameters(), None) is not None for layer in piece):
        levels.append(nn.Sequential(*piece))
    return trunk, levels


def _vector(
    trunk: tuple[Any, list[nn.Sequential]], layer: int, pixels: NDArray[np.uint8], distance: str
) -> NDArray[np.float16]:
    x: Tensor = trunk[0].to_input(pixels)
    for level in trunk[1][:layer]:
        x = level(x)
    values = x.double().flatten().numpy()
    if distance == "euclidean":
        return np.asarray(values / np.sqrt(values.size), np.float16)
    if distance == "correlation":
        values = values - values.mean()
    length = np.sqrt(np.square(values).mean())
    return np.asarray(values / (length if length > 0 else 1), np.float16)


def _pairs(vectors: NDArray[np.float16], distance: str) -> NDArray[np.float64]:
    """Return the similarity (n, n) of vectors (n, k), a block of columns at a time."""
    n, k = vectors.shape
    products = np.zeros((n, n))
    for start in range(0, k, width := max(1, 2**24 // n)):
        part = vectors[:, start : start + width].astype(np.float32)
        products += part @ part.T
    if distance != "euclidean":
        return np.asarray(np.round(products / k, 7))
    squares = np.diag(products)
    apart = (squares[:, None] + squares - 2 * products).clip(0)
    return np.asarray(np.round(-np.sqrt((apart + apart.T) / 2), 7))


def _check_memory(n: int, size: int, layer: int) -> None:
    most = MOST_BYTES // (2 * size)
    if n > most:
        raise ValueError(f"images has {n} pictures, expected at most {most} with layer {layer}: what memory holds")
