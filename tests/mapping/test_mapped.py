import numpy as np
import pandas as pd
import pytest

from gazesim.mapping.labelling import LabellingSettings
from gazesim.mapping.mapped import classes_as_scores, label_boxes, map_gaze, write_labelled, write_mapped


@pytest.fixture(scope="module")
def boxes(found):
    labels = np.where(np.isin(found.frame, [0, 40, 80, 120, 160, 199]), found.labels, "")
    return label_boxes(found, labels)


def test_missed_boxes_get_the_label_of_their_track(found, boxes):
    assert len(boxes.found) > len(found)
    assert len(boxes.probabilities) == len(boxes.track) == len(boxes.found)
    assert (boxes.likeliest == boxes.found.labels).mean() > 0.95


def test_areas_of_interest_are_taken_as_they_are(found):
    certain = label_boxes(found, found.labels)
    assert certain.found is found
    np.testing.assert_array_equal(certain.likeliest, found.labels)
    assert set(np.unique(certain.probabilities)) == {0, 1}


def test_classes_become_scores(found):
    told = classes_as_scores(found)
    assert told.classes == tuple(sorted(set(found.labels.tolist())))
    np.testing.assert_array_equal(np.array(told.classes)[told.scores.argmax(axis=1)], found.labels)
    assert set(told.labels.tolist()) == {""}
    labels = np.where(found.frame < 3, found.labels, "")
    assert label_boxes(told, labels, LabellingSettings(steps=5)).names


def test_all_files_agree(tmp_path, desk, boxes):
    gaze, truth = desk.gaze()
    mapped = map_gaze(boxes, gaze, px_per_degree=10)
    files = write_mapped(tmp_path, mapped, video=desk, gif_frames=3)
    assert {file.name for file in files} == {
        *(f"{name}.csv" for name in ("fixations", "dwell", "transitions", "time_course")),
        *(f"{name}.{kind}" for name in ("timeline", "transitions") for kind in ("png", "pdf")),
        "mapped.gif",
    }
    assert all(file.stat().st_size for file in files)
    fixations, dwell = pd.read_csv(tmp_path / "fixations.csv"), pd.read_csv(tmp_path / "dwell.csv")
    np.testing.assert_allclose(fixations.filter(like="p_").sum(axis=1), 1, atol=1e-4)
    assert dwell["dwell_ms"].sum() == pytest.approx(gaze.duration_ms.sum(), rel=1e-4)
    for name, time in zip(dwell["object"], dwell["dwell_ms"], strict=True):
        assert (fixations[f"p_{name}"] * fixations["duration_ms"]).sum() == pytest.approx(time, rel=1e-3, abs=1e-3)
    assert (fixations["object"] == truth).mean() > 0.75


def test_the_same_seed_gives_the_same_bytes(tmp_path, desk, boxes):
    gaze, _ = desk.gaze()
    for name in ("a", "b"):
        write_mapped(tmp_path / name, map_gaze(boxes, gaze, px_per_degree=10), video=None)
        write_labelled(tmp_path / name / "boxes.csv", boxes)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    table = pd.read_csv(tmp_path / "a" / "boxes.csv")
    assert list(table) == ["frame", "box", "x0", "y0", "x1", "y1", "track", "label", "probability"]
