import os

import numpy as np
import pytest
from PIL import Image

from gazesim import stimuli
from gazesim.table import read_rows
from gazesim.trial_table import read_trials

SMALL = {"set_sizes": [1, 4], "n_per_set_size": 2}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def displays():
    return stimuli.make("size", **SMALL)


def test_making_touches_no_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(list(stimuli.make("curvature", n_per_set_size=1))) == 6
    assert os.listdir(tmp_path) == []


def test_the_files_of_a_set(tmp_path, displays):
    assert displays.write(tmp_path / "new" / "set") == tmp_path / "new" / "set" / "trials.csv"
    folders = ("images", "targets", "objects", "masks", "items")
    endings = dict.fromkeys(folders, "png") | {"objects": "csv", "items": "csv"}
    numbered = {f"{folder}/{n:02d}.{endings[folder]}" for folder in folders for n in range(16)}
    assert contents(tmp_path / "new" / "set").keys() == numbered | {"trials.csv", "set.yaml", "contact_sheet.png"}
    assert (tmp_path / "new" / "set" / "set.yaml").read_text() == (
        'paradigm: "size"\n'
        'conditions: ["large", "small"]\n'
        "set_sizes: [1, 4]\n"
        "n_per_set_size: 2\n"
        'target: "both"\n'
        "seed: 0\n"
        'rendering: "smooth"\n'
        "px_per_degree: 30.0\n"
        "display_deg: 12.0\n"
        "item_deg: 1.4\n"
        'placement: "grid"\n'
        "grid: [6, 6]\n"
        "difference: 1.5\n"
        "lab: [85, 0, 0]\n"
        "background_lab: [25, 0, 0]\n"
    )


def test_the_folder_reads_as_trials(tmp_path, displays):
    for read, made in zip(read_trials(displays.write(tmp_path)), displays, strict=True):
        assert (read.id, read.px_per_degree) == (made.id, made.px_per_degree)
        assert (read.condition, read.present, read.set_size) == (made.condition, made.present, made.set_size)
        for name in ("image", "target", "target_box", "objects", "background"):
            np.testing.assert_array_equal(getattr(read, name), getattr(made, name), strict=True)


def test_the_tables_say_what_is_shown(tmp_path, displays):
    rows = read_rows(displays.write(tmp_path)).values()
    for row, display in zip(rows, displays, strict=True):
        assert row["condition"] == display.condition
        assert (int(row["set_size"]), row["present"]) == (display.set_size, str(int(display.present)))
        assert (int(row["index"]), int(row["seed"])) == (display.items.index, display.items.seed)
        assert row["target_item"] == ("" if display.items.target is None else str(display.items.target))
        items = list(read_rows(tmp_path / row["items"]).values())
        boxes = [[float(item[name]) for name in ("x0", "y0", "x1", "y1")] for item in items]
        np.testing.assert_array_equal(boxes, display.items.boxes)
        assert [item["look"] for item in items] == list(display.items.looks)
        kinds = [item["kind"] for item in items]
        assert kinds.count("target") == display.present
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / row["mask"])), display.items.map)


@pytest.mark.parametrize("settings", [SMALL, {**SMALL, "placement": "random", "target": "absent"}])
def test_the_same_recipe_gives_the_same_bytes(tmp_path, settings):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        stimuli.make("rotated_t", **settings, seed=seed).write(tmp_path / name, "jspsych")
    first, same, other = (contents(tmp_path / name) for name in "abc")
    assert first == same
    changed = {file for file in first if first[file] != other[file]}
    assert changed >= {"set.yaml", "trials.csv", "contact_sheet.png", *(file for file in first if "images/" in file)}


def test_writing_again_is_no_mistake(tmp_path, displays):
    displays.write(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "images" / "03.png").unlink()
    displays.write(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 1}, "holds a set with seed: 0, asked was seed: 1; choose another out$"),
        ({"n_per_set_size": 3}, "holds a set with n_per_set_size: 2, asked was n_per_set_size: 3; choose another out$"),
        ({"difference": 2}, "holds a set with difference: 1.5, asked was difference: 2.0; choose another out$"),
    ],
)
def test_sets_are_not_mixed(tmp_path, displays, other, message):
    displays.write(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=message):
        stimuli.make("size", **{**SMALL, **other}).write(tmp_path)
    with pytest.raises(ValueError, match='holds a set with paradigm: "size", asked was paradigm: "landolt"'):
        stimuli.make("landolt", **SMALL).write(tmp_path)
    assert contents(tmp_path) == before


def test_other_folders_are_left_alone(tmp_path, displays):
    (tmp_path / "trials.csv").write_text("image\n")
    with pytest.raises(ValueError, match=r"holds other trials; choose another out$"):
        displays.write(tmp_path)
    (tmp_path / "set.yaml").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"set.yaml is not the recipe of a set; choose another out$"):
        displays.write(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"^output folder '.*file' cannot be written: a file is in the way$"):
        displays.write(tmp_path / "file")
    with pytest.raises(ValueError, match=r"^export is 'opensesame', expected one of None, 'psychopy', 'jspsych'$"):
        displays.write(tmp_path / "new", export="opensesame")
    assert not (tmp_path / "new").exists()


def test_samples_show_every_kind(displays):
    kinds = [(display.condition, display.set_size, display.present) for display in displays.samples()]
    assert len(set(kinds)) == len(kinds) == 8
    assert set(kinds) == {(display.condition, display.set_size, display.present) for display in displays}
    assert repr(displays) == "StimulusSet(size, 16 displays)"
