"""A run's folder: what is appended, read back after a kill at any byte, and refused."""

import hashlib
import json

import numpy as np
import pytest

from gazesim.runs.folder import RunFolder, results_folder
from gazesim.runs.record import trials_digest
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial
from gazesim.trial_table import read_trials, write_trials

CONFIG = {"seed": 3, "out": "here"}
OBSERVERS = ("eccnet", "ivsn")
TRIALS = [
    Trial(np.full((8, 8, 3), i, np.uint8), None, target_box=(0, 0, 2, 2), px_per_degree=4, id=f"t{i}") for i in range(3)
]


def scanpath(trial, observer):
    xy = np.random.default_rng(len(observer) + int(trial.id[1:])).normal(size=(1 + int(trial.id[1:]), 2))
    return Scanpath(xy, found=True, trial=trial.id, observer=observer)


def go_on(folder):
    """Search what is left and return the bytes of the table."""
    run = RunFolder(folder, "search", CONFIG, TRIALS)
    searched = []
    for observer in OBSERVERS:
        for trial in run.left(TRIALS, observer):
            run.append(scanpath(trial, observer))
            searched.append((trial.id, observer))
    paths = run.finish([trial.id for trial in TRIALS], OBSERVERS)
    assert [(path.trial, path.observer) for path in paths] == [(t.id, o) for o in OBSERVERS for t in TRIALS]
    return run.table.read_bytes(), searched


@pytest.fixture
def partial(tmp_path):
    """The bytes that lie in the folder just before the end."""
    (tmp_path / "full").mkdir()
    run = RunFolder(tmp_path / "full", "search", CONFIG, TRIALS)
    for observer in OBSERVERS:
        for trial in TRIALS:
            run.append(scanpath(trial, observer))
    return run.partial.read_bytes()


def test_killed_at_any_byte_it_ends_with_the_same_table(tmp_path, partial):
    wanted, searched = go_on(tmp_path / "full")
    assert searched == [("t2", "ivsn")]
    for n in range(0, len(partial) + 1, 7):
        folder = tmp_path / str(n)
        folder.mkdir()
        RunFolder(folder, "search", CONFIG, TRIALS).partial.write_bytes(partial[:n])
        table, searched = go_on(folder)
        assert table == wanted
        assert len(searched) >= 6 - partial[:n].count(b"\n")
    assert not list(tmp_path.glob("*/scanpaths.partial.csv"))


def test_finished_run_searches_nothing_again(tmp_path):
    table, searched = go_on(tmp_path)
    assert len(searched) == 6
    assert go_on(tmp_path) == (table, [])


@pytest.mark.parametrize(
    ("config", "trials", "words"),
    [
        ({**CONFIG, "seed": 4}, TRIALS, "holds a run with seed=3, found seed=4; choose another out"),
        (CONFIG, TRIALS[:2], "holds a run of other trials"),
    ],
)
def test_another_run_is_refused(tmp_path, config, trials, words):
    go_on(tmp_path)
    with pytest.raises(ValueError, match=words):
        RunFolder(tmp_path, "search", config, trials)


def test_settings_without_effect_may_change(tmp_path):
    go_on(tmp_path)
    assert RunFolder(tmp_path, "search", {**CONFIG, "out": "there", "batch_size": 9}, TRIALS).left(TRIALS, "ivsn") == []
    assert json.loads((tmp_path / "run.json").read_text())["config"] == {"seed": 3}


def test_record_that_is_none_is_refused(tmp_path):
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(ValueError, match=r"run\.json' is not the record of a run"):
        RunFolder(tmp_path, "search", CONFIG, TRIALS)


def test_results_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert results_folder("search", "a").is_dir()
    folders = {results_folder("search", None) for _ in range(3)}
    assert len(folders) == 3
    assert {folder.parts[:2] for folder in folders} == {("outputs", "search")}


def test_files_that_the_config_names_are_hashed(tmp_path):
    for name in ("photo.png", "set/trials.csv", "vs/eccNET/out.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    named = {"image": "photo.png", "trials": "set", "results": "vs", "weights": "embedded"}
    config = {key: str(tmp_path / value) for key, value in named.items()} | {"model": str(tmp_path / "photo.png")}
    RunFolder(tmp_path, "search", config, TRIALS)
    hashes = json.loads((tmp_path / "run.json").read_text())["files_sha256"]
    files = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("photo.png", "set/trials.csv")}
    folder = hashlib.sha256(f"eccNET/out.csv\0{hashlib.sha256(b'vs/eccNET/out.csv').hexdigest()}\n".encode())
    assert hashes == {str(tmp_path / name): digest for name, digest in {**files, "vs": folder.hexdigest()}.items()}


@pytest.mark.parametrize(
    "change",
    [
        {"background": (0, 0, 1)},
        {"image": np.full((8, 8, 3), 9, np.uint8)},
        {"target": np.full((2, 2, 3), 9, np.uint8)},
        {"target_box": (0, 0, 2, 3)},
        {"target_boxes": [(0, 0, 2, 2), (4, 4, 5, 5)]},
        {"objects": [(0, 0, 2, 2)]},
        {"target_text": "mug"},
        {"px_per_degree": 5},
        {"target_box": None, "target_centre": (1, 1)},
        {"id": "other"},
    ],
    ids=lambda change: "-".join(change),
)
def test_the_digest_depends_on_all_that_a_model_is_given(change):
    trial = Trial(np.full((8, 8, 3), 0, np.uint8), None, target_box=(0, 0, 2, 2), px_per_degree=4, id="t")
    assert trials_digest([trial.replace(**change)]) != trials_digest([trial])


def test_the_digest_of_a_list_that_was_written_and_read(tmp_path):
    more = [TRIALS[0].replace(id="o", objects=[(0, 0, 4, 4)], target_box=None, target=TRIALS[0].target, present=False)]
    write_trials(tmp_path, [*TRIALS, *more])
    assert trials_digest(read_trials(tmp_path)) == trials_digest([*TRIALS, *more])
