"""Mistakes that leave every number a number: swapped axes, another origin, another unit of time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gazesim.datasets.stimulus import Stimulus
from gazesim.scanpath import Scanpath

OUTSIDE = 0.1  # the largest share of fixations off the display that recordings are trusted with
FEW = 0.02  # a share below which swapped axes are not suspected
DURATIONS_MS = (5.0, 5000.0)  # a median outside is another unit


def check_plausible(name: str, stimuli: Sequence[Stimulus], scanpaths: Sequence[Scanpath]) -> None:
    """Raise ValueError if positions or times look as if they were stored another way; `name` begins the line."""
    sizes, xy = _sizes(stimuli, scanpaths), np.concatenate([path.xy for path in scanpaths])
    if fault := _positions(sizes, xy) or _times(scanpaths):
        raise ValueError(f"{name}: {fault}")


def off_screen(stimuli: Sequence[Stimulus], scanpaths: Sequence[Scanpath]) -> NDArray[np.bool_]:
    """Return for every fixation, scanpath after scanpath, whether it lies outside its display."""
    return _outside(np.concatenate([path.xy for path in scanpaths]), _sizes(stimuli, scanpaths))


def _sizes(stimuli: Sequence[Stimulus], scanpaths: Sequence[Scanpath]) -> NDArray[np.float64]:
    """Return the width and height (n, 2) of the display of every fixation."""
    by_id = {stimulus.id: (stimulus.width, stimulus.height) for stimulus in stimuli}
    sizes = np.array([by_id[str(path.trial)] for path in scanpaths], float)
    return np.repeat(sizes, [len(path) for path in scanpaths], axis=0)


def _outside(xy: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which positions (n,) lie off their display, whether its source counts px from 0 or from 1."""
    return np.asarray(((xy < -0.5) | (xy > sizes + 0.5)).any(axis=1))


def _positions(sizes: NDArray[np.float64], xy: NDArray[np.float64]) -> str | None:
    lost = float(_outside(xy, sizes).mean())
    swapped = float(_outside(xy[:, ::-1], sizes).mean())
    centred = float(_outside(xy + sizes / 2, sizes).mean())
    shown = f"{lost:.1%} of the fixations lie outside their display"
    if len(xy) > 1 and np.abs(xy).max() <= 1 and sizes.min() > 2:
        return "no coordinate is above 1, they look like shares of the display, expected px"
    if (xy < -0.5).mean() > 0.2 and centred < FEW:
        return f"{shown}, and none if the origin were its centre; expected px from its top left corner"
    if lost > FEW and swapped < lost / 4:
        return f"{shown}, {swapped:.1%} with x and y swapped: the columns look like (y, x), expected (x, y)"
    if lost > OUTSIDE:
        (x0, y0), (x1, y1) = xy.min(0), xy.max(0)
        return f"{shown} (x {x0:g} to {x1:g}, y {y0:g} to {y1:g}), expected px from its top left corner"
    return None


def _times(scanpaths: Sequence[Scanpath]) -> str | None:
    durations = [path.duration_ms for path in scanpaths if path.duration_ms is not None]
    gaps = [np.diff(path.onset_ms) for path in scanpaths if path.onset_ms is not None and len(path) > 1]
    for what, values in (("duration", durations), ("time from one onset to the next", gaps)):
        if values and not DURATIONS_MS[0] <= (median := float(np.median(np.concatenate(values)))) <= DURATIONS_MS[1]:
            unit = "seconds" if median < DURATIONS_MS[0] else "microseconds"
            return f"the median {what} is {median:g} ms, it looks like {unit}, expected ms"
    return None
