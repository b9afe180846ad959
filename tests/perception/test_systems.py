import numpy as np
import pytest

from gazesim.perception.matching import ssim
from gazesim.perception.systems import BLURS, SYSTEMS, Systems
from gazesim.perception.views import view_of
from gazesim.perception.windows import Windows
from gazesim.trial import Trial


@pytest.fixture(scope="module")
def systems():
    return Systems(Windows(96, 72, (48, 36), 96 / 26, 0.4))


@pytest.fixture(scope="module")
def picture(systems):
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(0).standard_normal((72, 96, 3)), (1.5, 1.5, 0))
    return np.clip(128 + 40 * noise / noise.std(), 0, 255).astype(np.uint8)


def test_the_reference_of_the_pyramid_is_the_picture(systems, picture):
    assert np.array_equal(systems("reference", picture), picture)


@pytest.mark.parametrize("name", BLURS)
def test_matched_blurs_are_as_far_from_the_picture_as_the_texture(systems, picture, name):
    found = systems.matched(name, [picture])
    assert found.within
    blurred = systems(name, picture, strength=found.strength)
    texture = systems("foveation_texture", picture, seed=0)
    assert ssim(picture, blurred) == pytest.approx(ssim(picture, texture), abs=0.005)


def test_a_view_is_the_system_at_the_fixation(picture):
    trial = Trial(picture, px_per_degree=96 / 26, id="a")
    seen = view_of("foveation_texture", seed=2)(trial, (20, 30))
    expected = Systems(Windows(96, 72, (20, 30), 96 / 26))("foveation_texture", picture, seed=2)
    assert np.array_equal(seen, expected)
    assert view_of("foveation_texture")(trial, (20, 30), 48).shape == (36, 48, 3)


def test_a_picture_within_the_fovea_is_seen_as_it_is(picture):
    trial = Trial(picture, px_per_degree=100, id="a")
    assert np.array_equal(view_of("foveation_texture")(trial, (20, 30)), picture)


def test_wrong_input_is_one_line(systems, picture):
    with pytest.raises(ValueError, match="system is 'texture', expected one of 'reference', 'foveation_texture'"):
        systems("texture", picture)
    with pytest.raises(ValueError, match="strength of system 'uniform_blur' is missing"):
        systems("uniform_blur", picture)
    with pytest.raises(ValueError, match="image has shape"):
        systems("reference", picture[:10])
    assert list(SYSTEMS) == ["reference", "foveation_texture", "foveation_blur", "uniform_blur"]
