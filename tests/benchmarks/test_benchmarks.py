"""Every script of benchmarks/ runs, on tiny data; what it measures on real data stands in docs/."""

import sys
from dataclasses import replace
from pathlib import Path

import energy_forms
import ideal_searcher
import interval_coverage
import map_gallery
import metrics
import network_step
import neva
import numpy as np
import objects
import osie_levels
import osie_map_levels
import own_table
import pandas as pd
import photo_search
import pytest
import score_table
import search_step
import suite
from PIL import Image
from scipy.io import savemat

import gazesim
from gazesim.asymmetry.published import EXPERIMENTS
from gazesim.datasets import load_table

PHOTOGRAPHS, PEOPLE = 3, 15


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a script with arguments and return the lines it printed."""

    def call(script, *arguments):
        monkeypatch.setattr(sys, "argv", [script.__file__, *map(str, arguments)])
        script.main()
        return capsys.readouterr().out.splitlines()

    return call


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder that holds a small osie/: three photographs of noise, 15 people with 3 to 6 fixations on each."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "osie/stimuli").mkdir(parents=True)
    random = np.random.default_rng(0)
    cells = np.empty((PHOTOGRAPHS, 1), object)
    for i in range(PHOTOGRAPHS):
        name, people = f"{i}.jpg", np.empty((PEOPLE, 1), object)
        Image.fromarray(random.integers(0, 256, (600, 800, 3), np.uint8)).save(folder / "osie/stimuli" / name)
        for j in range(PEOPLE):
            n = random.integers(3, 7)
            x, y = (random.uniform(60, side - 60, n) for side in (800, 600))
            people[j, 0] = {"fix_x": x, "fix_y": y, "fix_duration": random.uniform(100, 400, n)}
        cells[i, 0] = {"img": name, "subjects": people}
    savemat(folder / "osie/fixations.mat", {"fixations": cells})
    return folder


def test_photo_search(run, tiny):
    head, _, *rows = run(photo_search, tiny, "--models", "template", "chance", "--trials", 2)[2:]
    assert head.startswith("| model | median | within 1 |")
    assert [row.split(" | ")[0] for row in rows] == ["| template", "| chance"]


def test_metrics(run, tiny):
    lines = run(metrics, tiny, "--slow-pairs", 5)
    assert sum("gazesim, 2 threads | 315 |" in line for line in lines) == 4
    assert any("| ScanMatch | ratio |" in line for line in lines)


def test_osie_levels(run, tiny):
    lines = run(osie_levels, tiny)
    assert len({line.split(" | ")[0] for line in lines[2:]}) == len(osie_levels.SETTINGS)


def test_energy_forms(run, tiny, tmp_path, monkeypatch):
    lines = [f"{name},{tiny / 'osie/stimuli' / name}.jpg,24" for name in "012"]
    (tmp_path / "trials.csv").write_text("\n".join(["id,image,px_per_degree", *lines]) + "\n")
    places = np.random.default_rng(0).uniform([60, 60], [740, 540], (3, 4, 5, 2))
    rows = [
        {"trial": trial, "observer": f"p{person}", "x": x, "y": y}
        for trial, people in enumerate(places)
        for person, path in enumerate(people)
        for x, y in path
    ]
    data = load_table(pd.DataFrame(rows).astype({"trial": str}), trials=tmp_path / "trials.csv")
    monkeypatch.setattr(gazesim, "load_dataset", lambda *_: data)
    lines = run(energy_forms, tiny, "--images", 3, "--samples", 2)
    assert sum(line.startswith("| smooth | ") for line in lines) == 2


def test_osie_map_levels(run, tiny, monkeypatch):
    small = [[(xy * 0.1)[:, :2] for xy in people] for people in osie_map_levels.people_on(tiny / "osie")]
    monkeypatch.setattr(osie_map_levels, "people_on", lambda folder: small)
    monkeypatch.setattr(osie_map_levels, "SHAPE", (60, 80))
    monkeypatch.setattr(osie_map_levels, "SD_PX", 3)
    lines = run(osie_map_levels, tiny, "--images", 2)
    assert any(line.startswith("| NSS | ") for line in lines)


def test_ideal_searcher(run):
    assert run(ideal_searcher, "--trials", 1)[-1].startswith("| chance | ")


def test_interval_coverage(run):
    assert run(interval_coverage, "--repeats", 1)[-1].startswith("| 95 % interval of an asymmetry index | ")


def test_own_table(run):
    lines = run(own_table, "--rows", 400, "--repeats", 1)
    readers = [*own_table.READERS]
    assert [line.split(":")[0].split(maxsplit=5) for line in lines] == [
        [kind, "400", "rows,", "40", "scanpaths,", reader]
        for kind, named in ((".csv", readers), (".parquet", readers[:2]))
        for reader in named
    ]


def test_score_table(run, tmp_path):
    rows = [
        {"trial": trial, "observer": observer, "x": x, "y": x}
        for trial in "ab"
        for observer in "pq"
        for x in (10, 20 + ord(observer))
    ]
    data = load_table(pd.DataFrame(rows), width=200, height=200)
    paths = [gazesim.Scanpath([[10, 10], [90, 90]], trial=trial) for trial in "ab"]
    gazesim.score({"mine": paths}, data, ["dtw"], out=tmp_path / "run")
    assert run(score_table, "dtw", "--", tmp_path / "run")[2].startswith("| mine | 2 | ")


def test_objects(run, monkeypatch):
    for name, value in (("PUBLISHED", objects.SMALL), ("PATHS", 6), ("EPOCHS", 1), ("SAMPLES", 2)):
        monkeypatch.setattr(objects, name, value)
    monkeypatch.setattr(objects, "SMALL", replace(objects.SMALL, feed_forward=16))
    assert [line.split(":")[0] for line in run(objects, "--threads", 1)[-2:]] == ["small", "published"]


@pytest.mark.slow
def test_map_gallery(run, tmp_path):
    run(map_gallery, tmp_path / "maps.png")
    with Image.open(tmp_path / "maps.png") as image:
        assert image.width > 500


@pytest.mark.slow
def test_search_step(run):
    assert run(search_step, "--sides", 524, "--repeats", 1)[-1].startswith("| 524 | ")


@pytest.mark.slow
def test_network_step(run):
    assert run(network_step, "--trunks", "squeezenet1_1", "--repeats", 1)[-1].startswith("| squeezenet1_1, pyramid | ")


@pytest.mark.slow
def test_suite(run, monkeypatch):
    one = replace(EXPERIMENTS["curvature"], set_sizes=EXPERIMENTS["curvature"].set_sizes[:1])
    monkeypatch.setattr(suite, "EXPERIMENTS", {"curvature": one})
    lines = run(suite, "--steps", 1)
    assert any(line.startswith("| all | ") and line.endswith("100.0% |") for line in lines)
    assert any("peak memory of a search" in line for line in lines)


@pytest.mark.slow
def test_neva(run, data, monkeypatch):
    monkeypatch.setattr(neva, "RANDOM", 4)
    lines = run(neva, data, "--images", 1, "--classes", 4, "--fixations", 1)
    assert sum("| reconstruction | " in line for line in lines) == 2
    assert lines[-1].startswith("neva_target: ")


def test_no_script_is_left_out():
    scripts = {path.stem for path in Path(suite.__file__).parent.glob("*.py")}
    assert {name for name in scripts if f"test_{name}" not in globals()} == set()
