"""Data for `train_encoder`: search displays and transformed targets cut from photographs, and CIFAR-10.

Positions are (x, y) in px, x right, y down, integers are pixel centres. Images are float32 RGB in 0..1 unless said
otherwise, (3, height, width).
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Generator, Tensor
from tqdm import tqdm

HELD_OUT = 100  # photographs that no training step sees


@dataclass(frozen=True)
class Split:
    """Photographs, uint8 (3, height, width) each, apart for training and for testing."""

    train: list[Tensor]
    test: list[Tensor]


@dataclass(frozen=True)
class Warp:
    """How far a target may differ from the place it was cut from; every range is drawn from uniformly."""

    degrees: tuple[float, float] = (-25.0, 25.0)
    log2_scale: tuple[float, float] = (-0.5, 0.4)
    contrast: tuple[float, float] = (0.6, 1.1)
    brightness: tuple[float, float] = (-0.08, 0.08)
    tint: tuple[float, float] = (0.93, 1.07)


def load_photographs(folder: Path, seed: int) -> Split:
    """Read every JPEG and PNG in `folder` and hold `HELD_OUT` of them back (at most a fifth), drawn with `seed`.

    Raises
    ------
    FileNotFoundError
        If the folder holds fewer than ten images.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(paths) < 10:
        raise FileNotFoundError(f"--photographs {folder} holds {len(paths)} images, expected 10 or more (.jpg, .png)")
    photos = []
    for path in tqdm(paths, desc="photographs"):
        with Image.open(path) as image:
            photos.append(torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous())
    order = np.random.default_rng(seed).permutation(len(photos))
    cut = len(photos) - min(HELD_OUT, len(photos) // 5)
    return Split([photos[i] for i in order[:cut]], [photos[i] for i in order[cut:]])


def load_cifar10(file: Path) -> dict[str, Tensor]:
    """Read CIFAR-10 kept as JPEG bytes in one npz: `train`, `test` uint8 (n, 3, 32, 32) and their `_labels`.

    The file has `{part}_bytes` (all JPEG files end to end), `{part}_offsets` (n + 1) and `{part}_labels` (n).

    Raises
    ------
    ValueError
        If the file is no npz or lacks one of these.
    """
    out = {}
    wanted = [f"{part}_{what}" for part in ("train", "test") for what in ("bytes", "offsets", "labels")]
    with np.load(file, allow_pickle=False) as data:
        missing = [name for name in wanted if name not in data]
        if missing:
            raise ValueError(f"--cifar10 {file} has no {missing[0]!r}, expected {', '.join(wanted)}")
        for part in ("train", "test"):
            stream, offsets = data[f"{part}_bytes"].tobytes(), data[f"{part}_offsets"].tolist()
            spans = tqdm(list(pairwise(offsets)), desc=f"CIFAR-10 {part}")
            images = np.stack([np.asarray(Image.open(io.BytesIO(stream[a:b]))) for a, b in spans])
            out[part] = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
            out[f"{part}_labels"] = torch.from_numpy(data[f"{part}_labels"].astype(np.int64))
    return out


def uniform(bounds: tuple[float, float], shape: Sequence[int], generator: Generator) -> Tensor:
    """Draw from the interval `bounds`."""
    low, high = bounds
    return low + (high - low) * torch.rand(tuple(shape), generator=generator)


def magnified(photo: Tensor, short_side: float) -> Tensor:
    """Return `photo` (uint8) as float in 0..1, its shorter side resampled to `short_side` px."""
    factor = short_side / min(photo.shape[1:])
    size = [max(1, round(side * factor)) for side in photo.shape[1:]]
    image = photo[None].float() / 255
    return F.interpolate(image, size, mode="bicubic", antialias=True)[0].clamp(0, 1)


def draw_displays(photos: list[Tensor], count: int, side: int, generator: Generator) -> Tensor:
    """Cut `count` square windows, (count, 3, side, side), from photographs magnified at random.

    The shorter side becomes 1 to 2.5 times `side`, log-uniform, so that a window shows a whole photograph or a
    detail of it; half of the windows are mirrored.
    """
    windows = []
    for _ in range(count):
        photo = photos[int(torch.randint(len(photos), (1,), generator=generator))]
        image = magnified(photo, side * 2 ** float(uniform((0.0, math.log2(2.5)), (1,), generator)))
        top, left = (int(torch.randint(extent - side + 1, (1,), generator=generator)) for extent in image.shape[1:])
        window = image[:, top : top + side, left : left + side]
        windows.append(window.flip(-1) if torch.rand(1, generator=generator) < 0.5 else window)
    return torch.stack(windows)


def draw_centres(displays: Tensor, count: int, margin: int, generator: Generator) -> Tensor:
    """Draw `count` places per display, (n, count, 2), more often where the picture varies.

    Places keep `margin` px from the border. The chance of a place is proportional to the standard deviation of
    grey in a 32 px window around it, as people rarely look at an empty sky.
    """
    grey = displays.mean(1, keepdim=True)[..., margin:-margin, margin:-margin]
    mean, square = (F.avg_pool2d(F.pad(x, (16,) * 4, mode="replicate"), 32, 8) for x in (grey, grey**2))
    spread = (square - mean**2).clamp(min=1e-6).sqrt()
    cells = torch.multinomial(spread.flatten(1), count, replacement=True, generator=generator)
    columns = spread.shape[-1]
    cell_xy = torch.stack([cells % columns, cells // columns], -1).float()
    limit = torch.tensor([grey.shape[-1] - 1, grey.shape[-2] - 1])
    jitter = uniform((-4.0, 4.0), cell_xy.shape, generator)
    return (cell_xy * 8 + jitter).clamp(min=0).minimum(limit) + margin


def cut_targets(displays: Tensor, centres: Tensor, side: int, warp: Warp, generator: Generator) -> Tensor:
    """Cut the patches around `centres` (n, k, 2) and change them as `warp` says: (n * k, 3, side, side).

    Half of the patches show what a turned window of the display shows; in the other half the patch was cut first
    and turned after, so that its corners are flat grey.
    """
    n, k = centres.shape[:2]
    angle = uniform(warp.degrees, (n * k,), generator).deg2rad()
    scale = 2 ** uniform(warp.log2_scale, (n * k,), generator)
    steps = torch.arange(side) - (side - 1) / 2
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    cos, sin = (f(angle)[:, None, None] / scale[:, None, None] for f in (torch.cos, torch.sin))
    offset = torch.stack([cos * x + sin * y, cos * y - sin * x], -1)
    extent = torch.tensor([displays.shape[-1], displays.shape[-2]])
    grid = ((offset + centres.flatten(0, 1)[:, None, None]) * 2 + 1) / extent - 1
    rows = grid.unflatten(0, (n, k)).flatten(1, 2)
    patches = F.grid_sample(displays, rows, padding_mode="border", align_corners=False)
    patches = patches.unflatten(2, (k, side)).transpose(1, 2).flatten(0, 1)
    contrast, brightness = (uniform(r, (n * k, 1, 1, 1), generator) for r in (warp.contrast, warp.brightness))
    mean = patches.mean((1, 2, 3), keepdim=True)
    patches = ((patches - mean) * contrast + mean + brightness) * uniform(warp.tint, (n * k, 3, 1, 1), generator)
    outside = (offset.abs().amax(-1) > side / 2)[:, None] & (torch.rand(n * k, 1, 1, 1, generator=generator) < 0.5)
    return torch.where(outside, 0.5, patches).clamp(0, 1)
