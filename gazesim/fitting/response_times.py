"""Models fitted to how fast and how often people answer present and absent, and what they predict for other people."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from gazesim.checks import unknown
from gazesim.fitting.parameters import Parameter, start_of
from gazesim.scoring.response_times import (
    Cell,
    by_person,
    cells,
    counted,
    drawn_places,
    log_likelihood,
    over_people,
    plausible,
    predict,
    settings_of,
    slopes,
)
from gazesim.search.loop import SearchModel
from gazesim.search.response_times import Orders

Floats = NDArray[np.float64]
KNOWN = {
    each.name: each
    for each in (
        Parameter("temperature", 0.005, 10.0, start=0.1),
        Parameter("quit_weight", 1e-3, 300.0, start=0.3),
        Parameter("duration_ms", 5.0, 500.0, start=90.0),
        Parameter("duration_spread", 0.1, 4.0, start=0.5),
        Parameter("nonsearch_ms", 80.0, 800.0, start=350.0),
        Parameter("nonsearch_spread", 0.03, 1.0, start=0.2),
        Parameter("miss_rate", 1e-4, 0.5, start=0.01),
    )
}


def fit_times(
    places: Mapping[Cell, Orders],
    responses: pd.DataFrame,
    names: Sequence[str],
    settings: Mapping[str, Any],
    starts: int = 3,
    seed: int = 0,
) -> tuple[dict[str, float], float]:
    """Return the parameters `names` that fit the responses best, and the log likelihood there.

    Simplex search within bounds, from the settings and from random starts: the order of places changes in steps.

    Parameters
    ----------
    places : mapping
        Of `places_of`.
    responses : DataFrame
        Of one condition; see `gazesim.responses`.
    names : sequence of str
        Some of `KNOWN`.
    settings : mapping
        Where the search starts, and what is not fitted.
    """
    parameters, counts = [KNOWN[name] for name in names], counted(responses)
    random, best = np.random.default_rng(seed), (dict[str, float](), -np.inf)

    def values(units: Floats) -> dict[str, float]:
        return {each.name: each.value(float(u)) for each, u in zip(parameters, units.clip(0, 1), strict=True)}

    def objective(units: Floats) -> float:
        return -log_likelihood(counts, predict(places, {**settings, **values(units)}))

    for number in range(starts):
        at = np.array([each.unit(start_of(each, settings)) for each in parameters])
        if number:
            at = random.uniform(0.2, 0.8, len(parameters))
        simplex = np.vstack([at, *(at + 0.12 * np.eye(len(at)) * np.where(at > 0.5, -1, 1)[:, None])])
        found = minimize(
            objective,
            at,
            method="Nelder-Mead",
            bounds=[(0, 1)] * len(at),
            options={"initial_simplex": simplex, "xatol": 1e-3, "fatol": 0.1, "maxfev": 250 * len(at)},
        )
        if -found.fun > best[1]:
            best = values(np.asarray(found.x)), -float(found.fun)
    return best


def fit_responses(
    models: Mapping[str, SearchModel],
    dataset: str,
    responses: pd.DataFrame,
    names: Sequence[str],
    *,
    displays: int = 10,
    starts: int = 2,
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """Fit models to half of the people in each condition, predict the other half, and the other way round.

    Parameters
    ----------
    models, dataset, responses, displays, seed
        See `gazesim.scoring.response_times.score_responses`.
    names : sequence of str
        Some of `KNOWN`.
    starts : int

    Returns
    -------
    dict of DataFrame
        parameters (a row a model, condition and half: what was fitted, its log likelihood and number of answers), and
        of the predictions cells, slopes and people, as `score_responses`.

    Raises
    ------
    ValueError
        If a parameter is unknown, or a condition has one person.
    """
    for name in names:
        if name not in KNOWN:
            raise ValueError(unknown("parameter of reaction times", name, KNOWN))
    kept = plausible(responses)
    tables: dict[str, list[pd.DataFrame]] = {"parameters": [], "cells": [], "slopes": [], "people": []}
    for name, model in models.items():
        for condition, own in kept.groupby("condition", sort=False):
            places = drawn_places(model, dataset, str(condition), displays, seed)
            told = {"model": name, "condition": str(condition)}
            found = _crossed(places, own, names, settings_of(model), starts, seed)
            found["slopes"] = slopes(found["cells"])
            for each, table in found.items():
                tables[each].append(table.assign(**told))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _crossed(
    places: Mapping[Cell, Orders],
    own: pd.DataFrame,
    names: Sequence[str],
    settings: Mapping[str, Any],
    starts: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    people = sorted(own["observer"].unique())
    if len(people) < 2:
        raise ValueError(
            f"the responses are of {len(people)} person, expected two at least: each half predicts the other"
        )
    halves = [own[own["observer"].isin(people[i::2])] for i in (0, 1)]
    described, fitted, persons = [], [], []
    for half, (here, there) in enumerate((halves, halves[::-1]), 1):
        best, likelihood = fit_times(places, here, names, settings, starts, seed)
        predicted = predict(places, {**settings, **best})
        described.append(cells(there, predicted))
        persons.append(by_person(there, predicted))
        fitted.append({"half": half, **best, "log_likelihood": likelihood, "answers": len(here)})
    keys = ["set_size", "present"]
    both = pd.concat(described, ignore_index=True)
    shares = both["answers"] / both.groupby(keys)["answers"].transform("sum")
    values = [column for column in both.columns if column not in (*keys, "answers")]
    mean = both[values].mul(shares, axis=0).groupby([both[key] for key in keys]).sum().reset_index()
    mean.insert(2, "answers", both.groupby(keys)["answers"].sum().to_numpy())
    return {
        "parameters": pd.DataFrame(fitted),
        "cells": mean,
        "people": over_people(pd.concat(persons, ignore_index=True)),
    }
