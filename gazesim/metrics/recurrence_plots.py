"""Recurrence quantification: where two scanpaths, or one with itself, come back to a place.

Anderson, Bischof, Laidlaw, Risko & Kingstone (2013), Behavior Research Methods 45, 842-856; for two scanpaths
Anderson, Anderson, Kingstone & Bischof (2015), Behavior Research Methods 47, 1377-1392.
"""

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_positive
from gazesim.metrics.batch import Chunk, Path, Score, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths

PARTS = ("recurrence", "determinism", "laminarity", "corm")


def cross_recurrence(a: Path, b: Path, *, radius_px: float) -> Score:
    """Return recurrence, determinism, laminarity and centre of recurrence mass of two scanpaths.

    Both are cut to the shorter length N. Fixation i of `a` and j of `b` recur if they are at most `radius_px` apart;
    R of the N x N pairs do. A line is at least two recurrences in a row.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in px; durations are not used.
    radius_px : float
        In the unit of a and b; about the size of the fovea, or 5 to 10 % of the diagonal of the image.

    Returns
    -------
    float64 (4,)
        In the order of `PARTS`. recurrence 100 R / N^2: how often the same places are fixated (0 .. 100).
        determinism: the percentage of recurrences on diagonal lines, that is, of repeated sequences. laminarity: on
        horizontal and vertical lines, averaged: of one fixation of one scanpath with several in a row of the other.
        corm 100 * sum(j - i) / ((N - 1) R), from -100 (`b` comes first) to 100. Without recurrence the first is 0 and
        the others NaN; corm is NaN also for N = 1. All NaN if a scanpath is empty or has a position that is not
        finite.

    Raises
    ------
    ValueError
        If `radius_px` is not a positive number.

    Examples
    --------
    >>> a = [[0, 0], [100, 0], [200, 0], [300, 0]]
    >>> cross_recurrence(a, a, radius_px=10)
    array([ 25., 100.,   0.,   0.])
    """
    check_positive("radius_px", radius_px)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        n = np.minimum(first.lengths, second.lengths)
        recur = _recurrences(first, second, n, radius_px)
        return _measures(recur, np.ones(recur.shape[:2], bool), n, n * n)

    return score(a, b, Paths.fixations, kernel, parts=len(PARTS))


def recurrence(a: Path, *, radius_px: float) -> Score:
    """Return the same four measures of one scanpath with itself: of the pairs of fixations i < j.

    Parameters
    ----------
    a : Scanpath or array (n, 2) or (n, 3)
    radius_px : float
        As in `cross_recurrence`.

    Returns
    -------
    float64 (4,)
        As in `cross_recurrence`, with recurrence 100 * 2 R / (N (N - 1)) and lines above the main diagonal. corm is
        from 0 to 100; low if places are refixated soon. All NaN for fewer than two fixations.

    Raises
    ------
    ValueError
        If `radius_px` is not a positive number.

    Examples
    --------
    >>> recurrence([[0, 0], [100, 0], [0, 0], [100, 0]], radius_px=10)
    array([ 33.33333333, 100.        ,   0.        ,  66.66666667])
    """
    check_positive("radius_px", radius_px)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        n = first.lengths
        recur = _recurrences(first, second, n, radius_px)
        return _measures(recur, np.triu(np.ones(recur.shape[:2], bool), 1), n, n * (n - 1) / 2)

    return score(a, a, Paths.fixations, kernel, least=2, parts=len(PARTS))


def _recurrences(a: Chunk, b: Chunk, n: NDArray[np.intp], radius: float) -> NDArray[np.bool_]:
    """Return which fixations recur, (longest, longest, pairs)."""
    longest = int(n.max())
    first, second = a.values[:, :longest, None], b.values[:, None, :longest]
    dx, dy = first[0] - second[0], first[1] - second[1]
    used = np.arange(longest)[:, None] < n
    near: NDArray[np.bool_] = np.sqrt(dx * dx + dy * dy) <= radius
    return near & used[:, None] & used


def _measures(
    recur: NDArray[np.bool_], counted: NDArray[np.bool_], n: NDArray[np.intp], possible: NDArray[np.generic]
) -> Floats:
    recur = recur & counted[:, :, None]
    total = recur.sum(axis=(0, 1))
    diagonal, row, column = (_on_lines(recur, *step) for step in ((1, 1), (0, 1), (1, 0)))
    lag = np.subtract.outer(np.arange(len(recur)), np.arange(len(recur)))
    mass = -(lag[:, :, None] * recur).sum(axis=(0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [
            100 * total / possible,
            100 * diagonal / total,
            100 * (row + column) / (2 * total),
            100 * mass / ((n - 1) * total),
        ]
    return np.stack(parts, axis=1)


def _on_lines(recur: NDArray[np.bool_], down: int, right: int) -> NDArray[np.intp]:
    """Count the recurrences (pairs,) next to another one in a direction."""
    n = len(recur)
    before, after = recur[: n - down, : n - right], recur[down:, right:]
    both = before & after
    on_line = np.zeros_like(recur)
    on_line[: n - down, : n - right] |= both
    on_line[down:, right:] |= both
    count: NDArray[np.intp] = on_line.sum(axis=(0, 1))
    return count


CROSS_RECURRENCE = scanpath_measure(
    function=cross_recurrence,
    direction="higher",
    low=-100.0,
    high=100.0,
    source="Anderson et al. (2015), Behav. Res. Methods 47",
    parts=PARTS,
    symmetric=False,
    degrees={"radius_px": 2.0},
)
