"""Slopes, asymmetry and their statistics, against closed forms and another implementation."""

import numpy as np
import pytest

from gazesim.metrics.set_sizes import (
    asymmetry_index,
    compare_lines,
    correlation,
    reaction_times,
    set_size_line,
)


def searches(random, sizes=(3, 6, 9), n=20, slope=30.0, noise=50.0):
    """Set sizes and reaction times (ms) of single trials."""
    set_sizes = np.repeat(sizes, n)
    return set_sizes, 500 + slope * set_sizes + random.normal(0, noise, len(set_sizes))


def test_reaction_times_are_those_of_the_published_relation():
    np.testing.assert_allclose(reaction_times([[0, 1], [4, 10]]), [[376.271, 628.63], [1385.707, 2899.861]])


def test_slope_of_trials_on_a_line_is_that_of_the_line():
    sizes = np.array([1, 4, 8, 12])
    line = set_size_line(sizes, 420 + 25 * sizes)
    assert line.slope_ms_per_item == pytest.approx(25)
    assert line.intercept_ms == pytest.approx(420)


def test_every_set_size_counts_alike_however_many_trials_it_has():
    few = set_size_line([1, 2, 3], [10, 20, 60])
    many = set_size_line([1, 1, 1, 2, 3], [9, 10, 11, 20, 60])
    assert many == pytest.approx(few)
    assert few.slope_ms_per_item == pytest.approx(25)


def test_slope_of_equal_times_is_exactly_zero():
    sizes, times = np.repeat([1, 6, 12], 30), np.full(90, 628.63)
    assert set_size_line(sizes, times).slope_ms_per_item == 0
    assert np.sum([0.1, 0.2, 0.3]) != np.sum([0.3, 0.2, 0.1])
    assert set_size_line([1, 1, 1, 2, 2, 2], [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]).slope_ms_per_item == 0


def test_slope_agrees_with_polyfit():
    sizes, times = searches(np.random.default_rng(0))
    means = times.reshape(3, -1).mean(axis=1)
    np.testing.assert_allclose(set_size_line(sizes, times), np.polyfit([3, 6, 9], means, 1))


@pytest.mark.parametrize(
    ("harder", "easier", "index"),
    [(3, 1, 0.5), (1, 3, -0.5), (5, 5, 0), (0, 0, 0), (-2, -9, 0), (0.01, -5, 1), (-5, 0.01, -1)],
)
def test_asymmetry_index(harder, easier, index):
    assert asymmetry_index(harder, easier) == pytest.approx(index)


def test_index_changes_sign_with_the_roles_and_not_with_the_unit():
    harder, easier = np.random.default_rng(0).normal(20, 30, (2, 100))
    index = asymmetry_index(harder, easier)
    np.testing.assert_allclose(asymmetry_index(easier, harder), -index)
    np.testing.assert_allclose(asymmetry_index(1000 * harder, 1000 * easier), index)
    assert abs(index).max() <= 1


def test_comparison_of_lines_with_itself_and_with_another():
    first = searches(np.random.default_rng(0), slope=30)
    second = searches(np.random.default_rng(1), slope=90)
    assert compare_lines(*first, *first).f == pytest.approx(0, abs=1e-9)
    assert compare_lines(*first, *first).p == pytest.approx(1)
    assert compare_lines(*first, *second).p < 1e-10
    assert compare_lines(*first, *second).df == (2, 116)


def test_p_of_equal_lines_is_uniform():
    random = np.random.default_rng(0)
    p = [compare_lines(*searches(random), *searches(random)).p for _ in range(400)]
    assert np.mean(np.less(p, 0.05)) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.less(p, 0.5)) == pytest.approx(0.5, abs=0.08)


def test_comparison_of_lines_without_residual():
    sizes = [1, 1, 2, 2]
    same = compare_lines(sizes, [300] * 4, sizes, [300] * 4)
    assert np.isnan([same.f, same.p]).all()
    apart = compare_lines(sizes, [300] * 4, sizes, [310] * 4)
    assert (apart.f, apart.p) == (np.inf, 0)


def test_correlation_agrees_with_numpy_and_is_nan_for_constants():
    values, people = np.random.default_rng(0).normal(size=(2, 12))
    assert correlation(values, people) == pytest.approx(np.corrcoef(values, people)[0, 1])
    assert np.isnan(correlation(np.ones(12), people))
    assert correlation(np.stack([people, -people]), people).tolist() == pytest.approx([1, -1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: set_size_line([4, 4], [300, 310]), "set_sizes has 1 different values, expected at least 2"),
        (lambda: set_size_line([1, 2, 3], [300, 310]), "rt_ms has shape (2,), expected (3)"),
        (lambda: set_size_line([1, 2], [300, np.nan]), "rt_ms holds nan"),
        (lambda: compare_lines([1, 2], [3, 4], [1, 2], [3, 4]), "rt_ms has 4 trials in both conditions"),
        (lambda: correlation([1, 2, 3], [1, 2]), "people has shape (2,), expected (3)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert words in str(error.value)


# statsmodels 0.15, anova_lm(ols("RT ~ N"), ols("RT ~ N * task")), on the outputs of the authors' programs:
# model, easier and harder condition, set sizes -> F, p, residual degrees of freedom
STATSMODELS = {
    ("eccNET", "curvature_curve_in_lines", "curvature_line_in_curves", (8, 16, 32)): (11.006296508, 3.1343494e-05, 176),
    ("eccNET", "intersection_non_cross", "intersection_cross", (3, 6, 9)): (30.363436626, 2.5377002e-12, 212),
    ("IVSN", "categorization_hetero_t0", "categorization_hetero_t20", (1, 4, 8, 12)): (
        21.639668660,
        2.3498348e-09,
        236,
    ),
}


@pytest.mark.parametrize("case", STATSMODELS, ids=lambda case: f"{case[0]} {case[2]}")
def test_comparison_of_lines_agrees_with_statsmodels(data, case):
    model, easier, harder, sizes = case
    conditions = []
    for name in (easier, harder):
        hits = np.loadtxt(data / f"vsa_asymmetry/out/{model}/out_data/{name}.csv", delimiter=",")
        assert hits.any(axis=1).all()
        conditions += [np.repeat(sizes, len(hits) // len(sizes)), reaction_times(hits.argmax(axis=1))]
    found = compare_lines(*conditions)
    f, p, rest = STATSMODELS[case]
    assert found.f == pytest.approx(f, rel=1e-9)
    assert found.p == pytest.approx(p, rel=1e-6)
    assert found.df == (2, rest)
