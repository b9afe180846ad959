"""What the page on map and search measures says is run, and it leaves no measure out."""

import re
from pathlib import Path

import pytest

from gazesim.metrics import conditional, earth_mover, information, roc, saliency, search_behaviour, search_curves

PAGE = Path(__file__).parents[2] / "docs" / "metrics_maps.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
MODULES = (conditional, earth_mover, information, roc, saliency, search_behaviour, search_curves)
MEASURES = [measure for module in MODULES for measure in module.MEASURES]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(example):
    assert "assert" in example
    exec(example, {})


def test_there_is_an_example_in_each_part():
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_measure_has_one_row_that_agrees_with_its_description(measure):
    assert measure.function.__name__ == measure.name
    (row,) = re.findall(rf"^\| `{measure.name}` \|(.*)\|$", TEXT, re.MULTILINE)
    *_, better, _, chance = (cell.strip() for cell in re.split(r"(?<!\\)\|", row))
    assert better == measure.direction
    known = {"data", "display", "-ln(pixels)"} if measure.chance is None else {f"{measure.chance:g}"}
    assert chance.split(":")[0] in known


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert targets
    assert all((PAGE.parent / target).exists() for target in targets)
