"""A table of one's own: what loads, and the line that each mistake gets."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gazesim import Scanpath, write_scanpaths, write_trials
from gazesim.datasets import load_dataset, load_table
from gazesim.trial import Trial

SCREEN = {"width": 1600, "height": 1000}


def rows(trials=6, observers=4, length=8, seed=0):
    """Fixations spread over a screen of 1600 x 1000 px."""
    random, n = np.random.default_rng(seed), trials * observers * length
    return pd.DataFrame(
        {
            "trial": np.repeat([f"t{number}" for number in range(trials)], observers * length),
            "observer": np.tile(np.repeat([f"p{number}" for number in range(observers)], length), trials),
            "index": np.tile(np.arange(length), trials * observers),
            "x": random.uniform(0, 1599, n).round(1),
            "y": random.uniform(0, 999, n).round(1),
            "onset_ms": np.tile(np.arange(length) * 250.0, trials * observers),
            "duration_ms": random.integers(100, 400, n).astype(float),
        }
    )


@pytest.fixture(params=[".csv", ".tsv", ".parquet"])
def written(request, tmp_path):
    """Write a table and return its path."""

    def write(table):
        path = tmp_path / f"mine{request.param}"
        if request.param == ".parquet":
            table.to_parquet(path, index=False)
        else:
            table.to_csv(path, index=False, sep={".csv": ",", ".tsv": "\t"}[request.param])
        return path

    return write


def refused(table, message, **arguments):
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        load_table(table, **(SCREEN | arguments))
    assert "\n" not in str(error.value)


def test_a_table_is_read(written):
    table = rows()
    data = load_table(written(table), px_per_degree=40, **SCREEN)
    assert (len(data.trials), len(data.observers), len(data.scanpaths)) == (6, 4, 24)
    path, part = data.scanpaths[5], table[40:48]
    assert (path.trial, path.observer) == ("t1", "p1")
    np.testing.assert_array_equal(path.xy, part[["x", "y"]])
    np.testing.assert_array_equal(path.onset_ms, part["onset_ms"])
    np.testing.assert_array_equal(path.duration_ms, part["duration_ms"])
    assert data.trials[0].px_per_degree == 40
    assert load_table(table, **SCREEN).fingerprint() == data.fingerprint()


def test_the_columns_may_have_any_name_and_time_be_in_seconds(written):
    names = {"trial": "image", "observer": "sub", "x": "CURRENT_FIX_X", "y": "CURRENT_FIX_Y", "index": "nr"}
    table = rows().rename(columns=names).assign(t=lambda table: table["duration_ms"] / 1000)
    table["sub"] = table["sub"].str[1:].astype(int)  # numbers are names too
    data = load_table(written(table), columns={**names, "duration_s": "t"}, **SCREEN)
    assert data.scanpaths[0].onset_ms is None
    assert data.scanpaths[0].observer == "0"
    assert data.scanpaths[0].duration_ms == pytest.approx(table["duration_ms"][:8])


def test_rows_may_stand_in_any_order_if_they_have_an_index():
    table = rows()
    mixed = load_table(table.sample(frac=1, random_state=1), **SCREEN)
    sorted_paths = {(path.trial, path.observer): path.xy.tolist() for path in load_table(table, **SCREEN).scanpaths}
    assert {(path.trial, path.observer): path.xy.tolist() for path in mixed.scanpaths} == sorted_paths


def test_our_own_scanpath_tables_are_tables_too(tmp_path):
    write_scanpaths(tmp_path / "a.csv", [Scanpath([[4, 5], [400, 90]], True, "NA", "eccnet")])
    data = load_table(tmp_path / "a.csv", columns={name: name for name in ("trial", "observer", "x", "y")}, **SCREEN)
    assert (data.scanpaths[0].trial, data.scanpaths[0].xy.tolist()) == ("NA", [[4, 5], [400, 90]])


def test_a_table_of_simulated_scanpaths_has_no_times(tmp_path):
    paths = [Scanpath([[9.5, 3], [200, 30]], trial=trial, observer="eccnet") for trial in ("a", "b")]
    write_scanpaths(tmp_path / "simulated.csv", paths)
    found = load_table(tmp_path / "simulated.csv", **SCREEN).scanpaths
    assert [path.xy.tolist() for path in found] == [[[9.5, 3], [200, 30]]] * 2
    assert all(path.onset_ms is None and path.duration_ms is None for path in found)


def test_a_trial_list_brings_pictures_and_targets(tmp_path, noise):
    write_trials(
        tmp_path / "set",
        [
            Trial(noise(50, 80, n), None, target_box=[1, 2, 11, 12], objects=boxes, px_per_degree=5, id=f"t{n}")
            for n, boxes in enumerate((None, [[0, 0, 20, 20], [40, 0, 60, 20]]))
        ],
    )
    table = rows(trials=2).assign(x=lambda table: table["x"] / 20, y=lambda table: table["y"] / 20)
    data = load_table(table, trials=tmp_path / "set", task="search")
    trial = data.trials[1]
    assert (trial.width, trial.height, trial.px_per_degree) == (80, 50, 5)
    assert data.trials[1].target_box.tolist() == [1, 2, 11, 12]
    np.testing.assert_array_equal(data.trials[1].image, noise(50, 80, 1))
    assert data.trials[0].objects is None
    assert trial.objects.tolist() == [[0, 0, 20, 20], [40, 0, 60, 20]]
    with pytest.raises(ValueError, match=r"1 trials are not in .*, the first is 't2'"):
        load_table(rows(trials=3), trials=tmp_path / "set")


def test_columns_swapped(written):
    table = rows().rename(columns={"x": "y", "y": "x"})
    refused(
        written(table), r"the fixations lie outside their display, 0.0% with x and y swapped: the columns look like"
    )


def test_times_in_seconds(written):
    table = rows()
    refused(
        written(table.assign(duration_ms=table["duration_ms"] / 1000)),
        r"the median duration is 0\.\d+ ms, it looks like seconds, expected ms",
    )
    onsets = table.assign(onset_ms=table["onset_ms"] / 1000).drop(columns="duration_ms")
    refused(written(onsets), r"the median time from one onset to the next is 0.25 ms, it looks like seconds")


def test_a_second_origin(written):
    table = rows()
    centred = table.assign(x=table["x"] - 800, y=table["y"] - 500)
    refused(written(centred), r"none if the origin were its centre; expected px from its top left corner")
    refused(written(table.assign(y=-table["y"])), r"lie outside their display \(x .*, y -9\d\d.* to -?\d")
    refused(written(table.assign(x=table["x"] / 1600, y=table["y"] / 1000)), r"no coordinate is above 1")


def test_duplicated_rows(written):
    table = rows()
    double = pd.concat([table, table[10:12]], ignore_index=True)
    refused(written(double), r"2 rows repeat the trial, observer, index of an earlier row, the first is row 194")
    refused(
        written(double.drop(columns="index")),
        r"2 rows repeat the trial, observer, onset_ms of an earlier row, the first is",
    )
    refused(
        written(double.drop(columns=["index", "onset_ms"])), r"2 rows repeat the trial, observer, x, y, duration_ms"
    )


def test_missing_observers(written):
    table = rows()
    table.loc[[3, 7], "observer"] = None
    refused(written(table), r"observer is missing in 2 of 192 rows, first in row 5")
    refused(written(rows().drop(columns="observer")), r"it has no column 'observer'; it has 'trial', 'index'")
    refused(written(rows(observers=3)), r"has 3 observers, its publication states 4", stated={"observers": 4})


def test_other_faults(written, tmp_path):
    table = rows()
    refused(written(table.assign(x=["?"] + ["1"] * 191)), r"x is '\?' in row 2, expected a finite number")
    refused(written(table.assign(y=[1.0] * 5 + [np.nan] * 187)), r"y is 'nan' in row 7, expected a finite number")
    refused(written(table[:0]), r"it has no rows")
    refused(written(table.assign(onset_ms=table["onset_ms"][::-1].to_numpy())), r"onset_ms decreases")
    refused(
        written(table.assign(duration_ms=-table["duration_ms"])), r"trial 't0', observer 'p0': duration_ms is negative"
    )
    refused(written(table), r"unknown field of columns 'tral'.*did you mean 'trial'", columns={"tral": "trial"})
    refused(written(table), r"columns lacks 'y'", columns={"trial": "trial", "observer": "observer", "x": "x"})
    refused(written(table), r"the size of the displays is not known", width=None)
    refused(tmp_path / "mine.xls", r"suffix of .*mine.xls' is '.xls', expected one of")
    refused(tmp_path / "none.csv", r"table .*none.csv' does not exist")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_that_are_no_table(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\xff\xfe\x00damaged")
    refused(path, r"table .* cannot be read as|it has no column|it has no rows")


def test_a_yaml_file_describes_a_table(tmp_path):
    rows().to_csv(tmp_path / "fixations.csv", index=False)
    (tmp_path / "mine.yaml").write_text(
        "table: fixations.csv\ncolumns: {trial: trial, observer: observer, x: x, y: y, duration_ms: duration_ms}\n"
        "width: 1600\nheight: 1000\npx_per_degree: 40\nstated: {observers: 4}\n"
    )
    data = load_dataset(tmp_path / "mine.yaml")
    assert (data.name, len(data.scanpaths), data.trials[0].px_per_degree) == ("mine", 24, 40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("table: fixations.csv\nheigth: 3\n", "unknown key 'heigth'.*did you mean 'height'"),
        ("height: 3\n", "has not exactly one of the keys table and bids"),
        ("- 3\n", "has not exactly one of the keys table and bids"),
        ("a: [\n", "cannot be read as YAML"),
        ("table: none.csv\nwidth: 3\nheight: 3\n", "none.csv' does not exist"),
    ],
)
def test_yaml_files_that_describe_nothing(tmp_path, text, message):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        load_dataset(tmp_path / "mine.yaml")
    assert "\n" not in str(error.value)


def test_pictures_of_a_trial_list_that_are_none(tmp_path):
    Image.new("RGB", (80, 50)).save(tmp_path / "a.png")
    (tmp_path / "trials.csv").write_text("id,image,target_x0,target_y0,target_x1,target_y1\nt0,a.png,1,2,x,4\n")
    with pytest.raises(ValueError, match=r"trials.csv' row 2: target_x1 is 'x', expected a number"):
        load_table(rows(trials=1), trials=tmp_path)
