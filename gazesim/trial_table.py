"""A trial list as a folder: trials.csv, one row a trial, beside the images it names."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.checks import check_columns, tidy
from gazesim.files import atomic_path, writable_folder
from gazesim.table import read_rows
from gazesim.trial import Trial

TARGET_BOX = ("target_x0", "target_y0", "target_x1", "target_y1")
OBJECT_BOX = ("x0", "y0", "x1", "y1")
NUMBERS = (*TARGET_BOX, "px_per_degree")
COLUMNS = ("id", "image", "target", *TARGET_BOX, "px_per_degree", "background", "objects")
BETWEEN = "|"  # the targets of a memory set, in one cell
SAID = ("condition", "set_size", "present")  # columns that are there if a trial says it
TARGETS = ("target_text", "targets", "target_texts")  # likewise


def read_trials(
    path: str | os.PathLike[str],
    *,
    px_per_degree: float | None = None,
    check_pictures: bool = True,
    missing: Iterable[str] = (),
) -> list[Trial]:
    """Read and check every trial of a trial list.

    It is a table as `gazesim.table.read_table` takes it: CSV, TSV, TXT, Parquet or xlsx, its separator, encoding and
    decimal comma recognised. The columns, in any order; an empty cell is as good as no column, other columns are
    ignored:

    - image: the display, a path relative to trials.csv; without one width and height, px, for what needs no picture
    - target: the target's image, likewise; or the box below, or both; none of them in free viewing
    - targets: instead of target where any of several things is searched for: their paths, with | between them
    - target_text: what is searched for in words, a class name or a caption
    - target_texts: instead of target_text the words for each of several things, with | between them
    - target_x0, target_y0, target_x1, target_y1: where the target is in the display, px
    - present: 1 or 0, whether the target is in the display; the default is that of `gazesim.trial.Trial`
    - condition: what tables call the condition
    - set_size: how many items there are; by default the number of objects
    - px_per_degree: pixels of the display that one degree of visual angle covers
    - id: what to call the trial; by default its number, counted from 0
    - background: a grey value or "r g b" in 0..255; the default is that of `gazesim.trial.Trial`
    - objects: a path to a CSV with columns x0, y0, x1, y1, one row a candidate place, px; with text, also what it is

    Parameters
    ----------
    path
        The folder, or the file itself.
    px_per_degree
        Of the rows that do not say it. Trials of which it is not known can only be used for what does not need it.
    check_pictures
        Whether each picture is decoded now, to see that it is whole; else only its size is read.
    missing
        Cells that are as good as empty, such as "NA".

    Raises
    ------
    FileNotFoundError
        If there is no such table, or a row names a file that does not exist.
    ValueError
        If anything else is wrong. Both name the file and the row, which is its line in the file.
    """
    path = Path(path)
    path = path / "trials.csv" if path.is_dir() else path
    table = f"table {str(path)!r}"
    rows = read_rows(path, decimals=NUMBERS, missing=missing)
    if not rows:
        raise ValueError(f"{table} has no rows, expected at least one trial")
    header = next(iter(rows.values()))
    boxed = TARGET_BOX if any(column in header for column in TARGET_BOX) else ()
    check_columns(table, header, ("image", *boxed) if "width" not in header else boxed)
    trials: dict[str, Trial] = {}
    for number, (line, row) in enumerate(rows.items()):
        with _naming(f"{table} row {line}"):
            name = tidy(row.get("id") or number)
            if name in trials:
                raise ValueError(f"id is {name!r} a second time")
            trials[name] = trial = _trial(row, name, path.parent, px_per_degree)
            if check_pictures and trial.has_image:
                trial.image, trial.targets  # noqa: B018 - read
    return list(trials.values())


def write_trials(
    folder: str | os.PathLike[str],
    trials: Iterable[Trial],
    details: Callable[[Path, str, Trial], Mapping[str, object]] = lambda folder, stem, trial: {},
) -> Path:
    """Write trials as a folder that `read_trials` reads back, and return the path of its trials.csv.

    Images are PNG files in images/ and targets/, the boxes of objects CSV files in objects/. trials.csv comes
    last; it has the columns condition, set_size, present, target_text, targets and target_texts if a trial was given
    them. A trial without
    an id is called by its number. The same trials give the same bytes.

    Parameters
    ----------
    folder
        Is made if it does not exist.
    trials
        A sequence is gone through twice, and only one of its trials is held at a time.
    details : callable
        Given the folder, the name of a trial's files without suffix, and the trial; returns further columns of
        its row, the same ones for all trials. May write further files.

    Raises
    ------
    FileNotFoundError
        If the picture of a trial is not here.
    ValueError
        If there are no trials, two have the same id, one has several target boxes or only a point, or the folder
        cannot be written.
    """
    trials = trials if isinstance(trials, Sequence) else list(trials)
    if not trials:
        raise ValueError("trials is empty, expected at least one")
    names = [str(number) if trial.id is None else trial.id for number, trial in enumerate(trials)]
    if (ids := len(set(names))) < len(trials):
        raise ValueError(f"the {len(trials)} trials have {ids} ids, expected another id for each")
    path = writable_folder(folder) / "trials.csv"
    digits = len(str(len(trials) - 1))
    rows = []
    for number, (name, trial) in enumerate(zip(names, trials, strict=True)):
        stem = f"{number:0{digits}}"
        row = _write_trial(path.parent, stem, name, trial)
        rows.append({**row, **details(path.parent, stem, trial), **_write_targets(path.parent, stem, name, trial)})
    unsaid = {column for column in (*SAID, *TARGETS) if all(row[column] == "" for row in rows)}
    kept = [{column: cell for column, cell in row.items() if column not in unsaid} for row in rows]
    write_csv(path, kept[0], [row.values() for row in kept])
    return path


def _write_trial(folder: Path, stem: str, name: str, trial: Trial) -> dict[str, object]:
    if trial.target_box is None and (trial.target_boxes is not None or trial.target_centre is not None):
        found = "only a point" if trial.target_boxes is None else f"{len(trial.target_boxes)} boxes"
        raise ValueError(f"the target of trial {name!r} has {found}, expected one box, which is what a list has")
    image, target, objects = f"images/{stem}.png", "", ""
    write_png(folder / image, trial.image)
    if trial.target is not None:
        target = f"targets/{stem}.png"
        write_png(folder / target, trial.target)
    if trial.objects is not None:
        objects = f"objects/{stem}.csv"
        boxes, names = trial.objects.tolist(), trial.object_texts
        columns = (*OBJECT_BOX, "text") if names else OBJECT_BOX
        write_csv(folder / objects, columns, [[*box, *names[i : i + 1]] for i, box in enumerate(boxes)])
    box = [""] * 4 if trial.target_box is None else trial.target_box.tolist()
    background = " ".join(map(str, trial.background.tolist()))
    degree = trial.px_per_degree if trial.has_px_per_degree else ""
    cells = [name, image, target, *box, degree, background, objects]
    facts = trial.facts()
    said = {column: facts[column] for column in SAID}
    if said["present"] is not None:
        said["present"] = int(said["present"])
    return {**dict(zip(COLUMNS, cells, strict=True)), **{k: "" if v is None else v for k, v in said.items()}}


def _write_targets(folder: Path, stem: str, name: str, trial: Trial) -> dict[str, object]:
    if not trial.is_multi_target:
        return dict(zip(TARGETS, (trial.target_text or "", "", ""), strict=True))
    for text in trial.target_texts:
        if BETWEEN in text:
            raise ValueError(
                f"target_texts of trial {name!r} has {text!r}, expected no {BETWEEN}, which is between them"
            )
    files = [f"targets/{stem}-{number}.png" for number in range(len(trial.targets))]
    for file, target in zip(files, trial.targets, strict=True):
        write_png(folder / file, target)
    words = (trial.target_text or "", BETWEEN.join(files), BETWEEN.join(trial.target_texts))
    return dict(zip(TARGETS, words, strict=True))


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write an image, (height, width, 3) or grey (height, width), and its folder where there is none."""
    if not path.parent.is_dir():
        writable_folder(path.parent)
    with atomic_path(path) as partial:
        Image.fromarray(pixels).save(partial)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table, and its folder where there is none."""
    if not path.parent.is_dir():
        writable_folder(path.parent)
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _trial(row: dict[str, str], name: str, folder: Path, px_per_degree: float | None) -> Trial:
    sizes = [column for column in ("width", "height") if row.get(column)]
    if not row.get("image") and len(sizes) < 2:
        raise ValueError("image is empty, expected a path, or the width and height of the display")
    width, height = (_whole(row, column) if column in sizes else None for column in ("width", "height"))
    boxed = any(row.get(column) for column in TARGET_BOX)
    return Trial(
        folder / row["image"] if row.get("image") else None,
        folder / row["target"] if row.get("target") else None,
        target_box=_numbers(row, TARGET_BOX) if boxed else None,
        **(_read_objects(folder / row["objects"]) if row.get("objects") else {}),
        px_per_degree=_numbers(row, ("px_per_degree",))[0] if row.get("px_per_degree") else px_per_degree,
        background=_background(row["background"]) if row.get("background") else None,
        id=name,
        targets=[folder / path for path in _listed(row["targets"])] if row.get("targets") else None,
        target_text=row.get("target_text") or None,
        target_texts=_listed(row["target_texts"]) if row.get("target_texts") else None,
        present=_present(row["present"]) if row.get("present") else None,
        condition=row.get("condition") or None,
        set_size=_whole(row, "set_size") if row.get("set_size") else None,
        width=width,
        height=height,
    )


def _read_objects(path: Path) -> dict[str, Any]:
    boxes, names = [], []
    for line, row in read_rows(path, OBJECT_BOX, decimals=OBJECT_BOX).items():
        with _naming(f"table {str(path)!r} row {line}"):
            boxes.append(_numbers(row, OBJECT_BOX))
            names.append(row.get("text", ""))
    return {"objects": boxes, "object_texts": names if any(names) else None}


def _listed(cell: str) -> list[str]:
    return [each.strip() for each in cell.split(BETWEEN)]


def _numbers(row: dict[str, str], columns: Iterable[str]) -> list[float]:
    numbers = []
    for column in columns:
        try:
            numbers.append(float(row[column]))
        except ValueError as error:
            raise ValueError(f"{column} is {row[column]!r}, expected a number") from error
    return numbers


def _present(cell: str) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False}
    if cell.lower() not in known:
        raise ValueError(f"present is {cell!r}, expected 1 or 0")
    return known[cell.lower()]


def _whole(row: dict[str, str], column: str) -> int:
    try:
        return int(row[column])
    except ValueError as error:
        raise ValueError(f"{column} is {row[column]!r}, expected a whole number of at least 1") from error


def _background(cell: str) -> int | list[int]:
    try:
        values = [int(value) for value in cell.split()]
    except ValueError as error:
        raise ValueError(f"background is {cell!r}, expected a grey value or 'r g b' in 0..255") from error
    return values[0] if len(values) == 1 else values


@contextmanager
def _naming(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{place}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
