"""Scanpaths of a model from outside are checked as people's tables are."""

import numpy as np
import pandas as pd
import pytest

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
