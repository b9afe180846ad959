"""Search in pictures as ViSioNS unifies it: interiors, natural design, people in streets, COCO (Travi et al. 2022)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import pictures, published_layout, read_json
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

REPOSITORY = "NeuroLIAA/ruarte-hs-2024"
COMMIT = "2900aeee1311228853fa29dad6450a59e456fd57"
PICTURES = "NeuroLIAA/sibs"


def read(root: Path) -> Contents:
    """Read the folder of one data set.

    dataset_info.json                      : number_of_images, image_height, image_width, images_dir, targets_dir,
                                             scanpaths_dir, ...
    trials_properties.json                 : a list; image, target (file names), target_matched_row,
                                             target_matched_column, target_height, target_width, image_height,
                                             image_width, target_object
    <scanpaths_dir>/subj<n>_scanpaths.json : {image: {X, Y, T, target_found, target_bbox, image_height, ...}}; boxes
                                             are [row0, column0, row1, column1]

    max_fixations, where it is there, is after how many fixations the search was stopped: `Contents.limits`.

    T is often longer than X and Y, as scanpaths were cut at the target and near fixations merged. Then which
    duration belongs to which fixation is unknown, and duration_ms is None.
    """
    path = root / "dataset_info.json"
    info, properties = read_json(path), root / "trials_properties.json"
    with published_layout(path):
        images, targets = pictures(root / info["images_dir"]), pictures(root / info["targets_dir"])
        scanpaths_dir, count = root / info["scanpaths_dir"], int(info["number_of_images"])
    listed = read_json(properties)
    with published_layout(properties):
        if len(listed) != count:
            raise ValueError(f"{len(listed)} trials, dataset_info.json states {count}")
        trials = [_trial(trial, images.get(trial["image"]), targets.get(trial["target"])) for trial in listed]
    by_id = {str(trial.id): trial for trial in trials}
    scanpaths, limits = [], {}
    for entry, trial in searches(scanpaths_dir, by_id):
        path_of_person = scanpath(entry, trial)
        scanpaths.append(path_of_person)
        if entry.get("max_fixations") is not None:
            limits[path_of_person.key] = int(entry["max_fixations"])
    return Contents(trials, scanpaths, limits=limits)


def searches(folder: Path, trials: Mapping[str, Trial]) -> Iterator[tuple[dict[str, Any], Trial]]:
    """Yield each search in the files NAME_scanpaths.json of `folder`, and its trial; what is wrong names the file."""
    for file in sorted(folder.glob("*_scanpaths.json")):
        entries = read_json(file)
        with published_layout(file):
            for image, entry in entries.items():
                if entry["X"]:
                    yield entry, trials[Path(image).stem]


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


def scanpath(entry: dict[str, Any], trial: Trial) -> Scanpath:
    """Return one person's search, whose picture and target must be those of `trial`."""
    if (entry["image_width"], entry["image_height"]) != (trial.width, trial.height):
        raise ValueError(f"the size of {trial.id} is not that of trials_properties.json")
    y0, x0, _, _ = entry["target_bbox"]
    if trial.target_box is None or trial.target_box[:2].tolist() != [x0, y0]:
        raise ValueError(f"target_bbox of {trial.id} is not that of trials_properties.json")
    timed = len(entry.get("T", ())) == len(entry["X"])
    return Scanpath(
        np.column_stack([entry["X"], entry["Y"]]),
        found=bool(entry["target_found"]),
        trial=trial.id,
        observer=str(entry["subject"]),
        duration_ms=np.array(entry["T"], float) if timed else None,
    )


def _definition(
    name: str, folder: str, title: str, licence: str, citation: str, stated: dict[str, int], obtain: str = ""
) -> Definition:
    return Definition(
        name=name,
        title=title,
        task="search",
        licence=licence,
        citation=(
            f"{citation} F. Travi, G. Ruarte, G. Bujia & J. E. Kamienkowski. ViSioNS: visual search in natural scenes "
            "benchmark. NeurIPS 2022, data sets and benchmarks."
        ),
        homepage=f"https://github.com/{REPOSITORY}",
        reader=read,
        needs=("dataset_info.json", "trials_properties.json", "human_scanpaths"),
        geometry=Geometry(
            None, "not part of the files; the benchmark runs eccNET as if a picture were 30 degrees wide"
        ),
        units="px of the picture, (x, y), and ms; boxes are stored as (row, column) and swapped. Scanpaths end at the "
        "target, near fixations were merged, and trials that start on the target left out. Durations are kept where "
        "they are as many as the fixations: T was not cut and merged with them",
        verified="all counts, boxes and times on the files of the repository",
        sources=(source(folder),),
        obtain=obtain,
        stated=stated,
    )


def source(folder: str) -> Source:
    """Return where a folder of the repository is downloaded."""
    return Source(".", (f"https://codeload.github.com/{REPOSITORY}/zip/{COMMIT}",), unpack=f"Datasets/{folder}")


INTERIORS = _definition(
    "interiors",
    "Interiors",
    "search for a cut-out in a grey photograph of a room, 134 pictures, 57 people stopped after 3, 5, 9 or 13 saccades",
    "MIT",
    "G. Bujia, M. Sclar, S. Vita, G. Solovey & J. E. Kamienkowski. Modeling human visual search in natural scenes. "
    "Frontiers in Systems Neuroscience 16, 2022.",
    {"trials": 134, "observers": 57, "scanpaths": 7313, "fixations": 43346},
    f"The pictures and templates are in https://github.com/{PICTURES}: put them into images/ and templates/.",
)
NATURAL_DESIGN = _definition(
    "natural_design",
    "Unrestricted",
    "search for an object in a scene, 234 pictures with the target's box, 15 people (Zhang et al.)",
    "the laboratory's own, non-commercial research",
    "M. Zhang et al. Finding any Waldo with zero-shot invariant and efficient visual search. Nature Communications "
    "9:3730, 2018.",
    {"trials": 234, "observers": 15, "scanpaths": 3485, "fixations": 46304},
)
PEOPLE = _definition(
    "people_search",
    "People",
    "search for a person in a street, 453 pictures, 14 people",
    "MIT for the collection",
    "K. A. Ehinger, B. Hidalgo-Sotelo, A. Torralba & A. Oliva. Modeling search for people in 900 scenes. Visual "
    "Cognition 17, 945-978, 2009.",
    {"trials": 453, "observers": 14, "scanpaths": 6333, "fixations": 20131},
)
COCO = _definition(
    "coco_search18",
    "COCOSearch18",
    "search for 18 categories, present: the 612 test pictures of COCO-Search18 as ViSioNS cuts them, 10 people",
    "MIT for the collection; of the recordings none stated",
    "Y. Chen et al. COCO-Search18 fixation dataset. Scientific Reports 11, 8776, 2021.",
    {"trials": 612, "observers": 10, "scanpaths": 5949, "fixations": 16762},
)
