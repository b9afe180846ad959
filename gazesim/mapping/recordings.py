"""Gaze of head-mounted eye trackers: exports of Pupil Labs (Core, Cloud) and Tobii (Pro Lab, Glasses 3)."""

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gazesim.checks import check_option
from gazesim.files import check_file
from gazesim.mapping.detections import Values
from gazesim.mapping.gaze import Beyond, Gaze, placed, read_gaze
from gazesim.table import read_table

FORMATS = ("csv", "pupil", "tobii")
FIXATIONS = ("fixations.csv", "gaze.csv", "gaze_positions.csv")
WORLD = "world_timestamps.csv"
CONFIDENCE = 0.6  # of Pupil Core, below which a sample is not used, as Pupil Player does


@dataclass(frozen=True, eq=False)
class Recorded:
    """Times and places as a file has them, ms and px; times of frames where the recording has them."""

    onset_ms: Values
    duration_ms: Values
    xy: Values
    frame_times_ms: Values | None


def read_recording(
    path: str | os.PathLike[str],
    frame_times_ms: Values,
    size: tuple[int, int],
    *,
    form: str | None = None,
    offset_ms: float | None = None,
    beyond: Beyond = "refuse",
) -> Gaze:
    """Return the fixations, or else the samples, of a recording.

    Parameters
    ----------
    path : path
        "csv": a table of your own, see `gaze.read_gaze`. "pupil": the folder that Pupil Cloud or Pupil Player exports,
        or its fixations.csv, gaze.csv or gaze_positions.csv; world_timestamps.csv beside it says when each frame was.
        "tobii": a TSV or CSV of Tobii Pro Lab, or gazedata(.gz) of Glasses 3; their times are those of the video.
    frame_times_ms : (k,)
        When each frame of the video begins; replaced by those of world_timestamps.csv.
    size : (int, int)
        Width and height of the frames in px.
    form : {"csv", "pupil", "tobii"}, optional
        By default what the name and the columns say.
    offset_ms, beyond
        See `gaze.placed`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or columns are missing; one line that names it.
    """
    path = Path(path)
    if form is not None:
        check_option("format of the gaze", form, FORMATS)
    if path.is_dir():
        path = next((path / name for name in FIXATIONS if (path / name).is_file()), path / FIXATIONS[0])
    check_file("gaze", path)
    jsonl = path.name.startswith("gazedata")
    if jsonl:
        recorded = _glasses(path, size)
    else:
        table = read_table(path)
        form = form or _form(list(table.columns))
        if form == "csv":
            return read_gaze(path, frame_times_ms, offset_ms=offset_ms, beyond=beyond)
        recorded = _pupil(table, path, size) if form == "pupil" else _tobii(table, path)
    times = frame_times_ms if recorded.frame_times_ms is None else recorded.frame_times_ms
    try:
        return placed(recorded.onset_ms, recorded.duration_ms, recorded.xy, times, offset_ms=offset_ms, beyond=beyond)
    except ValueError as error:
        raise ValueError(f"gaze {str(path)!r}: {error}") from None


def _form(header: list[str]) -> str:
    if any(name.startswith("Recording timestamp") for name in header):
        return "tobii"
    if "norm_pos_x" in header or any(name.endswith("[ns]") for name in header):
        return "pupil"
    return "csv"


def _numbers(table: pd.DataFrame, name: str, path: Path) -> Values:
    if name not in table.columns:
        raise ValueError(f"gaze {str(path)!r} has no column {name!r}; it has {', '.join(map(repr, table.columns))}")
    return np.asarray(pd.to_numeric(table[name], errors="coerce"), np.float64)


