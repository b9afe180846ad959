"""Fixations or gaze samples of a video, and in which frame each lies."""

import os
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import as_floats, as_numbers, check_columns, check_finite, check_option
from gazesim.mapping.detections import Values, Whole, named_errors
from gazesim.table import numbers, read_table, shown

Beyond = Literal["refuse", "drop"]


@dataclass(frozen=True, eq=False)
class Gaze:
    """Fixations, or samples, in the order of time.

    frame       : int64 (n,), the frame in which each lies: that of its middle
    xy          : float64 (n, 2), px of the frame, x right, y down
    onset_ms    : float64 (n,), since the first frame
    duration_ms : float64 (n,)
    """

    frame: Whole
    xy: Values
    onset_ms: Values
    duration_ms: Values

    def __len__(self) -> int:
        return len(self.frame)


def gaze_table(frame: ArrayLike, xy: ArrayLike, onset_ms: ArrayLike, duration_ms: ArrayLike) -> Gaze:
    """Return gaze whose frames are known, ordered by onset.

    Raises
    ------
    ValueError
        If there is none, a number is not finite, a frame is no whole number from 0, or a duration is below 0.
    """
    frames = as_floats("frame", frame, ("n",))
    n = len(frames)
    if not n:
        raise ValueError("gaze has no rows, expected at least one fixation or sample")
    bad = np.flatnonzero((frames < 0) | (frames != np.rint(frames)))
    if len(bad):
        raise ValueError(f"frame of the gaze is {frames[bad[0]]:g}, expected whole numbers from 0")
    places = as_floats("xy of the gaze", xy, (n, 2))
    onsets, durations = as_floats("onset_ms", onset_ms, (n,)), as_floats("duration_ms", duration_ms, (n,))
    if (durations < 0).any():
        raise ValueError(f"duration_ms is {durations.min():g}, expected at least 0")
    order = np.argsort(onsets, kind="stable")
    return Gaze(frames[order].astype(np.int64), places[order], onsets[order], durations[order])


def placed(
    onset_ms: ArrayLike,
    duration_ms: ArrayLike,
    xy: ArrayLike,
    frame_times_ms: ArrayLike,
    *,
    offset_ms: float | None = None,
    beyond: Beyond = "refuse",
) -> Gaze:
    """Return gaze in the frames that were shown in the middle of each fixation or sample.

    Parameters
    ----------
    onset_ms, duration_ms : (n,)
        Of one clock.
    xy : (n, 2)
        px of the frames. Rows that are not finite (blinks) are left out.
    frame_times_ms : (k,)
        When each frame begins.
    offset_ms : float, optional
        What to add to the times of the gaze to get those of the frames. Needed where the clocks differ.
    beyond : {"refuse", "drop"}
        What to do with gaze before the first or after the last frame.

    Raises
    ------
    ValueError
        If gaze lies beyond the video, or none within it: then the clocks differ, and an offset is asked for.
    """
    check_option("beyond", beyond, ("refuse", "drop"))
    onsets, lasts = as_numbers("onset_ms", onset_ms, ("n",)), as_numbers("duration_ms", duration_ms, ("n",))
    places, starts = as_numbers("xy of the gaze", xy, (len(onsets), 2)), _frame_times(frame_times_ms)
    seen = np.isfinite(places).all(axis=1) & np.isfinite(onsets) & np.isfinite(lasts)
    onsets, lasts, places = onsets[seen], lasts[seen], places[seen]
    if offset_ms is not None:
        check_finite("offset_ms", offset_ms)
        onsets = onsets + offset_ms
    middles = onsets + lasts / 2
    end = starts[-1] + (np.median(np.diff(starts)) if len(starts) > 1 else 40)
    inside = (middles >= starts[0]) & (middles < end)
    if not len(middles):
        raise ValueError("gaze has no row with a time and a place, expected at least one")
    if not inside.any():
        raise ValueError(
            f"no gaze lies within the video: gaze from {middles.min():.0f} to {middles.max():.0f} ms, video from "
            f"{starts[0]:.0f} to {end:.0f} ms; if their clocks differ, give offset_ms, which is added to the gaze"
        )
    if beyond == "refuse" and not inside.all():
        raise ValueError(
            f"{(~inside).sum()} of {len(inside)} rows of gaze lie beyond the video, from {starts[0]:.0f} to {end:.0f} "
            f"ms, the first at {middles[~inside][0]:.0f} ms; beyond=drop leaves them out, or give offset_ms"
        )
    frames = np.searchsorted(starts, middles[inside], side="right") - 1
    return gaze_table(frames, places[inside], onsets[inside] - starts[0], lasts[inside])


def check_within(gaze: Gaze, n_frames: int) -> None:
    """Raise ValueError if gaze lies in frames that the video has not."""
    late = gaze.frame >= n_frames
    if late.any():
        raise ValueError(
            f"{late.sum()} of {len(gaze)} rows of gaze lie beyond the video, the first in frame "
            f"{gaze.frame[late][0]}, expected 0 to {n_frames - 1}"
        )


def read_gaze(
    path: str | os.PathLike[str],
    frame_times_ms: ArrayLike,
    *,
    offset_ms: float | None = None,
    beyond: Beyond = "refuse",
) -> Gaze:
    """Return the gaze of a table: x, y, and either frame or onset_ms; duration_ms if it has it, else one frame.

    Rows without x and y (blinks) are left out.

    See `placed` for the other parameters and what is raised, in a line that names the file.
    """
    named = shown(path)
    table = read_table(path)
    check_columns(named, table.columns, ("x", "y"))
    timed = "onset_ms" in table.columns
    if not timed and "frame" not in table.columns:
        raise ValueError(f"{named} has neither column 'onset_ms' nor 'frame', expected one of them")
    starts = _frame_times(frame_times_ms)
    step = float(np.median(np.diff(starts))) if len(starts) > 1 else 40.0
    with named_errors(named):
        xy = np.stack([numbers(table, name, missing=("", "nan", "NaN")) for name in ("x", "y")], axis=1)
        lasts = numbers(table, "duration_ms") if "duration_ms" in table.columns else np.full(len(table), step)
        if timed:
            return placed(numbers(table, "onset_ms"), lasts, xy, starts, offset_ms=offset_ms, beyond=beyond)
        frames = numbers(table, "frame")
        late = frames >= len(starts)
        if late.any() and beyond == "refuse":
            raise ValueError(
                f"{late.sum()} of {len(frames)} rows of gaze lie beyond the video, the first in frame "
                f"{frames[late][0]:g}, expected 0 to {len(starts) - 1}; beyond=drop leaves them out"
            )
        kept = ~late & np.isfinite(xy).all(axis=1)
        frames = frames[kept]
        onsets = starts[np.clip(frames, 0, None).astype(np.int64)] - starts[0]
        return gaze_table(frames, xy[kept], onsets, lasts[kept])


def _frame_times(frame_times_ms: ArrayLike) -> Values:
    starts = as_floats("frame_times_ms", frame_times_ms, ("k",))
    if not len(starts) or (np.diff(starts) <= 0).any():
        raise ValueError("frame_times_ms do not rise from frame to frame, expected at least one time, and rising ones")
    return starts
