"""Search slopes, d' and errors from tables of responses: closed forms, published values, coverage in simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, ttest_1samp

from gazesim.metrics.efficiency import (
    detection,
    detection_table,
    observer_table,
    search_slope,
    set_size_table,
    slope_table,
)
from gazesim.metrics.slopes import estimate_slope
from gazesim.responses import as_responses

SIZES = np.repeat([6, 12, 24], 10)


def simulated(seed, observers=8, sizes=SIZES, *, slope_sd=5.0, display_sd=40.0, noise=120.0):
    """Times (observers, displays) of a true slope of 20 ms per item: other people, displays and trials are others."""
    random = np.random.default_rng(seed)
    intercepts, slopes = random.normal(450, 60, (observers, 1)), random.normal(20, slope_sd, (observers, 1))
    displays = random.normal(0, display_sd, len(sizes))
    skewed = random.exponential(noise, (observers, len(sizes))) - noise
    return intercepts + slopes * sizes + displays + skewed


def test_slope_is_the_mean_of_the_lines_through_each_observers_means():
    times = simulated(0)
    found = search_slope(SIZES, times)
    lines = [linregress([6, 12, 24], [own[size == SIZES].mean() for size in (6, 12, 24)]) for own in times]
    assert found.value == pytest.approx(np.mean([line.slope for line in lines]))
    assert found.intercept_ms == pytest.approx(np.mean([line.intercept for line in lines]))
    assert found.over == "observers and images"


def test_interval_is_students_where_displays_are_alike():
    """Of observers alone, the interval of a mean is that of a t test of their slopes, or wider where they are odd."""
    times = simulated(3, observers=12, display_sd=0.0, noise=1e-6)
    lines = [linregress(SIZES, own).slope for own in times]
    low, high = ttest_1samp(lines, 0).confidence_interval()
    found = search_slope(SIZES, times)
    assert found.low == pytest.approx(low, abs=0.5)
    assert found.high == pytest.approx(high, abs=0.5)


def test_of_one_observer_the_interval_is_for_other_displays():
    times = simulated(1, observers=1)
    assert search_slope(SIZES, times)[:3] == pytest.approx(estimate_slope(SIZES, times[0])[:3])
    assert search_slope(SIZES, times).over == "displays"


def test_missing_times_and_observers_without_a_set_size_do_not_count():
    times = simulated(2)
    gone = times.copy()
    gone[0, SIZES == 12] = np.nan
    assert search_slope(SIZES, gone).value == pytest.approx(search_slope(SIZES, times[1:]).value)
    assert np.isnan(search_slope(SIZES, np.full((3, 30), np.nan)).value)
    assert search_slope(SIZES, times[:2]).over == "none: 2 observers, 3 needed"


def coverage(runs, **settings):
    held = [search_slope(settings.get("sizes", SIZES), simulated(seed, **settings)) for seed in range(runs)]
    return np.mean([found.low <= 20 <= found.high for found in held])


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"observers": 5},
        {"observers": 20, "slope_sd": 0.0},
        {"display_sd": 150.0},
        {"sizes": np.repeat([3, 6, 12, 18], 6), "noise": 300.0},
        {"observers": 1, "slope_sd": 0.0},
        {"observers": 12, "display_sd": 0.0, "slope_sd": 10.0},
    ],
)
def test_intervals_cover(settings):
    runs = 1000
    assert coverage(runs, **settings) > 0.95 - 2.6 * np.sqrt(0.05 * 0.95 / runs)


def test_intervals_cover_in_a_few_runs():
    assert coverage(60) >= 0.88  # of .95, one in a hundred such tests is less by chance


def test_d_prime_of_published_rates():
    """Macmillan & Creelman (2005), Detection theory, table A5.1: z(.84) = 0.994, so that d' of .84 and .16 is 1.99."""
    many = 10**7
    d, c = detection(0.84 * many, many, 0.16 * many, many)
    assert (d, c) == (pytest.approx(1.989, abs=1e-3), pytest.approx(0, abs=1e-6))
    assert np.isfinite(detection(20, 20, 0, 20)).all()
    assert detection(20, 20, 0, 20).d_prime == pytest.approx(2 * 1.9808, abs=1e-3)  # z(20.5 / 21), Hautus's rule


def responses(n=40):
    """Two observers with known errors: a misses 4 of 20 targets, b gives 2 false alarms in 20."""
    rows = []
    for observer in "ab":
        for number in range(n):
            present = number < n // 2
            wrong = (observer == "a" and number < 4) or (observer == "b" and number >= n - 2)
            size = 4 if number % 2 else 8
            rt = 400 + 10 * size + (5000 if wrong else 0)
            rows.append((f"t{number}", observer, "T", size, present, not wrong, rt))
    columns = ["trial", "observer", "condition", "set_size", "present", "correct", "rt_ms"]
    return as_responses(pd.DataFrame(rows, columns=columns))


def test_tables_count_errors_and_leave_their_times_out():
    table = set_size_table(responses())
    assert table[["present", "set_size"]].to_numpy().tolist() == [[True, 4], [True, 8], [False, 4], [False, 8]]
    assert table["rt_ms"].tolist() == [440, 480, 440, 480]
    assert table["errors"].tolist() == [0.1, 0.1, 0.05, 0.05]
    slopes = slope_table(responses())
    assert slopes["slope_ms_per_item"].tolist() == pytest.approx([10, 10])
    assert slopes["responses"].tolist() == [36, 38]
    assert slopes["set_sizes"].tolist() == ["4 8"] * 2
    people = observer_table(responses())
    assert people["errors"].tolist() == [0.1, 0.05]
    assert people["d_prime"].tolist() == pytest.approx([detection(16, 20, 0, 20)[0], detection(20, 20, 2, 20)[0]])
    told = detection_table(responses())
    assert told["hits"].tolist() == [0.9, 0.9]
    assert told["over"].tolist() == ["none: 2 observers, 3 needed"] * 2


@pytest.mark.slow
def test_wolfe_2010_through_the_tables(data):
    """Wolfe, Palmer & Horowitz (2010), Vision Research 50, 1304: slopes and intercepts of all correct trials."""
    path = data / "wolfe2010" / "wolfe2010.csv"
    if not path.is_file():
        pytest.skip("no wolfe2010 among the data")
    raw = pd.read_csv(path)
    raw = raw[(raw["task"] == "RVvRHGV") & raw["rt"].between(200, 4000)]
    facts = {"observer": raw["subj"], "condition": raw["task"], "set_size": raw["size"], "present": raw["target"]}
    table = as_responses(pd.DataFrame({"trial": raw.index, **facts, "correct": 1 - raw["error"], "rt_ms": raw["rt"]}))
    slopes = slope_table(table)
    pooled = [9.2, 25.7]  # over all trials; the mean of the ten people's slopes is near
    assert slopes["slope_ms_per_item"].tolist() == pytest.approx(pooled, abs=0.5)
    assert slopes["intercept_ms"].tolist() == pytest.approx([485, 482], abs=5)
    assert (slopes["slope_low"] < pooled).all()
    assert (slopes["slope_high"] > pooled).all()
    errors = set_size_table(table).loc[lambda rows: rows["present"], "errors"]
    assert errors.round(3).tolist() == [0.022, 0.025, 0.030, 0.049]
