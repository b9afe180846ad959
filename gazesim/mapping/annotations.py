"""Boxes that other programs wrote: COCO and CVAT files, YOLO folders; and areas of interest that move."""

import json
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazesim.checks import check_columns, check_option
from gazesim.files import check_file
from gazesim.mapping.detections import BOX, Detections, detections, read_detections, words_of
from gazesim.mapping.video import frame_number
from gazesim.table import numbers, read_table, row, shown

Row = tuple[int, tuple[float, float, float, float], str, float]  # frame, box, class or label, score
FORMATS = ("csv", "coco", "yolo", "cvat", "areas")


def read_boxes(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    form: str | None = None,
    n_frames: int | None = None,
    names: Sequence[str] | None = None,
) -> Detections:
    """Return the boxes of a file or folder; what a box is called there becomes its label.

    Parameters
    ----------
    path : path
        "csv": see `detections.read_detections`. "coco": instances with images, annotations and categories; frames
        are numbered by the last number in the file name, counted from the lowest. "cvat": XML "for video" or "for
        images". "yolo": a folder with one text file a frame, numbered by its name from the lowest, lines "class x y
        width height [confidence]" as shares of the frame. "areas": a CSV with label, frame, x0, y0, x1, y1 at key
        frames, between which each label's box moves in a straight line.
    size : (int, int)
        Width and height of the frames in px.
    form : {"csv", "coco", "yolo", "cvat", "areas"}, optional
        By default what the suffix says: .csv, .json, .xml, a folder.
    n_frames : int, optional
        Of the video.
    names : sequence of str, optional
        Of YOLO's classes; by default those in classes.txt or obj.names of the folder, else their numbers.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file or it is none of that kind; one line that names it.
    """
    path = Path(path)
    if form is None:
        form = "yolo" if path.is_dir() else {".csv": "csv", ".json": "coco", ".xml": "cvat"}.get(path.suffix.lower())
        if form is None:
            raise ValueError(f"boxes {str(path)!r}: the suffix says no format, expected one of {', '.join(FORMATS)}")
    check_option("format of the boxes", form, FORMATS)
    if form == "csv":
        return read_detections(path, size, n_frames)
    try:
        rows = (
            {"coco": _coco, "cvat": _cvat, "areas": _areas}[form](path) if form != "yolo" else _yolo(path, size, names)
        )
        if not rows:
            raise ValueError("no boxes, expected at least one")
        frame, boxes, labels, scores = zip(*rows, strict=True)
        scored = bool(np.isfinite(scores).all())
        return detections(
            frame,
            np.array(boxes),
            size,
            n_frames=n_frames,
            scores={"confidence": np.array(scores)} if scored else None,
            labels=list(labels),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"boxes {str(path)!r} are no {form.upper()} file: {type(error).__name__} {error}") from None
    except ValueError as error:
        raise error if str(path) in str(error) else ValueError(f"boxes {str(path)!r}: {error}") from None


def _coco(path: Path) -> list[Row]:
    check_file("boxes", path)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(facts, dict) or not {"images", "annotations"} <= set(facts):
        raise ValueError("is no COCO file, expected an object with 'images', 'annotations' and 'categories'")
    names = {category["id"]: str(category["name"]) for category in facts.get("categories", [])}
    numbers = {image["id"]: frame_number(Path(str(image["file_name"])).stem) for image in facts["images"]}
    if len(set(numbers.values())) < len(numbers) or -1 in numbers.values():
        raise ValueError("names of images have no numbers, or the same ones twice; expected one number a frame")
    lowest = min(numbers.values(), default=0)
    rows: list[Row] = []
    for one in facts["annotations"]:
        x, y, width, height = (float(value) for value in one["bbox"])
        name = names.get(one["category_id"], str(one["category_id"]))
        box = (x, y, x + width, y + height)
        rows.append((numbers[one["image_id"]] - lowest, box, name, float(one.get("score", np.nan))))
    return rows


def _yolo(folder: Path, size: tuple[int, int], names: Sequence[str] | None) -> list[Row]:
    if not folder.is_dir():
        raise ValueError("is no folder, expected one with a text file a frame")
    listed = ("classes.txt", "obj.names")
    own = next((folder / name for name in listed if (folder / name).is_file()), None)
    if names is None and own is not None:
        names = own.read_text(encoding="utf-8").split("\n")
    files = sorted(file for file in folder.glob("*.txt") if file.name not in listed)
    if not files:
        raise ValueError("the folder has no text files, expected one a frame")
    numbers = [frame_number(file.stem) for file in files]
    if min(numbers) < 0 or len(set(numbers)) < len(numbers):
        raise ValueError("names of text files have no numbers, or the same ones twice; expected one number a frame")
    width, height = size
    rows: list[Row] = []
    for file, number in zip(files, numbers, strict=True):
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            cells = text.split()
            if not cells:
                continue
            try:
                kind, (x, y, w, h) = int(cells[0]), (float(cell) for cell in cells[1:5])
                score = float(cells[5]) if len(cells) > 5 else float("nan")
            except ValueError:
                raise ValueError(
                    f"{file.name} row {line} is {text!r}, expected class x y width height [confidence]"
                ) from None
            name = names[kind].strip() if names is not None and kind < len(names) else str(kind)
            box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
            rows.append((number - min(numbers), box, name, score))
    return rows


def _cvat(path: Path) -> list[Row]:
    check_file("boxes", path)
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"is no XML: {error}") from None
    if root.tag != "annotations":
        raise ValueError(f"is no CVAT file, its first tag is {root.tag!r}, expected 'annotations'")
    rows: list[Row] = []
    for track in root.iter("track"):
        rows += [
            (int(box.attrib["frame"]), _corners(box.attrib), track.attrib["label"], float("nan"))
            for box in track.iter("box")
            if box.attrib.get("outside", "0") != "1"
        ]
    for image in root.iter("image"):
        rows += [
            (int(image.attrib["id"]), _corners(box.attrib), box.attrib["label"], float("nan"))
            for box in image.iter("box")
        ]
    return rows


def _corners(attributes: dict[str, str]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(attributes[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    return x0, y0, x1, y1


def _areas(path: Path) -> list[Row]:
    table = read_table(path)
    named = shown(path)
    check_columns(named, table.columns, ("label", "frame", *BOX))
    labels = np.array(words_of(table, "label"))
    if (labels == "").any():
        raise ValueError(f"{named} {row(table, int((labels == '').argmax()))} has no label")
    frames = numbers(table, "frame")
    boxes = np.stack([numbers(table, name) for name in BOX], axis=1)
    rows: list[Any] = []
    for label in dict.fromkeys(labels.tolist()):
        own = np.flatnonzero(labels == label)
        own = own[np.argsort(frames[own], kind="stable")]
        keys = frames[own]
        if (np.diff(keys) == 0).any() or (keys != np.rint(keys)).any():
            raise ValueError(f"{named}: frames of {label!r} are not whole numbers, or one is duplicated")
        between = np.arange(keys[0], keys[-1] + 1)
        moved = np.stack([np.interp(between, keys, boxes[own, side]) for side in range(4)], axis=1)
        rows += [
            (int(frame), tuple(box), label, float("nan")) for frame, box in zip(between, moved.tolist(), strict=True)
        ]
    return rows
