import json

import numpy as np
import pandas as pd
import pytest

from gazesim.commands.power import Config, run
from gazesim.responses import as_responses, write_responses

QUICK = {"people": [4, 8], "trials": [5, 20], "repeats": 40}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Responses of six people in two conditions, as a file."""
    monkeypatch.setattr("gazesim.power.simulation.POPULATIONS", 4)
    random = np.random.default_rng(0)
    rows = [
        (f"p{person}", condition, size, random.normal(500 + slope * size + 5 * person, 60))
        for person in range(6)
        for condition, slope in (("Ls", 30), ("Ts", 10))
        for size in (3, 6, 9)
        for _ in range(12)
    ]
    frame = pd.DataFrame(rows, columns=["observer", "condition", "set_size", "rt_ms"])
    frame = frame.assign(trial=[str(number) for number in range(len(rows))], present=True, correct=True)
    write_responses(tmp_path / "table.csv", as_responses(frame))
    return str(tmp_path / "table.csv")


def test_a_run(table, tmp_path, capsys):
    names = ["Ls present", "Ts present"]
    config = Config(data=table, effect="slope_difference", conditions=names, out=str(tmp_path / "a"), **QUICK)
    folder = run(config)
    power = pd.read_csv(folder / "power.csv")
    assert power.columns.tolist() == ["trials", "people", "power", "power_low", "power_high"]
    assert power[["trials", "people"]].to_numpy().tolist() == [[5, 4], [5, 8], [20, 4], [20, 8]]
    effect = pd.read_csv(folder / "effect.csv")
    assert effect.condition.tolist() == [*names, "slope_difference"]
    assert effect.value[2] == pytest.approx(20, abs=3)
    assert (folder / "power.png").stat().st_size > 10_000
    assert list(json.loads((folder / "run.json").read_text())["files_sha256"]) == [table]
    assert "20 trials a set size: power 0.8 with 4 people [4, 4]" in capsys.readouterr().out
    again = run(Config(data=table, effect="slope_difference", conditions=names, out=str(tmp_path / "b"), **QUICK))
    for name in ("power.csv", "needed.csv", "effect.csv", "power.png"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_means_of_a_model(table, tmp_path, capsys):
    means = pd.DataFrame({"condition": ["m"] * 6, "set_size": [2, 4, 8] * 2, "rt_ms": [400, 500, 700] * 2})
    write_responses(tmp_path / "means.csv", as_responses(means.assign(observer="model", trial=list("abcdef"))))
    settings = {"data": table, "means": str(tmp_path / "means.csv"), "conditions": ["m"], **QUICK}
    folder = run(Config(**settings, spread="Ls present", out=str(tmp_path / "out")))
    assert pd.read_csv(folder / "effect.csv").value[0] == pytest.approx(50)
    with pytest.raises(ValueError, match=r"^means is given without spread, expected both or none of them$"):
        run(Config(**settings))
    with pytest.raises(ValueError, match=r"^unknown condition of .*table.csv 'Lz present'; .*did you mean 'Ls"):
        run(Config(**settings, spread="Lz present"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": None}, r"data is missing, expected a data set with reaction times or a table of responses$"),
        ({"data": "osie"}, r"osie"),
        ({"data": "nowhere.csv"}, r"nowhere.csv.* does not exist"),
        ({"conditions": None}, r"conditions is \[\], expected 1 of those of .*table.csv with set_size: Ls present, Ts"),
        ({"conditions": ["Ls"]}, r"unknown condition of .*table.csv 'Ls'"),
        ({"effect": "asymmetry_index"}, r"conditions is \['Ls present'\], expected 2 of those"),
        ({"rt_range_ms": [300]}, r"rt_range_ms is \[300\], expected \[fastest,slowest\]"),
        ({"spread": "Ls present"}, r"spread is given without means, expected both or none of them$"),
    ],
)
def test_nothing_is_written_for_a_bad_config(table, tmp_path, wrong, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        run(Config(**{"data": table, "conditions": ["Ls present"], "out": str(tmp_path / "out"), **QUICK, **wrong}))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()
