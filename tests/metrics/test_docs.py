"""What docs/metrics.md says is run, and it has a row for every measure of two scanpaths."""

import re
from pathlib import Path

import numpy as np
import pytest

from gazesim.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def test_the_examples_run(text, capsys):
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 7
    names = {}
    for example in examples:
        exec(example, names)
    printed = capsys.readouterr().out
    assert "(3, 2)" in printed
    assert "higher -inf 1.0 True Cristino" in printed
    assert np.isclose(names["multimatch"](names["person"], names["person"], size=(800, 600)), 1).all()


@pytest.mark.parametrize("name", [name for name, measure in METRICS.items() if measure.kind == "scanpaths"])
def test_every_measure_has_a_row(text, name):
    assert re.search(rf"^\|.*`{name}`", text, re.MULTILINE)
