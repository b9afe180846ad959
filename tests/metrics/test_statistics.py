"""Crossed bootstrap, comparison of models, coverage: closed forms and simulated experiments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.metrics.statistics import compare_models, coverage, crossed_bootstrap


def experiment(random, observers=12, images=40, between=1.0, within=1.0):
    """Scores whose observers and images differ."""
    return (
        random.normal(0, between, (observers, 1))
        + random.normal(0, between, (1, images))
        + random.normal(0, within, (observers, images))
    )


def estimate(scores, seed=0, resamples=500):
    return crossed_bootstrap(scores, np.random.default_rng(seed), resamples)


def test_coverage():
    assert coverage([1, np.nan, -np.inf, 0]) == 0.75
    assert np.isnan(coverage([]))


def test_observers_and_images_are_both_redrawn():
    """The interval is as wide as theory says: the variances of both means add up, plus what is left."""
    observers, images = 30, 50
    rows = np.linspace(-1, 1, observers)[:, None] + np.zeros((1, images))
    columns = np.zeros((observers, 1)) + np.linspace(-1, 1, images)
    for scores in (rows, columns, rows + columns):
        error = np.sqrt(scores.mean(axis=1).var() / observers + scores.mean(axis=0).var() / images)
        got = estimate(scores, resamples=4000)
        assert got.high - got.low == pytest.approx(2 * 1.96 * error, rel=0.06)
        assert got.value == pytest.approx(0, abs=1e-12)
        assert got.coverage == 1


@pytest.mark.slow
def test_the_interval_holds_for_other_people_and_images():
    """Where only trials were redrawn, it would hold in a quarter of the experiments."""
    random = np.random.default_rng(0)
    held = [low <= 0 <= high for _, low, high, _ in (estimate(experiment(random), seed, 300) for seed in range(300))]
    assert 0.88 <= np.mean(held) <= 0.99


def test_a_row_of_one_redraws_images_only():
    scores = np.random.default_rng(0).normal(size=(1, 400))
    got = estimate(scores, resamples=4000)
    assert got.high - got.low == pytest.approx(2 * 1.96 / 20 * scores.std(), rel=0.06)
    turned = estimate(scores.T, resamples=4000)
    assert turned.high - turned.low == pytest.approx(got.high - got.low, rel=0.06)


@given(st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_interval(seed):
    scores = experiment(np.random.default_rng(0), 4, 5)
    assert estimate(scores, seed, 20) == estimate(scores, seed, 20)
    assert compare_models(scores, scores[::-1], np.random.default_rng(seed), 20) == compare_models(
        scores, scores[::-1], np.random.default_rng(seed), 20
    )


def test_another_seed_gives_another_interval():
    scores = experiment(np.random.default_rng(0))
    assert estimate(scores, 0).low != estimate(scores, 1).low


def test_gain_and_offset_carry_over():
    scores = experiment(np.random.default_rng(0))
    np.testing.assert_allclose(estimate(3 * scores - 2)[:3], 3 * np.array(estimate(scores)[:3]) - 2)


def test_missing_trials_lower_the_coverage_and_nothing_else():
    scores = experiment(np.random.default_rng(0))
    holes = np.where(np.random.default_rng(1).random(scores.shape) < 0.3, np.nan, scores)
    got = estimate(holes)
    assert got.value == pytest.approx(np.nanmean(holes))
    assert got.coverage == pytest.approx(np.mean(~np.isnan(holes)))
    assert got.low < got.value < got.high
    without = np.hstack([scores, np.full((12, 3), np.nan)])
    assert estimate(without).value == pytest.approx(estimate(scores).value)


def test_the_bootstrap_of_resamples_drawn_one_by_one_agrees():
    random = np.random.default_rng(3)
    scores = experiment(random, 6, 9)
    scores[2, 3] = scores[0, 0] = np.nan
    means = []
    for _ in range(4000):
        rows, columns = random.integers(6, size=6), random.integers(9, size=9)
        means.append(np.nanmean(scores[np.ix_(rows, columns)]))
    got = estimate(scores, resamples=4000)
    np.testing.assert_allclose([got.low, got.high], np.percentile(means, [2.5, 97.5]), atol=0.1)


def test_what_has_no_interval():
    single = np.full((3, 4), np.nan)
    assert np.isnan(estimate(single)[:3]).all()
    assert estimate(single).coverage == 0
    single[1, 2] = 0.5
    assert estimate(single).value == 0.5
    assert np.isnan(estimate(single)[1:3]).all()
    infinite = np.array([[0.5, -np.inf, 0.1]])
    assert estimate(infinite).value == -np.inf
    assert np.isnan(estimate(infinite)[1:3]).all()
    assert np.isnan(estimate([[np.inf, -np.inf]]).value)
    assert np.isnan(estimate(np.empty((0, 4)))).all()


def test_comparison_is_paired():
    random = np.random.default_rng(0)
    first = experiment(random, between=5)
    second = first + 0.2 + random.normal(0, 0.1, first.shape)
    got = compare_models(second, first, np.random.default_rng(0))
    assert got.value == pytest.approx(0.2, abs=0.02)
    assert 0.15 < got.low < got.high < 0.25
    assert got.p == pytest.approx(2 / 1001)
    apart = estimate(first)
    assert apart.high - apart.low > 10 * (got.high - got.low)


def test_comparison_changes_sign_with_the_roles():
    random = np.random.default_rng(0)
    first, second = experiment(random), experiment(random)
    there, back = (compare_models(*pair, np.random.default_rng(0)) for pair in ((first, second), (second, first)))
    np.testing.assert_allclose([there.value, there.low, there.high], [-back.value, -back.high, -back.low])
    assert there.p == back.p


def test_a_model_is_not_different_from_itself():
    scores = experiment(np.random.default_rng(0))
    assert compare_models(scores, scores, np.random.default_rng(0)) == (0, 0, 0, 1, 1)


def test_trials_that_one_model_lacks_count_for_neither():
    first, second = np.array([[1.0, 2.0, np.nan]]), np.array([[0.5, np.nan, 9.0]])
    got = compare_models(first, second, np.random.default_rng(0))
    assert got.value == 0.5
    assert np.isnan([got.low, got.high, got.p]).all()
    assert got.coverage == pytest.approx(1 / 3)


@pytest.mark.slow
def test_p_of_equal_models_is_not_too_small():
    random = np.random.default_rng(0)
    p = [
        compare_models(experiment(random), experiment(random), np.random.default_rng(seed), 300).p
        for seed in range(300)
    ]
    assert np.mean(np.less(p, 0.05)) <= 0.1
    assert np.mean(np.less(p, 0.5)) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda random: crossed_bootstrap([1, 2], random), "scores has shape (2,), expected (observers, images)"),
        (lambda random: crossed_bootstrap([[1, 2]], random, 0), "resamples is 0"),
        (lambda random: compare_models([[1, 2]], [[1, 2, 3]], random), "second has shape (1, 3), expected (1, 2)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call(np.random.default_rng(0))
    assert str(error.value).startswith(words)
