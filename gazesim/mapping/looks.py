"""What boxes look like: features of a trunk, pooled over the picture of each box."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gazesim.attention.loss_driven.network import pooled
from gazesim.encoders.backbones import Trunk
from gazesim.mapping.detections import Detections
from gazesim.mapping.video import Video

SIDE_PX = 48  # of the picture of each box that the trunk sees


def with_looks(found: Detections, video: Video, trunk: Trunk, side_px: int = SIDE_PX) -> Detections:
    """Return the boxes with the embedding that `trunk` gives the picture of each.

    The picture within a box, and nothing around it, is resized to a square and run through the trunk; the deepest
    features are averaged over the square and divided by their length.

    Parameters
    ----------
    found : Detections
        Boxes of the frames of `video`.
    video : Video
    trunk : Trunk
        See `gazesim.encoders.backbones.load_trunk`.
    side_px : int
        Of the square.
    """
    parts = [_looks(crops, trunk) for crops in _crops(found, video, side_px)]
    return replace(found, embedding=np.concatenate(parts).astype(np.float32))


def _crops(found: Detections, video: Video, side_px: int) -> Iterator[Tensor]:
    """Yield the pictures (m, 3, side, side), 0..1, of the boxes of each frame."""
    for frame in found.frames.tolist():
        picture = torch.from_numpy(np.ascontiguousarray(video[frame])).permute(2, 0, 1)[None].float()
        crops = []
        for x0, y0, x1, y1 in found.boxes[found.rows(frame)]:
            left, top = int(x0), int(y0)
            crop = picture[..., top : max(top + 1, round(y1)), left : max(left + 1, round(x1))]
            crops.append(F.interpolate(crop, (side_px, side_px), mode="bilinear", antialias=True, align_corners=False))
        yield torch.cat(crops)


@torch.inference_mode()
def _looks(crops: Tensor, trunk: Trunk) -> NDArray[np.float32]:
    pictures = crops.permute(0, 2, 3, 1).round().clamp(0, 255).to(torch.uint8).numpy()
    x = torch.cat([trunk.to_input(picture) for picture in pictures])
    return np.asarray(F.normalize(pooled(trunk.features(x)), dim=1).cpu().numpy())
