"""People's reaction times as a population to draw experiments from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import unknown
from gazesim.metrics.set_sizes import reaction_times
from gazesim.responses import as_responses, read_responses
from gazesim.runs.record import RUN, read_record
from gazesim.scanpath import read_scanpaths
from gazesim.trial_table import read_trials

LEAST_PEOPLE, LEAST_TRIALS = 3, 2
Times = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Condition:
    """People's reaction times in one condition.

    Attributes
    ----------
    name : str
    set_sizes : tuple of int
    observers : tuple of str
    times : tuple of tuple of float64 (n,)
        Of each observer and set size all trials, ms; NaN where the answer was wrong or the time does not count.
    """

    name: str
    set_sizes: tuple[int, ...]
    observers: tuple[str, ...]
    times: tuple[tuple[Times, ...], ...]

    def means(self) -> Times:
        """Return each person's mean time at each set size, (people, set sizes), ms."""
        return np.array([[np.nanmean(cell) for cell in person] for person in self.times])

    def slopes(self) -> Times:
        """Return each person's slope over the means of all trials, (people,), ms per item."""
        return self.means() @ slope_weights(self.set_sizes)

    def wrong(self) -> float:
        """Return the share of trials that do not count."""
        return float(np.isnan(np.concatenate([cell for person in self.times for cell in person])).mean())


def slope_weights(set_sizes: Sequence[int]) -> Times:
    """Return what the means at the set sizes are weighed with in the least-squares slope, (k,)."""
    sizes = np.asarray(set_sizes, np.float64)
    apart = sizes - sizes.mean()
    return np.asarray(apart / (apart @ apart))


def labels(responses: pd.DataFrame) -> "pd.Series[str]":
    """Return what the condition of each response is called: with " present" or " absent", where that is known."""
    shown = responses["present"].map({True: "present", False: "absent"}).astype("string")
    named = responses["condition"].fillna("") + " " + shown.fillna("")
    return named.str.strip()


def conditions_of(
    responses: pd.DataFrame,
    names: Sequence[str],
    *,
    set_sizes: Sequence[int] | None = None,
    rt_range_ms: tuple[float, float] = (200.0, 4000.0),
    source: str = "data",
) -> list[Condition]:
    """Return conditions of a table of responses.

    Parameters
    ----------
    responses : DataFrame
        As `gazesim.responses.as_responses` gives it.
    names : sequence of str
        See `labels`.
    set_sizes : sequence of int, optional
        By default all that there are.
    rt_range_ms : (2,)
        Faster and slower responses do not count.
    source : str
        What the line of an error calls the table.

    Raises
    ------
    ValueError
        If there is no such condition, it has fewer than two set sizes, or fewer than three people did all of them.
    """
    named = labels(responses)
    sizes, times = responses["set_size"], responses["rt_ms"].to_numpy(np.float64).copy()
    times[~responses["correct"].fillna(True).to_numpy(bool)] = np.nan
    with np.errstate(invalid="ignore"):
        times[(times < rt_range_ms[0]) | (times > rt_range_ms[1])] = np.nan
    found = []
    for name in names:
        if name not in set(named):
            raise ValueError(unknown(f"condition of {source}", name, sorted(set(named))))
        rows = (named == name).to_numpy(bool) & sizes.notna().to_numpy(bool)
        known = sorted(int(size) for size in sizes[rows].unique())
        for size in set_sizes or ():
            if size not in known:
                raise ValueError(f"set_sizes has {size}, expected some of {known}, those of {name!r} in {source}")
        wanted = tuple(sorted(set_sizes or known))
        if len(wanted) < 2:
            raise ValueError(f"condition {name!r} of {source} has the set sizes {list(wanted)}, expected at least two")
        own = pd.DataFrame({"observer": responses["observer"][rows], "size": sizes[rows], "rt": times[rows]})
        cells = {key: cell.to_numpy() for key, cell in own.groupby(["observer", "size"])["rt"]}
        people = [
            person
            for person in dict.fromkeys(own["observer"])
            if all(np.isfinite(cells.get((person, size), np.empty(0))).sum() >= LEAST_TRIALS for size in wanted)
        ]
        arrays = tuple(tuple(cells[person, size] for size in wanted) for person in people)
        found.append(Condition(name, wanted, tuple(map(str, people)), arrays))
    return found


def check_people(conditions: Sequence[Condition], source: str) -> bool:
    """Return whether the same people did all of the conditions; ValueError if some did, or there are too few."""
    for condition in conditions:
        if (n := len(condition.observers)) < LEAST_PEOPLE:
            raise ValueError(
                f"condition {condition.name!r} of {source} has {n} people with at least {LEAST_TRIALS} right answers "
                f"at each set size, expected at least {LEAST_PEOPLE}"
            )
    groups = [set(condition.observers) for condition in conditions]
    if all(group == groups[0] for group in groups):
        return True
    if shared := set.intersection(*groups):
        raise ValueError(
            f"{len(shared)} people of {source} did all of the conditions {[each.name for each in conditions]} and "
            f"{len(set.union(*groups)) - len(shared)} some, expected the same people in all or others in each"
        )
    return False


def with_means(spread: Condition, means: Condition) -> Condition:
    """Return `means` with the people, trials and errors of `spread`, at the nearest of its set sizes.

    Each time is that of `spread` multiplied by the ratio of the means, so that spreads grow with the means, as
    those of people do.
    """
    wanted = np.nanmean(means.means(), axis=0)
    at = [int(np.abs(np.log(np.array(spread.set_sizes) / size)).argmin()) for size in means.set_sizes]
    ratios = wanted / spread.means().mean(axis=0)[at]
    times = tuple(
        tuple(person[place] * ratio for place, ratio in zip(at, ratios.tolist(), strict=True))
        for person in spread.times
    )
    return replace(means, observers=spread.observers, times=times)


def model_responses(folder: Path) -> pd.DataFrame:
    """Return the searches of a run of `gazesim search` with a stimulus set as responses.

    Reaction times follow from the number of saccades, see `gazesim.metrics.set_sizes.reaction_times`. Right is to find
    a target that is present, and not to find one that is absent.

    Raises
    ------
    FileNotFoundError, ValueError
        If it is no such run, it has not come to its end, or its set is not here.
    """
    record = read_record(folder)
    trials = record["config"].get("trials")
    if record.get("command") != "search" or trials is None:
        raise ValueError(
            f"means={folder} is no run of `gazesim search trials=SET`, expected one, or a table of responses"
        )
    known = {trial.id: trial for trial in read_trials(trials, check_pictures=False)}
    paths = read_scanpaths(folder / "scanpaths.csv")
    rows = []
    for path in paths:
        trial = known[path.trial]
        right = (path.found is True) == (trial.present is not False)
        rows.append((path.trial, path.observer or "model", trial.condition, trial.set_size, trial.present, right))
    columns = ["trial", "observer", "condition", "set_size", "present", "correct"]
    times = reaction_times([path.n_saccades for path in paths])
    return as_responses(pd.DataFrame(rows, columns=columns).assign(rt_ms=times))


def read_means(path: str) -> pd.DataFrame:
    """Return the responses of a model's run, or of a table; FileNotFoundError or ValueError if it is neither."""
    return model_responses(Path(path)) if (Path(path) / RUN).is_file() else read_responses(path)
