"""Answers of models as a table of responses."""

import numpy as np
import pytest

from gazesim import load_model
from gazesim.search.answers import responses_of
from gazesim.stimuli import make


def test_answers_and_times_are_those_of_the_scanpaths():
    trials = make("colour_bars", set_sizes=[4], n_per_set_size=3, px_per_degree=8)
    model = load_model("guided_search")
    paths = model.search(trials)
    table = responses_of(trials, paths, model.timing)
    assert table["response"].tolist() == [path.answer for path in paths]
    right = [(path.answer == "present") == trial.present for trial, path in zip(trials, paths, strict=True)]
    assert table["correct"].tolist() == right
    ends = np.array([path.onset_ms[-1] + path.duration_ms[-1] for path in paths])
    assert ((table["rt_ms"] - ends) > 100).all()
    assert table["rt_ms"].tolist() == responses_of(trials, paths, model.timing)["rt_ms"].tolist()


def test_without_answers_there_is_no_table():
    trials = make("colour_bars", set_sizes=[4], n_per_set_size=1, target="present", px_per_degree=8)
    model = load_model("chance")
    with pytest.raises(ValueError, match=r"^no scanpath has an answer"):
        responses_of(trials, model.search(trials), model.timing)
