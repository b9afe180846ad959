"""`gazesim asymmetry` as a whole: what a run writes, how it continues, and what it refuses."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from gazesim import load_model, read_scanpaths, stimuli
from gazesim.asymmetry import searches
from gazesim.asymmetry.analysis import analyse
from gazesim.asymmetry.published import EXPERIMENTS, choose
from gazesim.commands import asymmetry
from gazesim.commands.asymmetry import Config
from gazesim.metrics.set_sizes import reaction_times
from gazesim.runs.folder import RunFolder

QUICK = {"model": ["chance", "template"], "paradigms": ["curvature", "shading"], "n_per_set_size": 2, "seed": 5}
TABLES = ("trials", "set_sizes", "conditions", "experiments", "models")


def configured(**changes):
    """A small config with changes."""
    return Config(**{**QUICK, **changes})


def tables_of(folder):
    return {name: (folder / f"{name}.csv").read_bytes() for name in (*TABLES, "scanpaths")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nothing interrupted."""
    return asymmetry.run(configured(out=str(tmp_path_factory.mktemp("finished"))))


@pytest.fixture
def no_figures(monkeypatch):
    """Drawing takes seconds."""
    monkeypatch.setattr(searches, "save_figure", lambda figure, path: None)


def test_run_writes_tables_and_figures(finished):
    written = {str(path.relative_to(finished)) for path in finished.rglob("*") if path.is_file()}
    figures = ("indices", "models", "reaction_times_chance", "reaction_times_template")
    assert written == {
        *("run.json", "scanpaths.csv"),
        *(f"{name}.csv" for name in TABLES),
        *(f"figures/{name}.{kind}" for name in figures for kind in ("png", "pdf")),
    }


def test_trials_are_those_of_the_scanpaths(finished):
    trials = pd.read_csv(finished / "trials.csv")
    paths = read_scanpaths(finished / "scanpaths.csv")
    assert len(trials) == len(paths) == 2 * 2 * (3 + 3) * 2
    for (_, row), path in zip(trials.iterrows(), paths, strict=True):
        assert (row["model"], row["trial"], row["found"]) == (path.observer, path.trial, path.found)
        assert row["n_saccades"] == (path.n_saccades if path.found else row["set_size"])
    assert not trials["found"].all()
    np.testing.assert_allclose(trials["reaction_time_ms"], reaction_times(trials["n_saccades"]))


def test_tables_have_a_row_for_each_model_and_people(finished):
    rows = {name: pd.read_csv(finished / f"{name}.csv") for name in TABLES}
    assert list(rows["models"]["model"]) == ["people", "chance", "template"]
    assert len(rows["experiments"]) == 3 * 2
    assert len(rows["conditions"]) == 3 * 4
    assert len(rows["set_sizes"]) == 3 * 12
    assert {"easier_slope", "harder_slope", "index"} <= set(rows["experiments"])


@pytest.mark.usefixtures("no_figures")
def test_report_has_the_slopes_beside_every_index(tmp_path, capsys):
    folder = asymmetry.run(configured(out=str(tmp_path), model="template"))
    out = capsys.readouterr().out
    assert "template: mean index 0.00" in out
    for _, row in pd.read_csv(folder / "experiments.csv").iterrows():
        numbers = [
            f"{row[key]:z.{digits}f}" for key, digits in (("index", 2), ("easier_slope", 1), ("harder_slope", 1))
        ]
        assert [row["experiment"], *numbers] in [line.split() for line in out.splitlines()]


@pytest.mark.usefixtures("no_figures")
def test_one_model_is_the_same_run_as_a_list_of_one(tmp_path):
    for name in ("template", ["template"]):
        asymmetry.run(configured(out=str(tmp_path), model=name, paradigms="shading"))
    assert read_scanpaths(tmp_path / "scanpaths.csv")[0].observer == "template"


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("lost_bytes", [0, 5])
def test_killed_at_any_moment_it_ends_with_the_same_tables(finished, tmp_path, monkeypatch, lost_bytes):
    append = RunFolder.append

    def run_until(most):
        left = iter(range(most))

        def append_until(run, path):
            append(run, path)
            if next(left, None) is None:
                os.truncate(run.partial, run.partial.stat().st_size - lost_bytes)
                raise KeyboardInterrupt

        monkeypatch.setattr(RunFolder, "append", append_until)
        asymmetry.run(configured(out=str(tmp_path)))

    for many in (3, 20, 17):
        with pytest.raises(KeyboardInterrupt):
            run_until(many)
        assert size(tmp_path) > 0
    run_until(1000)
    assert tables_of(tmp_path) == tables_of(finished)


@pytest.mark.slow
def test_killed_three_times_by_the_system_it_ends_with_the_same_tables(finished, tmp_path):
    program = f"from gazesim.commands.asymmetry import Config, run; run({configured(out=str(tmp_path))!r})"
    moments = random.Random(0)
    for _ in range(3):
        run = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = size(tmp_path)
        while size(tmp_path) <= before and run.poll() is None:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.1))
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    assert tables_of(tmp_path) == tables_of(finished)


def size(folder):
    partial = folder / "scanpaths.partial.csv"
    return partial.stat().st_size if partial.exists() else 0


@pytest.mark.usefixtures("no_figures")
def test_batches_change_nothing(finished, tmp_path):
    assert tables_of(asymmetry.run(configured(out=str(tmp_path), batch_size=7))) == tables_of(finished)


@pytest.mark.usefixtures("no_figures")
def test_fewer_displays_are_the_first_ones(finished, tmp_path):
    folder = asymmetry.run(configured(out=str(tmp_path), n_per_set_size=1, paradigms="shading", model=["chance"]))
    few = pd.read_csv(folder / "trials.csv")
    every = pd.read_csv(finished / "trials.csv")
    assert len(few) == 6
    pd.testing.assert_frame_equal(few.merge(every)[list(few)], few)


