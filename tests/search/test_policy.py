import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.special import softmax
from scipy.stats import binomtest, chisquare

from gazesim.search.policy import Policy

ANYWHERE = np.ones((4, 6), bool)


def choose(priority, selectable=ANYWHERE, temperature=None, seed=0):
    priority = np.broadcast_to(np.asarray(priority, float), selectable.shape)
    return Policy(temperature).choose(priority, selectable, np.random.default_rng(seed))


def peaked(at, height=1.0, base=0.0):
    priority = np.full((4, 6), base)
    for x, y in at:
        priority[y, x] = height
    return priority


@pytest.mark.parametrize("base", [0.0, -3.0, 0.999, -1e9])
@pytest.mark.parametrize("height", [1.0, 0.9995])
def test_the_highest_is_chosen(base, height):
    assert choose(peaked([(4, 2)], height, base)) == (4, 2)


@pytest.mark.parametrize("level", [0.0, -0.0, -1.0, -1e-30, 1.0, 1e30, -1e30])
def test_the_first_of_equals_wins_whatever_their_value(level):
    assert choose(level) == (0, 0)
    assert choose(peaked([(4, 1), (2, 2), (5, 1)], level, level - max(1.0, abs(level)))) == (4, 1)


@pytest.mark.parametrize("height", [1.0, 0.2, -1.0, 40.0])
@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 999))
def test_rounding_does_not_decide_between_equals(height, seed):
    noise = np.random.default_rng(seed).uniform(-1e-7, 1e-7, (4, 6)) * abs(height)
    priority = peaked([(4, 1), (2, 2), (5, 1)], height, height - abs(height) / 2)
    assert choose(priority + noise) == (4, 1)


@pytest.mark.parametrize("height", [0.0, 1e-3])
def test_rounding_of_a_whole_map_does_not_decide_between_low_equals(height):
    """Maps are scaled to 0..1 and rounded as such; the high places may all be inhibited by now."""
    priority = peaked([(0, 0)], 1.0, height)
    priority[2, 3] += 1e-7
    selectable = ANYWHERE.copy()
    selectable[0, 0] = False
    assert choose(priority, selectable) == (1, 0)


def test_what_differs_by_more_than_rounding_is_not_equal():
    assert choose(peaked([(4, 2)], 1.0, 1 - 1e-5)) == (4, 2)


@pytest.mark.parametrize("temperature", [None, 0.5])
def test_nothing_selectable_gives_none(temperature):
    assert choose(1.0, ~ANYWHERE, temperature) is None
    assert choose(np.nan, ANYWHERE, temperature) is None
    assert choose(np.where(ANYWHERE & (np.arange(6) < 3), np.nan, 1), np.arange(6) < 3 & ANYWHERE, temperature) is None


@pytest.mark.parametrize("temperature", [None, 1e-3, 5.0])
@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 999))
def test_only_free_px_with_a_priority_are_chosen(temperature, seed):
    random = np.random.default_rng(seed)
    priority = random.normal(size=(4, 6)) - 3
    selectable = random.random((4, 6)) < 0.3
    priority[random.random((4, 6)) < 0.5] = np.nan
    chosen = choose(priority, selectable, temperature, seed)
    free = selectable & ~np.isnan(priority)
    assert (chosen is None) == (not free.any())
    if chosen:
        assert free[chosen[1], chosen[0]]
        assert all(type(value) is int for value in chosen)
        if temperature is None:
            assert priority[chosen[1], chosen[0]] == priority[free].max()


@pytest.mark.parametrize("temperature", [0.2, 1.0, 7.0])
@pytest.mark.parametrize("offset", [0.0, -50.0])
def test_px_are_drawn_by_softmax(temperature, offset):
    random = np.random.default_rng(3)
    priority = random.normal(size=(4, 6)) * temperature + offset
    priority[0, 1] = np.nan
    selectable = random.random((4, 6)) < 0.6
    free = selectable & ~np.isnan(priority)
    counts = np.zeros((4, 6))
    policy = Policy(temperature)
    for _ in range(4000):
        x, y = policy.choose(priority, selectable, random)
        counts[y, x] += 1
    assert counts[~free].sum() == 0
    assert chisquare(counts[free], 4000 * softmax(priority[free] / temperature)).pvalue > 0.01


@pytest.mark.parametrize("temperature", [0.2, 1.0, 7.0])
def test_ending_is_drawn_like_a_px_of_its_priority(temperature):
    random = np.random.default_rng(5)
    priority = random.normal(size=(4, 6)) * temperature
    ending, policy = temperature * 2.0, Policy(temperature)
    ended = sum(policy.choose(priority, ANYWHERE, random, ending) is None for _ in range(4000))
    expected = softmax(np.append(priority, ending) / temperature)[-1]
    assert binomtest(ended, 4000, expected).pvalue > 0.01


def test_a_low_temperature_takes_the_highest():
    priority = np.random.default_rng(0).permutation(24).reshape(4, 6)
    y, x = np.unravel_index(priority.argmax(), (4, 6))
    assert {choose(priority, temperature=0.01, seed=seed) for seed in range(100)} == {(x, y)}


@pytest.mark.parametrize("temperature", [1.0, 1e-3, pytest.param(1e-7)])
def test_equals_are_drawn_alike_at_any_temperature(temperature):
    drawn = [choose(1.0, temperature=temperature, seed=seed) for seed in range(400)]
    assert len(set(drawn)) == 24


def test_winner_take_all_draws_nothing():
    random = np.random.default_rng(0)
    Policy().choose(np.ones((4, 6)), ANYWHERE, random)
    assert random.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("temperature", [0, -1, np.nan, np.inf, "1", True])
def test_the_temperature_is_checked(temperature):
    with pytest.raises(ValueError, match=rf"^temperature is {temperature!r}, expected a finite number above 0$"):
        Policy(temperature)


def test_far_places_cost():
    costly = Policy(saccade_cost=0.1).costly(np.zeros((4, 6)), np.array([2.0, 1.0]), 2.0)
    assert costly[1, 2] == 0
    assert costly[1, 5] == pytest.approx(-0.1 * 3 / 2)
    same = np.zeros((4, 6))
    assert Policy().costly(same, np.array([0.0, 0.0]), 2.0) is same


def test_lapses_land_anywhere_at_their_rate():
    """Of 4000, a share of .3 falls on all 24 px alike, the rest on the single one that is selectable."""
    only, random = np.zeros((4, 6), np.bool_), np.random.default_rng(7)
    only[2, 3] = True
    policy = Policy(1.0, lapse=0.3)
    drawn = [policy.choose(np.zeros((4, 6)), only, random, anywhere=ANYWHERE) for _ in range(4000)]
    elsewhere = sum(each != (3, 2) for each in drawn)
    assert binomtest(elsewhere, 4000, 0.3 * 23 / 24).pvalue > 0.01


def test_lapses_need_a_temperature():
    with pytest.raises(ValueError, match=r"^lapse is 0.1 without a temperature, expected both, or 0$"):
        Policy(lapse=0.1)
