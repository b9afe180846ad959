"""What is left of a picture when it is pooled more and more with eccentricity, for people to look at."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_shape
from gazesim.trial import Trial

FOVEA_DEG = 4.0
WINDOW_SLOPE = 0.32


class View(Protocol):
    """What is seen of a display from a fixation."""

    def __call__(self, trial: Trial, xy: ArrayLike, longest: int | None = None) -> NDArray[np.uint8]:
        """Return it, uint8 (height, width, 3), with at most `longest` px on the longer side; see `foveated_view`."""


def foveated_view(trial: Trial, xy: ArrayLike, longest: int | None = None) -> NDArray[np.uint8]:
    """Return the display as the pooling of a foveated encoder leaves it, for people to look at.

    Each pixel is the mean over a square window around it, cut at the border of the display. Within 4 degrees
    of the fixation the window is one pixel; outside, its side is 0.32 x (eccentricity - 4 degrees), rounded
    to the nearest odd number of px. This is the window of eccNET's fifth pooling layer, in degrees
    (Gupta et al., 2021: 16 x 0.02 per degree); the model itself pools features, not the picture.

    Parameters
    ----------
    trial : Trial
    xy : (2,)
        The fixation, px of the original display.
    longest : int, optional
        Reduce the display first, so that its longer side has at most that many px.

    Returns
    -------
    uint8 (height, width, 3)

    Raises
    ------
    ValueError
        If `xy` is not one position.
    """
    xy = np.asarray(xy, dtype=float)
    check_shape("xy", xy, (2,))
    image = trial.image if longest is None else reduced(trial.image, longest)
    scale = image.shape[1] / trial.width
    x, y = (xy + 0.5) * scale - 0.5
    return _pooled(image, x, y, trial.px_per_degree * scale)


def _pooled(image: NDArray[np.uint8], x: float, y: float, px_per_degree: float) -> NDArray[np.uint8]:
    """Average over the windows with a summed-area table (Crow, 1984): four look-ups, whatever the window."""
    height, width = image.shape[:2]
    columns, rows = np.arange(width), np.arange(height)[:, None]
    beyond = np.hypot(columns - x, rows - y) - FOVEA_DEG * px_per_degree
    reach = (np.maximum(beyond, 0) * WINDOW_SLOPE / 2).astype(np.intp)
    left, right = np.maximum(columns - reach, 0), np.minimum(columns + reach + 1, width)
    top, bottom = np.maximum(rows - reach, 0), np.minimum(rows + reach + 1, height)
    table = cv2.integral(image, sdepth=cv2.CV_64F).reshape(-1, 3)
    top_row, bottom_row = top * (width + 1), bottom * (width + 1)
    total: NDArray[np.float64] = table.take(bottom_row + right, axis=0)
    total -= table.take(bottom_row + left, axis=0)
    total -= table.take(top_row + right, axis=0)
    total += table.take(top_row + left, axis=0)
    total /= ((right - left) * (bottom - top))[..., None]
    return np.rint(total).astype(np.uint8)


def reduced(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Shrink an image so that its longer side has at most `longest` px; a smaller one stays as it is."""
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
