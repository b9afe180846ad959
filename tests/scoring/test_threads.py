"""Scores are the same whatever the number of threads, and however often they are made."""

from dataclasses import fields

import pandas as pd
import pytest
import torch
from test_caller_state import ALL, SETTINGS

import gazesim
from gazesim import Scanpath, Trial
from gazesim.datasets import load_table

DISPLAYS, PEOPLE = 2, 3
SUMMED_IN_PARTS = ("eccnet", "ivsn", "nnibs")  # what their names begin with


@pytest.fixture
def people(tmp_path, noise):
    """Three people's searches of two displays of 160 x 120 px, large enough for torch to use two threads."""
    trials = [Trial(noise(120, 160, i), target_box=(20, 20, 51, 51), px_per_degree=8, id=f"t{i}") for i in range(2)]
    gazesim.write_trials(tmp_path / "set", trials)
    paths = [path for seed in range(PEOPLE) for path in gazesim.load_model("chance").search(trials, seed=seed)]
    named = [Scanpath(p.xy, trial=p.trial, observer=f"p{i // DISPLAYS}") for i, p in enumerate(paths)]
    gazesim.write_scanpaths(tmp_path / "people.csv", named)
    return load_table(tmp_path / "people.csv", trials=tmp_path / "set", task="search")


def tables(name, people):
    model = gazesim.load_model(name, **SETTINGS.get(name, {}))
    scores = gazesim.score([model], people, ["nss", "scanmatch"])
    return {field.name: getattr(scores, field.name) for field in fields(scores)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_scores_are_the_same_on_one_thread_and_on_two(people, name):
    """To the last bit, but for the trunk: its convolutions are summed in parts, in an order that threads decide."""
    one = tables(name, people)
    torch.set_num_threads(2)
    for table, found in tables(name, people).items():
        exact = {} if name.startswith(SUMMED_IN_PARTS) else {"check_exact": True}
        pd.testing.assert_frame_equal(found, one[table], **{"rtol": 1e-4, "atol": 1e-5, **exact})


@pytest.mark.slow
def test_relevance_scored_four_times_is_the_same(people):
    first, *others = [tables("relevance", people) for _ in range(4)]
    for other in others:
        for table, found in other.items():
            pd.testing.assert_frame_equal(found, first[table], check_exact=True)
