import json

import pytest

from gazesim.mapping.annotations import read_boxes

SIZE = (200, 100)
COCO = {
    "images": [{"id": 5, "file_name": "a/frame_0011.png"}, {"id": 6, "file_name": "a/frame_0010.png"}],
    "categories": [{"id": 1, "name": "cup"}],
    "annotations": [
        {"image_id": 5, "category_id": 1, "bbox": [10, 20, 30, 40], "score": 0.75},
        {"image_id": 6, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.5},
    ],
}
CVAT = """<annotations><track id="0" label="cup">
<box frame="0" outside="0" xtl="1" ytl="2" xbr="30" ybr="40"/>
<box frame="1" outside="1" xtl="1" ytl="2" xbr="30" ybr="40"/></track>
<image id="2" name="x.png"><box label="pot" xtl="5" ytl="6" xbr="50" ybr="60"/></image></annotations>"""


def test_coco(tmp_path):
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps(COCO))
    found = read_boxes(file, SIZE)
    assert found.frame.tolist() == [0, 1]
    assert found.boxes[1].tolist() == [10, 20, 40, 60]
    assert found.labels.tolist() == ["cup", "cup"]
    assert found.scores[:, 0].tolist() == [0.5, 0.75]


def test_cvat_of_videos_and_images(tmp_path):
    file = tmp_path / "boxes.xml"
    file.write_text(CVAT)
    found = read_boxes(file, SIZE, n_frames=9)
    assert found.frame.tolist() == [0, 2]
    assert found.labels.tolist() == ["cup", "pot"]
    assert found.boxes[1].tolist() == [5, 6, 50, 60]


def test_yolo(tmp_path):
    (tmp_path / "img_100.txt").write_text("0 0.5 0.5 0.1 0.2\n\n1 0.25 0.5 0.1 0.2\n")
    (tmp_path / "img_102.txt").write_text("1 0.5 0.5 0.1 0.2\n")
    (tmp_path / "classes.txt").write_text("cup\npot\n")
    found = read_boxes(tmp_path, SIZE)
    assert found.frame.tolist() == [0, 0, 2]
    assert found.boxes[0].tolist() == pytest.approx([90, 40, 110, 60])
    assert found.labels.tolist() == ["cup", "pot", "pot"]
    assert read_boxes(tmp_path, SIZE, names=["x", "y"]).labels.tolist() == ["x", "y", "y"]


def test_areas_move_between_key_frames(tmp_path):
    file = tmp_path / "areas.csv"
    file.write_text("label,frame,x0,y0,x1,y1\ncup,0,0,0,10,10\ncup,4,40,0,50,10\npot,2,60,60,70,70\n")
    found = read_boxes(file, SIZE, form="areas")
    assert found.frame.tolist() == [0, 1, 2, 2, 3, 4]
    assert found.boxes[found.labels == "cup"][:, 0].tolist() == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(
    ("name", "text", "form", "message"),
    [
        ("a.json", "{", None, "is no JSON"),
        ("a.json", "[]", None, "is no COCO file"),
        ("a.json", json.dumps({**COCO, "annotations": []}), None, "no boxes"),
        ("a.json", json.dumps({**COCO, "annotations": [{"image_id": 5}]}), None, "are no COCO file: KeyError 'bbox'"),
        ("a.json", json.dumps({**COCO, "images": [{"id": 5, "file_name": "a.png"}]}), None, "have no numbers"),
        ("a.xml", "<a>", None, "is no XML"),
        ("a.xml", "<a/>", None, "is no CVAT file, its first tag is 'a'"),
        ("a.txt", "x", None, "the suffix says no format"),
        ("a.csv", "label,frame,x0,y0,x1,y1\ncup,0,0,0,1,1\ncup,0,0,0,1,1\n", "areas", "one is duplicated"),
        ("a.csv", "label,frame,x0,y0,x1,y1\n,0,0,0,1,1\n", "areas", "row 2 has no label"),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, name, text, form, message):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_boxes(file, SIZE, form=form)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_line_of_yolo_is_named(tmp_path):
    (tmp_path / "img_1.txt").write_text("0 0.5 0.5\n")
    with pytest.raises(ValueError, match=r"img_1.txt row 1 is '0 0.5 0.5', expected class x y width height"):
        read_boxes(tmp_path, SIZE)
    with pytest.raises(FileNotFoundError, match=r"gone.json' does not exist"):
        read_boxes(tmp_path / "gone.json", SIZE)
