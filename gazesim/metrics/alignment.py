"""Dynamic programmes over many pairs of sequences at once, along anti-diagonals: their cells do not need each other.

Tables have n + 1 rows and m + 1 columns; cell (i, j) is about the first i elements of one sequence and the first j of
the other. On the anti-diagonal i + j = s, cells are numbered by i.
"""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gazesim.metrics.batch import Chunk
from gazesim.metrics.path_arrays import Floats

Cost: TypeAlias = Callable[[Floats, Floats], Floats]  # of two features arrays (features, cells, pairs): (cells, pairs)


def distances(a: Floats, b: Floats) -> Floats:
    """Return the Euclidean distances between the first two features, x and y."""
    dx, dy = a[0] - b[0], a[1] - b[1]
    dx *= dx
    dy *= dy
    dx += dy
    root: Floats = np.sqrt(dx, out=dx)
    return root


def needleman_wunsch(a: Chunk, b: Chunk, similarity: Cost, gap: float, skipped: int = 0) -> tuple[Floats, Floats]:
    """Align each pair globally (Needleman & Wunsch, 1970): the largest sum of similarities and gaps.

    Parameters
    ----------
    a, b : Chunk
    similarity : callable
        Of two elements.
    gap : float
        Added for every element that has no partner.
    skipped : int
        Cell i of the border is gap * (i + skipped) instead of gap * i.

    Returns
    -------
    score, largest : float64 (pairs,)
        The last cell, which is the score, and the largest cell of the table.
    """
    n, m, ends = a.values.shape[1], b.values.shape[1], a.lengths + b.lengths
    rows = np.arange(n + 1)[:, None]
    before, last = np.empty((2, n + 1, len(ends)))
    cells = np.empty_like(last)
    score, largest = np.zeros(len(ends)), np.full(len(ends), -np.inf)
    for s, low, high, costs in _diagonals(a, b, similarity):
        if high > low:
            diagonal = cells[low:high]
            np.add(before[low - 1 : high - 1], costs, out=diagonal)
            beside = np.maximum(last[low - 1 : high - 1], last[low:high])
            if gap:
                beside += gap
            np.maximum(diagonal, beside, out=diagonal)
        if s <= m:
            cells[0] = gap * (s + skipped)
        if s <= n:
            cells[s] = gap * (s + skipped)
        if skipped:
            inside = (rows <= a.lengths) & (s - rows <= b.lengths) & (rows <= s)
            np.maximum(largest, np.where(inside, cells, -np.inf).max(axis=0), out=largest)
        ended = np.flatnonzero(ends == s)
        score[ended] = cells[a.lengths[ended], ended]
        before, last, cells = last, cells, before
    return score, largest


def warp(a: Chunk, b: Chunk, cost: Cost, join: np.ufunc) -> Floats:
    """Return the cost (pairs,) of the cheapest monotone path from the first pair of elements to the last.

    Steps go right, down and diagonal. `join` adds the cost of a cell to that of the path before it: np.add for a sum,
    np.maximum for the largest cost.
    """
    n, ends = a.values.shape[1], a.lengths + b.lengths
    before, last, cells = np.full((3, n + 1, len(ends)), np.inf)
    score = np.empty(len(ends))
    for s, low, high, costs in _diagonals(a, b, cost):
        if s == 2:
            before[0] = 0
        if high > low:
            cheapest = np.minimum(last[low - 1 : high - 1], last[low:high])
            np.minimum(cheapest, before[low - 1 : high - 1], out=cheapest)
            join(cheapest, costs, out=cells[low:high])
        cells[:low] = np.inf
        cells[high:] = np.inf
        ended = np.flatnonzero(ends == s)
        score[ended] = cells[a.lengths[ended], ended]
        before, last, cells = last, cells, before
    return score


