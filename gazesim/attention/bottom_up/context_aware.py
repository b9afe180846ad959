"""Context-aware saliency: Goferman, Zelnik-Manor & Tal, IEEE PAMI 34(10), 1915-1926, 2012."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

LONGEST_PX = 128
PATCH_PX, STEP_PX, NEAREST = 7, 3, 64
SCALES, FINER = (1.0, 0.8, 0.5, 0.3), (1.0, 0.5, 0.25)
POSITION_WEIGHT, ATTENDED = 3.0, 0.8


def context_aware(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each place of the plane `values` (h, w) stands out among all others, (h', w').

    A patch of 7 px stands out if even the 64 patches most like it, at its own scale and at coarser ones, are
    unlike it or far away (equation 1 and 2); the mean over four scales is lowered with the distance from the
    nearest place where it is above 0.8 (equation 4). The longer side is reduced to 128 px first; the paper takes 250.
    """
    height, width = values.shape
    scale = min(1.0, LONGEST_PX / max(height, width))
    size = max(PATCH_PX, round(width * scale)), max(PATCH_PX, round(height * scale))
    plane = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float64)
    spread = plane.max() - plane.min()
    plane = (plane - plane.min()) / spread if spread > 0 else np.zeros_like(plane)
    found = np.asarray(np.mean([_at_scale(plane, r, size) for r in SCALES], axis=0), np.float64)
    highest = found.max()
    return found * (1 - _distance_from_foci(found / highest)) if highest > 0 else found


def _at_scale(plane: NDArray[np.float64], r: float, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return 1 - exp(-mean dissimilarity to the most similar patches) at scale `r`, at `size` (width, height)."""
    patches, places, rows = _patches(plane, r)
    others = [_patches(plane, r * finer)[:2] for finer in FINER]
    candidates, where = (torch.cat(part) for part in zip(*others, strict=True))
    appearance = torch.cdist(patches, candidates)
    highest = appearance.max()
    if highest <= 0:
        return np.zeros(size[::-1])
    unlike = appearance / highest / (1 + POSITION_WEIGHT * torch.cdist(places, where))
    # the most similar patch is the patch itself
    nearest = unlike.topk(min(NEAREST + 1, unlike.shape[1]), largest=False).values[:, 1:]
    saliency = 1 - torch.exp(-nearest.mean(dim=1))
    return np.asarray(cv2.resize(saliency.view(rows, -1).numpy(), size, interpolation=cv2.INTER_LINEAR), np.float64)


def _patches(plane: NDArray[np.float64], r: float) -> tuple[Tensor, Tensor, int]:
    """Return the patches (n, 49) of `plane` at scale `r`, their centres (n, 2) and in how many rows they lie.

    Centres are row and column, as shares of the longer side.
    """
    height, width = (max(PATCH_PX, round(side * r)) for side in plane.shape)
    small = torch.from_numpy(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))
    windows = small.unfold(0, PATCH_PX, STEP_PX).unfold(1, PATCH_PX, STEP_PX)
    rows, columns = windows.shape[:2]
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    centres = (torch.stack([y.flatten(), x.flatten()], dim=1) * STEP_PX + PATCH_PX / 2) / max(height, width)
    return windows.reshape(rows * columns, -1), centres.double(), rows


def _distance_from_foci(saliency: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance (h, w) of each px from the nearest of at least 0.8, as a share of the longer side."""
    away = distance_transform_edt(saliency < ATTENDED)  # OpenCV's differs from run to run in its last bits
    return np.asarray(away / max(saliency.shape), np.float64)
