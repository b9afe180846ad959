"""Distances of scanpaths as polygons or sets of points: warping, Frechet, Hausdorff, nearest neighbours."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import check_option
from gazesim.metrics.alignment import distances, warp
from gazesim.metrics.batch import Chunk, Path, Score, ordered_sum, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths, Size, check_size, read_paths
from gazesim.scanpath import Scanpath


def dtw(a: Path, b: Path, *, cost: Literal["sum", "sqrt_sum_squares"] = "sum") -> Score:
    """Dynamic time warping: the smallest sum of distances over all warpings of one scanpath onto the other.

    Steps right, down and diagonal, without weights or window; not divided by anything, so longer scanpaths are
    further apart.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in any unit; durations are not used.
    cost : {"sum", "sqrt_sum_squares"}
        The sum of the distances, or the square root of the smallest sum of their squares.

    Returns
    -------
    float
        In the unit of a and b; 0 is equal but for repeats. NaN if a scanpath is empty or has a position that is not
        finite.

    Raises
    ------
    ValueError
        If `cost` is not as described.

    References
    ----------
    Berndt & Clifford (1994), KDD workshop, 359-370.

    Examples
    --------
    >>> dtw([[0, 0], [0, 0], [30, 40]], [[0, 0], [30, 43]])
    3.0
    """
    check_option("cost", cost, ("sum", "sqrt_sum_squares"))

    def kernel(first: Chunk, second: Chunk) -> Floats:
        if cost == "sum":
            return warp(first, second, distances, np.add)
        return np.sqrt(warp(first, second, _squares, np.add))

    return score(a, b, Paths.fixations, kernel)


def frechet(a: Path, b: Path) -> Score:
    """Discrete Frechet distance: the largest distance that a warping cannot avoid.

    Parameters and NaN as in `dtw`.

    Returns
    -------
    float
        In the unit of a and b; 0 is equal but for repeats.

    References
    ----------
    Eiter & Mannila (1994), Technical report CD-TR 94/64, TU Wien.

    Examples
    --------
    >>> frechet([[0, 0], [30, 40]], [[0, 5], [30, 43]])
    5.0
    """
    return score(a, b, Paths.fixations, lambda first, second: warp(first, second, distances, np.maximum))


def hausdorff(a: Path, b: Path) -> Score:
    """Hausdorff distance: the largest distance of a fixation of either scanpath to the nearest of the other.

    The order of the fixations does not count. Parameters and NaN as in `dtw`.

    Returns
    -------
    float
        In the unit of a and b; 0 if the same places are fixated.

    Examples
    --------
    >>> hausdorff([[0, 0], [30, 40]], [[0, 0]])
    50.0
    """

    def kernel(first: Chunk, second: Chunk) -> Floats:
        squares = _all_squares(first, second)
        largest: Floats = np.maximum(squares.min(axis=1).max(axis=0), squares.min(axis=0).max(axis=0))
        return np.sqrt(largest)

    return score(a, b, Paths.fixations, kernel)


def hausdorff_directed(a: Path, b: Path) -> Score:
    """Return the largest distance of a fixation of `a` to the nearest of `b`; see `hausdorff`.

    Returns
    -------
    float
        In the unit of a and b.

    Examples
    --------
    >>> hausdorff_directed([[0, 0]], [[0, 0], [30, 40]])
    0.0
    """
    return score(a, b, Paths.fixations, lambda one, two: np.sqrt(_all_squares(one, two).min(axis=1).max(axis=0)))


def eyeanalysis(a: Path, b: Path) -> Score:
    """Return the distances of all fixations to the nearest of the other scanpath, summed, by the longer length.

    Mapped both ways, so no fixation is left out; the order does not count. Parameters and NaN as in `dtw`.

    Returns
    -------
    float
        In the unit of a and b; 0 if the same places are fixated.

    References
    ----------
    Mathot, Cristino, Gilchrist & Theeuwes (2012), Journal of Eye Movement Research 5(1):4, 1-15, with x and y as the
    dimensions.

    Examples
    --------
    >>> eyeanalysis([[0, 0], [3, 4]], [[0, 0]])
    2.5
    """

    def kernel(first: Chunk, second: Chunk) -> Floats:
        there, back = _nearest_sums(first, second, np.sqrt)
        return (there + back) / np.maximum(first.lengths, second.lengths)

    return score(a, b, Paths.fixations, kernel)


def mannan(a: Path, b: Path, *, size: Size) -> Score:
    """Return Mannan's distance: the root of the mean squared distance to the nearest fixation, by the diagonal.

    Each scanpath weighs the same, however many fixations it has; the order does not count. Mannan's index of
    similarity is 100 (1 - D / Dr), Dr being the same for random scanpaths of the same lengths.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
    size : (width, height)
        Of the image, in the unit of a and b.

    Returns
    -------
    float
        0 if the same places are fixated, at most 1 inside the image. NaN as in `dtw`.

    Raises
    ------
    ValueError
        If `size` is not as described.

    References
    ----------
    Mannan, Ruddock & Wooding (1995), Spatial Vision 9, 363-386.

    Examples
    --------
    >>> mannan([[0, 0]], [[30, 40]], size=(300, 400))
    0.1
    """
    width, height = check_size(size)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        there, back = _nearest_sums(first, second, None)
        return np.sqrt((there / first.lengths + back / second.lengths) / (2 * (width**2 + height**2)))

    return score(a, b, Paths.fixations, kernel)


def pointwise_distance(a: Path, b: Path) -> Score:
    """Return the sum of the distances of the first fixations, of the second ones, and so on.

    Parameters as in `dtw`; see `pointwise_distances` for the terms.

    Returns
    -------
    float
        In the unit of a and b; 0 is equal. NaN if the scanpaths differ in length, are empty or have a position that is
        not finite.

    Examples
    --------
    >>> pointwise_distance([[0, 0], [3, 4]], [[0, 2], [3, 4]])
    2.0
    """

    def kernel(first: Chunk, second: Chunk) -> Floats:
        both = min(first.values.shape[1], second.values.shape[1])
        apart = distances(first.values[:, :both], second.values[:, :both])
        total = ordered_sum(np.where(first.valid()[:both], apart, 0))
        return np.where(first.lengths == second.lengths, total, np.nan)

    return score(a, b, Paths.fixations, kernel)


def pointwise_distances(a: Scanpath | ArrayLike, b: Scanpath | ArrayLike) -> Floats:
    """Return the distance (n,) of the first fixations, of the second ones, and so on; empty if one is not finite.

    Raises
    ------
    ValueError
        If the scanpaths differ in length.

    Examples
    --------
    >>> pointwise_distances([[0, 0], [3, 4]], [[0, 2], [3, 4]])
    array([2., 0.])
    """
    first, second = (read_paths([name], [path]).xyt.T for name, path in (("a", a), ("b", b)))
    if first.shape != second.shape:
        raise ValueError(f"b has {second.shape[1]} fixations, expected {first.shape[1]} as a")
    return distances(first, second)


def _squares(a: Floats, b: Floats) -> Floats:
    dx, dy = a[0] - b[0], a[1] - b[1]
    squares: Floats = dx * dx + dy * dy
    return squares


def _all_squares(a: Chunk, b: Chunk) -> Floats:
    """Return the squared distances (n, m, pairs); the repeats beyond the end change no minimum or maximum."""
    return _squares(a.values[:, :, None], b.values[:, None])


def _nearest_sums(a: Chunk, b: Chunk, transform: np.ufunc | None) -> tuple[Floats, Floats]:
    """Return the sums of the squared, then transformed distances of a to the nearest of b, and the reverse."""
    squares = _all_squares(a, b)
    sums = []
    for axis, side in ((1, a), (0, b)):
        nearest = squares.min(axis=axis)
        sums.append(ordered_sum(np.where(side.valid(), transform(nearest) if transform else nearest, 0)))
    return sums[0], sums[1]


DTW = scanpath_measure(function=dtw, direction="lower", low=0.0, source="Berndt & Clifford (1994)")
FRECHET = scanpath_measure(function=frechet, direction="lower", low=0.0, source="Eiter & Mannila (1994)")
HAUSDORFF = scanpath_measure(function=hausdorff, direction="lower", low=0.0, source="Hausdorff")
HAUSDORFF_DIRECTED = scanpath_measure(
    function=hausdorff_directed, direction="lower", low=0.0, source="Hausdorff", symmetric=False
)
EYEANALYSIS = scanpath_measure(
    function=eyeanalysis, direction="lower", low=0.0, source="Mathot et al. (2012), J. Eye Mov. Res. 5(1):4"
)
MANNAN = scanpath_measure(
    function=mannan, direction="lower", low=0.0, source="Mannan et al. (1995), Spat. Vis. 9", needs={"size": "size"}
)
POINTWISE_DISTANCE = scanpath_measure(function=pointwise_distance, direction="lower", low=0.0)
