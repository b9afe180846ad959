from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from PIL import Image

from gazesim.trial import Trial


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_fields_are_checked_copies(photo):
    patch, box, objects = photo[:5, :7].copy(), np.array([1, 2, 8, 7]), [[0, 0, 60, 40], [1.5, 2, 3, 4]]
    trial = Trial(photo, patch, target_box=box, objects=objects, px_per_degree=30, id="a")
    expected = photo.copy()
    photo[:] = patch[:] = box[:] = 0
    np.testing.assert_array_equal(trial.image, expected)
    np.testing.assert_array_equal(trial.target, expected[:5, :7])
    np.testing.assert_array_equal(trial.target_box, [1, 2, 8, 7])
    np.testing.assert_array_equal(trial.objects, objects)
    assert trial.target_box.dtype == trial.objects.dtype == np.float64
    assert (trial.px_per_degree, type(trial.px_per_degree), trial.id) == (30.0, float, "a")
    assert (trial.width, trial.height, trial.set_size) == (60, 40, 2)


def test_nothing_can_be_changed(photo):
    trial = Trial(photo, None, target_box=[0, 0, 2, 2], objects=[[0, 0, 2, 2]], px_per_degree=30)
    with pytest.raises(FrozenInstanceError):
        trial.px_per_degree = 2
    for name in ("image", "target", "target_box", "objects", "background"):
        with pytest.raises(ValueError, match=r"read-only"):
            getattr(trial, name)[...] = 0
    assert photo.flags.writeable


def test_replace_makes_another_trial(photo):
    trial = Trial(photo, None, target_box=[0, 0, 2, 2], px_per_degree=30, id="a")
    other = replace(trial, id="b", px_per_degree=20)
    assert (other.id, other.px_per_degree, trial.id) == ("b", 20, "a")
    np.testing.assert_array_equal(other.target, trial.target)


def test_images_come_from_files(tmp_path, photo):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    Image.fromarray(photo[:3, :4]).save(tmp_path / "target.png")
    trial = Trial(tmp_path / "photo.png", str(tmp_path / "target.png"), px_per_degree=30)
    np.testing.assert_array_equal(trial.image, photo)
    np.testing.assert_array_equal(trial.target, photo[:3, :4])
    assert trial.target_box is trial.objects is trial.id is trial.set_size is trial.target_centre is None


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((0, 0, 60, 40), slice(0, 40), slice(0, 60)),
        ((3, 5, 4, 6), slice(5, 6), slice(3, 4)),
        ((2.5, 5, 4.5, 6.1), slice(5, 7), slice(3, 5)),
    ],
)
def test_the_target_is_cut_at_the_pixels_that_the_box_covers(photo, box, rows, columns):
    trial = Trial(photo, None, target_box=box, px_per_degree=30)
    np.testing.assert_array_equal(trial.target, photo[rows, columns])
    assert trial.target.flags.c_contiguous
    covered = [x for x in range(60) if box[0] <= x < box[2]]
    assert trial.target.shape[1] == len(covered)


def test_a_target_image_goes_before_the_box(photo):
    trial = Trial(photo, photo[10:14, 10:14], target_box=[0, 0, 2, 2], px_per_degree=30)
    np.testing.assert_array_equal(trial.target, photo[10:14, 10:14])


def test_the_centre_is_the_mean_of_the_covered_pixels(photo):
    trial = Trial(photo, None, target_box=[3, 10, 6, 20], px_per_degree=30)
    np.testing.assert_array_equal(trial.target_centre, [np.mean([3, 4, 5]), np.mean(range(10, 20))])


@pytest.mark.parametrize("background", [7, np.uint8(7), (7, 7, 7), np.array([7, 7, 7])])
def test_background_is_a_colour(photo, background):
    trial = Trial(photo, photo, px_per_degree=30, background=background)
    np.testing.assert_array_equal(trial.background, [7, 7, 7])
    assert trial.background.dtype == np.uint8


def test_background_is_black_without_objects_and_the_border_with_them():
    image = np.full((20, 30, 3), (250, 10, 20), np.uint8)
    image[0, :5] = image[1:-1, 1:-1] = 128  # a minority of the border, and most of the display
    assert Trial(image, image, px_per_degree=30).background.tolist() == [0, 0, 0]
    trial = Trial(image, image, objects=[[0, 0, 1, 1]], px_per_degree=30)
    assert trial.background.tolist() == [250, 10, 20]


def test_background_counts_every_border_pixel_once_and_takes_the_darker_of_equals():
    image = np.array([[200, 100, 200], [100, 0, 100], [200, 100, 200]], np.uint8)
    trial = Trial(image, image, objects=[[0, 0, 1, 1]], px_per_degree=30)
    assert trial.background.tolist() == [100, 100, 100]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_background_of_the_smallest_displays(shape):
    trial = Trial(np.full(shape, 9, np.uint8), None, target_box=[0, 0, 1, 1], objects=[[0, 0, 1, 1]], px_per_degree=1)
    assert trial.background.tolist() == [9, 9, 9]


