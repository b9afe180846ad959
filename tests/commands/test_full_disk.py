"""A disk that is full: one line, and nothing half-written."""

import subprocess

import numpy as np
import pytest
from PIL import Image

from gazesim.cli import main

LINES = {
    "search": [
        "search",
        "image=photo.png",
        "target_box=[10,10,30,30]",
        "px_per_degree=8",
        "model=template",
        "out=disk/run",
    ],
    "stimuli": ["stimuli", "paradigm=colour", "n_per_set_size=8", "out=disk/run"],
}


@pytest.fixture
def disk(tmp_path, monkeypatch, noise):
    """A working folder with the folder disk, of 64 kB."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(noise(80, 120)).save("photo.png")
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "disk"]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield tmp_path / "disk"
    subprocess.run(["umount", "disk"], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", LINES)
def test_a_full_disk_is_one_line_and_leaves_no_part_of_a_file(disk, capsys, command):
    with pytest.raises(SystemExit) as stop:
        main(LINES[command])
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("gazesim")]
    assert (stop.value.code, len(error)) == (2, 1)
    assert "No space left" in error[0]
    assert not list(disk.rglob(".partial-*"))
    for picture in disk.rglob("*.png"):
        np.asarray(Image.open(picture))
