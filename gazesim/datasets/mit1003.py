"""MIT1003: free viewing of 1003 photographs, 15 people (Judd et al. 2009), with fixations as FixaTons stores them."""

from pathlib import Path

import numpy as np

from gazesim.checks import check_shape
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import pictures, published_layout
from gazesim.files import check_file
from gazesim.image import picture_size
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

PX_PER_DEGREE = 35.0
RAW = (
    "DATA/ holds raw samples at 240 Hz, and the fixations depend on the authors' MATLAB program: "
    "take STIMULI/ and SCANPATHS/ of FixaTons"
)


def read(root: Path) -> Contents:
    """Read STIMULI/<photograph>.jpeg and SCANPATHS/<photograph>/<person>.

    A scanpath is text: a row a fixation, x, y (px), begin and end (s). People without a fixation have empty files.
    """
    if not (root / "SCANPATHS").is_dir() and (root / "DATA").is_dir():
        raise ValueError(f"{str(root)!r}: {RAW}")
    trials, scanpaths = [], []
    for path in photographs(root):
        width, height = picture_size(path)
        trials.append(Trial(id=path.stem, width=width, height=height, px_per_degree=PX_PER_DEGREE, image=path))
        folder = root / "SCANPATHS" / path.stem
        if not folder.is_dir():
            raise FileNotFoundError(f"scanpaths {str(folder)!r} do not exist")
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
        scanpaths += [_scanpath(file, path.stem) for file in files if file.stat().st_size]
    return Contents(trials, scanpaths)


def photographs(root: Path) -> list[Path]:
    """Return the photographs in STIMULI/ or, as their authors call it, ALLSTIMULI/."""
    found = pictures(root / "STIMULI") or pictures(root / "ALLSTIMULI")
    if not found:
        raise FileNotFoundError(f"{str(root)!r} has no photographs in STIMULI/ or ALLSTIMULI/, whose sizes are needed")
    return list(found.values())


def _scanpath(file: Path, trial: str) -> Scanpath:
    check_file("scanpath", file)
    with published_layout(file):
        rows = np.array([line.split() for line in file.read_text().splitlines() if line.strip()], float)
        check_shape("its table", rows, ("n", 4))
        xy, begin, end = rows[:, :2], rows[:, 2], rows[:, 3]
        return Scanpath(xy, trial=trial, observer=file.name, onset_ms=begin * 1000, duration_ms=(end - begin) * 1000)


DEFINITION = Definition(
    name="mit1003",
    title="1003 photographs, free viewing, 15 people",
    task="free_viewing",
    licence="none stated; research",
    citation=(
        "T. Judd, K. Ehinger, F. Durand & A. Torralba. Learning to predict where humans look. ICCV 2009. "
        "D. Zanca, V. Serchi, P. Piu, F. Rosini & A. Rufa. FixaTons. arXiv 1802.02534, 2018."
    ),
    homepage="http://people.csail.mit.edu/tjudd/WherePeopleLook/index.html",
    reader=read,
    needs=("SCANPATHS",),
    geometry=Geometry(PX_PER_DEGREE, "the value that published models are run with on this set"),
    units="px of the photograph and s, turned into ms",
    verified="nothing on the real files; layout as FixaTons describes it, counts as published",
    sources=(Source(".", ("https://www.dropbox.com/s/i5xw3xbgqdw6tk8/FixaTons.zip?dl=1",), unpack="MIT1003"),),
    stated={"trials": 1003, "observers": 15},
)
