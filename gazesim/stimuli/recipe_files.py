"""The recipes of published and classic sets: one YAML each, in the folder stimuli/ of the repository."""

from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gazesim.checks import unknown

_SHIPPED, _REPOSITORY = Path(__file__).parent / "recipes", Path(__file__).parents[2] / "stimuli"
FOLDER = _SHIPPED if _SHIPPED.is_dir() else _REPOSITORY


def list_recipes() -> dict[str, str]:
    """Return the names that `read_recipe` knows, each with a line about it: the first comment of its file.

    >>> list_recipes()["conjunction_search"]
    'a conjunction of colour and orientation (Treisman & Gelade 1980)'
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    return {name: text.partition("\n")[0].removeprefix("# ") for name, text in texts.items()}


def read_recipe(name: str) -> dict[str, Any]:
    """Return a recipe: the paradigm and the settings that make its set; ValueError if there is none of that name.

    >>> read_recipe("gupta2021_curvature")["set_sizes"]
    [8, 16, 32]
    """
    if name not in (known := list_recipes()):
        raise ValueError(unknown("recipe", name, known))
    return dict(_read(name))


@cache
def _read(name: str) -> dict[str, Any]:
    found = OmegaConf.to_container(OmegaConf.load(FOLDER / f"{name}.yaml"))
    assert isinstance(found, dict)
    return {str(key): value for key, value in found.items()}
