"""Compress the convolutions of Keras' VGG16 to the file that ships with gazesim, `embedded.safetensors`.

    python experiments/compress_trunk.py KERAS_FILE PHOTOGRAPHS --out FOLDER [--bits 6.4] [--count 192]

Each kernel becomes whole multiples of one step a layer. Three things keep the features what they were:

* the codes are entropy coded, so that a fine step costs little for the many small values;
* the steps are such that the last byte spent on any layer spares as much error of the features of levels 3, 4 and 5,
  measured on the photographs with every layer disturbed in turn;
* the values are rounded one input after the other, and the error of each is made up for by those to come, as far
  as the layer's inputs in the photographs go together (Frantar et al., GPTQ, arXiv 2210.17323).

Every other photograph is seen with average pools, as by eccNET, the others with maximum pools, as by IVSN. The same
files, number of threads, processor and software give the same bytes. Takes about 10 minutes on one core.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.encoders.backbones import Trunk, TrunkSettings, load_trunk
from gazesim.encoders.compressed import write_compressed
from gazesim.files import writable_folder
from gazesim.image import as_image

LEVELS = (3, 4, 5)  # those that eccNET compares
SIDE_PX = 256
PATCHES = 256  # of each photograph and layer at most
DAMPING = 0.01  # of the mean of the diagonal, added to it
BLOCK = 128  # columns that are rounded before the rest is made up for
BATCH = 8  # photographs at once
TRIED = 6  # photographs on which layers are disturbed in turn
VGG16: list[int | str] = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
ATTRIBUTION = (
    "VGG16 of K. Simonyan and A. Zisserman (arXiv 1409.1556), weights under CC BY 4.0, in Keras' conversion; "
    "kernels rounded to whole multiples of a step"
)


def photographs(trunk: Trunk, folder: Path, count: int) -> list[Tensor]:
    """Return `count` inputs (1, 3, side, side), evenly from the photographs of `folder` in the order of their names."""
    files = sorted(folder.glob("*.jpg"))
    if not 0 < count <= len(files):
        raise ValueError(f"folder {folder} holds {len(files)} photographs (.jpg), expected at least {max(count, 1)}")
    return [trunk.to_input(_square(as_image(files[i * len(files) // count]))) for i in range(count)]


def _square(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    cut = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


@torch.inference_mode()
def walk(features: nn.Sequential, inputs: Sequence[Tensor]) -> Iterator[tuple[int, nn.Module, list[Tensor]]]:
    """Yield each layer with its number and what it sees of all `inputs`, every other one with average pools."""
    seen = list(inputs)
    for index, layer in enumerate(features):
        yield index, layer, seen
        for n, x in enumerate(seen):
            seen[n] = F.avg_pool2d(x, 2) if isinstance(layer, nn.MaxPool2d) and n % 2 == 0 else layer(x)


def level_features(features: nn.Sequential, inputs: Sequence[Tensor]) -> list[list[Tensor]]:
    """Return the features of `LEVELS`, those before the pool of each level, of all inputs."""
    before_pools = [list(seen) for _, layer, seen in walk(features, inputs) if isinstance(layer, nn.MaxPool2d)]
    return [before_pools[level - 1] for level in LEVELS]


def products(inputs: Sequence[Tensor], random: np.random.Generator) -> Tensor:
    """Return the mean product (9 in, 9 in) of what a convolution sees under its kernel of `inputs`, two by two."""
    channels = 9 * inputs[0].shape[1]
    total, seen = torch.zeros(channels, channels), 0
    for start in range(0, len(inputs), BATCH):
        columns = torch.cat([_patches(x, random) for x in inputs[start : start + BATCH]], dim=1)
        total.addmm_(columns, columns.T)
        seen += columns.shape[1]
    return total / seen


def _patches(x: Tensor, random: np.random.Generator) -> Tensor:
    columns = F.unfold(x, 3, padding=1)[0]
    if columns.shape[1] > PATCHES:
        columns = columns[:, np.sort(random.choice(columns.shape[1], PATCHES, replace=False))]
    return columns


def rounded(kernel: Tensor, product: Tensor, step: float, damping: float = DAMPING) -> NDArray[np.int64]:
    """Return integers (out, in, 3, 3) which times `step` do to inputs with `product` what `kernel` does."""
    diagonal = product.diagonal()
    order = torch.argsort(diagonal, descending=True, stable=True)
    damped = product[order][:, order].double()
    damped.diagonal().add_(damping * diagonal.mean().double())
    factor = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True).float()
    rest = kernel.flatten(1)[:, order].clone()
    codes = torch.zeros_like(rest)
    for start in range(0, rest.shape[1], BLOCK):
        stop = min(start + BLOCK, rest.shape[1])
        errors = torch.zeros(len(rest), stop - start)
        for i in range(start, stop):
            codes[:, i] = (rest[:, i] / step).round()
            errors[:, i - start] = (rest[:, i] - codes[:, i] * step) / factor[i, i]
            rest[:, i:stop] -= torch.outer(errors[:, i - start], factor[i, i:stop])
        rest[:, stop:] -= errors @ factor[start:stop, stop:]
    back = torch.empty_like(codes)
    back[:, order] = codes
    return back.reshape(kernel.shape).long().numpy()


def entropy_bits(codes: NDArray[np.int64]) -> float:
    """Return the entropy of the codes, bits a weight: what they cost, but for the tables."""
    shares = np.unique(codes, return_counts=True)[1] / codes.size
    return float(-(shares * np.log2(shares)).sum())


def codes_of(kernel: Tensor, step: float) -> NDArray[np.int64]:
    """Return the nearest integers that times `step` are `kernel`."""
    return (kernel / step).round().long().numpy()


def step_of(kernel: Tensor, bits: float) -> float:
    """Return the step at which the rounded kernel has an entropy of `bits`."""
    low, high = 1e-9, float(kernel.abs().max())
    for _ in range(40):
        middle = (low * high) ** 0.5
        if entropy_bits(codes_of(kernel, middle)) > bits:
            low = middle
        else:
            high = middle
    return low


def costs(features: nn.Sequential, inputs: Sequence[Tensor], steps: Mapping[int, float]) -> dict[int, float]:
    """Return for each convolution the error of the features, relative to their power, that one squared step causes."""
    full, found = level_features(features, inputs), {}
    for index, step in steps.items():
        kernel = features[index].weight.data
        features[index].weight.data = (kernel / step).round() * step
        found[index] = error(level_features(features, inputs), full) / step**2
        features[index].weight.data = kernel
    return found


def error(found: list[list[Tensor]], full: list[list[Tensor]]) -> float:
    """Return the power of the difference relative to that of `full`, averaged over levels and photographs."""
    pairs = [pair for level in zip(found, full, strict=True) for pair in zip(*level, strict=True)]
    return float(np.mean([float((a - b).square().sum() / b.square().sum()) for a, b in pairs]))


def best_steps(kernels: Mapping[int, Tensor], cost: Mapping[int, float], bits: float) -> dict[int, float]:
    """Return the steps with the least sum of cost times squared step that take `bits` a weight on average."""
    total = sum(kernel.numel() for kernel in kernels.values())
    shape = {i: (kernel.numel() / cost[i]) ** 0.5 for i, kernel in kernels.items()}  # a byte spares alike everywhere
    low, high = 1e-9, 1e9
    while high / low > 1.0005:
        scale = (low * high) ** 0.5
        taken = sum(entropy_bits(codes_of(kernel, scale * shape[i])) * kernel.numel() for i, kernel in kernels.items())
        low, high = (scale, high) if taken > bits * total else (low, scale)
    return {i: high * shape[i] for i in kernels}


def compress(
    trunk: Trunk, folder: Path, bits: float, count: int
) -> tuple[dict[int, NDArray[np.int64]], dict[int, float]]:
    """Return the codes and the step of each convolution of `trunk`."""
    inputs = photographs(trunk, folder, count)
    kernels = {i: layer.weight.data for i, layer in enumerate(trunk.features) if isinstance(layer, nn.Conv2d)}
    trial = {i: step_of(kernel, bits) for i, kernel in kernels.items()}
    steps = best_steps(kernels, costs(trunk.features, inputs[:TRIED], trial), bits)
    random, codes = np.random.default_rng(0), {}
    for index, layer, seen in walk(trunk.features, inputs):
        if isinstance(layer, nn.Conv2d):
            codes[index] = rounded(kernels[index], products(seen, random), steps[index])
            print(f"layer {index}: {entropy_bits(codes[index]):.2f} bits a weight", flush=True)
    return codes, steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Write embedded.safetensors, print its size and checksum; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keras", type=Path, help="Keras' VGG16 without top, .h5")
    parser.add_argument("photographs", type=Path, help="folder of .jpg")
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--bits", type=float, default=6.4, help="a weight, on average [%(default)s]")
    parser.add_argument("--count", type=int, default=192, help="photographs, of all evenly [%(default)s]")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        trunk = load_trunk(given.keras, TrunkSettings("vgg16"))
        codes, steps = compress(trunk, given.photographs, given.bits, given.count)
        file = writable_folder(given.out) / "embedded.safetensors"
        write_compressed(
            file,
            VGG16,
            {str(i): (code, steps[i]) for i, code in codes.items()},
            {str(i): trunk.features[i].bias for i in codes},
            {"architecture": "vgg16", "attribution": ATTRIBUTION, "made_from": _sha256(given.keras)},
        )
    except (FileNotFoundError, ValueError) as error:
        print(f"compress_trunk: {error}", file=sys.stderr)
        return 2
    print(f"{file}: {file.stat().st_size} bytes, SHA-256 {_sha256(file)}")
    return 0


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
