"""The events of pymovements: one row an event, in a polars frame."""

import re
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_option
from gazesim.scanpath import Scanpath, from_columns

TRIAL, OBSERVER = "trial", "subject"
EYES = ("left", "right")
NAME = re.compile(r"fixation([._].+)?")


def to_pymovements(scanpaths: Sequence[Scanpath]) -> Any:
    """Return scanpaths as ``pymovements.Events``.

    Columns: trial, subject, name ("fixation"), onset, offset, duration (ms), location ([x, y], px).

    Raises
    ------
    ValueError
        If pymovements is not installed, or a scanpath lacks ids or durations. Without onsets, fixations follow one
        another from 0.
    """
    if find_spec("pymovements") is None:
        raise ValueError("Events need pymovements: pip install 'gazesim[trackers]'")
    import polars
    from pymovements import Events

    rows: dict[str, list[Any]] = {name: [] for name in (TRIAL, OBSERVER, "name", "onset", "offset", "location")}
    for path in scanpaths:
        if path.trial is None or path.observer is None or path.duration_ms is None:
            raise ValueError(f"{path!r} lacks a trial, an observer or durations, which events have")
        follow = np.concatenate([[0], np.cumsum(path.duration_ms)[:-1]])
        onset = follow if path.onset_ms is None else path.onset_ms
        rows[TRIAL] += [path.trial] * len(path)
        rows[OBSERVER] += [path.observer] * len(path)
        rows["name"] += ["fixation"] * len(path)
        rows["onset"] += onset.tolist()
        rows["offset"] += (onset + path.duration_ms).tolist()
        rows["location"] += path.xy.tolist()
    return Events(polars.DataFrame(rows), trial_columns=[TRIAL, OBSERVER])


def from_pymovements(
    events: Any, trial: str = TRIAL, observer: str = OBSERVER, *, detector: str | None = None, eye: str | None = None
) -> list[Scanpath]:
    """Return the fixations of pymovements events as scanpaths.

    Parameters
    ----------
    events
        ``pymovements.Events``, a ``Gaze`` with events, or the polars frame of either. Rows called fixation, or fixation
        and a detector such as fixation_eyelink or fixation.ivt, are read, with onset and offset (ms), and location
        ([x, y] or of two eyes [left x, left y, right x, right y], px; `Gaze.compute_event_properties` computes it with
        the property "location").
    trial, observer : str
        The columns that say which trial and whose events.
    detector : str, optional
        Whose fixations to read where several detectors found some, such as "eyelink".
    eye : str, optional
        "left" or "right", of two eyes.

    Raises
    ------
    ValueError
        If a column is missing, there is no fixation, or there are those of several detectors or of two eyes and none
        is chosen.
    """
    check_option("eye", eye, (None, *EYES))
    frame = getattr(getattr(events, "events", events), "frame", events)
    for column in (trial, observer, "name", "onset", "offset", "location"):
        if column not in frame.columns:
            raise ValueError(f"events have no column {column!r}; they have {', '.join(map(repr, frame.columns))}")
    rows = [row for row in frame.to_dicts() if NAME.fullmatch(str(row["name"]))]
    if not rows:
        raise ValueError("events hold no row called fixation")
    rows = _chosen(rows, eye, _of_detector(rows, detector))
    onset, offset = (np.array([row[name] for row in rows], float) for name in ("onset", "offset"))
    return from_columns(
        [str(row[trial]) for row in rows],
        [str(row[observer]) for row in rows],
        _positions([row["location"] for row in rows], eye),
        onset_ms=onset,
        duration_ms=offset - onset,
    )


def _of_detector(rows: list[dict[str, Any]], detector: str | None) -> str:
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    if detector is not None:
        names = [name for name in names if name.removeprefix("fixation")[1:] == detector]
        if not names:
            raise ValueError(
                f"detector is {detector!r}, but events have {', '.join(sorted({r['name'] for r in rows}))}"
            )
    if len(names) > 1:
        raise ValueError(f"events have {', '.join(names)}, expected those of one: give detector")
    return names[0]


def _chosen(rows: list[dict[str, Any]], eye: str | None, name: str) -> list[dict[str, Any]]:
    rows = [row for row in rows if str(row["name"]) == name]
    counts = Counter(str(row["eye"]) for row in rows if row.get("eye") is not None)
    if eye is None and len(counts) > 1:
        found = " and ".join(f"{count} of the {which} eye" for which, count in sorted(counts.items()))
        raise ValueError(f"events have fixations of two eyes ({found}), expected one: give eye")
    if eye is not None and counts:
        rows = [row for row in rows if str(row.get("eye")).lower()[:1] == eye[0]]
        if not rows:
            raise ValueError(f"events hold no fixation of the {eye} eye")
    return rows


def _positions(locations: list[Any], eye: str | None) -> NDArray[np.float64]:
    """Return x, y (n, 2) of locations of one eye, or of two of which one is chosen."""
    width = {len(location) for location in locations if location is not None}
    missing = sum(location is None for location in locations)
    if missing:
        raise ValueError(f"location is missing in {missing} of {len(locations)} fixations")
    if width == {2}:
        return np.array(locations, float)
    if not (len(width) == 1 and width <= {4, 6}):
        raise ValueError(f"location has {' or '.join(map(str, sorted(width)))} numbers, expected 2, or 4 of two eyes")
    if eye is None:
        raise ValueError("location is of two eyes, expected one: give eye")
    start = 2 * EYES.index(eye)
    return np.array(locations, float)[:, start : start + 2]
