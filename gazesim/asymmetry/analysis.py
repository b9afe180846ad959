"""The tables of the search-asymmetry experiments: from trials to slopes, asymmetry indices and their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.asymmetry.published import Experiment
from gazesim.metrics.set_sizes import (
    asymmetry_index,
    bootstrap_slopes,
    compare_lines,
    correlation,
    interval,
    reaction_times,
    set_size_line,
)

PEOPLE = "people"
CONDITION = ["model", "experiment", "condition"]


@dataclass(frozen=True, eq=False)
class Tables:
    """The results; models in the order in which they were given, after people.

    Intervals (`_low`, `_high`) are 95 % intervals over 1,000 resamples of the trials within each set size; people, of
    whom only means are published, have none.

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
        index (mean over the experiments) with interval, slope_r (correlation of its slopes and people's) with
        interval, n_trials, found (share).
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
    slopes     : float64 (k,)
    intercepts : float64 (k,)
    resampled  : float64 (resamples, k), of people (0, k)
    """

    times: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    resampled: NDArray[np.float64]

    @classmethod
    def of(cls, own: pd.DataFrame, experiments: Sequence[Experiment]) -> "_Slopes":
        name = own["model"].iloc[0]
        times, resampled = [], []
        for experiment in experiments:
            for condition in experiment.conditions:
                rows = own[(own["experiment"] == experiment.name) & (own["condition"] == condition.name)]
                times.append((rows["set_size"].to_numpy(float), rows["reaction_time_ms"].to_numpy(float)))
                if name != PEOPLE:  # a stream for each condition, so that no result depends on what else there is
                    key = crc32(f"{name} {experiment.name} {condition.name}".encode())
                    resampled.append(bootstrap_slopes(*times[-1], np.random.default_rng(key)))
        lines = np.array([set_size_line(*pair) for pair in times])
        slopes, intercepts = lines.T
        return cls(times, slopes, intercepts, np.stack(resampled, axis=1) if resampled else np.empty((0, len(lines))))

    @property
    def indices(self) -> NDArray[np.float64]:
        """The asymmetry index of each experiment, (k / 2,)."""
        return asymmetry_index(self.slopes[1::2], self.slopes[::2])

    @property
    def resampled_indices(self) -> NDArray[np.float64]:
        """(resamples, k / 2)."""
        return asymmetry_index(self.resampled[:, 1::2], self.resampled[:, ::2])


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
    low, high = interval(own.resampled)
    named = [(e.name, c.name) for e in experiments for c in e.conditions]
    return pd.DataFrame(
        {
            "model": name,
            "experiment": [experiment for experiment, _ in named],
            "condition": [condition for _, condition in named],
            "people_find": ["easier", "harder"] * len(experiments),
            "slope_ms_per_item": own.slopes,
            "slope_low": low,
            "slope_high": high,
            "intercept_ms": own.intercepts,
        }
    )


def _experiment_table(name: str, own: _Slopes, experiments: Sequence[Experiment]) -> pd.DataFrame:
    low, high = interval(own.resampled_indices)
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
            "index": own.indices,
            "index_low": low,
            "index_high": high,
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
                "index": own.indices.mean(),
                **dict(zip(("index_low", "index_high"), interval(own.resampled_indices.mean(axis=1)), strict=True)),
                "slope_r": float(correlation(own.slopes, people)),
                **dict(zip(("slope_r_low", "slope_r_high"), interval(correlation(own.resampled, people)), strict=True)),
                "n_trials": len(searches),
                "found": searches["found"].mean() if len(searches) else np.nan,
            }
        )
    return pd.DataFrame(rows)
