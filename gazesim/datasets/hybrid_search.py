"""Hybrid search: one of several memorised objects is in a scene of 16 (Ruarte et al. 2024)."""

from pathlib import Path
from typing import Any

from gazesim.datasets import visions
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import pictures, published_layout, read_json
from gazesim.trial import Trial


def read(root: Path) -> Contents:
    """Read the folder, which is laid out as the sets of ViSioNS are (`gazesim.datasets.visions.read`), but for this.

    trials_properties.json : a list; also memory_set, names of the 1, 2 or 4 objects that were memorised, and
                             stimulus_info, the boxes of all objects: stim_name, stimulus_matched_row,
                             stimulus_matched_column, stimulus_height, stimulus_width
    <scanpaths_dir>        : NAME_scanpaths.json; memory_set in the order in which this person saw it

    A trial is a scene: its memory set has the same objects for everybody, in other orders. Its condition is how many
    they are, memory_1, memory_2 or memory_4; `target_texts` are their names, the one in the scene first,
    and `object_texts` those of all objects.
    """
    path, properties = root / "dataset_info.json", root / "trials_properties.json"
    info = read_json(path)
    with published_layout(path):
        images, stimuli = pictures(root / info["images_dir"]), pictures(root / info["targets_dir"])
        folder = root / info["scanpaths_dir"]
    listed = read_json(properties)
    with published_layout(properties):
        trials = {Path(each["image"]).stem: _trial(each, images.get(each["image"]), stimuli) for each in listed}
    scanpaths = []
    for entry, trial in visions.searches(folder, trials):
        if {Path(name).stem for name in entry["memory_set"]} != set(trial.target_texts):
            raise ValueError(f"memory_set of {trial.id}, {entry['subject']}, is not that of trials_properties.json")
        scanpaths.append(visions.scanpath(entry, trial))
    return Contents(list(trials.values()), scanpaths)


def _trial(each: dict[str, Any], image: Path | None, stimuli: dict[str, Path]) -> Trial:
    boxes = {thing["stim_name"]: _box(thing, "stimulus") for thing in each["stimulus_info"]}
    target = _box(each, "target")
    if boxes.get(each["target"]) != target:
        raise ValueError(f"the box of the target {each['target']!r} in {each['image']} is not that of stimulus_info")
    names = [each["target"], *sorted(set(each["memory_set"]) - {each["target"]})]
    if len(names) != len(each["memory_set"]):
        raise ValueError(f"memory_set of {each['image']} has not the target {each['target']!r}, or names one twice")
    return Trial(
        id=Path(each["image"]).stem,
        image=image,
        width=each["image_width"],
        height=each["image_height"],
        targets=[stimuli[name] for name in names] if all(name in stimuli for name in names) else None,
        target_texts=[Path(name).stem for name in names],
        target_box=target,
        present=True,
        objects=list(boxes.values()),
        object_texts=[Path(name).stem for name in boxes],
        condition=f"memory_{len(names)}",
    )


def _box(thing: dict[str, Any], of: str) -> list[int]:
    """Return x0, y0, x1, y1 of what is stored as a corner (row, column) and a size."""
    x, y = thing[f"{of}_matched_column"], thing[f"{of}_matched_row"]
    return [x, y, x + thing[f"{of}_width"], y + thing[f"{of}_height"]]


DEFINITION = Definition(
    name="hybrid_search",
    title="search for any of 1, 2 or 4 memorised objects among 16 in a scene, 102 scenes, 34 people; all boxes",
    task="search",
    licence="MIT",
    citation=(
        "G. Ruarte, G. Bujia, D. Care, M. J. Ison & J. E. Kamienkowski. Integrating Bayesian and neural networks "
        "models for eye movement prediction in hybrid search. 2024, https://github.com/NeuroLIAA/ruarte-hs-2024."
    ),
    homepage=f"https://github.com/{visions.REPOSITORY}",
    reader=read,
    needs=("dataset_info.json", "trials_properties.json", "human_scanpaths"),
    geometry=Geometry(None, "not part of the files"),
    units="px of the 1280 x 1024 scene, (x, y); boxes are stored as (row, column) and swapped. Scanpaths end at the "
    "target and near fixations were merged, as in the sets of ViSioNS; no times. Target present only",
    verified="all counts, boxes and memory sets on the files of the repository; the pictures are not in it",
    sources=(visions.source("train_set"),),
    stated={"trials": 102, "observers": 34, "scanpaths": 3446, "fixations": 36995},
)
