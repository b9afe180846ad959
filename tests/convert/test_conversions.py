"""Scanpaths in other programs' forms and back."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from gazesim import Scanpath
from gazesim.convert import (
    frames,
    from_frame,
    from_pymovements,
    from_pysaliency,
    to_frame,
    to_pymovements,
    to_pysaliency,
)


@pytest.fixture
def paths():
    return [
        Scanpath([[30, 20], [0.1, 1 / 3]], True, "b", "x", onset_ms=[0, 210], duration_ms=[200, 250]),
        Scanpath([[3, 2], [4, 5], [6, 7]], True, "a", "x", onset_ms=[5, 210, 500], duration_ms=[200, 250, 20]),
        Scanpath([[9, 8]], None, "a", "y", onset_ms=[100], duration_ms=[100]),
    ]


def same(paths, others, *, found=True):
    assert len(paths) == len(others)
    for path, other in zip(paths, others, strict=True):
        assert (path.trial, path.observer) == (other.trial, other.observer)
        assert not found or path.found == other.found
        np.testing.assert_array_equal(path.xy, other.xy)
        for name in ("onset_ms", "duration_ms"):
            np.testing.assert_allclose(getattr(path, name), getattr(other, name), rtol=1e-12)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_frames(paths, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    frame = to_frame(paths, backend)
    assert type(frame).__module__.split(".")[0] == backend
    same(from_frame(frame), paths)
    bare = [Scanpath([[1, 2]])]
    (back,) = from_frame(to_frame(bare, backend))
    assert (back.trial, back.found, back.onset_ms, back.xy.tolist()) == (None, None, None, [[1, 2]])


def test_columns_of_a_polars_frame_have_their_types(paths):
    polars = pytest.importorskip("polars")
    schema = to_frame(paths, "polars").schema
    assert (schema["trial"], schema["index"], schema["x"], schema["found"]) == (
        polars.String,
        polars.Int64,
        polars.Float64,
        polars.Boolean,
    )


def test_frames_that_are_none(paths, monkeypatch):
    with pytest.raises(ValueError, match=r"backend is 'spark', expected one of"):
        to_frame(paths, "spark")
    with pytest.raises(
        ValueError, match=r"table is list, expected a path, a data frame of pandas, polars or pyarrow, or a list"
    ):
        from_frame([1])
    with pytest.raises(ValueError, match=r"has no column 'trial'"):
        from_frame(pd.DataFrame({"x": [1]}))
    monkeypatch.setattr(frames, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"need narwhals: pip install 'gazesim\[data\]'"):
        to_frame(paths, "polars")


def test_pysaliency_arrays(paths):
    trains = to_pysaliency(paths)
    assert (trains.trials, trains.observers) == (["b", "a"], ["x", "y"])
    assert (trains.ns.tolist(), trains.subjects.tolist()) == ([0, 1, 1], [0, 0, 1])
    assert trains.xs[1].tolist() == [3, 4, 6]
    assert trains.ys[1].tolist() == [2, 5, 7]
    assert trains.ts[0].tolist() == [0, 0.21]  # s
    assert trains.durations[0].tolist() == [0.2, 0.25]
    same(from_pysaliency(trains), paths, found=False)
    assert to_pysaliency(paths, trials=["a", "c", "b"]).ns.tolist() == [2, 0, 0]


class PysaliencyObject:
    """The attributes of a pysaliency FixationTrains object: arrays padded with NaN."""

    def __init__(self, paths):
        def padded(rows):
            return np.array([[*row, *[np.nan] * (3 - len(row))] for row in rows])

        self.train_xs, self.train_ys = padded([p.xy[:, 0] for p in paths]), padded([p.xy[:, 1] for p in paths])
        self.train_ts = padded([p.onset_ms / 1000 for p in paths])
        self.train_durations = padded([p.duration_ms / 1000 for p in paths])
        self.train_ns, self.train_subjects = np.array([0, 1, 1]), np.array([0, 0, 1])


def test_pysaliency_objects(paths):
    same(from_pysaliency(PysaliencyObject(paths), ["b", "a"], ["x", "y"]), paths, found=False)
    numbered = from_pysaliency(PysaliencyObject(paths))
    assert [(path.trial, path.observer) for path in numbered] == [("0", "0"), ("1", "0"), ("1", "1")]


def test_pysaliency_without_times(paths):
    bare = [Scanpath(path.xy, trial=path.trial, observer=path.observer) for path in paths]
    trains = to_pysaliency(bare)
    assert (trains.ts[1].tolist(), trains.durations) == ([0, 1, 2], None)
    back = from_pysaliency(trains)
    assert {path.onset_ms is None and path.duration_ms is None for path in back} == {True}


def test_pysaliency_faults(paths):
    with pytest.raises(ValueError, match=r"lacks a trial or an observer"):
        to_pysaliency([Scanpath([[1, 2]])])
    with pytest.raises(ValueError, match=r"trial 'b' is not one of the 1 trials"):
        to_pysaliency(paths, trials=["a"])
    with pytest.raises(ValueError, match=r"trials has 1 names, but the numbers are 0 to 1"):
        from_pysaliency(PysaliencyObject(paths), ["b"])


class Columns:
    """The attributes of an object of pysaliency."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


