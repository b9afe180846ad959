"""The probability of each next fixation given those before it, and its derivatives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from gazesim.fitting.decisions import NEVER, Decisions
from gazesim.fitting.parameters import Parameter, settings_of

Floats = NDArray[np.float64]
AT_ONCE = 4_000_000  # numbers of one table, which bounds the memory
LEAST = -50.0  # log probability of what a model without lapses says cannot be


class Likelihood:
    """ln p of the next fixation by a model that draws px with probability in proportion to exp(priority / temperature).

    In displays without objects it is the density at the fixated px times the area of its cell; that of all px is summed
    over the points of the cells.

    Parameters
    ----------
    decisions : Decisions
    settings : mapping
        Of the model; `temperature` must be set there or be a parameter.
    weights_setting : str
        The setting that weights the components of the maps; "" where there is one map.
    """

    def __init__(self, decisions: Decisions, settings: Mapping[str, Any], weights_setting: str = "") -> None:
        self.decisions, self.settings, self.weights_setting = decisions, dict(settings), weights_setting

    def of(self, decisions: Decisions) -> "Likelihood":
        """Return that of other decisions."""
        return Likelihood(decisions, self.settings, self.weights_setting)

    def log_shares(
        self,
        parameters: Sequence[Parameter] = (),
        values: Sequence[float] = (),
        *,
        slopes: bool = False,
        maps: NDArray[np.float32] | None = None,
        changes: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> tuple[Floats, Floats]:
        """Return ln p (d,) of each decision and its derivatives (d, n) by the parameters, 0 without `slopes`.

        `maps` (m, k, p) take the place of those of the decisions; `changes` are their derivatives, by the name of the
        parameter of attention.
        """
        settings = {**self.settings, **settings_of(parameters, values)}
        d = self.decisions
        step = max(1, AT_ONCE // d.log_area.shape[1])
        found, by = np.empty(len(d)), np.zeros((len(d), len(parameters)))
        for start in range(0, len(d), step):
            rows = slice(start, start + step)
            found[rows], part = self._part(
                rows, settings, parameters if slopes else (), d.maps if maps is None else maps, changes or {}
            )
            if slopes:
                by[rows] = part
        return found, by

    def _part(
        self,
        rows: slice,
        settings: Mapping[str, Any],
        parameters: Sequence[Parameter],
        all_maps: NDArray[np.float32],
        changes: Mapping[str, NDArray[np.float32]],
    ) -> tuple[Floats, Floats]:
        d = self.decisions
        temperature, lapse = float(settings["temperature"]), float(settings.get("lapse") or 0.0)
        area, maps = d.log_area[d.trial_of[rows]], all_maps[d.map_of[rows]].astype(np.float64)
        weights = self._weights(settings, maps.shape[1])
        priority = np.einsum("k,dkp->dp", weights, maps)
        away = self._away(rows) if settings.get("saccade_cost") or _asks(parameters, "saccade_cost") else None
        if away is not None:
            priority = priority - float(settings.get("saccade_cost") or 0.0) * away
        lowering, fading = _lowering(d.age[rows], settings)
        scaled = (priority - lowering) / temperature
        logit = np.where(np.isnan(scaled), -np.inf, scaled) + area
        inside = d.chosen[rows] >= 0
        own_px = np.take_along_axis(scaled, d.chosen[rows].clip(0), axis=1)
        at_chosen = own_px + d.area[rows]
        # the fixated px is none of the points: it is one more, so that no density is beyond that of a single px
        beside = np.isneginf(np.take_along_axis(area, d.chosen[rows][:, :1].clip(0), axis=1))[:, 0]
        more = np.where(beside & ~np.isnan(own_px[:, 0]), own_px[:, 0], -np.inf)
        log_all = np.logaddexp(logsumexp(logit, axis=1), more)
        of_chosen = np.where(inside & ~np.isnan(at_chosen), at_chosen, -np.inf)
        log_chosen = logsumexp(of_chosen, axis=1)
        blind = ~np.isfinite(log_all)  # nothing can be chosen
        with np.errstate(invalid="ignore"):
            drawn = np.where(blind, LEAST, np.maximum(log_chosen - log_all, LEAST))
        found = np.logaddexp(np.log1p(-lapse) + drawn, np.log(lapse * d.uniform[rows] + 1e-300))
        slopes = np.zeros((len(found), len(parameters)))
        if not parameters:
            return found, slopes
        possible = ~blind & np.isfinite(log_chosen)
        with np.errstate(invalid="ignore", over="ignore"):
            share = np.where(possible[:, None], np.exp(logit - log_all[:, None]), 0)
            own = np.where(possible[:, None] & inside, np.exp(of_chosen - log_chosen[:, None]), 0)
            own[:, 0] -= np.where(possible, np.exp(more - log_all), 0)
        by_drawn = np.exp(np.log1p(-lapse) + drawn - found)  # of the mixture with lapses
        for number, parameter in enumerate(parameters):
            if parameter.name == "lapse":
                slopes[:, number] = (d.uniform[rows] - np.exp(drawn)) / np.exp(found)
                continue
            if parameter.name in changes:
                moved = changes[parameter.name][d.map_of[rows]].astype(np.float64)
                change = np.einsum("k,dkp->dp", weights, moved) / temperature
            else:
                change = _change(parameter.name, settings, weights, maps, scaled, away, fading, temperature)
            change = np.where(np.isfinite(change), change, 0)
            mine = np.take_along_axis(change, d.chosen[rows].clip(0), axis=1)
            slopes[:, number] = by_drawn * ((own * mine).sum(axis=1) - (share * change).sum(axis=1))
        return found, slopes

    def _weights(self, settings: Mapping[str, Any], components: int) -> Floats:
        given = settings.get(self.weights_setting) if self.weights_setting else None
        if components == 1:
            return np.ones(1)
        weights = np.ones(components) if not isinstance(given, tuple | list) else np.array(given, np.float64)
        return np.asarray(weights / weights.sum(), np.float64)

    def _away(self, rows: slice) -> Floats:
        d = self.decisions
        trial = d.trial_of[rows]
        distance = np.linalg.norm(d.points[trial] - d.last[rows][:, None], axis=2)
        return np.asarray(distance / d.degree[trial][:, None], np.float64)


def _lowering(age: NDArray[np.uint8], settings: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Return by how much inhibition lowers (d, p), and exp(-age / decay), 0 where nothing was looked at."""
    strength, decay = settings.get("inhibition_strength"), settings.get("inhibition_decay")
    ages = np.arange(NEVER + 1.0)
    fades = np.exp(-ages / decay) if decay else np.ones(NEVER + 1)
    fades[NEVER] = 0
    fading = fades[age]
    if strength is None:
        return np.where(age < NEVER, np.inf, 0.0), fading
    return float(strength) * fading, fading


def _change(
    name: str,
    settings: Mapping[str, Any],
    weights: Floats,
    maps: Floats,
    scaled: Floats,
    away: Floats | None,
    fading: Floats,
    temperature: float,
) -> Floats:
    """Return the derivative (d, p) of the scaled priority by a parameter that is not one of attention."""
    if name == "temperature":
        return -scaled / temperature
    if name == "saccade_cost":
        assert away is not None
        return -away / temperature
    if name == "inhibition_strength":
        return -fading / temperature
    if name == "inhibition_decay":
        decay, strength = float(settings["inhibition_decay"]), float(settings["inhibition_strength"])
        with np.errstate(divide="ignore"):
            age = np.where(fading > 0, -decay * np.log(np.where(fading > 0, fading, 1)), 0)
        return -strength * fading * age / decay**2 / temperature
    number = int(name.partition("[")[2][:-1])
    mean = np.einsum("k,dkp->dp", weights, maps)
    return np.asarray(weights[number] * (maps[:, number] - mean) / temperature, np.float64)


def _asks(parameters: Sequence[Parameter], name: str) -> bool:
    return any(parameter.name == name for parameter in parameters)
