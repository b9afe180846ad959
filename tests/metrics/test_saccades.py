"""Distances of distributions, against scipy and by shifting the circle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from gazesim.metrics import (
    amplitude_distance,
    circular_wasserstein,
    direction_distance,
    saccade_amplitudes,
    saccade_directions,
    wasserstein,
)

SAMPLES = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=8)
ANGLES = st.lists(st.floats(-10, 10), min_size=1, max_size=6)


@given(a=SAMPLES, b=SAMPLES)
def test_the_line_agrees_with_scipy(a, b):
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance(a, b), abs=1e-12)


@given(a=ANGLES, b=ANGLES)
def test_the_circle_is_the_best_of_all_cuts(a, b):
    """The cheapest transport leaves one point of the circle unpassed or all passed alike: shift by that flow."""
    turns = np.sort(np.mod(np.concatenate([a, b]), 2 * np.pi))
    first, second = (np.searchsorted(np.sort(np.mod(x, 2 * np.pi)), turns, side="right") / len(x) for x in (a, b))
    flow, widths = first - second, np.diff(turns, append=turns[0] + 2 * np.pi)
    best = min((np.abs(flow - level) * widths).sum() for level in flow)
    assert circular_wasserstein(a, b) == pytest.approx(best, abs=1e-9)


@given(a=ANGLES, b=ANGLES, turn=st.floats(-7, 7))
def test_turning_both_changes_nothing(a, b, turn):
    found = circular_wasserstein(np.add(a, turn), np.add(b, turn))
    assert found == pytest.approx(circular_wasserstein(a, b), abs=1e-9)
    assert -1e-12 <= found <= np.pi + 1e-12


@pytest.mark.parametrize("turn", [0, 0.3, np.pi / 2, 3, np.pi, 4, 6])
def test_one_direction_against_another_is_the_angle_between(turn):
    assert circular_wasserstein([1, 1], [1 + turn]) == pytest.approx(min(turn, 2 * np.pi - turn))


def test_saccades_of_a_list():
    paths = [[[0, 0], [30, 40]], [[5, 5]], [], [[0, 0], [0, 10], [0, 10], [-10, 10]], [[0, 0], [np.nan, 1]]]
    assert saccade_amplitudes(paths).tolist() == [50, 10, 0, 10]
    np.testing.assert_allclose(saccade_directions(paths), [np.arctan2(40, 30), np.pi / 2, np.pi])
    assert saccade_directions([[[0, 0], [-1, -0.0]]]).tolist() == [np.pi]


def test_pairs_are_the_distances_of_their_samples():
    random = np.random.default_rng(0)
    a, b = random.uniform(0, 500, (7, 2)), random.uniform(0, 500, (4, 2))
    assert amplitude_distance(a, b) == pytest.approx(wasserstein(saccade_amplitudes([a]), saccade_amplitudes([b])))
    found = circular_wasserstein(saccade_directions([a]), saccade_directions([b]))
    assert direction_distance(a, b) == pytest.approx(found)


def test_empty_and_unknown_samples():
    assert np.isnan([wasserstein([], [1]), circular_wasserstein([1], [])]).all()
    with pytest.raises(ValueError, match=r"^b holds nan, expected finite numbers$"):
        wasserstein([1], [np.nan])
