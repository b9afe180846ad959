"""How much each place of a picture resembles the target, in the layers of a trunk."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.learned.features import MULTIPLE, TrunkFeatures

LEVELS = ("target_3", "target_4", "target_5")  # the third, second deepest and deepest level


def resemblance(
    features: TrunkFeatures, picture: NDArray[np.uint8], target: NDArray[np.uint8]
) -> tuple[Tensor, Tensor]:
    """Return the features (rows, columns, channels) of a picture, and its similarity with a target, (3, rows, columns).

    As in eccNET the target's features are the kernel of a correlation with those of the picture, at three levels; here
    it is divided by the norms of both, nothing is foveated, and the target is scaled as the picture is.

    Parameters
    ----------
    features : TrunkFeatures
    picture : (H, W, 3)
    target : (h, w, 3)
    """
    height, width = picture.shape[:2]
    size = features.scaled(width, height)
    scale = size[0] / width
    small = [max(MULTIPLE, MULTIPLE * round(scale * side / MULTIPLE)) for side in target.shape[1::-1]]
    seen, sought = features.layers(picture, size), features.layers(target, (small[0], small[1]))
    chosen = [(seen[level], sought[level]) for level in (0, 1, -1)]
    return torch.cat(seen, dim=2), torch.stack([cosine(*each) for each in chosen])


def cosine(features: Tensor, kernel: Tensor) -> Tensor:
    """Return the cosine (rows, columns) between `kernel` (h, w, channels) and what lies around each place.

    Beyond the border lies nothing; of an even side the odd place lies to the right and below.
    """
    height, width = kernel.shape[:2]
    x = features.permute(2, 0, 1)[None]
    padded = F.pad(x, ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2))
    found = F.conv2d(padded, kernel.permute(2, 0, 1)[None])
    energy = F.conv2d(padded.square().sum(1, keepdim=True), torch.ones(1, 1, height, width))
    return (found / (energy * kernel.square().sum()).clamp_min(torch.finfo(torch.float32).tiny).sqrt())[0, 0]
