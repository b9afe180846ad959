"""Imports point one way: docs/architecture.md says which, and this holds it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gazesim"
DOOR = ("__init__", "__main__")  # the public door, which imports from everywhere


def layers():
    """Return the number of the layer of every module and folder of gazesim, as docs/architecture.md lists them."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```layers\n(.*?)```", text, re.DOTALL)
    return {name: number for number, line in enumerate(block.splitlines()) for name in line.split("  ")[0].split()}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Yield the modules that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "gazesim":
            yield from (f"gazesim.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_room_has_a_layer():
    rooms = {room(path) for path in PACKAGE.rglob("*.py")} - set(DOOR)
    assert rooms == set(layers())


def test_imports_point_one_way():
    order, wrong = layers(), []
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in imports(path):
            parts = name.split(".")
            if room(path) in DOOR or parts[0] != "gazesim" or name == "gazesim.__version__":
                continue
            if parts[1] not in order:
                wrong.append(f"{path.relative_to(ROOT)} imports {parts[1]} from the public door")
            elif order[parts[1]] > order[room(path)]:
                wrong.append(f"{path.relative_to(ROOT)} imports {parts[1]}, which lies above it")
    assert wrong == []


def test_nothing_that_ships_imports_scripts_or_tests():
    scripts = {path.stem for folder in ("experiments", "benchmarks") for path in (ROOT / folder).glob("*.py")}
    for path in PACKAGE.rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & (scripts | {"tests", "experiments", "stimuli"}), (
            path
        )
