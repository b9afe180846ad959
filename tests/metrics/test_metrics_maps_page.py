"""What the page on map and search measures says is run, and it leaves no measure out."""

import re
from pathlib import Path

import pytest

from gazesim.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics_maps.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
NAMES = [name for name, measure in METRICS.items() if measure.kind not in ("scanpaths", "protocol")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(example):
    assert "assert" in example
    exec(example, {})


def test_there_is_an_example_in_each_part():
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_has_one_row_that_agrees_with_its_description(name):
    measure = METRICS[name]
    assert measure.function.__name__ == name
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|$", TEXT, re.MULTILINE)
    *_, better, _, chance = (cell.strip() for cell in re.split(r"(?<!\\)\|", row))
    assert better == measure.direction
    known = {"data", "display", "-ln(pixels)"} if measure.chance is None else {f"{measure.chance:g}"}
    assert chance.split(":")[0] in known


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert targets
    assert all((PAGE.parent / target).exists() for target in targets)
