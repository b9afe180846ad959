"""What the README says is run."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazesim import list_models, read_scanpaths
from gazesim.cli import COMMANDS

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def text():
    return README.read_text(encoding="utf-8")


def test_the_python_example_runs(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    Image.fromarray(pixels).save("photo.jpg")
    Image.fromarray(pixels[10:40, 100:140]).save("mug.jpg")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(example, names)
    (path,) = read_scanpaths("scanpaths.csv")
    np.testing.assert_array_equal(path.xy, names["path"].xy)
    assert len(path) == 11


def test_every_command_in_it_exists(text):
    used = set(re.findall(r"^ {4}.*gazesim (\w+)", text, re.MULTILINE))
    assert used <= set(COMMANDS)
    assert {"search", "stimuli", "asymmetry"} <= used


def test_all_models_are_listed(text):
    assert all(re.search(rf"^{name} ", text, re.MULTILINE) for name in list_models())


def test_links_and_pictures_lead_somewhere(text):
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert len(targets) > 5
    assert all((README.parent / target).exists() for target in targets)
