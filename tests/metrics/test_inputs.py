"""What users give to metrics: frames, masks, logarithms, seconds."""

import numpy as np
import pandas as pd
import pytest

from gazesim.metrics import information_gain, log_likelihood, nss, scanmatch, sequence_score
from gazesim.metrics.maps import density, on_map

PATH = np.array([[10.0, 20.0, 200.0], [30.0, 5.0, 250.0]])
SIZE = (40, 30)


def frames():
    yield pd.DataFrame({"duration_ms": PATH[:, 2], "y": PATH[:, 1], "x": PATH[:, 0], "word": ["a", "b"]})
    yield pd.DataFrame({"duration_s": PATH[:, 2] / 1000, "y": PATH[:, 1], "x": PATH[:, 0]})
    polars = pytest.importorskip("polars")
    yield polars.DataFrame({"y": PATH[:, 1], "duration_ms": PATH[:, 2], "x": PATH[:, 0]})
    pyarrow = pytest.importorskip("pyarrow")
    yield pyarrow.table({"y": PATH[:, 1], "duration_ms": PATH[:, 2], "x": PATH[:, 0]})
    yield np.array([(y, x, d) for x, y, d in PATH], dtype=[("y", float), ("x", float), ("duration_ms", float)])


def test_columns_of_frames_are_taken_by_name():
    other = np.array([[11.0, 18.0, 100.0], [35.0, 8.0, 150.0]])
    expected = scanmatch(PATH, other, size=SIZE, temporal_bin_ms=50)
    assert expected not in (0, 1)
    saliency = np.arange(1200.0).reshape(30, 40)
    for frame in frames():
        assert scanmatch(frame, other, size=SIZE, temporal_bin_ms=50) == pytest.approx(expected)
        assert nss(saliency, frame) == nss(saliency, PATH)
        assert on_map(frame, (30, 40)).all()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(PATH), r"a is a data frame that has no column 'x'; it has '0', '1', '2'"),
        (pd.DataFrame(PATH, columns=["x", "y", "duration"]), r"a has a column 'duration', expected its unit"),
        (pd.DataFrame(PATH, columns=["x", "y", "x"]), r"a data frame that has 2 columns 'x'"),
        (pd.DataFrame({"x": ["left"], "y": [1]}), r"a holds something that is not a number"),
    ],
)
def test_frames_that_are_not_scanpaths(frame, message):
    with pytest.raises(ValueError, match=message):
        scanmatch(frame, PATH, size=SIZE)


def test_masked_places_are_not_known():
    masked = np.ma.masked_array(PATH, mask=[[True, False, False], [False] * 3])
    assert np.isnan(scanmatch(masked, PATH, size=SIZE))
    saliency = np.ma.masked_array(np.ones((3, 4)), mask=np.eye(3, 4, dtype=bool))
    with pytest.raises(ValueError, match=r"saliency holds nan, expected finite numbers"):
        nss(saliency, [[1, 1]])


def test_log_densities_are_densities():
    maps = np.random.default_rng(0).random((2, 20, 30)) + 0.01
    logs = np.log(density(maps))
    at = [[3, 4], [20, 10]]
    np.testing.assert_allclose(information_gain(logs, at), information_gain(maps, at))
    np.testing.assert_allclose(information_gain(maps[0], at, baseline=logs[1]), information_gain(maps[0], at, maps[1]))
    np.testing.assert_allclose(log_likelihood(logs.astype(np.float32), at), log_likelihood(maps, at), rtol=1e-5)
    negative = logs[0] - 1  # no density: shifted to 0, as before
    np.testing.assert_allclose(density(negative), density(negative - negative.min()))


@pytest.mark.parametrize("factor", [1, 1.5])
def test_durations_in_seconds(factor):
    seconds = PATH * [1, 1, 0.001 * factor]
    with pytest.raises(ValueError, match=r"the median duration is 0.\d+ ms, it looks like seconds, expected ms"):
        scanmatch(seconds, seconds, size=SIZE, temporal_bin_ms=50)
    with pytest.raises(ValueError, match=r"it looks like seconds"):
        sequence_score(seconds, seconds, centres=[[0, 0], [9, 9]], duration_bin_ms=50)
