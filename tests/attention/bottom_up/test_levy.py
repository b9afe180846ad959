import numpy as np
import pytest

from gazesim import Trial, load_model
from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.bottom_up.levy import LevyAttention, LevySettings
from gazesim.search.policy import Policy


class Shown(Attention):
    """Attention that gives one map, whatever is seen."""

    def __init__(self, saliency):
        self.saliency = np.asarray(saliency, np.float64)

    def attend(self, glances):
        return [Priority(self.saliency)] * len(glances)


def log_density(saliency, fixation, px_per_degree=2.0, **settings):
    trial = Trial(np.zeros((*np.shape(saliency), 3), np.uint8), px_per_degree=px_per_degree)
    glance = Glance(trial, trial.image, np.array(fixation, float))
    return LevyAttention(Shown(saliency), LevySettings(**settings)).attend([glance])[0].map


def test_without_saliency_it_is_the_cauchy_flight():
    found = log_density(np.full((9, 21), 0.3), (4, 4), jump_deg=3.0)
    # 2 px are a degree: lengths of 1 and 8 degrees, each spread over its circle
    expected = (9 + 8**2) * 8 / ((9 + 1**2) * 1)
    assert np.exp(found[4, 6] - found[4, 20]) == pytest.approx(expected)
    assert found[2, 4] == found[4, 2] == found[6, 4] == found[4, 6]


def test_half_of_the_jumps_are_longer_than_the_scale():
    found = np.exp(log_density(np.zeros((801, 801)), (400, 400), px_per_degree=10.0, jump_deg=10.0))
    from_eye = np.hypot(*(np.indices((801, 801)) - 400))
    within = [np.nansum(found[from_eye < radius]) for radius in (100, 400)]
    # of a Cauchy distribution cut at four times its scale; the px where the eye is takes some of the short ones
    assert within[0] / within[1] == pytest.approx(np.arctan(1) / np.arctan(4), abs=0.005)


def test_equally_distant_places_differ_by_their_acceptance():
    saliency = np.full((5, 5), 0.5)
    saliency[2, 0], saliency[2, 4], saliency[0, 2] = 0.1, 0.9, 0.2
    found = log_density(saliency, (2, 2), tau=2.0, acceptance=0.3)
    here, low, lower = np.exp(-2 * np.array([0.5, 0.2, 0.1]))
    assert found[0, 2] - found[2, 0] == pytest.approx((lower - low) / 0.3)
    assert found[4, 2] - found[2, 0] == pytest.approx((lower - here) / 0.3)
    assert found[2, 4] == found[4, 2]  # what is no worse is accepted in any case
    assert np.argwhere(np.isnan(found)).tolist() == [[2, 2]]


def metropolis(saliency, start, n, random, settings, px_per_degree=2.0):
    """Propose and accept until the eye has moved, n times from `start`; the places as counts (H, W)."""
    height, width = saliency.shape
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    length = np.hypot(x - start[0], y - start[1]) / px_per_degree
    with np.errstate(divide="ignore"):
        proposal = np.where(length > 0, 1 / (length * (settings.jump_deg**2 + length**2)), 0)
    potential = np.exp(-settings.tau * saliency).ravel()
    now = potential[start[1] * width + start[0]]
    counts = np.zeros(height * width)
    while n:
        to = random.choice(height * width, n, p=proposal / proposal.sum())
        kept = to[random.random(n) < np.exp(-(potential[to] - now) / settings.acceptance)]
        np.add.at(counts, kept, 1)
        n -= len(kept)
    return counts.reshape(height, width)


def test_the_policy_draws_what_metropolis_reaches():
    random, settings, n = np.random.default_rng(0), LevySettings(jump_deg=1.0), 20_000
    saliency, start = random.random((4, 5)), (1, 2)
    density = log_density(saliency, start, jump_deg=1.0)
    drawn = np.zeros_like(density)
    for _ in range(n):
        x, y = Policy(temperature=1.0).choose(density, np.ones((4, 5), bool), random)
        drawn[y, x] += 1
    chain = metropolis(saliency, start, n, random, settings)
    assert drawn[2, 1] == chain[2, 1] == 0
    moved = chain > 0
    # two samples of the same distribution: chi square of 18 degrees of freedom, below 42.3 with p = 0.999
    assert moved.sum() == 19
    assert ((drawn - chain)[moved] ** 2 / (drawn + chain)[moved]).sum() < 42.3


def test_the_model_samples_without_inhibition(noise):
    trial, model = Trial(noise(60, 80), px_per_degree=8, id="a"), load_model("cle")
    first, again, other = (model.search(trial, max_fixations=8, seed=seed).xy for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (np.abs(np.diff(first, axis=0)).sum(axis=1) > 0).all()
    assert np.isnan(model.priority(trial, [(3, 4), (10.4, 20.6)])).sum() == 1
    trials = [trial, Trial(noise(50, 40, 1), px_per_degree=8, id="b")]
    paths = [model.search(trials, max_fixations=5, batch_size=size) for size in (1, 2)]
    for one, two in zip(*paths, strict=True):
        np.testing.assert_array_equal(one.xy, two.xy)


def test_it_stays_where_something_stands_out():
    display = np.full((120, 160, 3), 128, np.uint8)
    display[20:40, 120:140] = 255, 0, 0
    trial, share = Trial(display, px_per_degree=10), {}
    for acceptance in (0.01, 100.0):
        density = np.exp(load_model("cle", acceptance=acceptance).priority(trial, [(130, 30)]))
        share[acceptance] = np.nansum(density[20:40, 120:140]) / np.nansum(density)
    assert share[0.01] > 2 * share[100.0]


def test_a_display_of_one_px_ends_the_search():
    assert len(load_model("cle").search(Trial(np.zeros((1, 1, 3), np.uint8), px_per_degree=1))) == 1


@pytest.mark.parametrize("setting", ["jump_deg", "tau", "acceptance"])
@pytest.mark.parametrize("value", [0, -1.0, np.inf, "a"])
def test_bad_settings_are_named(setting, value):
    with pytest.raises(ValueError, match=f"^{setting} is {value!r}, expected a finite number above 0"):
        load_model("cle", **{setting: value})
