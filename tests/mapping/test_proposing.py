import numpy as np
import pytest

from gazesim.mapping.detections import detections
from gazesim.mapping.proposing import propose_frames

SIZE = (100, 100)


def frames_with(*counts):
    frame = np.repeat(np.arange(len(counts)), counts)
    low = np.random.default_rng(0).uniform(0, 60, (len(frame), 2))
    return detections(frame, np.hstack([low, low + 20]), SIZE)


def test_the_first_frame_has_most_boxes():
    assert propose_frames(frames_with(2, 5, 3, 4), 1) == [1]


def test_proposals_are_different_frames_without_labels():
    found = frames_with(*[4] * 20)
    labels = np.where(found.frame < 3, "cup", "")
    proposed = propose_frames(found, 10, labels=labels)
    assert len(set(proposed)) == 10
    assert min(proposed) >= 3


def test_the_uncertain_frame_comes_first():
    found = frames_with(*[4] * 20)
    table = np.where((found.frame == 7)[:, None], [0.5, 0.5], [0.999, 0.001])
    labels = np.where(found.frame == 0, "cup", "")
    assert propose_frames(found, 2, probabilities=table, labels=labels)[0] == 7


def test_of_equally_uncertain_frames_the_unlike_one_comes_first():
    boxes = [[10, 10, 20, 20]] * 5 + [[70, 70, 95, 95]]
    found = detections(range(6), boxes, SIZE)
    labels = np.where(found.frame == 0, "cup", "")
    assert propose_frames(found, 1, probabilities=np.full((6, 2), 0.5), labels=labels) == [5]


def test_more_frames_than_there_are():
    with pytest.raises(ValueError, match="2 frames have boxes and no label, 3 were asked for"):
        propose_frames(frames_with(1, 1), 3)
