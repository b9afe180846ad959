"""The measures of ViSioNS (Travi, Ruarte, Bujia & Kamienkowski, NeurIPS 2022), as its program computes them.

People's scanpaths are as stored: merged, cut at the target and found or not as the files say. Those of models are
merged and cut here alike. One value a display or search: their mean is the number of its tables, their spread its
uncertainty.

AUCperf : area under the curve of searches that found the target, of the set's length; mean of people's curves
AvgMM   : MultiMatch without durations, of found scanpaths of 3 or more fixations: mean of people, then of displays
Corr    : correlation over displays of a model's AvgMM with that of people among themselves
AUC, NSS, IG, LL : of a model's map after a person's first fixations at the next one; mean of a scanpath's fixations, of
    people, then of displays. NSS below 0 counts as 0; IG is bits over the centre bias, LL bits over uniform
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.metrics import Measure, multimatch, pairwise
from gazesim.metrics.search_curves import cumulative_performance, visions_area
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.map_scores import Row
from gazesim.scoring.viewing import Map, Viewing

NAME = "visions"
OF_MAPS = ("AUC", "NSS", "IG", "LL")
EPSILON = 2.2204e-16  # added to probabilities before the logarithm
Array = NDArray[np.float64]


@dataclass(frozen=True)
class SearchSet:
    """Length of a set's curves, fixations, and side of its fovea window, px, as its dataset_info.json has them.

    limited : whether people were stopped after 3, 5, 9 or 13 saccades. Their curve is then the share found in the
              searches of each limit, the four evenly apart, 0 for a person who had none of a limit
    """

    longest: int
    window: int
    limited: bool = False


LIMITS = (3, 5, 9, 13)
SETS = {
    "interiors": SearchSet(16, 32, limited=True),
    "natural_design": SearchSet(25, 45),
    "people_search": SearchSet(16, 42),
    "coco_search18": SearchSet(10, 52),
}


def merged(xy: Array, window: float) -> Array:
    """Return `xy` (n, 2) with successive fixations within half a window in x and y replaced by their middle."""
    found = [*xy]
    index = 0
    while index < len(found) - 1:
        if (abs(found[index] - found[index + 1]) < window / 2).all():
            found[index : index + 2] = [(found[index] + found[index + 1]) / 2]
        else:
            index += 1
    return np.array(found)


def cut_at_target(xy: Array, boxes: Array, window: int) -> tuple[Array, bool]:
    """Return `xy` (n, 2) up to the first fixation whose window touches one of `boxes` (k, 4), and if there is one."""
    half = window // 2
    hit = ((boxes[:, None, :2] <= xy + half) & (boxes[:, None, 2:] >= xy - half)).all(axis=2).any(axis=0)
    return (xy[: int(hit.argmax()) + 1], True) if hit.any() else (xy, False)


def found_area(length: int, found: bool, longest: int) -> float:
    """Return the area under the curve of one search, whose last fixation found the target if `found`."""
    return visions_area(cumulative_performance([length if found else np.inf], longest))


def score_visions(dataset: str, viewings: list[Viewing], models: list[Candidate]) -> Iterator[tuple[str, Row]]:
    """Yield trial and value of each part, of people and of each model."""
    own = SETS[dataset]
    people = {v.trial_id: [person.path for person in v.people] for v in viewings}
    yield from _people_areas(viewings, own)
    among = {v.trial_id: _people_match(people[v.trial_id], v) for v in viewings}
    for trial, value in among.items():
        yield trial, ("people", NAME, "AvgMM", "", value)
    for model in models:
        paths = {v.trial_id: _prepared(model.paths.get(v.trial_id), v, own) for v in viewings}
        found = {trial: path for trial, path in paths.items() if path is not None}
        for trial, (xy, hit) in found.items():
            yield trial, (model.name, NAME, "AUCperf", "", found_area(len(xy), hit, own.longest))
        match = {v.trial_id: _match(found.get(v.trial_id), people[v.trial_id], v) for v in viewings}
        for part, values in (("AvgMM", match), ("Corr", correlation_shares(match, among))):
            for trial, value in values.items():
                yield trial, (model.name, NAME, part, "", value)
        if model.has_maps:
            for viewing in viewings:
                yield from ((viewing.trial_id, row) for row in _next_fixations(model, viewing))


def _people_areas(viewings: list[Viewing], own: SearchSet) -> Iterator[tuple[str, Row]]:
    """Yield people's areas; none where they were stopped and nobody knows when."""
    searches = [(v.trial_id, person) for v in viewings for person in v.people]
    observers, limits = [person.observer for _, person in searches], [person.limit for _, person in searches]
    if not own.limited:
        areas = [found_area(len(person.path), bool(person.path.found), own.longest) for _, person in searches]
        shares = area_shares(areas, observers)
    elif any(limit is None for limit in limits):
        shares = [float("nan")] * len(searches)
    else:
        found = [bool(person.path.found) and len(person.path) <= (person.limit or 0) for _, person in searches]
        shares = limited_shares(found, observers, [limit or 0 for limit in limits])
    for (trial, person), value in zip(searches, shares, strict=True):
        yield trial, ("people", NAME, "AUCperf", person.observer, value)


