import numpy as np
import pytest

from gazesim.mapping.desk import Desk, DeskSettings
from gazesim.mapping.detections import detections
from gazesim.mapping.labelling import LabellingSettings, expected_accuracy, train

KINDS = ("messages", "looks")


def labelled(found, frames):
    return np.where(np.isin(found.frame, frames), found.labels, "")


def right(labeller, found, rest):
    chosen = np.array(labeller.names)[labeller.probabilities(found).argmax(axis=1)]
    alike = np.char.endswith(found.labels, "left") | np.char.endswith(found.labels, "right")
    return (chosen == found.labels)[rest & alike].mean()


def test_message_passing_tells_look_alikes_apart_and_looks_do_not(found):
    labels = labelled(found, [0, 40, 80, 120, 160, 199])
    share = {kind: right(train(found, labels, LabellingSettings(kind=kind)), found, labels == "") for kind in KINDS}
    assert share["messages"] > 0.9
    assert 0.3 < share["looks"] < 0.7


def test_a_network_works_on_another_video(found, with_kinds):
    labels = labelled(found, [0, 40, 80, 120, 160, 199])
    other = with_kinds(Desk(DeskSettings(frames=100), 8).boxes)
    labeller = train(found, labels)
    assert right(labeller, other, np.ones(len(other), bool)) > 0.85
    table = labeller.probabilities(other)
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_probabilities_in_parts_too(found):
    labels = labelled(found, [0, 100])
    quick = LabellingSettings(steps=20)
    one, again = (train(found, labels, quick, seed=4).probabilities(found) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, train(found, labels, quick, seed=5).probabilities(found))
    first = found.rows(0)
    few = detections(found.frame[first], found.boxes[first], found.size, embedding=found.embedding[first], labels=None)
    np.testing.assert_allclose(train(found, labels, quick, seed=4).probabilities(few), one[first], atol=1e-5)


@pytest.mark.parametrize(("word", "message"), [("", "labels are none"), ("cup", "one label only, 'cup'")])
def test_one_class_is_refused(found, word, message):
    labels = np.full(len(found), "", dtype="<U9")
    labels[:3] = word
    with pytest.raises(ValueError, match=message):
        train(found, labels)


def test_looks_need_an_embedding(desk):
    bare = desk.boxes
    labels = labelled(bare, [0, 40])
    with pytest.raises(ValueError, match="no embedding and no scores"):
        train(bare, labels, LabellingSettings(kind="looks"))
    assert train(bare, labels, LabellingSettings(steps=5)).probabilities(bare).shape[1] >= 2


def test_another_embedding_is_refused(found, desk):
    labeller = train(found, labelled(found, [0, 40]), LabellingSettings(steps=2))
    with pytest.raises(ValueError, match="are 0 numbers a box, expected 8 as in training"):
        labeller.probabilities(desk.boxes)


@pytest.mark.slow
def test_expected_accuracy_is_that_of_frames_without_labels(found):
    labels = labelled(found, [0, 40, 80, 120, 160, 199])
    told = expected_accuracy(found, labels)
    assert (told.frames, told.boxes) == (6, (labels != "").sum())
    labeller = train(found, labels)
    chosen = np.array(labeller.names)[labeller.probabilities(found).argmax(axis=1)]
    assert abs(told.accuracy - (chosen == found.labels)[labels == ""].mean()) < 0.12


def test_one_labelled_frame_tells_no_accuracy(found):
    told = expected_accuracy(found, labelled(found, [0]))
    assert told.frames == 1
    assert np.isnan(told.accuracy)
