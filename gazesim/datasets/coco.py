"""COCO-Search18 and COCO-FreeView: search for 18 categories, and free viewing (Chen 2021, 2022)."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_option
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import published_layout, read_json
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

WIDTH, HEIGHT = 1680, 1050
CATEGORIES = (
    *("bottle", "bowl", "car", "chair", "clock", "cup", "fork", "keyboard", "knife", "laptop", "microwave", "mouse"),
    *("oven", "potted plant", "sink", "stop sign", "toilet", "tv"),
)
LAB = "http://vision.cs.stonybrook.edu/~cvlab_download"
HOMEPAGE = "https://sites.google.com/view/cocosearch/home"


def read_search(root: Path, condition: str) -> Contents:
    """Read the trials of one condition, "present" or "absent", from every JSON file of it below `root`.

    Each file is a list with an object for each scanpath:

    name, task, subject : file name of the photograph, category, number of the person
    condition           : present or absent
    bbox                : [x, y, width, height] of the target, px, where it is present
    X, Y, T             : px and ms, the first fixation included
    length              : how many fixations
    correct             : whether the answer was right: 1 or 0
    split               : train, valid or test
    """
    suffix = {"present": "TP", "absent": "TA"}[condition]
    return _read(root, f"coco_search18_fixations_{suffix}_*.json", condition)


def read_free_viewing(root: Path) -> Contents:
    """Read COCOFreeView_fixations_trainval.json: as `read_search`, without task, condition, bbox and correct."""
    return _read(root, "COCOFreeView_fixations_*.json", None)


def _read(root: Path, pattern: str, condition: str | None) -> Contents:
    files = sorted(root.rglob(pattern))
    if not files:
        raise FileNotFoundError(f"{str(root)!r} holds no {pattern}")
    images = {path.name: path for path in sorted(root.rglob("*.jpg"))}
    trials: dict[str, Trial] = {}
    scanpaths = []
    for file in files:
        items = read_json(file)
        with published_layout(file):
            for item in items:
                trial = _trial(item, condition, images)
                trials.setdefault(str(trial.id), trial)
                scanpaths.append(_scanpath(item, str(trial.id), condition))
    return Contents(list(trials.values()), scanpaths)


def _trial(item: dict[str, Any], condition: str | None, images: dict[str, Path]) -> Trial:
    name = Path(item["name"]).stem
    common: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "image": images.get(item["name"])}
    if condition is None:
        return Trial(id=name, split=item["split"], **common)
    check_option("condition", item["condition"], (condition,))
    check_option("task", item["task"], CATEGORIES)
    return Trial(
        id=f"{item['task'].replace(' ', '-')}_{name}",
        split=item["split"],
        target_text=item["task"],
        target_boxes=_box(item["bbox"]) if condition == "present" else None,
        present=condition == "present",
        **common,
    )


def _box(bbox: list[float]) -> NDArray[np.float64]:
    x, y, width, height = bbox
    if x + width > WIDTH or y + height > HEIGHT:
        raise ValueError(f"bbox is {bbox}, as x, y, width, height outside {WIDTH} x {HEIGHT} px")
    return np.array([[x, y, x + width, y + height]], float)


def _scanpath(item: dict[str, Any], trial: str, condition: str | None) -> Scanpath:
    if not len(item["X"]) == len(item["Y"]) == len(item["T"]) == item["length"]:
        raise ValueError(f"{item['name']} of subject {item['subject']}: X, Y, T and length differ")
    return Scanpath(
        np.column_stack([item["X"], item["Y"]]),
        found=bool(item["correct"]) if condition == "present" else None,
        trial=trial,
        observer=str(item["subject"]),
        duration_ms=np.array(item["T"], float),
    )


_definition = partial(
    Definition,
    licence="none stated; the photographs are COCO's, under the terms of Flickr",
    citation=(
        "Y. Chen, Z. Yang, S. Ahn, D. Samaras, M. Hoai & G. Zelinsky. COCO-Search18 fixation dataset for predicting "
        "goal-directed attention control. Scientific Reports 11, 8776, 2021."
    ),
    homepage=HOMEPAGE,
    geometry=Geometry(None, "not part of the files"),
    units="px of the 1680 x 1050 display, (x, y), fixations off it kept, and ms, as stored; the photographs are padded",
    obtain=f"{HOMEPAGE} has the links. The fixations of the test photographs are not public.",
    splits=("train", "valid"),
)
_LAYOUT = "the layout on an excerpt of the validation file, boxes included; the counts rest on publications"

_IMAGES_TP = Source(
    "images",
    (f"{LAB}/COCOSearch18-images-TP.zip",),
    checksum="md5:4a815bb591cb463ab77e5ba0c68fedfb",
    unpack="",
)
_IMAGES_TA = Source(
    "images_TA",
    (f"{LAB}/COCOSearch18-images-TA.zip",),
    checksum="md5:85af7d74fa57c202320fa5e7d0dcc187",
    unpack="",
)

PRESENT = _definition(
    name="coco_search18_tp",
    title="search for 18 categories, target present, 10 people",
    task="search",
    reader=partial(read_search, condition="present"),
    needs=("**/coco_search18_fixations_TP_*.json",),
    verified=_LAYOUT,
    sources=(
        Source(
            "fixations",
            (f"{LAB}/COCOSearch18-fixations-TP.zip", "https://saliency.tuebingen.ai/data/coco_search18_TP.zip"),
            checksum="md5:bfcf4c005a89c43a1719b28b028c5499",
            unpack="",
        ),
        _IMAGES_TP,
    ),
    stated={"observers": 10},
)

ABSENT = _definition(
    name="coco_search18_ta",
    title="search for 18 categories, target absent, 10 people",
    task="search",
    reader=partial(read_search, condition="absent"),
    needs=("**/coco_search18_fixations_TA_*.json",),
    verified="nothing on the real file; layout as for target present",
    sources=(
        Source(
            "fixations",
            (f"{LAB}/COCOSearch18-fixations-TA.zip",),
            checksum="md5:e44befa2e1bb764c35dc910673b4ff20",
            unpack="",
        ),
        _IMAGES_TA,
    ),
    stated={"observers": 10},
)

FREE_VIEWING = _definition(
    name="coco_freeview",
    title="free viewing of the photographs of COCO-Search18, 10 people",
    task="free_viewing",
    reader=read_free_viewing,
    needs=("**/COCOFreeView_fixations_*.json",),
    verified="nothing on the real file; layout and counts as a public loader has them",
    sources=(
        Source(
            "COCOFreeView_fixations_trainval.json",
            (f"{LAB}/COCOFreeView_fixations_trainval.json",),
            checksum="md5:d43d3e22de7b73297b3b35cb24d12c79",
        ),
        _IMAGES_TP,
        _IMAGES_TA,
    ),
    stated={"trials": 4337, "observers": 10, "fixations": 665005},
)
