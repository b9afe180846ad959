"""A measure: a function of two scanpaths, and what is known about it."""

import numpy as np

from gazesim import Scanpath
from gazesim.metrics import Measure


def nearest_px(a: Scanpath, b: Scanpath) -> float:
    """Return the mean distance of the fixations of `a` to the nearest one of `b`, px."""
    distances = np.linalg.norm(a.xy[:, None] - b.xy[None], axis=2)
    return float(distances.min(axis=1).mean())


NEAREST_PX = Measure(
    function=nearest_px,
    kind="scanpaths",
    direction="lower",
    low=0.0,
    about="mean distance to the nearest fixation, px",
    source="an example",
)
