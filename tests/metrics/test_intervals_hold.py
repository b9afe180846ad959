"""Whether intervals cover and p are right, in simulated experiments; docs/scoring.md has a table of these."""

import interval_coverage as simulated
import numpy as np
import pytest

from gazesim.metrics.ceiling import shares
from gazesim.metrics.statistics import compare_models, crossed_mean

COVER = ("mean", "mean_people", "row", "share", "ceiling", "elsewhere", "energy_people", "energy_model")
DIFFER = ("models", "model_people", "model_elsewhere")
CAUTIOUS = "energy"  # with few people its p is too large


def error_of(repeats):
    """Return how far a share of `repeats` experiments is easily from .05 or .95, 1.6 standard errors."""
    return 1.6 * np.sqrt(0.05 * 0.95 / repeats)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("design", [(3, 20), (6, 40)])
@pytest.mark.parametrize("name", [*COVER, *DIFFER])
def test_few_people_and_few_displays(name, design, skewed):
    """Of percentiles of resamples .84 cover; with degrees of freedom of people for what is left .99 to 1."""
    repeats = 300
    got = simulated.share_of(simulated.CROSSED[name][0], repeats, *design, skewed)
    covered = got if name in COVER else 1 - got
    assert 0.93 - error_of(repeats) <= covered <= 0.97 + error_of(repeats)


def test_energy_forms_do_not_call_a_model_that_draws_as_people_do_different():
    assert simulated.share_of(simulated.CROSSED[CAUTIOUS][0], 300, 6, 40, False) <= 0.07


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("name", simulated.SLOPES)
def test_three_displays_of_a_set_size(name, skewed):
    assert simulated.share_of(simulated.SLOPES[name][0], 300, 3, skewed) >= 0.92


def test_displays_that_serve_as_partners_are_not_independent():
    """Without `partners` less is covered."""

    def covers(random):
        scores, _ = simulated.elsewhere(6, 40, False, random)
        _, low, high, *_ = crossed_mean(scores, shares(scores))
        return low <= 0 <= high

    known = simulated.share_of(simulated.elsewhere_covers, 300, 6, 40, False)
    assert simulated.share_of(covers, 300) < known - 0.03


def test_pairs_of_people_are_not_independent():
    """What is printed without `shares` covers less, and calls a model as good as people different."""

    def covers(random):
        _, low, high, *_ = crossed_mean(simulated.pairs(6, 40, False, random)[0])
        return low <= 0 <= high

    def differs(random):
        people, model = simulated.pairs(6, 40, False, random)
        return compare_models(model, people).p < 0.05

    assert simulated.share_of(covers, 200) < 0.87
    assert simulated.share_of(differs, 200) > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("design", simulated.DESIGNS)
@pytest.mark.parametrize("name", [*COVER, *DIFFER, CAUTIOUS])
def test_intervals_and_p_hold(name, design, skewed):
    """Wide of the mark by no more than the error of so many experiments."""
    repeats = 150 if design == (15, 700) else 600
    got = simulated.share_of(simulated.CROSSED[name][0], repeats, *design, skewed)
    error = 2.6 * np.sqrt(0.05 * 0.95 / repeats)
    covered = got if name in COVER else 1 - got
    assert 0.93 - error <= covered <= (1 if name == CAUTIOUS else 0.97 + error)


@pytest.mark.slow
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("n", [3, 5, 10, 30])
@pytest.mark.parametrize("name", simulated.SLOPES)
def test_slopes_and_indices_hold(name, n, skewed):
    repeats = 600
    error = 2.6 * np.sqrt(0.05 * 0.95 / repeats)
    assert simulated.share_of(simulated.SLOPES[name][0], repeats, n, skewed) >= 0.93 - error
