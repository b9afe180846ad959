"""Measures: pure functions of arrays, one definition of each, and what is known about each in `MEASURES`.

A scanpath is an array (n, 2) with x, y in px or (n, 3) with x, y and the duration in ms, or a `Scanpath`. A measure of
two scanpaths scores one pair; `pairwise` scores all pairs of two lists with it, `paired` two lists row by row.
"""

from gazesim.metrics import (
    multi_match,
    recurrence_plots,
    saccades,
    scan_match,
    sequences,
    strings,
    time_delay,
    trajectory,
)
from gazesim.metrics.batch import each, paired, pairwise
from gazesim.metrics.clusters import cluster_centres
from gazesim.metrics.grouping import Grouping, group_saccades
from gazesim.metrics.measure import Measure, registry
from gazesim.metrics.multi_match import multimatch
from gazesim.metrics.recurrence_plots import cross_recurrence, recurrence
from gazesim.metrics.saccades import (
    amplitude_distance,
    circular_wasserstein,
    direction_distance,
    saccade_amplitudes,
    saccade_directions,
    wasserstein,
)
from gazesim.metrics.scan_match import scanmatch
from gazesim.metrics.sequences import (
    fixation_edit_distance,
    semantic_fixation_edit_distance,
    semantic_sequence_score,
    sequence_score,
)
from gazesim.metrics.strings import string_edit_distance, string_edit_similarity
from gazesim.metrics.time_delay import sbtde, stde, stde_distance, tde
from gazesim.metrics.trajectory import (
    dtw,
    eyeanalysis,
    frechet,
    hausdorff,
    hausdorff_directed,
    mannan,
    pointwise_distance,
    pointwise_distances,
)

MEASURES: dict[str, Measure] = registry(
    multi_match.MEASURES,
    scan_match.MEASURES,
    strings.MEASURES,
    time_delay.MEASURES,
    sequences.MEASURES,
    trajectory.MEASURES,
    recurrence_plots.MEASURES,
    saccades.MEASURES,
)

__all__ = [
    "MEASURES",
    "Grouping",
    "Measure",
    "amplitude_distance",
    "circular_wasserstein",
    "cluster_centres",
    "cross_recurrence",
    "direction_distance",
    "dtw",
    "each",
    "eyeanalysis",
    "fixation_edit_distance",
    "frechet",
    "group_saccades",
    "hausdorff",
    "hausdorff_directed",
    "mannan",
    "multimatch",
    "paired",
    "pairwise",
    "pointwise_distance",
    "pointwise_distances",
    "recurrence",
    "saccade_amplitudes",
    "saccade_directions",
    "sbtde",
    "scanmatch",
    "semantic_fixation_edit_distance",
    "semantic_sequence_score",
    "sequence_score",
    "stde",
    "stde_distance",
    "string_edit_distance",
    "string_edit_similarity",
    "tde",
    "wasserstein",
]
