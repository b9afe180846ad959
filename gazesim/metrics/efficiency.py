"""How people, or models, search a set of displays: times, errors, search slopes and d', from a table of responses.

Tables are those of `gazesim.responses`, one row a response. Times are of correct responses. Intervals are 95 %
intervals for other observers and displays (of one observer: for other displays), see `gazesim.metrics.statistics`;
`over` says which of them are a sample, or why there is no interval.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from gazesim.checks import as_numbers, check_shape
from gazesim.metrics.set_sizes import reaction_times, set_size_line
from gazesim.metrics.slopes import estimate_slope
from gazesim.metrics.statistics import LEAST, Estimate, crossed_mean, crossed_share
from gazesim.responses import as_responses
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

Values = NDArray[np.float64]


class SearchSlope(NamedTuple):
    """A search slope, ms per item, with its 95 % interval, NaN where there is none, and the intercept, ms."""

    value: float
    low: float
    high: float
    intercept_ms: float
    over: str


def search_slope(set_sizes: ArrayLike, rt_ms: ArrayLike) -> SearchSlope:
    """Return the mean over observers of the slope of reaction time over set size, with its 95 % interval.

    Parameters
    ----------
    set_sizes : (displays,)
    rt_ms : (observers, displays)
        NaN where an observer did not see a display, or the response does not count.

    Returns
    -------
    SearchSlope
        Each observer's is that of `gazesim.metrics.set_sizes.set_size_line`, in which set sizes count alike. Observers
        without a time at one of the set sizes do not count. Of one observer the interval is that of
        `gazesim.metrics.slopes.estimate_slope`. Of several it is for other observers and other displays: that of
        `gazesim.metrics.statistics.crossed_mean` of what each time adds to its observer's slope.

    Raises
    ------
    ValueError
        If the arrays do not fit, or there are fewer than two set sizes.

    Examples
    --------
    >>> sizes = [4, 4, 4, 8, 8, 8]
    >>> times = [[500, 510, 520, 600, 610, 620], [480, 500, 490, 590, 570, 580], [530, 520, 540, 660, 640, 650]]
    >>> [round(value, 1) for value in search_slope(sizes, times)[:4]]
    [25.8, 17.6, 34.9, 406.7]
    """
    sizes, times = as_numbers("set_sizes", set_sizes, ("displays",)), as_numbers("rt_ms", rt_ms, ("observers", "n"))
    check_shape("rt_ms", times, (len(times), len(sizes)))
    distinct = np.unique(sizes)
    if len(distinct) < 2:
        raise ValueError(f"set_sizes has {len(distinct)} different values, expected at least 2")
    known = ~np.isnan(times)
    counts = np.stack([known[:, sizes == size].sum(axis=1) for size in distinct], axis=1)
    times, counts = times[(counts > 0).all(axis=1)], counts[(counts > 0).all(axis=1)]
    if not len(times):
        return SearchSlope(np.nan, np.nan, np.nan, np.nan, "none: nobody has a time at each set size")
    if len(times) == 1:
        own = ~np.isnan(times[0])
        slope, line = estimate_slope(sizes[own], times[0][own]), set_size_line(sizes[own], times[0][own])
        return SearchSlope(slope.value, slope.low, slope.high, line.intercept_ms, slope.spread.over)
    means = np.stack([np.nanmean(times[:, sizes == size], axis=1) for size in distinct], axis=1)
    lines = [set_size_line(distinct, each) for each in means]
    value = float(np.mean([line.slope_ms_per_item for line in lines]))
    intercept = float(np.mean([line.intercept_ms for line in lines]))
    estimate = crossed_mean(_added(sizes, times, distinct, counts, means) + value)
    return SearchSlope(value, estimate.low, estimate.high, intercept, estimate.over)


def _added(sizes: Values, times: Values, distinct: Values, counts: NDArray[Any], means: Values) -> Values:
    """Return what each time adds to its observer's slope, of which the mean over displays is that slope less the mean.

    A time counts by how far its set size is from the middle, and by how many of an observer's times are at its set
    size; of each time the mean of its set size is taken off, so that displays of one set size differ as displays do.
    As that makes n of them differ by (n - 1) / n of their variance, what displays share is made larger by so much.
    """
    weights = (distinct - distinct.mean()) / ((distinct - distinct.mean()) ** 2).sum()
    added = np.full(times.shape, np.nan)
    total = counts.sum(axis=1, keepdims=True)
    for k, weight in enumerate(weights.tolist()):
        at = sizes == distinct[k]
        apart = times[:, at] - means[:, k].mean()
        n = int(at.sum())
        if n > 1 and not np.isnan(apart).all(axis=0).any():
            shared = np.nanmean(apart - means[:, [k]] + means[:, k].mean(), axis=0)
            apart += shared * (np.sqrt(n / (n - 1)) - 1)
        added[:, at] = weight * (total / counts[:, [k]]) * apart
    return added


def searched_responses(scanpaths: Iterable[Scanpath], trials: Mapping[str, Trial]) -> pd.DataFrame:
    """Return what searches come to as a table of responses, one row a scanpath.

    Parameters
    ----------
    scanpaths : iterable of Scanpath
        Of models, or of people whose keys were not recorded.
    trials : mapping of Trial
        By id, those searched.

    Returns
    -------
    DataFrame
        The response is the answer of the search; where it has none, "present" if it found the target, else none, as it
        was stopped. The time is the end of the last fixation where that is known, else that of
        `gazesim.metrics.set_sizes.reaction_times` for so many saccades.
    """
    rows = []
    for path in scanpaths:
        trial = trials[str(path.trial)]
        timed = path.onset_ms is not None and path.duration_ms is not None
        took = path.onset_ms[-1] + path.duration_ms[-1] if timed else reaction_times(path.n_saccades)  # type: ignore[index]
        response = path.answer or ("present" if path.found else None)
        rows.append(
            {
                **{name: getattr(path, name) for name in ("trial", "observer", "session")},
                **{name: getattr(trial, name) for name in ("condition", "set_size", "present")},
                "response": response,
                "correct": None if None in (response, trial.present) else (response == "present") == trial.present,
                "rt_ms": float(took) if response else np.nan,
            }
        )
    return as_responses(rows)


class Detection(NamedTuple):
    """How well presence is told from absence: d' and the criterion c."""

    d_prime: float
    criterion: float


