import json

import numpy as np
import pytest

import gazesim
from gazesim.scoring.visions import correlation_shares, cut_at_target, found_area, merged, next_fixation


def test_their_formula_on_ten_found_trials(data):
    """Their curve: at each number of fixations, the share found in as many or fewer; trapezoids over 0 to 1."""
    root = data / "natural_design"
    if not root.is_dir():
        pytest.skip("natural_design is not in the data")
    people = json.loads(sorted((root / "human_scanpaths").glob("*.json"))[0].read_text())
    found = [path for path in people.values() if path["target_found"]][:10]
    assert len(found) == 10
    curve = [np.mean([len(path["X"]) <= k for path in found]) for k in range(1, 26)]
    theirs = np.trapezoid(curve, np.linspace(0, 1, 25))
    assert np.mean([found_area(len(path["X"]), True, 25) for path in found]) == pytest.approx(theirs)
    for path in found:
        y0, x0, y1, x1 = path["target_bbox"]
        xy, hit = cut_at_target(np.column_stack([path["X"], path["Y"]]), np.array([[x0, y0, x1, y1]]), 45)
        assert hit
        assert len(xy) == len(path["X"])


@pytest.mark.slow
def test_people_of_the_set_are_at_the_published_value(data):
    root = data / "natural_design"
    if not root.is_dir():
        pytest.skip("natural_design is not in the data")
    own = gazesim.load_dataset("visions_unrestricted", root)
    model = {"first": [path for path in own.scanpaths if path.observer == own.observers[0]]}
    summary = gazesim.score(model, own, "visions").summary
    row = summary[(summary["model"] == "people") & (summary["part"] == "AUCperf")]
    assert row["value"].item() == pytest.approx(0.527, abs=0.001)


def test_near_fixations_are_merged_in_order():
    path = np.array([[0.0, 0.0], [10, 4], [14, 2], [60, 2], [100, 90]])
    np.testing.assert_array_equal(merged(path, 30), [[9.5, 2], [60, 2], [100, 90]])
    np.testing.assert_array_equal(merged(path, 8), path)


def test_the_window_finds_the_target_at_its_border():
    box, path = np.array([[100.0, 50, 120, 70]]), np.array([[0.0, 0], [78, 60], [110, 60]])
    assert [len(cut_at_target(path, box, window)[0]) for window in (44, 45, 43)] == [2, 2, 3]
    assert cut_at_target(path[:1], box, 45) == (pytest.approx(path[:1]), False)


def test_the_shares_of_a_correlation_have_it_as_their_mean():
    x, y = np.random.default_rng(0).normal(size=(2, 30))
    a, b = ({str(i): v for i, v in enumerate(values)} for values in (x, x + y))
    shares = correlation_shares({**a, "none": np.nan}, {**b, "none": 1.0})
    assert np.mean(list(shares.values())) == pytest.approx(np.corrcoef(x, x + y)[0, 1])
    assert "none" not in shares


def test_the_next_fixation_by_hand():
    priority, bias = np.array([[1.0, 2, 3, 4]]), np.full((1, 4), 0.25)
    area, z, gain, bits = next_fixation(priority, bias, np.array([2, 0]))
    assert (area, z) == (pytest.approx(0.625), pytest.approx(0.5 / np.std([1, 2, 3, 4])))
    assert gain == pytest.approx(np.log2(0.3 / 0.25))
    assert bits == pytest.approx(gain)
    assert next_fixation(priority, bias, np.array([0, 0]))[1] == 0  # below the mean counts as 0
