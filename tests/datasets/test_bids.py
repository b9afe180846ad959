"""Fixation events in BIDS folders: simulated ones as they are written, and a recording with samples."""

import gzip
import json
import pathlib

import numpy as np
import pandas as pd
import pytest

from gazesim import Scanpath
from gazesim.convert import write_bids
from gazesim.datasets import load_bids, load_dataset
from gazesim.datasets.bids import Screen

SCREEN = Screen((1280, 1024), (0.36, 0.288), 0.66)


def paths():
    return [
        Scanpath([[640, 512], [100.25, 900.5]], True, "a", "eccnet", onset_ms=[0, 300.5], duration_ms=[250, 200]),
        Scanpath([[640, 512], [1200, 20]], False, "b", "eccnet", onset_ms=[10, 400], duration_ms=[250, 3210.125]),
        Scanpath([[640, 512], [30, 40], [50, 60]], None, "a", "person 1", duration_ms=[250, 200, 300]),
    ]


def test_simulated_gaze_survives_the_round_trip(tmp_path):
    folder = write_bids(tmp_path / "out", paths(), task="search", screen=SCREEN)
    data = load_bids(folder, task="search")
    assert [(path.trial, path.observer) for path in data.scanpaths] == [
        ("a", "eccnet"),
        ("b", "eccnet"),
        ("a", "person 1"),
    ]
    for path, back in zip(paths(), data.scanpaths, strict=True):
        np.testing.assert_array_equal(back.xy, path.xy)
        np.testing.assert_allclose(back.duration_ms, path.duration_ms, atol=1e-6)
        assert back.found == path.found
    np.testing.assert_allclose(data.scanpaths[1].onset_ms, [10, 400], atol=1e-6)
    np.testing.assert_allclose(data.scanpaths[2].onset_ms, [0, 250, 450], atol=1e-6)
    trial = data.trials[0]
    assert (trial.id, trial.width, trial.height) == ("a", 1280, 1024)
    # 1 degree at 0.66 m is 11.52 mm; the screen has 1280 px on 360 mm
    assert trial.px_per_degree == pytest.approx(40.96, abs=0.01)


def test_trials_follow_one_another_with_a_second_between(tmp_path):
    write_bids(tmp_path / "out", paths(), task="search", screen=SCREEN)
    base = tmp_path / "out/sub-eccnet/beh/sub-eccnet_task-search"
    events = pd.read_csv(f"{base}_events.tsv", sep="\t")
    # the first lasts 0.5005 s; the next starts at the first whole second that is at least 1 s after its end
    assert events["onset"].tolist() == [0, 2]
    assert events["duration"].tolist() == [0.5005, 3.610125]
    rows = gzip.decompress(pathlib.Path(f"{base}_recording-eye1_physioevents.tsv.gz").read_bytes()).decode()
    assert [float(line.split("\t")[0]) for line in rows.splitlines()] == [0, 0.3005, 2.01, 2.4]


