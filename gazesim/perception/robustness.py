"""What pictures are changed by to see what a network relies on: frequencies, parts of the field, conflicting centres.

All take and give uint8 (n, height, width, 3). The tests are those of Deza & Konkle (2020); shares are of the area.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_option, check_shape
from gazesim.perception.blur import blurred

Pictures = NDArray[np.uint8]
GREY = 128


def low_pass(pictures: Pictures, sigma_px: float) -> Pictures:
    """Return the pictures convolved with a Gaussian."""
    return np.stack([_rounded(blurred(each.astype(np.float32), sigma_px)) for each in pictures])


def high_pass(pictures: Pictures, sigma_px: float, mean: ArrayLike) -> Pictures:
    """Return what a Gaussian takes away, each channel shifted to a mean; 0 px leaves the pictures as they are.

    Parameters
    ----------
    pictures : uint8 (n, height, width, 3)
    sigma_px : float
        The smaller, the fewer frequencies are left.
    mean : (3,)
        Of the channels, 0 to 255.
    """
    if sigma_px == 0:
        return pictures.copy()
    out = []
    for each in pictures:
        content = each.astype(np.float32)
        rest = content - blurred(content, sigma_px)
        out.append(_rounded(rest - rest.mean(axis=(0, 1)) + np.asarray(mean, np.float32)))
    return np.stack(out)


def without_colour(pictures: Pictures) -> Pictures:
    """Return the luma of the pictures (ITU-R BT.601) in all channels."""
    luma = pictures.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(_rounded(luma)[..., None], 3, axis=-1)


def scotoma(pictures: Pictures, share: float) -> Pictures:
    """Return the pictures with a grey square in the middle."""
    return _where(_square(pictures, share), GREY, pictures)


def glaucoma(pictures: Pictures, share: float) -> Pictures:
    """Return the pictures with all but a square in the middle grey."""
    return _where(_square(pictures, 1 - share), pictures, GREY)


def left_to_right(pictures: Pictures, share: float) -> Pictures:
    """Return the pictures covered with grey from the left."""
    return _where(np.arange(pictures.shape[2]) < round(share * pictures.shape[2]), GREY, pictures)


def top_to_bottom(pictures: Pictures, share: float) -> Pictures:
    """Return the pictures covered with grey from the top."""
    return _where((np.arange(pictures.shape[1]) < round(share * pictures.shape[1]))[:, None], GREY, pictures)


OCCLUSIONS: dict[str, Callable[[Pictures, float], Pictures]] = {
    "scotoma": scotoma,
    "glaucoma": glaucoma,
    "left_to_right": left_to_right,
    "top_to_bottom": top_to_bottom,
}


def cue_conflict(
    inside: Pictures, outside: Pictures, share: float, shape: Literal["window", "square"] = "window"
) -> Pictures:
    """Return pictures that show one in the middle and another one around it.

    Parameters
    ----------
    inside, outside : uint8 (n, height, width, 3)
    share : float
        Of the area that the middle takes.
    shape : {"window", "square"}
        A disc whose border is a raised cosine of an eighth of its radius on both sides, or a square.
    """
    check_option("shape", shape, ("window", "square"))
    check_shape("outside", outside, inside.shape)
    if shape == "square":
        return _where(_square(inside, share), inside, outside)
    height, width = inside.shape[1:3]
    y, x = np.mgrid[:height, :width] - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    radius = np.sqrt(share * height * width / np.pi)
    beyond = np.clip((np.hypot(x, y) / radius - 0.875) / 0.25, 0, 1) if radius else np.ones((height, width))
    weight = (0.5 + 0.5 * np.cos(np.pi * beyond))[..., None]
    return _rounded(weight * inside + (1 - weight) * outside)


def _square(pictures: Pictures, share: float) -> NDArray[np.bool_]:
    """Return where a square in the middle is that covers a share of the area, of an even number of px."""
    height, width = pictures.shape[1:3]
    half = np.ceil(np.sqrt(share * height * width) / 2)
    y, x = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.asarray((np.abs(y)[:, None] < half) & (np.abs(x) < half))


def _where(mask: NDArray[np.bool_], one: ArrayLike, other: ArrayLike) -> Pictures:
    return np.asarray(np.where(mask[..., None], one, other), np.uint8)


def _rounded(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(values, 0, 255)), np.uint8)
