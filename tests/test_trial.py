import gc
import json
import pickle
from dataclasses import FrozenInstanceError
from functools import partial
from weakref import ref

import numpy as np
import pytest
from PIL import Image

import gazesim.image
from gazesim.image import DrawnPicture
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
    other = trial.replace(id="b", px_per_degree=20)
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
        ({"target_boxes": [[0, 0, 2, 2], [0, 0, 61, 1]]}, f"target_boxes row 1 is .* {OUTSIDE}"),
        ({"target_boxes": np.zeros((0, 4))}, "target_boxes is empty, expected at least one box"),
        ({"target_box": [0, 0, 2, 2], "target_boxes": [[0, 0, 2, 2]]}, "target_box and target_boxes are both given"),
        ({"target_box": [0, 0, 2, 2], "target_centre": [1, 1]}, "target_centre is given beside a box of the target"),
        ({"target_box": [0, 0, 2, 2], "present": False}, "present is False, but the place of the target is given"),
        ({"target_centre": [1, 2, 3]}, r"target_centre has shape \(3,\)"),
        ({"present": 2}, "present is 2, expected one of True, False, None"),
        ({"condition": "a\nb"}, "condition is .* expected text without line breaks"),
        ({"set_size": 0}, "set_size is 0, expected a whole number of at least 1"),
        ({"width": 60}, "width is 60 and height is None, expected both, or neither with an image"),
        ({"image": None}, "width is None and height is None, expected both"),
        ({"image": None, "width": 0, "height": 4}, "width is 0, expected a whole number of at least 1"),
        ({"image": None, "width": 9, "height": 100_001}, "height is 100001, expected at most 100000 px"),
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


def test_px_per_degree_may_be_unknown(photo):
    trial = Trial(photo, photo, id="a")
    assert not trial.has_px_per_degree
    with pytest.raises(ValueError, match=r"^px_per_degree of 'a' is not known, give px_per_degree$"):
        _ = trial.px_per_degree
    assert trial.replace(px_per_degree=20).px_per_degree == 20
    assert repr(trial) == "Trial(id='a', image=60 x 40 px, target=60 x 40 px)"


def test_a_trial_without_a_target_is_one_of_free_viewing(photo):
    trial = Trial(photo, px_per_degree=30)
    assert trial.target is trial.target_text is trial.target_box is None
    assert repr(trial) == "Trial(id=None, image=60 x 40 px, px_per_degree=30)"
    assert trial.replace(id="b").target is None


def test_a_target_may_be_words(photo):
    trial = Trial(photo, target_text="a red mug", px_per_degree=30, target_box=None)
    assert (trial.target, trial.target_text) == (None, "a red mug")
    assert repr(trial) == "Trial(id=None, image=60 x 40 px, target_text='a red mug', px_per_degree=30)"
    both = Trial(photo, photo[:5, :5], target_text="mug", px_per_degree=30)
    assert (both.target.shape, both.target_text) == ((5, 5, 3), "mug")


@pytest.fixture
def saved(tmp_path, photo):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    Image.fromarray(photo[:4, :5]).save(tmp_path / "target.png")
    return tmp_path


def test_a_file_is_decoded_when_it_is_looked_at(saved, photo, monkeypatch):
    decoded, border = [], Trial(photo, objects=[[0, 0, 5, 5]]).background.tolist()
    real = gazesim.image.as_image
    monkeypatch.setattr("gazesim.image.as_image", lambda *given: decoded.append(given[0].name) or real(*given))
    trial = Trial(saved / "photo.png", saved / "target.png", target_box=[1, 2, 8, 7], objects=[[0, 0, 5, 5]], id="a")
    assert (trial.width, trial.height, decoded) == (60, 40, [])
    assert repr(trial.replace(id="b")).startswith("Trial(id='b', image=60 x 40 px, target=5 x 4 px")
    image = trial.image
    np.testing.assert_array_equal(image, photo)
    assert decoded == ["photo.png"]
    assert trial.image is image
    assert trial.replace(id="b").image is image
    np.testing.assert_array_equal(trial.target, photo[:4, :5])
    assert trial.background.tolist() == border
    assert decoded == ["photo.png", "target.png"]
    with pytest.raises(ValueError, match=r"read-only"):
        trial.image[...] = 0


def test_decoded_pictures_do_not_pile_up(tmp_path, photo):
    trials = []
    for number in range(20):
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
        trials.append(Trial(tmp_path / f"{number}.png", target_box=[1, 2, 8, 7]))
    seen = [ref(trial.image) for trial in trials]
    assert all(trial.target.shape == (5, 7, 3) for trial in trials)
    gc.collect()
    assert sum(each() is not None for each in seen) <= 4