def test_the_files_are_those_of_bids(tmp_path):
    folder = write_bids(tmp_path / "out", paths(), task="visual search", screen=SCREEN)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    base = "sub-eccnet/beh/sub-eccnet_task-visualsearch"
    assert files[:6] == [
        "dataset_description.json",
        "participants.tsv",
        f"{base}_events.json",
        f"{base}_events.tsv",
        f"{base}_recording-eye1_physioevents.json",
        f"{base}_recording-eye1_physioevents.tsv.gz",
    ]
    description = json.loads((folder / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0]["Name"] == "gazesim"
    events = json.loads((folder / f"{base}_events.json").read_text())
    assert events["StimulusPresentation"] == {
        "ScreenDistance": 0.66,
        "ScreenOrigin": ["top", "left"],
        "ScreenResolution": [1280, 1024],
        "ScreenSize": [0.36, 0.288],
    }
    described = json.loads((folder / f"{base}_recording-eye1_physioevents.json").read_text())
    table = gzip.decompress((folder / f"{base}_recording-eye1_physioevents.tsv.gz").read_bytes()).decode().splitlines()
    assert described["Columns"] == ["onset", "duration", "trial_type", "x_coordinate", "y_coordinate"]
    assert described["OnsetSource"] == "timestamp"
    assert table[1].split("\t") == ["0.3005", "0.2", "fixation", "100.25", "900.5"]
    again = write_bids(tmp_path / "again", paths(), task="visual search", screen=SCREEN)
    assert all((again / name).read_bytes() == (folder / name).read_bytes() for name in files)


def test_a_screen_has_a_size():
    with pytest.raises(ValueError, match="size_m is 0"):
        Screen((1280, 1024), (0, 0.288), 0.66)
    with pytest.raises(ValueError, match="distance_m is -1"):
        Screen((1280, 1024), (0.36, 0.288), -1)


@pytest.mark.parametrize(
    ("scanpaths", "message"),
    [
        ([Scanpath([[1, 2]], trial="a", observer="m")], "has no durations, which BIDS needs: give fixation_ms"),
        ([Scanpath([[1, 2]], trial="a")], "lacks a trial or an observer"),
        ([Scanpath([[1, 2]], trial="a", observer="é-")], "has no letter or digit"),
        ([], "the number of scanpaths is 0"),
        (
            [Scanpath([[1, 2]], trial="a", observer=name, duration_ms=[9]) for name in ("m 1", "m-1")],
            "'m 1' and 'm-1' have the same BIDS label 'm1'",
        ),
    ],
)
def test_what_cannot_be_written_leaves_nothing(tmp_path, scanpaths, message):
    with pytest.raises(ValueError, match=message):
        write_bids(tmp_path / "out", scanpaths, task="search", screen=SCREEN)
    assert list(tmp_path.iterdir()) == []


def test_models_without_times_get_the_given_duration(tmp_path):
    path = Scanpath([[1, 2], [3, 4]], trial="a", observer="m")
    folder = write_bids(tmp_path / "out", [path], task="search", screen=SCREEN, fixation_ms=250)
    (back,) = load_bids(folder).scanpaths
    assert (back.onset_ms.tolist(), back.duration_ms.tolist()) == ([0, 250], [250, 250])
    with pytest.raises(ValueError, match="exists, expected a new one"):
        write_bids(folder, [path], task="search", screen=SCREEN, fixation_ms=250)


def recording(root, **changes):
    """A recording of one person: samples at 1000 Hz in ms, two trials, sidecars at the top of the folder."""
    folder = root / "sub-01" / "beh"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "dataset_description.json").write_text(
        json.dumps({"Name": "mine", "BIDSVersion": "1.11.1", "License": "CC0"})
    )
    time = np.arange(1000.0, 3000)
    x = np.where(time < 1500, 200.0, np.where(time < 2000, 900.0, 300.0)).astype(object)
    y = np.where(time < 1500, 700.0, 50.0).astype(object)
    x[100:120] = y[100:120] = "n/a"  # a blink
    described = {
        "timestamp": {"Units": "ms"},
        **{f"{axis}_coordinate": {"Units": changes.get("unit", "pixel")} for axis in "xy"},
        "Columns": ["timestamp", "x_coordinate", "y_coordinate"],
    }
    name = "sub-01_task-view_recording-eye1"
    (root / "task-view_recording-eye1_physio.json").write_text(json.dumps(described))
    write_gz(folder / f"{name}_physio.tsv.gz", zip(time, x, y, strict=True))
    events = [(1000, 450, "fixation", "n/a"), (1450, 60, "saccade", "n/a"), (1510, 400, "fixation", "n/a")]
    events += [(2100, 800, "fixation", "n/a"), (2950, "n/a", "n/a", "trial ends")]
    write_gz(folder / f"{name}_physioevents.tsv.gz", events)
    (root / "task-view_recording-eye1_physioevents.json").write_text(
        json.dumps({"Columns": ["onset", "duration", "trial_type", "message"], "OnsetSource": "timestamp"})
    )
    (folder / f"{name}_physioevents.json").write_text(
        json.dumps({"onset": {"Units": "ms"}, "duration": {"Units": "ms"}})
    )
    shown = {"ScreenDistance": 0.66, "ScreenOrigin": changes.get("origin", ["top", "left"])}
    shown |= {"ScreenResolution": [1280, 1024], "ScreenSize": [0.36, 0.288]}
    (root / "task-view_events.json").write_text(json.dumps({"StimulusPresentation": shown}))
    trials = {"onset": [0.9, 1.0, 2.0], "duration": [0.1, 1.0, 1.0], "stim_file": ["n/a", "a.png", "b/c.png"]}
    pd.DataFrame(trials).to_csv(folder / "sub-01_task-view_events.tsv", sep="\t", index=False)
    return folder


