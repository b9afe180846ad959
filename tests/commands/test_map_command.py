import json

import pandas as pd
import pytest

from gazesim.cli import main
from gazesim.mapping.desk import Desk, DeskSettings
from gazesim.mapping.detections import write_detections

BOXES = "label,frame,x0,y0,x1,y1\ncup,0,0,0,40,40\ncup,4,40,0,80,40\npot,0,60,60,90,90\npot,4,60,60,90,90\n"


@pytest.fixture
def areas(tmp_path):
    (tmp_path / "areas.csv").write_text(BOXES)
    (tmp_path / "gaze.csv").write_text("frame,x,y\n0,20,20\n4,60,20\n2,75,75\n")
    return [f"boxes={tmp_path / 'areas.csv'}", "boxes_format=areas", "size=[100,100]", f"out={tmp_path / 'out'}"]


def test_areas_of_interest_that_move(tmp_path, areas):
    main(["map", *areas, f"gaze={tmp_path / 'gaze.csv'}", "px_per_degree=10", "gaze_error_deg=0"])
    table = pd.read_csv(tmp_path / "out" / "fixations.csv").sort_values("frame")
    assert table["object"].tolist() == ["cup", "pot", "cup"]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["command"] == "map"
    assert not (tmp_path / "out" / "mapped.gif").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["gaze={}/gaze.csv"], "px_per_degree is missing, expected with gaze"),
        (["label=2"], "video is missing, expected with label"),
        (["video={}"], "video or size: both are given"),
        (["labels={}/gone.csv"], "gone.csv' does not exist"),
        (["gaze_error_deg=-1"], "gaze_error_deg is -1"),
        (["example=desk"], "example and size are both given"),
    ],
)
def test_bad_input_is_one_line(tmp_path, areas, capsys, more, message):
    with pytest.raises(SystemExit) as caught:
        main(["map", *areas, *(each.format(tmp_path) for each in more)])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_nothing_given_says_what_is_needed(capsys):
    with pytest.raises(SystemExit):
        main(["map"])
    assert "boxes is missing" in capsys.readouterr().err


def test_a_round_of_labels(tmp_path, capsys):
    from PIL import Image

    desk = Desk(DeskSettings(frames=12), 3)
    (tmp_path / "video").mkdir()
    for frame in range(len(desk)):
        Image.fromarray(desk[frame]).save(tmp_path / "video" / f"{frame:03d}.png")
    write_detections(tmp_path / "boxes.csv", desk.boxes)
    common = ["map", f"video={tmp_path / 'video'}"]
    main([*common, f"boxes={tmp_path / 'boxes.csv'}", "label=2", f"out={tmp_path / 'a'}"])
    asked = pd.read_csv(tmp_path / "a" / "to_label" / "to_label.csv")
    assert asked["label"].isna().all()
    truth = dict(zip(zip(desk.boxes.frame, desk.boxes.number, strict=True), desk.boxes.labels, strict=True))
    asked["label"] = [truth[pair] for pair in zip(asked["frame"], asked["box"], strict=True)]
    asked.to_csv(tmp_path / "labels.csv", index=False)
    again = [f"boxes={tmp_path / 'a' / 'boxes.csv'}", f"labels={tmp_path / 'labels.csv'}", "label=1"]
    main([*common, *again, f"out={tmp_path / 'b'}"])
    assert f"{len(asked)} labels in 2 frames; expected right" in capsys.readouterr().out
    assert (tmp_path / "b" / "label.html").exists()
    assert len(pd.read_csv(tmp_path / "b" / "labels_of_boxes.csv")) >= len(desk.boxes)
