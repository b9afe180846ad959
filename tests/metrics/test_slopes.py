"""Intervals of slopes and asymmetry indices: closed forms. Whether they hold: test_intervals_hold.py."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from gazesim.metrics.set_sizes import set_size_line
from gazesim.metrics.slopes import Index, Slope, estimate_index, estimate_slope, mean_index


def test_the_slope_over_two_set_sizes_is_the_test_of_welch():
    half = np.random.default_rng(0).normal(size=(2, 10))
    few, many = (np.concatenate([1 - own, 1 + own]) * gain for own, gain in zip(half, (1, 4), strict=True))
    got = estimate_slope(np.repeat([1, 2], 20), np.concatenate([few, many]))
    np.testing.assert_allclose(got[1:3], ttest_ind(many, few, equal_var=False).confidence_interval())
    assert got.value == set_size_line(np.repeat([1, 2], 20), np.concatenate([few, many])).slope_ms_per_item


def test_two_trials_of_a_set_size_are_too_few():
    got = estimate_slope([1, 1, 1, 2, 2], [1, 2, 3, 4, 5])
    assert np.isnan([got.low, got.high]).all()
    assert got.spread.over == "none: 2 trials of a set size, 3 needed"
    assert np.isnan(estimate_index(got, got)[1:]).all()


def slope(value, noise, seed=0):
    times = value * np.repeat([1.0, 5.0, 9.0], 10) + np.random.default_rng(seed).normal(0, noise, 30)
    return estimate_slope(np.repeat([1, 5, 9], 10), times)


def test_an_index_is_as_sure_as_its_slopes():
    sure, unsure = (estimate_index(slope(30, noise), slope(10, noise, 1)) for noise in (1, 30))
    assert 0.49 < sure.low < sure.value < sure.high < 0.51
    assert unsure.high - unsure.low > 5 * (sure.high - sure.low)
    assert estimate_index(slope(0, 30, 2), slope(0, 30, 2))[1:] == (-1, 1)


def test_an_index_is_turned_with_its_slopes():
    one, other = slope(30, 40), slope(10, 40, 1)
    there, back = estimate_index(one, other), estimate_index(other, one)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


def test_a_slope_that_may_be_zero_makes_an_end_possible():
    assert estimate_index(slope(30, 10), slope(0.5, 10, 1)).high == 1
    assert estimate_index(slope(30, 10), slope(-20, 10, 1))[2] == 1
    assert estimate_index(slope(30, 1), slope(10, 1, 1)).high < 1


def test_the_mean_of_one_is_itself_and_many_are_surer():
    one = Index(0.2, 0.1, 0.4)
    assert mean_index([one]) == pytest.approx(one)
    assert mean_index([one] * 4) == pytest.approx((0.2, 0.15, 0.3))
    assert mean_index([Index(0.2, -1, 1)] * 4) == pytest.approx((0.2, -1, 1))
    assert np.isnan(mean_index([one, Index(0.2, np.nan, np.nan)])[1:]).all()


def test_times_that_are_all_alike():
    got = estimate_slope([1, 1, 1, 2, 2, 2], [3.0] * 6)
    assert got[:3] == (0, 0, 0)
    assert isinstance(got, Slope)
    assert estimate_index(got, got) == (0, -1, 1)