def test_a_picture_stays_the_same_array_as_long_as_it_is_held(tmp_path, photo):
    trials = []
    for number in range(9):
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
        trials.append(Trial(tmp_path / f"{number}.png"))
    held = [trial.image for trial in trials]
    assert all(trial.image is image for trial, image in zip(trials, held, strict=True))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_size_of_a_turned_photograph_is_that_at_which_it_is_seen(tmp_path, photo, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("photo.jpg", "photo.png", "photo.tiff", "photo.webp"):
        Image.fromarray(photo).save(tmp_path / name, exif=exif)
        trial = Trial(tmp_path / name)
        assert (trial.width, trial.height) == ((60, 40) if orientation < 5 else (40, 60)), name
        assert trial.image.shape[:2] == (trial.height, trial.width), name


def test_a_damaged_picture_is_named_when_it_is_read(saved):
    whole = (saved / "photo.png").read_bytes()
    (saved / "torn.png").write_bytes(whole[: len(whole) // 2])
    trial = Trial(saved / "torn.png", saved / "torn.png")
    for name in ("image", "target"):
        with pytest.raises(ValueError, match=rf"^{name} '.*torn.png' is damaged, truncated or not supported") as error:
            getattr(trial, name)
        assert "\n" not in str(error.value)


def test_a_stated_size_is_held_against_the_picture(saved, photo):
    trial = Trial(saved / "photo.png", width=40, height=60, target_box=[0, 50, 10, 60])
    with pytest.raises(ValueError, match=r"^image '.*photo.png' is 60 x 40 px, expected 40 x 60$"):
        _ = trial.image
    with pytest.raises(ValueError, match=r"^image is 60 x 40 px, expected 40 x 60$"):
        Trial(photo, width=40, height=60)


def test_a_trial_without_its_picture(photo):
    trial = Trial(width=60, height=40, target_box=[0, 0, 5, 5], id="a")
    assert (trial.has_image, trial.image_path, trial.target, trial.width, trial.height) == (False, None, None, 60, 40)
    with pytest.raises(FileNotFoundError, match=r"^the picture of 'a' is not part of this copy of the data$"):
        _ = trial.image
    np.testing.assert_array_equal(trial.replace(image=photo).target, photo[:5, :5])
    assert not Trial(photo, id="a").replace(image=None, width=9, height=8).has_image


def test_several_places_may_count_as_the_target(photo):
    trial = Trial(photo, target_boxes=[[0, 0, 5, 5], [5, 5, 9, 9]])
    assert (trial.target_box, trial.target_centre, trial.target, trial.present) == (None, None, None, True)
    assert trial.target_boxes.shape == (2, 4)
    one = Trial(photo, target_boxes=[[0, 0, 5, 5]])
    assert one.target_box.tolist() == [0, 0, 5, 5]
    assert one.target.shape == (5, 5, 3)


def test_a_target_may_be_known_by_its_centre_only():
    trial = Trial(width=60, height=40, target_centre=[3, 4.5])
    assert (trial.target_centre.tolist(), trial.target_boxes, trial.present) == ([3, 4.5], None, True)
    assert trial.replace(target_box=[0, 0, 3, 3]).target_centre.tolist() == [1, 1]


def test_a_target_may_be_absent(photo):
    trial = Trial(photo, photo[:5, :5], present=False, condition="hard")
    assert (trial.present, trial.target.shape, trial.target_box, trial.condition) == (False, (5, 5, 3), None, "hard")
    assert Trial(photo, photo[:5, :5]).present is None
    assert Trial(photo, target_box=[0, 0, 2, 2]).present is True


def test_set_size_goes_before_the_number_of_objects(photo):
    objects = [[0, 0, 5, 5], [5, 5, 9, 9]]
    assert [Trial(photo, objects=objects, set_size=n).set_size for n in (None, 7)] == [2, 7]
    assert Trial(photo, set_size=7).replace(objects=objects).set_size == 7


def test_facts_are_all_but_the_pictures(photo):
    trial = Trial(photo, target_box=[0, 0, 2, 2], background=(1, 2, 3), target_text="mug", px_per_degree=3, id="a")
    facts = json.loads(json.dumps(trial.facts()))
    assert facts["background"] == [1, 2, 3]
    assert (facts["target_boxes"], facts["target_text"], facts["px_per_degree"]) == ([[0, 0, 2, 2]], "mug", 3)
    assert facts["width"] == 60
    assert not {"image", "target"} & facts.keys()


def test_a_trial_can_be_pickled(saved, photo):
    for image in (photo, saved / "photo.png"):
        trial = Trial(image, target_box=[0, 0, 2, 2], px_per_degree=3, id="a")
        _ = trial.image
        other = pickle.loads(pickle.dumps(trial))
        np.testing.assert_array_equal(other.image, trial.image)
        assert (other.id, other.px_per_degree, other.target_box.tolist()) == ("a", 3, [0, 0, 2, 2])


def test_ids_are_compared_without_blanks_and_in_one_form():
    trial = Trial(width=4, height=4, id=" bu\u0308cher ", condition="a ", split=" test")
    assert (trial.id, trial.condition, trial.split) == ("b\u00fccher", "a", "test")


def test_any_of_several_things_may_be_searched_for(photo):
    several = [photo[:5, :5], photo[5:9, :6]]
    trial = Trial(
        photo, targets=several, target_texts=["mug", "pen"], target_box=[0, 0, 2, 2], px_per_degree=30, id="a"
    )
    assert trial.is_multi_target
    assert trial.has_target_image
    assert trial.target is trial.target_text is None  # not cut from the display: which of them is there is not told
    for found, given in zip(trial.targets, several, strict=True):
        np.testing.assert_array_equal(found, given)
    assert trial.target_texts == ("mug", "pen")
    assert "targets=2 images, target_texts=['mug', 'pen']" in repr(trial)
    assert trial.facts()["target_texts"] == ("mug", "pen")
    assert "targets" not in trial.facts()
    assert len(pickle.loads(pickle.dumps(trial)).targets) == 2
    words = trial.replace(targets=None)
    assert words.is_multi_target
    assert not words.has_target_image
    assert words.target is None
    assert words.targets == ()
    one = trial.replace(target=several[1], target_text="pen")
    assert not one.is_multi_target
    assert one.target_texts == ("pen",)
    np.testing.assert_array_equal(one.target, several[1])


def test_a_memory_set_of_one_is_a_target(photo):
    trial = Trial(photo, targets=[photo[:5, :5]], target_texts=["mug"])
    assert (trial.is_multi_target, trial.target_text, len(trial.targets)) == (False, "mug", 1)
    np.testing.assert_array_equal(trial.target, photo[:5, :5])
    assert trial.facts() == Trial(photo, photo[:5, :5], target_text="mug").facts()
    boxed = Trial(photo, target_box=[0, 0, 2, 2])
    np.testing.assert_array_equal(boxed.targets[0], photo[:2, :2])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"target": np.zeros((2, 2)), "targets": [np.zeros((2, 2))]}, "target and targets are both given"),
        ({"target_text": "a", "target_texts": ["a"]}, "target_text and target_texts are both given"),
        ({"targets": []}, r"targets is \[\], expected a list of images, at least one"),
        ({"targets": "a.png"}, "targets is 'a.png', expected a list of images"),
        ({"targets": np.zeros((3, 2, 2, 3))}, "targets is of type ndarray, expected a list of images"),
        ({"targets": [np.zeros((2, 2)), None]}, "targets holds None, expected images"),
        ({"targets": [np.zeros((2, 2)), np.zeros((41, 2))]}, "targets 1 is 2 x 41 px, expected no more than"),
        ({"target_texts": ["a", ""]}, "target_texts 1 is '', expected text"),
        ({"target_texts": ["a", "b"], "target": np.zeros((2, 2))}, "target_texts has 2, expected as many as the 1"),
        ({"target_text": "a", "targets": [np.zeros((2, 2))] * 2}, "target_texts has 1, expected as many as the 2"),
    ],
)
def test_a_bad_memory_set_is_named_in_one_line(photo, arguments, found):
    with pytest.raises(ValueError, match=f"^{found}") as error:
        Trial(photo, **arguments)
    assert "\n" not in str(error.value)


