"""What a measure is, and which there are: `METRICS` by name, and `register_metric` for those of a session.

Of each measure of two scanpaths there is the energy form as well, under its name with `ENERGY` before it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

from gazesim.checks import check_option
from gazesim.registry import Entry, Registry

Kind: TypeAlias = Literal["map", "next_map", "scanpaths", "search", "search_curve", "protocol", "sample"]
Of: TypeAlias = Literal["fixations", "pixels", "density"]
ENERGY = "energy_"
FACTS = {
    "size": "width and height of the display, px",
    "px_per_degree": "px in a degree of visual angle",
    "centre_bias": "density (height, width) of people's fixations on all other displays, without zeros",
    "log2_centre_bias": "its logarithm, bits",
    "elsewhere": "people's fixations (n, 2) on all other displays, at the same places of this one, px",
    "cluster_centres": "where people's fixations on the display gather (k, 2), px",
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure: how it is computed, what is known about it, and how `gazesim.score` computes it on a display.

    A measure of maps is computed in two steps, so that what the map alone decides is computed once for all people:
    `score(prepare(map, **needs), x)`. One without `prepare` is `function(map, x, **needs)`.

    Attributes
    ----------
    function : callable
        The measure as users call it.
    kind : str
        "map", of a priority map at a person's fixations; "next_map", of the map after a person's first fixations, at
        the next one; "scanpaths", of two scanpaths; "search", of a scanpath to a target and "search_curve", of a curve
        of cumulative performance, which need a searched set; "protocol", of a data set as a whole; "sample", of numbers
        that no data set has, which `gazesim.score` refuses.
    direction : {"higher", "lower"}
        Whether a higher or a lower value is better, or more alike.
    low, high : float
        The range of its values; infinite where it has no bound.
    chance : float, optional
        What unrelated input scores, where that is known analytically; None where it depends on the data.
    symmetric : bool
        Whether the two arguments can be exchanged.
    parts : tuple of str
        The names of the values along the last axis; empty for a measure of a single value.
    about, source : str
        One line; who defined it. `METRICS.about(name)` has the line of gazesim's own.
    default_for : tuple of str
        The tasks, "free_viewing" and "search", in which it is scored if none is asked for.
    needs : dict
        What a display gives it: argument -> one of `FACTS`. A measure with another need is not scored.
    degrees : dict
        Arguments in px that are so many degrees when it is scored.
    settings : dict
        Arguments with the values that they have when it is scored.
    needs_durations : bool
        Whether scanpaths need durations when it is scored.
    logarithmic : bool
        Whether the map counts as a density whose logarithm is taken. Zeros of a map are then mixed with the centre
        bias before it is scored.
    prepare, score : callable, optional
        The two steps.
    of : {"fixations", "pixels", "density"}
        What a map is scored by: positions (n, 2) on the display, px; their pixels (n,) in the flattened map; or the
        density (height, width) of the person's fixations.
    batched : bool
        Whether `function` takes the many scanpaths of `gazesim.metrics.pairwise` at once, as gazesim's own do.
    datasets : tuple of str
        Those of which it is the published protocol.
    within : dict
        Part -> the least and the highest mean over trials that there can be, where its interval must not leave them.
    energy : bool
        Whether it is scored in its energy form, less half of the mean of a model's scanpaths with each other
        (`gazesim.metrics.energy_scores`).

    Raises
    ------
    ValueError
        If a fact is not one of these.
    """

    function: Callable[..., Any]
    kind: Kind
    direction: Literal["higher", "lower"]
    low: float = -math.inf
    high: float = math.inf
    chance: float | None = None
    symmetric: bool = False
    parts: tuple[str, ...] = ()
    about: str = ""
    source: str = ""
    default_for: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    degrees: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs_durations: bool = False
    logarithmic: bool = False
    prepare: Callable[..., Any] | None = None
    score: Callable[..., Any] | None = None
    of: Of = "fixations"
    batched: bool = False
    datasets: tuple[str, ...] = ()
    within: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    energy: bool = False

    def __post_init__(self) -> None:
        for name, options in (("kind", Kind), ("direction", Literal["higher", "lower"]), ("of", Of)):
            check_option(name, getattr(self, name), get_args(options))
        if not callable(self.function):
            raise ValueError(f"function is {self.function!r}, expected something to call")
        if not self.low < self.high:
            raise ValueError(f"low is {self.low} and high {self.high}, expected low < high")
        if self.kind == "next_map" and self.of == "density":
            raise ValueError("of is 'density' for kind 'next_map', expected 'fixations' or 'pixels'")

    @property
    def best(self) -> float:
        """The value of an input with itself; NaN where the measure has no bound on that side, or in energy form."""
        if self.energy:
            return math.nan
        best = self.high if self.direction == "higher" else self.low
        return best if math.isfinite(best) else math.nan

    @property
    def takes_maps(self) -> bool:
        """Whether it scores priority maps."""
        return self.kind in ("map", "next_map")

    @property
    def of_search(self) -> bool:
        """Whether it needs a target that is searched."""
        return self.kind in ("search", "search_curve")

    @property
    def missing(self) -> list[str]:
        """What it needs and no data set has."""
        return [argument for argument, fact in self.needs.items() if fact not in FACTS]


