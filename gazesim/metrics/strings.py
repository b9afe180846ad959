"""Scanpaths as strings of grid cells, and the edits that turn one into the other.

Brandt & Stark (1997), Journal of Cognitive Neuroscience 9, 27-38; Foulsham & Underwood (2008), Journal of Vision
8(2):6.
"""

from typing import Literal, TypeAlias

import numpy as np

from gazesim.checks import check_at_least, check_option
from gazesim.metrics.alignment import edit_distances, needleman_wunsch
from gazesim.metrics.batch import Chunk, Kernel, Path, Score, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Encoder, Floats, Paths, Sequences, Size, check_size, inside

Edits: TypeAlias = Literal["levenshtein", "osa", "damerau"]
EDITS = ("levenshtein", "osa", "damerau")


def string_edit_distance(
    a: Path,
    b: Path,
    *,
    size: Size,
    grid: int = 5,
    edits: Edits = "levenshtein",
    clip_all: bool = False,
    compat: Literal["fixatons"] | None = None,
) -> Score:
    """Count the edits that turn the cells of one scanpath into those of the other.

    The grid has `grid` x `grid` cells of floor(width / grid) x floor(height / grid) px; coordinates are truncated.
    Fixations beyond the last cell, be it because cells are floored or because they lie outside the image, belong to
    the nearest cell.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in px; durations are not used.
    size : (width, height)
        Of the image in px.
    grid : int
        Columns, and rows, of the grid. 5 is usual; FixaTons has 4.
    edits : {"levenshtein", "osa", "damerau"}
        Insertion, deletion and replacement, each of cost 1; "osa" (optimal string alignment) and "damerau" also
        transpose neighbours at cost 1, "osa" only such as are not edited again.
    clip_all : bool
        Score a scanpath even if all its fixations lie outside the image.
    compat : {"fixatons"}, optional
        Fixations beyond the last column wrap into the next row, as in FixaTons.

    Returns
    -------
    float
        A whole number from 0 (equal) to the longer length. NaN if a scanpath is empty, has a position that is not
        finite, or no fixation inside the image.

    Raises
    ------
    ValueError
        If a setting is not as described, or `grid` is larger than the image.

    Examples
    --------
    >>> string_edit_distance([[10, 10], [90, 90]], [[10, 10], [10, 90]], size=(100, 100), grid=2)
    1.0
    """
    check_option("edits", edits, EDITS)
    check_option("compat", compat, (None, "fixatons"))
    kernel = levenshtein if edits == "levenshtein" else _with_transpositions(edits)
    return score(a, b, cells(size, grid, clip_all, wrap=compat is not None), kernel)


def string_edit_similarity(a: Path, b: Path, *, size: Size, grid: int = 5, clip_all: bool = False) -> Score:
    """Return 1 - Levenshtein distance / longer length, see `string_edit_distance`.

    Returns
    -------
    float
        From 0 (nothing in common) to 1 (equal); NaN as there.

    Raises
    ------
    ValueError
        As there.

    Examples
    --------
    >>> string_edit_similarity([[10, 10], [90, 90]], [[10, 10], [10, 90]], size=(100, 100), grid=2)
    0.5
    """

    def kernel(first: Chunk, second: Chunk) -> Floats:
        return 1 - levenshtein(first, second) / np.maximum(first.lengths, second.lengths)

    return score(a, b, cells(size, grid, clip_all), kernel)


def cells(size: Size, grid: int, clip_all: bool = False, wrap: bool = False) -> Encoder:
    """Return the encoder of scanpaths into cell numbers column + grid * row, see `string_edit_distance`."""
    width, height = check_size(size)
    check_at_least("grid", grid, 1)
    step = np.floor([width / grid, height / grid])
    if not step.all():
        raise ValueError(f"grid is {grid}, expected at most the {min(size)} px of the image")

    def encode(paths: Paths) -> Sequences:
        column, row = np.floor(np.trunc(paths.xyt[:, :2]) / step).T
        if not wrap:
            column, row = np.clip(column, 0, grid - 1), np.clip(row, 0, grid - 1)
        symbols = Sequences((column + grid * row)[None], paths.lengths)
        return symbols if clip_all else symbols.only(inside(paths, size))

    return encode


def equal(first: Floats, second: Floats) -> Floats:
    """Return 1 where two symbols are equal, else 0."""
    same: Floats = np.equal(first[0], second[0]).astype(np.float64)
    return same


def levenshtein(first: Chunk, second: Chunk) -> Floats:
    """Return the Levenshtein distances (pairs,)."""
    # Of the n + m symbols, matches and replacements use up two, gaps one. So replacements + gaps, the distance, is
    # (n + m) / 2 - (matches - gaps / 2), and what the alignment makes as large as possible stands in the brackets.
    return (first.lengths + second.lengths) / 2 - needleman_wunsch(first, second, equal, gap=-0.5)[0]


def _with_transpositions(edits: Edits) -> Kernel:
    def kernel(first: Chunk, second: Chunk) -> Floats:
        table = edit_distances(first.values[0], second.values[0], "neighbours" if edits == "osa" else "any")
        ends: Floats = table[first.lengths, second.lengths, np.arange(len(first.lengths))]
        return ends

    return kernel


DISTANCE = scanpath_measure(
    function=string_edit_distance,
    direction="lower",
    low=0.0,
    source="Brandt & Stark (1997), J. Cogn. Neurosci. 9",
    needs={"size": "size"},
)
SIMILARITY = scanpath_measure(
    function=string_edit_similarity,
    direction="higher",
    low=0.0,
    high=1.0,
    source="Foulsham & Underwood (2008), J. Vis. 8(2):6",
    needs={"size": "size"},
)