def cheapest_path(a: Chunk, b: Chunk, cost: Cost) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return a cheapest path as in `warp`, from its end: which elements it pairs, and how many.

    The cost of a step is that of the cell entered. Of equally cheap steps the diagonal one is taken, then the one
    along `b`.

    Returns
    -------
    i, j : intp (steps, pairs)
        Beyond its count a path stays at its start (0, 0).
    count : intp (pairs,)
    """
    n, m, pairs = a.values.shape[1], b.values.shape[1], len(a.lengths)
    table = np.full((n + m + 1, n + 1, pairs), np.inf)  # the anti-diagonals one after the other
    table[0, 0] = 0
    for s, low, high, costs in _diagonals(a, b, cost):
        if high > low:
            cheapest = np.minimum(table[s - 1, low - 1 : high - 1], table[s - 1, low:high])
            np.minimum(cheapest, table[s - 2, low - 1 : high - 1], out=cheapest)
            np.add(cheapest, costs, out=table[s, low:high])
    flat, lanes = table.reshape(-1), np.arange(pairs)
    i, j, count = a.lengths.copy(), b.lengths.copy(), np.ones(pairs, np.intp)
    steps = [(i - 1, j - 1)]
    while (walking := (i > 1) | (j > 1)).any():
        above = ((i + j - 1) * (n + 1) + i - 1) * pairs + lanes  # where cell (i - 1, j) lies in flat
        up, left, diagonal = flat[above], flat[above + pairs], flat[above - (n + 1) * pairs]
        straight = np.minimum(up, left) < diagonal
        go_up, go_left = ~straight | (up < left), ~straight | (left <= up)
        i, j = i - (go_up & walking), j - (go_left & walking)
        count += walking
        steps.append((i - 1, j - 1))
    paths_i, paths_j = (np.stack(indices) for indices in zip(*steps, strict=True))
    return paths_i, paths_j, count


def edit_distances(a: Floats, b: Floats, transposition: Literal["neighbours", "any"]) -> Floats:
    """Return the edit distances with insertion, deletion, replacement and transposition, each of cost 1.

    Parameters
    ----------
    a, b : float64 (n, ...), (m, ...)
        Symbols; the other axes are broadcast.
    transposition : {"neighbours", "any"}
        Of two neighbours, which are not edited again (restricted: optimal string alignment), or also of what has
        become neighbours (unrestricted: Damerau, 1964, as computed by Lowrance & Wagner, 1975).

    Returns
    -------
    float64 (n + 1, m + 1, ...)
        Of the first i symbols of `a` and the first j of `b`.
    """
    shape = np.broadcast_shapes(a.shape[1:], b.shape[1:])
    table = np.zeros((len(a) + 1, len(b) + 1, *shape))
    table += np.maximum.outer(np.arange(len(a) + 1.0), np.arange(len(b) + 1.0)).reshape(
        len(a) + 1, len(b) + 1, *np.ones(len(shape), int)
    )
    flat, lanes = table.reshape(table.shape[0] * table.shape[1], -1), np.arange(np.prod(shape, dtype=int))
    rows = np.zeros((len(b), *shape), np.intp)  # per symbol of b, the last row (from 1) above with the same symbol
    for i, symbol in enumerate(a, 1):
        column = np.zeros(shape, np.intp)  # the last column (from 1) to the left with the symbol of the row
        for j, other in enumerate(b, 1):
            same, row = symbol == other, rows[j - 1]
            best = np.minimum(table[i - 1, j], table[i, j - 1]) + 1
            np.minimum(best, table[i - 1, j - 1] + ~same, out=best)
            swapped = (row == i - 1) & (column == j - 1) if transposition == "neighbours" else True
            start = np.maximum(row - 1, 0) * table.shape[1] + np.maximum(column - 1, 0)
            through = flat[start.ravel(), lanes].reshape(shape) + (i - row + j - column - 1)
            np.minimum(best, through, out=best, where=swapped & (row > 0) & (column > 0))
            table[i, j] = best
            column = np.where(same, j, column)
            rows[j - 1] = np.where(same, i, row)
    return table


def _diagonals(a: Chunk, b: Chunk, cost: Cost) -> Iterator[tuple[int, int, int, Floats]]:
    """Give for each anti-diagonal s its inner cells low <= i < high and their costs."""
    n, m = a.values.shape[1], b.values.shape[1]
    backwards = b.values[:, ::-1]
    for s in range(n + m + 1):
        low, high = max(1, s - m), min(n, s - 1) + 1
        if high > low:
            # cell i pairs element i - 1 of a with element s - i - 1 of b, which is m - s + i from the end
            yield s, low, high, cost(a.values[:, low - 1 : high - 1], backwards[:, m - s + low : m - s + high])
        else:
            yield s, low, high, np.empty((0, len(a.lengths)))
