"""A trial list as a folder: trials.csv, one row a trial, beside the images it names."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.checks import check_columns
from gazesim.files import atomic_path, read_csv, writable_folder
from gazesim.trial import Trial

TARGET_BOX = ("target_x0", "target_y0", "target_x1", "target_y1")
OBJECT_BOX = ("x0", "y0", "x1", "y1")
COLUMNS = ("id", "image", "target", *TARGET_BOX, "px_per_degree", "background", "objects")
AnyTrial = TypeVar("AnyTrial", bound=Trial)


def read_trials(path: str | os.PathLike[str]) -> list[Trial]:
    """Read and check every trial of a trial list.

    The columns of trials.csv, in any order; an empty cell is as good as no column, other columns are ignored:

    - image: the display, a path relative to trials.csv
    - target: the target's image, likewise; or the box below, or both; none of them in free viewing
    - target_text: what is searched for in words, a class name or a caption
    - target_x0, target_y0, target_x1, target_y1: where the target is in the display, px
    - px_per_degree: pixels of the display that one degree of visual angle covers
    - id: what to call the trial; by default its number, counted from 0
    - background: a grey value or "r g b" in 0..255; the default is that of `gazesim.trial.Trial`
    - objects: a path to a CSV with columns x0, y0, x1, y1, one row a candidate place, px

    Parameters
    ----------
    path
        The folder, or the CSV file itself.

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
    rows = read_csv(path, ("image", "px_per_degree"))
    if not rows:
        raise ValueError(f"{table} has no rows, expected at least one trial")
    header = next(iter(rows.values()))
    check_columns(table, header, TARGET_BOX if any(column in header for column in TARGET_BOX) else ("target",))
    trials: dict[str, Trial] = {}
    for number, (line, row) in enumerate(rows.items()):
        with _naming(f"{table} row {line}"):
            name = row.get("id") or str(number)
            if name in trials:
                raise ValueError(f"id is {name!r} a second time")
            trials[name] = _trial(row, name, path.parent)
    return list(trials.values())


def write_trials(
    folder: str | os.PathLike[str],
    trials: Iterable[AnyTrial],
    details: Callable[[Path, str, AnyTrial], Mapping[str, object]] = lambda folder, stem, trial: {},
) -> Path:
    """Write trials as a folder that `read_trials` reads back, and return the path of its trials.csv.

    Images are PNG files in images/ and targets/, the boxes of objects CSV files in objects/. trials.csv comes
    last; it has a column target_text if a trial has one. A trial without an id is called by its number. The same
    trials give the same bytes.

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
    ValueError
        If there are no trials, two have the same id, or the folder cannot be written.
    """
    trials = trials if isinstance(trials, Sequence) else list(trials)
    if not trials:
        raise ValueError("trials is empty, expected at least one")
    names = [str(number) if trial.id is None else trial.id for number, trial in enumerate(trials)]
    if (ids := len(set(names))) < len(trials):
        raise ValueError(f"the {len(trials)} trials have {ids} ids, expected another id for each")
    path = writable_folder(folder) / "trials.csv"
    digits = len(str(len(trials) - 1))
    rows, texts = [], []
    for number, (name, trial) in enumerate(zip(names, trials, strict=True)):
        stem = f"{number:0{digits}}"
        row = _write_trial(path.parent, stem, name, trial)
        rows.append({**dict(zip(COLUMNS, row, strict=True)), **details(path.parent, stem, trial)})
        texts.append(trial.target_text or "")
    if any(texts):
        rows = [{**row, "target_text": text} for row, text in zip(rows, texts, strict=True)]
    write_csv(path, rows[0], [row.values() for row in rows])
    return path


def _write_trial(folder: Path, stem: str, name: str, trial: Trial) -> list[object]:
    image, target, objects = f"images/{stem}.png", "", ""
    write_png(folder / image, trial.image)
    if trial.target is not None:
        target = f"targets/{stem}.png"
        write_png(folder / target, trial.target)
    if trial.objects is not None:
        objects = f"objects/{stem}.csv"
        write_csv(folder / objects, OBJECT_BOX, trial.objects.tolist())
    box = [""] * 4 if trial.target_box is None else trial.target_box.tolist()
    background = " ".join(map(str, trial.background.tolist()))
    return [name, image, target, *box, trial.px_per_degree, background, objects]


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


def _trial(row: dict[str, str], name: str, folder: Path) -> Trial:
    if not row["image"]:
        raise ValueError("image is empty, expected a path")
    boxed = any(row.get(column) for column in TARGET_BOX)
    return Trial(
        folder / row["image"],
        folder / row["target"] if row.get("target") else None,
        target_box=_numbers(row, TARGET_BOX) if boxed else None,
        objects=read_objects(folder / row["objects"]) if row.get("objects") else None,
        px_per_degree=_numbers(row, ("px_per_degree",))[0],
        background=_background(row["background"]) if row.get("background") else None,
        id=name,
        target_text=row.get("target_text") or None,
    )


def read_objects(path: Path) -> list[list[float]]:
    """Return the boxes x0, y0, x1, y1 of a trial's objects; FileNotFoundError or ValueError as `read_trials`."""
    boxes = []
    for line, row in read_csv(path, OBJECT_BOX).items():
        with _naming(f"table {str(path)!r} row {line}"):
            boxes.append(_numbers(row, OBJECT_BOX))
    return boxes


def _numbers(row: dict[str, str], columns: Iterable[str]) -> list[float]:
    numbers = []
    for column in columns:
        try:
            numbers.append(float(row[column]))
        except ValueError as error:
            raise ValueError(f"{column} is {row[column]!r}, expected a number") from error
    return numbers


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
