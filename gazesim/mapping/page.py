"""What a person labels frames with: one HTML page that needs no network, or pictures and a table to fill in."""

import base64
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from gazesim.files import atomic_path, writable_folder
from gazesim.mapping.detections import BACKGROUND, Detections, write_labels
from gazesim.mapping.figures import annotated, colours_of
from gazesim.mapping.video import Video

PAGE = "label.html"
TO_FILL = "to_label.csv"


def write_label_page(
    path: str | os.PathLike[str],
    video: Video,
    found: Detections,
    frames: Sequence[int],
    names: Sequence[str],
    proposals: Sequence[str] | None = None,
) -> None:
    """Write a page with `frames` and their boxes, to be labelled by clicks; it saves a CSV (frame, box, label).

    Parameters
    ----------
    path : path
        Where to; the page is one file and asks nothing of any network.
    video : Video
    found : Detections
    frames : sequence of int
        In the order in which they are shown.
    names : sequence of str
        Of the labels that can be clicked; "background" is always among them, others can be added on the page.
    proposals : sequence of str, optional
        A label for each box that a click confirms or changes, "" for none.

    Raises
    ------
    ValueError
        If a frame has no boxes.
    """
    check_labellable(found, frames)
    shown = []
    for frame in frames:
        rows = range(len(found))[found.rows(frame)]
        boxes = [
            {
                "number": int(found.number[row]),
                "box": [round(float(side), 1) for side in found.boxes[row]],
                "label": "" if proposals is None else str(proposals[row]),
            }
            for row in sorted(rows, key=lambda row: -np.prod(found.boxes[row, 2:] - found.boxes[row, :2]))
        ]
        shown.append({"frame": int(frame), "boxes": boxes, "picture": _data_uri(video[frame])})
    every = [*(name for name in names if name != BACKGROUND), BACKGROUND]
    environment = Environment(
        loader=PackageLoader("gazesim.mapping", ""), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    here = Path(__file__).parent
    page = environment.get_template("page.html").render(
        width=video.size[0],
        height=video.size[1],
        facts={"frames": shown, "names": every, "colours": colours_of(every), "size": list(video.size)},
        style=(here / "page.css").read_text(encoding="utf-8"),
        script=(here / "page.js").read_text(encoding="utf-8"),
    )
    with atomic_path(path) as partial:
        partial.write_text(page, encoding="utf-8")


def write_label_pictures(
    folder: str | os.PathLike[str],
    video: Video,
    found: Detections,
    frames: Sequence[int],
    proposals: Sequence[str] | None = None,
) -> list[Path]:
    """Write each frame as a picture with numbered boxes, and to_label.csv (frame, box, label) to fill in.

    Raises
    ------
    ValueError
        If a frame has no boxes, or the folder cannot be written.
    """
    check_labellable(found, frames)
    folder = writable_folder(folder)
    files = []
    for frame in frames:
        file = folder / f"frame_{frame:06d}.png"
        with atomic_path(file) as partial:
            annotated(video[frame], found, frame).save(partial)
        files.append(file)
    rows = [row for frame in frames for row in range(len(found))[found.rows(frame)]]
    words = [""] * len(found) if proposals is None else proposals
    write_labels(folder / TO_FILL, found, words, rows)
    return [*files, folder / TO_FILL]


def check_labellable(found: Detections, frames: Sequence[int]) -> None:
    """Raise ValueError if one of `frames` has no boxes."""
    for frame in frames:
        rows = found.rows(frame)
        if rows.start == rows.stop:
            raise ValueError(f"frame {frame} has no boxes, expected at least one to label")


def _data_uri(picture: NDArray[np.uint8]) -> str:
    with io.BytesIO() as buffer:
        Image.fromarray(picture).save(buffer, format="JPEG", quality=85)
        return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
