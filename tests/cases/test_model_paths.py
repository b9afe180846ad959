"""Scanpaths of a model from outside are checked as people's tables are."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gazesim import Trial, read_scanpaths, write_trials
from gazesim.cli import main
from gazesim.datasets import load_table
from gazesim.scoring.candidates import candidates


def table(**columns):
    random = np.random.default_rng(3)
    ids = {"trial": np.repeat(["a", "b"], 12), "observer": "p", "index": np.tile(np.arange(12), 2)}
    places = {"x": random.uniform(40, 760, 24), "y": random.uniform(40, 560, 24)}
    return pd.DataFrame({**ids, **places, "duration_ms": 250.0, **columns})


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((1 / 800, 1 / 600, 1), "they look like shares of the display"),
        ((0.4, 0.4, 1), "they look like px of a smaller picture or degrees"),
        ((1, 1, 1e-3), "it looks like seconds, expected ms"),
        ((1, 1, 1), None),
    ],
)
def test_units(tmp_path, factors, message):
    people = table()
    data = load_table(people, width=800, height=600)
    model = people.assign(observer="m")
    model[["x", "y", "duration_ms"]] *= np.array(factors)
    model.to_csv(tmp_path / "m.csv", index=False)
    if message is None:
        assert [each.name for each in candidates([], data, tmp_path / "m.csv")] == ["m"]
        return
    with pytest.raises(ValueError, match=rf"^scanpaths .*m.csv': .*{message}"):
        candidates([], data, tmp_path / "m.csv")
    with pytest.raises(ValueError, match=rf"^model 'mine': .*{message}"):
        candidates({"mine": read_scanpaths(tmp_path / "m.csv")}, data)


def test_an_exception_is_declared_where_the_line_says(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people = pd.concat([table(), table(observer="q")])
    people.to_csv("people.csv", index=False)
    Path("own.yaml").write_text("table: people.csv\nwidth: 800\nheight: 600\naccept: [copies]\n")
    small = table(observer="m")
    small[["x", "y"]] *= 0.4
    small.to_csv("m.csv", index=False)
    line = ["score", "dataset=own.yaml", "scanpaths=m.csv", "metric=hausdorff"]
    with pytest.raises(SystemExit):
        main([*line, "out=a"])
    assert "expected px of the display; accept=[spread] if it is so" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*line, "accept=sprawl", "out=a"])
    assert "accept is 'sprawl', expected one of" in capsys.readouterr().err
    main([*line, "accept=[spread]", "out=a"])
    assert json.loads(Path("a/run.json").read_text())["config"]["accept"] == ["spread"]


@pytest.mark.parametrize("metric", ["scanpath_ratio", "fixations_to_target"])
def test_where_nobody_finds_the_target_the_measure_covers_nothing(tmp_path, monkeypatch, metric):
    """The figure is drawn without it, and the tables have NaN."""
    monkeypatch.chdir(tmp_path)
    picture = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    write_trials("set", [Trial(picture, target_box=(0, 0, 20, 20), px_per_degree=30, id=name) for name in "ab"])
    table().to_csv("people.csv", index=False)
    Path("own.yaml").write_text("table: people.csv\ntrials: set\ntask: search\n")
    table(observer="m").to_csv("m.csv", index=False)
    main(["score", "dataset=own.yaml", "scanpaths=m.csv", f"metric={metric}", "out=run"])
    rows = pd.read_csv("run/summary.csv").query("metric == @metric")
    assert set(rows["model"]) >= {"m", "people"}
    assert rows["value"].isna().all()
    assert (rows["coverage"] == 0).all()
    assert Path("run/figures/curves.png").exists()
