"""OSIE: free viewing of 700 photographs, 15 people (Xu et al. 2014)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_shape
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import pictures, published_layout, read_mat
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

REPOSITORY = "NUS-VIP/predicting-human-gaze-beyond-pixels"
COMMIT = "63223a0dba3b521861cb7f356ad13400ef4b3d03"
PX_PER_DEGREE = 24.0


def read(root: Path) -> Contents:
    """Read fixations.mat and list the photographs.

    fixations        : cell (700, 1), each a struct with fields
      img            : file name of the photograph
      subjects       : cell (15, 1), each a struct of arrays (1, n):
        fix_x, fix_y : px; a few are stored as uint8
        fix_duration : ms, uint8 or uint16
    stimuli/         : the photographs, all 800 x 600 px; may be absent
    """
    path, files = root / "fixations.mat", pictures(root / "stimuli")
    variables, trials, scanpaths = read_mat(path), [], []
    with published_layout(path):
        cells = variables["fixations"]
        check_shape("fixations", cells, ("images", 1))
        for (cell,) in cells:
            entry = cell[0, 0]
            name = str(entry["img"][0])
            trial = name.removesuffix(".jpg")
            trials.append(Trial(id=trial, width=800, height=600, px_per_degree=PX_PER_DEGREE, image=files.get(name)))
            scanpaths += [
                _scanpath(subject[0, 0], trial, str(number)) for number, (subject,) in enumerate(entry["subjects"], 1)
            ]
    if files and (absent := [trial.id for trial in trials if not trial.has_image]):
        raise ValueError(f"{str(root / 'stimuli')!r} lacks {len(absent)} of {len(trials)} photographs: {absent[0]}.jpg")
    return Contents(trials, scanpaths)


def _scanpath(subject: NDArray[Any], trial: str, observer: str) -> Scanpath:
    x, y, duration = (subject[name][0] for name in ("fix_x", "fix_y", "fix_duration"))
    return Scanpath(np.column_stack([x, y]), trial=trial, observer=observer, duration_ms=duration)


DEFINITION = Definition(
    name="osie",
    title="700 photographs, free viewing, 15 people",
    task="free_viewing",
    licence="MIT",
    citation=(
        "J. Xu, M. Jiang, S. Wang, M. S. Kankanhalli & Q. Zhao. Predicting human gaze beyond pixels. "
        "Journal of Vision 14(1):28, 2014."
    ),
    homepage=f"https://github.com/{REPOSITORY}",
    reader=read,
    needs=("fixations.mat",),
    geometry=Geometry(PX_PER_DEGREE, "the authors' Gaussian of 24 px, which the paper calls about one degree"),
    units=(
        "px of the 800 x 600 photograph and ms, as stored. The authors' program rounds and clamps positions to "
        "1..width, so the origin is uncertain by one px. Onsets are not stored; the 3 s of viewing hold saccades too."
    ),
    verified="everything, on the files of the repository: counts, ranges, sizes, file names",
    sources=(
        Source(
            "fixations.mat",
            (
                f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}/data/eye/fixations.mat",
                f"https://raw.githubusercontent.com/{REPOSITORY}/HEAD/data/eye/fixations.mat",
            ),
            checksum="sha256:2aab9133a407e4eff3f57ab5799872b162dbc77ca462c0391762eb5e67deadb9",
            size=1077850,
        ),
        Source(
            "stimuli",
            (f"https://codeload.github.com/{REPOSITORY}/zip/HEAD",),
            unpack="data/stimuli",
            contents="sha256:0683a44627af5323a2cb6d29b1f0717cac88047eb0bf2739a393c87589829820",
        ),
    ),
    stated={"trials": 700, "observers": 15, "scanpaths": 10500, "fixations": 98321},
)
