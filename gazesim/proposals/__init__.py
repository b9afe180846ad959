"""Objects of a picture, found automatically for models that attend to objects."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from gazesim.attention.bottom_up.itti import itti
from gazesim.attention.bottom_up.saliency import spread_over
from gazesim.checks import unknown
from gazesim.proposals.boxes import Boxes, distinct
from gazesim.proposals.detection import detected, load_detector
from gazesim.proposals.segmentation import segmented
from gazesim.trial import Trial

Find = Callable[[Trial], Boxes]
"""A trial -> the boxes (n, 4) of its objects, px x0, y0, x1, y1, the most certain first."""

WAYS = ("segmented", "detected")


def finder(how: str, detector: str | Path = "torchvision", *, device: str = "cpu") -> Find:
    """Return the way `how` to find objects.

    Parameters
    ----------
    how : {"segmented", "detected"}
        "segmented": the regions that stand out by Itti, Koch & Niebur's map (see `segmentation.segmented`); offline,
        knows no classes. "detected": things of the classes that a trained detector knows (see `detection.detected`).
    detector : str or Path
        Weights for "detected"; see `detection.load_detector`.
    device : str
        Where torch runs the detector.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such way, or the detector cannot be loaded.
    """
    if how not in WAYS:
        raise ValueError(unknown("objects", how, WAYS) + "; or boxes, [[x0,y0,x1,y1],...]")
    if how == "segmented":
        return lambda trial: segmented(spread_over(itti(trial.image), trial), trial.px_per_degree)
    model = load_detector(detector, device=device)
    return lambda trial: detected(trial.image, model)


def with_objects(trial: Trial, how: str | Find) -> Trial:
    """Return `trial` with objects that were found in its display; one that has objects as it is.

    Where the target is, as far as the trial says so, is an object too, the first one. It takes the place of found ones
    that are nearly the same. The background stays what it is.

    Parameters
    ----------
    trial : Trial
    how : {"segmented", "detected"} or callable
        For many trials, what `finder` returns, which loads a detector once; or a way of your own.

    Raises
    ------
    FileNotFoundError, ValueError
        If nothing was found, or as `finder`.
    """
    find = finder(how) if isinstance(how, str) else how
    if trial.objects is not None:
        return trial
    boxes = find(trial)
    if not len(boxes):
        raise ValueError(f"no objects were found in trial {trial.id!r}; give their boxes, or find them another way")
    if trial.target_box is not None:
        boxes = np.vstack([trial.target_box, boxes])
        boxes = distinct(boxes, -np.arange(len(boxes), dtype=np.float64))
    return trial.replace(objects=boxes, background=trial.background)
