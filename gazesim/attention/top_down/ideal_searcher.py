"""The Bayesian searcher: gathers noisy evidence about every place at every fixation and plans the next one.

Najemnik & Geisler, Nature 434, 387-391, 2005, and Vision Research 49, 1286-1294, 2009 (entropy); with the similarity of
pictures to the target Bujia et al., Frontiers in Systems Neuroscience 16, 882315, 2022 (cIBS) and Travi et al., NeurIPS
2022 (nnIBS).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid
from scipy.special import ndtr
from torch import nn

from gazesim.attention import Attention, Glance, ModelSpec, OfTrials, Priority
from gazesim.attention.bottom_up.centre_bias import CentreBiasSettings, centre_bias
from gazesim.attention.bottom_up.saliency import SaliencyMap, spread_over
from gazesim.attention.top_down.target import IVSN
from gazesim.attention.top_down.template import TEMPLATE
from gazesim.checks import check_at_least, check_degrees, check_option, check_positive
from gazesim.trial import Trial

Floats = NDArray[np.float64]
TAIL = 6.0  # deviations beyond which the normal distribution is 0 or 1, to 1e-9
NODES = np.geomspace(1e-6, 1, 160)  # of the integral over the evidence, as shares of its range; even in the logarithm
UNIFORM = 1 / 15  # of the prior, the same for all places; the published program has 14 parts of its map and one of this
SURE = 0.95  # the probability at which a place is answered, which in the one loop is to look at it
SHARPNESS, CLARITY = 4.0, 3.0  # of the evidence from pictures: deviation 1 / (4 + 3 visibility), as published


@dataclass(frozen=True)
class IdealSearcherSettings:
    """The choices of `IdealSearcher`.

    Parameters
    ----------
    plan : {"correct", "entropy", "greedy"}
        What the next fixation is to bring: the highest probability that the most probable place will then be
        the target's, the least entropy, or a look at the most probable place. Where one place has a probability
        above 0.95 all look at it: the observer of 2005 answers then, and any further look would do as well.
    evidence : {"mixed", "truth", "similarity"}
        What a place tells, apart from noise: whether the target is there, which the simulation knows from the
        trial's box ("truth", the ideal observer in noise displays); how much the place resembles the target's
        image; or, as published for pictures, the one where visibility is high and the other where it is low. Without
        a box "mixed" is "similarity", as the truth is unknown then, and to "truth" the target is absent.
    cell_deg : float
        Side of the cells that are the places of a display without objects; with objects these are the places.
    visibility : float
        d' at the fixation.
    visibility_deg : float
        Deviation of the Gaussian by which d' falls with eccentricity, degrees.
    noise_seed : int
        The noise is drawn from a stream named by it, the trial's id and the number of the fixation.
    """

    plan: Literal["correct", "entropy", "greedy"] = "correct"
    evidence: Literal["mixed", "truth", "similarity"] = "mixed"
    cell_deg: float = 1.5
    visibility: float = 3.0
    visibility_deg: float = 2.0
    noise_seed: int = 0

    def __post_init__(self) -> None:
        check_option("plan", self.plan, ("correct", "entropy", "greedy"))
        check_option("evidence", self.evidence, ("mixed", "truth", "similarity"))
        check_positive("visibility", self.visibility)
        for name in ("cell_deg", "visibility_deg"):
            check_degrees(name, getattr(self, name))
        check_at_least("noise_seed", self.noise_seed, 0)


@dataclass(frozen=True, eq=False)
class Places:
    """The n places among which a trial's target is searched for.

    boxes      : float64 (n, 4), px
    centres    : float64 (n, 2), px
    prior      : float64 (n,), sum 1
    truth      : float64 (n,), 0.5 where the target is and -0.5 elsewhere
    similarity : float64 (n,), -0.5 to 0.5
    """

    boxes: Floats
    centres: Floats
    prior: Floats
    truth: Floats
    similarity: Floats


class IdealSearcher(Attention):
    """The Bayesian searcher as attention: what its plan promises of each place is that place's priority.

    Parameters
    ----------
    similarity : Attention
        Its map of the whole display, seen from the centre, says how much each px resembles the target.
    prior : callable
        The map of where targets are expected before anything is seen: 14 of 15 parts of the prior, in proportion to
        its mean in each place; one part is the same for all places, as published, so that none is ruled out.
    settings : IdealSearcherSettings
    """

    def __init__(
        self, similarity: Attention, prior: SaliencyMap, settings: IdealSearcherSettings = IdealSearcherSettings()
    ) -> None:
        self.similarity, self.prior, self.settings = similarity, prior, settings
        self.needs = frozenset() if settings.evidence == "truth" else similarity.needs
        self._places = OfTrials[Places]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if nothing tells how much places of `trial` resemble the target, where that is evidence."""
        super().check(trial)
        if self.settings.evidence != "truth":
            self.similarity.check(trial)

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, from 0 to 1 at the centre of the best place; NaN outside all places."""
        found = []
        for glance in glances:
            places = self.places(glance.trial)
            log_odds = self._log_odds(glance)
            visible = self.visibility(places.centres, places.centres, glance.trial)
            value = self._plan(_normalised(log_odds), visible)
            found.append(Priority(_paint(value, places, glance.trial), log_odds=_log_sum(log_odds)))
        return found

    def posterior(self, glance: Glance) -> Floats:
        """Return the probability (n,) of each place after the evidence from all fixations so far.

        The logarithm of the prior grows at each fixation by d'^2 times the evidence (equation 3 of the paper of
        2005): with evidence of mean +-0.5 and deviation 1 / d' that is Bayes' rule.
        """
        return _normalised(self._log_odds(glance))

    def _log_odds(self, glance: Glance) -> Floats:
        """Return the log of the odds (n,) of the target at each place against no target, which were 1 for all places.

        d'^2 times the evidence is the log likelihood ratio of a target and of none at a place.
        """
        places = self.places(glance.trial)
        logarithm = np.log(places.prior)
        for number, fixation in enumerate(glance.history):
            visible = self.visibility(places.centres, fixation[None], glance.trial)[:, 0]
            logarithm = logarithm + visible**2 * self.evidence(glance.trial, visible, number)
        return np.asarray(logarithm, np.float64)

    def evidence(self, trial: Trial, visible: Floats, number: int) -> Floats:
        """Return what the places tell (n,) at fixation `number`, given their d' `visible` (n,).

        "truth" has deviation 1 / d'; "mixed" is (t (v + 0.5) + s (1.5 - v)) / 2 of truth t, similarity s and v, d' as a
        share of its maximum, with deviation 1 / (4 + 3 v), as published.
        """
        places, kind = self.places(trial), self.settings.evidence
        noise = np.random.default_rng([self.settings.noise_seed, crc32(str(trial.id).encode()), number])
        drawn = noise.standard_normal(len(visible))
        if kind == "truth":
            return places.truth + drawn / np.maximum(visible, 1e-6)
        share = visible / self.settings.visibility
        mixed = (places.truth * (share + 0.5) + places.similarity * (1.5 - share)) / 2
        known = kind == "mixed" and trial.target_box is not None
        return (mixed if known else places.similarity) + drawn / (SHARPNESS + CLARITY * share)

    def visibility(self, centres: Floats, fixations: Floats, trial: Trial) -> Floats:
        """Return d' (n, k) of places at `centres` (n, 2) seen from `fixations` (k, 2), px."""
        distance = np.linalg.norm(centres[:, None] - fixations[None], axis=2) / trial.px_per_degree
        falloff = np.exp(-((distance / self.settings.visibility_deg) ** 2) / 2)
        return np.asarray(self.settings.visibility * falloff, np.float64)

    def places(self, trial: Trial) -> Places:
        """Return the places of `trial`: its objects, or the cells of a grid over the display."""
        if trial not in self._places:
            boxes = grid_cells(trial, self.settings.cell_deg) if trial.objects is None else trial.objects
            expected = spread_over(self.prior(trial.image), trial)
            prior = np.array([expected[_inside(box)].mean() for box in boxes])
            share = prior / prior.sum() if prior.any() else np.full(len(boxes), 1 / len(boxes))
            prior = (1 - UNIFORM) * share + UNIFORM / len(boxes)
            similarity = np.zeros(len(boxes))
            if self.settings.evidence != "truth":
                similarity = _similarity(self.similarity, trial, boxes)
            centres = np.asarray((boxes[:, :2] + boxes[:, 2:] - 1) / 2, np.float64)
            self._places[trial] = Places(boxes, centres, prior, _truth(trial, boxes), similarity)
        return self._places[trial]

    def _plan(self, posterior: Floats, visible: Floats) -> Floats:
        """Return the value (n,) of fixating each place, given d' (n, n) of all places from each."""
        if self.settings.plan == "greedy" or posterior.max() > SURE:
            return posterior
        if self.settings.plan == "entropy":
            return np.asarray(posterior @ visible**2 / 2, np.float64)
        return probability_correct(posterior, visible)


