"""A model: a function from a trial to its priority map."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim import Trial


def edges(trial: Trial) -> NDArray[np.float64]:
    """Strength of luminance edges, an example of a model from outside."""
    grey = cv2.cvtColor(trial.image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    across, down = cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1)
    return np.asarray(cv2.GaussianBlur(np.hypot(across, down), (0, 0), sigmaX=8.0), np.float64)
