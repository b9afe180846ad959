"""From the scores of trials to means with intervals, chance, ceiling, and comparisons of models."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.metrics import METRICS, saccade_amplitudes, saccade_directions
from gazesim.metrics.ceiling import shares
from gazesim.metrics.saccades import circular_wasserstein, wasserstein
from gazesim.metrics.statistics import compare_models, crossed_mean, holm
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import LEVELS
from gazesim.scoring.gupta import NAME as GUPTA

Values = NDArray[np.float64]
CEILING, ELSEWHERE, CHANCE, _ = LEVELS
COMPARED = ["dataset", "metric", "part", "first", "second", "difference", "low", "high", "p", "coverage", "over"]
COLUMNS = [*COMPARED[:9], "p_holm", *COMPARED[9:]]


def summarise(trials: pd.DataFrame, partners: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return one row a model, metric and part: the mean over trials with its place between chance and ceiling.

    Parameters
    ----------
    trials : DataFrame
        The columns of trials.csv.
    partners : dict of str, optional
        By trial: the one whose scanpaths it was compared with at the level `other_images`. Needed for that level's
        interval in measures of scanpaths.

    Returns
    -------
    DataFrame
        The columns of summary.csv; `low` and `high` are the 95 % interval for other observers and images, `over` says
        which of them are a sample, or why there is no interval.
    """
    rows = []
    for (dataset, metric, part), images, tables in _by_metric(trials):
        columns = _columns(images, partners)
        means = {model: float(table[~np.isnan(table)].mean()) for model, table in tables.items() if _scored(table)}
        chance, ceiling = means.get(CHANCE, np.nan), means.get(CEILING, np.nan)
        for model, table in tables.items():
            borrowed = columns if _borrows(model, metric) else None
            estimate = crossed_mean(table, _shares(model, metric, table), METRICS[metric].within.get(part), borrowed)
            own = trials[_is(trials, dataset=dataset, model=model, metric=metric, part=part)]["value"]
            rows.append(
                {
                    "dataset": dataset,
                    "model": model,
                    "metric": metric,
                    "part": part,
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "over": estimate.over,
                    "chance": chance,
                    "ceiling": ceiling,
                    "share_of_ceiling": share_of_ceiling(estimate.value, chance, ceiling),
                    "coverage": own.notna().mean(),
                    "trials": len(own),
                    "better": METRICS[metric].direction,
                }
            )
    return pd.DataFrame(rows)


def share_of_ceiling(value: float, chance: float, ceiling: float) -> float:
    """Return (value - chance) / (ceiling - chance): 0 is chance, 1 as good as people; NaN if both are the same.

    >>> share_of_ceiling(0.7, 0.5, 0.9), share_of_ceiling(8.0, 10.0, 6.0)
    (0.5, 0.5)
    """
    if not np.isfinite([chance, ceiling]).all() or ceiling == chance:
        return float("nan")
    return round((value - chance) / (ceiling - chance), 12) + 0.0  # no -0


