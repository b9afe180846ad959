import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from gazesim.perception.blur import uniform_blur
from gazesim.perception.matching import match, mse, similarity, ssim


def test_ssim_of_flat_pictures_has_a_closed_form():
    one, other = np.full((20, 20, 3), 100, np.uint8), np.full((20, 20, 3), 140, np.uint8)
    c1 = 2.55**2  # Wang et al. (2004)
    assert ssim(one, other) == pytest.approx((2 * 100 * 140 + c1) / (100**2 + 140**2 + c1), abs=1e-4)


def test_ssim_is_that_of_gaussian_windows(noise):
    one, other = noise(30, 40), uniform_blur(noise(30, 40), 1)
    x, y = one.astype(float), other.astype(float)

    def mean(values):
        return gaussian_filter(values, (1.5, 1.5, 0), truncate=3.4)[5:-5, 5:-5]

    c1, c2 = 2.55**2, 7.65**2
    vx, vy = mean(x * x) - mean(x) ** 2, mean(y * y) - mean(y) ** 2
    cross = mean(x * y) - mean(x) * mean(y)
    values = (2 * mean(x) * mean(y) + c1) * (2 * cross + c2) / ((mean(x) ** 2 + mean(y) ** 2 + c1) * (vx + vy + c2))
    assert ssim(one, other) == pytest.approx(values.mean(), abs=1e-4)
    assert ssim(one, one) == pytest.approx(1)


def test_squared_error():
    assert mse(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 3, np.uint8)) == 9


@pytest.mark.parametrize("measure", ["ssim", "mse"])
def test_a_blur_is_found_again(noise, measure):
    pictures = [uniform_blur(noise(40, 40, seed), 0.6) for seed in range(3)]
    wanted = similarity(pictures, [uniform_blur(each, 1.3) for each in pictures], measure)
    found = match(uniform_blur, pictures, wanted, 6, measure)
    assert found.within
    assert found.strength == pytest.approx(1.3, abs=0.05)


def test_what_cannot_be_reached_is_said(noise):
    found = match(uniform_blur, [uniform_blur(noise(40, 40), 3)], -0.5, 1)
    assert not found.within
    assert found.strength == 1
