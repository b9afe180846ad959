import numpy as np
import pytest

from gazesim.plotting.foveated_view import foveated_view, reduced
from gazesim.trial import Trial


def trial(image, px_per_degree=10.0):
    return Trial(image, np.zeros((1, 1, 3), np.uint8), px_per_degree=px_per_degree)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_constant_image_stays_as_it_is():
    image = np.full((120, 200, 3), (3, 130, 255), np.uint8)
    assert np.array_equal(foveated_view(trial(image), (0, 0)), image)


def test_the_fovea_is_untouched_and_the_periphery_is_not():
    image = noise(200, 300)
    y, x = np.mgrid[:200, :300]
    eccentricity = np.hypot(x - 120, y - 90) / 10
    same = (foveated_view(trial(image), (120, 90)) == image).all(-1)
    assert same[eccentricity <= 4].all()
    assert same[eccentricity > 8].mean() < 0.01


@pytest.mark.parametrize("eccentricity", [9, 14, 24])
def test_the_window_on_a_step_edge_has_the_published_side(eccentricity):
    # 40 px a degree; a step whose foot is exactly `reach` px away is the last one that the window still covers
    px_per_degree, x = 40, eccentricity * 40
    side = 0.32 * (eccentricity - 4) * px_per_degree
    reach = int(side / 2)
    for edge, touched in ((x + reach, True), (x + reach + 1, False)):
        image = np.zeros((301, x + 200, 3), np.uint8)
        image[:, edge:] = 255
        seen = foveated_view(trial(image, px_per_degree), (0, 150))[150, x, 0]
        assert seen == (round(255 / (2 * reach + 1)) if touched else 0)


def test_each_pixel_is_the_mean_of_its_window():
    image = noise(160, 160, seed=1)
    view = foveated_view(trial(image, 5), (10.0, 20.0))
    for x, y in ((100, 90), (60, 120), (120, 40)):
        reach = int(0.32 * (np.hypot(x - 10, y - 20) - 4 * 5) / 2)
        window = image[y - reach : y + reach + 1, x - reach : x + reach + 1]
        assert reach > 2
        assert np.array_equal(view[y, x], np.rint(window.mean((0, 1))))


def test_a_window_is_cut_at_the_border():
    image = noise(60, 200, seed=2)
    reach = int(0.32 * (np.hypot(199, 59) - 4 * 5) / 2)
    corner = image[59 - reach :, 199 - reach :].mean((0, 1))
    assert np.array_equal(foveated_view(trial(image, 5), (0, 0))[59, 199], np.rint(corner))


def test_mirroring_the_display_mirrors_the_view():
    image = noise(90, 121, seed=3)
    view = foveated_view(trial(image, 4), (30, 44))
    assert np.array_equal(foveated_view(trial(image[:, ::-1], 4), (90, 44))[:, ::-1], view)


def test_a_reduced_view_is_the_view_of_the_reduced_display():
    image = noise(200, 300, seed=4)
    small = foveated_view(trial(reduced(image, 150), 5), (59.75, 39.75))
    assert np.array_equal(foveated_view(trial(image, 10), (120, 80), longest=150), small)


@pytest.mark.parametrize(("longest", "shape"), [(150, (100, 150)), (300, (200, 300)), (1000, (200, 300))])
def test_a_display_is_reduced_but_never_enlarged(longest, shape):
    assert reduced(noise(200, 300), longest).shape[:2] == shape


def test_one_fixation_is_wanted():
    with pytest.raises(ValueError, match=r"xy has shape \(2, 2\), expected \(2\)"):
        foveated_view(trial(noise(10, 10)), [[1, 2], [3, 4]])
