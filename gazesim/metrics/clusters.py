"""Clusters of fixations by mean shift (Comaniciu & Meer, 2002, IEEE TPAMI 24, 603-619) with a flat kernel."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import check_positive
from gazesim.metrics.path_arrays import Floats, items, read_paths
from gazesim.scanpath import Scanpath

NEIGHBOURS = 0.3  # the share of all fixations that a window of the estimated bandwidth holds on average
STILL, ROUNDS = 1e-3, 300  # a window that moves by less than this share of the bandwidth has arrived


def cluster_centres(paths: Sequence[Scanpath | ArrayLike], *, bandwidth_px: float | None = None) -> Floats:
    """Return where the fixations of people on one image gather, for `sequence_score`.

    A window around every fixation moves to the mean of the fixations in it until it rests. Of windows that rest
    within a bandwidth of each other, the one with the most fixations stays.

    Parameters
    ----------
    paths : sequence of Scanpath or array
        Of all people whose fixations make the clusters; leave out the observer who is scored against them. A
        scanpath with a position that is not finite is left out.
    bandwidth_px : float, optional
        The radius of the window. Default: the mean distance of a fixation to the last of its nearest 30 %, itself
        included, as scikit-learn estimates it.

    Returns
    -------
    float64 (k, 2)
        x, y of the centres, that with the most fixations first.

    Raises
    ------
    ValueError
        If there is no fixation, or `bandwidth_px` is not a positive number.

    Examples
    --------
    >>> cluster_centres([[[10, 10], [90, 50]], [[12, 10], [90, 52]], [[11, 13]]], bandwidth_px=20)
    array([[11., 11.],
           [90., 51.]])
    """
    points = read_paths(items("paths", len(paths)), paths).xyt[:, :2]
    if not len(points):
        raise ValueError("paths hold no fixation, expected at least one")
    if bandwidth_px is None:
        bandwidth_px = estimated_bandwidth(points)
    else:
        check_positive("bandwidth_px", bandwidth_px)
    centres, counts = _resting_windows(points, bandwidth_px)
    ranked = centres[np.lexsort((centres[:, 1], centres[:, 0], counts))[::-1]]
    kept: list[Floats] = []
    for centre in ranked:
        if all(np.hypot(*(centre - other)) > bandwidth_px for other in kept):
            kept.append(centre)
    return np.array(kept)


def estimated_bandwidth(points: Floats) -> float:
    """Return the mean distance in px of a point (n, 2) to the last of its nearest 30 %, itself included."""
    nearest = max(1, int(len(points) * NEIGHBOURS))
    furthest = [np.partition(np.hypot(*(points - point).T), nearest - 1)[nearest - 1] for point in points]
    return float(np.mean(furthest))


def _resting_windows(points: Floats, bandwidth: float) -> tuple[Floats, Floats]:
    """Return where the window that starts at each point rests, and how many points it holds."""
    centres, counts = np.empty_like(points), np.empty(len(points))
    for i, start in enumerate(points):
        centre = start
        for _ in range(ROUNDS):
            inside = points[np.hypot(*(points - centre).T) <= bandwidth]
            before, centre, counts[i] = centre, inside.mean(axis=0), len(inside)
            if np.hypot(*(centre - before)) <= STILL * bandwidth:
                break
        centres[i] = centre
    return centres, counts
