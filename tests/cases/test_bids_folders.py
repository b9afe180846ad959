"""BIDS folders that users have: read as they are declared, or refused with one line."""

import gzip
import json

import numpy as np
import pytest

from gazesim import Scanpath
from gazesim.convert import write_bids
from gazesim.datasets import load_bids
from gazesim.datasets.bids import Screen

FIXATIONS = [(0.0, 0.3, 300, 200), (0.4, 0.3, 420, 310), (10.0, 0.3, 200, 400), (10.4, 0.3, 520, 130)]


def recording(root, stem="sub-01", folder="sub-01/beh", trials=((0, 5, "a.png"), (10, 5, "b.png")), **changes):
    """Write one recording of two trials on a screen of 800 x 600 px, 0.4 m wide, 0.6 m away."""
    at = root / folder
    at.mkdir(parents=True)
    (root / "dataset_description.json").write_text(json.dumps({"Name": "mine", "BIDSVersion": "1.11.1"}))
    screen = {"ScreenDistance": 0.6, "ScreenOrigin": ["top", "left"], "ScreenResolution": [800, 600]}
    screen |= {"ScreenSize": [0.4, 0.3], **changes.get("screen", {})}
    (at / f"{stem}_task-view_events.json").write_text(json.dumps({"StimulusPresentation": screen}))
    unit = {"Units": changes.get("unit", "pixel")}
    columns = ["onset", "duration", "trial_type", "x_coordinate", "y_coordinate"]
    gaze = at / f"{stem}_task-view_recording-eye1_physioevents.json"
    gaze.write_text(json.dumps({"Columns": columns, "x_coordinate": unit, "y_coordinate": unit}))
    rows = [(onset, lasts, "fixation", x, y) for onset, lasts, x, y in changes.get("fixations", FIXATIONS)]
    lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    gaze.with_suffix(".tsv.gz").write_bytes(gzip.compress(lines.encode()))
    header = ("onset", "duration", "trial_type", changes.get("shown", "stim_file"))
    table = [header, *((onset, lasts, "trial", shown) for onset, lasts, shown in trials)]
    events = "".join("\t".join(map(str, row)) + "\n" for row in table)
    (at / f"{stem}_task-view_events.tsv").write_text(events)


def names(root, **options):
    return [path.trial for path in load_bids(root, **options).scanpaths]


@pytest.mark.parametrize("length", ["n/a", 0])
def test_trials_without_length(tmp_path, length):
    recording(tmp_path, trials=((0, length, "a.png"), (10, length, "b.png")))
    with pytest.raises(ValueError, match=r"2 of 2 trials have no length \(duration 0 or n/a\): trial_s: 5 gives them"):
        load_bids(tmp_path)
    assert names(tmp_path, trial_s=5) == names(tmp_path, trial_s="next") == ["a", "b"]
    with pytest.raises(ValueError, match=r"trial_s is 'long', expected one of 'next'"):
        load_bids(tmp_path, trial_s="long")


def test_fixations_without_length(tmp_path):
    recording(tmp_path, fixations=[*FIXATIONS[:1], (0.4, "n/a", 420, 310), *FIXATIONS[2:]])
    with pytest.raises(ValueError, match=r"1 of 4 fixations have no length \(duration n/a\): fixation_s: 0.2 gives"):
        load_bids(tmp_path)
    assert load_bids(tmp_path, fixation_s=0.2).scanpaths[0].duration_ms.tolist() == [300, 200]


def test_ids_are_text_and_keep_their_folder(tmp_path):
    recording(tmp_path / "numbers", trials=((0, 5, "001"), (10, 5, "010")))
    assert names(tmp_path / "numbers") == ["001", "010"]
    recording(tmp_path / "folders", trials=((0, 5, "set1/a.png"), (10, 5, "set2/a.png")))
    assert names(tmp_path / "folders") == ["set1/a", "set2/a"]


def test_another_column_says_what_was_shown(tmp_path):
    recording(tmp_path, shown="identifier")
    with pytest.raises(ValueError, match=r"has no column 'stim_file'; it has .*'identifier'"):
        load_bids(tmp_path)
    assert names(tmp_path, shown="identifier") == ["a", "b"]


def test_a_size_in_cm(tmp_path):
    recording(tmp_path, screen={"ScreenSize": [40, 30]})
    with pytest.raises(ValueError, match=r"ScreenSize \[40.0, 30.0\] and ScreenDistance 0.6, both in m, make 0.209 px"):
        load_bids(tmp_path)


def test_two_screens(tmp_path):
    recording(tmp_path)
    other = {"ScreenDistance": 0.9, "ScreenResolution": [1920, 1080], "ScreenSize": [0.5, 0.3]}
    recording(tmp_path, "sub-02", "sub-02/beh", screen=other)
    data = load_bids(tmp_path)
    assert sorted(set(data.sizes.values())) == [(800, 600), (1920, 1080)]
    assert len({path.trial for path in data.scanpaths}) == 4
    sizes = {path.observer: data.sizes[path.trial] for path in data.scanpaths}
    assert sizes == {"01": (800, 600), "02": (1920, 1080)}


