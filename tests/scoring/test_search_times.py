"""Models beside people's reaction times: search slopes in `gazesim score` and `gazesim results`."""

import json

import numpy as np
import pandas as pd
import pytest

from gazesim import Scanpath, Trial, load_dataset, score, write_scanpaths, write_trials
from gazesim.cli import main
from gazesim.metrics.efficiency import searched_responses
from gazesim.metrics.set_sizes import reaction_times
from gazesim.responses import write_responses


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """A folder with a set of 12 blank displays, 2 and 4 items, and the responses of three people: 10 ms per item."""
    folder = tmp_path_factory.mktemp("experiment")
    blank = np.zeros((16, 16, 3), np.uint8)
    trials = [
        Trial(
            blank,
            blank[:4, :4],
            target_box=(8, 8, 12, 12),
            px_per_degree=4,
            id=f"d{n}",
            condition="c",
            set_size=2 + 2 * (n % 2),
        )
        for n in range(12)
    ]
    write_trials(folder / "set", trials)
    rows = [
        (trial.id, person, "c", trial.set_size, True, True, 400.0 + 10 * trial.set_size + n % 3 + add)
        for person, add in (("a", 0), ("b", 20), ("c", 50))
        for n, trial in enumerate(trials)
    ]
    columns = ["trial", "observer", "condition", "set_size", "present", "correct", "rt_ms"]
    write_responses(folder / "responses.csv", pd.DataFrame(rows, columns=columns))
    (folder / "dataset.yaml").write_text("responses: responses.csv\ntrials: set\n")
    paths = [_search(trial, trial.set_size) for trial in trials]
    write_scanpaths(folder / "model.csv", paths)
    return folder


def _search(trial, saccades, found=True):
    xy = np.linspace((1, 1), (9, 9), saccades + 1)
    return Scanpath(xy, trial=trial.id, observer="careful", found=found)


def test_slopes_of_people_and_models_in_a_score(experiment, tmp_path):
    data = load_dataset(str(experiment / "dataset.yaml"))
    assert (data.scanpaths, data.observers) == ([], ["a", "b", "c"])
    scores = score(None, data, scanpaths=experiment / "model.csv", out=tmp_path / "out")
    slopes = scores.slopes.set_index("searcher")["slope_ms_per_item"]
    assert slopes["people"] == pytest.approx(10, abs=1)
    assert slopes["careful"] == pytest.approx(reaction_times(4) / 2 - reaction_times(2) / 2)
    assert len(scores.trials) == 0
    assert {"slopes.csv", "set_sizes.csv", "run.json", "figures"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    main(["report", f"run={tmp_path / 'out'}"])
    assert "careful" in (tmp_path / "out" / "report.html").read_text()


def test_score_command_tells_the_slopes(experiment, tmp_path, capsys):
    main(
        ["score", f"dataset={experiment / 'dataset.yaml'}", f"scanpaths={experiment / 'model.csv'}", f"out={tmp_path}"]
    )
    out = capsys.readouterr().out
    assert "slope (ms/item)" in out
    assert "252" in out
    with pytest.raises(SystemExit):
        main(["score", f"dataset={experiment / 'dataset.yaml'}", "model=chance", "metric=scanmatch", "out=no"])
    assert "has no scanpaths of people, only responses" in capsys.readouterr().err


def test_results_take_models_alone(experiment, tmp_path, capsys):
    given = [f"stimuli={experiment / 'set'}", f"scanpaths={experiment / 'model.csv'}"]
    main(["results", *given, f"out={tmp_path / 'out'}"])
    assert "careful, c, present: 252.4 ms/item [252.4, 252.4]" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").glob("*.csv")} == {"slopes.csv", "set_sizes.csv"}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text(json.dumps({"config": {}, "versions": {}, "trials_sha256": "0"}))
    with pytest.raises(SystemExit):
        main(["results", f"stimuli={experiment / 'set'}", f"scanpaths={tmp_path / 'run'}", f"out={tmp_path / 'no'}"])
    assert "is a run on other displays than those of stimuli" in capsys.readouterr().err


def test_searches_that_did_not_find_the_target_have_no_time(experiment):
    trial = load_dataset(str(experiment / "dataset.yaml")).trials[0]
    timed = Scanpath(
        np.zeros((2, 2)), True, "d0", "timed", onset_ms=np.array([0.0, 250.0]), duration_ms=np.array([200.0, 300.0])
    )
    table = searched_responses([_search(trial, 3, found=False), timed], {"d0": trial})
    absent = Trial(width=16, height=16, px_per_degree=4, id="d1", target_text="a thing", present=False, set_size=2)
    ended = Scanpath(np.zeros((3, 2)), False, "d1", "timed", answer="absent")
    (told,) = searched_responses([ended], {"d1": absent})[["response", "correct", "rt_ms"]].to_numpy().tolist()
    assert told == ["absent", True, reaction_times(2)]
    assert table["response"].isna().tolist() == [True, False]
    assert table["rt_ms"].isna().tolist() == [True, False]
    assert table["rt_ms"].iloc[1] == 550
