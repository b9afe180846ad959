"""Distributions of saccade amplitudes and directions, and how far apart two are (Wasserstein or earth mover's).

Directions lie on a circle: Rabin, Delon & Gousseau (2011), Transportation distances on the circle, Journal of
Mathematical Imaging and Vision 41, 147-167.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import as_floats
from gazesim.metrics.batch import Chunk, Path, Score, ordered_sum, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths, Sequences, items, read_paths
from gazesim.scanpath import Scanpath


def saccade_amplitudes(paths: Sequence[Scanpath | ArrayLike]) -> Floats:
    """Return the lengths (saccades,) of all saccades of a list of scanpaths, in the unit of the positions.

    Scanpaths with a position that is not finite are left out.

    >>> saccade_amplitudes([[[0, 0], [30, 40], [30, 40]], [[5, 5]]])
    array([50.,  0.])
    """
    amplitudes: Floats = _amplitudes(read_paths(items("paths", len(paths)), paths)).values[0]
    return amplitudes


def saccade_directions(paths: Sequence[Scanpath | ArrayLike]) -> Floats:
    """Return the directions (saccades,) of all saccades of a list of scanpaths.

    In radians in (-pi, pi], 0 to the right, pi / 2 down. Saccades of length 0 have none; scanpaths with a position
    that is not finite are left out.

    >>> saccade_directions([[[0, 0], [10, 0], [10, 0], [10, -5]]])
    array([ 0.        , -1.57079633])
    """
    directions: Floats = _directions(read_paths(items("paths", len(paths)), paths)).values[0]
    return directions


def wasserstein(a: ArrayLike, b: ArrayLike) -> float:
    """Return the Wasserstein distance of two samples: the area between their distribution functions.

    Parameters
    ----------
    a, b : (n,), (m,)
        Such as the `saccade_amplitudes` of people and of a model.

    Returns
    -------
    float
        In the unit of the samples; 0 is equal. NaN if one is empty.

    Raises
    ------
    ValueError
        If a value is not finite.

    Examples
    --------
    >>> wasserstein([1, 3], [2, 6])
    2.0
    """
    first, second = _sample("a", a), _sample("b", b)
    return float(_area(first, second)[0]) if len(first.values[0]) and len(second.values[0]) else math.nan


def circular_wasserstein(a: ArrayLike, b: ArrayLike) -> float:
    """Return the Wasserstein distance of two samples on the circle.

    Parameters
    ----------
    a, b : (n,), (m,)
        Angles in radians, such as the `saccade_directions` of people and of a model.

    Returns
    -------
    float
        In radians, from 0 (equal) to pi. NaN if one is empty.

    Raises
    ------
    ValueError
        If a value is not finite.

    Examples
    --------
    >>> print(f"{circular_wasserstein([3.1], [-3.1]):.3f}")
    0.083
    """
    first, second = _sample("a", a), _sample("b", b)
    return float(_circular_area(first, second)[0]) if len(first.values[0]) and len(second.values[0]) else math.nan


def amplitude_distance(a: Path, b: Path) -> Score:
    """Return the Wasserstein distance of the saccade amplitudes of two scanpaths.

    For a model and people as a whole take `wasserstein` of their pooled `saccade_amplitudes`.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        Durations are not used.

    Returns
    -------
    float
        In the unit of a and b; 0 if the amplitudes are the same in any order. NaN if a scanpath has fewer than two
        fixations or a position that is not finite.

    Examples
    --------
    >>> amplitude_distance([[0, 0], [10, 0], [30, 0]], [[0, 0], [0, 20], [0, 10]])
    0.0
    """
    return score(a, b, _amplitudes, _area)


def direction_distance(a: Path, b: Path) -> Score:
    """Return the circular Wasserstein distance of the saccade directions of two scanpaths.

    Saccades of length 0 have no direction and are left out. For a model and people as a whole take
    `circular_wasserstein` of their pooled `saccade_directions`.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        Durations are not used.

    Returns
    -------
    float
        In radians, from 0 (the same directions in any order) to pi. NaN if a scanpath never moves, or has a position
        that is not finite.

    Examples
    --------
    >>> print(f"{direction_distance([[0, 0], [10, 0]], [[0, 0], [0, 10]]):.4f}")
    1.5708
    """
    return score(a, b, _directions, _circular_area)


def _vectors(paths: Paths) -> Sequences:
    x, y, _ = paths.xyt.T
    same = np.diff(np.repeat(np.arange(len(paths.lengths)), paths.lengths)) == 0
    return Sequences(np.stack([np.diff(x)[same], np.diff(y)[same]]), np.maximum(paths.lengths - 1, 0))


def _amplitudes(paths: Paths) -> Sequences:
    (dx, dy), lengths = _vectors(paths)
    return Sequences(np.sqrt(dx * dx + dy * dy)[None], lengths)


def _directions(paths: Paths) -> Sequences:
    (dx, dy), lengths = _vectors(paths)
    moves = (dx != 0) | (dy != 0)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    angles = np.arctan2(dy[moves], dx[moves])
    angles[angles == -np.pi] = np.pi
    return Sequences(angles[None], np.bincount(owners, moves, len(lengths)).astype(np.intp))


def _sample(name: str, values: ArrayLike) -> Chunk:
    sample = as_floats(name, values, ("n",))
    return Chunk(sample[None, :, None], np.array([len(sample)]))


def _steps(a: Chunk, b: Chunk) -> tuple[Floats, Floats]:
    """Return the sorted values (n + m, pairs) of both samples, and the difference of their distribution functions
    from each value to the next; repeats beyond the end of a sample weigh nothing.
    """  # noqa: D205
    values = np.concatenate([a.values[0], b.values[0]])
    weights = np.concatenate([a.valid() * b.lengths, b.valid() * -a.lengths])  # whole numbers: their sums are exact
    order = np.argsort(values, axis=0, kind="stable")
    ranked, steps = (np.take_along_axis(array, order, axis=0) for array in (values, weights))
    return ranked, np.cumsum(steps, axis=0) / (a.lengths * b.lengths)


def _area(a: Chunk, b: Chunk) -> Floats:
    values, differences = _steps(a, b)
    return ordered_sum(np.abs(differences[:-1]) * np.diff(values, axis=0))


def _circular_area(a: Chunk, b: Chunk) -> Floats:
    turned = [Chunk(np.mod(side.values, 2 * np.pi), side.lengths) for side in (a, b)]
    values, differences = _steps(*turned)
    widths = np.diff(values, axis=0, append=values[:1] + 2 * np.pi)
    order = np.argsort(differences, axis=0, kind="stable")
    ranked, gaps = (np.take_along_axis(array, order, axis=0) for array in (differences, widths))
    median = np.take_along_axis(ranked, (np.cumsum(gaps, axis=0) >= np.pi).argmax(axis=0)[None], axis=0)
    return ordered_sum(np.abs(differences - median) * widths)


AMPLITUDE = scanpath_measure(function=amplitude_distance, direction="lower", low=0.0)
DIRECTION = scanpath_measure(
    function=direction_distance,
    direction="lower",
    low=0.0,
    high=math.pi,
    source="Rabin et al. (2011), J. Math. Imaging Vis. 41",
)