def detection(hits: float, present: float, false_alarms: float, absent: float) -> Detection:
    """Return d' and c of so many hits in trials with a target, and false alarms in those without.

    Half a hit and half a false alarm are added, and a trial to each kind (the log-linear rule): both are finite.

    References
    ----------
    Hautus (1995), Corrections for extreme proportions and their biasing effects on estimated values of d', Behavior
    Research Methods, Instruments & Computers 27, 46-51.

    Examples
    --------
    >>> [round(value, 3) for value in detection(45, 50, 10, 50)]
    [2.059, -0.209]
    """
    hit, alarm = norm.ppf([(hits + 0.5) / (present + 1), (false_alarms + 0.5) / (absent + 1)])
    return Detection(float(hit - alarm), float(-(hit + alarm) / 2))


def set_size_table(responses: pd.DataFrame) -> pd.DataFrame:
    """Return one row a condition, presence of the target and set size: reaction times and errors.

    Columns condition, present, set_size, observers, responses, rt_ms, rt_low, rt_high, errors, errors_low, errors_high,
    over (of the times).
    """
    rows = []
    for cell, own in _cells(responses, ["condition", "present", "set_size"]):
        times, wrong = _times(own), _crossed(own.assign(error=_errors(own)), "error")
        mean = crossed_mean(times) if (~np.isnan(times)).any() else _nothing("no correct response")
        share = crossed_share(wrong) if (~np.isnan(wrong)).any() else _nothing("")
        rows.append(
            {
                **cell,
                "observers": own["observer"].nunique(),
                "responses": len(own),
                **dict(zip(("rt_ms", "rt_low", "rt_high"), mean, strict=False)),
                **dict(zip(("errors", "errors_low", "errors_high"), share, strict=False)),
                "over": mean.over,
            }
        )
    return pd.DataFrame(rows)


def slope_table(responses: pd.DataFrame) -> pd.DataFrame:
    """Return one row a condition and presence of the target: the search slope and the intercept.

    Columns condition, present, set_sizes, observers, responses, slope_ms_per_item, slope_low, slope_high, intercept_ms,
    over. Empty if no condition has two set sizes.
    """
    rows = []
    for cell, own in _cells(responses, ["condition", "present"]):
        sizes = sorted(own["set_size"].dropna().unique())
        if len(sizes) < 2:
            continue
        right = own[own["set_size"].notna()]
        of_trial = right.drop_duplicates("trial").set_index("trial")["set_size"]
        times = _crossed(right.assign(time=_correct_times(right)), "time")
        slope = search_slope(of_trial.loc[sorted(of_trial.index)].to_numpy(float), times)
        rows.append(
            {
                **cell,
                "set_sizes": " ".join(map(str, sizes)),
                "observers": own["observer"].nunique(),
                "responses": int((~np.isnan(times)).sum()),
                "slope_ms_per_item": slope.value,
                "slope_low": slope.low,
                "slope_high": slope.high,
                "intercept_ms": slope.intercept_ms,
                "over": slope.over,
            }
        )
    return pd.DataFrame(rows)


