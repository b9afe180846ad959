import re

import numpy as np
import pytest
from PIL import Image

from gazesim import stimuli
from gazesim.trial_table import read_trials

HEADER = "image,x0,y0,x1,y1\n"


@pytest.fixture
def photos(tmp_path, noise):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("park", (40, 60)), ("street", (50, 30))):
        Image.fromarray(noise(*size)).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def boxes(tmp_path):
    def write(text):
        (tmp_path / "boxes.csv").write_text(text)
        return tmp_path / "boxes.csv"

    return write


GOOD = f"{HEADER}park.png,10,5,30,25\nstreet.png,0,0,9.5,10\npark.png,40,0,60,40\n"


def test_targets_are_cut_from_their_photographs(photos, boxes, tmp_path):
    scenes = stimuli.make("scene_search", images=photos, boxes=boxes(GOOD), px_per_degree=24)
    assert [scene.id for scene in scenes] == ["park-000", "street-001", "park-002"]
    photo = np.asarray(Image.open(photos / "park.png"))
    np.testing.assert_array_equal(scenes[0].image, photo)
    np.testing.assert_array_equal(scenes[0].target, photo[5:25, 10:30])
    assert scenes[1].target_box.tolist() == [0, 0, 9.5, 10]
    assert scenes[1].items.boxes.tolist() == [[0, 0, 10, 10]]
    assert scenes[2].px_per_degree == 24
    read = read_trials(scenes.write(tmp_path / "set", "psychopy"))
    np.testing.assert_array_equal(read[2].target, photo[:, 40:])
    assert (tmp_path / "set" / "contact_sheet.png").is_file()


def test_grey(photos, boxes):
    (scene, *_) = stimuli.make("scene_search", images=photos, boxes=boxes(GOOD), grey=True)
    assert (scene.image == scene.image[..., :1]).all()
    assert (scene.target == scene.target[..., :1]).all()


def test_other_boxes_are_another_recipe(photos, boxes, tmp_path):
    stimuli.make("scene_search", images=photos, boxes=boxes(GOOD)).write(tmp_path / "set")
    with pytest.raises(ValueError, match="holds a set with sha256: "):
        stimuli.make("scene_search", images=photos, boxes=boxes(GOOD[:-21])).write(tmp_path / "set")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{HEADER}park.png,1,2,3,4\nlake.png,1,2,3,4\n", "row 3: image '.*lake.png' does not exist$"),
        (f"{HEADER}park.png,1,2,61,4\n", "row 2: target_box is .*, outside the image of 60 x 40 px$"),
        (f"{HEADER}park.png,1,2,1,4\n", "row 2: target_box is .*, expected x0 < x1 and y0 < y1$"),
        (f"{HEADER}park.png,1,2,wide,4\n", "row 2: x1 is 'wide', expected a number$"),
        (HEADER, "has no rows, expected at least one search$"),
        ("image,x0\n", "has no column 'y0'; it has 'image', 'x0'$"),
    ],
)
def test_bad_tables(photos, boxes, text, found):
    path = boxes(text)
    with pytest.raises(
        (ValueError, FileNotFoundError), match=f"^(boxes|table) '{re.escape(str(path))}' {found}"
    ) as error:
        stimuli.make("scene_search", images=photos, boxes=path)
    assert "\n" not in str(error.value)


def test_bad_settings(photos, boxes):
    with pytest.raises(ValueError, match=r"^boxes is missing, expected with scene_search: a CSV with columns image"):
        stimuli.make("scene_search", images=photos)
    with pytest.raises(ValueError, match=r"^images is missing, expected with scene_search: a folder of photographs$"):
        stimuli.make("scene_search", boxes=boxes(GOOD))
    with pytest.raises(ValueError, match=r"^unknown setting of scene_search 'set_sizes'; known: boxes, grey, images"):
        stimuli.make("scene_search", images=photos, boxes=boxes(GOOD), set_sizes=[3])
    with pytest.raises(ValueError, match=r"^px_per_degree is -1, expected a finite number above 0$"):
        stimuli.make("scene_search", images=photos, boxes=boxes(GOOD), px_per_degree=-1)
    with pytest.raises(FileNotFoundError, match=r"^table '.*none.csv' does not exist$"):
        stimuli.make("scene_search", images=photos, boxes=photos / "none.csv")


def test_absent_targets_are_those_of_other_photographs(photos, boxes, tmp_path):
    table = boxes(f"{GOOD}street.png,5,5,9,9\n")
    both = stimuli.make("scene_search", images=photos, boxes=table, px_per_degree=24, target="both")
    assert [scene.present for scene in both] == [True] * 4 + [False] * 4
    present, absent = both[:4], both[4:]
    photo = {scene.id: scene.image for scene in present}
    for shown, scene in zip(present, absent, strict=True):
        np.testing.assert_array_equal(scene.image, shown.image)
        origin = next(other for other in present if np.array_equal(other.target, scene.target))
        assert origin.image.shape != scene.image.shape  # the other of the two photographs
        assert scene.target_box is None
    assert len({scene.target.tobytes() for scene in absent}) == 4
    assert len(photo) == 4
    read = read_trials(both.write(tmp_path / "set", "psychopy"))
    assert [trial.present for trial in read] == [True] * 4 + [False] * 4
    assert len(stimuli.make("scene_search", images=photos, boxes=table, target="absent")) == 4


def test_targets_that_cannot_be_absent(photos, boxes):
    with pytest.raises(ValueError, match=r"has 2 of 3 searches in 'park.png', expected at most half of them in one"):
        stimuli.make("scene_search", images=photos, boxes=boxes(GOOD), target="both")
