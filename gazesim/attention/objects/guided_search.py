"""Guided search: items are as active as they look like the target in colour and orientation, and unlike the others.

After Wolfe, Guided Search 2.0, Psychonomic Bulletin & Review 1, 202-238, 1994: activation of an item is a weighted sum
of bottom-up and top-down activation over basic features. Form, such as 2 and 5, is none and does not guide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance, ModelSpec, Need, OfTrials, Priority, target_image
from gazesim.attention.top_down.ideal_searcher import grid_cells
from gazesim.checks import check_not_negative
from gazesim.trial import Trial

Floats = NDArray[np.float64]
APART = 8.0  # of the background's colour in CIE Lab, from which px belong to an item
CELL_DEG = 2.0
LAB = 100.0  # the difference of colours that counts 1


@dataclass(frozen=True)
class GuidedSearchSettings:
    """The weights of the two kinds of activation, each from 0 to 1.

    Parameters
    ----------
    top_down : float
        Of how much an item looks like the target.
    bottom_up : float
        Of how much it differs from the other items.
    """

    top_down: float = 1.0
    bottom_up: float = 0.2

    def __post_init__(self) -> None:
        check_not_negative("top_down", self.top_down)
        check_not_negative("bottom_up", self.bottom_up)


class GuidedSearch(Attention):
    """Activation of objects, at the px in the middle of each; the same from every fixation.

    In a display without objects cells of 2 degrees take their place.
    """

    needs: frozenset[Need] = frozenset({"target_image"})
    depends_on = "trial"

    def __init__(self, settings: GuidedSearchSettings = GuidedSearchSettings()) -> None:
        self.settings = settings
        self._kept = OfTrials[Floats]()

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, NaN but in the middle of objects."""
        found = []
        for glance in glances:
            trial = glance.trial
            boxes, map = _items(trial), np.full((trial.height, trial.width), np.nan)
            x, y = np.floor((boxes[:, :2] + boxes[:, 2:] - 1) / 2).astype(int).T
            map[y, x] = self.activation(trial)
            found.append(Priority(map))
        return found

    def activation(self, trial: Trial) -> Floats:
        """Return the activation (n,) of the objects or cells of `trial`."""
        if trial not in self._kept:
            boxes = np.ceil(_items(trial)).astype(int)
            items = np.array([features(trial.image[y0:y1, x0:x1], trial.background) for x0, y0, x1, y1 in boxes])
            like = 1 - _difference(items, features(target_image(trial), trial.background)[None])[:, 0]
            apart = _difference(items, items).sum(axis=1) / max(1, len(items) - 1)
            self._kept[trial] = self.settings.top_down * like + self.settings.bottom_up * apart
        return self._kept[trial]


def _items(trial: Trial) -> Floats:
    return grid_cells(trial, CELL_DEG) if trial.objects is None else trial.objects


def features(picture: NDArray[np.uint8], background: NDArray[np.uint8]) -> Floats:
    """Return what a picture (h, w, 3) of an item on its background looks like, (5,).

    The mean CIE Lab of its px, and the direction of its contours, as the cosine and sine of twice the angle times how
    much they agree (0 to 1).
    """
    lab = _lab(picture)
    ground = _lab(background[None, None])[0, 0]
    inside = np.linalg.norm(lab - ground, axis=2) > APART
    colour = lab[inside].mean(axis=0) if inside.any() else ground
    if min(lab.shape[:2]) < 2:
        return np.array([*colour, 0.0, 0.0])
    down, across = np.gradient(lab[..., 0])
    energy = (across**2 + down**2).sum()
    if energy == 0:
        return np.array([*colour, 0.0, 0.0])
    return np.array([*colour, (across**2 - down**2).sum() / energy, 2 * (across * down).sum() / energy])


def _lab(picture: NDArray[np.uint8]) -> Floats:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float64)


def _difference(some: Floats, others: Floats) -> Floats:
    """Return how much features (n, 5) and (m, 5) differ, (n, m): the mean of colour and orientation, each 0 to 1."""
    apart = some[:, None] - others[None]
    colour = np.minimum(1, np.linalg.norm(apart[..., :3], axis=2) / LAB)
    return np.asarray((colour + np.linalg.norm(apart[..., 3:], axis=2) / 2) / 2, np.float64)


GUIDED_SEARCH = ModelSpec(
    lambda weights, device, parts: GuidedSearch(parts[GuidedSearchSettings]),
    (GuidedSearchSettings,),
    {
        "temperature": 0.1,
        "stopping": "quitting",
        "quit_weight": 0.3,
        "durations": "gamma",
        "duration_ms": 90.0,
        "duration_spread": 0.5,
        "saccade_ms": 0.0,
        "test_first": False,
    },
)