def test_objects_have_names(photo):
    trial = Trial(photo, objects=[[0, 0, 9, 9], [9, 0, 19, 9]], object_texts=["a", "b"])
    assert trial.object_texts == ("a", "b")
    assert trial.replace(id="x").object_texts == ("a", "b")
    assert trial.replace(objects=[[0, 0, 9, 9]]).object_texts == ()
    assert Trial(photo).object_texts == ()
    assert ("object_texts" in trial.facts()) > ("object_texts" in Trial(photo).facts())
    with pytest.raises(ValueError, match="object_texts has 1, but there are 2 objects, expected one for each"):
        trial.replace(object_texts=["a"])
    with pytest.raises(ValueError, match="object_texts has 1, but there are no objects"):
        Trial(photo, object_texts=["a"])


def test_a_picture_may_be_drawn_when_it_is_looked_at(photo):
    drawn = []
    picture = DrawnPicture(lambda: drawn.append(1) or photo, "image", (60, 40))
    trial = Trial(picture, id="a")
    assert (trial.width, trial.height, trial.has_image, trial.image_path, drawn) == (60, 40, True, None, [])
    first = trial.image
    assert trial.image is first
    np.testing.assert_array_equal(first, photo)
    assert len(drawn) == 1
    assert not first.flags.writeable
    again = pickle.loads(pickle.dumps(Trial(DrawnPicture(partial(np.zeros, (40, 60, 3), np.uint8), "image", (60, 40)))))
    assert again.image.max() == 0
    with pytest.raises(ValueError, match="image is 60 x 40 px, expected 50 x 40"):
        DrawnPicture(lambda: photo, "image", (50, 40)).pixels  # noqa: B018