def test_repr_is_short(photo):
    trial = Trial(photo, None, target_box=[0, 0, 4, 2], objects=[[0, 0, 2, 2]], px_per_degree=30, id="a")
    assert repr(trial) == (
        "Trial(id='a', image=60 x 40 px, target=4 x 2 px, target_box=[0.0, 0.0, 4.0, 2.0], set_size=1,"
        " px_per_degree=30)"
    )


OUTSIDE = r"outside the image of 60 x 40 px"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"px_per_degree": 0}, "px_per_degree is 0, expected a finite number above 0"),
        ({"px_per_degree": -1}, "px_per_degree is -1, expected"),
        ({"px_per_degree": float("nan")}, "px_per_degree is nan, expected"),
        ({"px_per_degree": "30"}, "px_per_degree is '30', expected"),
        ({"image": np.zeros((0, 3))}, "image is 3 x 0 px, it has no pixels"),
        ({"target": np.zeros((2, 2), int)}, "target has dtype int64"),
        ({"target_text": ""}, "target_text is '', expected text"),
        ({"target_text": "a\nb"}, "target_text is .* expected text without line breaks"),
        ({"target_text": 3}, "target_text is 3, expected text"),
        ({"target": np.zeros((41, 2))}, "target is 2 x 41 px, expected no more than the image's 60 x 40 px"),
        ({"target": np.zeros((2, 61))}, "target is 61 x 2 px, expected no more than the image's 60 x 40 px"),
        ({"target_box": [1, 2, 3]}, r"target_box has shape \(3,\), expected \(4\)"),
        ({"target_box": [1, 2, 3, np.nan]}, "target_box holds nan, expected finite numbers"),
        ({"target_box": [3, 0, 2, 5]}, r"target_box is \[3.0, 0.0, 2.0, 5.0\], expected x0 < x1 and y0 < y1"),
        ({"target_box": [0, 5, 2, 5]}, "target_box is .* expected x0 < x1 and y0 < y1"),
        ({"target_box": [-0.5, 0, 2, 5]}, f"target_box is .* {OUTSIDE}"),
        ({"target_box": [0, -1, 2, 5]}, f"target_box is .* {OUTSIDE}"),
        ({"target_box": [0, 0, 60.5, 5]}, f"target_box is .* {OUTSIDE}"),
        ({"target_box": [0, 0, 2, 41]}, f"target_box is .* {OUTSIDE}"),
        ({"target_box": [0.2, 0, 0.8, 5]}, "target_box is .* it covers no pixel"),
        ({"target_box": [0, 0.2, 5, 0.8]}, "target_box is .* it covers no pixel"),
        ({"objects": []}, r"objects has shape \(0,\), expected \(k, 4\)"),
        ({"objects": np.zeros((0, 4))}, "objects is empty, expected at least one box"),
        ({"objects": [[0, 0, 1, 1], [0, 0, 61, 1]]}, f"objects row 1 is .* {OUTSIDE}"),
        ({"objects": [[0, 0, 0, 1]]}, "objects row 0 is .* expected x0 < x1"),
        ({"background": 256}, "background is 256, expected an integer or three of them in 0..255"),
        ({"background": (0, 0, -1)}, "background is"),
        ({"background": (0, 0)}, "background is"),
        ({"background": 0.5}, "background is"),
        ({"background": True}, "background is"),
        ({"background": "white"}, "background is"),
        ({"background": []}, "background is"),
        ({"id": ""}, "id is '', expected text"),
        ({"id": 3}, "id is 3, expected text or None"),
    ],
)
def test_bad_input_is_named_in_one_line(photo, arguments, found):
    good = {"image": photo, "target": photo[:2, :2], "px_per_degree": 30}
    Trial(**good)
    with pytest.raises(ValueError, match=f"^{found}") as error:
        Trial(**good | arguments)
    assert "\n" not in str(error.value)


def test_text_is_no_target_yet(photo):
    with pytest.raises(FileNotFoundError, match=r"^target 'a red mug' does not exist$"):
        Trial(photo, "a red mug", px_per_degree=30)


def test_px_per_degree_has_no_default(photo):
    with pytest.raises(TypeError, match=r"px_per_degree"):
        Trial(photo, photo)


def test_a_trial_without_a_target_is_one_of_free_viewing(photo):
    trial = Trial(photo, px_per_degree=30)
    assert trial.target is trial.target_text is trial.target_box is None
    assert repr(trial) == "Trial(id=None, image=60 x 40 px, px_per_degree=30)"
    assert replace(trial, id="b").target is None


def test_a_target_may_be_words(photo):
    trial = Trial(photo, target_text="a red mug", px_per_degree=30, target_box=None)
    assert (trial.target, trial.target_text) == (None, "a red mug")
    assert repr(trial) == "Trial(id=None, image=60 x 40 px, target_text='a red mug', px_per_degree=30)"
    both = Trial(photo, photo[:5, :5], target_text="mug", px_per_degree=30)
    assert (both.target.shape, both.target_text) == ((5, 5, 3), "mug")
