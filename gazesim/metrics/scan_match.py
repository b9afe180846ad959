"""ScanMatch: scanpaths as strings of grid cells, aligned, with near cells alike.

Cristino, Mathot, Theeuwes & Gilchrist (2010), Behavior Research Methods 42, 692-700.
"""

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from gazesim.checks import check_at_least, check_finite, check_not_negative, check_option, check_positive, check_shape
from gazesim.metrics.alignment import needleman_wunsch
from gazesim.metrics.batch import Chunk, Path, Score, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Floats, Paths, Sequences, Size, check_in_ms, check_size, inside, repeated

Binning: TypeAlias = Literal["toolbox", "zero_based"]


def scanmatch(
    a: Path,
    b: Path,
    *,
    size: Size,
    bins: tuple[int, int] = (12, 8),
    threshold: float = 3.5,
    gap: float = 0.0,
    temporal_bin_ms: float = 0.0,
    binning: Binning = "toolbox",
    clip_all: bool = False,
    compat: Literal["python_port"] | None = None,
) -> Score:
    """Align two scanpaths as strings of grid cells (Needleman-Wunsch) and return the score.

    Two cells score `threshold` minus their distance in bins. The score of the alignment is divided by `threshold`
    times the longer length.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in px and, for temporal bins, the duration in ms.
    size : (width, height)
        Of the image in px, which the grid covers.
    bins : (columns, rows)
        Of the grid.
    threshold : float
        The distance in bins at which two cells score 0; at least 0, not 0. The toolbox suggests twice the standard
        deviation of the saccade amplitudes, in bins.
    gap : float
        What an unmatched cell scores.
    temporal_bin_ms : float
        If not 0, each cell is repeated round(duration / temporal_bin_ms) times, halves up, to compare durations too.
    binning : {"toolbox", "zero_based"}
        Which cell holds a fixation. "toolbox", the MATLAB toolbox's rule: px count from 1; x is rounded, halves up;
        below 1 it is 1, above width it is width - 1; the column is floor((x - 1) * columns / width); y likewise.
        "zero_based": x is truncated and clipped to 0 .. width - 1; the column is floor(x * columns / width).
    clip_all : bool
        Score a scanpath even if all its fixations lie outside the image, as if they were at its edge.
    compat : {"python_port"}, optional
        The rules of the Python port that several projects use: "zero_based" cells, halves in the temporal binning to
        the even number, and, with a gap, borders of the table that start with one gap, and its largest value instead
        of its last.

    Returns
    -------
    float
        1 is equal; about 0 for unrelated scanpaths, but this depends on the grid and threshold: measure it. Below 0
        only with a negative gap. Single fixations outside the image count as at its edge. NaN if a scanpath is
        empty, has a position that is not finite or no fixation inside the image, or with temporal bins: if a
        duration is not known or all round to 0.

    Raises
    ------
    ValueError
        If a setting is not as described, or temporal bins need durations and a scanpath has none, or in seconds.

    Examples
    --------
    >>> a = [[100, 100, 200], [300, 100, 250], [300, 250, 180]]
    >>> b = [[100, 120, 100], [310, 250, 400]]
    >>> print(f"{scanmatch(a, b, size=(400, 300)):.3f} {scanmatch(a, b, size=(400, 300), temporal_bin_ms=50):.3f}")
    0.476 0.330
    """
    width, height = check_size(size)
    check_shape("bins", np.asarray(bins), (2,))
    for i in range(2):
        check_at_least(f"bins[{i}]", bins[i], 1)
    check_positive("threshold", threshold)
    check_finite("gap", gap)
    check_not_negative("temporal_bin_ms", temporal_bin_ms)
    check_option("binning", binning, ("toolbox", "zero_based"))
    check_option("compat", compat, (None, "python_port"))
    port = compat is not None
    stride = 2 * bins[1] - 1  # so that the difference of two cells' numbers tells the columns and rows between them
    table = _similarities(bins, stride, threshold)

    def encode(paths: Paths) -> Sequences:
        rule = "zero_based" if port else binning
        x, y = paths.xyt[:, 0], paths.xyt[:, 1]
        column, row = _bin(x, width, bins[0], rule), _bin(y, height, bins[1], rule)
        symbols = Sequences((column * stride + row)[None], paths.lengths)
        kept = np.ones(len(paths.lengths), bool) if clip_all else inside(paths, size)
        if temporal_bin_ms:
            durations = paths.durations("temporal_bin_ms")
            check_in_ms(durations, temporal_bin_ms)
            times = durations / temporal_bin_ms
            symbols = repeated(symbols, np.rint(times) if port else np.floor(times + 0.5))
        return symbols.only(kept)

    def similarity(first: Floats, second: Floats) -> Floats:
        similar: Floats = table[(first[0] - second[0]).astype(np.intp)]
        return similar

    def kernel(first: Chunk, second: Chunk) -> Floats:
        last, largest = needleman_wunsch(first, second, similarity, gap, skipped=int(port and gap != 0))
        total = largest if port and gap else last
        return total / (threshold * np.maximum(first.lengths, second.lengths))

    return score(a, b, encode, kernel)


def _similarities(bins: tuple[int, int], stride: int, threshold: float) -> Floats:
    """Return the similarity of two cells by the difference of their numbers; negative ones count from the end."""
    columns, rows = bins
    most = (columns - 1) * stride + rows - 1
    apart = np.arange(-most, most + 1)
    column = (apart + rows - 1) // stride
    row = apart - column * stride
    return np.roll(threshold - np.sqrt(column * column + row * row), -most)


def _bin(x: Floats, width: float, bins: int, rule: Binning) -> Floats:
    """Return the number from 0 of the bin of each x."""
    if rule == "zero_based":
        return np.floor(np.clip(np.trunc(x), 0, width - 1) * bins / width)
    whole = np.floor(x + 0.5)
    whole = np.where(whole > width, width - 1, np.maximum(whole, 1))
    return np.floor((whole - 1) * bins / width)


SCANMATCH = scanpath_measure(
    function=scanmatch,
    direction="higher",
    high=1.0,
    source="Cristino et al. (2010), Behav. Res. Methods 42",
    default_for=("free_viewing", "search"),
    needs={"size": "size"},
)
DURATIONS = replace(SCANMATCH, default_for=(), settings={"temporal_bin_ms": 50.0}, needs_durations=True)