def _pupil(table: pd.DataFrame, path: Path, size: tuple[int, int]) -> Recorded:
    """Read a table of Pupil Cloud (ns, px) or Pupil Player (s, shares of the frame from the bottom left)."""
    cloud = any(str(name).endswith("[ns]") for name in table.columns)
    stamps = path.with_name(WORLD)
    check_file("times of the frames", stamps)
    world = read_table(stamps)
    column = "timestamp [ns]" if cloud else str(world.columns[0])
    frames = _numbers(world, column, stamps) * (1e-6 if cloud else 1e3)
    if cloud and "fixation x [px]" in table.columns:
        onset = _numbers(table, "start timestamp [ns]", path) * 1e-6
        duration = _numbers(table, "duration [ms]", path)
        xy = np.stack([_numbers(table, f"fixation {axis} [px]", path) for axis in "xy"], axis=1)
    elif cloud:
        onset = _numbers(table, "timestamp [ns]", path) * 1e-6
        duration = _steps(onset)
        xy = np.stack([_numbers(table, f"gaze {axis} [px]", path) for axis in "xy"], axis=1)
    else:
        fixations = "start_timestamp" in table.columns
        onset = _numbers(table, "start_timestamp" if fixations else "gaze_timestamp", path) * 1e3
        duration = _numbers(table, "duration", path) if fixations else _steps(onset)
        x, y = (_numbers(table, f"norm_pos_{axis}", path) for axis in "xy")
        xy = np.stack([x * size[0], (1 - y) * size[1]], axis=1)
        if "confidence" in table.columns:
            xy[_numbers(table, "confidence", path) < CONFIDENCE] = np.nan
    start = frames[0]  # large numbers lose digits
    return Recorded(onset - start, duration, xy, frames - start)


def _tobii(table: pd.DataFrame, path: Path) -> Recorded:
    """Read an export of Tobii Pro Lab: one row a fixation where it has fixations, else one a sample."""
    stamp = next((str(name) for name in table.columns if str(name).startswith("Recording timestamp")), None)
    if stamp is None:
        raise ValueError(f"gaze {str(path)!r} has no column 'Recording timestamp', expected an export of Tobii Pro Lab")
    times = _numbers(table, stamp, path) * (1e-3 if "μs" in stamp or "µs" in stamp else 1)

    def named(*starts: str) -> str | None:
        return next((str(name) for name in table.columns if str(name).startswith(starts)), None)

    kind, index, x = named("Eye movement type"), named("Eye movement type index"), named("Fixation point X")
    kind = "Eye movement type" if "Eye movement type" in table.columns else kind
    if kind is not None and index is not None and x is not None:
        on = np.asarray(table[kind] == "Fixation")
        number = _numbers(table, index, path)
        first = on & np.isfinite(number) & (np.concatenate([[np.nan], np.where(on, number, np.nan)[:-1]]) != number)
        length = named("Gaze event duration", "Eye movement event duration")
        if length is None:
            raise ValueError(f"gaze {str(path)!r} has no column 'Gaze event duration', which fixations need")
        duration = _numbers(table, length, path)
        points = [_numbers(table, name, path) for name in (x, x.replace(" X", " Y"))]
        xy = np.stack(points, axis=1)
        return Recorded(times[first], duration[first], xy[first], None)
    gaze_x = named("Gaze point X")
    if gaze_x is None:
        raise ValueError(f"gaze {str(path)!r} has neither fixations nor 'Gaze point X', expected one of them")
    xy = np.stack([_numbers(table, name, path) for name in (gaze_x, gaze_x.replace(" X", " Y"))], axis=1)
    return Recorded(times, _steps(times), xy, None)


def _glasses(path: Path, size: tuple[int, int]) -> Recorded:
    """Read the lines of JSON that Tobii Glasses 3 record: s since the first frame, shares of the frame."""
    times, places = [], []
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        for line in text.splitlines():
            fact = json.loads(line)
            if fact.get("type") == "gaze":
                times.append(1e3 * float(fact["timestamp"]))
                places.append(fact.get("data", {}).get("gaze2d", [np.nan, np.nan]))
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise ValueError(f"gaze {str(path)!r} is no gaze data of Glasses 3: {error}") from None
    onset = np.array(times)
    return Recorded(onset, _steps(onset), np.reshape(places, (-1, 2)) * size, None)


def _steps(times: Values) -> Values:
    """Return for each sample the typical time to the next."""
    known = times[np.isfinite(times)]
    step = float(np.median(np.diff(known))) if len(known) > 1 else 0.0
    return np.full(len(times), max(step, 0.0))
