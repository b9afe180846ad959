"""What a command imports: nothing of the user's, and nothing heavy for a list."""

import subprocess
import sys

import pytest

from gazesim.commands import COMMANDS

HEAVY = ("torch", "cv2", "matplotlib", "scipy")
OWN = ("stimuli.py", "metrics.py", "commands.py", "experiments/__init__.py", "conf/__init__.py", "runs/__init__.py")
CHEAP = {
    "stimuli": ["paradigm=landolt", "set_sizes=[2]", "n_per_set_size=1", "out=set"],
    "search": ["max_fixations=1", "figures=0", "model=template", "out=run"],
    "asymmetry": ["model=template", "paradigms=shading", "n_per_set_size=1", "out=asymmetry"],
    "report": ["run=run"],
    "data": [],
    "models": [],
}


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    """A folder with modules that must not be imported, and a preset that must not be read."""
    folder = tmp_path_factory.mktemp("users")
    for name in OWN:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise SystemExit(f'{__name__} of the user was imported')")
    (folder / "conf" / "search.yaml").write_text("model: none")
    return folder


@pytest.mark.parametrize("name", [*CHEAP, *(name for name in COMMANDS if name not in CHEAP)])
def test_nothing_of_the_users_is_imported(users, name):
    arguments = CHEAP.get(name, ["--help"])
    done = subprocess.run(
        [sys.executable, "-m", "gazesim", name, *arguments], cwd=users, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["models", "stimuli", "data"])
def test_a_list_imports_nothing_heavy(name, tmp_path):
    program = (
        f"import sys; from gazesim.cli import main; main([{name!r}]); "
        f"print('heavy:', [module for module in {HEAVY} if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
