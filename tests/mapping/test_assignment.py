import numpy as np
import pytest

from gazesim.mapping.assignment import assign, calibration_curve, densities, point_in_box
from gazesim.mapping.detections import detections
from gazesim.mapping.gaze import gaze_table

SIZE = (200, 100)
DEG = {"px_per_degree": 10.0}


def gaze_at(*places, frame=0):
    n = len(places)
    return gaze_table([frame] * n, places, np.arange(n) * 100.0, [100.0] * n)


def two_boxes():
    """A cup at the left, a pot at the right."""
    return detections([0, 0], [[20, 20, 60, 80], [120, 20, 180, 80]], SIZE), np.eye(2), ("cup", "pot")


def test_without_error_it_is_the_box_that_holds_the_gaze():
    found, table, names = two_boxes()
    result = assign(gaze_at([40, 50], [150, 50], [90, 50]), found, table, names, gaze_error_deg=0, **DEG)
    assert result.names == ("cup", "pot", "background")
    assert result.likeliest.tolist() == ["cup", "pot", "background"]
    assert result.probabilities[2, 2] == 1


def test_the_share_of_a_box_is_the_gaussian_within_it_by_its_area():
    found, *_ = two_boxes()
    gaze, boxes = gaze_at([70, 50]), np.array([[0, 1]])
    counted = densities(gaze, found, boxes, 10.0)[0]
    drawn = np.random.default_rng(0).normal([70, 50], 10, (400_000, 2))
    for column, (x0, y0, x1, y1) in enumerate([*found.boxes, (0, 0, *SIZE)]):
        inside = ((drawn >= [x0, y0]) & (drawn < [x1, y1])).all(axis=1).mean()
        assert counted[column] == pytest.approx(inside / ((x1 - x0) * (y1 - y0)), abs=2e-6)


def test_bayes_by_simulation():
    """Simulated looks, elsewhere with .3: how often each box was it, given where the gaze was measured."""
    random = np.random.default_rng(1)
    boxes = np.array([[20, 20, 60, 80], [50, 30, 110, 60], [0, 0, 200, 100]], np.float64)
    n = 400_000
    on = random.choice(3, n, p=[0.35, 0.35, 0.3])
    places = random.uniform(size=(n, 2)) * (boxes[on, 2:] - boxes[on, :2]) + boxes[on, :2]
    near = np.linalg.norm(places + random.normal(0, 10, (n, 2)) - [58, 50], axis=1) < 3
    simulated = np.bincount(on[near], minlength=3) / near.sum()
    found = detections([0, 0], boxes[:2], SIZE)
    result = assign(gaze_at([58, 50]), found, np.eye(2), ("cup", "pot"), elsewhere=0.3, **DEG)
    np.testing.assert_allclose(result.probabilities[0], simulated, atol=0.03)


def test_gaze_between_boxes_is_shared_and_the_error_decides_how_far():
    found = detections([0, 0], [[20, 20, 80, 80], [80, 20, 140, 80]], SIZE)
    table, names = np.eye(2), ("cup", "pot")
    even = assign(gaze_at([80, 50]), found, table, names, elsewhere=0.1, **DEG).probabilities[0]
    assert even[0] == pytest.approx(even[1])
    near = [
        assign(gaze_at([76, 50]), found, table, names, gaze_error_deg=error, elsewhere=0.1, **DEG).probabilities[0, 0]
        for error in (0, 0.5, 1, 2)
    ]
    assert near == sorted(near, reverse=True)


def test_the_smaller_of_overlapping_boxes_gets_more():
    found = detections([0, 0], [[0, 0, 150, 100], [50, 40, 70, 60]], SIZE)
    result = assign(gaze_at([60, 50]), found, np.eye(2), ("table", "pen"), **DEG).probabilities[0]
    assert result[1] > 0.8


def test_uncertain_labels_pass_on():
    found, _, names = two_boxes()
    result = assign(gaze_at([40, 50]), found, [[0.6, 0.4], [0, 1]], names, gaze_error_deg=0, **DEG)
    assert result.probabilities[0, 0] / result.probabilities[0, 1] == pytest.approx(1.5)


def test_background_boxes_and_no_box_add_up():
    found, table, _ = two_boxes()
    result = assign(gaze_at([40, 50], [90, 5]), found, table, ("background", "pot"), **DEG)
    assert result.names == ("background", "pot")
    assert result.probabilities[:, 0].min() > 0.99


def test_frames_without_boxes():
    found, table, names = two_boxes()
    found = detections(found.frame, found.boxes, SIZE, n_frames=5)
    with pytest.raises(ValueError, match=r"1 of 1 rows of gaze lie in frames without boxes, the first in frame 3"):
        assign(gaze_at([40, 50], frame=3), found, table, names, **DEG)
    result = assign(gaze_at([40, 50], frame=3), found, table, names, empty="background", **DEG)
    assert result.likeliest.tolist() == ["background"]
    with pytest.raises(ValueError, match=r"beyond the video, the first in frame 9, expected 0 to 4"):
        assign(gaze_at([40, 50], frame=9), found, table, names, **DEG)


def test_gaze_far_outside_is_background():
    found, table, names = two_boxes()
    assert assign(gaze_at([9000, 50]), found, table, names, **DEG).likeliest.tolist() == ["background"]


def test_the_share_elsewhere_is_found():
    random = np.random.default_rng(2)
    found, table, names = two_boxes()
    boxes = np.vstack([found.boxes, [[0, 0, *SIZE]]])
    on = random.choice(3, 3000, p=[0.3, 0.3, 0.4])
    places = random.uniform(size=(3000, 2)) * (boxes[on, 2:] - boxes[on, :2]) + boxes[on, :2]
    result = assign(gaze_at(*(places + random.normal(0, 10, (3000, 2)))), found, table, names, **DEG)
    assert result.elsewhere == pytest.approx(0.4, abs=0.04)
    curve, error = calibration_curve(result.probabilities.max(axis=1), result.probabilities.argmax(axis=1) == on)
    assert error < 0.03
    assert curve[:, 2].sum() == 3000


@pytest.mark.parametrize(
    ("table", "more", "message"),
    [
        ([[0.5, 0.4], [0, 1]], {}, "probabilities are none"),
        ([[1, 0]], {}, r"probabilities has shape \(1, 2\), expected \(2, 2\)"),
        (np.eye(2), {"gaze_error_deg": -1}, "gaze_error_deg is -1"),
        (np.eye(2), {"px_per_degree": 0}, "px_per_degree is 0"),
        (np.eye(2), {"elsewhere": 2}, "elsewhere is 2, expected 0 to 1"),
        (np.eye(2), {"empty": "skip"}, "empty is 'skip'"),
    ],
)
def test_bad_input_is_one_line(table, more, message):
    found, _, names = two_boxes()
    with pytest.raises(ValueError, match=message):
        assign(gaze_at([40, 50]), found, table, names, **{**DEG, **more})


def test_point_in_box_takes_the_smallest():
    found = detections([0, 0], [[0, 0, 150, 100], [50, 40, 70, 60]], SIZE)
    gaze = gaze_at([60, 50], [10, 10], [190, 10])
    assert point_in_box(gaze, found, ["table", "pen"]).tolist() == ["pen", "table", "background"]


def test_the_calibration_error_of_what_is_never_right():
    curve, error = calibration_curve([0.95, 0.95], [False, False])
    assert error == pytest.approx(0.95)
    assert np.isnan(curve[0, 0])
