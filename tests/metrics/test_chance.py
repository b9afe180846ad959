"""Chance fixations: their distributions, and no image with itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from gazesim.metrics.chance import centre_biased_fixations, other_images, uniform_fixations
from gazesim.metrics.maps import on_map

SIZE = (800, 600)


def test_uniform_fixations_cover_the_display_and_nothing_else():
    xy = uniform_fixations(20_000, SIZE, np.random.default_rng(0))
    assert on_map(xy, SIZE[::-1]).all()
    for axis, side in enumerate(SIZE):
        assert kstest(xy[:, axis], "uniform", args=(-0.5, side)).pvalue > 0.001


@pytest.mark.parametrize("sd_px", [60, (400, 50)])
def test_centre_biased_fixations_are_cut_gaussians(sd_px):
    xy = centre_biased_fixations(20_000, SIZE, sd_px, np.random.default_rng(0))
    assert on_map(xy, SIZE[::-1]).all()
    for axis, (side, sd) in enumerate(zip(SIZE, np.broadcast_to(sd_px, 2), strict=True)):
        reach = side / 2 / sd
        assert kstest(xy[:, axis], truncnorm(-reach, reach, (side - 1) / 2, sd).cdf).pvalue > 0.001


@given(st.integers(2, 40), st.integers(0, 100))
def test_every_image_is_used_once_and_none_with_itself(n, seed):
    partner = other_images(n, np.random.default_rng(seed))
    assert sorted(partner) == list(range(n))
    assert (partner != np.arange(n)).all()
    np.testing.assert_array_equal(partner, other_images(n, np.random.default_rng(seed)))


def test_the_seed_decides():
    for draw in (
        lambda random: uniform_fixations(5, SIZE, random),
        lambda random: centre_biased_fixations(5, SIZE, 100, random),
    ):
        first, again, other = (draw(np.random.default_rng(seed)) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda random: uniform_fixations(-1, SIZE, random), "n is -1"),
        (lambda random: uniform_fixations(1, (0, 5), random), "size is 0"),
        (lambda random: centre_biased_fixations(1, SIZE, 0, random), "sd_px is 0.0, expected a finite number above 0"),
        (lambda random: other_images(1, random), "n is 1, expected a whole number of at least 2"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call(np.random.default_rng(0))
    assert str(error.value).startswith(words)
