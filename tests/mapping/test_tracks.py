import numpy as np
import pytest

from gazesim.mapping.detections import detections
from gazesim.mapping.tracks import along_tracks, tracks, with_missed

SIZE = (100, 100)


def moving(steps, start):
    """Boxes of one thing that moves by 1 px a frame, at `steps`."""
    return [[start + step, 10, start + step + 20, 30] for step in steps]


def two_things():
    """Two things over 6 frames; the second is missed in frames 2 and 3."""
    frames = [0, 1, 2, 3, 4, 5, 0, 1, 4, 5]
    return detections(frames, moving(range(6), 0) + moving([0, 1, 4, 5], 60), SIZE)


def test_things_keep_their_track_over_gaps():
    found = two_things()
    track = tracks(found)
    left = found.boxes[:, 0] < 50
    assert len(set(track[left])) == 1
    assert len(set(track[~left])) == 1
    assert track.max() == 1


def test_what_jumps_is_another_thing():
    found = detections([0, 1], [[0, 0, 10, 10], [50, 50, 60, 60]], SIZE)
    assert tracks(found).tolist() == [0, 1]


def test_looks_decide_where_boxes_overlap_equally():
    boxes = [[0, 0, 20, 20], [10, 0, 30, 20], [5, 0, 25, 20]]
    found = detections([0, 0, 1], boxes, SIZE, embedding=[[1, 0], [0, 1], [0, 1]])
    assert tracks(found).tolist() == [0, 1, 1]


def test_tracks_of_the_desk_hold_one_thing_each(found):
    track = tracks(found)
    same = [len(set(found.labels[track == one].tolist())) == 1 for one in range(track.max() + 1)]
    assert np.mean(same) > 0.97
    assert track.max() + 1 < len(found) / 8


def test_missed_boxes_are_put_between():
    found = two_things()
    every, source = with_missed(found, tracks(found))
    assert len(every) == 12
    np.testing.assert_allclose(every.boxes[every.rows(2)][1], [62, 10, 82, 30])
    assert found.boxes[source[every.rows(2)][1], 0] == 61
    same = np.flatnonzero(np.bincount(source, minlength=len(found)) == 1)
    assert len(same) == 9


def test_the_mean_along_tracks_and_labels_of_people():
    table = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    mean = along_tracks(table, np.array([0, 0, 1]), np.array([-1, 1, -1]))
    np.testing.assert_allclose(mean, [[0.7, 0.3], [0, 1], [0.2, 0.8]])
    with pytest.raises(ValueError, match="probabilities has shape"):
        along_tracks(table, np.array([0, 0]))
