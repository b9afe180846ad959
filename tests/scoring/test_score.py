"""`gazesim.score` and `gazesim score`: what is written, what resumes, and the one line that says what is wrong."""

import inspect
import json
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import gazesim
from gazesim.cli import main
from gazesim.commands.score import Config
from gazesim.datasets import load_table
from gazesim.models import load_model
from gazesim.scanpath import Scanpath
from gazesim.scoring import trial_scores
from gazesim.trial import Trial
from gazesim.trial_table import write_trials

TABLES = {"trials.csv", *(f"{name}.{kind}" for name in ("summary", "comparisons") for kind in ("csv", "md", "tex"))}
PATHS = {"scanpaths.csv", "saccades.csv"}
MAPS = ["nss", "auc_shuffled"]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_maps_in_free_viewing(own_set, tmp_path):
    scores = gazesim.score(["spectral_residual", "centre_bias"], own_set(), MAPS, out=tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "figures", *TABLES}
    assert {path.name for path in (tmp_path / "run/figures").iterdir()} == {"ceiling.png", "ceiling.pdf"}
    models = ["spectral_residual", "centre_bias", "people", "other_images", "uniform"]
    assert scores.summary["model"].tolist() == models * 2
    assert scores.summary["metric"].tolist() == ["nss"] * 5 + ["auc_shuffled"] * 5
    assert len(scores.trials) == 2 * 5 * 5 * 4
    by_model = scores.summary[scores.summary["metric"] == "nss"].set_index("model")
    assert by_model.loc["people", "value"] > by_model.loc["other_images", "value"] > 0
    assert (scores.summary["coverage"] == 1).all()
    assert scores.curves.empty
    assert scores.saccades.empty
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["config"]["metric"] == MAPS
    assert record["config"]["dataset"] == "own"
    assert record["versions"]["gazesim"] == gazesim.__version__


def test_scanpaths_in_free_viewing_are_as_long_as_peoples(own_set, tmp_path):
    data = own_set()
    scores = gazesim.score("chance", data, "scanmatch", out=tmp_path / "run")
    paths = gazesim.read_scanpaths(tmp_path / "run/scanpaths.csv")
    assert [(path.trial, path.observer) for path in paths] == [(s.id, "chance") for s in data.trials]
    mean = np.mean([len(path) for path in data.scanpaths])
    assert {len(path) for path in paths} == {round(mean)}
    assert scores.saccades["model"].tolist() == ["chance", "people"]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "figures", *TABLES, *PATHS}


def test_search_scores_efficiency_and_similarity(own_set, tmp_path):
    scores = gazesim.score(["template", "chance"], own_set("search"), out=tmp_path / "run")
    written = {path.name for path in (tmp_path / "run/figures").iterdir()}
    assert written == {f"{name}.{kind}" for name in ("ceiling", "curves", "saccades") for kind in ("png", "pdf")}
    curves = scores.curves[scores.curves["model"] == "template"]["found"].to_numpy()
    longest = len(curves)
    summary = scores.summary.set_index(["model", "metric"])["value"]
    assert summary["template", "tfp_auc"] == pytest.approx(curves.sum())
    assert (np.diff(curves) >= 0).all()
    people = scores.trials[(scores.trials["model"] == "people") & (scores.trials["metric"] == "tfp_auc")]
    assert len(people) == 20
    assert people["value"].between(0, longest).all()
    mine = scores.trials[(scores.trials["model"] == "template") & (scores.trials["metric"] == "tfp_auc")]
    assert mine["observer"].tolist() == [""] * 5


