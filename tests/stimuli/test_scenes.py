import numpy as np
import pytest

from gazesim.stimuli.scenes import patch_trial


@pytest.fixture
def photo():
    """Smooth, with different slopes to the right and down, so that every turn shows."""
    y, x = np.mgrid[:60, :80]
    return np.stack([20 + 2 * x, 250 - 3 * y, 100 + x + y // 2], axis=-1).astype(np.uint8)


def patch(photo, centre=(40, 30), **settings):
    return patch_trial(photo, centre, **{"size_deg": 2.1, "px_per_degree": 10} | settings)


# the middle px of an odd side is a px, of an even side the border of two
@pytest.mark.parametrize(
    ("centre", "size_deg", "box"), [((40, 30), 2.1, (30, 20, 51, 41)), ((39.5, 29.5), 2.0, (30, 20, 50, 40))]
)
def test_an_unchanged_patch_is_the_photographs_own(photo, centre, size_deg, box):
    trial = patch(photo, centre, size_deg=size_deg, id="p")
    x0, y0, x1, y1 = box
    np.testing.assert_array_equal(trial.target_box, box)
    np.testing.assert_array_equal(trial.target, photo[y0:y1, x0:x1])
    np.testing.assert_array_equal(trial.target_centre, centre)
    np.testing.assert_array_equal(trial.image, photo)
    assert (trial.px_per_degree, trial.id, trial.objects) == (10, "p", None)


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_it_turns_counter_clockwise(photo, quarters):
    target = patch(photo, rotation_deg=90 * quarters).target.astype(int)
    assert abs(target - np.rot90(patch(photo).target, quarters)).max() <= 1


def test_a_small_turn_reads_the_surroundings(photo):
    """The corners of a turned square come from beyond the patch, not from a border colour."""
    turned = patch(photo, rotation_deg=30).target[..., 0].astype(float)
    offset = np.arange(21) - 10
    x = 40 + np.cos(np.pi / 6) * offset[None, :] - np.sin(np.pi / 6) * offset[:, None]
    np.testing.assert_allclose(turned, 20 + 2 * x, atol=1)


@pytest.mark.parametrize(("scale", "side"), [(2.0, 42), (0.5, 10), (1.0, 21)])
def test_it_is_enlarged_about_its_middle(photo, scale, side):
    target = patch(photo, scale=scale).target[..., 0].astype(float)
    assert target.shape == (side, side)
    x = 40 + (np.arange(side) - (side - 1) / 2) / scale
    np.testing.assert_allclose(target, np.broadcast_to(20 + 2 * x, (side, side)), atol=1)


@pytest.mark.parametrize("contrast", [0.5, 0.8, 1.5, 20])
def test_contrast_is_about_the_mean_of_each_colour(photo, contrast):
    plain = patch(photo).target.astype(float)
    mean = plain.mean(axis=(0, 1))
    expected = (mean + contrast * (plain - mean)).clip(0, 255)
    assert abs(patch(photo, contrast=contrast).target - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("centre", [(9, 30), (40, 9), (70, 30), (40, 50), (-5, 30), (500, 30)])
def test_a_patch_over_the_border_is_refused(photo, centre):
    with pytest.raises(ValueError, match=r"with a patch of 21 px reaches over the border of the 80x60 photograph$"):
        patch(photo, centre)


@pytest.mark.parametrize("centre", [(10, 10), (69, 49)])
def test_a_patch_up_to_the_border_is_taken(photo, centre):
    assert patch(photo, centre).target.shape == (21, 21, 3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size_deg": 0}, "size_deg is 0, expected a finite number above 0"),
        ({"px_per_degree": np.nan}, "px_per_degree is nan, expected"),
        ({"scale": -1}, "scale is -1, expected"),
        ({"contrast": "high"}, "contrast is 'high', expected"),
        ({"centre": (1, 2, 3)}, r"centre has shape \(3,\), expected \(2\)"),
        ({"scale": 5}, "target is 105 x 105 px, expected no more than the image's 80 x 60 px"),
    ],
)
def test_arguments_are_checked(photo, settings, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        patch(photo, **settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("scale", 0.01), ("scale", 1e4), ("rotation_deg", np.nan), ("rotation_deg", "a"), ("size_deg", 0.01)],
)
def test_arguments_that_make_no_patch_are_named(photo, name, value):
    with pytest.raises(ValueError, match=f"^{name}"):
        patch(photo, **{name: value})
