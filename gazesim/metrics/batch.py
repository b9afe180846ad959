"""One contract for all measures of a pair of scanpaths: one pair, two lists row by row, or all pairs.

Every measure turns each scanpath into a sequence once, and scores many pairs at once: pairs of about the same lengths
go into one padded chunk, chunks into threads. All arithmetic is element by element in a fixed order, so that the
values do not depend on the chunks or threads.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_at_least
from gazesim.metrics.path_arrays import Encoder, Floats, Paths, Sequences, items, read_paths
from gazesim.scanpath import Scanpath

CELLS = 1 << 19  # of length of a x length of b x pairs, in a chunk


class Side(NamedTuple):
    """One argument of many pairs: pair p has scanpath rows[p]."""

    paths: Paths
    rows: NDArray[np.intp]
    threads: int


Path: TypeAlias = Scanpath | ArrayLike | Side
Score: TypeAlias = (
    Any  # float or (parts,) of one pair; float64 (pairs,) or (pairs, parts) within `pairwise` and `paired`
)


class Chunk(NamedTuple):
    """One side of the pairs of a chunk; beyond its length a sequence goes on with its last element.

    values : float64 (features, longest, pairs)
    lengths : intp (pairs,)
    """

    values: Floats
    lengths: NDArray[np.intp]

    def valid(self) -> NDArray[np.bool_]:
        """Return which elements (longest, pairs) lie within their sequence."""
        return np.arange(self.values.shape[1])[:, None] < self.lengths


Kernel: TypeAlias = Callable[[Chunk, Chunk], Floats]


def pairwise(
    metric: Callable[..., Score],
    a: Sequence[Scanpath | ArrayLike],
    b: Sequence[Scanpath | ArrayLike] | None = None,
    *,
    threads: int | None = None,
    **settings: Any,
) -> Floats:
    """Score every scanpath of one list with every one of another.

    Parameters
    ----------
    metric : callable
        A measure of two scanpaths of this package, such as `multimatch`, or a function of such measures.
    a, b : sequence of Scanpath or array
        As the measure takes them; where it tells its arguments apart, `a` are the references. Without `b`, all pairs
        within `a`.
    threads : int, optional
        Default: as many as there are cores. The values do not depend on it.
    **settings
        Those of the measure.

    Returns
    -------
    float64 (len(a), len(b)), or (len(a), len(b), parts) for a measure of several values
        NaN where a pair cannot be scored, and, without `b`, on the diagonal: a path is not compared with itself.

    Raises
    ------
    ValueError
        If an argument is not what the measure takes; the line names it, as `a[3]`.

    Examples
    --------
    >>> from gazesim.metrics import dtw
    >>> pairwise(dtw, [[[0, 0], [3, 4]], [[0, 0]]], [[[0, 0]], [[3, 4], [3, 4]]])
    array([[ 5.,  5.],
           [ 0., 10.]])
    """
    first = read_paths(items("a", len(a)), a)
    second = first if b is None else read_paths(items("b", len(b)), b)
    shape = len(first.lengths), len(second.lengths)
    rows, columns = (index.ravel() for index in np.indices(shape))
    chosen = np.flatnonzero(rows != columns) if b is None else np.arange(len(rows))
    scores = _scores(metric, (first, rows[chosen]), (second, columns[chosen]), threads, settings)
    table = np.full((len(rows), *scores.shape[1:]), np.nan)
    table[chosen] = scores
    return table.reshape(*shape, *scores.shape[1:])


def paired(
    metric: Callable[..., Score],
    a: Sequence[Scanpath | ArrayLike],
    b: Sequence[Scanpath | ArrayLike],
    *,
    threads: int | None = None,
    **settings: Any,
) -> Floats:
    """Score two lists of scanpaths row by row: the first of `a` with the first of `b`, and so on.

    See `pairwise` for the arguments. An object that appears several times in a list is prepared once.

    Returns
    -------
    float64 (n,), or (n, parts) for a measure of several values
        NaN where a pair cannot be scored.

    Raises
    ------
    ValueError
        If the lists differ in length, or an argument is not what the measure takes.

    Examples
    --------
    >>> from gazesim.metrics import dtw
    >>> paired(dtw, [[[0, 0], [3, 4]], [[0, 0]]], [[[0, 0]], [[3, 4], [3, 4]]])
    array([ 5., 10.])
    """
    if len(a) != len(b):
        raise ValueError(f"b has {len(b)} scanpaths, expected {len(a)} as a")
    return _scores(metric, _distinct("a", a), _distinct("b", b), threads, settings)


def each(
    metric: Callable[..., Score], a: Sequence[Scanpath | ArrayLike], *, threads: int | None = None, **settings: Any
) -> Floats:
    """Score every scanpath of a list with a measure of one scanpath, such as `recurrence`; otherwise as `paired`.

    Examples
    --------
    >>> from gazesim.metrics import recurrence
    >>> each(recurrence, [[[0, 0], [1, 0]], [[0, 0], [90, 0]]], radius_px=10)[:, 0]
    array([100.,   0.])
    """
    paths = read_paths(items("a", len(a)), a)
    return np.asarray(metric(Side(paths, np.arange(len(paths.lengths)), _count(threads)), **settings))


def _distinct(name: str, paths: Sequence[Scanpath | ArrayLike]) -> tuple[Paths, NDArray[np.intp]]:
    """Return the paths without repeats of an object, and which of them each row has."""
    numbers: dict[int, int] = {}
    held = list(paths)
    rows = np.array([numbers.setdefault(id(path), len(numbers)) for path in held], np.intp)
    first = np.unique(rows, return_index=True)[1]
    return read_paths([f"{name}[{i}]" for i in first], [held[i] for i in first]), rows


def _scores(
    metric: Callable[..., Score],
    a: tuple[Paths, NDArray[np.intp]],
    b: tuple[Paths, NDArray[np.intp]],
    threads: int | None,
    settings: dict[str, Any],
) -> Floats:
    return np.asarray(metric(Side(*a, _count(threads)), Side(*b, _count(threads)), **settings))


def _count(threads: int | None) -> int:
    if threads is None:
        return os.cpu_count() or 1
    check_at_least("threads", threads, 1)
    return threads


def score(a: Path, b: Path, encode: Encoder, kernel: Kernel, *, least: int = 1, parts: int | None = None) -> Score:
    """Score the pairs of two arguments of a measure.

    Parameters
    ----------
    a, b : Scanpath, array or Side
    encode : callable
        Turns scanpaths into sequences, empty where a path cannot be scored.
    kernel : callable
        Turns two chunks of sequences into values (pairs,) or (pairs, parts).
    least : int
        A pair with a shorter sequence is not scored: NaN.
    parts : int, optional
        How many values the measure has; None for a single one.
    """
    first, second = _side("a", a), _side("b", b)
    left = encode(first.paths)
    right = left if second.paths is first.paths else encode(second.paths)
    n, m = left.lengths[first.rows], right.lengths[second.rows]
    scores = np.full((len(n),) if parts is None else (len(n), parts), np.nan)

    def run(chosen: NDArray[np.intp]) -> None:
        scores[chosen] = kernel(_chunk(left, first.rows[chosen]), _chunk(right, second.rows[chosen]))

    chunks = list(_chunks(n, m, np.flatnonzero(np.minimum(n, m) >= least)))
    if first.threads > 1 and len(chunks) > 1:
        with ThreadPoolExecutor(first.threads) as pool:
            list(pool.map(run, chunks))
    else:
        for chosen in chunks:
            run(chosen)
    if isinstance(a, Side):
        return scores
    return float(scores[0]) if parts is None else scores[0]


def _side(name: str, path: Path) -> Side:
    if isinstance(path, Side):
        return path
    return Side(read_paths([name], [path]), np.zeros(1, np.intp), 1)


def _chunks(n: NDArray[np.intp], m: NDArray[np.intp], scorable: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Split the scorable pairs into chunks of similar lengths n and m and at most CELLS cells, or one pair."""
    order = scorable[np.lexsort((np.where(n % 2, -m, m)[scorable], n[scorable]))]  # m goes up and down: no jump with n
    while len(order):
        ahead = order[: max(1, CELLS // (n[order[0]] * m[order[0]]))]
        cells = np.maximum.accumulate(n[ahead]) * np.maximum.accumulate(m[ahead]) * np.arange(1, len(ahead) + 1)
        count = max(1, int(np.searchsorted(cells, CELLS, side="right")))
        yield order[:count]
        order = order[count:]


def _chunk(sequences: Sequences, rows: NDArray[np.intp]) -> Chunk:
    lengths = sequences.lengths[rows]
    offsets = np.minimum(np.arange(lengths.max())[:, None], lengths - 1)
    return Chunk(sequences.values[:, sequences.starts[rows] + offsets], lengths)


def ordered_sum(values: Floats) -> Floats:
    """Return the sum over the first axis, term after term, whatever the other axes (numpy's order depends on them)."""
    total: Floats = values[0].copy()
    for term in values[1:]:
        total += term
    return total
