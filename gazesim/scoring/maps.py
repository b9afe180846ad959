"""Scores of priority maps: at the fixations of each person, and, given what they fixated before, at the next one.

The measures are those of `gazesim.metrics`. What they compute from a map alone is computed once for all people.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.earth_mover import emd
from gazesim.metrics.maps import density, flat_pixels, z_scores
from gazesim.metrics.roc import polygon
from gazesim.metrics.saliency import kl, sim
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.viewing import Map, Person, Viewing
from gazesim.trial import Trial

CENTRE_SHARE = 0.1  # mixed into maps with zeros before a logarithm is taken
Row = tuple[str, str, str, str, float]  # model, metric, part, observer, value
Score = Callable[[Map, Viewing, Sequence[Person]], list[float]]


def _nss(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    return _means_at(z_scores(saliency), people)


def _means_at(values: Map, people: Sequence[Person]) -> list[float]:
    return [float(values.ravel()[person.pixels].mean()) for person in people]


def _auc(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """As `auc`: the ranks among all pixels less those among the fixated ones are those among the unfixated."""
    flat = saliency.ravel()
    ranks = _ranks(flat, [flat[person.pixels] for person in people])
    values = []
    for person, among_all in zip(people, ranks, strict=True):
        fixated = np.unique(person.pixels)
        (among_fixated,) = _ranks(flat[fixated], [flat[person.pixels]])
        unfixated = len(flat) - len(fixated)
        values.append(float((among_all - among_fixated).mean() / 2 / unfixated) if unfixated else float("nan"))
    return values


def _auc_shuffled(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    flat = saliency.ravel()
    negative = flat[flat_pixels("elsewhere", viewing.elsewhere, viewing.shape)]
    if not len(negative):
        return [float("nan")] * len(people)
    ranks = _ranks(negative, [flat[person.pixels] for person in people])
    return [float(rank.mean() / 2 / len(negative)) for rank in ranks]


def _ranks(negative: Map, values: list[Map]) -> list[Map]:
    """Return twice the number of `negative` (n,) below each of the values, equal ones counting one half."""
    ordered = np.sort(negative)
    return [(ordered.searchsorted(own) + ordered.searchsorted(own, "right")).astype(np.float64) for own in values]


def _information_gain(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    return _means_at(np.log2(density(_without_zeros(saliency, viewing))) - viewing.log2_centre, people)


def _log_likelihood(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    return _means_at(np.log(density(_without_zeros(saliency, viewing))), people)


def _without_zeros(saliency: Map, viewing: Viewing) -> Map:
    """Return the map, one with zeros mixed with the centre bias; the centre bias itself if it is no density."""
    if saliency.min() > 0:
        return saliency
    mixed = (1 - CENTRE_SHARE) * density(saliency) + CENTRE_SHARE * viewing.centre
    return viewing.centre if np.isnan(mixed).any() else mixed


def _with_density(measure: Callable[..., ArrayLike]) -> Score:
    """Return how a measure of two maps scores a map by the density of each person's fixations."""

    def score(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
        return [float(np.asarray(measure(saliency, viewing.densities[person]))) for person in people]

    return score


def _cc(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """As `cc`, with the z-scores of the map computed once for all people."""
    own = z_scores(saliency)
    products = ((own * z_scores(viewing.densities[person])).ravel().mean() for person in people)
    return [float(np.clip(product, -1, 1)) for product in products]


def _auc_judd(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """As `auc_judd`, with the pixels sorted once for all people."""
    flat = saliency.ravel()
    ordered = np.sort(flat)
    return [_judd_area(flat, ordered, person.pixels) for person in people]


def _judd_area(flat: Map, ordered: Map, pixels: NDArray[np.intp]) -> float:
    """Return the area of a map (n,), given also in order; pixels below a threshold are all but the fixated ones."""
    fixated, positive = np.unique(pixels), np.sort(flat[pixels])
    unfixated = len(flat) - len(fixated)
    if not unfixated:
        return float("nan")
    thresholds = np.unique(positive)[::-1]
    below = ordered.searchsorted(thresholds) - np.sort(flat[fixated]).searchsorted(thresholds)
    return polygon(1 - below / unfixated, 1 - positive.searchsorted(thresholds) / len(positive))


def _cauc(saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """As `cauc` of one map for all fixations: the share of all pixels below."""
    flat = saliency.ravel()
    ranks = _ranks(flat, [flat[person.pixels] for person in people])
    return [float(rank.mean() / 2 / len(flat)) for rank in ranks]


AT_FIXATIONS: dict[str, Score] = {
    "nss": _nss,
    "auc": _auc,
    "auc_judd": _auc_judd,
    "auc_shuffled": _auc_shuffled,
    "information_gain": _information_gain,
    "log_likelihood": _log_likelihood,
    "cc": _cc,
    "sim": _with_density(sim),
    "kl": _with_density(kl),
    "emd": _with_density(emd),
}
# of a map that does not change from fixation to fixation, as those of the levels
AT_NEXT: dict[str, Score] = {"cnss": _nss, "cig": _information_gain, "cauc": _cauc}
SCORES = AT_FIXATIONS | AT_NEXT


def score_maps(viewing: Viewing, maps: Mapping[str, Map], metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of each person on a display: of the maps by the name of the model, and of the levels.

    Parameters
    ----------
    viewing : Viewing
    maps : dict of (height, width)
        Of models, for the whole display.
    metrics : list of str
        Names in `AT_FIXATIONS`, which score `maps` and the levels, and in `AT_NEXT`, which score the levels only.
    """
    levels = {"other_images": viewing.centre, "uniform": np.full(viewing.shape, 1 / np.prod(viewing.shape))}
    later = [_after_first(person) for person in viewing.people]
    for metric in metrics:
        static = metric in AT_FIXATIONS
        people = viewing.people if static else later
        for name, saliency in ({**maps, **levels} if static else levels).items():
            yield from _rows(name, metric, people, _scored(metric, saliency, viewing, people))
    for number, person in enumerate(viewing.people):
        others = viewing.of_others(number) if len(viewing.people) > 1 else None
        for metric in metrics:
            own = [person if metric in AT_FIXATIONS else later[number]]
            values = [float("nan")] if others is None else _scored(metric, others, viewing, own)
            yield from _rows("people", metric, own, values)


def score_next(viewing: Viewing, models: list[Candidate], trial: Trial, metrics: list[str]) -> Iterator[Row]:
    """Yield the scores of `models` for each person, whose next fixation they predict from those before.

    Parameters
    ----------
    viewing : Viewing
    models : list of Candidate
        With maps.
    trial : Trial
    metrics : list of str
        Those in `AT_NEXT` are scored; means over the fixations of a person that are on the display.
    """
    for metric in (metric for metric in metrics if metric in AT_NEXT):
        for model in models:
            for person in viewing.people:
                yield model.name, metric, "", person.observer, _next_score(metric, model, person, trial, viewing)


def _scored(metric: str, saliency: Map, viewing: Viewing, people: Sequence[Person]) -> list[float]:
    """Return the score of each person, NaN without a fixation on the display."""
    there = [person for person in people if len(person.pixels)]
    values = iter(SCORES[metric](saliency, viewing, there) if there else [])
    return [next(values) if len(person.pixels) else float("nan") for person in people]


def _rows(model: str, metric: str, people: Sequence[Person], values: list[float]) -> Iterator[Row]:
    for person, value in zip(people, values, strict=True):
        yield model, metric, "", person.observer, value


def _after_first(person: Person) -> Person:
    """Return the person without the first fixation, which no map predicts; with none if there is no other."""
    rest = person.path.xy[1:]
    # a path needs a fixation: one off the display does not count
    path = Scanpath(rest if len(rest) else np.array([[-1e6, -1e6]]))
    return Person(person.observer, path, person.shape)


def _next_score(metric: str, model: Candidate, person: Person, trial: Trial, viewing: Viewing) -> float:
    """Return the mean over the fixations of a person that `model` predicts from those before; NaN if there is none."""
    path = person.path.xy
    if metric == "cig":
        values = cig(
            lambda history: _without_zeros(model.next_map(trial, history), viewing), path, baseline=viewing.centre
        )
    else:
        values = (cnss if metric == "cnss" else cauc)(lambda history: model.next_map(trial, history), path)
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
