"""Maxima and profile intervals, groups and reliability, against closed forms."""

import numpy as np
import pytest

from gazesim.fitting.estimate import curvature, estimate, maximum
from gazesim.fitting.people import as_group, reliability

PRECISION = np.array([[400.0, 150.0], [150.0, 900.0]])
BEST = np.array([0.4, 0.6])


def gaussian(units):
    """Minus the log of a normal density, whose profile intervals are 1.96 standard errors."""
    away = units - BEST
    return 7 + away @ PRECISION @ away / 2, PRECISION @ away


def test_intervals_of_a_normal_likelihood():
    found = estimate(gaussian, np.array([0.9, 0.1]), starts=2)
    error = np.sqrt(np.diag(np.linalg.inv(PRECISION)))
    np.testing.assert_allclose(found.units, BEST, atol=1e-4)
    assert found.least == pytest.approx(7)
    np.testing.assert_allclose(found.low, BEST - 1.96 * error, atol=0.03 * error.max())
    np.testing.assert_allclose(found.high, BEST + 1.96 * error, atol=0.03 * error.max())
    np.testing.assert_allclose(curvature(gaussian, BEST), PRECISION, rtol=1e-6)
    assert all((np.diff(profile[:, 0]) > 0).all() for profile in found.profile)


def test_an_interval_ends_at_the_bound():
    found = estimate(lambda u: (4 * (u[0] - 0.9) ** 2, 8 * (u - 0.9)), np.array([0.5]))
    assert found.high[0] == 1
    assert found.low[0] == pytest.approx(0.9 - np.sqrt(3.841 / 8), abs=0.005)


def test_several_starts_find_the_deeper_of_two_valleys():
    def valleys(u):
        near, far = np.exp(-((u[0] - 0.2) ** 2) / 0.005), 2 * np.exp(-((u[0] - 0.8) ** 2) / 0.005)
        return -(near + far), np.array([2 * (u[0] - 0.2) / 0.005 * near + 2 * (u[0] - 0.8) / 0.005 * far])

    assert maximum(valleys, np.array([0.2]), 1)[0][0] == pytest.approx(0.2, abs=0.01)
    assert maximum(valleys, np.array([0.2]), 8)[0][0] == pytest.approx(0.8, abs=0.01)


def test_a_group_of_normal_people():
    """Means x of error s from a group N(m, t): the most probable values are the precision-weighted means."""
    random = np.random.default_rng(3)
    error, true = 0.03, random.normal(0.5, 0.05, 60)
    seen = true + random.normal(0, error, 60)
    people = [lambda u, x=x: (float((u[0] - x) ** 2 / (2 * error**2)), (u - x) / error**2) for x in seen]
    group = as_group(people, np.array([0.4]))
    deviation = np.sqrt(seen.var() - error**2)
    assert group.mean[0] == pytest.approx(seen.mean(), abs=1e-3)
    assert group.deviation[0] == pytest.approx(deviation, rel=0.05)
    weight = deviation**2 / (deviation**2 + error**2)
    np.testing.assert_allclose(group.members[:, 0], seen.mean() + weight * (seen - seen.mean()), atol=2e-3)


def test_reliability_of_halves_that_share_half_their_variance():
    random = np.random.default_rng(0)
    common = random.normal(size=(4000, 1))
    halves = [common + random.normal(size=(4000, 1)) for _ in range(2)]
    assert reliability(*halves)[0] == pytest.approx(2 * 0.5 / 1.5, abs=0.03)
    assert np.isnan(reliability(halves[0][:2], halves[1][:2])).all()
