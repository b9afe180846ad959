"""The command line in the environments where people run it: notebooks, old consoles, pipes, limits, Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gazesim
from gazesim import Trial, read_scanpaths, write_trials
from gazesim.cli import main

ROOT = str(Path(gazesim.__file__).parents[1])


def start(*words, cwd, limit_bytes=None, **environment):
    def limited():
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))

    return subprocess.Popen(
        [sys.executable, "-m", "gazesim", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": ROOT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limited if limit_bytes else None,
    )


@pytest.fixture
def one_trial(tmp_path, noise):
    write_trials(tmp_path / "set", [Trial(noise(60, 80, 0), target_box=(10, 10, 29, 29), px_per_degree=8, id="räum")])
    return tmp_path


def test_a_notebooks_backend_and_a_narrow_console_change_nothing(one_trial):
    backend = {"MPLBACKEND": "module://no_such_package.backend_inline", "PYTHONIOENCODING": "cp1252"}
    words = ("search", "trials=set", "model=template", "out=run")
    done = start(*words, cwd=one_trial, **backend)
    printed, faults = done.communicate(timeout=120)
    assert done.returncode == 0, faults
    assert b"scanpath.png" in printed
    assert (one_trial / "run/scanpath.png").exists()
    ascii_only = start("models", cwd=one_trial, PYTHONIOENCODING="ascii")
    assert ascii_only.communicate(timeout=60)[1] == b""
    assert ascii_only.returncode == 0


def test_a_closed_pipe_is_silence(tmp_path):
    running = start("stimuli", "--help", cwd=tmp_path)
    running.stdout.close()
    faults = running.stderr.read()
    running.wait(timeout=60)
    running.stderr.close()
    assert faults == b""


@pytest.mark.slow
def test_too_little_memory_is_one_line(one_trial):
    pytest.importorskip("resource", reason="limits of a process are of Unix")
    words = ("search", "trials=set", "model=eccnet", "settings.field_of_view_deg=300", "out=run")
    done = start(*words, cwd=one_trial, limit_bytes=6_000_000_000, OMP_NUM_THREADS="1")
    _, faults = done.communicate(timeout=180)
    lines = [line for line in faults.decode().splitlines() if line.startswith("gazesim search: ")]
    assert done.returncode == 2, faults
    assert len(lines) == 1
    assert "memory" in lines[0]
    assert b"Traceback" not in faults
    assert not list((one_trial / "run").glob(".partial-*"))


def test_an_interrupt_ends_with_130(one_trial):
    words = ("search", "trials=set", "model=chance", "max_fixations=2000000", "out=run", "settings.memory=1")
    running = start(*words, cwd=one_trial)
    while not (one_trial / "run/run.json").exists():
        assert running.poll() is None, running.communicate()
    running.send_signal(signal.SIGINT)
    _, faults = running.communicate(timeout=60)
    assert running.returncode == 130
    assert faults.decode().splitlines()[-1] == "gazesim search: interrupted"


def test_ids_that_differ_in_a_letter_no_file_can_have_keep_their_figures(tmp_path, noise, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trials = [
        Trial(noise(40, 40, i), target_box=(5, 5, 15, 15), px_per_degree=8, id=name)
        for i, name in enumerate(["a/b", "a_b"])
    ]
    write_trials("set", trials)
    main(["search", "trials=set", "model=template", "out=run"])
    assert len(read_scanpaths("run/scanpaths.csv")) == 2
    pictures = [path.read_bytes() for path in sorted(Path("run/figures").glob("*/scanpath.png"))]
    assert len(pictures) == len(set(pictures)) == 2
