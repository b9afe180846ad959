import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from gazesim.perception.pyramid import analyse
from gazesim.perception.texture import PyramidTexture, root, statistics
from gazesim.perception.windows import Windows

SIDE = 128


@pytest.fixture(scope="module")
def engine():
    return PyramidTexture(Windows(SIDE, SIDE, (63.5, 63.5), SIDE / 26, 0.4))


@pytest.fixture(scope="module")
def picture():
    """Coloured noise whose grain is coarser and stronger to the right."""
    noise = np.random.default_rng(1).standard_normal((SIDE, SIDE, 3))
    fine, coarse = gaussian_filter(noise, (0.7, 0.7, 0)), gaussian_filter(noise, (3, 3, 0))
    share = np.linspace(0, 1, SIDE)[:, None]
    mixed = (1 - share) * fine / fine.std() + 1.5 * share * coarse / coarse.std()
    return np.clip(128 + 22 * mixed @ np.array([[1, 0.3, 0], [0, 1, 0.5], [0.2, 0, 1]]), 0, 255).astype(np.uint8)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(engine, picture):
    again = PyramidTexture(Windows(SIDE, SIDE, (63.5, 63.5), SIDE / 26, 0.4))
    assert np.array_equal(engine(picture, 3), again(picture, 3))
    assert (engine(picture, 3) != engine(picture, 4)).any()


def test_the_fovea_is_untouched_and_the_periphery_is_not(engine, picture):
    made = engine(picture, 0)
    y, x = np.mgrid[:SIDE, :SIDE] - 63.5
    eccentricity = np.hypot(x, y) * 26 / SIDE
    same = (made == picture).all(axis=-1)
    assert same[eccentricity < 0.9 * engine.windows.fovea_deg].all()
    assert same[eccentricity > 2 * engine.windows.fovea_deg].mean() < 0.05
    change = abs(made.astype(float) - picture).mean(axis=-1)
    far, near = change[eccentricity > 9].mean(), change[(eccentricity > 2) & (eccentricity < 4)].mean()
    assert far > 2 * near


def test_a_flat_picture_stays_as_it_is(engine):
    flat = np.full((SIDE, SIDE, 3), (10, 200, 90), np.uint8)
    assert np.array_equal(engine(flat, 0), flat)


def test_no_mixing_gives_back_the_picture(engine, picture):
    made = engine(picture, 0, mixing=np.zeros(len(engine.windows)))
    assert abs(made.astype(int) - picture).max() <= 1


def test_statistics_of_windows_are_those_of_the_picture(engine, picture):
    """With nothing but texture, in windows of 30 samples and more: mean, contrast and colours of every band."""
    mixing = np.ones(len(engine.windows))
    mixing[0] = 0
    made = engine(picture, 0, mixing=mixing)
    own, other = (
        analyse(engine._padded(x.transpose(2, 0, 1).astype(np.float32)), engine.levels) for x in (picture, made)
    )
    ratios, hues = [], []
    for one, two, level in zip(own, other, engine._band_levels, strict=True):
        start, n = engine._unit >> level, SIDE >> level
        part = (slice(None), slice(start, start + n), slice(start, start + n))
        large = engine._samples[level] > 30
        large[0] = False
        if not large.any():
            continue
        (mean, before), (mean_made, after) = (statistics(engine._weights[level], x[part]) for x in (one, two))
        deviations = [np.sqrt(np.diagonal(x, axis1=1, axis2=2)[large]) for x in (before, after)]
        ratios.append((deviations[1] / deviations[0]).ravel())
        hues += [
            (x / d[:, :, None] / d[:, None, :])[:, [0, 0, 1], [1, 2, 2]].ravel()
            for x, d in zip((before[large], after[large]), deviations, strict=True)
        ]
        assert abs(mean - mean_made)[large].max() < 6
    ratios = np.concatenate(ratios)
    assert abs(np.log(np.median(ratios))) < 0.1
    assert np.mean(abs(np.log(ratios)) < np.log(1.5)) > 0.8
    correlations = np.concatenate(hues[::2]), np.concatenate(hues[1::2])
    assert np.median(abs(correlations[0])) > 0.25
    assert np.median(abs(correlations[0] - correlations[1])) < 0.17


def test_statistics_are_weighted_moments():
    windows = Windows(24, 20, (3, 3), 2, 0.5)
    band = np.random.default_rng(0).standard_normal((3, 20, 24)).astype(np.float32) + 100
    mean, covariance = statistics(windows.weights, band)
    weights = windows.weights[[4]].toarray()[0].astype(float)
    np.testing.assert_allclose(mean[4], np.average(band.reshape(3, -1), axis=1, weights=weights), rtol=1e-5)
    expected = np.cov(band.reshape(3, -1), aweights=weights, ddof=0)
    np.testing.assert_allclose(covariance[4], expected, atol=1e-4)


def test_roots_of_matrices():
    parts = np.random.default_rng(0).standard_normal((5, 3, 3))
    matrices = parts @ parts.transpose(0, 2, 1)
    np.testing.assert_allclose(root(matrices) @ root(matrices), matrices, atol=1e-9)
    np.testing.assert_allclose(root(matrices, -0.5) @ root(matrices) @ np.ones(3), np.ones((5, 3)), atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(40, 57), (33, 90)])
def test_any_size_and_fixation(height, width, noise):
    engine = PyramidTexture(Windows(width, height, (5, 30), 3, 0.5))
    assert engine(noise(height, width), 0).shape == (height, width, 3)


def test_wrong_input_is_one_line(engine, noise):
    with pytest.raises(ValueError, match=r"image has shape \(20, 20, 3\), expected \(128, 128, 3\)"):
        engine(noise(20, 20))
    with pytest.raises(ValueError, match="seed is -1"):
        engine(noise(SIDE, SIDE), -1)
