"""Intervals and tests of crossed scores: closed forms. Whether they hold: test_intervals_hold.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from gazesim.metrics.statistics import compare_models, coverage, crossed_mean, crossed_share, holm


def experiment(random, observers=12, images=40, between=1.0, within=1.0):
    """Scores whose observers and images differ."""
    return (
        random.normal(0, between, (observers, 1))
        + random.normal(0, between, (1, images))
        + random.normal(0, within, (observers, images))
    )


def test_coverage():
    assert coverage([1, np.nan, -np.inf, 0]) == 0.75
    assert np.isnan(coverage([]))


@pytest.mark.parametrize("turn", [np.transpose, np.asarray])
def test_one_row_or_column_is_a_sample_of_the_other(turn):
    """Where it is not skewed the interval is Student's."""
    half = np.random.default_rng(0).normal(size=20)
    scores = np.concatenate([0.3 + half, 0.3 - half])[None]
    got = crossed_mean(turn(scores))
    np.testing.assert_allclose(got[1:3], ttest_1samp(scores[0], 0).confidence_interval())
    difference = compare_models(turn(scores), np.zeros_like(turn(scores)))
    assert difference.p == pytest.approx(ttest_1samp(scores[0], 0).pvalue)
    assert got.over == ("observers" if turn is np.transpose else "images")


def test_both_vary():
    """Variances of both means add up, less what is left, which is in both; degrees of freedom are those of rows."""
    rows = np.linspace(-1, 1, 9)[:, None] + np.zeros((1, 50))
    columns = np.zeros((9, 1)) + np.linspace(-1, 1, 50)
    for scores in (rows, columns):
        one = scores[:, 0] if scores is rows else scores[0]
        got = crossed_mean(scores)
        assert got.over == "observers and images"
        np.testing.assert_allclose(got[1:3], ttest_1samp(one, 0).confidence_interval(), rtol=1e-6)
    half = crossed_mean(rows + columns).high
    assert half > max(crossed_mean(rows).high, crossed_mean(columns).high)
    assert half < crossed_mean(rows).high + crossed_mean(columns).high


def test_skewed_people_move_the_interval_to_where_the_tail_is():
    low, high = crossed_mean((np.arange(6.0) ** 3)[:, None] + np.random.default_rng(0).normal(size=(6, 50)))[1:3]
    assert high - 37.5 > 1.2 * (37.5 - low)


def test_missing_trials_lower_the_coverage_and_nothing_else():
    scores = experiment(np.random.default_rng(0))
    holes = np.where(np.random.default_rng(1).random(scores.shape) < 0.3, np.nan, scores)
    got = crossed_mean(holes)
    assert got.value == pytest.approx(np.nanmean(holes))
    assert got.coverage == pytest.approx(np.mean(~np.isnan(holes)))
    assert got.low < got.value < got.high
    assert got.high - got.low == pytest.approx(np.diff(crossed_mean(scores)[1:3])[0], rel=0.1)
    without = np.hstack([scores, np.full((12, 3), np.nan)])
    assert crossed_mean(without)[:3] == pytest.approx(crossed_mean(scores)[:3])


def test_images_that_are_nested_in_people_add_nothing_of_their_own():
    """Each image seen by one person: their means are all there is."""
    own = experiment(np.random.default_rng(0), 8, 5)
    nested = np.full((8, 40), np.nan)
    for person, scores in enumerate(own):
        nested[person, 5 * person : 5 * person + 5] = scores
    error = own.mean(axis=1).std(ddof=1) / np.sqrt(8)
    low, high = crossed_mean(nested)[1:3]
    assert 2 * 2.3 * error < high - low < 2 * 2.8 * error


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_gain_and_offset_carry_over(gain, offset):
    scores = experiment(np.random.default_rng(0))
    np.testing.assert_allclose(
        crossed_mean(gain * scores + offset)[:3], gain * np.array(crossed_mean(scores)[:3]) + offset
    )
    turned = crossed_mean(-scores)
    np.testing.assert_allclose([turned.low, turned.high], [-crossed_mean(scores).high, -crossed_mean(scores).low])


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        (np.full((3, 4), np.nan), "nothing was scored"),
        ([[np.nan, 0.5]], "a single trial"),
        (np.eye(2, 8), "2 observers, 3 needed"),
        (np.eye(8, 2), "2 images, 3 needed"),
        ([[1.0, 2.0, np.nan]], "2 images, 3 needed"),
        ([[0.5, -np.inf, 0.1]], "a score is infinite"),
        (np.empty((0, 4)), "nothing was scored"),
    ],
)
def test_too_little_has_no_interval_and_says_why(scores, why):
    got = crossed_mean(scores)
    assert np.isnan([got.low, got.high]).all()
    assert got.over == f"none: {why}"
    difference = compare_models(scores, np.zeros_like(scores))
    assert np.isnan([difference.low, difference.high, difference.p]).all()
    assert difference.over == f"none: {why}"


