"""EyeLink .asc files: the fixations that the tracker found, a row each."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from gazesim.files import check_file
from gazesim.table import Source, read_table

COLUMNS = ("trial", "image", "eye", "index", "onset_ms", "duration_ms", "x", "y")
IMAGE = re.compile(r"(?:!V IMGLOAD \w+|!V TRIAL_VAR image|IMAGE|STIMULUS)\s+(\S+)", re.IGNORECASE)
SCREEN = re.compile(r"(?:DISPLAY_COORDS|GAZE_COORDS)\s*=?\s*([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)")


def read_any(source: Source, **form: Any) -> pd.DataFrame:
    """Return a table as `gazesim.table.read_table` does, or the fixations of an .asc file."""
    if isinstance(source, str | os.PathLike) and Path(source).suffix.lower() == ".asc":
        return read_asc(Path(source))
    return read_table(source, **form)


def read_asc(path: Path) -> pd.DataFrame:
    """Return the fixations (EFIX) of an .asc file, without its samples.

    trial is what TRIALID said, else the number of the recording; image is the picture that a message named last, ""
    where none did; onset_ms counts from START; positions are the tracker's own means, px of the screen, "." where it
    lost them.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it has no fixations; one line.
    """
    check_file("table", path)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    rows: list[tuple[object, ...]] = []
    trial, image, start, blocks = "", "", 0.0, 0
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if words[0] == "MSG":
            trial, image = _message(words, trial, image)
        elif words[0] == "START":
            start, blocks = float(words[1]), blocks + 1
        elif words[0] == "EFIX":
            if len(words) < 7:
                raise ValueError(
                    f"table {str(path)!r} row {number} has {len(words)} values, expected 7 or more of EFIX"
                )
            _, eye, onset, _, lasts, x, y = words[:7]
            rows.append((trial or blocks, image, eye, len(rows), float(onset) - start, float(lasts), x, y))
    if not rows:
        raise ValueError(f"table {str(path)!r} has no fixations (EFIX), convert it with the events of edf2asc")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs["screen"] = _screen(lines)
    return frame


def _message(words: list[str], trial: str, image: str) -> tuple[str, str]:
    """Return what the trial and its picture are called after a message."""
    text = " ".join(words[2:])
    if text.startswith("TRIALID"):
        return text.removeprefix("TRIALID").strip(" :"), ""
    if found := IMAGE.match(text):
        return trial, found[1].replace("\\", "/").rpartition("/")[2]
    return trial, image


def _screen(lines: Iterable[str]) -> tuple[int, int] | None:
    """Return the width and height of the screen, px, or None."""
    for line in lines:
        if line.startswith("MSG") and (found := SCREEN.search(line)):
            x0, y0, x1, y1 = map(float, found.groups())
            return int(x1 - x0) + 1, int(y1 - y0) + 1
    return None
