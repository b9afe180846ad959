"""Fixations to the target, ratios, curves and areas: closed forms, invariances and edge cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from gazesim.metrics.search_curves import (
    cumulative_performance,
    fixations_to_target,
    probability_mismatch,
    scanpath_ratio,
    tfp_auc,
    visions_area,
)

BOX = [40, 30, 60, 50]
PATHS = st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 100)), min_size=1, max_size=8)
STEPS = st.lists(st.one_of(st.integers(1, 9), st.just(np.inf)), min_size=1, max_size=30)
CURVES = STEPS.map(lambda steps: cumulative_performance(steps, 7))


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ([[50, 40]], 1),
        ([[0, 0], [50, 40], [50, 41]], 2),
        ([[40, 40], [60, 40], [50, 30], [50, 50]], np.inf),  # edges are outside
        ([[-900, 4], [40.001, 49.999]], 2),
        ([[0, 0]], np.inf),
    ],
)
def test_fixations_to_target(path, number):
    assert fixations_to_target(path, BOX) == number


@given(PATHS, st.integers(-50, 50), st.integers(-50, 50), st.sampled_from([0.25, 0.5, 2, 4]))
def test_shift_and_unit_do_not_matter(path, dx, dy, unit):
    moved = np.add(path, [dx, dy]) * unit
    box = np.add(BOX, [dx, dy, dx, dy]) * unit
    assert fixations_to_target(moved, box) == fixations_to_target(path, BOX)
    for whole in (False, True):
        ratio = scanpath_ratio(path, BOX, whole=whole)
        assert scanpath_ratio(moved, box, whole=whole) == pytest.approx(ratio, nan_ok=True)
        assert np.isnan(ratio) or 0 <= ratio <= 1


@given(PATHS)
def test_the_ratio_ends_on_the_target(path):
    steps = fixations_to_target(path, BOX)
    ratio = scanpath_ratio(path, BOX)
    if np.isinf(steps) or steps == 1:
        assert np.isnan(ratio)
    else:
        first = path[: int(steps)]
        assert ratio == scanpath_ratio(first, BOX, whole=True)
        assert ratio >= scanpath_ratio([*first, (500, 500)], BOX, whole=True)


def test_the_ratio_is_capped_where_the_path_ends_before_the_centre():
    assert scanpath_ratio([[0, 40], [45, 40]], BOX) == 1
    assert scanpath_ratio([[0, 40], [0, 0], [50, 0], [50, 40]], BOX) == pytest.approx(50 / 130)


def test_what_has_no_ratio():
    assert np.isnan(scanpath_ratio([[50, 40]], BOX))
    assert np.isnan(scanpath_ratio([[50, 40], [0, 0]], BOX))
    assert np.isnan(scanpath_ratio([[0, 0], [9, 9]], BOX))
    assert np.isnan(scanpath_ratio([[0, 0], [0, 0]], BOX, whole=True))
    for path in ([], np.empty((0, 2))):
        assert np.isnan(scanpath_ratio(path, BOX))
        assert np.isnan(scanpath_ratio(path, BOX, whole=True))
        assert np.isnan(fixations_to_target(path, BOX))


@given(STEPS, st.integers(1, 12))
def test_curve_counts_the_trials_found_by_then(steps, longest):
    curve = cumulative_performance(steps, longest)
    wanted = [sum(step <= n for step in steps) / len(steps) for n in range(1, longest + 1)]
    np.testing.assert_allclose(curve, wanted)
    assert (np.diff(curve) >= 0).all()


def test_failures_count_and_unknown_trials_do_not():
    assert cumulative_performance([1, np.inf, np.nan], 2).tolist() == [0.5, 0.5]
    assert np.isnan(cumulative_performance([np.nan], 3)).all()
    assert np.isnan(cumulative_performance([], 3)).all()


def test_categories_count_alike():
    steps, kinds = [1, 1, 1, 2], ["mug", "mug", "mug", "fork"]
    assert cumulative_performance(steps, 2).tolist() == [0.75, 1]
    assert cumulative_performance(steps, 2, kinds).tolist() == [0.5, 1]
    assert cumulative_performance([*steps, np.nan], 2, [*kinds, "clock"]).tolist() == [0.5, 1]


@given(CURVES, CURVES)
def test_areas_and_mismatch(first, second):
    assert 0 <= tfp_auc(first) <= 7
    assert 0 <= visions_area(first) <= 1
    assert visions_area(first) == pytest.approx(trapezoid(first, np.linspace(0, 1, 7)))
    assert probability_mismatch(first, first) == 0
    assert probability_mismatch(first, second) == probability_mismatch(second, first)
    assert probability_mismatch(first, second) >= abs(tfp_auc(first) - tfp_auc(second)) - 1e-12


def test_area_of_one_point_is_not_known():
    assert np.isnan(visions_area([0.5]))
    assert tfp_auc([0.5]) == 0.5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fixations_to_target([[0, np.nan]], BOX), "scanpath holds nan"),
        (lambda: fixations_to_target([0, 1], BOX), "scanpath has shape (2,), expected (n, 2)"),
        (lambda: fixations_to_target([[0, 0]], [40, 30, 20, 50]), "box is [40.0, 30.0, 20.0, 50.0], expected x0, y0"),
        (lambda: scanpath_ratio([[0, 0]], [0, 0, np.inf, 1]), "box holds inf"),
        (lambda: cumulative_performance([0, 1], 3), "fixations holds 0.0, expected 1 for the initial fixation"),
        (lambda: cumulative_performance([1, 2], 0), "longest is 0"),
        (lambda: cumulative_performance([1, 2], 3, ["mug"]), "categories has shape (1,), expected (2)"),
        (lambda: tfp_auc([0.5, 1.2]), "curve is [0.5, 1.2], expected one or more shares from 0 to 1"),
        (lambda: tfp_auc([]), "curve is [], expected one or more shares"),
        (lambda: visions_area([0.5, np.nan]), "curve holds nan"),
        (lambda: probability_mismatch([0.5, 1], [0.5]), "people has shape (1,), expected (2)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