def test_values_without_an_interval():
    assert crossed_mean([[np.nan, 0.5]]).value == 0.5
    assert crossed_mean([[0.5, -np.inf, 0.1]]).value == -np.inf
    assert np.isnan(crossed_mean([[np.inf, -np.inf]]).value)


def test_comparison_is_paired():
    random = np.random.default_rng(0)
    first = experiment(random, between=5)
    second = first + 0.2 + random.normal(0, 0.1, first.shape)
    got = compare_models(second, first)
    assert got.value == pytest.approx(0.2, abs=0.02)
    assert 0.15 < got.low < got.high < 0.25
    assert got.p < 1e-5
    apart = crossed_mean(first)
    assert apart.high - apart.low > 10 * (got.high - got.low)


def test_comparison_changes_sign_with_the_roles():
    random = np.random.default_rng(0)
    first, second = experiment(random), experiment(random)
    there, back = compare_models(first, second), compare_models(second, first)
    np.testing.assert_allclose([there.value, there.low, there.high], [-back.value, -back.high, -back.low])
    assert there.p == pytest.approx(back.p)


@given(st.integers(0, 200))
def test_p_is_below_a_twentieth_where_the_interval_leaves_out_zero(seed):
    random = np.random.default_rng(seed)
    scores = random.exponential(1, (5, 1)) + random.exponential(1, (1, 9)) + random.normal(size=(5, 9)) - 2.9
    got = compare_models(scores, np.zeros_like(scores))
    assert (got.p < 0.05) == (got.low > 0 or got.high < 0)


def test_a_model_is_not_different_from_itself():
    scores = experiment(np.random.default_rng(0))
    assert compare_models(scores, scores)[:5] == (0, 0, 0, 1, 1)
    assert compare_models(scores + 1, scores).p < 1e-9


def test_trials_that_one_model_lacks_count_for_neither():
    got = compare_models([[1.0, 2.0, np.nan]], [[0.5, np.nan, 9.0]])
    assert got.value == 0.5
    assert got.coverage == pytest.approx(1 / 3)


def test_a_share_stays_between_0_and_1():
    """Of independent trials it is Wilson's, with Student's quantile and n - 1 as the sample's variance has it."""
    hits = np.zeros((1, 101))
    hits[0, 0] = 1
    got = crossed_share(hits)
    assert 0 < got.low < got.value < got.high < 0.06
    assert crossed_share(1 - hits).low == pytest.approx(1 - got.high)
    assert crossed_share(np.zeros((3, 9))).over == "none: all trials are alike"
    many = (np.random.default_rng(0).random((1, 4000)) < 0.3).astype(float)
    np.testing.assert_allclose(crossed_share(many)[1:3], crossed_mean(many)[1:3], atol=5e-4)


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.02, 0.01, 0.03, 0.5]), [0.06, 0.04, 0.06, 0.5])
    assert holm([0.6, 0.9]).tolist() == [1, 1]
    assert holm([]).tolist() == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: crossed_mean([1, 2]), "scores has shape (2,), expected (observers, images)"),
        (lambda: crossed_mean([[1, 2]], [[1]]), "shares has shape (1, 1), expected (1, 2)"),
        (lambda: compare_models([[1, 2]], [[1, 2, 3]]), "second has shape (1, 3), expected (1, 2)"),
        (lambda: crossed_share([[0, 0.5]]), "hits holds 0.5, expected 0, 1 or NaN"),
        (lambda: holm([[0.1]]), "p has shape (1, 1), expected (n)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
