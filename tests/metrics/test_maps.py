"""Pixels, densities and checks that all map measures share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gazesim.metrics.maps import as_fixations, density, fixation_density, flat_pixels, on_map, unique_pixels, z_scores

MAPS = arrays(np.float64, (4, 5), elements=st.floats(-1e3, 1e3).map(lambda value: round(value, 6)))


def test_a_fixation_belongs_to_the_nearest_pixel_centre():
    xy = [[-0.5, 0], [-0.51, 0], [2.49, 1.49], [2.5, 0], [0, 1.5], [np.nan, 0], [0, np.nan], [np.inf, 0]]
    assert on_map(xy, (2, 3)).tolist() == [True, False, True, False, False, False, False, False]
    assert on_map([], (2, 3)).tolist() == []


def test_fractions_are_rounded_to_the_pixel_that_is_scored():
    assert flat_pixels("fixations", [[1.6, 0.4], [-0.5, 0.5], [2.49, 1.49]], (2, 3)).tolist() == [2, 3, 5]


def test_unique_pixels_are_those_of_a_binary_map():
    xy = np.random.default_rng(0).uniform(-0.5, 5.5, (60, 2))
    marked = np.zeros((6, 6))
    marked[np.floor(xy[:, 1] + 0.5).astype(int), np.floor(xy[:, 0] + 0.5).astype(int)] = 1
    rows, columns = np.nonzero(marked)
    np.testing.assert_array_equal(unique_pixels(xy), np.column_stack([columns, rows]))


@given(MAPS, st.floats(1e-3, 1e3))
def test_density_sums_to_one_whatever_the_gain(saliency, gain):
    p = density(saliency)
    if np.isnan(p).any():
        assert np.isnan(p).all()
        assert np.ptp(saliency) == 0
    else:
        assert p.min() >= 0
        assert p.sum() == pytest.approx(1)
        np.testing.assert_allclose(density(gain * saliency), p, atol=1e-9)


def test_density_of_a_map_without_mass_is_nan_only_there():
    p = density([[[0, 0]], [[-2, -2]], [[1, 3]], [[-1, 1]]])
    assert np.isnan(p[:2]).all()
    assert p[2:].tolist() == [[[0.25, 0.75]], [[0, 1]]]


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1, 1e160, 1e300])
def test_z_scores_and_density_survive_any_scale(scale):
    saliency = np.array([[0.0, 1.0], [2.0, 5.0]])
    np.testing.assert_allclose(z_scores(scale * saliency), z_scores(saliency), atol=1e-12)
    np.testing.assert_allclose(density(scale * saliency), density(saliency), rtol=1e-12)


def test_z_scores_of_constants_are_zero_even_if_their_mean_is_rounded():
    assert not z_scores(np.full((7, 9), 0.1)).any()
    assert not z_scores(np.full((1, 1), 3.0), ddof=1).any()


def test_fixation_density_is_the_gaussian_of_the_counts():
    p = fixation_density([[20, 10], [20, 10], [5, 12]], (25, 41), 2)
    x, y = np.meshgrid(np.arange(41), np.arange(25))
    wanted = 2 * np.exp(-((x - 20) ** 2 + (y - 10) ** 2) / 8) + np.exp(-((x - 5) ** 2 + (y - 12) ** 2) / 8)
    assert p.sum() == pytest.approx(1)
    np.testing.assert_allclose(p, wanted / wanted.sum(), atol=1e-5)  # cut at 4 standard deviations


def test_fixation_density_without_fixations_is_nan():
    assert np.isnan(fixation_density([], (3, 4), 1)).all()


def test_durations_are_left_out():
    assert as_fixations("fixations", [[1, 2, 300]]).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: density(np.ones(3)), "maps has shape (3,), expected (height, width)"),
        (lambda: density(np.empty((0, 3))), "maps has shape (0, 3), expected at least one pixel"),
        (lambda: density([[1, np.nan]]), "maps holds nan, expected finite numbers"),
        (lambda: as_fixations("fixations", [1, 2]), "fixations has shape (2,), expected (n, 2)"),
        (lambda: as_fixations("fixations", [[1, np.nan]]), "fixations holds nan, expected finite numbers"),
        (lambda: fixation_density([[9, 0]], (3, 4), 1), "fixations: 1 of 1 lie outside the 4x3 map"),
        (lambda: fixation_density([[0, 0]], (3, 4), 0), "sd_px is 0, expected a finite number above 0"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [[[1, 2], [3]], [["a", "b"]], [[None, 1]], [[1j, 0]], "image"])
def test_what_is_no_array_of_numbers_is_named(value):
    for call in (
        lambda: density(value),
        lambda: as_fixations("fixations", value),
        lambda: on_map(value, (3, 4)),
        lambda: fixation_density(value, (3, 4), 1),
    ):
        with pytest.raises(ValueError, match=r"^(maps|fixations) (is ragged|has dtype)"):
            call()
