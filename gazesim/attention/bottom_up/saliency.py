"""Bottom-up attention: a map of what stands out in the picture, whatever is searched for and wherever the eye is."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention import Attention, Glance, ModelSpec, OfTrials, Priority
from gazesim.trial import Trial

SaliencyMap = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""A picture (H, W, 3) -> how much each place stands out (h, w), of any size and scale."""


class SaliencyAttention(Attention):
    """A bottom-up map as the priority map, computed once for a picture.

    Parameters
    ----------
    saliency : callable
        See `SaliencyMap`.
    """

    depends_on = "trial"

    def __init__(self, saliency: SaliencyMap) -> None:
        self.saliency = saliency
        self._maps = OfTrials[NDArray[np.float64]]()

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, from 0 to 1; 0 everywhere where nothing stands out."""
        return [Priority(self._map(glance)) for glance in glances]

    def _map(self, glance: Glance) -> NDArray[np.float64]:
        if glance.picture is not glance.trial.image:
            return spread_over(self.saliency(glance.picture), glance.trial)
        if glance.trial not in self._maps:
            self._maps[glance.trial] = spread_over(self.saliency(glance.picture), glance.trial)
        return self._maps[glance.trial]


def saliency_model(saliency: Callable[..., NDArray[np.float64]], part: type) -> ModelSpec:
    """Return the model of a bottom-up map `saliency(picture, settings)` whose settings class is `part`."""

    def build(weights: str | Path, device: str, parts: Mapping[type, Any]) -> SaliencyAttention:
        return SaliencyAttention(partial(saliency, settings=parts[part]))

    return ModelSpec(build, (part,))


def spread_over(values: NDArray[np.float64], trial: Trial) -> NDArray[np.float64]:
    """Return the map `values` (h, w) as one value per px of the display (H, W), linear between, scaled to 0..1."""
    size = trial.width, trial.height
    spread = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float64)
    low, high = spread.min(), spread.max()
    # what rounding leaves of a uniform map is no saliency
    return (spread - low) / (high - low) if high - low > 1e-6 * max(abs(low), abs(high)) else np.zeros_like(spread)


def as_planes(picture: NDArray[np.uint8], width: int, height: int) -> Tensor:
    """Return `picture` (H, W, 3) reduced to width x height px as red, green and blue, float64 (3, h, w) in 0..1."""
    reduced = cv2.resize(picture.astype(np.float64), (width, height), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.ascontiguousarray(reduced.transpose(2, 0, 1))) / 255
