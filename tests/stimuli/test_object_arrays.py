import numpy as np
import pytest
from PIL import Image

from gazesim import stimuli


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
