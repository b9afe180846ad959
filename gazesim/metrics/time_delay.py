"""Time-delay embeddings: whether pieces of one scanpath occur in the other, wherever in time.

Wang, Chen, Wang, Jiang, Fang & Yao (2011), Simulating human saccadic scanpaths on natural images, CVPR, 441-448. The
first argument is the reference, usually the person; the second the candidate, whose windows are looked up in it.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_option
from gazesim.metrics.alignment import edit_distances
from gazesim.metrics.batch import Chunk, Path, Score, ordered_sum, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths, Sequences, Size, check_size
from gazesim.metrics.strings import cells

Window: TypeAlias = Literal["l2", "l1"]
Aggregate: TypeAlias = Literal["mean", "hausdorff"]


def tde(a: Path, b: Path, *, k: int = 3, aggregate: Aggregate = "mean", window: Window = "l2") -> Score:
    """Return how far the windows of k fixations of `b` are from the nearest window of `a`.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        The reference and the candidate; x, y in px, durations are not used.
    k : int
        Fixations in a window.
    aggregate : {"mean", "hausdorff"}
        The mean, or the maximum, over the windows of `b`.
    window : {"l2", "l1"}
        The distance of two windows: the Euclidean norm of the k distances of their fixations ("l2": windows are
        vectors of 2k numbers), or their sum ("l1").

    Returns
    -------
    float
        px, the window distance divided by k; 0 if every window of `b` occurs in `a`. NaN if a scanpath has fewer
        than k fixations or a position that is not finite.

    Raises
    ------
    ValueError
        If a setting is not as described.

    Examples
    --------
    >>> tde([[0, 0], [10, 10], [20, 20]], [[0, 3], [10, 14]], k=2)
    2.5
    """
    check_at_least("k", k, 1)
    _check(aggregate, window)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        (sums,) = (sums for length, sums in enumerate(_window_sums(first, second, window, k), 1) if length == k)
        nearest = _nearest(sums, first, k)
        return _aggregate(_rooted(nearest, window) / k, second, k, aggregate)

    return score(a, b, Paths.fixations, kernel, least=k)


def sbtde(
    a: Path,
    b: Path,
    *,
    size: Size,
    k: int = 3,
    grid: int = 4,
    aggregate: Aggregate = "mean",
    clip_all: bool = False,
) -> Score:
    """Return how many edits away the windows of k cells of `b` are from the nearest window of `a`, per cell.

    As `tde`, on strings of grid cells (see `string_edit_distance`), with insertion, deletion, replacement and
    transposition (unrestricted) as edits. This is the distance; papers also report 1 - it.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        The reference and the candidate.
    size : (width, height)
        Of the image in px.
    k : int
        Cells in a window.
    grid : int
        Columns, and rows, of the grid.
    aggregate : {"mean", "hausdorff"}
        The mean, or the maximum, over the windows of `b`.
    clip_all : bool
        Score a scanpath even if all its fixations lie outside the image.

    Returns
    -------
    float
        From 0 (every window of `b` occurs in `a`) to 1. NaN if a scanpath has fewer than k fixations, a position
        that is not finite, or no fixation inside the image.

    Raises
    ------
    ValueError
        If a setting is not as described.

    Examples
    --------
    >>> sbtde([[10, 10], [90, 90], [10, 10]], [[10, 12], [90, 10]], size=(100, 100), k=2)
    0.5
    """
    check_at_least("k", k, 1)
    _check(aggregate, "l2")

    def kernel(first: Chunk, second: Chunk) -> Floats:
        windows = [
            np.stack([chunk.values[0, i : chunk.values.shape[1] - k + 1 + i] for i in range(k)])
            for chunk in (first, second)
        ]
        edits = edit_distances(windows[0][:, :, None], windows[1][:, None], "any")[k, k]
        return _aggregate(_nearest(edits, first, k) / k, second, k, aggregate)

    return score(a, b, cells(size, grid, clip_all), kernel, least=k)


def stde(a: Path, b: Path, *, size: Size, window: Window = "l2") -> Score:
    """Return the scaled time-delay embedding: exp(- `tde`), averaged over all window lengths.

    Coordinates are divided by the larger side of the image, and k goes from 1 to the shorter length.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        The reference and the candidate.
    size : (width, height)
        Of the image in px.
    window : {"l2", "l1"}
        As in `tde`. "l2", the norm of the k distances, is what FixaTons and the copies of it in programs that score
        models compute; the sum "l1" is a variant, the default of `stde_distance`. They differ from k = 2 on.

    Returns
    -------
    float
        Above 0, to 1 (equal). NaN if a scanpath is empty or has a position that is not finite.

    Raises
    ------
    ValueError
        If a setting is not as described.

    Examples
    --------
    >>> stde([[0, 0], [10, 10]], [[0, 0], [10, 10]], size=(100, 100))
    1.0
    """
    return _over_lengths(a, b, size, window, similarity=True)


def stde_distance(a: Path, b: Path, *, size: Size, window: Window = "l1") -> Score:
    """Return the average over all window lengths of the distances `tde` themselves; see `stde`.

    Returns
    -------
    float
        In units of the larger side of the image; 0 is equal; NaN as in `stde`.

    Raises
    ------
    ValueError
        If a setting is not as described.

    Examples
    --------
    >>> stde_distance([[0, 0], [40, 0]], [[0, 30], [40, 30]], size=(100, 100))
    0.3
    """
    return _over_lengths(a, b, size, window, similarity=False)


def _over_lengths(a: Path, b: Path, size: Size, window: Window, similarity: bool) -> Score:
    side = max(check_size(size))
    _check("mean", window)

    def encode(paths: Paths) -> Sequences:
        return Sequences(paths.xyt.T[:2] / side, paths.lengths)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        shorter = np.minimum(first.lengths, second.lengths)
        total = np.zeros(len(shorter))
        for k, sums in enumerate(_window_sums(first, second, window, int(shorter.max())), 1):
            nearest = _rooted(_nearest(sums, first, k), window) / k
            scored = np.flatnonzero(shorter >= k)
            distance = _aggregate(nearest[:, scored], Chunk(second.values, second.lengths[scored]), k, "mean")
            total[scored] += np.exp(-distance) if similarity else distance
        return total / shorter

    return score(a, b, encode, kernel)


def _check(aggregate: str, window: str) -> None:
    check_option("aggregate", aggregate, ("mean", "hausdorff"))
    check_option("window", window, ("l2", "l1"))


def _window_sums(a: Chunk, b: Chunk, window: Window, longest: int) -> Iterator[Floats]:
    """Give for k = 1 .. longest the summed (squared, for l2) distances (n - k + 1, m - k + 1, pairs) of windows."""
    dx, dy = (a.values[i][:, None] - b.values[i] for i in range(2))
    points = dx * dx + dy * dy
    if window == "l1":
        np.sqrt(points, out=points)
    sums = points
    for k in range(1, longest + 1):
        yield sums
        sums = sums[:-1, :-1] + points[k:, k:]


def _rooted(sums: Floats, window: Window) -> Floats:
    return np.sqrt(sums) if window == "l2" else sums


def _nearest(distances: Floats, a: Chunk, k: int) -> Floats:
    """Return the smallest of the distances (windows of a, windows of b, pairs) over the windows of a."""
    valid: NDArray[np.bool_] = np.arange(distances.shape[0])[:, None] < a.lengths - k + 1
    nearest: Floats = np.where(valid[:, None], distances, np.inf).min(axis=0)
    return nearest


def _aggregate(nearest: Floats, b: Chunk, k: int, aggregate: Aggregate) -> Floats:
    windows = b.lengths - k + 1
    valid = np.arange(len(nearest))[:, None] < windows
    if aggregate == "mean":
        return ordered_sum(np.where(valid, nearest, 0)) / windows
    largest: Floats = np.where(valid, nearest, -np.inf).max(axis=0)
    return largest


_SOURCE = "Wang et al. (2011), CVPR"
TDE = scanpath_measure(function=tde, direction="lower", low=0.0, source=_SOURCE, symmetric=False)
SBTDE = scanpath_measure(
    function=sbtde, direction="lower", low=0.0, high=1.0, source=_SOURCE, symmetric=False, needs={"size": "size"}
)
STDE = scanpath_measure(
    function=stde, direction="higher", low=0.0, high=1.0, source=_SOURCE, symmetric=False, needs={"size": "size"}
)
STDE_DISTANCE = scanpath_measure(
    function=stde_distance, direction="lower", low=0.0, source=_SOURCE, symmetric=False, needs={"size": "size"}
)
