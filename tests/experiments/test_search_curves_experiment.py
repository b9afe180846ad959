import numpy as np
import pandas as pd
import pytest
import search_curves

from gazesim.scoring.search_scores import search_curve
from gazesim.stimuli import make

FEW = ("template", "chance", "ibs_greedy", "ibs_greedy, similarity")


@pytest.fixture
def few_models(monkeypatch):
    monkeypatch.setattr(search_curves, "MODELS", {name: search_curves.MODELS[name] for name in FEW})


def test_the_curve_counts_what_was_found_by_each_fixation():
    numbers = np.array([[2, 2, 4, np.inf]])
    curve = search_curve(numbers, 4)
    assert curve["fixation"].tolist() == [1, 2, 3, 4]
    assert curve["found"].tolist() == [0, 0.5, 0.5, 0.75]
    assert np.isnan(curve.loc[0, "low"])  # all searches are alike
    later = curve[1:]
    assert ((later["low"] < later["found"]) & (later["found"] < later["high"])).all()


def test_the_table_says_what_was_found_and_how_soon():
    searches = pd.DataFrame(
        {"dataset": "d", "model": "m", "trial": list("abcd"), "n_saccades": [1, 1, 3, 6], "found": [True] * 3 + [False]}
    )
    curves = search_curves.curves_of(searches)
    assert len(curves) == 7  # the longest search had six saccades
    (row,) = search_curves.table_of(searches, curves).to_dict("records")
    assert row["displays"] == "d, n = 4"
    shares = {f"within {n}": row[f"within {n}"].split()[0] for n in (1, 2, 3, 5, 10)}
    assert shares == {
        "within 1": "0.50",
        "within 2": "0.50",
        "within 3": "0.75",
        "within 5": "0.75",
        "within 10": "0.75",
    }
    assert row["found"] == "0.750"
    assert row["saccades if found"].startswith("1.67 [")


def test_searches_become_tables_and_a_figure(tmp_path, few_models, capsys):
    arguments = ["--paradigms", "t_among_l", "--n", "6", "--out", str(tmp_path)]
    assert search_curves.main(arguments) == 0
    searches = pd.read_csv(tmp_path / "searches.csv")
    assert len(searches) == 4 * 6
    assert searches["model"].unique().tolist() == list(FEW)
    template = searches[searches["model"] == "template"]
    assert (template["n_saccades"] == 1).all()  # the target's own pixels
    assert template["found"].all()
    curves = pd.read_csv(tmp_path / "curves.csv")
    assert list(curves.columns) == ["dataset", "model", "fixation", "found", "low", "high"]
    assert (tmp_path / "table.md").read_text() == capsys.readouterr().out
    for suffix in ("png", "pdf"):
        assert (tmp_path / "figures" / f"curves.{suffix}").stat().st_size > 5000


def test_some_of_the_models(tmp_path, few_models, capsys):
    arguments = ["--paradigms", "t_among_l", "--n", "6", "--out", str(tmp_path / "out")]
    assert search_curves.main([*arguments, "--models", "chance"]) == 0
    assert pd.read_csv(tmp_path / "out" / "searches.csv")["model"].unique().tolist() == ["chance"]
    with pytest.raises(SystemExit):
        search_curves.main([*arguments, "--models", "eccnet"])
    assert "invalid choice: 'eccnet'" in capsys.readouterr().err


def test_a_folder_of_displays_is_searched_where_it_has_the_target(tmp_path, few_models, capsys):
    settings = {"set_sizes": [3], "n_per_set_size": 1, "conditions": ["Ts"], "seed": 0}
    make("t_among_l", target="both", **settings).write(tmp_path / "both")
    assert search_curves.main(["--sets", str(tmp_path / "both"), "--out", str(tmp_path / "out")]) == 0
    assert "| both, n = 1 | template | 1.00 | 1.00 |" in capsys.readouterr().out
    make("t_among_l", target="absent", **settings).write(tmp_path / "absent")
    assert search_curves.main(["--sets", str(tmp_path / "absent"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.endswith("has no trial with a target_box, expected at least one\n")


def test_what_is_not_there_is_said(tmp_path, capsys):
    assert search_curves.main(["--paradigms", "curves", "--out", str(tmp_path)]) == 2
    assert "unknown" in capsys.readouterr().err
    assert search_curves.main(["--sets", str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 2
    assert search_curves.main(["--paradigms", "object_array", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_the_models_are_those_of_the_package():
    for label, (name, settings) in search_curves.MODELS.items():
        model = search_curves.load_model(name, **settings)
        assert model.name == name
        assert ("no return" in label) == (model.memory.inhibition is None and settings != {}), label