def _normalised(logarithm: Floats) -> Floats:
    weights = np.exp(logarithm - logarithm.max())
    return np.asarray(weights / weights.sum(), np.float64)


def _log_sum(logarithm: Floats) -> float:
    """Return what scipy's logsumexp does, in a tenth of the time."""
    return float(logarithm.max() + np.log(np.exp(logarithm - logarithm.max()).sum()))


def probability_correct(posterior: Floats, visible: Floats) -> Floats:
    """Return the probability that the most probable place is the target's after one more fixation.

    Parameters
    ----------
    posterior : (n,)
    visible : (n, k)
        d' of each place from each of k fixations.

    Returns
    -------
    float64 (k,)

    Notes
    -----
    The paper of 2005 has the sum over places i of p_i times the integral over w of the standard normal density times
    the product over j != i of Phi((-2 ln(p_j / p_i) + d_j^2 + 2 d_i w + d_i^2) / (2 d_j)). That is the mean of exp(M),
    M the largest of independent normal X_j with mean ln p_j - d_j^2 / 2 and deviation d_j (what the logarithms of the
    probabilities become where the target is absent), as p_i N(s; ln p_i + d_i^2 / 2, d_i^2) is
    e^s N(s; ln p_i - d_i^2 / 2, d_i^2). So one integral, of e^s (1 - product over j of Phi((s - mean_j) / d_j)), has
    all n places in it.
    """
    logarithm, found = np.log(np.maximum(posterior, 1e-300)), []
    for d in np.maximum(visible, 1e-6).T:
        mean = logarithm - d**2 / 2
        low = (mean - TAIL * d).max()  # which M exceeds
        reach = logarithm + d**2 / 2 + TAIL * d  # beyond which X_j does not matter
        near = reach > low
        above = (reach.max() - low) * NODES
        below = ndtr((low + above - mean[near, None]) / d[near, None]).prod(axis=0)
        found.append(np.exp(low) * (1 + trapezoid(np.exp(above) * (1 - below) * above, np.log(NODES))))
    return np.array(found, np.float64)


