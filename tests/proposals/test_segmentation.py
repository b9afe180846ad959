import numpy as np
import pytest

from gazesim.proposals.segmentation import NONE, SegmentationSettings, segmented, watersheds


def blobs(*centres, size=(120, 200), spread=8.0):
    """A map (height, width) with a Gaussian of the height `h` at each (x, y, h)."""
    y, x = np.mgrid[: size[0], : size[1]]
    return sum(h * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * spread**2)) for cx, cy, h in centres)


def line(*values):
    """The regions of a map of one row, numbered by their peak, all of it above the threshold."""
    row = np.array([values], float)
    return lambda prominence: watersheds(row, np.ones_like(row, bool), prominence)[0].tolist()


def test_two_blobs_are_two_boxes_about_their_peaks_the_higher_first():
    found = segmented(blobs((50, 60, 1.0), (150, 40, 0.7)), 10)
    assert len(found) == 2
    np.testing.assert_allclose((found[:, :2] + found[:, 2:]) / 2, [[50, 60], [150, 40]], atol=1.5)


def test_the_box_of_a_gaussian_reaches_to_the_threshold_that_divides_best():
    values = blobs((50, 60, 1.0))

    def between(threshold):  # variance between the two classes, which Otsu's threshold makes largest
        above = values > threshold
        return above.mean() * (1 - above.mean()) * (values[above].mean() - values[~above].mean()) ** 2

    threshold = max(np.arange(1, 255) / 255, key=between)
    (found,) = segmented(values, 10)
    reach = 8 * np.sqrt(-2 * np.log(threshold))
    np.testing.assert_allclose(found, [50 - reach, 60 - reach, 50 + reach, 60 + reach], atol=2.5)  # a cell


def test_a_square_gives_its_own_box():
    values = np.zeros((80, 120))
    values[20:60, 40:80] = 1
    assert segmented(values, 10, SegmentationSettings(largest_deg=5)).tolist() == [[40, 20, 80, 60]]


def test_blobs_that_touch_are_split_at_the_saddle_unless_it_is_shallow():
    wide = SegmentationSettings(largest_deg=20)
    left, right = segmented(blobs((80, 60, 1.0), (116, 60, 0.9), spread=12.0), 10, wide)
    assert left[2] == pytest.approx(98, abs=3)
    assert right[0] == pytest.approx(98, abs=3)
    (both,) = segmented(blobs((80, 60, 1.0), (104, 60, 0.9), spread=12.0), 10, wide)
    assert both[0] < 70
    assert both[2] > 114


def test_watersheds_of_a_line():
    regions = line(1, 3, 1, 2, 0)
    assert regions(0.5) == [1, 1, 1, 3, 3]  # the saddle belongs to the higher neighbour
    assert regions(1.5) == [1] * 5
    assert line(2, 2, 2)(0.1) == [0] * 3  # a plateau is one region
    assert line(5, 4, 4.5, 0, 3)(1.0) == [0, 0, 0, 0, 4]
    above = np.array([[True, False, True]])
    assert watersheds(np.array([[1.0, 0.5, 1.0]]), above, 9.0).tolist() == [[0, NONE, 2]]


def test_watersheds_meet_across_corners_and_count_row_by_row():
    values = np.array([[0, 0, 3], [0, 2, 0], [0, 0, 0]], float)
    assert watersheds(values, values > 0, 0.1).tolist() == [[NONE, NONE, 2], [NONE, 2, NONE], [NONE] * 3]


def test_regions_that_are_too_small_are_left_out_and_those_too_large_cut():
    values = np.maximum(blobs((50, 60, 1.0), spread=3.0), blobs((140, 60, 0.9), spread=25.0))
    small, large = sorted(segmented(values, 10), key=lambda box: box[0])
    assert (small[2:] - small[:2] < 20).all()
    assert (large[2:] - large[:2] <= 60).all()
    assert (large[2:] - large[:2] > 50).all()
    np.testing.assert_allclose((large[:2] + large[2:]) / 2, [140, 60], atol=3)
    assert segmented(values, 10, SegmentationSettings(least_deg=3)).tolist() == [large.tolist()]


@pytest.mark.parametrize("values", [0.0, 7.5, 1e9, -3.0])
@pytest.mark.parametrize("size", [(1, 1), (60, 80)])
def test_nothing_stands_out_of_a_flat_map(values, size):
    assert segmented(np.full(size, values), 10).shape == (0, 4)
    rounding = np.full(size, values) * (1 + 1e-9 * np.random.default_rng(0).random(size))
    assert segmented(rounding, 10).shape == (0, 4)


def test_what_is_nan_is_in_no_region():
    values = blobs((50, 60, 1.0), (150, 40, 0.7))
    values[:, :100] = np.nan
    (right,) = segmented(values, 10)
    np.testing.assert_allclose((right[:2] + right[2:]) / 2, [150, 40], atol=1.5)
    scattered = blobs((50, 60, 1.0), (150, 40, 0.7))
    whole = segmented(scattered, 10)
    scattered[np.random.default_rng(0).random(scattered.shape) < 0.3] = np.nan
    np.testing.assert_allclose(segmented(scattered, 10), whole, atol=3)  # a cell, in whole px
    lonely = np.full((60, 80), np.nan)
    lonely[30, 40] = 1
    assert segmented(lonely, 10).shape == (0, 4)


@pytest.mark.parametrize("seed", range(6))
def test_boxes_lie_in_the_display_with_sides_as_set_and_the_same_twice_on_any_scale(seed):
    random = np.random.default_rng(seed)
    height, width = random.integers(40, 160, 2)
    values = random.random((height, width)) + 3 * blobs(
        *zip(random.uniform(0, width, 5), random.uniform(0, height, 5), random.uniform(0.3, 1, 5), strict=True),
        size=(height, width),
    )
    found = segmented(values, 10)
    assert len(found)
    assert (found == np.rint(found)).all()
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2:] <= [width, height]).all()
    sides = found[:, 2:] - found[:, :2]
    assert (sides >= 10).all()
    assert (sides <= 61).all()  # a cell is rounded to whole px
    np.testing.assert_array_equal(segmented(values.copy(), 10), found)
    np.testing.assert_array_equal(segmented(values * 1024 - 4, 10), found)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: segmented(np.full((5, 5), np.nan), 10), "priority is finite nowhere"),
        (lambda: segmented(np.array([[0.0, np.inf]]), 10), "priority is infinite somewhere"),
        (lambda: segmented(np.zeros(5), 10), r"priority has shape \(5,\)"),
        (lambda: segmented(np.zeros((5, 5)), 0), "px_per_degree is 0"),
        (lambda: SegmentationSettings(prominence=-0.1), "prominence is -0.1"),
        (lambda: SegmentationSettings(least_deg=0), "least_deg is 0"),
        (lambda: SegmentationSettings(largest_deg=np.nan), "largest_deg is nan"),
        (lambda: SegmentationSettings(least_deg=3, largest_deg=2), "largest_deg is 2, expected at least least_deg, 3"),
    ],
)
def test_what_is_wrong_is_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
