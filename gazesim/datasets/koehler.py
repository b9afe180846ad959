"""Koehler: 800 photographs in three eye-movement tasks (Koehler, Guo, Zhang & Eckstein 2014)."""

from functools import partial
from pathlib import Path

import numpy as np

from gazesim.checks import check_shape
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import pictures, published_layout, read_mat
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

SIDE = 405  # px of every photograph
PRESENT_FROM = 401  # number of the first photograph that holds the cued object


def read(root: Path, variable: str) -> Contents:
    """Read one task from ObserverData.mat.

    <variable>_x, <variable>_y : (people, photographs, fixations), px counted from 1, NaN after the last fixation
    Images/image_r_<n>.jpg     : the photographs, n from 1; may be absent
    """
    path, files = root / "ObserverData.mat", pictures(root / "Images")
    variables, search = read_mat(path), variable == "objsearch"
    with published_layout(path):
        x, y = (np.asarray(variables[f"{variable}_{axis}"], float) for axis in "xy")
        check_shape(f"{variable}_x", x, ("people", "photographs", "fixations"))
        check_shape(f"{variable}_y", y, x.shape)
        if (np.isnan(x) != np.isnan(y)).any():
            raise ValueError(f"{variable}_x and {variable}_y are NaN in different places")
    numbers = range(1, x.shape[1] + 1)
    trials = [
        Trial(
            id=str(number),
            width=SIDE,
            height=SIDE,
            image=files.get(f"image_r_{number}.jpg"),
            present=number >= PRESENT_FROM if search else None,
        )
        for number in numbers
    ]
    xy = np.stack([x, y], axis=-1) - 1
    scanpaths = [
        Scanpath(points[~np.isnan(points[:, 0])], trial=str(number), observer=str(person))
        for person, rows in enumerate(xy, 1)
        for number, points in zip(numbers, rows, strict=True)
        if not np.isnan(points).all()
    ]
    return Contents(trials, scanpaths)


_definition = partial(
    Definition,
    licence="on request, for research",
    citation=(
        "K. Koehler, F. Guo, S. Zhang & M. P. Eckstein. What do saliency models predict? Journal of Vision 14(3):14, "
        "2014."
    ),
    homepage="https://labs.psych.ucsb.edu/eckstein/miguel/research_pages/saliencydata.html",
    needs=("ObserverData.mat",),
    geometry=Geometry(None, "not part of the files"),
    units="px of the 405 x 405 photograph counted from 1, of which 1 is subtracted; no times",
    verified="nothing on the real file; layout as its description and a public loader have it",
    obtain="Fill in the form on the homepage, and unpack PublicData.zip into the folder.",
    stated={"trials": 800},
)

FREE_VIEWING = _definition(
    name="koehler_free_viewing",
    title="800 photographs, free viewing",
    task="free_viewing",
    reader=partial(read, variable="freeview"),
)
OBJECT_SEARCH = _definition(
    name="koehler_object_search",
    title="800 photographs, search for a named object that half of them hold",
    task="search",
    reader=partial(read, variable="objsearch"),
)
SALIENCY_SEARCH = _definition(
    name="koehler_saliency_search",
    title="800 photographs, search for the most salient place",
    task="free_viewing",
    reader=partial(read, variable="salview"),
)
