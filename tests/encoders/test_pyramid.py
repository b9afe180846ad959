import cv2
import numpy as np
import pytest
import torch
from torch import nn

from gazesim.encoders import foveate
from gazesim.encoders.pyramid import Pyramid, blend, n_octaves, octaves, window_sides


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 5, 3, 2, 1), nn.Conv2d(5, 6, 3, 4, 1)).eval()


def test_octaves_are_means_over_blocks_linear_between():
    """Independent: OpenCV shrinks by area and enlarges linearly."""
    x = np.random.default_rng(0).normal(size=(16, 24)).astype(np.float32)
    found = octaves(torch.from_numpy(x)[None, None], 4)
    assert torch.equal(found[0][0, 0], torch.from_numpy(x))
    for octave in (1, 2, 3):
        small = cv2.resize(x, (24 // 2**octave, 16 // 2**octave), interpolation=cv2.INTER_AREA)
        wanted = cv2.resize(small, (24, 16), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(found[octave][0, 0], wanted, atol=1e-5)


@pytest.mark.parametrize("size", [(7, 11), (9, 8)])
def test_constants_stay_and_blocks_at_the_border_count_real_places_only(size):
    for octave in octaves(torch.full((1, 2, *size), 3.0), 3):
        assert octave.shape == (1, 2, *size)
        np.testing.assert_allclose(octave, 3, rtol=1e-6)


def test_windows_grow_by_the_slope_beyond_the_fovea():
    windows = window_sides((5, 9), 16, np.array([71.5, 39.5]), slope=0.5, fovea_px=32)
    assert windows[2, 4] == windows[2, 2] == 1
    assert windows[2, 0] == max(1, 0.5 / 16 * (64 - 32))
    far = window_sides((1, 101), 16, np.array([7.5, 7.5]), slope=0.5, fovea_px=32)[0]
    np.testing.assert_allclose(np.diff(far)[40:], 0.5)
    fine = window_sides((1, 401), 4, np.array([1.5, 1.5]), slope=0.5, fovea_px=32)[0]
    assert fine[400] * 4 == pytest.approx(far[100] * 16 / 4)  # in px a quarter, at a quarter of the stride


def test_between_two_octaves_is_a_blend_of_both():
    found = [torch.full((1, 1, 1, 4), value) for value in (0.0, 1.0, 2.0)]
    windows = np.array([[1.0, 2.0, 2 * np.sqrt(2), 9.0]])
    np.testing.assert_allclose(blend(found, windows)[0, 0, 0], [0, 1, 1.5, 2])


def test_no_octave_is_wider_than_the_map():
    assert n_octaves(1.0, (5, 9)) == 1
    assert n_octaves(2.5, (50, 90)) == 3
    assert n_octaves(100.0, (5, 9)) == 3


def test_at_the_fixation_it_is_the_network_and_far_away_its_mean(network):
    x = torch.rand(1, 3, 128, 256)
    foveated = foveate(network, px_per_degree=4, slope=2)
    with torch.inference_mode():
        sharp, seen = foveated.read(x), foveated(x, fixation=(60, 60))
        assert [level.name for level in foveated.levels] == ["1", "2", "3"]
        for level in foveated.levels:
            at = 60 // level.stride
            torch.testing.assert_close(seen[level.name][..., at, at], sharp[level.name][..., at, at])
            deviations = [x[level.name][..., -2:].std(dim=(2, 3)).mean() for x in (seen, sharp)]
            assert deviations[0] < 0.5 * deviations[1]
        torch.testing.assert_close(foveate(network, px_per_degree=4, slope=0)(x)["3"], sharp["3"])


def test_one_run_serves_all_fixations(network):
    x, foveated = torch.rand(1, 3, 64, 64), foveate(network, px_per_degree=2)
    read = foveated.read(x)
    for fixation in (None, (3, 50)):
        for name, features in foveated(x, fixation).items():
            assert torch.equal(features, foveated.blend(read, fixation)[name])


def test_gradients_reach_the_picture(network):
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    foveate(network, px_per_degree=1)(x)["3"].sum().backward()
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "^px_per_degree is missing, expected how many px of the pictures one degree covers$"),
        ({"px_per_degree": 0}, "^px_per_degree is 0"),
        ({"px_per_degree": 30, "slope": 3}, "^slope is 3, expected at most 2, where windows reach the fixation$"),
        ({"px_per_degree": 30, "slope": -1}, "^slope is -1"),
        ({"px_per_degree": 30, "fovea_deg": 400}, "^fovea_deg is 400"),
        ({"px_per_degree": 30, "levels": ["7"]}, "^unknown level '7'; known: 1, 2, 3"),
    ],
)
def test_arguments_are_checked(network, arguments, words):
    with pytest.raises(ValueError, match=words):
        foveate(network, **arguments)
    with pytest.raises(ValueError, match=r"^pyramid_slope is 3, expected at most 2"):
        Pyramid(3)
    with pytest.raises(ValueError, match=r"^network_levels is 'layer1', expected names of layers$"):
        Pyramid(network_levels="layer1")


def test_a_fixation_is_two_numbers(network):
    with pytest.raises(ValueError, match=r"^fixation has shape"):
        foveate(network, px_per_degree=1)(torch.rand(1, 3, 32, 32), fixation=(1, 2, 3))
