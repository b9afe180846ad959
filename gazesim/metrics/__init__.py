"""Measures: pure functions of arrays, one definition of each, and what is known about each in `METRICS`.

A scanpath is an array (n, 2) with x, y in px or (n, 3) with x, y and the duration in ms, or a `Scanpath`. A measure of
two scanpaths scores one pair; `pairwise` scores all pairs of two lists with it, `paired` two lists row by row. Maps are
arrays (height, width), fixations on them (n, 2) with x, y in px.
"""

from gazesim.metrics.batch import each, paired, pairwise
from gazesim.metrics.ceiling import leave_one_out, leave_one_out_pairs, shares, split_half
from gazesim.metrics.chance import centre_biased_fixations, other_images, uniform_fixations
from gazesim.metrics.clusters import cluster_centres
from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.earth_mover import emd
from gazesim.metrics.energy import energy_scores
from gazesim.metrics.grouping import Grouping, group_saccades
from gazesim.metrics.information import information_gain, log_likelihood
from gazesim.metrics.maps import fixation_density, on_map, unique_pixels
from gazesim.metrics.measures import METRICS, Measure, register_metric
from gazesim.metrics.multi_match import multimatch
from gazesim.metrics.recurrence_plots import cross_recurrence, recurrence
from gazesim.metrics.roc import auc, auc_borji, auc_judd, auc_shuffled, borji_samples
from gazesim.metrics.saccades import (
    amplitude_distance,
    circular_wasserstein,
    direction_distance,
    saccade_amplitudes,
    saccade_directions,
    wasserstein,
)
from gazesim.metrics.saliency import cc, kl, nss, sim
from gazesim.metrics.scan_match import scanmatch
from gazesim.metrics.search_behaviour import (
    Behaviour,
    Detection,
    answers,
    behaviour,
    behaviour_delta,
    detection,
    guidance_ratio,
    mean_behaviour,
    quitting_step,
)
from gazesim.metrics.search_curves import (
    cumulative_performance,
    fixations_to_target,
    probability_mismatch,
    scanpath_ratio,
    tfp_auc,
    visions_area,
)
from gazesim.metrics.sequences import (
    fixation_edit_distance,
    semantic_fixation_edit_distance,
    semantic_sequence_score,
    sequence_score,
)
from gazesim.metrics.set_sizes import asymmetry_index, reaction_times, set_size_line
from gazesim.metrics.statistics import (
    Difference,
    Estimate,
    compare_models,
    coverage,
    crossed_mean,
    crossed_share,
    holm,
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

__all__ = [
    "METRICS",
    "Behaviour",
    "Detection",
    "Difference",
    "Estimate",
    "Grouping",
    "Measure",
    "amplitude_distance",
    "answers",
    "asymmetry_index",
    "auc",
    "auc_borji",
    "auc_judd",
    "auc_shuffled",
    "behaviour",
    "behaviour_delta",
    "borji_samples",
    "cauc",
    "cc",
    "centre_biased_fixations",
    "cig",
    "circular_wasserstein",
    "cluster_centres",
    "cnss",
    "compare_models",
    "coverage",
    "cross_recurrence",
    "crossed_mean",
    "crossed_share",
    "cumulative_performance",
    "detection",
    "direction_distance",
    "dtw",
    "each",
    "emd",
    "energy_scores",
    "eyeanalysis",
    "fixation_density",
    "fixation_edit_distance",
    "fixations_to_target",
    "frechet",
    "group_saccades",
    "guidance_ratio",
    "hausdorff",
    "hausdorff_directed",
    "holm",
    "information_gain",
    "kl",
    "leave_one_out",
    "leave_one_out_pairs",
    "log_likelihood",
    "mannan",
    "mean_behaviour",
    "multimatch",
    "nss",
    "on_map",
    "other_images",
    "paired",
    "pairwise",
    "pointwise_distance",
    "pointwise_distances",
    "probability_mismatch",
    "quitting_step",
    "reaction_times",
    "recurrence",
    "register_metric",
    "saccade_amplitudes",
    "saccade_directions",
    "sbtde",
    "scanmatch",
    "scanpath_ratio",
    "semantic_fixation_edit_distance",
    "semantic_sequence_score",
    "sequence_score",
    "set_size_line",
    "shares",
    "sim",
    "split_half",
    "stde",
    "stde_distance",
    "string_edit_distance",
    "string_edit_similarity",
    "tde",
    "tfp_auc",
    "uniform_fixations",
    "unique_pixels",
    "visions_area",
    "wasserstein",
]
