"""Search in photographs: the target is a patch of the photograph itself, shown changed."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, check_positive
from gazesim.image import ImageSource, as_image
from gazesim.trial import Trial

MOST_PX = 10_000  # side of a target


def patch_trial(
    photograph: ImageSource,
    centre: ArrayLike,
    *,
    size_deg: float,
    px_per_degree: float,
    rotation_deg: float = 0.0,
    scale: float = 1.0,
    contrast: float = 1.0,
    id: str | None = None,
) -> Trial:
    """Return the search for a square patch of a photograph.

    Parameters
    ----------
    photograph
        Anything that `gazesim.image.as_image` takes.
    centre : (2,)
        Middle of the patch, x right, y down, px of the photograph.
    size_deg : float
        Side of the patch in the photograph, degrees.
    px_per_degree : float
        Resolution of the photograph.
    rotation_deg, scale, contrast : float
        What is done to the patch before it is shown as the target: turned counter-clockwise, enlarged, and
        its grey levels pulled towards their mean (below 1) or away from it.
    id : str, optional
        What tables call the trial.

    Raises
    ------
    ValueError
        If the patch reaches over the border of the photograph or a number is not as described.
    """
    for name, value in {
        "size_deg": size_deg,
        "px_per_degree": px_per_degree,
        "scale": scale,
        "contrast": contrast,
    }.items():
        check_positive(name, value)
    image, (x, y) = as_image(photograph, "photograph"), as_floats("centre", centre, (2,))
    if not isinstance(rotation_deg, int | float) or not np.isfinite(rotation_deg):
        raise ValueError(f"rotation_deg is {rotation_deg!r}, expected a finite number")
    side = round(size_deg * px_per_degree)
    if side < 1:
        raise ValueError(f"size_deg is {size_deg!r}, less than a px at {px_per_degree:g} px per degree")
    if not 1 <= round(side * scale) <= MOST_PX:
        raise ValueError(
            f"scale is {scale!r}, which makes a target of {round(side * scale)} px, expected 1 to {MOST_PX}"
        )
    box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2]) + 0.5
    if box.min() < 0 or box[2] > image.shape[1] or box[3] > image.shape[0]:
        raise ValueError(
            f"centre ({x:g}, {y:g}) with a patch of {side} px reaches over the border of the "
            f"{image.shape[1]}x{image.shape[0]} photograph"
        )
    target = _changed(_sampled(image, (x, y), round(side * scale), rotation_deg, scale), contrast)
    return Trial(image, target, target_box=box, px_per_degree=px_per_degree, id=id)


def _sampled(
    image: NDArray[np.uint8], centre: tuple[float, float], side: int, rotation_deg: float, scale: float
) -> NDArray[np.uint8]:
    """Return the turned and enlarged surroundings of `centre`, (side, side, 3), read from the whole image."""
    angle, middle = np.deg2rad(rotation_deg), (side - 1) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    to_image = np.column_stack([turn, np.array(centre) - turn @ [middle, middle]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, to_image, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _changed(patch: NDArray[np.uint8], contrast: float) -> NDArray[np.uint8]:
    mean = patch.mean(axis=(0, 1))
    return np.asarray(np.rint((patch - mean) * contrast + mean).clip(0, 255), np.uint8)
