import numpy as np
import pytest

from gazesim.stimuli.colour import hue_turned, srgb

# Lindbloom's tables of the sRGB primaries in Lab (D65), to the digits he prints
PRIMARIES = {
    (53.2408, 80.0925, 67.2032): (255, 0, 0),
    (87.7347, -86.1827, 83.1793): (0, 255, 0),
    (32.2970, 79.1875, -107.8602): (0, 0, 255),
}


@pytest.mark.parametrize(("lab", "rgb"), PRIMARIES.items())
def test_primaries(lab, rgb):
    np.testing.assert_allclose(srgb(lab), rgb, atol=2.5)


def test_black_white_and_grey():
    np.testing.assert_allclose(srgb((0, 0, 0)), (0, 0, 0))
    np.testing.assert_allclose(srgb((100, 0, 0)), (255, 255, 255), atol=0.01)
    # L* 50 is Y = (66 / 116)^3 = 0.18419, coded 1.055 Y^(1/2.4) - 0.055 = 0.46633
    np.testing.assert_allclose(srgb((50, 0, 0)), [118.914] * 3, atol=0.02)


def luminance(rgb):
    coded = np.asarray(rgb) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126729, 0.7151522, 0.0721750]


@pytest.mark.parametrize("angle", range(0, 360, 20))
def test_hues_are_equally_light(angle):
    lab = hue_turned((65, 30, 15), angle)
    assert np.hypot(*lab[1:]) == pytest.approx(np.hypot(30, 15))
    assert luminance(srgb(lab)) == pytest.approx(((65 + 16) / 116) ** 3, rel=1e-5)
    assert luminance(np.rint(srgb(lab))) == pytest.approx(((65 + 16) / 116) ** 3, rel=0.01)


def test_hue_angle():
    np.testing.assert_allclose(hue_turned((60, 30, 0), 90), (60, 0, 30), atol=1e-12)


@pytest.mark.parametrize("lab", [(65, 90, 0), (100, 5, 0), (0, 0, 20)])
def test_colours_that_displays_cannot_show(lab):
    with pytest.raises(ValueError, match=r"^lab is \(.*\), which sRGB displays cannot show; expected a\* and b\*"):
        srgb(lab)


@pytest.mark.parametrize("lab", [(101, 0, 0), (-1, 0, 0), (50, 0), (50, 0, np.nan)])
def test_what_is_no_colour(lab):
    with pytest.raises(ValueError, match=r"^background_lab is \(.*\), expected L\*, a\*, b\* with L\* in 0..100$"):
        srgb(lab, "background_lab")
