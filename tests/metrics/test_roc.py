"""Areas under ROC curves: an exhaustive count, other libraries' closed forms, invariances and edge cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import mannwhitneyu

from gazesim.metrics.roc import (
    AUC,
    AUC_BORJI,
    AUC_JUDD,
    SHUFFLED,
    auc,
    auc_borji,
    auc_judd,
    auc_shuffled,
    borji_samples,
)

MAPS = arrays(np.float64, (4, 5), elements=st.integers(-5, 5))
FIXATIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)
SALIENCY = np.arange(20.0).reshape(4, 5)


def values_at(saliency, fixations):
    return np.array([saliency[y, x] for x, y in fixations])


def unfixated(saliency, fixations):
    free = np.ones(saliency.shape, bool)
    for x, y in fixations:
        free[y, x] = False
    return saliency[free]


@given(MAPS, FIXATIONS)
def test_auc_counts_pairs(saliency, fixations):
    for negatives, others in (("all", saliency.ravel()), ("unfixated", unfixated(saliency, fixations))):
        at = values_at(saliency, fixations)
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in at for b in others]
        assert auc(saliency, fixations, negatives=negatives) == pytest.approx(np.mean(pairs))


@given(MAPS, FIXATIONS, FIXATIONS)
def test_shuffled_auc_is_the_statistic_of_mann_and_whitney(saliency, fixations, others):
    u = mannwhitneyu(values_at(saliency, fixations), values_at(saliency, others), method="asymptotic").statistic
    assert auc_shuffled(saliency, fixations, others) == pytest.approx(u / len(fixations) / len(others))


@given(MAPS, FIXATIONS, FIXATIONS)
def test_only_order_matters(saliency, fixations, others):
    changed = np.exp(saliency / 3) - 7
    assert auc(changed, fixations) == auc(saliency, fixations)
    assert auc(changed, fixations, negatives="all") == auc(saliency, fixations, negatives="all")
    for compat in (None, "mit"):
        assert auc_judd(changed, fixations, compat=compat) == auc_judd(saliency, fixations, compat=compat)
    assert auc_shuffled(changed, fixations, others) == auc_shuffled(saliency, fixations, others)
    assert auc(-saliency, fixations) == pytest.approx(1 - auc(saliency, fixations))
    assert auc_shuffled(-saliency, fixations, others) == pytest.approx(1 - auc_shuffled(saliency, fixations, others))


@given(MAPS, FIXATIONS, st.floats(0.1, 10), st.floats(-10, 10))
def test_steps_ignore_gain_and_offset_of_whole_numbers(saliency, fixations, gain, offset):
    samples = borji_samples((4, 5), len(fixations), 3, np.random.default_rng(0))
    twice = auc_borji(2 * saliency + 4, fixations, samples)
    assert twice == pytest.approx(float(auc_borji(saliency, fixations, samples)))


@given(MAPS, FIXATIONS, FIXATIONS, st.randoms(use_true_random=False))
def test_all_are_within_bounds_and_do_not_depend_on_order(saliency, fixations, others, random):
    samples = borji_samples((4, 5), len(fixations), 3, np.random.default_rng(0))
    shuffled = random.sample(fixations, len(fixations))
    for score in (
        lambda at: auc(saliency, at),
        lambda at: auc(saliency, at, negatives="all"),
        lambda at: auc_judd(saliency, at),
        lambda at: auc_shuffled(saliency, at, others),
        lambda at: auc_shuffled(saliency, at, others, compat="mit"),
        lambda at: auc_borji(saliency, at, samples),
    ):
        assert 0 <= score(fixations) <= 1
        assert score(shuffled) == pytest.approx(float(score(fixations)))


@given(MAPS, FIXATIONS)
def test_thresholds_at_fixations_overrate_by_at_most_half_a_fixation(saliency, fixations):
    assert -1e-9 <= auc_judd(saliency, fixations) - auc(saliency, fixations) <= 0.5
    without_ties = saliency * 100 + SALIENCY
    each_once = list(dict.fromkeys(fixations))
    exact = auc(without_ties, each_once)
    assert exact - 1e-9 <= auc_judd(without_ties, each_once) <= exact + 0.5 / len(each_once) + 1e-9


@given(MAPS, FIXATIONS)
def test_the_code_of_mit_agrees_where_there_are_no_ties(saliency, fixations):
    without_ties = saliency * 100 + SALIENCY
    each_once = list(dict.fromkeys(fixations))
    classic = auc_judd(without_ties, fixations, compat="mit")
    assert classic == pytest.approx(float(auc_judd(without_ties, each_once)))


@given(arrays(np.float64, (3, 4, 5), elements=st.integers(-5, 5)), FIXATIONS, FIXATIONS)
def test_several_maps_at_once_are_scored_as_one_by_one(maps, fixations, others):
    samples = borji_samples((4, 5), len(fixations), 3, np.random.default_rng(0))
    for score in (
        lambda saliency: auc(saliency, fixations),
        lambda saliency: auc(saliency, fixations, negatives="all"),
        lambda saliency: auc_judd(saliency, fixations),
        lambda saliency: auc_judd(saliency, fixations, compat="mit"),
        lambda saliency: auc_shuffled(saliency, fixations, others),
        lambda saliency: auc_shuffled(saliency, fixations, others, compat="mit"),
        lambda saliency: auc_borji(saliency, fixations, samples),
    ):
        np.testing.assert_array_equal(score(maps), [score(saliency) for saliency in maps])
        assert score(maps[None]).shape == (1, 3)


def test_perfect_and_worst_map():
    fixations = [[4, 3], [3, 3]]
    for area in (auc, auc_judd):
        assert float(area(SALIENCY, fixations)) == 1
    assert float(auc(-SALIENCY, fixations)) == 0
    assert float(auc_judd(-SALIENCY, fixations)) == 0.25  # half of one of the two fixations
    assert float(auc(SALIENCY, fixations, negatives="all")) == pytest.approx(19 / 20)


@pytest.mark.parametrize("value", [0.1, 0, -3])
def test_a_constant_map_is_at_chance(value):
    constant, fixations = np.full((4, 5), value), [[1, 1], [2, 2]]
    samples = borji_samples((4, 5), 2, 3, np.random.default_rng(0))
    for score in (
        auc(constant, fixations),
        auc(constant, fixations, negatives="all"),
        auc_judd(constant, fixations),
        auc_shuffled(constant, fixations, [[0, 0]]),
        auc_shuffled(constant, fixations, [[0, 0]], compat="mit"),
        auc_borji(constant, fixations, samples),
    ):
        assert float(score) == 0.5


def test_nothing_to_tell_from_cannot_be_scored():
    everywhere = [[x, y] for x in range(5) for y in range(4)]
    assert np.isnan(auc(SALIENCY, everywhere))
    assert np.isnan(auc_judd(SALIENCY, everywhere))
    assert np.isnan(auc_judd(SALIENCY, everywhere, compat="mit"))
    assert float(auc(SALIENCY, everywhere, negatives="all")) == pytest.approx(0.5)
    for compat in (None, "mit"):
        assert np.isnan(auc_shuffled(SALIENCY, everywhere, [], compat=compat))
        assert np.isnan(auc_shuffled(SALIENCY, [], everywhere, compat=compat))
    samples = np.zeros((1, 0), int)
    assert np.isnan(auc_borji(SALIENCY, everywhere, samples))
    assert np.isnan(auc_borji(SALIENCY, [], np.zeros((1, 1), int)))


def test_random_maps_are_at_chance_and_so_are_all_measures_said_to_be():
    random = np.random.default_rng(0)
    fixations = [[x, y] for x in range(5) for y in range(2)]
    others = [[x, y] for x in range(5) for y in range(2, 4)]
    noise = random.normal(size=(2000, 4, 5))
    samples = borji_samples((4, 5), 10, 5, random)
    assert auc(noise, fixations).mean() == pytest.approx(0.5, abs=0.01)
    assert auc_shuffled(noise, fixations, others).mean() == pytest.approx(0.5, abs=0.01)
    assert auc_borji(noise, fixations, samples).mean() == pytest.approx(0.5, abs=0.02)
    assert {measure.chance for measure in (AUC, AUC_JUDD, SHUFFLED, AUC_BORJI)} == {0.5}


def test_samples_have_one_column_a_repeat_and_the_same_values_for_the_same_seed_only():
    first, again, other = (borji_samples((4, 5), 6, 50, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.shape == (6, 50)
    assert set(first.ravel()) == set(range(20))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: auc(SALIENCY, [[5, 0]]), "fixations: 1 of 1 lie outside the 5x4 map"),
        (lambda: auc(SALIENCY, [[1, 1]], negatives="some"), "negatives is 'some', expected one of 'unfixated', 'all'"),
        (lambda: auc([[np.nan, 1]], [[0, 0]]), "saliency holds nan"),
        (lambda: auc_judd(SALIENCY, [[1, 1]], compat="matlab"), "compat is 'matlab'"),
        (lambda: auc_shuffled(SALIENCY, [[1, 1]], [[0, 9]]), "others: 1 of 1 lie outside the 5x4 map"),
        (lambda: auc_borji(SALIENCY, [[1, 1]], [1, 2]), "samples has shape (2,) of int64"),
        (lambda: auc_borji(SALIENCY, [[1, 1]], [[20]]), "samples holds 20..20, expected 0..19"),
        (lambda: borji_samples((4, 5), 3, 0, np.random.default_rng(0)), "repeats is 0"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
