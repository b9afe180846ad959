"""`gazesim.fit` and its command on simulated people: tables, comparison, settings that go back in, resumption."""

import shutil

import cv2
import numpy as np
import pandas as pd
import pytest

import gazesim
from gazesim.cli import main
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.plausibility import CHECKS
from gazesim.trial import Trial

PARAMETERS = ["temperature", "saccade_cost"]
TRUE = {"temperature": 0.15, "saccade_cost": 0.03}


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Four simulated people on four displays, as a data set."""
    from dataclasses import replace

    random, trials = np.random.default_rng(1), []
    for i in range(4):
        picture = np.clip(128 + 60 * cv2.resize(random.normal(size=(6, 8, 3)), (48, 36)), 0, 255).astype(np.uint8)
        trials.append(Trial(picture, target_box=(4, 4, 12, 12), px_per_degree=4, id=f"d{i}"))
    model = gazesim.load_model("gbvs", test_first=False, **TRUE)
    paths = [
        replace(path, observer=f"p{k}", found=None)
        for k in range(4)
        for path in model.search(trials, seed=k, max_fixations=12)
    ]
    definition = Definition(
        name="simulated",
        title="simulated people",
        task="search",
        licence="none",
        citation="none",
        homepage="https://example.org",
        reader=lambda root: None,
        needs=(),
        geometry=Geometry(4, "made so"),
        units="px",
        verified="made so",
        obtain="made here",
        accept=tuple(CHECKS),
    )
    return DataSet(definition, tmp_path_factory.mktemp("simulated"), trials, paths)


@pytest.fixture(scope="session")
def run(people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    fits = gazesim.fit(["gbvs", "centre_bias"], people, PARAMETERS, folds=2, starts=1, cell_deg=2.0, out=folder)
    return fits, folder


def test_the_true_parameters_are_found(run):
    table = run[0].parameters.set_index(["model", "parameter"]).loc["gbvs"]
    for name, true in TRUE.items():
        low, high = table.loc[name, ["low", "high"]]
        assert low - (high - low) / 2 < true < high + (high - low) / 2
    assert table.loc["temperature", "high"] < 2 * table.loc["temperature", "low"]


def test_the_model_that_made_the_data_predicts_them_better(run):
    fits = run[0]
    assert fits.summary["bits"].iloc[0] > fits.summary["bits"].iloc[1]
    (row,) = fits.comparisons.to_dict("records")
    assert (row["first"], row["second"]) == ("gbvs", "centre_bias")
    assert row["difference"] == pytest.approx(fits.summary["bits"].iloc[0] - fits.summary["bits"].iloc[1])
    assert len(fits.fixations) == 2 * fits.summary["fixations"].iloc[0]


def test_tables_and_figures_are_written(run):
    fits, folder = run
    for name in ("parameters", "profiles", "fixations", "summary", "comparisons"):
        assert len(pd.read_csv(folder / f"{name}.csv")) == len(getattr(fits, name)) > 0
    assert (folder / "figures" / "profiles_gbvs.png").stat().st_size > 0


@pytest.mark.slow
def test_people_and_recovery_and_a_run_that_was_stopped(people, tmp_path):
    how = {"folds": 0, "starts": 1, "people": True, "recover_people": 2, "max_fixations": 6, "cell_deg": 2.0}
    fits = gazesim.fit("gbvs", people, PARAMETERS, **how, out=tmp_path / "a")
    for name in ("people", "group", "recovery"):
        assert len(pd.read_csv(tmp_path / "a" / f"{name}.csv")) == len(getattr(fits, name)) > 0
    for name in ("profiles", "people", "recovery"):
        assert (tmp_path / "a" / "figures" / f"{name}_gbvs.png").stat().st_size > 0
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "recovery.csv").unlink()
    half = fits.recovery.iloc[: len(PARAMETERS)]
    half.to_csv(tmp_path / "b" / "recovery-gbvs.partial.csv", index=False)
    again = gazesim.fit("gbvs", people, PARAMETERS, **how, out=tmp_path / "b")
    pd.testing.assert_frame_equal(again.parameters, fits.parameters)
    assert (tmp_path / "a" / "recovery.csv").read_bytes() == (tmp_path / "b" / "recovery.csv").read_bytes()
    assert not list(tmp_path.glob("*/*.partial.csv"))


def test_fitted_settings_go_back_into_a_command(run, tmp_path, monkeypatch, capsys):
    fits, folder = run
    monkeypatch.chdir(tmp_path)
    picture = tmp_path / "photo.png"
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 255, (36, 48, 3)).astype(np.uint8))
    line = ["search", "image=photo.png", "px_per_degree=4", "model=gbvs", f"settings={folder / 'fitted.yaml'}"]
    main([*line, "max_fixations=2", "figures=0", "out=run"])
    recorded = pd.read_json(tmp_path / "run" / "run.json", typ="series")["config"]["settings"]
    assert recorded["temperature"] == pytest.approx(fits.settings["gbvs"]["temperature"])
    assert recorded["saccade_cost"] == pytest.approx(fits.settings["gbvs"]["saccade_cost"])
    with pytest.raises(SystemExit, match="2"):
        main([*line[:-1], "settings=nowhere.yaml"])
    assert "nowhere.yaml" in capsys.readouterr().err


def test_what_is_wrong_is_said(people):
    with pytest.raises(ValueError, match=r"^images is 9, but simulated has 4 displays"):
        gazesim.fit("gbvs", people, "temperature", images=9)
    with pytest.raises(ValueError, match=r"^folds is 1, expected a whole number of at least 2"):
        gazesim.fit("gbvs", people, "temperature", folds=1)
    with pytest.raises(ValueError, match=r"^unknown setting of gbvs 'levles'"):
        gazesim.fit("gbvs", people, "temperature", settings={"levles": 3})


@pytest.mark.slow
def test_intervals_hold_the_true_values(people):
    """Of 30 simulated people, 2 parameters each: 95 % of 60 are 57; 52 or more in 99 of 100 such studies."""
    fits = gazesim.fit("gbvs", people, PARAMETERS, folds=0, starts=1, recover_people=30, max_fixations=12, cell_deg=0.5)
    inside = (fits.recovery["low"] <= fits.recovery["true"]) & (fits.recovery["true"] <= fits.recovery["high"])
    assert inside.sum() >= 52
