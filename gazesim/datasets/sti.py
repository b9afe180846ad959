"""The search target inference sets: Amazon book covers and VIU, as JSON with target boxes (Stauden 2018, Barz 2020)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import pictures, published_layout, read_json
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

REPOSITORY = "https://github.com/DFKI-Interactive-Machine-Learning/STI-Dataset"
RAW = "https://raw.githubusercontent.com/DFKI-Interactive-Machine-Learning/STI-Dataset"
ROWS, COLUMNS = 6, 14  # of covers in a collage
PICTURES = f"The pictures are in a package that {REPOSITORY} links to: put its images/ beside the JSON file."
UNITS = "px of the picture, (x, y), as stored; no times"
KOEHLER = (
    "K. Koehler, F. Guo, S. Zhang & M. P. Eckstein. What do saliency models predict? Journal of Vision 14(3):14, 2014"
)


def read_amazon(root: Path) -> Contents:
    """Read Amazon.json; a collage's covers lie in 6 rows of 14, evenly spread but for a few px."""
    return _read(root, "Amazon.json", grid=True)


def read_viu(root: Path) -> Contents:
    """Read VIU.json."""
    return _read(root, "VIU.json", grid=False)


def _read(root: Path, name: str, *, grid: bool) -> Contents:
    """Read one JSON object, a key for each picture's file name.

    fixations    : {observer: [[x, y], ...]}, px
    ground_truth : [{xmin, ymin, xmax, ymax}, ...], px, where the target is
    size         : {width, height}, px
    target       : file name of the picture of the target (Amazon), or
    cue          : the word for it (VIU)
    """
    path, files = root / name, pictures(root / "images")
    entries, trials, scanpaths = read_json(path), [], []
    with published_layout(path):
        for key in sorted(entries, key=lambda name: (len(name), name)):
            entry, trial = entries[key], Path(key).stem
            width, height = entry["size"]["width"], entry["size"]["height"]
            trials.append(
                Trial(
                    id=trial,
                    width=width,
                    height=height,
                    image=files.get(key),
                    target_text=str(entry["target"] if grid else entry["cue"]).removesuffix(".jpg"),
                    target=files.get(entry["target"]) if grid else None,
                    target_boxes=np.clip(_boxes(entry["ground_truth"]), 0, [width, height] * 2),
                    present=True,
                    objects=_cells(width, height) if grid else None,
                )
            )
            scanpaths += [
                Scanpath(np.array(xy, float), trial=trial, observer=observer)
                for observer, xy in entry["fixations"].items()
                if xy
            ]
    return Contents(trials, scanpaths)


def _boxes(found: list[dict[str, float]]) -> NDArray[np.float64]:
    return np.array([[box["xmin"], box["ymin"], box["xmax"], box["ymax"]] for box in found], float)


def _cells(width: int, height: int) -> NDArray[np.float64]:
    """Return the cells (84, 4) of the even grid, row after row."""
    rows, columns = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    corners = np.column_stack([columns, rows])
    size = np.array([width / COLUMNS, height / ROWS])
    return np.hstack([corners * size, (corners + 1) * size])


_SHARED: dict[str, Any] = {
    "task": "search",
    "homepage": REPOSITORY,
    "units": UNITS,
    "obtain": PICTURES,
}

AMAZON = Definition(
    name="amazon_books",
    title="search for one of 84 book covers, 100 collages, 6 people",
    licence="CC BY-NC-SA 4.0; the recordings for non-commercial research",
    citation=(
        "H. Sattar, S. Müller, M. Fritz & A. Bulling. Prediction of search targets from fixations in open-world "
        "settings. CVPR 2015, 981-990. S. Stauden, M. Barz & D. Sonntag. Visual search target inference using bag of "
        "deep visual words. KI 2018, 297-304."
    ),
    reader=read_amazon,
    needs=("Amazon.json",),
    geometry=Geometry(None, "screen and distance are not part of the data"),
    verified=(
        "counts, boxes, sizes and ranges on the file of the repository; the 6 x 14 grid from its 100 target boxes "
        "(the repository speaks of 100 covers). The pictures were not seen."
    ),
    sources=(
        Source(
            "Amazon.json",
            (
                f"{RAW}/0a593dfae9a4951b1a99908a3eb997279bcc458a/AmazonCovers/Amazon.json",
                f"{RAW}/HEAD/AmazonCovers/Amazon.json",
            ),
            checksum="sha256:631fd1769534b38b9e59bf4e1bbbe5fddc0a0bbdd45b13a7910f2545d0412c5b",
            size=827792,
        ),
    ),
    stated={"trials": 100, "observers": 6, "scanpaths": 600, "fixations": 8683},
    **_SHARED,
)

VIU = Definition(
    name="viu",
    title="cued search for an object, 397 photographs, 19 people",
    licence="CC BY-NC-SA 4.0",
    citation=f"{KOEHLER}. M. Barz, S. Stauden & D. Sonntag. Visual search target inference in natural interaction "
    "settings with machine learning. ETRA 2020.",
    reader=read_viu,
    needs=("VIU.json",),
    geometry=Geometry(None, "not part of the data"),
    verified="nothing on the real file; layout, 397 photographs and 19 people as the repository describes them",
    sources=(Source("VIU.json", (f"{RAW}/HEAD/VIU/VIU.json",)),),
    stated={"trials": 397, "observers": 19},
    **_SHARED,
)
