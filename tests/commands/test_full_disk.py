"""A disk that is full: one line, and nothing half-written."""

import json
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gazesim.cli import main
from gazesim.datasets import DATASETS, Source
from gazesim.datasets.sti import VIU
from gazesim.encoders.named import NAMED
from gazesim.files import PARTIAL

SIZES = ("4k", "20k", "64k", "128k")
SCORE = ["score", "dataset=people.yaml", "model=[chance,template]", "metric=[nss,scanmatch]"]
TRAIN = ["train", "model=oat", "dataset=arrays.yaml", "sizes.position_size=8", "sizes.feed_forward=8", "samples=1",
         "training.epochs=2", "training.samples=1", "training.longest=5", "training.monitor=nll"]  # fmt: skip
LINES = {
    "search": ["search", "trials=set", "model=template", "max_fixations=2", "figures=1", "out=disk/run"],
    "sweep": ["search", "-m", "trials=set", "model=template,chance", "max_fixations=2", "figures=0", "out=disk/run"],
    "stimuli": ["stimuli", "paradigm=colour", "n_per_set_size=8", "export=psychopy", "out=disk/run"],
    "overview of stimuli": ["stimuli", "out=disk/run"],
    "asymmetry": ["asymmetry", "model=[chance,template]", "paradigms=shading", "n_per_set_size=1", "out=disk/run"],
    "score": [*SCORE, "out=disk/run"],
    "train": [*TRAIN, "out=disk/run"],
    "map": ["map", "boxes=areas.csv", "boxes_format=areas", "size=[100,100]", "gaze=gaze.csv", "px_per_degree=10",
            "out=disk/run"],
    "report": ["report", "run=scored", "out=disk/run/report.html"],
    "verify": ["data", "verify=people.yaml", "figure=disk/run/fixations.png"],
    "fetch": ["data", "fetch=viu", "root=disk/run/viu"],
    "weights": ["weights", "fetch=vgg16"],
}  # fmt: skip


@pytest.fixture
def prepared(working_folder, slow_url, monkeypatch, capsys):
    """The working folder with a finished run, a data set and weights to fetch, and moving areas."""
    (working_folder / "areas.csv").write_text(
        "label,frame,x0,y0,x1,y1\ncup,0,0,0,40,40\ncup,4,40,0,80,40\npot,0,60,60,90,90\npot,4,60,60,90,90\n"
    )
    (working_folder / "gaze.csv").write_text("frame,x,y\n0,20,20\n4,60,20\n2,75,75\n")
    sources = (Source("VIU.json", (f"{slow_url}/VIU.json",)),)
    images = Source("images", (f"{slow_url}/images.zip",), unpack="images")
    monkeypatch.setitem(DATASETS._loaded, "viu", replace(VIU, sources=(*sources, images), stated={}))
    weights = replace(NAMED["vgg16"], urls=(f"{slow_url}/images.zip",), file="w.h5", size=None, sha256="0" * 64)
    monkeypatch.setitem(NAMED, "vgg16", weights)
    main([*SCORE, "out=scored"])
    (working_folder / "disk").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(working_folder / "disk" / "run"))
    capsys.readouterr()
    return working_folder


def mounted(size):
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", "disk"], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here")


def check_whole(path):
    """Every file that is there can be read."""
    if path.suffix == ".png":
        np.asarray(Image.open(path))
    elif path.suffix == ".json":
        json.loads(path.read_text())
    elif path.suffix == ".csv" and "partial" not in path.name:  # which is appended to, and continued
        pd.read_csv(path)
    elif path.suffix in (".pdf", ".html"):
        assert path.read_bytes().rstrip().endswith((b"%%EOF", b"</html>"))


def ends_well(line, capsys):
    """Run a line; return whether the disk was large enough, and check the one line that says that it was not."""
    try:
        main(line)
        status = 0
    except SystemExit as stop:
        status = stop.code
    said = capsys.readouterr().err
    error = [line for line in said.splitlines() if line.startswith("gazesim")]
    assert status == 0 or (status == 2 and len(error) == 1 and "No space left" in error[0]), said
    return status == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", LINES)
def test_a_full_disk_is_one_line_and_leaves_no_part_of_a_file(prepared, capsys, command):
    enough = []
    for size in SIZES:
        mounted(size)
        try:
            enough.append(ends_well(LINES[command], capsys))
            assert not list((prepared / "disk").rglob(f"{PARTIAL}*"))
            for path in (prepared / "disk").rglob("*"):
                check_whole(path)
        finally:
            subprocess.run(["umount", "-l", "disk"], check=True)
    assert not all(enough)
