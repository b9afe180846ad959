import numpy as np
import pytest

from gazesim.mapping.detections import detections, read_detections, read_labels, write_detections, write_labels

SIZE = (100, 80)
BOXES = [[0, 0, 10, 10], [20, 20, 40, 60], [5, 5, 120, 70]]


def test_boxes_are_ordered_counted_and_cut():
    found = detections([3, 1, 3], BOXES, SIZE)
    assert found.frame.tolist() == [1, 3, 3]
    assert found.number.tolist() == [0, 0, 1]
    assert found.boxes[1].tolist() == [0, 0, 10, 10]
    assert found.boxes[2].tolist() == [5, 5, 100, 70]
    assert found.n_frames == 4
    assert found.rows(3) == slice(1, 3)
    assert found.rows(2) == slice(1, 1)
    assert found.frames.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("frame", "boxes", "more", "message"),
    [
        ([], np.zeros((0, 4)), {}, "no boxes"),
        ([0], [[5, 5, 5, 9]], {}, r"box \[5.0, 5.0, 5.0, 9.0\] of frame 0 covers nothing"),
        ([0], [[200, 5, 300, 9]], {}, "covers nothing of 100 x 80 px"),
        ([0.5], [[5, 5, 15, 9]], {}, "frame is 0.5, expected whole numbers from 0"),
        ([-1], [[5, 5, 15, 9]], {}, "frame is -1"),
        ([4], [[5, 5, 15, 9]], {"n_frames": 4}, "in frame 4, but the video has 4 frames"),
        ([4, 4], [[5, 5, 15, 9]] * 2, {"number": [1, 1]}, "box 1 of frame 4 is duplicated"),
        ([4], [[5, 5, 15, 9]], {"embedding": [[np.nan]]}, "embedding holds nan"),
        ([4], [[5, 5, 15, 9]], {"scores": {"cup": [np.inf]}}, "scores holds inf"),
    ],
)
def test_bad_boxes_are_refused_in_one_line(frame, boxes, more, message):
    with pytest.raises(ValueError, match=message) as caught:
        detections(frame, boxes, SIZE, **more)
    assert "\n" not in str(caught.value)


def test_tables_come_back(tmp_path):
    found = detections(
        [0, 0, 2],
        BOXES,
        SIZE,
        embedding=[[0.25, 1], [2, 3], [4, 5]],
        scores={"cup": [0.5, 0.25, 1]},
        labels=["cup", "", "a, b"],
        n_frames=9,
    )
    write_detections(tmp_path / "boxes.csv", found)
    back = read_detections(tmp_path / "boxes.csv", SIZE, 9)
    for name in ("frame", "number", "boxes", "embedding", "scores", "labels"):
        np.testing.assert_array_equal(getattr(back, name), getattr(found, name))
    assert back.classes == ("cup",)


def test_labels_come_back_and_empty_ones_are_skipped(tmp_path):
    found = detections([0, 0, 2], BOXES, SIZE)
    write_labels(tmp_path / "labels.csv", found, ["cup", "", "a, b"], range(3))
    assert read_labels(tmp_path / "labels.csv", found).tolist() == ["cup", "", "a, b"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0,7,cup", "row 2 labels box 7 of frame 0, which has boxes 0 to 1"),
        ("1,0,cup", "row 2 labels box 0 of frame 1, which has no boxes"),
        ("0,0,cup\n0,0,pot", "row 3 labels box 0 of frame 0 as 'pot', and as 'cup' before"),
        ("x,0,cup", "labels.csv': frame is 'x' in row 2, expected a finite number"),
    ],
)
def test_labels_of_unknown_boxes_are_refused(tmp_path, rows, message):
    found = detections([0, 0, 2], BOXES, SIZE)
    (tmp_path / "labels.csv").write_text(f"frame,box,label\n{rows}\n")
    with pytest.raises(ValueError, match=message):
        read_labels(tmp_path / "labels.csv", found)


def test_a_table_without_boxes_is_refused(tmp_path):
    (tmp_path / "boxes.csv").write_text("frame,x0,y0,x1,y1\n")
    with pytest.raises(ValueError, match=r"boxes.csv': detections have no boxes"):
        read_detections(tmp_path / "boxes.csv", SIZE)