@pytest.mark.usefixtures("no_figures")
def test_sets_that_are_read_give_what_sets_that_are_made_give(finished, tmp_path):
    for name in QUICK["paradigms"]:
        stimuli.make(name, n_per_set_size=2, seed=5).write(tmp_path / "sets" / name)
    config = configured(out=str(tmp_path / "run"), sets=str(tmp_path / "sets"), n_per_set_size=None)
    assert tables_of(asymmetry.run(config)) == tables_of(finished)


def test_models_get_the_published_sharpening():
    for experiment in EXPERIMENTS.values():
        model = searches.load(searches.Searcher("eccnet"), experiment, "places", "cpu")
        assert model.attention.settings.sharpening == experiment.sharpening


def test_results_are_scored_without_any_model(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(searches, "load_model", None)
    source = str(data / "vsa_asymmetry" / "out" / "eccNET")
    folder = asymmetry.run(configured(results=source, out=str(tmp_path), n_per_set_size=None, paradigms=None))
    models = pd.read_csv(folder / "models.csv").set_index("model")
    assert models.loc["eccNET", "index"] == pytest.approx(0.513, abs=5e-4)
    assert "orientation_homogeneous    -1.00      100.4      0.0" in capsys.readouterr().out
    assert (folder / "figures" / "reaction_times_eccNET.png").exists()


@pytest.mark.usefixtures("no_figures")
def test_each_model_with_a_trunk_searches_on_each_diet(tmp_path):
    given = {"model": ["chance", "ivsn"], "diet": ["none", "mirror"], "paradigms": "shading", "n_per_set_size": 1}
    folder = asymmetry.run(configured(**given, weights="places", out=str(tmp_path)))
    trials = pd.read_csv(folder / "trials.csv")
    assert list(trials["model"].unique()) == ["chance", "ivsn", "ivsn_mirror"]
    paths = {(path.observer, path.trial): path for path in read_scanpaths(folder / "scanpaths.csv")}
    model = load_model("ivsn", weights="places", diet="mirror", sharpening=EXPERIMENTS["shading"].sharpening)
    display = stimuli.make("shading", n_per_set_size=1, seed=5)[2]
    assert (model.search(display).xy == paths["ivsn_mirror", display.id].xy).all()


READ = {"n_per_set_size": None}
WRONG = {
    "unknown paradigm": ({"paradigms": ["shadin"]}, "unknown paradigm 'shadin'"),
    "paradigm twice": ({"paradigms": ["shading", "shading"]}, "expected each once"),
    "unknown diet": ({"model": "eccnet", "diet": "rot91"}, "unknown diet 'rot91'"),
    "diet twice": ({"diet": ["rot90", "rot90"]}, "expected each once"),
    "unknown model": ({"model": ["ecnet"]}, "unknown model 'ecnet'"),
    "no model": ({"model": []}, "model is empty"),
    "number for a model": ({"model": 3}, "unknown model '3'"),
    "missing weights": ({"model": ["eccnet"], "weights": "no.pt"}, "weights file no.pt does not exist"),
    "seed": ({"seed": -1}, "seed is -1"),
    "batch_size": ({"batch_size": 0}, "batch_size is 0"),
    "n_per_set_size": ({"n_per_set_size": 0}, "n_per_set_size is 0"),
    "missing results": (READ | {"results": "nowhere"}, "results 'nowhere' is no folder"),
    "results and n_per_set_size": ({"results": "nowhere"}, "results and n_per_set_size are both given"),
    "results and sets": ({"results": "nowhere", "sets": "sets"}, "sets and results are both given"),
    "sets and n_per_set_size": ({"sets": "sets"}, "sets and n_per_set_size are both given"),
    "missing sets": (READ | {"sets": "nowhere"}, "does not exist"),
    "incomplete set": (READ | {"sets": "few"}, "has no trial of condition 'curve_in_lines' with set_size '16'"),
    "other set": (READ | {"sets": "other"}, "row 2 has condition 'top_down' with set_size '1', expected those of"),
    "absent targets": (READ | {"sets": "absent"}, "has no target_x0, expected displays with their target"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_nothing_behind(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    stimuli.make("curvature", n_per_set_size=1, set_sizes=[8]).write("few/curvature")
    stimuli.make("shading", n_per_set_size=1).write("other/curvature")
    stimuli.make("curvature", n_per_set_size=1, target="both").write("absent/curvature")
    changes, words = WRONG[case]
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        asymmetry.run(configured(out="run", **changes))
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert not os.path.exists("run")


def test_another_config_is_refused(finished):
    before = tables_of(finished)
    with pytest.raises(ValueError, match="holds a run with seed=5, found seed=6; choose another out"):
        asymmetry.run(configured(out=str(finished), seed=6))
    assert tables_of(finished) == before


def test_result_of_a_model_does_not_depend_on_the_others():
    experiments = choose(["shading"])
    noise = np.random.default_rng(0)
    shown = pd.DataFrame({"experiment": "shading", "set_size": np.repeat([1, 6, 12], 20), "found": True})
    searches = pd.concat(
        [
            shown.assign(model=model, condition=condition, trial="", n_saccades=noise.integers(1, 9, 60))
            for model in ("a", "b")
            for condition in ("top_down", "left_right")
        ]
    )
    both, alone = analyse(searches, experiments), analyse(searches[searches["model"] == "b"], experiments)
    pd.testing.assert_frame_equal(
        both.experiments.query("model == 'b'").reset_index(drop=True),
        alone.experiments.query("model == 'b'").reset_index(drop=True),
    )
