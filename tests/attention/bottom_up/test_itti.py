import cv2
import numpy as np
import pytest
import torch

from gazesim.attention.bottom_up.channels import fit, intensity, opponency, orientation, pyramid
from gazesim.attention.bottom_up.itti import IttiSettings, itti, promote


def bar(degrees, side=41):
    """A white bar on black, 5 px wide, at an angle counted counter-clockwise from the horizontal."""
    picture = np.zeros((side, side), np.uint8)
    reach = np.array([np.cos(np.deg2rad(degrees)), -np.sin(np.deg2rad(degrees))]) * 15
    first, last = (tuple(np.rint(side // 2 + sign * reach).astype(int).tolist()) for sign in (-1, 1))
    return cv2.line(picture, first, last, 255, 4)


def test_the_pyramid_is_that_of_opencv():
    plane = np.random.default_rng(0).random((37, 50))
    expected, found = plane, pyramid(torch.from_numpy(plane), 5)
    for level in found:
        np.testing.assert_allclose(level.numpy(), expected, atol=1e-12)
        expected = cv2.pyrDown(expected, borderType=cv2.BORDER_REPLICATE)


# by hand from Itti et al., section 2.1: R = r - (g + b) / 2 and so on, r = red / intensity
@pytest.mark.parametrize(
    ("colour", "red_green", "blue_yellow"),
    [((1, 0, 0), 3, 0), ((0, 1, 0), -3, 0), ((0, 0, 1), 0, 3), ((1, 1, 0), 0, -1.5), ((0.3, 0.3, 0.3), 0, 0)],
)
def test_opponency_of_pure_colours(colour, red_green, blue_yellow):
    rgb = torch.tensor(colour, dtype=torch.float64)[:, None, None].expand(3, 2, 2)
    found = opponency(rgb)
    assert [plane[0, 0].item() for plane in found] == pytest.approx([red_green, blue_yellow])


def test_the_dark_has_no_colour():
    rgb = torch.zeros(3, 1, 2, dtype=torch.float64)
    rgb[:, 0, 0], rgb[0, 0, 1] = 1, 0.2  # the second px has less than a tenth of the intensity of the first
    assert opponency(rgb)[0][0, 1] == 0
    assert intensity(rgb)[0].tolist() == pytest.approx([1, 0.2 / 3])


@pytest.mark.parametrize(("number", "degrees"), [(0, 0), (1, 45), (2, 90), (3, 135)])
def test_bars_excite_the_filter_of_their_orientation(number, degrees):
    strength = orientation(torch.from_numpy(bar(degrees) / 255))[:, 20, 20]
    assert strength.argmax() == number
    assert strength[(number + 2) % 4] < 0.5 * strength[number]


def test_uniform_light_has_no_orientation():
    assert orientation(torch.full((9, 9), 0.7, dtype=torch.float64)).abs().max() < 1e-12


# the operator N in closed form: (1 - mean of the other maxima)^2 times the map scaled to 1
@pytest.mark.parametrize(
    ("peaks", "factor"), [((4.0,), 1), ((4.0, 4.0), 0), ((4.0, 2.0), 0.25), ((4.0, 1.0, 3.0), 0.25)]
)
def test_a_single_peak_is_promoted_and_many_alike_are_not(peaks, factor):
    plane = torch.zeros(3, 20, dtype=torch.float64)
    for number, peak in enumerate(peaks):
        plane[1, 3 + 5 * number] = peak
    np.testing.assert_allclose(promote(plane).numpy(), plane.numpy() / 4 * factor, atol=1e-12)


def test_nothing_cannot_be_promoted():
    assert not promote(torch.zeros(3, 3)).any()


def test_fit_interpolates_where_it_grows_and_averages_where_it_shrinks():
    plane = torch.tensor([[0.0, 2.0]], dtype=torch.float64)
    assert fit(plane, 1, 4).tolist() == [[0, 0.5, 1.5, 2]]
    assert fit(plane, 1, 1).tolist() == [[1]]


@pytest.mark.parametrize("kind", ["colour", "orientation", "intensity"])
def test_the_odd_item_pops_out(kind):
    display = np.full((320, 480, 3), 120, np.uint8)
    patch = np.zeros((41, 41, 3), np.uint8)
    for row in range(4):
        for column in range(6):
            odd = (row, column) == (2, 4)
            where = np.s_[row * 80 + 20 : row * 80 + 61, column * 80 + 20 : column * 80 + 61]
            shape = bar(45 if kind != "orientation" or not odd else 135) > 0
            colour = {"colour": (200, 60, 60) if odd else (60, 200, 60), "intensity": (255,) * 3 if odd else (150,) * 3}
            patch[:] = 120
            patch[shape] = colour.get(kind, (220, 220, 220))
            display[where] = patch
    found = itti(display, IttiSettings(longest_px=480))
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert found.shape == (20, 30)
    assert (int(y * 16 // 80), int(x * 16 // 80)) == (2, 4)


def test_large_displays_are_reduced_first(noise):
    assert itti(noise(800, 1280)).shape == (25, 40)
    assert itti(noise(300, 400)).shape == (19, 25)
