"""Checks and times without simulation, against closed forms and the loop."""

import numpy as np
import pytest
from scipy.stats import chisquare

from gazesim.attention import Attention, Priority
from gazesim.search.loop import SearchModel
from gazesim.search.policy import Policy
from gazesim.search.response_times import Orders, checks, crps, density, moments, quantiles
from gazesim.search.stopping import Stopping
from gazesim.search.timing import Timing
from gazesim.trial import Trial

BOXES = [(2 * i, 0, 2 * i + 2, 2) for i in range(5)]
PRIORITY = np.array([0.0, 1.2, 0.4, 0.8, 0.1])


class Given(Attention):
    def attend(self, glances):
        found = np.full((2, 10), np.nan)
        found[0, ::2] = PRIORITY
        return [Priority(found) for _ in glances]


def test_equal_places_have_the_published_closed_form():
    """Moran et al. 2013: after k of N distractors quitting has k w against N - k."""
    present, absent = checks(Orders.of(np.zeros((1, 4)), [-1]), 1.0, Stopping(quit_weight=0.5))
    left, expected = 1.0, []
    for k in range(1, 5):
        quits = 0.5 * k / (0.5 * k + 4 - k)
        expected.append(left * quits)
        left *= 1 - quits
    np.testing.assert_allclose(absent, expected)
    assert not present.any()


def test_checks_are_those_of_the_loop():
    rule = Stopping(stopping="quitting", quit_weight=0.3)
    model = SearchModel("given", Given(), policy=Policy(0.7), stopping=rule)
    picture = np.zeros((2, 10, 3), np.uint8)
    trials = [
        Trial(picture, objects=BOXES, target_box=BOXES[2], px_per_degree=1, id=str(i), background=0) for i in range(300)
    ]
    paths = model.search(trials)
    present, absent = checks(Orders.of(PRIORITY[None], [2], 4000), 0.7, rule)
    assert present.sum() + absent.sum() == pytest.approx(1)
    counts = [
        sum(p.n_saccades == k and p.answer == said for p in paths) for said in ("present", "absent") for k in (1, 2, 3)
    ]
    counts.append(300 - sum(counts))
    expected = [*present[:3], *absent[:3]]
    expected.append(1 - sum(expected))
    assert chisquare(counts, 300 * np.array(expected)).pvalue > 0.01


def test_times_have_the_moments_of_their_parts():
    timing = Timing("gamma", duration_ms=80, duration_spread=0.6, saccade_ms=25, nonsearch_ms=300, nonsearch_spread=0.2)
    probability = density(np.array([0.0, 0.0, 1.0]), timing)
    assert probability.sum() == pytest.approx(1)
    mean, deviation = moments(probability)
    assert mean == pytest.approx(4 * 80 + 3 * 25 + 300, abs=1)
    assert deviation == pytest.approx(np.sqrt(4 * 48**2 + 60**2), rel=0.01)
    mixed = density(np.array([0.5, 0.25, 0.25]), timing)
    assert moments(mixed)[0] == pytest.approx((1 + 1.75) * 80 + 1.75 * 25 + 300, abs=1)
    assert quantiles(probability, [0.5])[0] == pytest.approx(mean, rel=0.03)


def test_times_are_those_of_the_timed_scanpaths():
    from gazesim.scanpath import Scanpath

    timing, random = Timing("gamma", duration_ms=80, saccade_ms=25, nonsearch_ms=300), np.random.default_rng(0)
    path = Scanpath(np.zeros((4, 2)))
    drawn = [timing.response_ms(timing.timed(path, random), random) for _ in range(2000)]
    probability = density(np.array([0.0, 0.0, 1.0]), timing)
    at = [0.1, 0.3, 0.5, 0.7, 0.9]
    np.testing.assert_allclose(np.quantile(drawn, at), quantiles(probability, at), rtol=0.02)


def test_crps_of_a_uniform_distribution():
    """((y - a)^3 + (b - y)^3) / (3 (b - a)^2) within it."""
    probability = np.zeros(800)
    probability[20:120] = 0.01
    times = np.array([300.0, 700.0, 1200.0])
    expected = ((times - 200) ** 3 + (1200 - times) ** 3) / (3 * 1000**2)
    np.testing.assert_allclose(crps(probability, times), expected, atol=0.1)
    assert crps(probability, np.array([1500.0]))[0] == pytest.approx(1000 / 3 + 300, abs=0.1)
