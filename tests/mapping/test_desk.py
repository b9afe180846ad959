from collections import Counter

import numpy as np

from gazesim.mapping.desk import LABELS, Desk, DeskSettings

SMALL = DeskSettings(frames=60)


def test_the_same_seed_gives_the_same_bytes_whatever_is_looked_at_first():
    one, other = Desk(SMALL, 3), Desk(SMALL, 3)
    last = one[59].tobytes()
    assert other[5].tobytes() == one[5].tobytes()
    assert other[59].tobytes() == last
    np.testing.assert_array_equal(one.boxes.boxes, other.boxes.boxes)
    np.testing.assert_array_equal(one.gaze()[0].xy, other.gaze()[0].xy)
    assert Desk(SMALL, 4)[5].tobytes() != one[5].tobytes()


def test_boxes_frame_what_their_labels_say():
    desk = Desk(DeskSettings(frames=30, missed=0, false=0, box_error_deg=0, turn_deg=0), 1)
    found = desk.boxes
    assert set(found.labels.tolist()) <= set(LABELS)
    for frame in (0, 29):
        own = found.rows(frame)
        place = dict(zip(found.labels[own].tolist(), found.boxes[own].mean(axis=1).tolist(), strict=True))
        middles = dict(zip(found.labels[own].tolist(), found.boxes[own][:, ::2].mean(axis=1).tolist(), strict=True))
        assert len(place) >= 4
        for pair in ("tablet", "device"):
            if {f"{pair}-left", f"{pair}-right"} <= set(middles):
                assert middles[f"{pair}-left"] < middles[f"{pair}-right"]


def test_equal_things_look_equal():
    desk = Desk(DeskSettings(frames=1, turn_deg=0, missed=0, false=0, box_error_deg=0), 2)
    found, picture = desk.boxes, desk[0]
    means = {}
    for box, label in zip(found.boxes.round().astype(int), found.labels.tolist(), strict=True):
        means.setdefault(label, picture[box[1] : box[3], box[0] : box[2]].mean(axis=(0, 1)))
    assert np.abs(means["tablet-left"] - means["tablet-right"]).max() < 8
    assert np.abs(means["tablet-left"] - means["book"]).max() > 40


def test_missed_and_false_boxes_are_as_frequent_as_asked():
    every = len(Desk(DeskSettings(frames=200, missed=0, false=0), 5).boxes)
    some = len(Desk(DeskSettings(frames=200, missed=0.25, false=0), 5).boxes)
    assert abs(some / every - 0.75) < 0.04
    assert len(Desk(DeskSettings(frames=200, missed=0, false=1), 5).boxes) > every + 150


def test_gaze_without_error_is_where_the_truth_says():
    desk = Desk(DeskSettings(frames=300, missed=0, false=0, box_error_deg=0), 0)
    gaze, truth = desk.gaze(0)
    found = desk.boxes
    for frame, xy, label in zip(gaze.frame.tolist(), gaze.xy, truth.tolist(), strict=True):
        own = found.rows(frame)
        inside = ((found.boxes[own, :2] <= xy) & (xy < found.boxes[own, 2:])).all(axis=1)
        if label != "background":
            assert label in found.labels[own][inside].tolist()
    assert Counter(truth.tolist())["background"] > 1


def test_more_error_moves_the_same_fixations_further():
    desk = Desk(SMALL, 0)
    gaze = {error: desk.gaze(error)[0].xy for error in (0, 1, 2)}
    np.testing.assert_allclose(gaze[2] - gaze[0], 2 * (gaze[1] - gaze[0]), atol=1e-9)
    assert not np.array_equal(desk.gaze(0, viewer=1)[0].xy, gaze[0])