def test_the_same_seed_gives_the_same_bytes_whatever_came_between(own_set, tmp_path, monkeypatch):
    data, models, metrics = own_set(), ["itti", "chance"], ["nss", "cnss", "scanmatch", "sequence_score"]
    gazesim.score(models, data, metrics, out=tmp_path / "whole")
    for number, (broken, after) in enumerate((("score_paths", 2), ("score_next", 1))):
        out = tmp_path / f"broken{number}"
        with monkeypatch.context() as patch:
            real, calls = getattr(trial_scores, broken), iter(range(100))

            def stop(*arguments, real=real, calls=calls, after=after):
                if next(calls) == after:
                    raise KeyboardInterrupt
                return real(*arguments)

            patch.setattr(trial_scores, broken, stop)
            with pytest.raises(KeyboardInterrupt):
                gazesim.score(models, data, metrics, out=out)
        assert not (out / "trials.csv").exists()
        gazesim.score(models, data, metrics, out=out)
        assert contents(out) == contents(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr("os.cpu_count", lambda: 1)
        gazesim.score(models, data, metrics, out=tmp_path / "one_thread", batch_size=3)
    one, whole = contents(tmp_path / "one_thread"), contents(tmp_path / "whole")
    one.pop("run.json"), whole.pop("run.json")
    assert one == whole


def test_a_run_cut_in_the_middle_of_a_line_goes_on(own_set, tmp_path, monkeypatch):
    data = own_set()
    gazesim.score("centre_bias", data, MAPS, out=tmp_path / "whole")
    rows = gazesim.score("centre_bias", data, MAPS, out=tmp_path / "cut").trials
    for path in (tmp_path / "cut").iterdir():
        if path.suffix == ".csv":
            path.unlink()
    lines = rows[rows["trial"].isin(["i0", "i1"])][["trial", "model", "metric", "part", "observer", "value"]]
    text = lines.to_csv(header=False, index=False)
    (tmp_path / "cut/scores.partial.csv").write_text(text[:-30])
    asked = []
    real = trial_scores.score_next
    monkeypatch.setattr(
        trial_scores, "score_next", lambda viewing, *rest: asked.append(viewing.trial_id) or real(viewing, *rest)
    )
    gazesim.score("centre_bias", data, MAPS, out=tmp_path / "cut")
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert asked == ["i1", "i2", "i3", "i4"]
    asked.clear()
    gazesim.score("centre_bias", data, MAPS, out=tmp_path / "whole")
    assert asked == []


def test_another_seed_or_other_data_are_refused_in_the_same_folder(own_set, fixations, tmp_path):
    gazesim.score("centre_bias", own_set(), "nss", out=tmp_path / "run")
    with pytest.raises(ValueError, match="holds a run with seed=0, found seed=1"):
        gazesim.score("centre_bias", own_set(), "nss", out=tmp_path / "run", seed=1)
    other = own_set(rows=fixations.assign(x=fixations["x"] * 0.9))
    with pytest.raises(ValueError, match="data_sha256"):
        gazesim.score("centre_bias", other, "nss", out=tmp_path / "run")


def test_outside_models_from_files_and_dicts_score_alike(own_set, paths_for, tmp_path):
    data = own_set()
    paths = paths_for(data)
    gazesim.write_scanpaths(tmp_path / "outside.csv", paths)
    from_file = gazesim.score(None, data, "dtw", scanpaths=tmp_path / "outside.csv")
    from_dict = gazesim.score({"outside": paths}, data, "dtw")
    pd.testing.assert_frame_equal(from_file.trials, from_dict.trials)
    pd.testing.assert_frame_equal(from_file.summary, from_dict.summary)


def test_coverage_counts_displays_that_a_model_lacks(own_set, paths_for):
    data = own_set()
    scores = gazesim.score({"some": paths_for(data)[:3]}, data, "dtw")
    coverage = scores.summary.set_index("model")["coverage"]
    assert coverage["some"] == pytest.approx(0.6)
    assert coverage["people"] == 1


def test_objects_with_a_map_are_models(own_set):
    flat = SimpleNamespace(name="flat", priority=lambda trial, history=None: np.ones((trial.height, trial.width)))
    scores = gazesim.score(flat, own_set(), ["nss", "auc", "cauc"])
    own = scores.summary[scores.summary["model"] == "flat"]
    assert own["value"].tolist() == [0, 0.5, 0.5]
    with pytest.raises(ValueError, match="metric 'dtw' scores scanpaths, but flat has maps only"):
        gazesim.score(flat, own_set(), "dtw")


def test_models_of_targets_look_without_one_in_free_viewing(own_set):
    model = load_model("eccnet")
    scores = gazesim.score(model, own_set(), ["nss", "scanmatch"], images=2, max_fixations=2)
    own = scores.summary[scores.summary["model"] == "eccnet"]
    assert own["coverage"].tolist() == [1, 1]
    assert np.isfinite(own["value"]).all()
    assert scores.trials["trial"].unique().tolist() == ["i0", "i2"]


def test_some_displays_are_scored_against_all_others(own_set):
    data = own_set()
    some = gazesim.score("centre_bias", data, "auc_shuffled", images=2).trials
    every = gazesim.score("centre_bias", data, "auc_shuffled").trials
    both = some.merge(every, on=list(some.columns[:-1]))
    assert len(both) == len(some) == 2 * 4 * 4
    np.testing.assert_array_equal(both["value_x"], both["value_y"])


@pytest.mark.parametrize(
    ("models", "metrics", "settings", "message"),
    [
        ("centre_bias", "nsss", {}, "unknown metric 'nsss'; .* did you mean 'nss'?"),
        ("eccnett", "nss", {}, "unknown model for own 'eccnett'; .* did you mean 'eccnet'?"),
        ("published", "dtw", {}, "unknown model for own 'published'"),
        ("centre_bias", "tfp_auc", {}, "metric 'tfp_auc' is of search, but own is free viewing"),
        (
            "centre_bias",
            "scanmatch_gupta",
            {},
            "protocol of zhang_object_arrays, zhang_natural_design, waldo, not of own",
        ),
        ("chance", "scanmatch_durations", {}, "metric 'scanmatch_durations' needs durations, but no model has any"),
        ({"a": "paths"}, "nss", {}, "metric 'nss' scores priority maps, but a has scanpaths only"),
        ({"people": "paths"}, "dtw", {}, "model 'people' is a level of every score"),
        (["chance", "chance"], "dtw", {}, "model 'chance' is given 2 times"),
        ([], "nss", {}, "model is empty"),
        (3, "nss", {}, "model is 3, expected a name"),
        ("chance", [], {}, "metric is empty"),
        ("chance", ["nss", "nss"], {}, "expected each once"),
        ("chance", "nss", {"images": 6}, "images is 6, but own has 5"),
        ("chance", "nss", {"images": 0}, "images is 0, expected a whole number of at least 1"),
        ("chance", "nss", {"seed": -1}, "seed is -1"),
        ("chance", "dtw", {"scanpaths": "none.csv"}, "table 'none.csv' does not exist"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(own_set, paths_for, tmp_path, models, metrics, settings, message):
    data = own_set()
    if isinstance(models, dict):
        models = {name: paths_for(data) for name in models}
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        gazesim.score(models, data, metrics, out=tmp_path / "run", **settings)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_durations_are_needed_from_people_too(own_set, fixations, paths_for):
    data = own_set(rows=fixations.drop(columns="duration_ms"))
    with pytest.raises(ValueError, match="needs durations, but own has none"):
        gazesim.score({"a": paths_for(data)}, data, "sequence_score_durations")


def test_scanpaths_of_unknown_displays_are_refused(own_set, paths_for):
    data = own_set()
    strange = [gazesim.Scanpath(np.zeros((1, 2)), trial="i9", observer="a")]
    with pytest.raises(ValueError, match="unknown trial of own 'i9'"):
        gazesim.score({"a": strange}, data, "dtw")
    with pytest.raises(ValueError, match="2 scanpaths of trial 'i0', expected one, or samples"):
        gazesim.score({"a": [*paths_for(data), paths_for(data)[0]]}, data, "dtw")


def test_models_need_pictures_and_degrees(fixations, own_set, paths_for):
    bare = load_table(fixations, width=96, height=72, name="bare")
    with pytest.raises(FileNotFoundError, match="centre_bias needs pictures, but that of 'i0' is not part"):
        gazesim.score("centre_bias", bare, "nss")
    assert gazesim.score({"a": paths_for(bare)}, bare, "dtw").saccades["unit"].tolist() == ["px", "px"]


def test_command_line(own_set, paths_for, fixations, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    own_set()
    fixations.to_csv("fixations.csv", index=False)
    (tmp_path / "mine.yaml").write_text("table: fixations.csv\ntrials: pictures/trials.csv\n")
    main(["score", "dataset=mine.yaml", "model=[centre_bias,spectral_residual]", "metric=nss", "out=run"])
    out = capsys.readouterr().out
    assert "nss     centre_bias" in out
    assert "run/summary.md" in out
    assert pd.read_csv("run/summary.csv")["model"].tolist()[:2] == ["centre_bias", "spectral_residual"]
    for arguments, message in (
        (["dataset=mine.yaml", "model=centre_bias", "metric=nsss"], "did you mean 'nss'?"),
        (["dataset=osie", "root=nowhere", "model=centre_bias"], "gazesim data fetch=osie downloads it"),
        (["model=centre_bias"], "dataset is missing"),
        (["dataset=mine.yaml"], "model is empty"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["score", "out=bad", *arguments])
        error = capsys.readouterr().err
        assert stop.value.code == 2
        assert error.count("\n") == 1
        assert error.startswith("gazesim score: ")
        assert message in error
        assert not (tmp_path / "bad").exists()


def test_the_command_has_the_arguments_of_the_function():
    renamed = {"models": "model", "metrics": "metric"}
    arguments = [renamed.get(name, name) for name in inspect.signature(gazesim.score).parameters]
    assert {*arguments, "maps", "log_density"} == {field.name for field in fields(Config)}


def test_published_scanpaths_are_scored_beside_a_file(data, tmp_path):
    root = data / "vsa_saccades/Waldo"
    waldo = gazesim.load_dataset("waldo", root)
    gazesim.write_scanpaths(tmp_path / "copy.csv", waldo.published["ivsn"])
    scores = gazesim.score("published", waldo, ["scanmatch", "fixations_to_target"], scanpaths=tmp_path / "copy.csv")
    values = scores.summary.set_index(["model", "metric"])["value"]
    assert values["ivsn", "scanmatch"] == values["published.ivsn", "scanmatch"]
    differences = scores.comparisons[scores.comparisons["metric"] == "scanmatch"].set_index(["first", "second"])
    assert differences.loc[("published.ivsn", "ivsn"), "difference"] == 0
    assert differences.loc[("published.ivsn", "ivsn"), "p"] == 1
    found = np.mean([path.found for path in waldo.scanpaths])
    assert scores.curves[scores.curves["model"] == "people"]["found"].iloc[-1] == pytest.approx(found)


def test_osie_subset(data, tmp_path):
    """The fixations of 20 photographs are near one another, less so near those on others, and chance is chance."""
    scores = gazesim.score("spectral_residual", "osie", ["nss", "auc"], root=data / "osie", images=4)
    values = scores.summary.set_index(["metric", "model"])["value"]
    assert values["nss", "people"] > 2 > values["nss", "other_images"] > 0.2
    assert values["nss", "uniform"] == 0
    assert values["auc", "uniform"] == 0.5
    assert values["auc", "people"] > values["auc", "spectral_residual"] > 0.5


class Witness:
    """Uniform maps and paths of one fixation; remembers the trials that it was given."""

    name = "witness"

    def __init__(self):
        self.trials = {}

    def priority(self, trial, history=None):
        self.trials[trial.id] = trial
        return np.ones((trial.height, trial.width))

    def walk(self, trials, *, max_fixations=None, seed=0, batch_size=1):
        for trial in trials:
            self.priority(trial)
            yield Scanpath([[trial.width // 2, trial.height // 2]], trial=trial.id, observer=self.name)


@pytest.mark.parametrize("task", ["search", "free_viewing"])
@pytest.mark.parametrize("metric", ["nss", "scanmatch"])
def test_models_see_all_that_a_trial_list_says(tmp_path, fixations, task, metric):
    random = np.random.default_rng(0)
    trials = [
        Trial(
            random.integers(0, 256, (72, 96, 3), np.uint8),
            target_box=[10, 20, 34, 44],
            objects=[[10, 20, 34, 44], [50, 20, 74, 44]],
            background=(9, 8, 7),
            target_text=f"mug {name}",
            condition="easy",
            px_per_degree=8,
            id=name,
        )
        for name in dict.fromkeys(fixations["trial"])
    ]
    write_trials(tmp_path / "set", trials)
    data = load_table(fixations, trials=tmp_path / "set", task=task, name="own")
    witness = Witness()
    gazesim.score(witness, data, metric)
    assert witness.trials.keys() == {trial.id for trial in trials}
    for trial in trials:
        seen = witness.trials[trial.id]
        assert seen.background.tolist() == [9, 8, 7]
        assert (seen.target_text, seen.condition, seen.px_per_degree) == (trial.target_text, "easy", 8)
        np.testing.assert_array_equal(seen.objects, trial.objects)
        np.testing.assert_array_equal(seen.image, trial.image)
        if task == "search":
            np.testing.assert_array_equal(seen.target, trial.target)
            np.testing.assert_array_equal(seen.target_box, trial.target_box)
        else:
            assert seen.target is seen.target_box is seen.present is None
