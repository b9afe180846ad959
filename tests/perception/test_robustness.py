import numpy as np
import pytest

from gazesim.perception.robustness import (
    OCCLUSIONS,
    cue_conflict,
    glaucoma,
    high_pass,
    left_to_right,
    low_pass,
    scotoma,
    top_to_bottom,
    without_colour,
)


@pytest.fixture
def pictures(noise):
    return np.stack([noise(64, 64, seed) // 3 for seed in range(2)])  # nowhere as light as the occluder


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_occlusions_cover_their_share(name, pictures):
    for share in np.linspace(0, 1, 9):
        covered = (OCCLUSIONS[name](pictures, share) == 128).all(-1).mean()
        assert covered == pytest.approx(share, abs=0.04)  # sides are even numbers of px


def test_where_occlusions_are(pictures):
    assert (scotoma(pictures, 0.25)[:, 16:48, 16:48] == 128).all()
    assert np.array_equal(glaucoma(pictures, 0.75)[:, 16:48, 16:48], pictures[:, 16:48, 16:48])
    assert (left_to_right(pictures, 0.5)[:, :, :32] == 128).all()
    assert (top_to_bottom(pictures, 0.5)[:, :32] == 128).all()
    seen = np.where(scotoma(pictures, 0.25) == 128, glaucoma(pictures, 0.75), scotoma(pictures, 0.25))
    assert np.array_equal(seen, pictures)  # one covers what the other shows


def test_low_and_high_pass_of_a_grating_are_what_a_gaussian_leaves():
    x = np.arange(64)
    grating = np.broadcast_to(np.rint(100 + 80 * np.cos(2 * np.pi * x / 8))[:, None], (1, 64, 64, 3)).astype(np.uint8)
    left = np.exp(-2 * (np.pi * 1.5 / 8) ** 2)  # the Gaussian's transfer at that frequency
    inner = slice(16, 48)
    assert np.ptp(low_pass(grating, 1.5)[0, 32, inner, 0].astype(int)) == pytest.approx(160 * left, abs=4)
    high = high_pass(grating, 1.5, (120, 100, 90))
    assert np.ptp(high[0, 32, inner, 0].astype(int)) == pytest.approx(160 * (1 - left), abs=4)
    np.testing.assert_allclose(high.mean(axis=(0, 1, 2)), (120, 100, 90), atol=1)
    assert np.array_equal(high_pass(grating, 0, (0, 0, 0)), grating)


def test_grey_has_the_luma():
    picture = np.zeros((1, 1, 2, 3), np.uint8)
    picture[0, 0, 0], picture[0, 0, 1] = (255, 0, 0), (0, 255, 0)
    assert without_colour(picture)[0, 0].tolist() == [[76] * 3, [150] * 3]  # ITU-R BT.601


@pytest.mark.parametrize("shape", ["window", "square"])
def test_cue_conflict_shows_one_inside_and_one_outside(shape):
    inside, outside = np.full((1, 64, 64, 3), 200, np.uint8), np.zeros((1, 64, 64, 3), np.uint8)
    for share in (0.1, 0.3, 0.5):
        made = cue_conflict(inside, outside, share, shape)
        assert made.mean() / 200 == pytest.approx(share, abs=0.03)
        assert made[0, 32, 32, 0] == 200
        assert made[0, 0, 0, 0] == 0
    with pytest.raises(ValueError, match="shape is 'disc'"):
        cue_conflict(inside, outside, 0.1, "disc")
