"""The tables of the search-asymmetry experiments: from trials to slopes, asymmetry indices and their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.asymmetry.published import Experiment
from gazesim.metrics.set_sizes import (
    compare_lines,
    correlation,
    reaction_times,
    set_size_line,
)
from gazesim.metrics.slopes import Index, Slope, estimate_index, estimate_slope, mean_index

PEOPLE = "people"
CONDITION = ["model", "experiment", "condition"]


@dataclass(frozen=True, eq=False)
class Tables:
    """The results; models in the order in which they were given, after people.

    Intervals (`_low`, `_high`) are 95 % intervals for other displays of the same set sizes; with fewer than three of a
    set size there are none, nor of people, of whom only means are published.

    Attributes
    ----------
    trials : one row a search
        model, experiment, condition, set_size, trial, n_saccades (see `counted_saccades`), found, reaction_time_ms.
    set_sizes : one row a model, condition and set size
        n_trials, found (share), n_saccades (mean), reaction_time_ms (mean).
    conditions : one row a model and condition
        people_find ("easier" or "harder"), slope_ms_per_item with interval, intercept_ms.
    experiments : one row a model and experiment
        easier_slope, harder_slope (ms per item), index with interval; f, df_within, p of the test that both conditions
        share one line (2 and df_within degrees of freedom).
    models : one row a model
        index (mean over the experiments) with interval, slope_r (correlation of its slopes and people's), n_trials,
        found (share).
    """

    trials: pd.DataFrame
    set_sizes: pd.DataFrame
    conditions: pd.DataFrame
    experiments: pd.DataFrame
    models: pd.DataFrame


def analyse(searches: pd.DataFrame, experiments: Sequence[Experiment]) -> Tables:
    """Return the tables of `searches`, in the columns of `read_results`, over all conditions of `experiments`."""
    trials = searches.assign(reaction_time_ms=reaction_times(searches["n_saccades"]))
    times = pd.concat([_people(experiments), trials], ignore_index=True)
    slopes = {name: _Slopes.of(own, experiments) for name, own in times.groupby("model", sort=False)}
    return Tables(
        trials,
        _set_size_table(times),
        pd.concat([_condition_table(str(name), own, experiments) for name, own in slopes.items()], ignore_index=True),
        pd.concat([_experiment_table(str(name), own, experiments) for name, own in slopes.items()], ignore_index=True),
        _model_table({str(name): own for name, own in slopes.items()}, trials),
    )


@dataclass(frozen=True, eq=False)
class _Slopes:
    """The slopes of one model, or of people, in all conditions: the easier and the harder one of each experiment.

    times      : set sizes and reaction times (ms) of each condition
    estimates  : k slopes
    intercepts : float64 (k,)
    indices    : k / 2 asymmetry indices, one an experiment
    """

    times: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
    estimates: list[Slope]
    intercepts: NDArray[np.float64]
    indices: list[Index]

    @classmethod
    def of(cls, own: pd.DataFrame, experiments: Sequence[Experiment]) -> "_Slopes":
        times = []
        for experiment in experiments:
            for condition in experiment.conditions:
                rows = own[(own["experiment"] == experiment.name) & (own["condition"] == condition.name)]
                times.append((rows["set_size"].to_numpy(float), rows["reaction_time_ms"].to_numpy(float)))
        estimates = [estimate_slope(*pair) for pair in times]
        intercepts = np.array([set_size_line(*pair).intercept_ms for pair in times])
        pairs = zip(estimates[1::2], estimates[::2], strict=True)
        return cls(times, estimates, intercepts, [estimate_index(harder, easier) for harder, easier in pairs])

    @property
    def slopes(self) -> NDArray[np.float64]:
        """(k,)."""
        return np.array([estimate.value for estimate in self.estimates])


def _people(experiments: Sequence[Experiment]) -> pd.DataFrame:
    rows = [
        (PEOPLE, experiment.name, condition.name, set_size, rt_ms)
        for experiment in experiments
        for condition in experiment.conditions
        for set_size, rt_ms in zip(experiment.set_sizes, condition.rt_ms, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*CONDITION, "set_size", "reaction_time_ms"])


def _set_size_table(times: pd.DataFrame) -> pd.DataFrame:
    groups = times.groupby([*CONDITION, "set_size"], sort=False)
    return groups.agg(
        n_trials=("n_saccades", "count"),
        found=("found", "mean"),
        n_saccades=("n_saccades", "mean"),
        reaction_time_ms=("reaction_time_ms", "mean"),
    ).reset_index()


def _condition_table(name: str, own: _Slopes, experiments: Sequence[Experiment]) -> pd.DataFrame:
    named = [(e.name, c.name) for e in experiments for c in e.conditions]
    return pd.DataFrame(
        {
            "model": name,
            "experiment": [experiment for experiment, _ in named],
            "condition": [condition for _, condition in named],
            "people_find": ["easier", "harder"] * len(experiments),
            "slope_ms_per_item": own.slopes,
            "slope_low": [slope.low for slope in own.estimates],
            "slope_high": [slope.high for slope in own.estimates],
            "intercept_ms": own.intercepts,
        }
    )


def _experiment_table(name: str, own: _Slopes, experiments: Sequence[Experiment]) -> pd.DataFrame:
    pairs = zip(own.times[::2], own.times[1::2], strict=True)
    tests = [(np.nan, np.nan, np.nan)] * len(experiments)
    if name != PEOPLE:
        tests = [(test.f, test.df[1], test.p) for test in (compare_lines(*easy, *hard) for easy, hard in pairs)]
    return pd.DataFrame(
        {
            "model": name,
            "experiment": [experiment.name for experiment in experiments],
            "easier_slope": own.slopes[::2],
            "harder_slope": own.slopes[1::2],
            "index": [index.value for index in own.indices],
            "index_low": [index.low for index in own.indices],
            "index_high": [index.high for index in own.indices],
            **dict(zip(("f", "df_within", "p"), np.transpose(tests), strict=True)),
        }
    )


def _model_table(slopes: dict[str, _Slopes], trials: pd.DataFrame) -> pd.DataFrame:
    people = slopes[PEOPLE].slopes
    rows = []
    for name, own in slopes.items():
        searches = trials[trials["model"] == name]
        rows.append(
            {
                "model": name,
                **dict(zip(("index", "index_low", "index_high"), mean_index(own.indices), strict=True)),
                "slope_r": float(correlation(own.slopes, people)),
                "n_trials": len(searches),
                "found": searches["found"].mean() if len(searches) else np.nan,
            }
        )
    return pd.DataFrame(rows)
