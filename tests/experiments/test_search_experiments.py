"""The scripts of docs/search_data.md on tiny data."""

import json
from dataclasses import replace
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

import gazesim
from gazesim import Scanpath, Trial
from gazesim.datasets import DATASETS, DataSet
from gazesim.datasets.object_arrays import BOXES, CENTRES

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def arrays():
    """Two questions at two orders of their objects: A looks at the same objects in both sessions, B at others."""
    trials, paths = [], []
    for question, first in ((1, [1, 2, 3, 4, 5, 6]), (2, [7, 8, 9, 10, 11, 12])):
        for session, shown in (("1", first), ("2", first[::-1])):
            name = f"blk1_{question}_{'-'.join(map(str, shown))}"
            place = shown.index(first[2])
            trials.append(
                Trial(id=name, width=1024, height=768, objects=BOXES, target_box=BOXES[place], target_text="3")
            )
            for person, looked in (("A", [first[0], first[2]]), ("B", [first[4], first[2]])):
                at = CENTRES[[shown.index(number) for number in looked]]
                xy = np.vstack([[512, 384], at])
                paths.append(Scanpath(xy, trial=name, observer=person, session=session, found=True))
    return DataSet(replace(DATASETS["object_arrays"], stated={}), Path(), trials, paths)


def test_within_and_between_persons(arrays):
    table = run_path(str(EXPERIMENTS / "search_ceilings.py"))["arrays"](arrays)
    own, other = table.loc[(True, "same person")], table.loc[(True, "other person")]
    assert own["sequence_score"].startswith("1.000")
    assert own["same_first"].startswith("1.000")
    assert other["sequence_score"].startswith("0.500")
    assert other["same_first"].startswith("0.000")


def test_curves_of_arrays(arrays):
    table = run_path(str(EXPERIMENTS / "array_curves.py"))["table"]
    rows = [
        {"trial": trial.id, "model": "m", "saccades": n}
        for trial, n in zip(arrays.trials, (1, 2, None, 7), strict=True)
    ]
    found = table(arrays, rows)
    assert found.loc["m", [1, 2, 6]].tolist() == [0.25, 0.5, 0.5]
    assert found.loc["people", [1, 2]].tolist() == [0, 1]


def test_the_table_of_interiors_takes_each_model_on_its_own_displays(data):
    if not (data / "interiors").is_dir():
        pytest.skip("interiors is not in the data")
    own = gazesim.load_dataset("interiors", data / "interiors", px_per_degree=34)
    script = run_path(str(EXPERIMENTS / "visions_models.py"))
    parts = dict.fromkeys(script["OF_MAPS"], 0.5) | {"steps": 3, "search_s": 1.0, "maps_s": 1.5}
    rows = [
        {"trial": trial.id, "model": name, "xy": [[512, 384], *trial.target_box[:2][None].tolist()], "found": True}
        | {"person": "01", **parts}
        for name, count in (("a", 5), ("b", 4))
        for trial in own.trials[:count]
    ]
    table = script["table"](own, json.loads(json.dumps(rows)))
    assert table.loc[["a", "b", "people"], "displays"].tolist() == ["5", "4", "5"]
    assert table.loc["a", "AUC"].startswith("0.500")
    assert table.loc["a", "s a map"] == "0.50"
    assert table.loc["a", "AUCperf"].startswith("0.967")  # found by the second of 16
