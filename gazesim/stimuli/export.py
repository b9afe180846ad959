"""The tables of conditions that programs for running experiments read."""

import json
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from gazesim.files import atomic_path
from gazesim.table import read_rows
from gazesim.trial_table import OBJECT_BOX, write_csv

NAMES = ("id", "condition", "set_size", "target_present", "image", "image_width", "image_height")
COLUMNS = (*NAMES, "target_image", "target_width", "target_height", "target_x", "target_y")


def write_psychopy(folder: Path) -> Path:
    """Write psychopy.csv, which `psychopy.data.importConditions` reads for a TrialHandler; return its path.

    One row a trial; files are relative to the folder, sizes and positions in degrees ("deg"), positions from
    the centre, x to the right, y up. target_x and target_y are empty where the target is absent.
    """
    rows = [["" if value is None else value for value in row.values()] for row in _rows(folder)]
    write_csv(folder / "psychopy.csv", COLUMNS, rows)
    return folder / "psychopy.csv"


def write_jspsych(folder: Path) -> Path:
    """Write jspsych.json, a list for the `timeline_variables` of a jsPsych timeline; return its path.

    Each has `stimulus` and `target`, the files, relative to the folder, and `data`, the same columns as for
    PsychoPy, null where the target is absent.
    """
    variables = [{"stimulus": row["image"], "target": row["target_image"], "data": row} for row in _rows(folder)]
    path = folder / "jspsych.json"
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(variables, indent=1) + "\n", encoding="utf-8")
    return path


EXPORTS: dict[str, Callable[[Path], Path]] = {"psychopy": write_psychopy, "jspsych": write_jspsych}


def _rows(folder: Path) -> list[dict[str, object]]:
    return [_row(folder, row) for row in read_rows(folder / "trials.csv", ("id", "condition")).values()]


def _row(folder: Path, row: dict[str, str]) -> dict[str, object]:
    scale, present = float(row["px_per_degree"]), row.get("present") == "1"
    width, height = _size(folder / row["image"])
    target_width, target_height = _size(folder / row["target"])
    x = y = None
    if present:
        items = list(read_rows(folder / row["items"], OBJECT_BOX).values())
        x0, y0, x1, y1 = (float(items[int(row["target_item"])][column]) for column in OBJECT_BOX)
        x, y = ((x0 + x1) / 2 - width / 2) / scale, (height / 2 - (y0 + y1) / 2) / scale
    values = (
        row["id"],
        row["condition"],
        int(row["set_size"]),
        int(present) if "present" in row else None,
        row["image"],
        round(width / scale, 6),
        round(height / scale, 6),
        row["target"],
        round(target_width / scale, 6),
        round(target_height / scale, 6),
        None if x is None else round(x, 6),
        None if y is None else round(y, 6),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
