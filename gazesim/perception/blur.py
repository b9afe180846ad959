"""Gaussian blur of whole pictures: the same everywhere, or growing with eccentricity as the windows do."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_not_negative, check_shape
from gazesim.perception.windows import Windows

FINEST_PX = 0.35  # below this deviation a Gaussian on pixels changes nothing


def uniform_blur(image: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """Return `image` (height, width, 3) convolved with a Gaussian of this deviation, mirrored at the borders."""
    check_not_negative("sigma_px", sigma_px)
    return np.asarray(np.rint(blurred(image.astype(np.float32), sigma_px)), np.uint8)


def foveation_blur(image: NDArray[np.uint8], windows: Windows, per_radius: float) -> NDArray[np.uint8]:
    """Return `image` with a blur that grows with eccentricity; the fovea is untouched.

    The Gaussian's standard deviation at a place is `per_radius` times the radius of the windows there (see
    `Windows.radii_deg`), weighed by their weights. Between Gaussians whose deviations differ by a factor of 1.19
    the picture is interpolated linearly in the variance.

    Parameters
    ----------
    image : uint8 (height, width, 3)
    windows : Windows
    per_radius : float
        At least 0.
    """
    check_not_negative("per_radius", per_radius)
    check_shape("image", image, (windows.height, windows.width, 3))
    sigma = per_radius * windows.px_per_degree * (windows.weights.T @ windows.radii_deg.astype(np.float32))
    sigma = np.where(sigma < FINEST_PX, 0, sigma).reshape(windows.height, windows.width, 1)
    content = image.astype(np.float32)
    if not sigma.any():
        return image.copy()
    steps = int(np.ceil(np.log2(float(sigma.max()) / FINEST_PX) * 4)) + 1
    levels = [0.0, *(FINEST_PX * 2 ** (np.arange(steps + 1) / 4)).tolist()]
    out, lower = content.copy(), content
    for low, high in pairwise(levels):
        upper = blurred(content, high)
        share = np.clip((sigma**2 - low**2) / (high**2 - low**2), 0, 1)
        here = (sigma > low) & (sigma <= high)
        out = np.where(here, (1 - share) * lower + share * upper, out)
        lower = upper
    return np.asarray(np.rint(out), np.uint8)


def blurred(image: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Return `image` float32 (height, width, 3) convolved with a Gaussian, cut at four deviations."""
    if sigma_px < FINEST_PX:
        return image
    reach = min(int(np.ceil(4 * sigma_px)), 4 * max(image.shape[:2]))
    size = 2 * reach + 1
    return np.asarray(cv2.GaussianBlur(image, (size, size), sigma_px, borderType=cv2.BORDER_REFLECT), np.float32)