def scanpath_measure(*, symmetric: bool = True, **facts: Any) -> Measure:
    """Return a measure of two scanpaths that `gazesim.metrics.pairwise` takes."""
    return Measure(kind="scanpaths", symmetric=symmetric, batched=True, **facts)


def _checked(name: str, thing: Any) -> Measure:
    if not isinstance(thing, Measure):
        raise ValueError(f"metric {name!r} is {thing!r}, expected a gazesim.metrics.Measure")
    return thing


_OWN = {
    "nss": Entry("z-score of the map at the fixations", "gazesim.metrics.saliency:NSS"),
    "auc": Entry("probability that a fixation is above an unfixated pixel", "gazesim.metrics.roc:AUC"),
    "auc_judd": Entry("area under the ROC curve, thresholds at the fixations", "gazesim.metrics.roc:AUC_JUDD"),
    "auc_shuffled": Entry("probability that a fixation is above one on other images", "gazesim.metrics.roc:SHUFFLED"),
    "auc_borji": Entry("area under the ROC curve against random pixels", "gazesim.metrics.roc:AUC_BORJI"),
    "information_gain": Entry("bits per fixation over a baseline", "gazesim.metrics.information:GAIN"),
    "log_likelihood": Entry("nats per fixation", "gazesim.metrics.information:LIKELIHOOD"),
    "cc": Entry("correlation of two maps", "gazesim.metrics.saliency:CC"),
    "sim": Entry("overlap of two densities", "gazesim.metrics.saliency:SIM"),
    "kl": Entry("divergence from people's density, nats", "gazesim.metrics.saliency:KL"),
    "emd": Entry("px that the density must move", "gazesim.metrics.earth_mover:EMD"),
    "cnss": Entry("z-score at the next fixation", "gazesim.metrics.conditional:CNSS"),
    "cig": Entry("bits of the next fixation over a baseline", "gazesim.metrics.conditional:CIG"),
    "cauc": Entry("share of pixels below the next fixation", "gazesim.metrics.conditional:CAUC"),
    "fixations_to_target": Entry("first fixation on the target, its number", "gazesim.metrics.search_curves:NUMBER"),
    "scanpath_ratio": Entry("directness of the way to the target", "gazesim.metrics.search_curves:RATIO"),
    "tfp_auc": Entry("sum of the curve of searches that found the target", "gazesim.metrics.search_curves:TFP_AUC"),
    "visions_area": Entry("area under that curve by trapezoids", "gazesim.metrics.search_curves:VISIONS_AREA"),
    "probability_mismatch": Entry("distance of two such curves", "gazesim.metrics.search_curves:MISMATCH"),
    "behaviour_delta": Entry("relative distance from people's", "gazesim.metrics.search_behaviour:BEHAVIOUR_DELTA"),
    "guidance_ratio": Entry("landings over chance", "gazesim.metrics.search_behaviour:GUIDANCE_RATIO"),
    "scanmatch": Entry("grid cells aligned, near cells alike", "gazesim.metrics.scan_match:SCANMATCH"),
    "scanmatch_durations": Entry("the same, cells repeated by duration", "gazesim.metrics.scan_match:DURATIONS"),
    "multimatch": Entry(
        "shape, direction, length, position and duration of aligned saccades", "gazesim.metrics.multi_match:MULTIMATCH"
    ),
    "string_edit_distance": Entry("edits between strings of grid cells", "gazesim.metrics.strings:DISTANCE"),
    "string_edit_similarity": Entry("1 - edits / longer length", "gazesim.metrics.strings:SIMILARITY"),
    "tde": Entry("px from windows of b to the nearest of a", "gazesim.metrics.time_delay:TDE"),
    "sbtde": Entry("edits from windows of b to the nearest of a", "gazesim.metrics.time_delay:SBTDE"),
    "stde": Entry("nearness of windows of all lengths", "gazesim.metrics.time_delay:STDE"),
    "stde_distance": Entry("distance of windows of all lengths", "gazesim.metrics.time_delay:STDE_DISTANCE"),
    "sequence_score": Entry("clusters in common, in order", "gazesim.metrics.sequences:SEQUENCE_SCORE"),
    "sequence_score_durations": Entry("the same, clusters repeated by duration", "gazesim.metrics.sequences:DURATIONS"),
    "fixation_edit_distance": Entry("edits between clusters", "gazesim.metrics.sequences:EDIT_DISTANCE"),
    "semantic_sequence_score": Entry("labels in common, in order", "gazesim.metrics.sequences:SEMANTIC_SCORE"),
    "semantic_fixation_edit_distance": Entry("edits between labels", "gazesim.metrics.sequences:SEMANTIC_DISTANCE"),
    "dtw": Entry("summed distance along the best warping", "gazesim.metrics.trajectory:DTW"),
    "frechet": Entry("largest distance along the best warping", "gazesim.metrics.trajectory:FRECHET"),
    "hausdorff": Entry("largest distance to the nearest fixation", "gazesim.metrics.trajectory:HAUSDORFF"),
    "hausdorff_directed": Entry(
        "largest distance from a to the nearest fixation of b", "gazesim.metrics.trajectory:HAUSDORFF_DIRECTED"
    ),
    "eyeanalysis": Entry("distances to the nearest fixations, both ways", "gazesim.metrics.trajectory:EYEANALYSIS"),
    "mannan": Entry("root mean squared distance to the nearest fixations", "gazesim.metrics.trajectory:MANNAN"),
    "pointwise_distance": Entry("summed distance of equal indices", "gazesim.metrics.trajectory:POINTWISE_DISTANCE"),
    "cross_recurrence": Entry(
        "recurrence, determinism, laminarity, centre of recurrence mass in %",
        "gazesim.metrics.recurrence_plots:CROSS_RECURRENCE",
    ),
    "amplitude_distance": Entry("Wasserstein distance of saccade amplitudes", "gazesim.metrics.saccades:AMPLITUDE"),
    "direction_distance": Entry(
        "circular Wasserstein distance of saccade directions", "gazesim.metrics.saccades:DIRECTION"
    ),
    "visions": Entry("the measures of ViSioNS as its tables have them", "gazesim.scoring.visions:VISIONS"),
    "scanmatch_gupta": Entry("ScanMatch as Gupta et al. (2021) published it", "gazesim.scoring.gupta:SCANMATCH_GUPTA"),
}