def by_searcher(make: Callable[[pd.DataFrame], pd.DataFrame], searchers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table that `make` makes of the responses of each searcher, by name; the first column is searcher.

    Searchers of whom there is nothing to tell are left out.
    """
    tables = {name: make(responses) for name, responses in searchers.items()}
    kept = [table.assign(searcher=name)[["searcher", *table.columns]] for name, table in tables.items() if len(table)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=["searcher"])


def detection_table(responses: pd.DataFrame) -> pd.DataFrame:
    """Return one row a condition and set size: d' and c, means over observers with 95 % intervals of d' for others.

    Columns condition, set_size, observers, hits, false_alarms (shares), d_prime, d_prime_low, d_prime_high, criterion,
    over. Only conditions with the target present and absent are there.
    """
    rows = []
    for cell, own in _cells(responses, ["condition", "set_size"]):
        known = own[own["present"].notna() & own["correct"].notna()]
        if known["present"].nunique() < 2:
            continue
        told, hit, alarm = _told(known)
        d = np.array([each.d_prime for each in told])
        mean = (
            crossed_mean(d[:, None])
            if len(d) >= LEAST
            else _nothing(f"{len(d)} observer{'s' * (len(d) != 1)}, {LEAST} needed", d)
        )
        rows.append(
            {
                **cell,
                "observers": len(d),
                "hits": hit,
                "false_alarms": alarm,
                **dict(zip(("d_prime", "d_prime_low", "d_prime_high"), mean, strict=False)),
                "criterion": float(np.mean([each.criterion for each in told])),
                "over": mean.over,
            }
        )
    return pd.DataFrame(rows)


def observer_table(responses: pd.DataFrame) -> pd.DataFrame:
    """Return one row an observer: responses, errors (share), mean rt_ms of correct ones, d_prime, criterion."""
    rows = []
    for cell, own in _cells(responses, ["observer"]):
        known = own[own["present"].notna() & own["correct"].notna()]
        both = known["present"].nunique() == 2
        told = _told(known)[0][0] if both else Detection(np.nan, np.nan)
        times = _correct_times(own)
        rows.append(
            {
                **cell,
                "responses": len(own),
                "errors": float(_errors(own).mean()),
                "rt_ms": float(times.mean()),
                **told._asdict(),
            }
        )
    return pd.DataFrame(rows)


def _told(responses: pd.DataFrame) -> tuple[list[Detection], float, float]:
    """Return the detection of each observer, and the shares of hits and false alarms of all."""
    there = responses["present"].astype(bool)
    said = (there == responses["correct"].astype(bool)).astype(float)
    found = []
    for _, rows in responses.groupby("observer", sort=False):
        own, seen = said.loc[rows.index], there.loc[rows.index]
        if seen.any() and not seen.all():
            found.append(detection(own[seen].sum(), seen.sum(), own[~seen].sum(), (~seen).sum()))
    return found, float(said[there].mean()), float(said[~there].mean())


def _cells(responses: pd.DataFrame, by: list[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the rows of each cell: observers as they come, the target present before absent, the rest sorted."""
    keys: dict[str, Any] = {name: responses[name] for name in by}
    if "present" in keys:
        keys["present"] = -responses["present"].astype("Int64")
    if "observer" in keys:
        keys["observer"] = pd.factorize(responses["observer"])[0]
    for _, rows in responses.groupby(list(keys.values()), dropna=False):
        yield {name: rows[name].iloc[0] for name in by}, rows


def _errors(responses: pd.DataFrame) -> "pd.Series[float]":
    return 1 - responses["correct"].astype("float64")


def _correct_times(responses: pd.DataFrame) -> "pd.Series[float]":
    """Return the times of responses that are not wrong; NaN of the others."""
    return responses["rt_ms"].where(responses["correct"].fillna(True).astype(bool))


def _times(responses: pd.DataFrame) -> Values:
    return _crossed(responses.assign(time=_correct_times(responses)), "time")


def _crossed(responses: pd.DataFrame, column: str) -> Values:
    """Return a column as a table (observers, displays), a mean over sessions, NaN where there is no value."""
    table = responses.pivot_table(column, "observer", "trial", aggfunc="mean", dropna=False, observed=False)
    return np.asarray(table.to_numpy(np.float64))


def _nothing(why: str, values: Values | None = None) -> Estimate:
    value = float(values.mean()) if values is not None and len(values) else float("nan")
    return Estimate(value, float("nan"), float("nan"), float("nan"), f"none: {why}")
