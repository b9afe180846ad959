import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gazesim.attention.top_down.field_of_view import FieldOfView
from gazesim.trial import Trial

AS_PUBLISHED = {"resample_px_per_degree": None, "field_of_view_deg": None, "margin_deg": 64 / 30}
reproducible = settings(deadline=None, max_examples=60, derandomize=True)


def blank(width, height, px_per_degree=30.0):
    return Trial(np.zeros((height, width, 3), np.uint8), np.zeros((1, 1, 3), np.uint8), px_per_degree=px_per_degree)


def spread_over_a_view(values, half, upsampling):
    """The map `values` as one value per px of a view that shows the whole display."""
    side = 2 * half
    return FieldOfView(side, side, 30, half, 0).spread(values, (half, half), blank(side, side), upsampling)


# sides of the field of view in the published experiments: kreimanlab/VisualSearchAsymmetry, papers of Gupta 2021
@pytest.mark.parametrize(
    ("width", "height", "side"),
    [(339, 339, 806), (615, 615, 1358), (198, 198, 524), (544, 544, 1216), (896, 736, 1600)],
)
def test_the_published_fields_of_view(width, height, side):
    field = FieldOfView.of(blank(width, height), **AS_PUBLISHED)
    assert (field.width, field.height, 2 * field.half, field.margin) == (width, height, side, 64)


def test_settings_are_degrees():
    trial = blank(100, 60, px_per_degree=20)
    field = FieldOfView.of(trial, resample_px_per_degree=10, field_of_view_deg=8, margin_deg=0.5)
    assert field == FieldOfView(width=50, height=30, px_per_degree=10, half=40, margin=5)


def test_a_view_within_its_own_margin_is_refused():
    with pytest.raises(ValueError, match=r"^field_of_view_deg is 2, expected more than twice margin_deg \(1\)$"):
        FieldOfView.of(blank(50, 50), resample_px_per_degree=None, field_of_view_deg=2, margin_deg=1)


@reproducible
@given(half=st.integers(1, 60), share=st.floats(0.01, 1), seed=st.integers(0, 99))
def test_blocks_are_opencvs_area_enlargement(half, share, seed):
    n = max(1, int(2 * half * share))
    values = np.random.default_rng(seed).normal(size=(n, n))
    expected = cv2.resize(values, (2 * half, 2 * half), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(spread_over_a_view(values, half, "blocks"), expected, atol=1e-6)


@reproducible
@given(half=st.integers(1, 60), share=st.floats(0.01, 1), seed=st.integers(0, 99))
def test_linear_is_opencvs_linear_enlargement(half, share, seed):
    n = max(1, int(2 * half * share))
    values = np.random.default_rng(seed).normal(size=(n, n))
    expected = cv2.resize(values, (2 * half, 2 * half), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(spread_over_a_view(values, half, "linear"), expected, atol=2e-5)


@pytest.mark.parametrize(("upsampling", "within"), [("blocks", 0), ("linear", 3)])
def test_where_the_peak_of_a_block_lies(upsampling, within):
    """Blocks are constant and the first px wins; the linear peak is at the middle, between px 3 and 4 of 8."""
    values = np.zeros((5, 5))
    values[1, 3] = 1
    spread = spread_over_a_view(values, 20, upsampling)
    assert np.unravel_index(spread.argmax(), spread.shape) == (8 + within, 24 + within)


@pytest.mark.parametrize("upsampling", ["blocks", "linear"])
@pytest.mark.parametrize("margin", [0, 3])
def test_out_of_reach_is_nan(upsampling, margin):
    field = FieldOfView(width=50, height=40, px_per_degree=30, half=10, margin=margin)
    spread = field.spread(np.ones((5, 5)), (7, 30), blank(50, 40), upsampling)
    assert spread.shape == (40, 50)
    x, y = np.arange(50), np.arange(40)
    seen_x, seen_y = ((p >= c - 10 + margin) & (p < c + 10 - margin) for p, c in ((x, 7), (y, 30)))
    np.testing.assert_array_equal(~np.isnan(spread), seen_y[:, None] & seen_x)
    np.testing.assert_allclose(spread[~np.isnan(spread)], 1)


@reproducible
@given(x=st.floats(-20, 70), y=st.floats(-20, 50))
def test_the_view_is_a_window_on_the_display(x, y):
    picture = np.random.default_rng(0).integers(1, 256, (40, 60, 3), dtype=np.uint8)
    trial, field = blank(60, 40), FieldOfView(60, 40, 30, half=25, margin=0)
    centre = field.centre(np.array([x, y]), trial)
    assert abs(centre[0] - np.clip(x, 0, 59)) <= 0.5
    assert abs(centre[1] - np.clip(y, 0, 39)) <= 0.5
    view = field.cut(picture, centre, np.array([0, 0, 9], np.uint8))
    around = np.empty((40 + 200, 60 + 200, 3), np.uint8)
    around[:] = 0, 0, 9
    around[100:140, 100:160] = picture
    left, top = centre[0] + 75, centre[1] + 75
    np.testing.assert_array_equal(view, around[top : top + 50, left : left + 50])
    np.testing.assert_array_equal(view[25, 25], picture[centre[1], centre[0]])


def test_without_a_resolution_nothing_is_resampled(noise):
    picture, trial = noise(30, 40), blank(40, 30)
    field = FieldOfView.of(trial, resample_px_per_degree=None, field_of_view_deg=None, margin_deg=0)
    assert field.resample(picture, trial) is picture


def test_halving_takes_the_mean_of_four_px(noise):
    picture, trial = noise(30, 40), blank(40, 30)
    field = FieldOfView.of(trial, resample_px_per_degree=15, field_of_view_deg=None, margin_deg=0)
    means = picture.reshape(15, 2, 20, 2, 3).mean(axis=(1, 3))
    assert abs(field.resample(picture, trial) - means).max() <= 0.5
    assert field.resample(picture[:8, :6], trial).shape == (4, 3, 3)


def test_enlarging_keeps_a_smooth_picture():
    y, x = np.mgrid[:30, :40]
    picture, trial = np.stack([x * 5, y * 5, x + y], axis=-1).astype(np.uint8), blank(40, 30)
    field = FieldOfView.of(trial, resample_px_per_degree=90, field_of_view_deg=None, margin_deg=0)
    large = field.resample(picture, trial)
    assert large.shape == (90, 120, 3)
    assert abs(large[1::3, 1::3].astype(int) - picture)[2:-2, 2:-2].max() <= 1


@pytest.mark.parametrize("resolution", [1e-6, 7.0, 30.0, 47.3])
def test_resampled_px_and_display_px_meet(resolution):
    """The view px that a display px shows is the one the eye is on when it looks there."""
    trial = blank(61, 43)
    field = FieldOfView.of(trial, resample_px_per_degree=resolution, field_of_view_deg=None, margin_deg=0)
    assert field.width >= 1
    assert field.height >= 1
    for x, y in ((0, 0), (60, 42), (31, 20), (7, 33)):
        centre = field.centre(np.array([x, y], float), trial)
        values = np.zeros((2 * field.half, 2 * field.half))
        values[field.half, field.half] = 1
        spread = field.spread(values, centre, trial, "blocks")
        near = np.argwhere(spread == 1)
        assert abs(near - [y, x]).max(axis=1).min() <= 0.5 * max(1, 30 / resolution)