class _Measures(Registry[Measure]):
    """Those listed, and the energy forms of measures of two scanpaths, which are not."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._base(name) is not None

    def __getitem__(self, name: str) -> Measure:
        base = None if super().__contains__(name) else self._base(name)
        return super().__getitem__(name) if base is None else _energy_form(self[base], base)

    def _base(self, name: object) -> str | None:
        """Return of which measure `name` is the energy form; None if it is of none."""
        base = name.removeprefix(ENERGY) if isinstance(name, str) else name
        if base == name or not super().__contains__(base) or super().__getitem__(str(base)).kind != "scanpaths":
            return None
        return str(base)


def _energy_form(measure: Measure, name: str) -> Measure:
    return replace(
        measure,
        energy=True,
        low=measure.low - measure.high / 2,
        high=measure.high - measure.low / 2,
        chance=None,
        default_for=(),
        about=f"{name} of a model's scanpaths with people's, less half of that with each other",
    )


METRICS: Registry[Measure] = _Measures(
    "metric", "gazesim.metrics", _OWN, check=_checked, about=lambda measure: measure.about
)


def register_metric(
    name: str, function: Callable[..., Any], kind: Kind, direction: Literal["higher", "lower"], **facts: Any
) -> None:
    """Add a measure of your own for this session: `gazesim.score` then takes its name.

    Parameters
    ----------
    name : str
    function : callable
        For kind "map" `(map, fixations) -> float` of a map (height, width) and the fixations (n, 2) of one person that
        are on it, at least one: x, y in px. For "next_map" the same with a map and the one next fixation (1, 2). For
        "scanpaths" `(scanpath, scanpath) -> float` of two `Scanpath`, the person's first. For "search"
        `(scanpath, box) -> float` of the positions (n, 2) up to the first fixation on the target, and its x0, y0, x1,
        y1. NaN stands for what cannot be scored.
    kind : {"map", "next_map", "scanpaths", "search"}
    direction : {"higher", "lower"}
        Which is better.
    **facts
        Other fields of `Measure`, such as `needs={"baseline": "centre_bias"}`, which gives the function the centre bias
        of each display as its argument `baseline`.

    Raises
    ------
    ValueError
        If the name is taken by gazesim or another package, or a fact is none that a measure has.

    Examples
    --------
    >>> register_metric("median_value", lambda saliency, fixations: 0.0, "map", "higher", about="an example")
    >>> METRICS["median_value"].direction
    'higher'
    """
    check_option("kind", kind, ("map", "next_map", "scanpaths", "search"))
    try:
        measure = Measure(function=function, kind=kind, direction=direction, **facts)
    except TypeError as error:
        raise ValueError(f"metric {name!r}: {error}, expected fields of gazesim.metrics.Measure") from error
    METRICS.register(name, measure)
