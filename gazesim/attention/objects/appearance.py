"""What objects look like: a small CNN over their patches, or features of a foveated encoder pooled at their boxes."""

from collections.abc import Iterable
from hashlib import sha256
from zlib import crc32

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.attention import target_image
from gazesim.attention.objects.layout import Layout
from gazesim.attention.top_down.field_of_view import FieldOfView
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.trial import Trial

PATCH_WIDTH, PATCH_HEIGHT = 93, 150
TOGETHER = 128  # patches, 100 MB of the first convolution
KIND_SIZE = 32
NAME_SIZE = KIND_SIZE + 1


class PatchCNN(nn.Sequential):
    """The CNN of OAT: patches (..., 3, 150, 93) -> (..., size), by way of 1440 numbers.

    Fang, Yu, Zhang, van der Lans & Shi (2024), ECCV: convolution 5 x 5 x 16, pool 5, convolution 3 x 3 x 32, pool 3.
    """

    def __init__(self, size: int) -> None:
        stages = [nn.Conv2d(3, 16, 5), nn.ReLU(), nn.MaxPool2d(5), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(3)]
        super().__init__(*stages, nn.Flatten(), nn.Linear(1440, size))

    def forward(self, patches: Tensor) -> Tensor:
        """Return (..., size) of `patches` (..., 3, 150, 93), float32."""
        found = [self._together(part) for part in torch.split(patches.flatten(0, -4), TOGETHER)]
        return torch.cat(found).reshape(*patches.shape[:-3], -1)

    def _together(self, patches: Tensor) -> Tensor:
        for layer in self:
            patches = layer(patches)
        return patches


def cut_patches(trial: Trial, layout: Layout) -> NDArray[np.float32]:
    """Return the objects of `trial` and, last, its target, (n + 1, 3, 150, 93), RGB from -1 to 1."""
    cuts: Iterable[NDArray[np.uint8]] = (_cut(trial.image, box) for box in layout.boxes)
    return np.stack([_patch(cut) for cut in (*cuts, target_image(trial))])


def pool_features(
    trial: Trial, layout: Layout, fixations: NDArray[np.float64], encoder: FoveatedEncoder
) -> NDArray[np.float32]:
    """Return what each object looks like from each fixation: the encoder's deepest features, averaged over its box.

    Parameters
    ----------
    trial : Trial
    layout : Layout
        Its objects.
    fixations : float64 (m, 2)
        x, y in px of the display.
    encoder : FoveatedEncoder
        Whose deepest level is read, before its pool.

    Returns
    -------
    float32 (m, n + 1, channels)
        The last one is the target, as seen in the fovea. Each vector is scaled to a mean square of 1.
    """
    level = encoder.levels[-1]
    side_deg = 2 * max(trial.width, trial.height) / trial.px_per_degree  # from everywhere all is seen
    field = FieldOfView.of(trial, resample_px_per_degree=None, field_of_view_deg=side_deg, margin_deg=0.0)
    shown = encoder.target_features(target_image(trial), field.px_per_degree, [level])[level]
    target = shown.mean(dim=(2, 3))[0].cpu().numpy()
    found = np.empty((len(fixations), len(layout) + 1, len(target)), np.float32)
    found[:, -1] = target
    for row, fixation in zip(found, fixations, strict=True):
        centre = field.centre(fixation, trial)
        view = field.cut(trial.image, centre, trial.background)
        features = encoder.search_features([view], field.px_per_degree, [level])[level][0].cpu().numpy()
        stride = 2 * field.half / features.shape[-1]
        corner = np.tile(np.array(centre) - field.half, 2)
        for i, box in enumerate((layout.boxes - corner) / stride):
            row[i] = _mean(features, box)
    return np.asarray(found / np.sqrt((found**2).mean(axis=-1, keepdims=True)).clip(min=1e-6), np.float32)


class SharpFeatures:
    """What objects look like in the fovea: the encoder's deepest features, averaged over a picture of each.

    Those of a picture are computed once.
    """

    def __init__(self, encoder: FoveatedEncoder) -> None:
        self.encoder = encoder
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def of(self, trial: Trial, layout: Layout) -> NDArray[np.float32]:
        """Return those of the objects of `trial` and, last, the mean of its targets, (n + 1, channels).

        Each is scaled to a mean square of 1. ValueError if there is no image of a target.
        """
        if not trial.targets:
            target_image(trial)
        objects = [self._picture(_cut(trial.image, box), trial.px_per_degree) for box in layout.boxes]
        targets = np.mean([self._picture(image, trial.px_per_degree) for image in trial.targets], axis=0)
        return np.stack([*objects, targets]).astype(np.float32)

    def _picture(self, pixels: NDArray[np.uint8], px_per_degree: float) -> NDArray[np.float32]:
        key = sha256(repr((pixels.shape, px_per_degree)).encode() + pixels.tobytes()).digest()
        if key not in self._known:
            level = self.encoder.levels[-1]
            found = (
                self.encoder.target_features(pixels, px_per_degree, [level])[level].mean(dim=(2, 3))[0].cpu().numpy()
            )
            self._known[key] = np.asarray(found / max(float(np.sqrt((found**2).mean())), 1e-6), np.float32)
        return self._known[key]


def name_features(trial: Trial) -> NDArray[np.float32]:
    """Return what the objects of `trial` are by name and, last, the mean of its targets, (n + 1, 33).

    A kind of object has a code of 32 numbers, drawn from a stream of its name; names that differ only in the number at
    their end, as bird213 and bird246, are of one kind. The last number is 0 for objects and for the targets the
    logarithm of how many they are, base 2.

    Raises
    ------
    ValueError
        If the objects or the target have no names.
    """
    if not trial.object_texts or not trial.target_texts:
        missing = "object_texts" if not trial.object_texts else "target_text"
        raise ValueError(f"trial {trial.id!r} has no {missing}, expected names of the objects and the target")
    objects = [np.append(_kind(name), 0.0) for name in trial.object_texts]
    several = np.mean([_kind(name) for name in trial.target_texts], axis=0)
    return np.stack([*objects, np.append(several, np.log2(len(trial.target_texts)))]).astype(np.float32)


def _kind(name: str) -> NDArray[np.float64]:
    kind = name.rstrip("0123456789").rstrip(" _-") or name
    return np.random.default_rng(crc32(kind.encode())).standard_normal(KIND_SIZE)


def _mean(features: NDArray[np.float32], box: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the mean (C,) of `features` (C, h, w) over the cells that `box` reaches into, at least one."""
    height, width = features.shape[1:]
    x0, y0 = np.floor(box[:2]).astype(int).clip(0, [width - 1, height - 1])
    x1, y1 = np.ceil(box[2:]).astype(int).clip([x0 + 1, y0 + 1], [width, height])
    return np.asarray(features[:, y0:y1, x0:x1].mean(axis=(1, 2)), np.float32)


def _cut(image: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = np.ceil(box).astype(int)
    return image[y0:y1, x0:x1]


def _patch(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    how = cv2.INTER_AREA if pixels.shape[0] > PATCH_HEIGHT else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, (PATCH_WIDTH, PATCH_HEIGHT), interpolation=how)
    return np.asarray(resized.transpose(2, 0, 1) / np.float32(127.5) - 1, np.float32)
