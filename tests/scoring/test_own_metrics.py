"""Measures from outside: a plain function that a session registers, and one that another package brings."""

import sys

import numpy as np
import pandas as pd
import pytest

import gazesim
from gazesim.cli import main
from gazesim.metrics import METRICS, auc_shuffled, cauc, dtw, nss

NAMES = ("my_nss", "my_shuffled", "my_cauc", "my_dtw", "my_steps")


@pytest.fixture
def mine():
    gazesim.register_metric("my_nss", nss, "map", "higher", chance=0.0)
    gazesim.register_metric("my_shuffled", auc_shuffled, "map", "higher", needs={"others": "elsewhere"})
    gazesim.register_metric("my_cauc", lambda m, xy: cauc(m, np.vstack([xy, xy]))[0], "next_map", "higher")
    gazesim.register_metric("my_dtw", lambda a, b: dtw(a.xy, b.xy), "scanpaths", "lower")
    gazesim.register_metric("my_steps", lambda way, box: len(way) if box[2] > box[0] else 0, "search", "lower")
    yield
    for name in NAMES:
        METRICS._registered.pop(name)


def values(scores, metric):
    rows = scores.trials[scores.trials["metric"] == metric]
    return rows["value"].to_numpy()


@pytest.mark.usefixtures("mine")
def test_plain_functions_score_as_the_measures_they_repeat(own_set, paths_for):
    data = own_set()
    maps = gazesim.score("spectral_residual", data, ["nss", "my_nss", "auc_shuffled", "my_shuffled"])
    np.testing.assert_array_equal(values(maps, "my_nss"), values(maps, "nss"))
    np.testing.assert_array_equal(values(maps, "my_shuffled"), values(maps, "auc_shuffled"))
    paths = gazesim.score({"a": paths_for(data)}, data, ["dtw", "my_dtw"])
    np.testing.assert_allclose(values(paths, "my_dtw"), values(paths, "dtw"))
    assert set(paths.summary["better"]) == {"lower"}
    following = gazesim.score("spectral_residual", data, ["cauc", "my_cauc"], images=2)
    own = following.trials.pivot_table(index=["trial", "observer", "model"], columns="metric", values="value")
    own = own.xs("spectral_residual", level="model")
    np.testing.assert_allclose(own["my_cauc"], own["cauc"])


@pytest.mark.usefixtures("mine")
def test_a_measure_of_search_gets_the_way_to_the_target(own_set):
    scores = gazesim.score("chance", own_set("search"), ["fixations_to_target", "my_steps"])
    np.testing.assert_array_equal(values(scores, "my_steps"), values(scores, "fixations_to_target"))
    with pytest.raises(ValueError, match="metric 'my_steps' is of search, but own is free viewing"):
        gazesim.score("chance", own_set(), "my_steps")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("auc_borji", "metric 'auc_borji' needs samples, which no data set has: call gazesim.metrics.auc_borji"),
        ("guidance_ratio", "metric 'guidance_ratio' needs values of many trials, which no data set has"),
    ],
)
def test_what_needs_more_than_a_data_set_has_is_refused(own_set, name, words):
    with pytest.raises(ValueError, match=words):
        gazesim.score("centre_bias", own_set(), name)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that brings the measure `theirs`, and something that is none."""
    folder = tmp_path / "site"
    info = folder / "gaze_extra-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gaze-extra\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[gazesim.metrics]\ntheirs = gaze_extra:THEIRS\nnone = gaze_extra:highest\n", encoding="utf-8"
    )
    (folder / "gaze_extra.py").write_text(
        "from gazesim.metrics import Measure\n\n\n"
        "def highest(saliency, fixations):\n    return float(saliency.max())\n\n\n"
        "THEIRS = Measure(function=highest, kind='map', direction='higher', about='the highest value')\n"
    )
    monkeypatch.syspath_prepend(folder)
    METRICS.__dict__.pop("_from_packages", None)
    yield
    METRICS.__dict__.pop("_from_packages", None)
    METRICS._loaded.pop("theirs", None)
    sys.modules.pop("gaze_extra", None)


@pytest.mark.usefixtures("package", "mine")
def test_the_command_line_takes_measures_from_outside(own_set, fixations, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    own_set()
    fixations.to_csv("fixations.csv", index=False)
    (tmp_path / "mine.yaml").write_text("table: fixations.csv\ntrials: pictures/trials.csv\n")
    main(["score", "dataset=mine.yaml", "model=centre_bias", "metric=[theirs,my_nss]", "out=run"])
    assert "theirs  centre_bias" in capsys.readouterr().out
    summary = pd.read_csv("run/summary.csv").set_index(["metric", "model"])
    assert summary.loc[("theirs", "uniform"), "value"] == pytest.approx(1 / (96 * 72))
    assert summary.loc[("my_nss", "centre_bias"), "better"] == "higher"
    with pytest.raises(SystemExit):
        main(["score", "dataset=mine.yaml", "model=centre_bias", "metric=none", "out=bad"])
    error = capsys.readouterr().err
    assert "metric 'none' is <function highest" in error
    assert error.count("\n") == 1
