"""Whether intervals cover and p are right, in simulated experiments; docs/scoring.md has a table of these."""

import interval_coverage as simulated
import numpy as np
import pytest

from gazesim.metrics.statistics import compare_models, crossed_mean

COVER, DIFFER = ("mean", "mean_people", "row", "share", "ceiling"), ("models", "model_people")


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("name", [*COVER, *DIFFER])
def test_six_people_and_forty_displays(name, skewed):
    """Of 300 experiments 270 to 298 cover, where percentiles of resamples cover some 255."""
    got = simulated.share_of(simulated.CROSSED[name][0], 300, 6, 40, skewed)
    assert (0.92 <= got <= 0.995) if name in COVER else (0.005 <= got <= 0.08)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("name", simulated.SLOPES)
def test_three_displays_of_a_set_size(name, skewed):
    assert simulated.share_of(simulated.SLOPES[name][0], 300, 3, skewed) >= 0.92


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
@pytest.mark.parametrize("name", [*COVER, *DIFFER])
def test_intervals_and_p_hold(name, design, skewed):
    """Wide of the mark by no more than the error of so many experiments; with three people rather too wide."""
    repeats = 150 if design == (15, 700) and name in ("ceiling", "model_people") else 600
    got = simulated.share_of(simulated.CROSSED[name][0], repeats, *design, skewed)
    error = 2.6 * np.sqrt(0.05 * 0.95 / repeats)
    few = design[0] == 3
    covered = got if name in COVER else 1 - got
    assert 0.93 - error <= covered <= (1 if few else 0.97 + error)


@pytest.mark.slow
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("n", [3, 5, 10, 30])
@pytest.mark.parametrize("name", simulated.SLOPES)
def test_slopes_and_indices_hold(name, n, skewed):
    repeats = 600
    error = 2.6 * np.sqrt(0.05 * 0.95 / repeats)
    assert simulated.share_of(simulated.SLOPES[name][0], repeats, n, skewed) >= 0.93 - error