def test_two_sessions_and_runs(tmp_path):
    recording(tmp_path, "sub-01_ses-01", "sub-01/ses-01/beh")
    recording(tmp_path, "sub-01_ses-02_run-1", "sub-01/ses-02/beh")
    assert {path.session for path in load_bids(tmp_path).scanpaths} == {"01", "02.1"}


def test_degrees(tmp_path):
    recording(tmp_path, unit="deg", fixations=[(0.0, 0.3, 3, 2), (0.4, 0.3, 10, 9)])
    px_per_degree = 2 * np.tan(np.radians(0.5)) * 0.6 / 0.4 * 800
    (path,) = load_bids(tmp_path).scanpaths
    np.testing.assert_allclose(path.xy, np.array([[3, 2], [10, 9]]) * px_per_degree - 0.5)


def test_ids_survive_the_round_trip(tmp_path):
    ids = ["photo.jpg", "1.50", "null", "scene.1", "scene.2", "007", "a b", "NA", "n"]
    paths = [Scanpath([[100 + 30 * n, 90], [300, 200]], trial=name, observer="m") for n, name in enumerate(ids)]
    screen = Screen((800, 600), (0.4, 0.3), 0.6)
    assert names(write_bids(tmp_path / "out", paths, task="search", screen=screen, fixation_ms=250)) == ids


def published(root, task, events, clock):
    """Write a folder in the form of the published examples: samples in ms, events of EyeLink, distances in cm."""
    at = root / "sub-01/ses-01/beh"
    at.mkdir(parents=True)
    (root / "dataset_description.json").write_text(json.dumps({"Name": "example", "BIDSVersion": "1.11.1"}))
    screen = {"ScreenDistance": 60, "ScreenOrigin": ["top", "left"], "ScreenResolution": [1919, 1079]}
    (root / f"task-{task}_events.json").write_text(
        json.dumps({"StimulusPresentation": {**screen, "ScreenSize": [0.696, 0.391]}})
    )
    (root / f"task-{task}_events.tsv").write_text(events)
    columns = ["onset", "duration", "trial_type", "blink", "message"]
    (root / f"task-{task}_physioevents.json").write_text(json.dumps({"Columns": columns, clock: "timestamp"}))
    pixel = {"Units": "pixel"}
    samples = {"Columns": ["timestamp", "x_coordinate", "y_coordinate", "pupil_size"], "timestamp": {"Units": "ms"}}
    (root / f"task-{task}_physio.json").write_text(
        json.dumps({**samples, "x_coordinate": pixel, "y_coordinate": pixel})
    )
    for eye, shift in (("eye1", 0), ("eye2", 7)):
        base = at / f"sub-01_ses-01_task-{task}_run-01_recording-{eye}"
        lines = []
        for time in range(1000, 4000, 2):
            x = 400 if time < 1500 else 900 if time < 2500 else 1200
            lines.append(f"{time}\t{x + shift}\t{500}\t1200\n")
        base.with_name(f"{base.name}_physio.json").write_text(json.dumps({"RecordedEye": eye}))
        base.with_name(f"{base.name}_physio.tsv.gz").write_bytes(gzip.compress("".join(lines).encode()))
        rows = "1010\t300\tfixation\t0\tn/a\n1320\t40\tsaccade\t0\tn/a\n1700\t400\tfixation\t0\tn/a\n"
        rows += "2600\tn/a\tn/a\tn/a\tTRIAL 2\n2700\t350\tfixation\t0\tn/a\n"
        base.with_name(f"{base.name}_physioevents.tsv.gz").write_bytes(gzip.compress(rows.encode()))


@pytest.mark.parametrize("clock", ["OnsetSource", "ForeignIndexColumn"])
def test_published_form_with_two_eyes_and_numbered_images(tmp_path, clock):
    events = "onset\tduration\ttrial_number\timage_blank_num\n1.0\t1.5\t1\t77\n2.5\t1.4\t2\t16\n"
    published(tmp_path, "FreeView", events, clock)
    with pytest.raises(ValueError, match=r"ScreenSize .* and ScreenDistance 60, both in m, .* may be in another unit"):
        load_bids(tmp_path, shown="image_blank_num")
    with pytest.raises(ValueError, match=r"has no column 'stim_file'; it has .*'image_blank_num'"):
        load_bids(tmp_path, distance_m=0.6)
    first, second = load_bids(tmp_path, shown="image_blank_num", distance_m=0.6).scanpaths
    assert (first.trial, first.observer, first.session, second.trial) == ("77", "01", "01.01", "16")
    assert first.xy.tolist() == [[400, 500], [900, 500]]
    assert (first.onset_ms.tolist(), first.duration_ms.tolist()) == ([10, 700], [300, 400])
    assert second.onset_ms.tolist() == [200]


def test_published_form_of_rest(tmp_path):
    published(tmp_path, "rest", "onset\tduration\t\n\n", "ForeignIndexColumn")
    (path,) = load_bids(tmp_path, distance_m=1.2).scanpaths
    assert (path.trial, path.onset_ms.tolist()) == ("rest", [0, 690, 1690])
