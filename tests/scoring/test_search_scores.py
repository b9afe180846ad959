import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim import Scanpath
from gazesim.metrics import METRICS, cumulative_performance, tfp_auc, visions_area
from gazesim.scoring.search_scores import first_on_target, search_curves, search_score
from gazesim.trial import Trial

BOXES = Trial(id="s", width=100, height=100, target_boxes=np.array([[80, 80, 90, 90], [40, 40, 60, 60]]))
POINT = Trial(id="s", width=100, height=100, target_centre=np.array([60.0, 0.0]))


def ratio(trial, path):
    return search_score(METRICS["scanpath_ratio"], trial, path, 9)


def path(*xy, found=None):
    return Scanpath(np.array(xy, float), found=found)


def test_first_fixation_on_any_of_several_targets():
    assert first_on_target(BOXES, path([0, 0], [50, 50], [85, 85])) == 2
    assert first_on_target(BOXES, path([0, 0], [10, 50])) == np.inf
    assert np.isnan(first_on_target(BOXES, None))


def test_without_a_box_the_end_of_a_scanpath_that_found_counts():
    assert first_on_target(POINT, path([0, 0], [30, 40], [60, 0], found=True)) == 3
    assert first_on_target(POINT, path([0, 0], [30, 40], found=False)) == np.inf
    assert np.isnan(first_on_target(POINT, path([0, 0], [30, 40])))


def test_scanpath_ratio():
    assert ratio(POINT, path([0, 0], [30, 40], [60, 0], found=True)) == pytest.approx(0.6)
    assert np.isnan(ratio(POINT, path([0, 0], [30, 40], found=False)))
    assert ratio(BOXES, path([20, 50], [50, 90], [50, 50], [0, 0])) == pytest.approx(30 / 90)


@given(st.lists(st.integers(1, 9) | st.just(np.inf), min_size=1, max_size=20), st.integers(2, 8))
def test_mean_over_searches_is_the_area_under_the_mean_curve(numbers, longest):
    trial = Trial(id="s", width=9, height=9, target_centre=np.zeros(2))
    paths = [
        Scanpath(np.zeros((int(n), 2)), found=True) if np.isfinite(n) else Scanpath(np.zeros((1, 2)), found=False)
        for n in numbers
    ]
    curve = cumulative_performance(numbers, longest)
    for name, area in (("tfp_auc", tfp_auc), ("visions_area", visions_area)):
        scores = [search_score(METRICS[name], trial, path, longest) for path in paths]
        assert np.mean(scores) == pytest.approx(area(curve))


def test_curves_count_failures_and_leave_out_what_nobody_knows():
    class At:
        trial = POINT

    found = {
        "m": {
            ("", "a"): (At, path([0, 0], found=True)),
            ("", "b"): (At, path([0, 0], [1, 1], found=False)),
            ("", "c"): (At, path([0, 0])),
            ("", "d"): (At, path([0, 0], [1, 1], found=False)),
            ("", "e"): (At, path([0, 0], found=True)),
        }
    }
    curves = search_curves(found, 3)
    assert curves["found"].tolist() == [0.5, 0.5, 0.5]
    assert ((curves["low"] > 0) & (curves["low"] < 0.5) & (curves["high"] > 0.5) & (curves["high"] < 1)).all()
