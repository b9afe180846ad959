"""Boxes found in the frames of a video, labels of some of them, and their tables."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_at_least, check_columns, check_shape, tidy
from gazesim.files import atomic_path
from gazesim.table import numbers, read_table, row, shown

Values = NDArray[np.float64]
Whole = NDArray[np.int64]

BACKGROUND = "background"
BOX = ("x0", "y0", "x1", "y1")
COLUMNS = ("frame", "box", *BOX)
SCORE, EMBEDDING = "score_", "embedding_"
MOST_NUMBERS = 4096  # of an embedding, that are read fast


@dataclass(frozen=True, eq=False)
class Detections:
    """The boxes of a video, ordered by frame.

    frame     : int64 (n,), from 0, never falling
    number    : int64 (n,), of the box within its frame, from 0
    boxes     : float64 (n, 4), x0, y0, x1, y1 in px of the frames
    embedding : float32 (n, d), what the detector or a trunk says of each box's looks; d may be 0
    scores    : float32 (n, c), the detector's scores of its classes; c may be 0
    classes   : names of the c classes
    size      : width and height of the frames in px
    n_frames  : of the video, with those in which no box is
    labels    : text (n,), of boxes that come with one, "" of others
    """

    frame: Whole
    number: Whole
    boxes: Values
    embedding: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: tuple[str, ...]
    size: tuple[int, int]
    n_frames: int
    labels: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, frame: int) -> slice:
        """Return which rows are those of `frame`."""
        first, last = np.searchsorted(self.frame, [frame, frame + 1])
        return slice(int(first), int(last))

    @property
    def frames(self) -> Whole:
        """The frames that have boxes, (k,)."""
        return np.unique(self.frame)


def detections(
    frame: ArrayLike,
    boxes: ArrayLike,
    size: tuple[int, int],
    *,
    n_frames: int | None = None,
    number: ArrayLike | None = None,
    embedding: ArrayLike | None = None,
    scores: Mapping[str, ArrayLike] | None = None,
    labels: Sequence[str] | None = None,
) -> Detections:
    """Return a table of boxes, which is checked and put in the order of frames.

    Parameters
    ----------
    frame : (n,)
        Whole numbers from 0.
    boxes : (n, 4)
        x0, y0, x1, y1 in px; what lies outside the frame is cut off.
    size : (int, int)
        Width and height of the frames in px.
    n_frames : int, optional
        Of the video; by default up to the last frame with a box.
    number : (n,), optional
        Of the box within its frame; by default they are counted.
    embedding : (n, d), optional
    scores : mapping of (n,), optional
        By class.
    labels : sequence of str, optional
        "" where there is none.

    Raises
    ------
    ValueError
        If there is no box, one is empty or outside the frames, or shapes do not fit.
    """
    frames = _whole("frame", frame)
    n = len(frames)
    table = as_numbers("boxes", boxes, (n, 4))
    width, height = size
    check_at_least("width", width, 1)
    check_at_least("height", height, 1)
    if not n:
        raise ValueError("detections have no boxes, expected at least one")
    cut = table.clip(0, [width, height, width, height])
    bad = np.flatnonzero(~(cut[:, :2] < cut[:, 2:]).all(axis=1))
    if len(bad):
        raise ValueError(
            f"box {table[bad[0]].tolist()} of frame {frames[bad[0]]} covers nothing of {width} x {height} px, "
            "expected x0 < x1 and y0 < y1 within the frame"
        )
    last = int(frames.max()) + 1
    if n_frames is not None and n_frames < last:
        raise ValueError(f"a box is in frame {last - 1}, but the video has {n_frames} frames, from 0 to {n_frames - 1}")
    order = np.argsort(frames, kind="stable")
    counted = _counted(frames[order])[np.argsort(order)] if number is None else _whole("box", number)
    check_shape("box", counted, (n,))
    order = np.lexsort((counted, frames))
    twice = np.flatnonzero((np.diff(frames[order]) == 0) & (np.diff(counted[order]) == 0))
    if len(twice):
        raise ValueError(f"box {counted[order][twice[0]]} of frame {frames[order][twice[0]]} is duplicated")
    looks = np.zeros((n, 0)) if embedding is None else as_numbers("embedding", embedding, (n, "d"))
    given = {name: as_numbers(f"score of {name!r}", column, (n,)) for name, column in (scores or {}).items()}
    classed = np.stack(list(given.values()), axis=1) if given else np.zeros((n, 0))
    for name, values in (("embedding", looks), ("scores", classed)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds {values[~np.isfinite(values)][0]}, expected finite numbers")
    words = np.array([""] * n if labels is None else list(labels), dtype=np.str_)
    check_shape("labels", words, (n,))
    return Detections(
        frames[order],
        counted[order],
        cut[order],
        looks[order].astype(np.float32),
        classed[order].astype(np.float32),
        tuple(given),
        (int(width), int(height)),
        last if n_frames is None else int(n_frames),
        words[order],
    )


def read_detections(path: str | os.PathLike[str], size: tuple[int, int], n_frames: int | None = None) -> Detections:
    """Return the boxes of a CSV: frame, x0, y0, x1, y1, and as far as it has them box, score_CLASS, embedding_N, label.

    Parameters
    ----------
    path : path
        Any file that `gazesim.table.read_table` reads.
    size : (int, int)
        Width and height of the frames in px.
    n_frames : int, optional

    Raises
    ------
    FileNotFoundError, ValueError
        As `detections`; one line that names the file.
    """
    named = shown(path)
    table = read_table(path, floats=[*COLUMNS, *(f"{EMBEDDING}{k}" for k in range(MOST_NUMBERS))])
    check_columns(named, table.columns, ("frame", *BOX))
    header = list(table.columns)
    looks = [name for name in header if name.startswith(EMBEDDING)]
    with named_errors(named):
        return detections(
            numbers(table, "frame"),
            np.stack([numbers(table, name) for name in BOX], axis=1),
            size,
            n_frames=n_frames,
            number=numbers(table, "box") if "box" in header else None,
            embedding=np.stack([numbers(table, name) for name in looks], axis=1) if looks else None,
            scores={name.removeprefix(SCORE): numbers(table, name) for name in header if name.startswith(SCORE)},
            labels=words_of(table, "label") if "label" in header else None,
        )


def write_detections(path: str | os.PathLike[str], found: Detections) -> None:
    """Write boxes as the table that `read_detections` reads."""
    names = [*COLUMNS, *(SCORE + name for name in found.classes)]
    names += [f"{EMBEDDING}{k}" for k in range(found.embedding.shape[1])]
    cells_of = np.concatenate([found.boxes.round(2), found.scores, found.embedding], axis=1)
    labelled = bool((found.labels != "").any())
    rows = zip(found.frame.tolist(), found.number.tolist(), cells_of.tolist(), found.labels.tolist(), strict=True)
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, "label"] if labelled else names)
        for frame, number, values, label in rows:
            cells = [frame, number, *(f"{value:.6g}" for value in values)]
            writer.writerow([*cells, label] if labelled else cells)


def read_labels(path: str | os.PathLike[str], found: Detections) -> NDArray[np.str_]:
    """Return the label of each box (n,), "" of those that a CSV (frame, box, label) does not label.

    Rows whose label is empty are skipped, so that a table that is half filled in can be read.

    Raises
    ------
    FileNotFoundError, ValueError
        If a box is none of `found`, or is labelled twice, differently.
    """
    named = shown(path)
    labels: NDArray[np.str_] = np.full(len(found), "", dtype="<U100")
    place = {pair: at for at, pair in enumerate(zip(found.frame.tolist(), found.number.tolist(), strict=True))}
    table = read_table(path)
    check_columns(named, table.columns, ("frame", "box", "label"))
    words = words_of(table, "label")
    with named_errors(named):
        frames, boxes = numbers(table, "frame"), numbers(table, "box")
    for position, (frame, box, label) in enumerate(zip(frames.tolist(), boxes.tolist(), words, strict=True)):
        if not label:
            continue
        told = f"{named} {row(table, position)} labels box {box:g} of frame {frame:g}"
        at = place.get((frame, box))
        if at is None:
            own = found.number[found.rows(int(frame))]
            raise ValueError(f"{told}, which has {f'boxes {own.min()} to {own.max()}' if len(own) else 'no boxes'}")
        before = str(labels[at])
        if before not in ("", label):
            raise ValueError(f"{told} as {label!r}, and as {before!r} before")
        labels[at] = label
    return labels


def write_labels(path: str | os.PathLike[str], found: Detections, labels: Sequence[str], rows: Iterable[int]) -> None:
    """Write a CSV (frame, box, label) with `rows` of `found`; `labels` (n,) may be empty, to be filled in."""
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("frame", "box", "label"))
        writer.writerows((found.frame[row], found.number[row], labels[row]) for row in rows)


def words_of(table: pd.DataFrame, name: str) -> list[str]:
    """Return a column as text without blanks at the ends, "" where a cell is empty."""
    return ["" if word is None or word != word else tidy(word) for word in table[name].tolist()]


@contextmanager
def named_errors(named: str) -> Iterator[None]:
    """Put what messages call the file before the messages of the block that do not have it."""
    try:
        yield
    except ValueError as error:
        raise error if named in str(error) else ValueError(f"{named}: {error}") from None


def _whole(name: str, values: ArrayLike) -> Whole:
    table = as_numbers(name, values, ("n",))
    bad = np.flatnonzero(~np.isfinite(table) | (table < 0) | (table != np.rint(table)))
    if len(bad):
        raise ValueError(f"{name} is {table[bad[0]]:g}, expected whole numbers from 0")
    return table.astype(np.int64)


def _counted(frames: Whole) -> Whole:
    """Return 0, 1, 2, ... within each run of equal `frames` (n,), which never fall."""
    return np.arange(len(frames)) - np.searchsorted(frames, frames)