def grid_cells(trial: Trial, cell_deg: float) -> Floats:
    """Return the boxes (n, 4) of cells of about `cell_deg`, row by row, as square as whole numbers of them allow."""
    side = cell_deg * trial.px_per_degree
    columns, rows = (max(1, round(length / side)) for length in (trial.width, trial.height))
    x, y = np.linspace(0, trial.width, columns + 1), np.linspace(0, trial.height, rows + 1)
    corners = [(x[c], y[r], x[c + 1], y[r + 1]) for r in range(rows) for c in range(columns)]
    return np.array(corners, np.float64)


def _inside(box: Floats) -> tuple[slice, slice]:
    """Return the px of `box` as rows and columns; at least one."""
    x0, y0, x1, y1 = np.ceil(box).astype(int)
    return slice(min(y0, y1 - 1), y1), slice(min(x0, x1 - 1), x1)


def _truth(trial: Trial, boxes: Floats) -> Floats:
    """Return 0.5 for the place whose centre is nearest to the target's, -0.5 for the others; all if it is absent."""
    found = np.full(len(boxes), -0.5)
    if trial.target_centre is not None:
        centres = (boxes[:, :2] + boxes[:, 2:] - 1) / 2
        found[np.linalg.norm(centres - trial.target_centre, axis=1).argmin()] = 0.5
    return found


def _similarity(attention: Attention, trial: Trial, boxes: Floats) -> Floats:
    """Return the largest similarity within each of `boxes` (n, 4), scaled to -0.5..0.5."""
    centre = np.array([trial.width // 2, trial.height // 2], np.float64)
    found = attention.attend([Glance(trial, trial.image, centre)])[0].map
    found = np.where(np.isnan(found), np.nanmin(found), found)
    value = np.array([found[_inside(box)].max() for box in boxes], np.float64)
    spread = value.max() - value.min()
    return np.asarray((value - value.min()) / spread - 0.5, np.float64) if spread > 0 else np.zeros(len(boxes))


def _paint(value: Floats, places: Places, trial: Trial) -> Floats:
    """Return the values (n,), scaled to 0..1, as a map (H, W); within a place the px at its centre is highest."""
    spread = value.max() - value.min()
    scaled = (value - value.min()) / spread if spread > 0 else np.zeros(len(value))
    found = np.full((trial.height, trial.width), np.nan)
    y, x = np.mgrid[: trial.height, : trial.width]
    for box, centre, level in zip(places.boxes, places.centres, scaled, strict=True):
        inside = _inside(box)
        away = np.hypot(x[inside] - centre[0], y[inside] - centre[1]) / max(box[2] - box[0], box[3] - box[1])
        found[inside] = level - 1e-3 * away
    return found


def _model(similarity: ModelSpec, **settings: Any) -> ModelSpec:
    """Return the searcher that takes the attention of another model as similarity."""

    def build(weights: str | Path | nn.Module, device: str, parts: Mapping[type, Any]) -> IdealSearcher:
        prior = partial(centre_bias, settings=parts[CentreBiasSettings])
        return IdealSearcher(similarity.build(weights, device, parts), prior, parts[IdealSearcherSettings])

    read = (IdealSearcherSettings, CentreBiasSettings, *similarity.parts)
    return ModelSpec(build, read, {"inhibition": "none", **settings, **similarity.settings})


IBS = _model(TEMPLATE)
IBS_ENTROPY = _model(TEMPLATE, plan="entropy")
IBS_GREEDY = _model(TEMPLATE, plan="greedy")
NNIBS = _model(IVSN)
