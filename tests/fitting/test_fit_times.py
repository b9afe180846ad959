"""Answers and times: fitted where they were drawn from, and described."""

import numpy as np
import pandas as pd
import pytest

from gazesim.fitting.response_times import fit_responses, fit_times
from gazesim.models import load_model, model_settings
from gazesim.scoring.response_times import cells, places_of, predict, score_responses, slopes
from gazesim.search.response_times import BIN_MS
from gazesim.stimuli import make

TRUE = {"quit_weight": 0.6, "duration_ms": 60.0}
NAMES = list(TRUE)


@pytest.fixture(scope="module")
def places():
    trials = make("two_among_five", conditions=["two_among_five"], set_sizes=[3, 9], n_per_set_size=2, px_per_degree=8)
    return places_of(load_model("guided_search").attention, trials, orders=10)


@pytest.fixture(scope="module")
def responses(places):
    random, rows = np.random.default_rng(0), []
    for (size, present), of in predict(places, {**model_settings("guided_search"), **TRUE}).items():
        share = np.concatenate([of.right, of.wrong])
        drawn = random.choice(len(share), 1500, p=share / share.sum())
        bins, wrong = drawn % len(of.right), drawn >= len(of.right)
        rows.append(
            pd.DataFrame({"set_size": size, "present": present, "correct": ~wrong, "rt_ms": (bins + 0.5) * BIN_MS})
        )
    return pd.concat(rows, ignore_index=True)


def test_parameters_are_found_again(places, responses):
    found, _ = fit_times(places, responses, NAMES, model_settings("guided_search"), starts=1)
    for name, true in TRUE.items():
        assert found[name] == pytest.approx(true, rel=0.1)


def test_the_table_of_cells(places, responses):
    predicted = predict(places, {**model_settings("guided_search"), **TRUE})
    table = cells(responses, predicted)
    assert table["answers"].tolist() == [1500] * 4
    np.testing.assert_allclose(table["people_mean"], table["model_mean"], rtol=0.03)
    np.testing.assert_allclose(table["people_sd"], table["model_sd"], rtol=0.08)
    np.testing.assert_allclose(table["people_error"], table["model_error"], atol=0.03)
    np.testing.assert_allclose(table["crps_model"], table["crps_people"], rtol=0.01)
    lines = slopes(table)
    assert lines["model_slope"].tolist() == pytest.approx(lines["people_slope"].tolist(), abs=5)
    assert lines.set_index("present").loc[False, "model_slope"] > lines.set_index("present").loc[True, "model_slope"]


@pytest.fixture(scope="module")
def people(responses):
    """The answers as of four people in the condition 2_among_5."""
    observers = np.random.default_rng(1).choice(list("abcd"), len(responses))
    return responses.assign(observer=observers, condition="2_among_5")


@pytest.mark.slow
def test_scores_with_tables_and_a_figure(people, tmp_path, monkeypatch):
    monkeypatch.setattr("gazesim.scoring.response_times.read_recipe", small_recipe)
    model = load_model("guided_search", **TRUE)
    tables = score_responses({"guided_search": model}, "wolfe2010", people, displays=2, out=tmp_path)
    for name, table in tables.items():
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(table) > 0
    assert (tmp_path / "figures" / "reaction_times.png").stat().st_size > 0
    gain = tables["people"].set_index("measure").loc["crps_model - crps_others"]
    assert gain["low"] < gain["mean"] < gain["high"] < 1
    with pytest.raises(ValueError, match=r"^stopping of guided_search is 'number', expected 'quitting' with reaction"):
        score_responses({"guided_search": load_model("guided_search", stopping="number")}, "wolfe2010", people)


@pytest.mark.slow
def test_each_half_predicts_the_other(people, monkeypatch):
    monkeypatch.setattr("gazesim.scoring.response_times.read_recipe", small_recipe)
    models = {"guided_search": load_model("guided_search")}
    tables = fit_responses(models, "wolfe2010", people, ["nonsearch_ms", "duration_ms"], displays=2, starts=1)
    assert tables["parameters"]["half"].tolist() == [1, 2]
    assert tables["cells"]["answers"].sum() == len(people)
    with pytest.raises(ValueError, match=r"^unknown parameter of reaction times 'lapse'"):
        fit_responses(models, "wolfe2010", people, ["lapse"])


def small_recipe(name):
    assert name == "wolfe2010_2_among_5"
    return {"paradigm": "two_among_five", "conditions": ["two_among_five"], "set_sizes": [3, 9], "px_per_degree": 8}
