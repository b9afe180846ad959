import numpy as np
import pytest

from gazesim.perception.pyramid import ORIENTATIONS, analyse, layout, synthesise


@pytest.fixture
def picture():
    return np.random.default_rng(0).standard_normal((3, 96, 64)).astype(np.float32)


def test_it_gives_back_what_it_takes(picture):
    bands = analyse(picture, 3)
    assert [band.shape[1:] for band in bands[::ORIENTATIONS]] == [(96, 64), (96, 64), (48, 32), (24, 16)]
    np.testing.assert_allclose(synthesise(bands, (96, 64), 3), picture, atol=1e-5)


def test_it_is_a_tight_frame(picture):
    # Simoncelli & Freeman (1995): the squares of all filters sum to 1, so the bands have the energy of the picture
    levels = [band.level for band in layout(96, 64, 3)]
    energy = sum((band**2).sum() * 4**level for band, level in zip(analyse(picture, 3), levels, strict=True))
    assert energy == pytest.approx((picture**2).sum(), rel=1e-5)


def test_a_grating_is_in_the_band_of_its_frequency_and_orientation():
    x = np.arange(64)
    grating = np.broadcast_to(np.cos(2 * np.pi * x / 4), (1, 64, 64)).astype(np.float32)  # an octave below Nyquist
    energies = [float((band**2).mean()) for band in analyse(grating, 2)]
    assert np.argmax(energies) == 1  # level 0, the orientation whose frequencies lie along x
    turned = [float((band**2).mean()) for band in analyse(grating.transpose(0, 2, 1).copy(), 2)]
    assert np.argmax(turned) == 1 + ORIENTATIONS // 2
    coarse = np.broadcast_to(np.cos(2 * np.pi * x / 8), (1, 64, 64)).astype(np.float32)
    assert np.argmax([float((band**2).mean()) for band in analyse(coarse, 2)]) == 1 + ORIENTATIONS


def test_a_constant_is_in_the_lowpass_only():
    *oriented, low = analyse(np.full((1, 32, 32), 7, np.float32), 2)
    np.testing.assert_allclose(low, 7, rtol=1e-6)
    assert max(abs(band).max() for band in oriented) < 1e-5
