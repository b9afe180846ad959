"""The unified search sets of ViSioNS: Interiors, Unrestricted, People and COCO-Search18 (Travi et al. 2022)."""

from pathlib import Path
from typing import Any

import numpy as np

from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import pictures, published_layout, read_json
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

REPOSITORY = "NeuroLIAA/visions"


def read(root: Path) -> Contents:
    """Read the folder of one data set.

    dataset_info.json                      : number_of_images, image_height, image_width, images_dir, targets_dir,
                                             scanpaths_dir, ...
    trials_properties.json                 : a list; image, target (file names), target_matched_row,
                                             target_matched_column, target_height, target_width, image_height,
                                             image_width, target_object
    <scanpaths_dir>/subj<n>_scanpaths.json : {image: {X, Y, T, target_found, target_bbox, image_height, ...}}; boxes
                                             are [row0, column0, row1, column1]

    T is often longer than X and Y, as scanpaths were cut at the target and near fixations merged. Then which
    duration belongs to which fixation is unknown, and duration_ms is None.
    """
    path = root / "dataset_info.json"
    info, properties = read_json(path), root / "trials_properties.json"
    with published_layout(path):
        images, targets = pictures(root / info["images_dir"]), pictures(root / info["targets_dir"])
        files = sorted((root / info["scanpaths_dir"]).glob("subj*_scanpaths.json"))
        count = int(info["number_of_images"])
    listed = read_json(properties)
    with published_layout(properties):
        if len(listed) != count:
            raise ValueError(f"{len(listed)} trials, dataset_info.json states {count}")
        trials = [_trial(trial, images.get(trial["image"]), targets.get(trial["target"])) for trial in listed]
    by_id = {str(trial.id): trial for trial in trials}
    scanpaths = []
    for file in files:
        entries = read_json(file)
        with published_layout(file):
            scanpaths += [_scanpath(entry, by_id[Path(image).stem]) for image, entry in entries.items() if entry["X"]]
    return Contents(trials, scanpaths)


def _trial(trial: dict[str, Any], image: Path | None, target: Path | None) -> Trial:
    y, x = trial["target_matched_row"], trial["target_matched_column"]
    box = [x, y, x + trial["target_width"], y + trial["target_height"]]
    width, height = int(trial["image_width"]), int(trial["image_height"])
    return Trial(
        id=Path(trial["image"]).stem,
        width=width,
        height=height,
        image=image,
        target=target,
        target_text=None if trial["target_object"] == "TBD" else trial["target_object"],
        target_box=np.clip(box, 0, [width, height] * 2),
        present=True,
    )


def _scanpath(entry: dict[str, Any], trial: Trial) -> Scanpath:
    if (entry["image_width"], entry["image_height"]) != (trial.width, trial.height):
        raise ValueError(f"the size of {trial.id} is not that of trials_properties.json")
    y0, x0, _, _ = entry["target_bbox"]
    if trial.target_box is None or trial.target_box[:2].tolist() != [x0, y0]:
        raise ValueError(f"target_bbox of {trial.id} is not that of trials_properties.json")
    timed = len(entry["T"]) == len(entry["X"])
    return Scanpath(
        np.column_stack([entry["X"], entry["Y"]]),
        found=bool(entry["target_found"]),
        trial=trial.id,
        observer=str(entry["subject"]),
        duration_ms=np.array(entry["T"], float) if timed else None,
    )


def _definition(folder: str, title: str, people: int, images: int | None, citation: str) -> Definition:
    return Definition(
        name=f"visions_{folder.lower()}",
        title=title,
        task="search",
        licence="MIT for the collection; each set has terms of its own",
        citation=(
            f"{citation} F. Travi, G. Ruarte, G. Bujia & J. E. Kamienkowski. ViSioNS: visual search in natural scenes "
            "benchmark. NeurIPS 2022, data sets and benchmarks."
        ),
        homepage=f"https://github.com/{REPOSITORY}",
        reader=read,
        needs=("dataset_info.json", "trials_properties.json", "human_scanpaths"),
        geometry=Geometry(None, "not part of the files; their windows approximate a fovea"),
        units="px of the picture, (x, y), and ms; boxes are stored as (row, column) and swapped. Scanpaths end at the "
        "target, near fixations were merged, and trials that start on the target left out",
        verified="layout, order of coordinates and number of people on excerpts of the files; the counts as stated",
        sources=(Source(".", (f"https://codeload.github.com/{REPOSITORY}/zip/HEAD",), unpack=f"Datasets/{folder}"),),
        stated={"observers": people} | ({"trials": images} if images else {}),
    )


INTERIORS = _definition(
    "Interiors",
    "search for an object in a room, 57 people",
    57,
    None,
    "M. Sclar, G. Bujia, S. Vita, G. Solovey & J. E. Kamienkowski. Modeling human visual search. arXiv 2009.08373.",
)
UNRESTRICTED = _definition(
    "Unrestricted",
    "search for an object in a scene, 234 pictures of natural_design, 15 people",
    15,
    234,
    "M. Zhang et al. Finding any Waldo with zero-shot invariant and efficient visual search. Nature Communications "
    "9:3730, 2018.",
)
PEOPLE = _definition(
    "People",
    "search for a person in a street, 453 pictures, 14 people",
    14,
    453,
    "K. A. Ehinger, B. Hidalgo-Sotelo, A. Torralba & A. Oliva. Modeling search for people in 900 scenes. Visual "
    "Cognition 17, 945-978, 2009.",
)
COCO = _definition(
    "COCOSearch18",
    "search for 18 categories, 2489 pictures of COCO-Search18, 10 people",
    10,
    2489,
    "Y. Chen et al. COCO-Search18 fixation dataset. Scientific Reports 11, 8776, 2021.",
)
