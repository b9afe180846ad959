"""Runs that are killed (SIGKILL) and continued end with the same bytes, nothing half-written, and a report."""

import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from gazesim.files import PARTIAL

PROGRAM = "from gazesim.cli import main; main()"
FETCHING = """
import sys
from dataclasses import replace
from gazesim.cli import main
from gazesim.datasets import DATASETS, Source
from gazesim.datasets.sti import VIU
url = sys.argv.pop()
sources = (Source("VIU.json", (f"{url}/VIU.json",)), Source("images", (f"{url}/images.zip",), unpack="images"))
DATASETS._loaded["viu"] = replace(VIU, sources=sources, stated={})
main()
"""
LINES = {
    "search": ["search", "trials=set", "model=template", "max_fixations=3", "figures=2", "out=run"],
    "stimuli": ["stimuli", "paradigm=colour", "n_per_set_size=3", "px_per_degree=8", "export=psychopy", "out=run"],
    "asymmetry": ["asymmetry", "model=[chance,template]", "paradigms=shading", "n_per_set_size=2", "out=run"],
    "score": ["score", "dataset=people.yaml", "model=[chance,template]", "metric=[nss,scanmatch]", "out=run"],
    "train": ["train", "model=oat", "dataset=arrays.yaml", "sizes.position_size=8", "sizes.feed_forward=8", "samples=1",
              "training.epochs=6", "training.samples=1", "training.longest=5", "training.monitor=nll", "out=run"],
    "report": ["report", "run=scored"],
}  # fmt: skip
REPORTED = ("search", "asymmetry", "score", "train")


def started(line, program=PROGRAM):
    return subprocess.Popen([sys.executable, "-c", program, *line], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(line, program=PROGRAM):
    running = started(line, program)
    said = running.communicate()[1].decode()
    assert running.returncode == 0, said


def state(folder):
    """Return what a look at the folder tells: names and sizes."""
    found = set()
    for path in folder.rglob("*"):
        try:
            found.add((path, path.stat().st_size))
        except FileNotFoundError:  # gone since
            continue
    return found


def killed(line, where, changes, program=PROGRAM):
    """Run a line, and kill it when the folder `where` has been seen to change so many times."""
    running, before = started(line, program), state(where)
    for _ in range(changes):
        while (now := state(where)) == before:
            assert running.poll() is None, f"{line} ended before it was killed: {running.stderr.read().decode()}"
            time.sleep(0.0005)
        before = now
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL


def content(folder):
    """Return the bytes of each file; of a training without how long its epochs took."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if "checkpoint.pt" in found:
        found["checkpoint.pt"] = b""
        curve = pd.read_csv(folder / "learning_curve.csv")
        found["learning_curve.csv"] = curve.drop(columns="seconds").to_csv().encode()
    return found


def check(where, expected):
    """Nothing is left half-written, and every file is as expected."""
    assert not list(where.rglob(f"{PARTIAL}*"))
    found = content(where)
    assert sorted(found) == sorted(expected)
    assert [name for name in found if found[name] != expected[name]] == []


@pytest.mark.slow
@pytest.mark.parametrize("command", LINES)
def test_a_killed_run_continues_to_the_same_bytes(working_folder, command):
    folder = working_folder
    where, moments = folder / "run", (1, 4, 9)
    if command == "report":
        where, moments = folder / "scored", (1, 1)
        finished([*LINES["score"][:-1], "out=scored"])
        shutil.copytree(where, folder / "untouched")
    finished(LINES[command])
    expected = content(where)
    for moment in moments:
        shutil.rmtree(where)
        if command == "report":
            shutil.copytree(folder / "untouched", where)
        else:
            where.mkdir()
        killed(LINES[command], where, moment)
        finished(LINES[command])
        check(where, expected)
        if command in REPORTED:
            finished(["report", "run=run"])
            assert (where / "report.html").stat().st_size > 1000


@pytest.mark.slow
def test_a_killed_download_continues_to_the_same_bytes(tmp_path, slow_url):
    line = ["data", "fetch=viu", f"root={tmp_path / 'a' / 'viu'}", slow_url]
    finished(line, FETCHING)
    expected = content(tmp_path / "a" / "viu")
    assert len(expected) == 41
    for moment in (1, 3, 12):
        shutil.rmtree(tmp_path / "a")
        (tmp_path / "a").mkdir()
        killed(line, tmp_path / "a", moment, FETCHING)
        finished(line, FETCHING)
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["viu"]
        check(tmp_path / "a" / "viu", expected)
