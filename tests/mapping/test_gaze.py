import numpy as np
import pytest

from gazesim.mapping.gaze import check_within, gaze_table, placed, read_gaze

TIMES = np.arange(10) * 40.0


def test_a_fixation_lies_in_the_frame_of_its_middle():
    gaze = placed([100, 0], [60, 70], [[1, 2], [3, 4]], TIMES)
    assert gaze.frame.tolist() == [0, 3]
    assert gaze.xy.tolist() == [[3, 4], [1, 2]]


def test_blinks_are_left_out():
    assert len(placed([0, 40], [10, 10], [[1, 2], [np.nan, 4]], TIMES)) == 1


def test_the_offset_is_added():
    assert placed([1000], [0], [[1, 2]], TIMES, offset_ms=-880).frame.tolist() == [3]


def test_different_clocks_ask_for_an_offset():
    with pytest.raises(ValueError, match=r"no gaze lies within the video: gaze from 90000 .* give offset_ms"):
        placed([90_000], [0], [[1, 2]], TIMES)


def test_gaze_beyond_the_video_is_refused_or_dropped():
    with pytest.raises(ValueError, match=r"1 of 2 rows of gaze lie beyond the video, from 0 to 400 ms, .* at 500 ms"):
        placed([0, 500], [0, 0], [[1, 2]] * 2, TIMES)
    assert len(placed([0, 500], [0, 0], [[1, 2]] * 2, TIMES, beyond="drop")) == 1
    with pytest.raises(ValueError, match="the first in frame 12, expected 0 to 9"):
        check_within(gaze_table([3, 12], [[1, 2]] * 2, [0, 40], [1, 1]), 10)


def test_gaze_without_rows_is_refused():
    with pytest.raises(ValueError, match="gaze has no rows"):
        gaze_table([], np.zeros((0, 2)), [], [])


def test_tables_by_frame_or_by_time(tmp_path):
    file = tmp_path / "gaze.csv"
    file.write_text("frame,x,y\n3,5,6\n1,7,8\n")
    gaze = read_gaze(file, TIMES)
    assert gaze.frame.tolist() == [1, 3]
    assert gaze.duration_ms.tolist() == [40, 40]
    file.write_text("onset_ms,duration_ms,x,y\n90,20,5,6\n")
    assert read_gaze(file, TIMES).frame.tolist() == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n", "neither column 'onset_ms' nor 'frame'"),
        ("frame,x,y\n12,1,2\n", "the first in frame 12, expected 0 to 9"),
        ("frame,x,y\n1,a,2\n", "x is 'a' in row 2"),
        ("onset_ms,x,y\n9999999,1,2\n", "give offset_ms"),
        ("frame,x,y\n", "gaze has no rows"),
    ],
)
def test_bad_tables_are_named_in_one_line(tmp_path, text, message):
    file = tmp_path / "gaze.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_gaze(file, TIMES)
    assert "gaze.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
