"""The example package is built, installed, and found from the command line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import gazesim

EXAMPLE = Path(__file__).parents[1] / "examples/plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(EXAMPLE)], check=True)
    return target


@pytest.fixture
def command(installed, tmp_path):
    root = str(Path(gazesim.__file__).parents[1])

    def run(*words):
        paths = os.pathsep.join([str(installed), root])
        environment = {**os.environ, "PYTHONPATH": paths}
        line = [sys.executable, "-m", "gazesim", *words]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_its_four_things_are_listed(command):
    assert "edges" in command("models")
    assert "tilted_bars" in command("stimuli")
    assert "example_people" in command("data")


def test_its_paradigm_is_drawn_and_searched_by_its_model(command, tmp_path):
    command("stimuli", "paradigm=tilted_bars", "set_sizes=[4]", "n_per_set_size=1", "target=present", "out=set")
    command("search", "trials=set", "model=edges", "out=found", "figures=0")
    (path,) = gazesim.read_scanpaths(tmp_path / "found/scanpaths.csv")
    assert path.observer == "edges"
    assert path.found


def test_its_people_are_scored_by_its_measure(command, tmp_path):
    folder = tmp_path / "people"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in "ab":
        Image.fromarray(random.integers(0, 256, (60, 80, 3), np.uint8)).save(folder / f"{name}.png")
    (folder / "trials.csv").write_text("id,image,px_per_degree\na,a.png,10\nb,b.png,10\n")
    rows = [(t, o, x, y) for t in "ab" for o in "pqr" for x, y in random.uniform(0, 59, (4, 2)).round(2)]
    pd.DataFrame(rows, columns=["trial", "observer", "x", "y"]).to_csv(folder / "fixations.csv", index=False)
    command("score", "dataset=example_people", "root=people", "model=edges", "metric=nearest_px", "out=scores")
    summary = pd.read_csv(tmp_path / "scores/summary.csv").set_index("model")
    assert (summary["metric"] == "nearest_px").all()
    assert summary.loc["edges", "value"] > 0
