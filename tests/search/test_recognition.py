import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gazesim.search.recognition import OracleRecognition
from gazesim.trial import Trial

IMAGE = np.zeros((120, 160, 3), np.uint8)


def trial(box=(60, 50, 70, 65), objects=None, px_per_degree=10.0):
    return Trial(IMAGE, IMAGE[:2, :2], target_box=box, objects=objects, px_per_degree=px_per_degree)


def found(x, y, display, **settings):
    return OracleRecognition(**settings).found(display, np.array([(0, 0), (x, y)], float))


# a window of 6 px around px x is x - 3 .. x + 2; the box is px 60 .. 69 and 50 .. 64
@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (65, 55, True),
        (57, 55, False),
        (58, 55, True),
        (72, 55, True),
        (73, 55, False),
        (65, 47, False),
        (65, 48, True),
        (65, 67, True),
        (65, 68, False),
        (58, 48, True),
        (57, 48, False),
        (73, 68, False),
    ],
)
def test_the_window_reaches_the_box_or_not(x, y, expected):
    assert found(x, y, trial(), recognition_deg=0.6) is expected


@settings(deadline=None, derandomize=True)
@given(
    x=st.floats(-20, 180),
    y=st.floats(-20, 140),
    side=st.integers(1, 30),
    left=st.floats(40, 70),
    top=st.floats(40, 70),
    size=st.floats(1, 20),
)
def test_found_when_window_and_box_share_a_px(x, y, side, left, top, size):
    rows, columns = np.mgrid[-60:200, -60:240]
    boxed = (left <= columns) & (columns < left + size) & (top <= rows) & (rows < top + size)
    seen = (x - side / 2 <= columns) & (columns < x + side / 2) & (y - side / 2 <= rows) & (rows < y + side / 2)
    display = trial((left, top, left + size, top + size))
    assert found(x, y, display, recognition_deg=side / 10) == bool((boxed & seen).any())


# the published windows: 10 px for arrays, 64 px for scenes, at 30 px per degree
@pytest.mark.parametrize(("objects", "side"), [(None, 64), ([(0, 0, 160, 120)], 10)])
def test_the_published_windows(objects, side):
    display = trial((100, 50, 101, 51), objects, px_per_degree=30)
    assert found(100 - side // 2 + 1, 50, display)
    assert not found(100 - side // 2, 50, display)
    assert found(100 + side // 2, 50, display)
    assert not found(100 + side // 2 + 1, 50, display)


def test_the_smallest_window_is_the_fixated_px():
    assert found(60, 50, trial(), recognition_deg=1e-9)
    assert not found(59, 50, trial(), recognition_deg=1e-9)


@pytest.mark.parametrize(
    ("objects", "test_first", "expected"),
    [
        (None, None, True),
        (None, False, False),
        (None, True, True),
        ([(60, 50, 70, 65)], None, False),
        ([(60, 50, 70, 65)], True, True),
    ],
)
def test_whether_the_initial_fixation_can_find(objects, test_first, expected):
    recognition, display = OracleRecognition(test_first=test_first), trial(objects=objects)
    assert recognition.found(display, np.array([[65.0, 55.0]])) is expected
    assert recognition.found(display, np.array([[65.0, 55.0]] * 2)) is True


def test_only_the_last_fixation_counts():
    assert not OracleRecognition().found(trial(), np.array([(65, 55), (65, 55), (5, 5.0)]))


def test_nothing_is_found_without_a_box():
    assert found(65, 55, trial(box=None)) is False


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"recognition_deg": 0}, "recognition_deg is 0, expected a finite number above 0"),
        ({"recognition_deg": np.nan}, "recognition_deg is nan, expected a finite number above 0"),
        ({"test_first": "yes"}, "test_first is 'yes', expected true, false or None"),
    ],
)
def test_settings_are_checked(settings, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        OracleRecognition(**settings)
