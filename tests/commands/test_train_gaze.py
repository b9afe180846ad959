"""`gazesim train model=gaze` on a few small pictures, and what it writes in use."""

import pandas as pd
import pytest

from gazesim.cli import main

TRAIN = [
    "train",
    "model=gaze",
    "weights=places",
    "gaze.long_side=64",
    "gaze.channels=8",
    "gaze.folds=3",
    "gaze.epochs=2",
]


@pytest.fixture
def free(working_folder):
    """The searches among noise, as free viewing."""
    (working_folder / "free.yaml").write_text("table: people.csv\ntrials: set\ntask: free_viewing\n")
    return working_folder


@pytest.mark.slow
def test_trained_on_data_of_ones_own_it_predicts_a_picture(free, capsys):
    main([*TRAIN, "dataset=free.yaml", "gaze.metric=[nss,cig]", "gaze.model=chance", "out=run"])
    said = capsys.readouterr().out
    assert "Over the centre bias of free, on 6 pictures:" in said
    names = {path.name for path in (free / "run").iterdir()}
    assert {"weights.safetensors", "weights.md", "held_out.csv", "calibration.csv", "worst.png", "run.json"} <= names
    assert len(pd.read_csv("run/held_out.csv")) == 6
    assert set(pd.read_csv("run/scores/free/summary.csv")["model"]) >= {"gaze", "chance", "people"}
    search = ["search", "trials=set", "model=gaze", "weights=run/weights.safetensors", "figures=0", "max_fixations=2"]
    main([*search, "out=found"])
    assert pd.read_csv("found/scanpaths.csv")["duration_ms"].gt(0).all()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["dataset=free.yaml", "gaze.folds=7"], "folds is 7, but there are 6 pictures, expected at most as many"),
        (["dataset=free.yaml", "gaze.images=9"], "images is 9, but there are 6 pictures"),
        (["dataset=free.yaml", "gaze.model=nobody"], "unknown model 'nobody'"),
        (["dataset=[free.yaml,free.yaml]"], "expected some, each once"),
        (["dataset=free.yaml", "model=oat", "dataset=[free.yaml]"], "only model=gaze learns from several"),
    ],
)
def test_what_is_not_accepted_is_one_line(free, capsys, more, message):
    with pytest.raises(SystemExit) as stopped:
        main([*TRAIN, *more, "out=run"])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
    assert not (free / "run").exists()


@pytest.mark.slow
def test_gaze_search_is_fitted_tested_and_used(working_folder, capsys):
    fit = ["train", "model=gaze_search", "gaze.folds=3", "gaze.per_picture=4", "gaze.metric=cig", "gaze.images=1"]
    main([*fit, "gaze.long_side=128", "dataset=people.yaml", "out=run"])
    assert "without target" in capsys.readouterr().out
    assert len(pd.read_csv("run/parts.csv")) == 10
    assert set(pd.read_csv("run/scores/people/summary.csv")["model"]) >= {"gaze_search", "people"}
    one = ["image=pictures/0.png", "target_box=[1,1,9,9]", "px_per_degree=4", "figures=0", "max_fixations=1"]
    main(["search", *one, "model=gaze_search", "weights=run/weights.json", "out=a"])
    assert len(pd.read_csv("a/scanpaths.csv")) <= 2


def test_gaze_search_needs_a_search(free, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "model=gaze_search", "dataset=free.yaml", "weights=places", "out=run"])
    assert stopped.value.code == 2
    assert "free is of free_viewing, expected a data set of search" in capsys.readouterr().err
    assert not (free / "run").exists()
