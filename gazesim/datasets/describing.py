"""A proposal of the YAML file for a table that nobody has described: whose export it is, columns, units, rows."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import OmegaConf

from gazesim.datasets.eyelink import read_any
from gazesim.datasets.table import SESSIONS, TIMES
from gazesim.table import COMMA

MISSING = ("", ".", "n/a", "NA", "NaN", "nan", "None", "-")
FIELDS = {
    "trial": (
        "trial, trial id, image, image id, image name, image file, stimulus, stimulus name, stimulus id, "
        "presented stimulus name, presented media name, medianame, media name, media id, picture, display, page, "
        "trial index, trial label, trial number, section id"
    ),
    "observer": (
        "observer, subject, subject id, participant, participant name, participantname, participant id, person, user, "
        "user id, recording session label, recording id, recording name, recordingname"
    ),
    "x": "x, current fix x, fixation point x, fixationpointx, fixation x, fpogx, norm pos x, fix x, gaze x, x px",
    "y": "y, current fix y, fixation point y, fixationpointy, fixation y, fpogy, norm pos y, fix y, gaze y, y px",
    "index": (
        "index, current fix index, eye movement type index, fixationindex, fixation id, fpogid, fixation index, "
        "fixation number, fixation, id"
    ),
    "eye": "eye, eye used",
    "onset": (
        "onset, onset ms, onset s, current fix start, recording timestamp, recordingtimestamp, start timestamp, fpogs, "
        "start, start time, timestamp, time"
    ),
    "duration": (
        "duration, duration ms, duration s, current fix duration, gaze event duration, gazeeventduration, "
        "eye movement event duration, fpogd, fixation duration, dur"
    ),
}  # names of columns in small letters, without units, the likeliest first
UNIT_OF_TIME = re.compile(r"(?:[\[(]|[ _])(ns|us|µs|μs|ms|s)[\])]?$")


@dataclass(frozen=True)
class Tracker:
    """How a maker's export is written.

    signs   : names of columns, small and without units, that it has
    keys    : of the description
    times   : the units of onset and duration, where names of columns do not say them
    where   : which rows are fixations, by the names of columns as in `signs`
    """

    name: str
    signs: tuple[str, ...]
    keys: dict[str, Any] = field(default_factory=dict)
    times: tuple[str, str] | None = ("ms", "ms")
    where: dict[str, Any] = field(default_factory=dict)


TRACKERS = (
    Tracker("EyeLink .asc", ("image", "onset ms", "duration ms", "eye", "index")),
    Tracker("EyeLink fixation report", ("current fix x", "current fix y")),
    Tracker("Tobii export", ("fixation point x", "eye movement type"), where={"eye movement type": "Fixation"}),
    Tracker("Tobii Studio export", ("fixationpointx", "gazeeventtype"), where={"gazeeventtype": "Fixation"}),
    Tracker("Gazepoint export", ("fpogx", "fpogid"), {"unit": "share"}, ("s", "s"), {"fpogv": 1}),
    Tracker(
        "Pupil Labs surface export",
        ("norm pos x", "on surf"),
        {"unit": "share", "origin": "bottom_left"},
        ("s", "ms"),
        {"on surf": "True"},
    ),
    Tracker(
        "Pupil Player export", ("norm pos x", "dispersion"), {"unit": "share", "origin": "bottom_left"}, ("s", "ms")
    ),
    Tracker("Pupil Cloud export", ("fixation x", "section id")),
)


def describe(path: str | os.PathLike[str]) -> str:
    """Return the text of a YAML file that describes a table of fixations, with what has to be filled in or checked.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is no table, has no rows, or no columns that look like positions.
    """
    path = Path(path)
    table = read_any(path)
    if not len(table):
        raise ValueError(f"table {str(path)!r} has no rows")
    plain = {_plain(name): name for name in reversed(table.columns)}
    found: dict[str, str] = {}
    for what, names in FIELDS.items():
        if known := [name for name in names.split(", ") if name in plain]:
            found[what] = plain[known[0]]
    for axis in "xy":
        if axis not in found:
            names = ", ".join(map(repr, table.columns))
            raise ValueError(f"table {str(path)!r} has no column that looks like {axis} of fixations; it has {names}")
    tracker = next((each for each in TRACKERS if set(each.signs) <= set(plain)), None)
    where = {plain[name]: value for name, value in (tracker.where if tracker else {}).items() if name in plain}
    for column, value in where.items():
        table = table[table[column].astype(str).str.strip() == str(value)]
    if not len(table):
        raise ValueError(f"table {str(path)!r} has no row of a fixation, by {', '.join(where)}")
    return _text(path, table, found, tracker, where)


def _plain(name: str) -> str:
    """Return the name of a column small, without its unit in brackets."""
    return re.sub(r"\s*[\[(][^\])]*[\])]$", "", name).replace("_", " ").replace(".", " ").strip().lower()


def _text(
    path: Path, table: pd.DataFrame, found: dict[str, str], tracker: Tracker | None, where: dict[str, Any]
) -> str:
    keys: dict[str, Any] = dict(tracker.keys) if tracker else {}
    notes: list[str] = [f"# {tracker.name if tracker else 'A table'} as it looks; check each line"]
    xy = np.column_stack([_numbers(table, found[axis]) for axis in "xy"])
    if not np.isfinite(xy).any():
        raise ValueError(f"table {str(path)!r} has no number in {found['x']!r}")
    columns: dict[str, str] = {
        what: found[what] for what in ("trial", "observer", "x", "y", "index", "eye") if what in found
    }
    for number, what in enumerate(("onset", "duration")):
        if what in found:
            told = tracker.times[number] if tracker and tracker.times else None
            columns[f"{what}_{_unit(found[what], _numbers(table, found[what]), what, told)}"] = found[what]
    if tracker is None and np.nanmax(np.abs(xy)) <= 1.5:
        keys["unit"] = "share"
    if codes := sorted({code for axis in "xy" for code in MISSING if (table[found[axis]] == code).any()}):
        keys["missing"] = codes
    if where:
        keys["where"] = where
    sessions = [name for name in table.columns if name.lower() in SESSIONS]
    key = [*(found[what] for what in ("trial", "observer", "index", "eye") if what in found), *sessions]
    if "index" in found and table.duplicated(key).any():
        keys["every_row"] = "sample"
    if "eye" in found and (sides := sorted({str(s).strip().lower()[:1] for s in table[found["eye"]]})) == ["l", "r"]:
        keys["eye"] = {"l": "left", "r": "right"}[sides[0]]
    lines = [OmegaConf.to_yaml(OmegaConf.create({"table": path.name, "columns": columns, **keys})).rstrip()]
    for what, means in (("trial", "what was shown"), ("observer", "whose fixations they are")):
        if what not in found:
            lines.append(f"{what}:   # fill in: {means}, no column says it")
    (x0, y0), (x1, y1) = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    reach = f"x goes from {x0:g} to {x1:g}, y from {y0:g} to {y1:g}"
    if screen := table.attrs.get("screen"):
        lines += [f"width: {screen[0]}   # of the screen; {reach}", f"height: {screen[1]}"]
    else:
        lines += [
            f"width:    # fill in: of the displays, px; {reach}",
            "height:   # fill in; or trials: a list of them",
        ]
    lines += ["px_per_degree:   # fill in, or leave out", "task: free_viewing   # or search"]
    return "\n".join([*notes, *lines])


def _numbers(table: pd.DataFrame, name: str) -> Any:
    cells = table[name].astype(str).str.strip()
    cells = cells.where(~cells.str.fullmatch(COMMA), cells.str.replace(",", "."))
    return pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)


def _unit(name: str, values: Any, what: str, told: str | None) -> str:
    """Return the unit of a time: as the column's name says, as the maker writes it, or by its size."""
    if match := UNIT_OF_TIME.search(name):
        unit = match[1].replace("µ", "u").replace("μ", "u")
        if f"{what}_{unit}" in TIMES:
            return unit
    if told:
        return told
    if not np.isfinite(values).any():
        return "ms"
    usual = float(np.nanmedian(values if what == "duration" else np.abs(np.diff(values)))) if len(values) > 1 else 1.0
    return "s" if usual < 5 else "ms"
