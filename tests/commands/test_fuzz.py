"""Whatever is typed or read: a result, or one line and status 2 with nothing left behind; never a traceback."""

import shutil
import tempfile
from pathlib import Path

import pytest
from fuzzing import command_lines, files_of, tables
from PIL import Image

from gazesim import Trial, write_trials
from gazesim.cli import main

OWN = "table: table.csv\nwidth: 40\nheight: 30\npx_per_degree: 4\n"
TABLE = "trial,observer,index,x,y\n" + "".join(
    f"t{t},p{p},{i},{(7 * i + 11 * p + 3) % 40},{(5 * i + 3 * p + t) % 30}\n"
    for t in range(2)
    for p in range(3)
    for i in range(5)
)


@pytest.fixture
def folder(tmp_path, monkeypatch, noise):
    """A working folder with a picture, a trial list, a data set and damaged files."""
    (tmp_path / "work").mkdir()
    (tmp_path / "errors").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "errors"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GAZESIM_DATA", str(tmp_path / "data"))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # no host is reached
    monkeypatch.delenv("no_proxy", raising=False)
    Image.fromarray(noise(30, 40)).save("photo.png")
    write_trials(
        "set", [Trial(noise(30, 40, i), target_box=(1, 1, 9, 9), px_per_degree=4, id=f"t{i}") for i in range(2)]
    )
    Path("own.yaml").write_text(OWN)
    Path("table.csv").write_text(TABLE)
    Path("cut.png").write_bytes(Path("photo.png").read_bytes()[:300])
    Path("weights.pt").write_bytes(b"abcd")
    Path("text.txt").write_text("no data")
    Path("empty").mkdir()
    return tmp_path / "work"


def outcome(folder, capsys, arguments):
    """Run a command line; return what is wrong with how it ended, or None."""
    before = files_of(folder)
    try:
        main(arguments)
        status = 0
    except SystemExit as stop:
        status = stop.code
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    said = capsys.readouterr().err
    left = files_of(folder) - before
    for path in left:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    if status in (0, None):
        return None
    lines = [line for line in said.splitlines() if line.startswith("gazesim")]
    if status != 2 or len(lines) != 1 or "a fault of gazesim" in said:
        return f"status {status}: {said[-400:]}"
    return f"left behind {sorted(path.name for path in left)}: {said}" if left else None


def found_wrong(folder, capsys, lines):
    outcomes = ((line, outcome(folder, capsys, line)) for line in lines)
    return [f"{line!r}\n  {wrong}" for line, wrong in outcomes if wrong is not None]


def wrong_tables(folder, capsys, contents):
    wrong = []
    for content in contents:
        (folder / "table.csv").write_bytes(content)
        wrong += found_wrong(folder, capsys, [["data", "verify=own.yaml"]])
    return wrong


def test_some_command_lines_end_well(folder, capsys):
    assert not found_wrong(folder, capsys, command_lines(0, 40))


def test_some_tables_end_well(folder, capsys):
    assert not wrong_tables(folder, capsys, tables(0, 30))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_many_command_lines_end_well(folder, capsys, seed):
    assert not found_wrong(folder, capsys, command_lines(seed, 250))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_many_tables_end_well(folder, capsys, seed):
    assert not wrong_tables(folder, capsys, tables(seed, 300))
