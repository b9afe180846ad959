import numpy as np
import pytest

from gazesim.perception.windows import AllFoveaError, Windows

SIDE, PPD = 512, 512 / 26
CENTRE = (255.5, 255.5)


@pytest.fixture(scope="module")
def windows():
    """The published display: 512 px over 26 degrees, scale .4."""
    return Windows(SIDE, SIDE, CENTRE, PPD, 0.4)


@pytest.mark.parametrize(("scale", "number"), [(0.25, 377), (0.3, 301), (0.4, 187), (0.5, 126), (0.7, 91)])
def test_there_are_as_many_windows_as_published(scale, number):
    # Deza, Jonnalagadda & Eckstein (2019), the number of masks of their program by scale
    assert len(Windows(SIDE, SIDE, CENTRE, PPD, scale)) == number


# where two rings have equal weights in the published masks, px of 512; the first is the fovea's
PUBLISHED = {
    0.25: (49.92, 64.06, 82.21, 105.5, 135.39, 173.75, 222.98, 286.15),
    0.4: (35.83, 53.27, 79.45, 118.09, 175.54, 261.82),
    0.5: (33.93, 55.69, 91.4, 150.01, 245.36),
}


@pytest.mark.parametrize("scale", PUBLISHED)
def test_borders_are_those_of_the_published_masks(scale):
    windows = Windows(64, 64, (31.5, 31.5), 64 / 26, scale)
    rings = windows.first_ring + np.arange(len(PUBLISHED[scale]))
    np.testing.assert_allclose(windows.border_deg(rings) * PPD, PUBLISHED[scale], rtol=0.004)


def test_weights_at_a_pixel_sum_to_one_and_the_fovea_is_whole(windows):
    np.testing.assert_allclose(windows.weights.sum(axis=0), 1, atol=1e-6)
    fovea = windows.weights[[0]].toarray().reshape(SIDE, SIDE)
    y, x = np.mgrid[:SIDE, :SIDE] - 255.5
    eccentricity = np.hypot(x, y) / PPD
    np.testing.assert_allclose(fovea[eccentricity < windows.fovea_deg * 0.9], 1, atol=1e-6)
    assert (fovea[eccentricity > windows.fovea_deg * 1.12] == 0).all()


def test_mixing_is_that_of_the_published_masks(windows):
    # px above half weight in the first three masks of one sector: 145, 334, 735 (of 512 px over 26 degrees)
    rings = [np.flatnonzero(windows.rings == windows.first_ring + k)[0] for k in range(3)]
    radii = np.sqrt(np.array([145, 334, 735]) / np.pi) / PPD
    np.testing.assert_allclose(windows.mixing[rings], -1 + 2 / (1 + np.exp(-1.281 * radii)), atol=0.015)
    assert windows.mixing[0] == 0
    assert windows.mixing.max() < 1


def test_windows_follow_the_fixation_and_the_resolution():
    windows = Windows(64, 48, (10, 20), 64 / 26, 0.4)
    moved = Windows(64, 48, (13, 20), 64 / 26, 0.4)
    fine = Windows(128, 96, (20.5, 40.5), 128 / 26, 0.4)
    here = windows.weights[[0]].toarray().reshape(48, 64)
    np.testing.assert_allclose(here[:, :-3], moved.weights[[0]].toarray().reshape(48, 64)[:, 3:], atol=1e-6)
    assert abs(len(windows) - len(fine)) <= 2
    np.testing.assert_allclose(fine.areas_deg2[0], windows.areas_deg2[0], rtol=0.05)


def test_the_windows_of_a_grid_of_every_second_pixel(windows):
    places = np.arange(0, SIDE, 2)
    every = windows.weights[[5]].toarray()
    some = windows.weights_at(places, places)[[5]].toarray().reshape(256, 256)
    np.testing.assert_array_equal(some, every.reshape(SIDE, SIDE)[::2, ::2])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"px_per_degree": 0}, "px_per_degree is 0"),
        ({"scale": 3}, "scale is 3, expected a number from 0.1 to 1"),
        ({"scale": True}, "scale is True"),
        ({"fixation": (1, 2, 3)}, "fixation has shape"),
        ({"fixation": (np.nan, 2)}, "fixation holds nan"),
        ({"width": 0}, "width is 0"),
        (
            {"px_per_degree": 100},
            r"px_per_degree is 100, so the picture spans 0.4 x 0.4 degrees, all of it in the fovea",
        ),
    ],
)
def test_wrong_input_is_one_line(changes, words):
    given = {"width": 40, "height": 40, "fixation": (20, 20), "px_per_degree": 4.0, "scale": 0.4, **changes}
    with pytest.raises(ValueError, match=words):
        Windows(**given)


def test_a_display_within_the_fovea_is_told_apart():
    with pytest.raises(AllFoveaError):
        Windows(10, 10, (5, 5), 20)
