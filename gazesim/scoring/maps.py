"""Scores of priority maps: at the fixations of each person, and, given what they fixated before, at the next one.

The measures are those of `gazesim.metrics`. What they compute from a map alone is computed once for all people.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.earth_mover import emd
from gazesim.metrics.information import log_ratio
from gazesim.metrics.maps import density, fixation_density, flat_pixels, z_scores
from gazesim.metrics.roc import auc_judd
from gazesim.metrics.saliency import cc, kl, sim
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.viewing import Map, Person, Viewing
from gazesim.trial import Trial

CENTRE_SHARE = 0.1  # mixed into maps with zeros before a logarithm is taken
Row = tuple[str, str, str, str, float]  # model, metric, part, observer, value
Score = Callable[[Person], float]
Prepare = Callable[[Map, Viewing], Score]


def _nss(saliency: Map, viewing: Viewing) -> Score:
    return _mean_at(z_scores(saliency))


def _mean_at(values: Map) -> Score:
    flat = values.ravel()
    return lambda person: float(flat[person.pixels].mean())


def _auc(saliency: Map, viewing: Viewing) -> Score:
    """As `auc`: the ranks among all pixels less those among the fixated ones are those among the unfixated."""
    flat = saliency.ravel()
    ordered = np.sort(flat)

    def score(person: Person) -> float:
        values, fixated = flat[person.pixels], np.sort(flat[np.unique(person.pixels)])
        if len(fixated) == len(flat):
            return float("nan")
        ranks = _ranks(ordered, values) - _ranks(fixated, values)
        return float(ranks.mean() / 2 / (len(flat) - len(fixated)))

    return score


def _auc_shuffled(saliency: Map, viewing: Viewing) -> Score:
    flat = saliency.ravel()
    negative = np.sort(flat[flat_pixels("elsewhere", viewing.elsewhere, viewing.shape)])
    if not len(negative):
        return lambda person: float("nan")
    return lambda person: float(_ranks(negative, flat[person.pixels]).mean() / 2 / len(negative))


def _ranks(ordered: Map, values: Map) -> Map:
    """Return twice the number of `ordered` that are below each of `values`, equal ones counting one half."""
    return np.asarray(ordered.searchsorted(values, "left") + ordered.searchsorted(values, "right"), np.float64)


def _information_gain(saliency: Map, viewing: Viewing) -> Score:
    return _mean_at(log_ratio(_without_zeros(saliency, viewing), viewing.centre))


def _log_likelihood(saliency: Map, viewing: Viewing) -> Score:
    return _mean_at(np.log(density(_without_zeros(saliency, viewing))))


def _without_zeros(saliency: Map, viewing: Viewing) -> Map:
    """Return the map, one with zeros mixed with the centre bias; the centre bias itself if it is no density."""
    if saliency.min() > 0:
        return saliency
    mixed = (1 - CENTRE_SHARE) * density(saliency) + CENTRE_SHARE * viewing.centre
    return viewing.centre if np.isnan(mixed).any() else mixed


def _with_density(measure: Callable[..., ArrayLike]) -> Prepare:
    """Return how a measure of two maps scores a map by the density of a person's fixations."""

    def prepare(saliency: Map, viewing: Viewing) -> Score:
        def score(person: Person) -> float:
            truth = fixation_density(person.xy, viewing.shape, viewing.px_per_degree)
            return float(np.asarray(measure(saliency, truth)))

        return score

    return prepare


def _auc_judd(saliency: Map, viewing: Viewing) -> Score:
    return lambda person: float(auc_judd(saliency, person.xy))


def _cauc(saliency: Map, viewing: Viewing) -> Score:
    """As `cauc` of one map for all fixations: the share of all pixels below."""
    flat = saliency.ravel()
    ordered = np.sort(flat)
    return lambda person: float(_ranks(ordered, flat[person.pixels]).mean() / 2 / len(flat))


AT_FIXATIONS: dict[str, Prepare] = {
    "nss": _nss,
    "auc": _auc,
    "auc_judd": _auc_judd,
    "auc_shuffled": _auc_shuffled,
    "information_gain": _information_gain,
    "log_likelihood": _log_likelihood,
    "cc": _with_density(cc),
    "sim": _with_density(sim),
    "kl": _with_density(kl),
    "emd": _with_density(emd),
}
# of a map that does not change from fixation to fixation, as those of the levels
AT_NEXT: dict[str, Prepare] = {"cnss": _nss, "cig": _information_gain, "cauc": _cauc}
PREPARE = AT_FIXATIONS | AT_NEXT


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
        for name, saliency in ({**maps, **levels} if static else levels).items():
            score = PREPARE[metric](saliency, viewing)
            for person in viewing.people if static else later:
                yield name, metric, "", person.observer, _value(score, person)
    for number, person in enumerate(viewing.people):
        others = viewing.of_others(number) if len(viewing.people) > 1 else None
        for metric in metrics:
            own = person if metric in AT_FIXATIONS else later[number]
            value = float("nan") if others is None else _value(PREPARE[metric](others, viewing), own)
            yield "people", metric, "", person.observer, value


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


def _value(score: Score, person: Person) -> float:
    return score(person) if len(person.pixels) else float("nan")


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
