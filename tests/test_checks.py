import numpy as np
import pytest

from gazesim.checks import (
    as_floats,
    check_at_least,
    check_columns,
    check_degrees,
    check_finite,
    check_id,
    check_not_negative,
    check_option,
    check_positive,
    check_px_per_degree,
    check_shape,
    unknown,
)


@pytest.mark.parametrize("shape", [(3, 2), ("n", 2), (3, "m"), ("n", "m")])
def test_shapes_that_fit(shape):
    check_shape("xy", np.zeros((3, 2)), shape)


@pytest.mark.parametrize(
    ("shape", "expected"), [((2, 3), "2, 3"), (("n", 7), "n, 7"), (("n",), "n"), (("n", 2, 1), "n, 2, 1")]
)
def test_shapes_that_do_not_fit(shape, expected):
    with pytest.raises(ValueError, match=rf"^xy has shape \(3, 2\), expected \({expected}\)$"):
        check_shape("xy", np.zeros((3, 2)), shape)


@pytest.mark.parametrize("value", [1, 1e-300, np.float32(2), np.int64(3)])
def test_positive_numbers(value):
    check_positive("px_per_degree", value)


@pytest.mark.parametrize("value", [0, -1.5, float("nan"), float("inf"), True, None, "3", np.ones(1), 1j])
def test_values_that_are_no_positive_number(value):
    with pytest.raises(ValueError, match=r"^px_per_degree is .*, expected a finite number above 0$"):
        check_positive("px_per_degree", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, None, "3", 1j])
def test_values_that_are_no_finite_number(value):
    with pytest.raises(ValueError, match=r"^gap is .*, expected a finite number$"):
        check_finite("gap", value)
    with pytest.raises(ValueError, match=r"^bin_ms is .*, expected a finite number of at least 0$"):
        check_not_negative("bin_ms", value)


def test_finite_numbers():
    check_finite("gap", np.float32(-2))
    check_not_negative("bin_ms", 0)
    with pytest.raises(ValueError, match=r"^bin_ms is -1, expected a finite number of at least 0$"):
        check_not_negative("bin_ms", -1)


def test_option():
    check_option("kind", "a", ("a", "b"))
    with pytest.raises(ValueError, match=r"^kind is 'c', expected one of 'a', 'b'$"):
        check_option("kind", "c", ("a", "b"))


def test_unknown_names_the_nearest_if_any():
    assert unknown("model", "ivnn", ["ivsn", "eccnet"]).endswith("known: eccnet, ivsn; did you mean 'ivsn'?")
    assert unknown("model", "zzz", ["ivsn", "eccnet"]) == "unknown model 'zzz'; known: eccnet, ivsn"


def test_as_floats_gives_a_read_only_copy():
    source = np.array([[1, 2], [3, 4]], np.int32)
    floats = as_floats("xy", source, ("n", 2))
    source[0, 0] = 9
    assert floats.dtype == np.float64
    np.testing.assert_array_equal(floats, [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"read-only"):
        floats[0, 0] = 5


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([[1, 2], [3]], "xy is ragged"),
        ([["1", "2"]], "xy has dtype <U1, expected numbers"),
        ([[True, False]], "xy has dtype bool, expected numbers"),
        ([[1, None]], "xy has dtype object, expected numbers"),
        ([[1j, 2]], "xy has dtype complex128, expected numbers"),
        ([[1, 2, 3]], r"xy has shape \(1, 3\), expected \(n, 2\)"),
        ([[1, np.nan]], "xy holds nan, expected finite numbers"),
        ([[-np.inf, 1]], "xy holds -inf, expected finite numbers"),
    ],
)
def test_as_floats_refuses(value, found):
    with pytest.raises(ValueError, match=f"^{found}"):
        as_floats("xy", value, ("n", 2))


@pytest.mark.parametrize("value", [None, "a", "007", 'a,"b" c', "étude", "目標", " ", "👩‍🔬"])
def test_ids(value):
    check_id("id", value)


@pytest.mark.parametrize("value", ["", "a\nb", "a\r", "\0", "\ud800", "a\u2028b", 7, True, b"a"])
def test_values_that_are_no_id(value):
    with pytest.raises(ValueError, match=r"^id is .*, expected text"):
        check_id("id", value)


def test_columns():
    check_columns("table", ["b", "a", "b"], ["a"])
    with pytest.raises(ValueError, match=r"^table has no column 'c'; it has 'b', 'a'$"):
        check_columns("table", ["b", "a"], ["a", "c"])
    with pytest.raises(ValueError, match=r"^table has 2 columns 'b', expected one$"):
        check_columns("table", ["b", "a", "b"], ["a", "b"])


@pytest.mark.parametrize("value", [2, 3, np.int64(2)])
def test_at_least(value):
    check_at_least("max_fixations", value, 2)


@pytest.mark.parametrize("value", [1, -5, True, 2.0, "3", None])
def test_less_than_least_or_no_whole_number(value):
    with pytest.raises(ValueError, match=r"^max_fixations is .*, expected a whole number of at least 2$"):
        check_at_least("max_fixations", value, 2)


@pytest.mark.parametrize("value", [1e308, 361, -1, 0, float("nan"), True, "wide"])
def test_angles_are_those_of_a_visual_field(value):
    with pytest.raises(ValueError, match=r"^margin_deg is "):
        check_degrees("margin_deg", value)
    check_degrees("margin_deg", 0, zero=True)
    check_degrees("margin_deg", 360)


@pytest.mark.parametrize("value", [1e308, 10_001, 0, float("inf")])
def test_resolutions_are_those_of_displays(value):
    with pytest.raises(ValueError, match=r"^px_per_degree is "):
        check_px_per_degree("px_per_degree", value)
    check_px_per_degree("px_per_degree", 150)
