"""Template matching: the target's px against the display's, everywhere at full resolution."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance, ModelSpec, Need, Priority, target_image

FLAT = 0.25  # variance below that of rounding to whole grey levels: a uniform patch resembles nothing


class TemplateAttention(Attention):
    """Normalised correlation of the target's px with the display, the same from every fixation (no fovea)."""

    needs: frozenset[Need] = frozenset({"target_image"})
    depends_on = "trial"

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance: the correlation coefficient, -1 to 1, at the target's centre.

        Beyond the display lies the trial's background. Where display or target is uniform the map is 0.
        """
        return [Priority(_correlation(glance)) for glance in glances]


TEMPLATE = ModelSpec(lambda *_: TemplateAttention())


def _correlation(glance: Glance) -> NDArray[np.float64]:
    target = target_image(glance.trial).astype(np.float64)
    height, width = target.shape[:2]
    top, left = (height - 1) // 2, (width - 1) // 2
    border = top, height - 1 - top, left, width - 1 - left
    around = cv2.copyMakeBorder(
        glance.picture, *border, cv2.BORDER_CONSTANT, value=glance.trial.background.tolist()
    ).astype(np.float64)
    centred = target - target.mean(axis=(0, 1))
    product = cv2.matchTemplate(around.astype(np.float32), centred.astype(np.float32), cv2.TM_CCORR)
    variance = _window_means(around**2, width, height) - _window_means(around, width, height) ** 2
    energy = variance.clip(min=0).sum(axis=2) * (centred**2).mean(axis=(0, 1)).sum()
    flat = (variance.sum(axis=2) < FLAT) | ((centred**2).mean() < FLAT)
    found = product / (width * height * np.sqrt(np.where(flat, 1, energy)))
    return np.asarray(np.where(flat, 0, found).clip(-1, 1), np.float64)


def _window_means(array: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """Return the mean of every `height` x `width` window that lies wholly within `array` (H, W, 3)."""
    sums = cv2.integral(array, sdepth=cv2.CV_64F)
    window = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    return np.asarray(window / (width * height), np.float64)
