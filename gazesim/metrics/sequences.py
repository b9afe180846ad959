"""Sequence score and fixation edit distance: scanpaths as strings of clusters of fixations, or of what they show.

Borji, Tavakoli, Sihite & Itti (2013), ICCV, 921-928; Yang et al. (2020), Predicting goal-directed human attention
using inverse reinforcement learning, CVPR, 193-202; semantic: Yang et al. (2022), ECCV.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import as_floats, check_finite, check_not_negative
from gazesim.metrics.alignment import needleman_wunsch
from gazesim.metrics.batch import Chunk, Kernel, Path, Score, score
from gazesim.metrics.measures import scanpath_measure
from gazesim.metrics.path_arrays import Encoder, Floats, Paths, Sequences, check_in_ms, repeated
from gazesim.metrics.strings import equal, levenshtein


def sequence_score(a: Path, b: Path, *, centres: ArrayLike, duration_bin_ms: float = 0.0, gap: float = 0.0) -> Score:
    """Align two scanpaths as strings of clusters and return the matches by the longer length.

    Each fixation takes the number of the nearest centre; the alignment (Needleman-Wunsch) scores 1 for a match, 0 for
    a mismatch and `gap` for a gap.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        x, y in px and, for duration bins, the duration in ms.
    centres : (k, 2)
        x, y in px of the clusters of one image: `cluster_centres` of people's fixations on it.
    duration_bin_ms : float
        If not 0, each symbol is repeated floor(duration / duration_bin_ms) times, to compare durations too; 50 is
        usual.
    gap : float
        What an unmatched symbol scores.

    Returns
    -------
    float
        From 0 to 1 (equal strings), below 0 only with a negative gap. NaN if a scanpath is empty or has a position
        that is not finite, or with duration bins: if a duration is not known, or all are shorter than a bin.

    Raises
    ------
    ValueError
        If a setting is not as described, or a scanpath has no durations and duration bins need them.

    Examples
    --------
    >>> centres = [[100, 100], [300, 100], [200, 250]]
    >>> a, b = [[90, 90], [310, 100], [200, 260]], [[110, 90], [190, 240]]
    >>> print(f"{sequence_score(a, b, centres=centres):.3f}")
    0.667
    """
    check_finite("gap", gap)
    return score(a, b, _clusters(centres, duration_bin_ms), _matches(gap))


def fixation_edit_distance(a: Path, b: Path, *, centres: ArrayLike, duration_bin_ms: float = 0.0) -> Score:
    """Return the Levenshtein distance of the strings of `sequence_score`.

    Returns
    -------
    float
        A whole number from 0 (equal strings) to the longer length; not divided by it. NaN as in `sequence_score`.

    Raises
    ------
    ValueError
        As in `sequence_score`.

    Examples
    --------
    >>> centres = [[100, 100], [300, 100], [200, 250]]
    >>> fixation_edit_distance([[90, 90], [310, 100], [200, 260]], [[110, 90], [190, 240]], centres=centres)
    1.0
    """
    return score(a, b, _clusters(centres, duration_bin_ms), levenshtein)


def semantic_sequence_score(
    a: Path, b: Path, *, labels: ArrayLike, duration_bin_ms: float = 0.0, gap: float = 0.0
) -> Score:
    """Return `sequence_score` of the labels under the fixations.

    Parameters
    ----------
    a, b : Scanpath or array (n, 2) or (n, 3)
        As in `sequence_score`.
    labels : int (height, width)
        The label of each pixel of the image, such as a panoptic segmentation; a fixation has that of the nearest
        pixel, integers being pixel centres.
    duration_bin_ms, gap : float
        As in `sequence_score`.

    Returns
    -------
    float
        As in `sequence_score`; NaN also if a fixation lies outside the image, where it has no label.

    Raises
    ------
    ValueError
        If a setting is not as described, or a scanpath has no durations and duration bins need them.

    Examples
    --------
    >>> labels = np.repeat([[1, 2]], 10, axis=0).repeat(10, axis=1)  # left and right half of 20 x 10 px
    >>> semantic_sequence_score([[2, 2], [15, 5]], [[7, 9], [12, 0]], labels=labels)
    1.0
    """
    check_finite("gap", gap)
    return score(a, b, _labels(labels, duration_bin_ms), _matches(gap))


def semantic_fixation_edit_distance(a: Path, b: Path, *, labels: ArrayLike, duration_bin_ms: float = 0.0) -> Score:
    """Return `fixation_edit_distance` of the labels under the fixations; see `semantic_sequence_score`.

    Returns
    -------
    float
        A whole number from 0 (equal strings) to the longer length; NaN as in `semantic_sequence_score`.

    Raises
    ------
    ValueError
        As in `semantic_sequence_score`.

    Examples
    --------
    >>> labels = np.repeat([[1, 2]], 10, axis=0).repeat(10, axis=1)
    >>> semantic_fixation_edit_distance([[2, 2], [15, 5]], [[7, 9]], labels=labels)
    1.0
    """
    return score(a, b, _labels(labels, duration_bin_ms), levenshtein)


def nearest_centre(fixations: Floats, centres: Floats) -> Floats:
    """Return the number (n,) of the centre (k, 2) nearest to each fixation (n, 2); of equally near ones the first."""
    nearest, label = np.full(len(fixations), np.inf), np.zeros(len(fixations))
    for i, (x, y) in enumerate(centres):
        dx, dy = fixations[:, 0] - x, fixations[:, 1] - y
        squares = dx * dx + dy * dy
        closer = squares < nearest
        nearest[closer], label[closer] = squares[closer], i
    return label


def _clusters(centres: ArrayLike, duration_bin_ms: float) -> Encoder:
    places = as_floats("centres", centres, ("k", 2))
    if not len(places):
        raise ValueError("centres is empty, expected at least one")
    check_not_negative("duration_bin_ms", duration_bin_ms)

    def encode(paths: Paths) -> Sequences:
        symbols = Sequences(nearest_centre(paths.xyt[:, :2], places)[None], paths.lengths)
        return _timed(symbols, paths, duration_bin_ms)

    return encode


def _labels(labels: ArrayLike, duration_bin_ms: float) -> Encoder:
    names = np.asarray(labels)
    if names.ndim != 2 or not names.size or names.dtype.kind not in "iu":
        raise ValueError(f"labels is {names.dtype} {names.shape}, expected whole numbers (height, width)")
    check_not_negative("duration_bin_ms", duration_bin_ms)
    _, indices = np.unique(names, return_inverse=True)
    indices = indices.reshape(names.shape)

    def encode(paths: Paths) -> Sequences:
        x, y = np.floor(paths.xyt[:, :2].T + 0.5)
        off = (x < 0) | (y < 0) | (x >= names.shape[1]) | (y >= names.shape[0])
        rows, columns = (np.where(off, 0, at).astype(np.intp) for at in (y, x))
        symbols = Sequences(indices[rows, columns][None].astype(np.float64), paths.lengths)
        return _timed(symbols.only(~paths.any_of(off)), paths, duration_bin_ms)

    return encode


def _timed(symbols: Sequences, paths: Paths, duration_bin_ms: float) -> Sequences:
    if not duration_bin_ms:
        return symbols
    check_in_ms(paths.durations("duration_bin_ms"), duration_bin_ms)
    durations = Sequences(paths.durations("duration_bin_ms")[None], paths.lengths).only(symbols.lengths > 0)
    return repeated(symbols, np.floor(durations.values[0] / duration_bin_ms))


def _matches(gap: float) -> Kernel:
    def kernel(first: Chunk, second: Chunk) -> Floats:
        return needleman_wunsch(first, second, equal, gap)[0] / np.maximum(first.lengths, second.lengths)

    return kernel


_SOURCES = ("Borji et al. (2013), ICCV; Yang et al. (2020), CVPR", "Yang et al. (2022), ECCV")
SEQUENCE_SCORE = scanpath_measure(
    function=sequence_score, direction="higher", high=1.0, source=_SOURCES[0], needs={"centres": "cluster_centres"}
)
DURATIONS = replace(SEQUENCE_SCORE, settings={"duration_bin_ms": 50.0}, needs_durations=True)
EDIT_DISTANCE = scanpath_measure(
    function=fixation_edit_distance,
    direction="lower",
    low=0.0,
    source=_SOURCES[1],
    needs={"centres": "cluster_centres"},
)
SEMANTIC_SCORE = scanpath_measure(
    function=semantic_sequence_score,
    direction="higher",
    high=1.0,
    source=_SOURCES[1],
    needs={"labels": "labels of pixels"},
)
SEMANTIC_DISTANCE = scanpath_measure(
    function=semantic_fixation_edit_distance,
    direction="lower",
    low=0.0,
    source=_SOURCES[1],
    needs={"labels": "labels of pixels"},
)
