import csv
import json

import pytest

from gazesim import stimuli
from gazesim.image import as_image

SETTINGS = {"set_sizes": [3], "n_per_set_size": 2, "conditions": ["large"]}


@pytest.fixture
def displays():
    return stimuli.make("size", **SETTINGS)


def test_psychopy(tmp_path, displays):
    displays.write(tmp_path, "psychopy")
    with (tmp_path / "psychopy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for row, display in zip(rows, displays, strict=True):
        assert all(name.isidentifier() for name in row)
        assert (row["id"], row["condition"], row["set_size"]) == (display.id, "large", "3")
        assert row["target_present"] == str(int(display.present))
        assert as_image(tmp_path / row["image"]).shape == (360, 360, 3)
        assert as_image(tmp_path / row["target_image"]).shape == (42, 42, 3)
        sizes = [float(row[name]) for name in ("image_width", "image_height", "target_width", "target_height")]
        assert sizes == [12, 12, 1.4, 1.4]
        if not display.present:
            assert (row["target_x"], row["target_y"]) == ("", "")
            continue
        # from degrees around the centre, y up, back to px
        x, y = 180 + 30 * float(row["target_x"]), 180 - 30 * float(row["target_y"])
        x0, y0, x1, y1 = display.items.boxes[display.items.target]
        assert (x, y) == pytest.approx(((x0 + x1) / 2, (y0 + y1) / 2), abs=1e-3)


def test_jspsych(tmp_path, displays):
    displays.write(tmp_path, "jspsych")
    variables = json.loads((tmp_path / "jspsych.json").read_text())
    assert [variable["data"]["id"] for variable in variables] == [display.id for display in displays]
    assert [variable["data"]["target_present"] for variable in variables] == [1, 1, 0, 0]
    assert variables[0].keys() == {"stimulus", "target", "data"}
    assert all((tmp_path / variable[key]).is_file() for variable in variables for key in ("stimulus", "target"))
    assert variables[3]["data"]["target_x"] is None
    assert not (tmp_path / "psychopy.csv").exists()
