import numpy as np
import pytest

from gazesim.metrics import METRICS, energy_scores, leave_one_out_pairs, pairwise, pointwise_distance, shares
from gazesim.metrics.measures import register_metric


def test_of_positions_on_a_line_it_is_the_crps():
    """E|X - y| - E|X - X'| / 2 of X = 1, 2 or 6: about y = 2 the means are 5/3 and (1 + 5 + 4) / 3."""
    draws = np.array([1.0, 2.0, 6.0])
    got = energy_scores(abs(np.array([[2.0]]) - draws), abs(draws[:, None] - draws))
    assert got == pytest.approx([5 / 3 - 10 / 6])


def test_a_single_draw_is_compared_with_itself():
    np.testing.assert_array_equal(energy_scores([[3.0], [4.0]], [[0.0]]), [3, 4])
    assert energy_scores([[0.9]], [[1.0]]) == pytest.approx([0.4])


def test_people_by_people_are_half_of_their_shares_in_the_ceiling():
    random = np.random.default_rng(0)
    table = random.normal(size=(7, 7))
    table, others = table + table.T, ~np.eye(7, dtype=bool)
    got = energy_scores(table, table, others)
    np.testing.assert_allclose(got, shares(leave_one_out_pairs(table)[:, None])[:, 0] / 2)
    assert got.mean() == pytest.approx(table[others].mean() / 2)


def test_pairs_that_are_unknown_or_not_independent_are_left_out():
    among = np.array([[0, 1, np.nan], [1, 0, 5], [np.nan, 5, 0]])
    scores = np.array([[2.0, np.nan, 4.0]])
    assert energy_scores(scores, among) == pytest.approx([3 - 3 / 2])
    apart = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]], bool)
    assert energy_scores(scores, among, apart=apart) == pytest.approx([3 - 1 / 2])
    assert np.isnan(energy_scores(scores, among, others=[[True, False, True]])).all()
    with pytest.raises(ValueError, match="among has shape"):
        energy_scores(scores, among[:2])


def test_it_is_least_for_a_model_that_draws_as_people_do():
    """E|X - Y| of normal positions is sqrt(2 / pi) times the root of the sum of their variances; people's is 1."""
    random = np.random.default_rng(0)
    people = list(random.normal(size=(600, 1, 1)) * [1, 0])
    plain, energy = {}, {}
    for sd in (0.5, 1.0, 2.0):
        draws = list(sd * random.normal(size=(600, 1, 1)) * [1, 0])
        scores, among = pairwise(pointwise_distance, people, draws), pairwise(pointwise_distance, draws, draws)
        plain[sd], energy[sd] = scores.mean(), energy_scores(scores, among).mean()
        expected = np.sqrt(2 / np.pi) * (np.sqrt(1 + sd**2) - np.sqrt(2) * sd / 2)
        assert energy[sd] == pytest.approx(expected, abs=0.06)
    assert plain[0.5] < plain[1.0] < plain[2.0]
    assert energy[1.0] < min(energy[0.5], energy[2.0])


def test_every_measure_of_two_scanpaths_has_an_energy_form_which_lists_leave_out():
    measure = METRICS["energy_multimatch"]
    assert measure.energy
    assert measure.direction == "higher"
    assert measure.function is METRICS["multimatch"].function
    assert "multimatch" in METRICS.about("energy_multimatch")
    assert np.isnan(measure.best)
    assert "energy_multimatch" not in list(METRICS)
    for name in ("energy_nss", "energy_", "energy_nothing", "energy_energy_dtw"):
        assert name not in METRICS
    with pytest.raises(ValueError, match="unknown metric 'energy_nss'"):
        METRICS["energy_nss"]


def test_measures_of_ones_own_have_it_too():
    register_metric("mine", lambda a, b: 0.0, "scanpaths", "lower")
    try:
        assert METRICS["energy_mine"].energy
    finally:
        METRICS._registered.pop("mine")
