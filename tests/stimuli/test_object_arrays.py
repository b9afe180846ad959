import csv

import numpy as np
import pytest
from PIL import Image

from gazesim import stimuli
from gazesim.trial_table import read_trials


@pytest.fixture
def folder(tmp_path, noise):
    """Seven pictures of different shapes and colours, and what a computer leaves behind."""
    path = tmp_path / "objects"
    path.mkdir()
    for number in range(7):
        picture = noise(30 + 10 * number, 60, number) // 2 + np.uint8(17 * number)
        Image.fromarray(picture).save(path / f"{number}.png")
    (path / ".DS_Store").write_bytes(b"x")
    (path / "more").mkdir()
    return path


def test_objects_on_a_ring(folder):
    displays = stimuli.make("object_array", images=folder, n_per_set_size=4)
    assert len(displays) == 8
    for display in displays:
        assert display.image.shape == (450, 450, 3)
        assert display.set_size == len(set(display.items.looks)) == 6
        sizes = display.items.boxes[:, 2:] - display.items.boxes[:, :2]
        assert (sizes.max(axis=1) == 90).all()
        eccentricity = np.hypot(*((display.objects[:, :2] + display.objects[:, 2:]) / 2 - 225).T)
        assert np.ptp(eccentricity) < 2
        if display.present:
            x0, y0, x1, y1 = display.target_box.astype(int)
            np.testing.assert_array_equal(display.image[y0:y1, x0:x1], display.target)
        else:
            patches = [display.image[y0:y1, x0:x1] for x0, y0, x1, y1 in display.objects.astype(int)]
            assert all((patch != display.target).any() for patch in patches)


def test_grey(folder):
    colour, grey = (
        stimuli.make("object_array", images=folder, grey=shown, n_per_set_size=1)[0] for shown in (False, True)
    )
    assert (colour.image != colour.image[..., :1]).any()
    assert (grey.image == grey.image[..., :1]).all()
    assert colour.items.looks == grey.items.looks


def test_the_recipe_knows_the_pictures(folder, tmp_path, noise):
    stimuli.make("object_array", images=folder, n_per_set_size=1).write(tmp_path / "set")
    Image.fromarray(noise(20, 20, 9)).save(folder / "3.png")
    with pytest.raises(ValueError, match="holds a set with images_sha256: "):
        stimuli.make("object_array", images=folder, n_per_set_size=1).write(tmp_path / "set")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"set_sizes": [7]}, r"set_sizes has 7, but '.*' has 7 images, one of them for the target that is absent$"),
        ({"cue": "any"}, r"cue is 'any', expected none with object_array"),
        ({"set_sizes": [8], "target": "present"}, r"set_sizes has 8, but '.*objects' has 7 images$"),
        ({"difference": 3}, "unknown setting of object_array 'difference'"),
        ({"images": None}, "^images is missing, expected with object_array: a folder of images$"),
    ],
)
def test_bad_settings(folder, wrong, message):
    with pytest.raises(ValueError, match=message):
        stimuli.make("object_array", **{"images": folder, **wrong})


def test_bad_folders(tmp_path, folder):
    with pytest.raises(FileNotFoundError, match=r"^images '.*missing' does not exist$"):
        stimuli.make("object_array", images=tmp_path / "missing")
    with pytest.raises(ValueError, match=r"^images '.*1.png' cannot be read: Not a directory$"):
        stimuli.make("object_array", images=folder / "1.png")
    with pytest.raises(ValueError, match=r"^images '.*more' holds no files, expected images$"):
        stimuli.make("object_array", images=folder / "more")
    (folder / "notes.txt").write_text("to do")
    with pytest.raises(ValueError, match=r"^image '.*notes.txt' is not an image"):
        stimuli.make("object_array", images=folder)
    Image.new("RGB", (9, 9), "white").save(folder / "notes.txt", "png")
    with pytest.raises(ValueError, match=r"^image '.*notes.txt' cannot be seen: all of it has the colour of the backg"):
        stimuli.make("object_array", images=folder)


def test_memory_sets(folder, tmp_path):
    displays = stimuli.make(
        "object_array", images=folder, set_sizes=[3], memory_sizes=[1, 2, 4], n_per_set_size=3, px_per_degree=8
    )
    assert [display.condition for display in displays[::6]] == [
        "objects-memory1",
        "objects-memory2",
        "objects-memory4",
    ]
    plain = stimuli.make("object_array", images=folder, set_sizes=[3], n_per_set_size=3, px_per_degree=8)
    assert [display.condition for display in plain[::6]] == ["objects"]
    for display in displays:
        memory = int(display.condition[-1])
        looks = {target.tobytes() for target in display.targets}
        assert len(display.targets) == len(looks) == memory
        shown = {display.image[y0:y1, x0:x1].tobytes() for x0, y0, x1, y1 in display.objects.astype(int)}
        assert len(looks & shown) == int(display.present)
    assert len({display.id for display in displays}) == len(displays) == 18
    with open(displays.write(tmp_path / "set"), newline="") as file:
        rows = list(csv.DictReader(file))
    for row, display, read in zip(rows, displays, read_trials(tmp_path / "set"), strict=True):
        assert len(read.targets) == len(display.targets)
        if display.present:
            x0, y0, x1, y1 = display.target_box.astype(int)
            cue = display.targets[int(row["shown_target"])]
            np.testing.assert_array_equal(cue, display.image[y0:y1, x0:x1])
        else:
            assert row["shown_target"] == ""
    places = [row["shown_target"] for row in rows if row["present"] == "1" and row["condition"].endswith("4")]
    assert len(set(places)) > 1


def test_what_memory_sets_need(folder, tmp_path):
    with pytest.raises(
        ValueError, match=r"^memory_sizes has 4 and set_sizes 6, but '.*' has 7 images, expected at least"
    ):
        stimuli.make("object_array", images=folder, memory_sizes=[4])
    with pytest.raises(ValueError, match=r"^memory_sizes is \[2, 2\], expected at least one, each once$"):
        stimuli.make("object_array", images=folder, memory_sizes=[2, 2])
    with pytest.raises(ValueError, match=r"^unknown setting of curvature 'memory_sizes'"):
        stimuli.make("curvature", memory_sizes=[2])
    displays = stimuli.make("object_array", images=folder, set_sizes=[2], memory_sizes=[2], n_per_set_size=1)
    with pytest.raises(ValueError, match=r"^export is 'jspsych', expected none with memory_sizes: .* one target"):
        displays.write(tmp_path / "set", "jspsych")
    assert not (tmp_path / "set").exists()
