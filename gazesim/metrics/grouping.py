"""The simplification of MultiMatch: neighbouring saccades that differ little, or are small, become one.

Jarodzka, Holmqvist & Nystroem (2010), ETRA, section 3.1, in the form of the published toolbox.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import as_floats, check_positive
from gazesim.metrics.path_arrays import Floats


@dataclass(frozen=True)
class Grouping:
    """When neighbouring saccades become one.

    Parameters
    ----------
    direction_deg : float
        Saccades that differ by less in direction are joined, if the fixation between them is short.
    amplitude_px : float
        A saccade that is shorter than this is joined with the next, if the fixation before or after it is short.
        The toolbox takes a tenth of the diagonal of the image.
    duration_ms : float
        Fixations shorter than this are short.

    Raises
    ------
    ValueError
        If a threshold is not a positive number.
    """

    direction_deg: float
    amplitude_px: float
    duration_ms: float

    def __post_init__(self) -> None:
        for name in ("direction_deg", "amplitude_px", "duration_ms"):
            check_positive(name, getattr(self, name))


class _Saccade(NamedTuple):
    dx: float
    dy: float
    x: float
    y: float
    duration: float  # of the fixation before

    def joined(self, other: "_Saccade") -> "_Saccade":
        return self._replace(dx=self.dx + other.dx, dy=self.dy + other.dy)

    @property
    def length(self) -> float:
        return math.sqrt(self.dx**2 + self.dy**2)


def group_saccades(saccades: ArrayLike, last_duration: float, grouping: Grouping) -> Floats:
    """Join saccades until their number stays the same.

    A round is a pass over directions, then one over amplitudes. A saccade that was joined is not joined again in the
    same pass. If the last saccade is short, and one of the last two fixations, the vector stored last becomes the sum
    of the last two saccades that came into the pass, and keeps its start: as in the toolbox, its end can differ from
    the end of the path. A saccade of length 0 has no angle with another.

    Parameters
    ----------
    saccades : (n, 5)
        dx, dy, start x, start y in px, and the duration in ms of the fixation before.
    last_duration : float
        Of the fixation after the last saccade, ms.
    grouping : Grouping

    Returns
    -------
    float64 (k, 5), k <= n
        At least one saccade, if there was one.

    Examples
    --------
    >>> zigzag = [[40, 0, 0, 0, 90], [50, 5, 40, 0, 80], [0, 90, 90, 5, 300]]
    >>> group_saccades(zigzag, 250, Grouping(direction_deg=30, amplitude_px=20, duration_ms=100))
    array([[ 90.,   5.,   0.,   0.,  90.],
           [  0.,  90.,  90.,   5., 300.]])
    """
    path = [_Saccade(*row) for row in as_floats("saccades", saccades, ("n", 5)).tolist()]
    count = len(path)
    while path:
        path = _join_directions(path, grouping)
        path, joined_last = _join_amplitudes(path, last_duration, grouping)
        if (now := len(path) + joined_last) == count:
            break
        count = now
    return np.array(path, np.float64).reshape(-1, 5)


def _join_directions(path: list[_Saccade], grouping: Grouping) -> list[_Saccade]:
    joined, i = [], 0
    while i < len(path) - 1:
        short = path[i + 1].duration < grouping.duration_ms
        if short and _angle_deg(path[i], path[i + 1]) < grouping.direction_deg:
            joined.append(path[i].joined(path[i + 1]))
            i += 2
        else:
            joined.append(path[i])
            i += 1
    return joined + path[i:]


def _join_amplitudes(path: list[_Saccade], last: float, grouping: Grouping) -> tuple[list[_Saccade], bool]:
    """Return the path after the pass, and whether its last saccade was joined with the one before."""
    durations = [saccade.duration for saccade in path] + [last]
    joined: list[_Saccade] = []
    i = 0
    while i < len(path):
        small = path[i].length < grouping.amplitude_px and min(durations[i : i + 2]) < grouping.duration_ms
        if small and i < len(path) - 1:
            joined.append(path[i].joined(path[i + 1]))
            i += 2
        elif small and joined:
            total = path[-2].joined(path[-1])
            joined[-1] = joined[-1]._replace(dx=total.dx, dy=total.dy)
            return joined, True
        else:
            joined.append(path[i])
            i += 1
    return joined, False


def _angle_deg(a: _Saccade, b: _Saccade) -> float:
    lengths = a.length * b.length
    if not lengths:
        return math.inf
    return math.degrees(math.acos(max(-1.0, min(1.0, (a.dx * b.dx + a.dy * b.dy) / lengths))))
