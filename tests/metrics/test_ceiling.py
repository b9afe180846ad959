"""Ceilings: closed forms, and nobody is compared with themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.metrics.ceiling import leave_one_out, leave_one_out_pairs, shares, split_half
from gazesim.metrics.maps import fixation_density
from gazesim.metrics.saliency import nss


class Observer:
    """Data that are the same for all, so that only identity tells them apart."""

    def __eq__(self, other):
        return isinstance(other, Observer)

    __hash__ = None


def same(one, others):
    return sum(one is other for other in others)


@given(st.integers(2, 8))
def test_nobody_is_compared_with_themselves_not_even_among_equals(n):
    observers = [Observer() for _ in range(n)]
    assert leave_one_out(lambda own, others: same(own, others), observers).tolist() == [0] * n
    assert leave_one_out(lambda own, others: len(others), observers).tolist() == [n - 1] * n
    seen = []
    leave_one_out(lambda own, others: seen.append(own) or 0, observers)
    assert all(own is observer for own, observer in zip(seen, observers, strict=True))

    def shared(first, second):
        return sum(same(one, second) for one in first)

    random = np.random.default_rng(0)
    assert split_half(shared, observers, random, splits=5).tolist() == [0] * 5
    assert split_half(lambda first, second: len(first), observers, random, splits=5).tolist() == [n // 2] * 5
    assert split_half(lambda first, second: len(second), observers, random, splits=5).tolist() == [n // 2] * 5


def test_a_ceiling_with_self_comparison_would_be_seen():
    """Unrelated observers agree with nobody: only comparing one with itself could raise the ceiling above 0."""
    random = np.random.default_rng(0)
    paths = [random.uniform(0, 100, (6, 2)) for _ in range(8)]

    def equal(first, second):
        return float(np.array_equal(first, second))

    assert leave_one_out(lambda own, others: max(equal(own, other) for other in others), paths).tolist() == [0] * 8
    pairs = np.array([[equal(a, b) for b in paths] for a in paths])
    assert pairs.mean() == 1 / 8  # what a mean over all pairs gives
    assert leave_one_out_pairs(pairs).tolist() == [0] * 8


@given(st.integers(2, 7), st.floats(-10, 10) | st.just(np.nan))
def test_the_diagonal_is_never_read(n, diagonal):
    pairs = np.random.default_rng(n).random((n, n))
    changed = pairs.copy()
    np.fill_diagonal(changed, diagonal)
    np.testing.assert_array_equal(leave_one_out_pairs(changed), leave_one_out_pairs(pairs))
    wanted = [np.mean([pairs[i, j] for j in range(n) if j != i]) for i in range(n)]
    np.testing.assert_allclose(leave_one_out_pairs(pairs), wanted)


def test_pairs_that_could_not_be_scored_are_left_out():
    pairs = [[1, np.nan, 0.4], [np.nan, 1, np.nan], [0.4, np.nan, 1]]
    np.testing.assert_array_equal(leave_one_out_pairs(pairs), [0.4, np.nan, 0.4])


def test_all_halves_come_up():
    halves = set()
    split_half(lambda a, b: halves.add((*sorted(a), -1, *sorted(b))) or 0, [0, 1, 2, 3], np.random.default_rng(0))
    assert len(halves) == 6
    left_out = set()
    split_half(lambda a, b: left_out.add(10 - sum(a) - sum(b)) or 0, [0, 1, 2, 3, 4], np.random.default_rng(0))
    assert left_out == {0, 1, 2, 3, 4}


def test_splits_are_the_same_for_the_same_seed_only():
    def run(seed):
        return split_half(lambda a, b: sum(a) - sum(b), [1, 2, 4, 8, 16], np.random.default_rng(seed), splits=20)

    np.testing.assert_array_equal(run(0), run(0))
    assert (run(0) != run(1)).any()


def test_one_observer_has_no_ceiling():
    assert np.isnan(leave_one_out(lambda own, others: 1.0, ["A"])).tolist() == [True]
    assert np.isnan(leave_one_out_pairs([[1.0]])).tolist() == [True]
    assert np.isnan(split_half(lambda a, b: 1.0, ["A"], np.random.default_rng(0), splits=2)).tolist() == [True, True]
    assert leave_one_out(lambda own, others: 1.0, []).shape == (0,)


def test_people_who_look_at_one_place_predict_each_other():
    random = np.random.default_rng(0)
    people = [random.normal([40, 30], 4, (9, 2)) for _ in range(6)]

    def predicted(own, others):
        return nss(fixation_density(np.concatenate(others), (60, 80), 4), own)

    ceiling = leave_one_out(predicted, people)
    assert ceiling.min() > 2
    with_self = [predicted(own, people) for own in people]
    assert np.mean(with_self) > ceiling.mean()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: leave_one_out_pairs(np.ones((2, 3))), "scores has shape (2, 3), expected (n, n)"),
        (lambda: split_half(lambda a, b: 0.0, [1, 2], np.random.default_rng(0), splits=0), "splits is 0"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)


@given(st.integers(3, 8))
def test_shares_are_the_pseudo_values_of_the_jackknife(n):
    """The mean over pairs, computed anew without each person."""
    pairs = np.random.default_rng(n).normal(size=(n, n))
    pairs += pairs.T

    def mean(keep):
        return leave_one_out_pairs(pairs[np.ix_(keep, keep)]).mean()

    everybody = list(range(n))
    without = [mean([j for j in everybody if j != i]) for i in everybody]
    wanted = n * mean(everybody) - (n - 1) * np.array(without)
    got = shares(leave_one_out_pairs(pairs)[:, None])[:, 0]
    np.testing.assert_allclose(got, wanted, atol=1e-9)
    assert got.mean() == pytest.approx(mean(everybody))


def test_shares_of_two_people_are_not_known():
    got = shares([[0.2, 0.3, np.nan], [0.2, 0.5, 0.1], [np.nan, 0.4, 0.1]])
    assert np.isnan(got).tolist() == [[True, False, True], [True, False, True], [True, False, True]]
