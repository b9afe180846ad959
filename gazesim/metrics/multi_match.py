"""MultiMatch: five ways in which two scanpaths are alike, as vectors.

Jarodzka, Holmqvist & Nystroem (2010), ETRA; Dewhurst et al. (2012), Behavior Research Methods 44, 1079-1100.
"""

import math
from typing import Literal

import numpy as np

from gazesim.checks import check_option
from gazesim.metrics.alignment import cheapest_path, distances
from gazesim.metrics.batch import Chunk, Path, Score, score
from gazesim.metrics.grouping import Grouping, group_saccades
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths, Sequences, Size, check_size

DIMENSIONS = ("shape", "direction", "length", "position", "duration")
DX, DY, X, Y, DURATION, ANGLE, LENGTH = range(7)  # the features of a saccade


def multimatch(
    a: Path, b: Path, *, size: Size, grouping: Grouping | None = None, compat: Literal["irl"] | None = None
) -> Score:
    """Compare the aligned saccades of two scanpaths in shape, direction, length, position and duration.

    Saccades are paired along the cheapest monotone path from the first pair to the last, where a pair costs the
    length of the difference of its vectors. Each value is 1 - median over the pairs / N: of that length (N twice the
    diagonal of the image), of the angle between them (pi), of the difference of their lengths (diagonal), of the
    distance of their starts (diagonal), and of the difference of the durations of the fixations before them, each
    divided by the longer one (1). A saccade of length 0 has the direction 0 (to the right).

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in px and duration in ms.
    size : (width, height)
        Of the image in px.
    grouping : Grouping, optional
        Simplify both scanpaths first, see `group_saccades`; off by default.
    compat : {"irl"}, optional
        Fill scanpaths of one or two fixations up to three with fixations at (1, 1) of 1 ms, as the evaluations of
        IRL, Gazeformer, HAT and OAT do. This makes unrelated short scanpaths alike; off by default.

    Returns
    -------
    float64 (5,)
        In the order of `DIMENSIONS`; 1 is equal. Below 0 only where fixations lie outside the image; not clipped.
        All NaN if a scanpath has fewer than three fixations or a position that is not finite. The last is NaN if a
        duration is not known, or two fixations that are compared both took 0 ms. Where several paths are equally
        cheap the values are those of one of them, of a, b and of b, a not always the same.

    Raises
    ------
    ValueError
        If `size` or `compat` is not as described, or a scanpath has no durations and `grouping` needs them.

    Examples
    --------
    >>> a = [[100, 100, 200], [300, 100, 250], [300, 250, 180], [80, 240, 310]]
    >>> multimatch(a, a, size=(400, 300))
    array([1., 1., 1., 1., 1.])
    >>> multimatch(a, a[:2], size=(400, 300))
    array([nan, nan, nan, nan, nan])
    """
    diagonal = math.hypot(*check_size(size))
    check_option("compat", compat, (None, "irl"))

    def encode(paths: Paths) -> Sequences:
        return _saccades(_filled(paths) if compat else paths, grouping)

    def kernel(first: Chunk, second: Chunk) -> Floats:
        return _compare(first, second, diagonal)

    return score(a, b, encode, kernel, parts=len(DIMENSIONS))


def _compare(a: Chunk, b: Chunk, diagonal: float) -> Floats:
    i, j, count = cheapest_path(a, b, distances)
    pairs = np.arange(len(count))
    first, second = a.values[:, i, pairs], b.values[:, j, pairs]
    angle = np.abs(first[ANGLE] - second[ANGLE])
    longer = np.maximum(first[DURATION], second[DURATION])
    with np.errstate(invalid="ignore"):
        differences = np.stack(
            [
                distances(first[[DX, DY]], second[[DX, DY]]) / (2 * diagonal),
                np.minimum(angle, 2 * np.pi - angle) / np.pi,
                np.abs(first[LENGTH] - second[LENGTH]) / diagonal,
                distances(first[[X, Y]], second[[X, Y]]) / diagonal,
                np.abs(first[DURATION] - second[DURATION]) / longer,
            ]
        )
    return 1 - _medians(differences, count).T


def _medians(values: Floats, count: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    """Return the medians (parts, pairs) of the first `count` of values (parts, steps, pairs); NaN if one is NaN."""
    beyond = np.arange(values.shape[1])[:, None] >= count
    unknown = (np.isnan(values) & ~beyond).any(axis=1)
    ranked = np.where(beyond, np.inf, values).transpose(0, 2, 1)
    ranked = np.sort(ranked, axis=2)
    middle = [np.take_along_axis(ranked, at[None, :, None], axis=2)[..., 0] for at in ((count - 1) // 2, count // 2)]
    return np.where(unknown, np.nan, (middle[0] + middle[1]) / 2)


def _filled(paths: Paths) -> Paths:
    missing = np.where(paths.lengths > 0, np.maximum(3 - paths.lengths, 0), 0)
    ends = np.repeat(np.cumsum(paths.lengths), missing)
    return Paths(paths.names, np.insert(paths.xyt, ends, 1.0, axis=0), paths.lengths + missing, paths.timed)


def _saccades(paths: Paths, grouping: Grouping | None) -> Sequences:
    """Return the saccades of paths with at least three fixations, with the features DX to LENGTH."""
    scorable = paths.lengths > 2
    if grouping is not None:
        scorable &= ~paths.any_of(np.isnan(paths.durations("grouping")))
    x, y, duration = paths.xyt.T
    lengths = np.maximum(paths.lengths - 1, 0)
    is_last = np.zeros(len(x), bool)
    is_last[np.cumsum(paths.lengths)[paths.lengths > 0] - 1] = True
    before = np.flatnonzero(~is_last)
    vectors = np.stack([x[before + 1] - x[before], y[before + 1] - y[before], x[before], y[before], duration[before]])
    saccades = Sequences(vectors, lengths).only(scorable)
    if grouping is not None:
        saccades = _grouped(saccades, duration[np.cumsum(paths.lengths) - 1] if len(x) else lengths, grouping)
    dx, dy = saccades.values[:2] + 0.0  # -0 becomes 0: a saccade of length 0 has the direction 0
    features = np.concatenate([saccades.values, [np.arctan2(dy, dx), np.sqrt(dx * dx + dy * dy)]])
    return Sequences(features, saccades.lengths)


def _grouped(saccades: Sequences, last_durations: Floats, grouping: Grouping) -> Sequences:
    """Group the saccades of each path, whose last fixation took last_durations (paths,)."""
    ends = saccades.starts + saccades.lengths
    groups = [
        group_saccades(saccades.values[:, start:end].T, float(last), grouping)
        for start, end, last in zip(saccades.starts, ends, last_durations, strict=True)
    ]
    values = np.concatenate([np.empty((0, 5)), *groups]).T
    return Sequences(values, np.array([len(group) for group in groups], np.intp))


MULTIMATCH = scanpath_measure(
    function=multimatch,
    direction="higher",
    high=1.0,
    source="Jarodzka et al. (2010), ETRA; Dewhurst et al. (2012), Behav. Res. Methods 44",
    parts=DIMENSIONS,
    default_for=("free_viewing", "search"),
    needs={"size": "size"},
)
