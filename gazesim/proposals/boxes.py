"""Boxes of what was found in a picture: whole px, inside it, no two nearly the same."""

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import nms

Boxes = NDArray[np.float64]

OVERLAP = 0.5  # boxes that share more than this of what they cover together are nearly the same


def within(boxes: Boxes, width: int, height: int) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return `boxes` (n, 4) in whole px, cut off at the border of a picture, and which (n,) still cover a px."""
    cut = np.rint(boxes).clip(0, [width, height, width, height])
    return cut, np.asarray((cut[:, :2] < cut[:, 2:]).all(axis=1))


def distinct(boxes: Boxes, strengths: NDArray[np.float64]) -> Boxes:
    """Return those of `boxes` (n, 4) that are not nearly the same as a stronger one, the strongest first.

    Nearly the same are boxes whose intersection is more than half of their union (non-maximum suppression).
    """
    order = np.argsort(-strengths, kind="stable")
    ranks = torch.arange(len(order), 0, -1, dtype=torch.float64)  # nms sorts ties in no order that it promises
    kept = nms(torch.tensor(boxes[order]), ranks, OVERLAP)
    return np.asarray(boxes[order][kept.numpy()], np.float64)