def area_shares(areas: Sequence[float], observers: Sequence[str]) -> list[float]:
    """Return for each search a value whose mean is the mean of people's curves, however many searches each made.

    It is that mean plus how far the search pulls it.
    """
    made = Counter(observers)
    weights = np.array([len(areas) / (len(made) * made[observer]) for observer in observers])
    mean = (weights * areas).mean() if len(areas) else np.nan
    return list((mean + weights * (np.array(areas) - mean)).tolist())


def limited_shares(found: Sequence[bool], observers: Sequence[str], limits: Sequence[int]) -> list[float]:
    """Return for each search a value whose mean is the mean of people's curves over the limits of `LIMITS`.

    As `area_shares`: that mean plus how far the search pulls it, by its person and by its own outcome.
    """
    weights = dict(zip(LIMITS, (1 / 6, 1 / 3, 1 / 3, 1 / 6), strict=True))  # of trapezoids, four places evenly apart
    own = pd.DataFrame({"found": np.array(found, float), "observer": observers, "limit": limits})
    cells = own.groupby(["observer", "limit"])["found"].transform("mean")
    each = own.groupby(["observer", "limit"])["found"].transform("size")
    parts = own["limit"].map(weights).to_numpy(float) / each * own["found"]
    areas = parts.groupby(own["observer"]).sum()
    people, n = len(areas), own.groupby("observer")["found"].transform("size")
    mean = float(areas.mean())
    person = len(own) / (people * n) * (own["observer"].map(areas) - mean)
    search = len(own) / people * own["limit"].map(weights) / each * (own["found"] - cells)
    return [float(value) for value in mean + person + search]


def _prepared(path: Scanpath | None, viewing: Viewing, own: SearchSet) -> tuple[Array, bool] | None:
    boxes = viewing.trial.target_boxes
    if path is None or boxes is None:
        return None
    return cut_at_target(merged(path.xy, own.window), np.asarray(boxes, np.float64), own.window)


def _people_match(paths: list[Scanpath], viewing: Viewing) -> float:
    """Return the mean MultiMatch of all pairs of people who found the target."""
    found = [path.xy for path in paths if path.found]
    if len(found) < 2:
        return float("nan")
    table = pairwise(multimatch, found, size=viewing.size)[..., :4].mean(axis=-1)
    return _mean(table[np.triu_indices(len(found), 1)])


def _match(own: tuple[Array, bool] | None, paths: list[Scanpath], viewing: Viewing) -> float:
    """Return the mean MultiMatch of a model with the people who found the target, NaN if it did not."""
    found = [path.xy for path in paths if path.found]
    if own is None or not own[1] or not found:
        return float("nan")
    return _mean(pairwise(multimatch, found, [own[0]], size=viewing.size)[..., :4].mean(axis=-1))


def correlation_shares(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
    """Return for each display a value whose mean is the correlation of `a` with `b`, where both are known.

    It is the correlation plus how far it moves without the display (the jackknife's), so that the spread is its
    uncertainty.
    """
    both = [trial for trial in a if not np.isnan(a[trial] + b[trial])]
    if len(both) < 4:
        return {}
    x, y = (np.array([values[trial] for trial in both]) for values in (a, b))
    rest = ~np.eye(len(both), dtype=bool)
    without = np.array([_correlation(x[keep], y[keep]) for keep in rest])
    if np.isnan(without).any():
        return {}
    shares = _correlation(x, y) - (len(both) - 1) * (without - without.mean())
    return dict(zip(both, shares.tolist(), strict=True))


def _correlation(x: Array, y: Array) -> float:
    spread = x.std() * y.std()
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else float("nan")


def _next_fixations(model: Candidate, viewing: Viewing) -> Iterator[Row]:
    """Yield the measures of a model's maps; each person on a display counts once."""
    trial = viewing.trial.replace()
    corner = np.array(viewing.size) - 1
    for person in viewing.people:
        xy = np.trunc(person.path.xy[:, :2]).astype(int).clip(0, corner)
        steps = [
            next_fixation(model.next_map(trial, person.path.xy[:number]), viewing.centre_bias, xy[number])
            for number in range(1, len(xy))
        ]
        if steps:
            for part, value in zip(OF_MAPS, np.mean(steps, axis=0).tolist(), strict=True):
                yield model.name, NAME, part, person.observer, value


def next_fixation(priority: Map, centre_bias: Map, at: NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Return AUC, NSS, IG and LL of a map (height, width) of probabilities at the px `at`, x and y."""
    x, y = at
    value = priority[y, x]
    area = ((priority < value).sum() + (priority == value).sum() / 2) / priority.size
    spread = priority.std()
    above = max(value - priority.mean(), 0.0)
    bits = np.log2(EPSILON + value / priority.sum())
    gain = bits - np.log2(EPSILON + centre_bias[y, x] / centre_bias.sum())
    return (
        float(area),
        float(above / spread if spread > 0 else above),
        float(gain),
        float(bits + np.log2(priority.size)),
    )


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


VISIONS = Measure(
    function=score_visions,
    kind="protocol",
    direction="higher",
    source="Travi et al. 2022",
    datasets=tuple(SETS),
    within={"AUCperf": (0, 1), "AvgMM": (0, 1), "Corr": (-1, 1)},
)
