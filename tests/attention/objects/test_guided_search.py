"""Activation of items: what guides and what does not."""

import numpy as np
import pytest

from gazesim import load_model
from gazesim.attention.objects.guided_search import GuidedSearch, GuidedSearchSettings, features
from gazesim.stimuli import make

BLACK = np.zeros(3, np.uint8)


def bar(angle):
    picture = np.zeros((40, 40, 3), np.uint8)
    y, x = np.mgrid[:40, :40] - 19.5
    along = x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))
    across = x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    picture[(abs(along) < 14) & (abs(across) < 3)] = (200, 40, 40)
    return picture


def test_contours_of_bars():
    """A horizontal bar has its luminance change downwards: cosine of twice the angle -1, a vertical one 1."""
    flat, upright, tilted = (features(bar(angle), BLACK)[3:] for angle in (0, 90, 45))
    assert flat[0] < -0.5 < 0.5 < upright[0]
    np.testing.assert_allclose(flat, -upright, atol=0.02)
    assert abs(tilted[0]) < 0.1 < abs(tilted[1])


@pytest.mark.parametrize(
    ("paradigm", "guides"), [("colour_bars", True), ("conjunction", True), ("two_among_five", False)]
)
def test_colour_and_orientation_guide_and_form_does_not(paradigm, guides):
    settings = {"set_sizes": [8], "n_per_set_size": 2, "target": "present"}
    for trial in make(paradigm, **settings):
        active = GuidedSearch().activation(trial)
        place = int(np.abs(trial.objects - trial.target_box).sum(axis=1).argmin())
        others = np.delete(active, place)
        assert (active[place] > others.max() + 0.1) == guides
        if not guides:
            np.testing.assert_allclose(others, active[place], atol=0.01)


def test_weights_are_of_the_two_kinds():
    (trial,) = make("conjunction", set_sizes=[8], n_per_set_size=1, target="present")
    parts = [GuidedSearch(GuidedSearchSettings(a, b)).activation(trial) for a, b in ((1, 0), (0, 1), (2, 3))]
    np.testing.assert_allclose(2 * parts[0] + 3 * parts[1], parts[2])


def test_the_model_answers_and_takes_time():
    trials = make("colour_bars", set_sizes=[4], n_per_set_size=2, px_per_degree=8)
    for trial, path in zip(trials, load_model("guided_search").search(trials), strict=True):
        assert path.answer in ("present", "absent")
        assert path.duration_ms.min() > 0
        assert trial.present or path.answer == "absent"
