import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter

from gazesim.attention.bottom_up.spectral_residual import SpectralResidualSettings, spectral_residual


def independent(picture, width, sigma):
    """The same from numpy's Fourier transform and scipy's filters."""
    height = round(picture.shape[0] * width / picture.shape[1])
    small = cv2.resize(picture.astype(float), (width, height), interpolation=cv2.INTER_AREA) / 255
    spectrum = np.fft.fft2(small @ [0.299, 0.587, 0.114])
    log = np.log(np.abs(spectrum))
    residual = log - uniform_filter(log, 3, mode="nearest")
    energy = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    return gaussian_filter(energy, sigma, mode="mirror", radius=round(sigma * 4))


@pytest.mark.parametrize(("width", "sigma"), [(64, 2.5), (32, 1.0)])
def test_it_is_what_numpy_and_scipy_compute(noise, width, sigma):
    picture = cv2.GaussianBlur(noise(96, 128), (0, 0), 3)
    found = spectral_residual(picture, SpectralResidualSettings(width, sigma))
    expected = independent(picture, width, sigma)
    # OpenCV cuts its Gaussian after about 4 deviations too
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_what_breaks_a_texture_stands_out():
    y, x = np.mgrid[:128, :128]
    texture = (127 + 100 * np.sin(2 * np.pi * (x + y) / 16)).astype(np.uint8)
    texture[80:96, 32:48] = (127 + 100 * np.sin(2 * np.pi * (x - y) / 8)).astype(np.uint8)[80:96, 32:48]
    found = spectral_residual(np.repeat(texture[..., None], 3, axis=2))
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 38 <= row <= 49
    assert 14 <= column <= 25
