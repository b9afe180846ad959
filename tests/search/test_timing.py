"""Times of fixations and answers: means and deviations against those of the distributions."""

import numpy as np
import pytest

from gazesim.scanpath import Scanpath
from gazesim.search.timing import Timing

PATH = Scanpath(np.zeros((4, 2)))
RANDOM = np.random.default_rng


def test_no_times_unless_asked():
    assert Timing().timed(PATH, RANDOM(0)) is PATH


def test_constant_times_add_up():
    timing = Timing("constant", duration_ms=200, duration_rise=0.1, saccade_ms=40, nonsearch_spread=0)
    path = timing.timed(PATH, RANDOM(0))
    assert path.duration_ms.tolist() == pytest.approx([200, 220, 240, 260])
    assert path.onset_ms.tolist() == pytest.approx([0, 240, 500, 780])
    assert timing.response_ms(path, RANDOM(0)) == pytest.approx(780 + 260 + 350)


@pytest.mark.parametrize("durations", ["gamma", "wald"])
def test_mean_spread_and_skew(durations):
    """A gamma distribution has twice its coefficient of variation as skewness, a Wald distribution three times."""
    timing = Timing(durations, duration_ms=250, duration_spread=0.5)
    drawn = timing.timed(Scanpath(np.zeros((200_000, 2))), RANDOM(0)).duration_ms
    assert drawn.mean() == pytest.approx(250, rel=0.01)
    assert drawn.std() == pytest.approx(125, rel=0.02)
    skew = np.mean(((drawn - drawn.mean()) / drawn.std()) ** 3)
    assert skew == pytest.approx({"gamma": 1.0, "wald": 1.5}[durations], rel=0.06)


def test_the_time_around_the_search_is_spread():
    timing = Timing("constant", nonsearch_ms=400, nonsearch_spread=0.3)
    path, random = timing.timed(PATH, RANDOM(0)), RANDOM(1)
    drawn = np.array([timing.response_ms(path, random) for _ in range(5000)]) - path.onset_ms[-1] - 220
    assert drawn.mean() == pytest.approx(400, rel=0.02)
    assert drawn.std() == pytest.approx(120, rel=0.05)


def test_settings_are_checked():
    with pytest.raises(ValueError, match=r"^durations is 'normal', expected one of 'constant', 'gamma', 'wald', None"):
        Timing("normal")
    with pytest.raises(ValueError, match=r"^duration_spread is 0, expected a finite number above 0"):
        Timing(duration_spread=0)
