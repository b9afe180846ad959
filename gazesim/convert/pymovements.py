"""The events of pymovements: one row an event, in a polars frame."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from gazesim.scanpath import Scanpath, from_columns

TRIAL, OBSERVER = "trial", "subject"


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
        raise ValueError("Events need pymovements: pip install pymovements")
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


def from_pymovements(events: Any, trial: str = TRIAL, observer: str = OBSERVER) -> list[Scanpath]:
    """Return the fixations of pymovements events as scanpaths.

    Parameters
    ----------
    events
        ``pymovements.Events`` or its polars frame. Rows called fixation or fixation.<method> are read, with onset and
        offset (ms), and location ([x, y], px; `Events` computes it with the property "location").
    trial, observer : str
        The columns that say which trial and whose events.

    Raises
    ------
    ValueError
        If a column is missing, or there is no fixation.
    """
    frame = getattr(events, "frame", events)
    for column in (trial, observer, "name", "onset", "offset", "location"):
        if column not in frame.columns:
            raise ValueError(f"events have no column {column!r}; they have {', '.join(map(repr, frame.columns))}")
    rows = [row for row in frame.to_dicts() if str(row["name"]).split(".")[0] == "fixation"]
    if not rows:
        raise ValueError("events hold no row called fixation")
    onset, offset = (np.array([row[name] for row in rows], float) for name in ("onset", "offset"))
    return from_columns(
        [str(row[trial]) for row in rows],
        [str(row[observer]) for row in rows],
        np.array([row["location"] for row in rows], float),
        onset_ms=onset,
        duration_ms=offset - onset,
    )