def compare(trials: pd.DataFrame, partners: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the differences of all pairs of models, and of each model and each level, on the same trials.

    Parameters
    ----------
    trials, partners
        As in `summarise`.

    Returns
    -------
    DataFrame
        The columns of comparisons.csv; p is two-sided, `p_holm` adjusted for all comparisons of the measure and part.
        Where people are scored each, but a model once for all, its score is compared with that of everybody.
    """
    rows = []
    for (dataset, metric, part), images, tables in _by_metric(trials):
        columns = _columns(images, partners)
        models = [model for model in tables if model not in LEVELS]
        pairs = [*combinations(models, 2), *((model, level) for model in models for level in LEVELS if level in tables)]
        found = []
        for first, second in pairs:
            second_shares = _shares(second, metric, tables[second])
            one, other, own = np.broadcast_arrays(tables[first], tables[second], second_shares)
            with np.errstate(invalid="ignore"):  # infinite scores of both
                borrowed = columns if _borrows(second, metric) else None
                found.append((dataset, metric, part, first, second, *compare_models(one, other, one - own, borrowed)))
        rows += [(*row, adjusted) for row, adjusted in zip(found, holm([row[8] for row in found]), strict=True)]
    return pd.DataFrame(rows, columns=[*COMPARED, "p_holm"])[COLUMNS]


def _borrows(model: str, metric: str) -> bool:
    """Return whether scores are with scanpaths on one other display."""
    return model == ELSEWHERE and METRICS[metric].kind == "scanpaths"


def _columns(images: list[str], partners: Mapping[str, str] | None) -> list[int] | None:
    """Return for each image the place of its partner, -1 where that is not among them."""
    if partners is None:
        return None
    place = {image: number for number, image in enumerate(images)}
    return [place.get(partners.get(image, ""), -1) for image in images]


def _shares(model: str, metric: str, table: Values) -> Values:
    """Return what each observer contributes (observers, images), which is the score itself but of pairs of people.

    These are scanpaths of people with those of others, on the display or on another. A map of many people hardly
    depends on one of them, and in search each is scored alone. People's scores in energy form are shares already.
    """
    measure = METRICS[metric]
    levels = (ELSEWHERE,) if measure.energy else (CEILING, ELSEWHERE)
    paired = (measure.kind == "scanpaths" or metric == GUPTA) and model in levels
    return shares(table) if paired else table


def saccade_table(paths: dict[str, list[Scanpath]], degrees: dict[str, float] | None) -> pd.DataFrame:
    """Return one row a model with the statistics of its saccades, beside those of people.

    Parameters
    ----------
    paths : dict of list of Scanpath
        By model; "people" is one of them.
    degrees : dict of float, optional
        Pixels in a degree by trial; amplitudes are in px without.

    Returns
    -------
    DataFrame
        The columns of saccades.csv. The distances are of Wasserstein, between all amplitudes (or directions, radians)
        of a model and all of people.
    """
    amplitudes = {model: amplitudes_of(own, degrees) for model, own in paths.items()}
    directions = {model: saccade_directions(own) if own else np.empty(0) for model, own in paths.items()}
    rows = []
    for model in paths:
        lengths, turns = amplitudes[model], directions[model]
        known = len(lengths) > 0 and len(amplitudes[CEILING]) > 0
        turned = len(turns) > 0 and len(directions[CEILING]) > 0
        rows.append(
            {
                "model": model,
                "saccades": len(lengths),
                "amplitude_mean": lengths.mean() if len(lengths) else np.nan,
                "amplitude_median": np.median(lengths) if len(lengths) else np.nan,
                "unit": "px" if degrees is None else "deg",
                "amplitude_distance": wasserstein(lengths, amplitudes[CEILING]) if known else np.nan,
                "direction_distance": circular_wasserstein(turns, directions[CEILING]) if turned else np.nan,
            }
        )
    return pd.DataFrame(rows)


def amplitudes_of(paths: Sequence[Scanpath], degrees: dict[str, float] | None) -> Values:
    """Return the amplitudes of all saccades (n,), in degrees if it is known how many px they are."""
    if not paths:
        return np.empty(0)
    if degrees is None:
        return saccade_amplitudes(paths)
    return np.concatenate([path.amplitudes_deg(degrees[str(path.trial)]) for path in paths])


def _by_metric(trials: pd.DataFrame) -> list[tuple[tuple[str, str, str], list[str], dict[str, Values]]]:
    """Return, for each metric and part, images and the scores (observers, images) of each model, which share them."""
    found = []
    for key, rows in trials.groupby(["dataset", "metric", "part"], sort=False, dropna=False):
        images = list(dict.fromkeys(rows["trial"]))
        observers = list(dict.fromkeys(rows["observer"]))
        tables = {}
        for model, own in rows.groupby("model", sort=False):
            seen = set(own["observer"])
            table = own.groupby(["observer", "trial"], sort=False)["value"].mean().unstack("trial")  # over sessions
            wanted = [observer for observer in observers if observer in seen]
            tables[str(model)] = table.reindex(index=wanted, columns=images).to_numpy(np.float64)
        order = [*(model for model in tables if model not in LEVELS), *(level for level in LEVELS if level in tables)]
        dataset, metric, part = (str(name) for name in key)
        found.append(((dataset, metric, part), images, {model: tables[model] for model in order}))
    return found


def _scored(table: Values) -> bool:
    return bool((~np.isnan(table)).any())


def _is(table: pd.DataFrame, **wanted: str) -> "pd.Series[bool]":
    keep = pd.Series(True, index=table.index)
    for column, value in wanted.items():
        keep &= table[column] == value
    return keep