def test_pysaliency_scanpaths_of_today(paths):
    trains = to_pysaliency(paths)
    arguments = trains.arguments()
    assert arguments.keys() == {"xs", "ys", "n", "subject", "ts", "durations"}
    scanpaths = Columns(
        xs=arguments["xs"],
        ys=arguments["ys"],
        n=arguments["n"],
        scanpath_attributes={"subject": np.array(["x", "x", "y"])},
        fixation_attributes={"ts": arguments["ts"], "durations": arguments["durations"]},
    )
    same(from_pysaliency(scanpaths, ["b", "a"]), paths, found=False)
    same(from_pysaliency(Columns(scanpaths=scanpaths, x_hist=[]), ["b", "a"]), paths, found=False)
    (bare,) = from_pysaliency(Columns(xs=[[1]], ys=[[2]], n=[3], scanpath_attributes={}, fixation_attributes={}))
    assert (bare.trial, bare.observer, bare.onset_ms, bare.duration_ms) == ("3", "0", None, None)
    in_ms = from_pysaliency(scanpaths, ["b", "a"], time_unit="ms")
    assert in_ms[0].duration_ms.tolist() == [0.2, 0.25]


def test_pysaliency_durations_of_trains(paths):
    trains = PysaliencyObject(paths)
    trains.scanpath_fixation_attributes = {"durations": trains.train_durations}
    del trains.train_durations
    same(from_pysaliency(trains, ["b", "a"], ["x", "y"]), paths, found=False)


def test_pysaliency_fixations():
    whole = {
        "x": [1, 5, 2, 3],
        "y": [1, 5, 2, 3],
        "t": [0.1, 0.3, 0.4, 0.9],
        "n": [0, 1, 0, 0],
        "subject": np.array(["p", "p", "p", "p"]),
        "x_hist": [[np.nan] * 2, [np.nan] * 2, [1, np.nan], [1, 2]],
    }
    first, second = from_pysaliency(Columns(**whole))
    assert (first.trial, first.observer, first.xy[:, 0].tolist()) == ("0", "p", [1, 2, 3])
    np.testing.assert_allclose(first.onset_ms, [100, 400, 900])
    assert (second.trial, second.xy.tolist()) == ("1", [[5, 5]])
    part = {name: [values[row] for row in (0, 1, 3)] for name, values in whole.items()}
    with pytest.raises(ValueError, match=r"2 fixations of picture 0 and subject p are not one whole scanpath"):
        from_pysaliency(Columns(**part))
    loose = {**whole, "x_hist": [[np.nan]] * 4}
    assert from_pysaliency(Columns(**loose))[0].xy[:, 0].tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="are not one whole scanpath"):
        from_pysaliency(Columns(**{**loose, "t": [0, 0, 0, 0]}))
    with pytest.raises(ValueError, match=r"trains is list, expected ScanpathFixations"):
        from_pysaliency([])


def events_frame(**columns):
    rows = {
        "trial": ["p"] * 4,
        "subject": ["s"] * 4,
        "name": ["fixation_eyelink"] * 4,
        "onset": [0, 5, 230, 240],
        "offset": [200, 200, 500, 510],
        "location": [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]],
        **columns,
    }
    return pytest.importorskip("polars").DataFrame(rows)


def test_events_of_any_detector_and_of_one_eye():
    eyes = events_frame(eye=["left", "right"] * 2)
    (path,) = from_pymovements(eyes, eye="right")
    assert (path.xy.tolist(), path.onset_ms.tolist()) == ([[2, 2], [4, 4]], [5, 240])
    with pytest.raises(ValueError, match=r"two eyes \(2 of the left eye and 2 of the right eye\), expected one"):
        from_pymovements(eyes)
    with pytest.raises(ValueError, match=r"eye is 'both', expected one of None, 'left', 'right'"):
        from_pymovements(eyes, eye="both")
    several = events_frame(name=["fixation.ivt", "fixation_idt"] * 2)
    with pytest.raises(ValueError, match=r"events have fixation.ivt, fixation_idt, expected those of one: give det"):
        from_pymovements(several)
    assert from_pymovements(several, detector="idt")[0].xy[0].tolist() == [2, 2]
    with pytest.raises(ValueError, match=r"detector is 'x', but events have fixation.ivt, fixation_idt"):
        from_pymovements(several, detector="x")


def test_events_with_places_of_two_eyes():
    binocular = events_frame(location=[[1.0, 2.0, 3.0, 4.0]] * 4)
    with pytest.raises(ValueError, match=r"location is of two eyes, expected one: give eye"):
        from_pymovements(binocular)
    assert from_pymovements(binocular, eye="left")[0].xy[0].tolist() == [1, 2]
    assert from_pymovements(binocular, eye="right")[0].xy[0].tolist() == [3, 4]
    with pytest.raises(ValueError, match=r"location is missing in 1 of 4 fixations"):
        from_pymovements(events_frame(location=[None, [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]))


def test_pymovements_events(paths):
    pytest.importorskip("pymovements")
    events = to_pymovements(paths)
    assert type(events).__name__ == "Events"
    assert events.frame["name"].unique().to_list() == ["fixation"]
    same(from_pymovements(events), paths, found=False)


def test_events_frames_without_pymovements(paths):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {
            "page": ["p", "p", "p"],
            "reader": [1, 1, 1],
            "name": ["fixation.ivt", "saccade", "fixation.ivt"],
            "onset": [0, 200, 230],
            "offset": [200, 230, 500],
            "location": [[3.0, 4.0], None, [8.0, 9.0]],
        }
    )
    (path,) = from_pymovements(frame, trial="page", observer="reader")
    assert (path.trial, path.observer, path.xy.tolist()) == ("p", "1", [[3, 4], [8, 9]])
    assert (path.onset_ms.tolist(), path.duration_ms.tolist()) == ([0, 230], [200, 270])
    with pytest.raises(ValueError, match=r"events have no column 'trial'; they have 'page'"):
        from_pymovements(frame)
    with pytest.raises(ValueError, match=r"events hold no row called fixation"):
        from_pymovements(frame[1:2], trial="page", observer="reader")


def test_events_need_pymovements(paths, monkeypatch):
    monkeypatch.setattr("gazesim.convert.pymovements.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'gazesim\[trackers\]'"):
        to_pymovements(paths)
