import cv2
import numpy as np
import pytest

from gazesim.perception.blur import foveation_blur, uniform_blur
from gazesim.perception.windows import Windows


@pytest.fixture(scope="module")
def windows():
    return Windows(120, 100, (40, 50), 4, 0.4)


def test_a_uniform_blur_spreads_a_point_as_a_gaussian(noise):
    point = np.zeros((61, 61, 3), np.uint8)
    point[30, 30] = 255
    seen = uniform_blur(point, 1.5)[30, :, 0]
    expected = 255 * np.exp(-((np.arange(61) - 30.0) ** 2) / 4.5) / (2 * np.pi * 2.25)
    np.testing.assert_allclose(seen, expected, atol=1)
    picture = noise(20, 30)
    assert np.array_equal(uniform_blur(picture, 0), picture)


def test_a_foveated_blur_is_the_gaussian_of_each_place(windows, noise):
    picture = noise(100, 120)
    seen = foveation_blur(picture, windows, 0.5)
    sigma = 0.5 * 4 * (windows.weights.T @ windows.radii_deg).reshape(100, 120)
    y, x = np.mgrid[:100, :120]
    fovea = np.hypot(x - 40, y - 50) / 4 < 0.9 * windows.fovea_deg
    assert np.array_equal(seen[fovea], picture[fovea])
    for row, column in ((50, 80), (10, 100), (90, 20)):
        deviation = sigma[row, column]
        assert deviation > 1
        whole = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), float(deviation), borderType=cv2.BORDER_REFLECT)
        assert abs(seen[row, column] - whole[row, column]).max() < 3


def test_no_strength_leaves_the_picture(windows, noise):
    assert np.array_equal(foveation_blur(noise(100, 120), windows, 0), noise(100, 120))


def test_wrong_input_is_one_line(windows, noise):
    with pytest.raises(ValueError, match="per_radius is -1"):
        foveation_blur(noise(100, 120), windows, -1)
    with pytest.raises(ValueError, match="sigma_px is nan"):
        uniform_blur(noise(10, 10), float("nan"))
    with pytest.raises(ValueError, match="image has shape"):
        foveation_blur(noise(10, 12), windows, 1)