def write_gz(path, rows):
    path.write_bytes(gzip.compress("".join("\t".join(map(str, row)) + "\n" for row in rows).encode()))


def test_a_recording_with_samples(tmp_path):
    folder = recording(tmp_path)
    for suffix in ("physio.tsv.gz", "physioevents.tsv.gz"):  # a second eye is not a second person
        (folder / f"sub-01_task-view_recording-eye2_{suffix}").write_bytes(b"?")
    data = load_bids(tmp_path)
    assert (data.name, data.definition.licence) == ("mine", "CC0")
    first, second = data.scanpaths
    assert (first.trial, first.observer, second.trial) == ("a", "01", "b/c")
    np.testing.assert_allclose(first.xy, [[200, 700], [900, 50]])
    assert (first.onset_ms.tolist(), first.duration_ms.tolist()) == ([0, 510], [450, 400])
    np.testing.assert_allclose(second.xy, [[300, 50]])
    assert (second.onset_ms.tolist(), second.duration_ms.tolist()) == ([100], [800])


def test_a_yaml_file_names_a_bids_folder(tmp_path):
    recording(tmp_path / "bids")
    (tmp_path / "mine.yaml").write_text("bids: bids\ntask: search\n")
    assert load_dataset(tmp_path / "mine.yaml").task == "search"


def test_recordings_that_are_not_as_demanded(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"description .*dataset_description.json' does not exist"):
        load_bids(tmp_path)
    folder = recording(tmp_path, origin=["bottom", "left"])
    with pytest.raises(ValueError, match=r"ScreenOrigin is \['bottom', 'left'\], expected \['top', 'left'\]"):
        load_bids(tmp_path)
    recording(tmp_path, unit="inch")
    with pytest.raises(
        ValueError, match=r"Units of x_coordinate and y_coordinate is \['inch', 'inch'\], expected one of"
    ):
        load_bids(tmp_path)
    recording(tmp_path)
    (folder / "sub-01_task-view_recording-eye1_physioevents.json").write_text('{"onset": {"Units": "s"}}')
    with pytest.raises(ValueError, match=r"holds no fixations in files \*_physioevents.tsv.gz"):
        load_bids(tmp_path)
    recording(tmp_path)
    (folder / "sub-01_task-view_recording-eye1_physioevents.tsv.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match=r"physioevents.tsv.gz' is not in the published layout: Not a gzipped file"):
        load_bids(tmp_path)
    recording(tmp_path)
    (folder / "sub-01_task-view_events.tsv").unlink()
    with pytest.raises(FileNotFoundError, match=r"events .*_events.tsv' does not exist"):
        load_bids(tmp_path)


def test_sessions_and_names_survive_the_round_trip(tmp_path):
    paths = [
        Scanpath([[640, 512], [x, 900]], None, trial, name, duration_ms=[250, 200], session=session)
        for x, (trial, name, session) in enumerate(
            [("a", "person 1", "01"), ("a", "person 1", "01.2"), ("b", "person 1", "01.2"), ("a", "m-1", None)]
        )
    ]
    data = load_bids(write_bids(tmp_path / "out", paths, task="search", screen=SCREEN))
    back = {path.key: path.xy[1, 0] for path in data.scanpaths}
    assert back == {path.key: path.xy[1, 0] for path in paths}
    same = [Scanpath([[1, 2]], None, "a", "m", duration_ms=[9], session=name) for name in ("1.2", "12")]
    with pytest.raises(ValueError, match=r"sessions '1\.2' and '12' have the same BIDS label '12'"):
        write_bids(tmp_path / "same", same, task="search", screen=SCREEN)
