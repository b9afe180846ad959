"""Map measures: closed forms, invariances, bounds and edge cases."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gazesim.metrics.information import information_gain, log_likelihood
from gazesim.metrics.maps import density, fixation_density
from gazesim.metrics.roc import auc, auc_judd
from gazesim.metrics.saliency import cc, kl, nss, sim

MAPS = arrays(np.float64, (4, 5), elements=st.integers(-50, 50))
POSITIVE = arrays(np.float64, (4, 5), elements=st.floats(0.001, 100))
FIXATIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)
PATH = [[1, 1], [3, 2], [3, 2]]


@pytest.mark.parametrize("n", [4, 25, 400])
def test_nss_of_a_single_peak_has_a_closed_form(n):
    priority = np.zeros((1, n))
    priority[0, 2] = 1
    assert nss(priority, [[2, 0]]) == pytest.approx(np.sqrt(n - 1))
    assert nss(priority, [[2, 0]], ddof=1) == pytest.approx((n - 1) / np.sqrt(n))


@given(MAPS, FIXATIONS, st.floats(0.01, 100), st.floats(-100, 100))
def test_nss_and_cc_ignore_gain_and_offset(saliency, fixations, gain, offset):
    assume(np.ptp(saliency) > 0)
    truth = np.arange(20.0).reshape(4, 5) ** 2
    changed = gain * saliency + offset
    assert nss(changed, fixations) == pytest.approx(nss(saliency, fixations), abs=1e-8)
    assert nss(-saliency, fixations) == pytest.approx(-nss(saliency, fixations), abs=1e-8)
    assert cc(changed, truth) == pytest.approx(cc(saliency, truth), abs=1e-8)
    assert cc(-saliency, truth) == pytest.approx(-cc(saliency, truth), abs=1e-8)


@given(MAPS)
def test_nss_over_all_pixels_is_zero(saliency):
    everywhere = [[x, y] for x in range(5) for y in range(4)]
    assert nss(saliency, everywhere) == pytest.approx(0, abs=1e-9)


@given(MAPS, MAPS)
def test_cc_and_sim_are_symmetric_bounded_and_best_for_equal_maps(first, second):
    assert cc(first, second) == pytest.approx(cc(second, first))
    assert -1 <= cc(first, second) <= 1
    if np.ptp(first):
        assert cc(first, first) == pytest.approx(1)
        assert cc(first, second) == pytest.approx(
            np.corrcoef(first.ravel(), second.ravel())[0, 1] if np.ptp(second) else 0
        )
    for compat in (None, "mit"):
        overlap = sim(first, second, compat=compat)
        np.testing.assert_allclose(overlap, sim(second, first, compat=compat))
        assert np.isnan(overlap) or -1e-12 <= overlap <= 1 + 1e-12
        own = sim(first, first, compat=compat)
        assert np.isnan(own) or own == pytest.approx(1)


@given(POSITIVE, POSITIVE)
def test_kl_is_not_negative_and_zero_for_equal_densities(first, second):
    for compat in (None, "mit"):
        assert kl(first, second, compat=compat) >= -1e-9
        assert kl(first, 3 * first, compat=compat) == pytest.approx(0, abs=1e-9)
    p, q = density(first), density(second)
    assert kl(first, second) == pytest.approx((q * np.log(q / p)).sum(), abs=1e-9)


@given(POSITIVE, POSITIVE, FIXATIONS)
def test_gains_are_differences_of_log_likelihoods(saliency, baseline, fixations):
    bits = (log_likelihood(saliency, fixations) - log_likelihood(baseline, fixations)) / np.log(2)
    assert information_gain(saliency, fixations, baseline) == pytest.approx(bits, abs=1e-9)
    assert information_gain(saliency, fixations, saliency) == pytest.approx(0, abs=1e-12)
    over_uniform = information_gain(saliency, fixations, np.full((4, 5), 7))
    assert information_gain(saliency, fixations) == pytest.approx(over_uniform, abs=1e-9)
    assert log_likelihood(saliency, fixations) <= 0


def test_no_density_predicts_better_than_that_of_the_fixations_themselves():
    random = np.random.default_rng(0)
    counts = random.integers(1, 5, (4, 5))
    fixations = [[x, y] for y in range(4) for x in range(5) for _ in range(counts[y, x])]
    best = log_likelihood(counts, fixations)
    assert all(log_likelihood(counts * random.uniform(0.5, 2, (4, 5)), fixations) < best for _ in range(50))


@pytest.mark.parametrize("seed", range(3))
def test_several_maps_at_once_are_scored_exactly_as_one_by_one(seed):
    random = np.random.default_rng(seed)
    maps, truth = random.normal(size=(3, 31, 47)), random.normal(size=(31, 47)) ** 2
    fixations = random.integers(0, 31, (200, 2))
    for score in (
        lambda saliency: nss(saliency, fixations),
        lambda saliency: cc(saliency, truth),
        lambda saliency: sim(saliency, truth),
        lambda saliency: sim(saliency, truth, compat="mit"),
        lambda saliency: kl(saliency, truth),
        lambda saliency: kl(saliency, truth, compat="mit"),
        lambda saliency: information_gain(saliency, fixations, truth + 1),
        lambda saliency: information_gain(saliency, fixations, truth + 1, compat="mit"),
        lambda saliency: log_likelihood(saliency, fixations),
    ):
        together = score(maps)
        assert together.shape == (3,)
        np.testing.assert_array_equal(together, [score(saliency) for saliency in maps])
        np.testing.assert_array_equal(score(maps[:, None]), together[:, None])


@pytest.mark.parametrize("value", [0.1, 0, -3])
def test_constant_map(value):
    constant, truth = np.full((4, 5), value), np.arange(20.0).reshape(4, 5)
    assert float(nss(constant, PATH)) == 0
    assert float(cc(constant, truth)) == float(cc(truth, constant)) == 0
    assert np.isnan(sim(constant, truth, compat="mit"))
    assert np.isnan(sim(truth, constant, compat="mit"))
    uniform = np.ones((4, 5))
    assert kl(constant, truth) == pytest.approx(float(kl(uniform, truth)))
    if value > 0:
        assert sim(constant, truth) == pytest.approx(float(sim(uniform, truth)))
        assert float(information_gain(constant, PATH)) == pytest.approx(0)
        assert log_likelihood(constant, PATH) == pytest.approx(-np.log(20))
    else:  # no density
        for score in (
            sim(constant, truth),
            sim(truth, constant),
            kl(constant, truth, compat="mit"),
            information_gain(constant, PATH),
            information_gain(truth + 1, PATH, constant),
            log_likelihood(constant, PATH),
        ):
            assert np.isnan(score)


def test_no_fixations_cannot_be_scored():
    saliency = np.arange(20.0).reshape(4, 5)
    for measure in (nss, information_gain, log_likelihood, auc, auc_judd):
        assert np.isnan(measure(saliency, []))
        assert np.isnan(measure(saliency, np.empty((0, 2))))
        assert np.isnan(measure(np.stack([saliency, saliency]), np.empty((0, 3)))).tolist() == [True, True]


def test_zeros_at_a_fixation():
    saliency, baseline = np.ones((4, 5)), np.ones((4, 5))
    saliency[1, 1] = 0
    assert log_likelihood(saliency, PATH) == -np.inf
    assert information_gain(saliency, PATH) == -np.inf
    assert information_gain(baseline, PATH, saliency) == np.inf
    assert np.isnan(information_gain(saliency, PATH, saliency))
    added, p = 2.2204e-16, np.array([0, 1 / 19])  # PATH fixates two pixels
    gain = np.log2((p + added) / (1 / 20 + added)).mean()
    assert information_gain(saliency, PATH, baseline, compat="mit") == pytest.approx(gain)
    assert information_gain(baseline, PATH, saliency, compat="mit") == pytest.approx(-gain)


def test_durations_do_not_matter():
    saliency = np.arange(20.0).reshape(4, 5)
    timed = np.column_stack([PATH, [200, 300, 250]])
    assert nss(saliency, timed) == nss(saliency, PATH)
    assert auc(saliency, timed) == auc(saliency, PATH)


def test_a_density_of_people_predicts_people():
    random = np.random.default_rng(0)
    people = [random.normal([40, 30], 5, (20, 2)) for _ in range(2)]
    density_of_first = fixation_density(people[0], (60, 80), 5)
    assert nss(density_of_first, people[1]) > 1
    assert information_gain(density_of_first, people[1]) > 1
    assert nss(density_of_first, [[5, 5], [70, 55]]) < 0


SALIENCY = np.arange(20.0).reshape(4, 5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nss(SALIENCY, [[5, 0], [1, 1]]), "fixations: 1 of 2 lie outside the 5x4 map; on_map tells which"),
        (lambda: nss(SALIENCY, [[-1, 0]]), "fixations: 1 of 1 lie outside the 5x4 map"),
        (lambda: nss(SALIENCY, [[np.nan, 0]]), "fixations holds nan, expected finite numbers"),
        (lambda: nss(SALIENCY, SALIENCY), "fixations has shape (4, 5), expected (n, 2)"),
        (lambda: nss(SALIENCY, PATH, ddof=2), "ddof is 2, expected one of 0, 1"),
        (lambda: nss([[1, np.inf]], [[0, 0]]), "saliency holds inf, expected finite numbers"),
        (lambda: nss(np.empty((0, 0)), []), "saliency has shape (0, 0), expected at least one pixel"),
        (lambda: nss([["a"]], [[0, 0]]), "saliency has dtype <U1, expected numbers"),
        (lambda: cc(SALIENCY, SALIENCY.T), "truth has shape (5, 4), expected (4, 5)"),
        (lambda: sim(SALIENCY, SALIENCY, compat="tuebingen"), "compat is 'tuebingen', expected one of None, 'mit'"),
        (lambda: kl(SALIENCY, [[np.nan]]), "truth holds nan, expected finite numbers"),
        (lambda: information_gain(SALIENCY, PATH, [[1, 2]]), "baseline has shape (1, 2), expected (4, 5)"),
        (lambda: log_likelihood(np.ones(3), PATH), "saliency has shape (3,), expected (height, width)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
