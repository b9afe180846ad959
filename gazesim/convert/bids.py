"""Simulated gaze as a BIDS 1.11 derivative: fixation events of models, as eye-tracking folders hold those of people."""

import gzip
import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazesim import __version__
from gazesim.checks import check_at_least, check_positive
from gazesim.datasets.bids import EVENTS, Screen
from gazesim.files import writable_folder
from gazesim.scanpath import Scanpath

GAP_S = 1  # between two trials
COLUMNS = ("onset", "duration", "trial_type", "x_coordinate", "y_coordinate")


def write_bids(
    folder: str | os.PathLike[str],
    scanpaths: Sequence[Scanpath],
    *,
    task: str,
    screen: Screen,
    fixation_ms: float | None = None,
) -> Path:
    """Write scanpaths of models as a BIDS derivative, and return its folder; `load_bids` reads it.

    dataset_description.json                                   : that gazesim generated it
    participants.tsv                                           : the name of each model as it is, column observer
    sub-<model>/sub-<model>_sessions.tsv                       : of each session, where there are any, column session
    sub-<model>/[ses-<session>/]beh/sub-<model>_..._events.tsv : a row a trial: onset, duration (s), trial_type,
                                                                 stim_file, found
    sub-<model>/[...]/beh/..._recording-eye1_physioevents.tsv.gz: a row a fixation, columns as its JSON names them

    There are no samples: none were simulated. The folder appears when all is written.

    Parameters
    ----------
    folder : path
        Does not exist.
    scanpaths
        Each has a trial and an observer; a BIDS label has letters and digits only, others are left out of it.
    task : str
        Label of the task.
    screen : gazesim.datasets.bids.Screen
        On which positions are px.
    fixation_ms : float, optional
        The duration of the fixations of models that have no times; these then follow one another.

    Raises
    ------
    ValueError
        If something is there, an id is missing, two models or sessions have the same label, or there are no times.
    """
    folder = Path(folder)
    if folder.exists():
        raise ValueError(f"output folder {str(folder)!r} exists, expected a new one")
    if fixation_ms is not None:
        check_positive("fixation_ms", fixation_ms)
    check_at_least("the number of scanpaths", len(scanpaths), 1)
    by_model = _by_label(scanpaths)
    partial = writable_folder(folder.parent / f".{folder.name}.partial")
    try:
        _write_json(partial / "dataset_description.json", _description())
        named = [(f"sub-{label}", paths[0].observer) for label, paths in by_model.items()]
        (partial / "participants.tsv").write_text(_lines([("participant_id", "observer"), *named]), encoding="utf-8")
        for label, paths in by_model.items():
            subject = partial / f"sub-{label}"
            by_session = _by_label(paths, "session")
            for session, viewings in by_session.items():
                place = subject / f"ses-{session}" if session else subject
                name = f"sub-{label}_ses-{session}" if session else f"sub-{label}"
                base = place / "beh" / f"{name}_task-{_label(task)}"
                base.parent.mkdir(parents=True)
                _write_model(base, viewings, screen, fixation_ms)
            sessions = [(f"ses-{session}", viewings[0].session) for session, viewings in by_session.items() if session]
            if sessions:
                table = _lines([("session_id", "session"), *sessions])
                (subject / f"sub-{label}_sessions.tsv").write_text(table, encoding="utf-8")
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _description() -> dict[str, Any]:
    return {
        "Name": "Simulated gaze",
        "BIDSVersion": "1.11.1",
        "DatasetType": "derivative",
        "GeneratedBy": [
            {"Name": "gazesim", "Version": __version__, "Description": "simulated scanpaths, not recorded"}
        ],
    }


def _by_label(scanpaths: Sequence[Scanpath], field: str = "observer") -> dict[str, list[Scanpath]]:
    """Return scanpaths by the BIDS label of their observer or session; "" is that of none."""
    paths: dict[str, list[Scanpath]] = {}
    names: dict[str, str | None] = {}
    for path in scanpaths:
        if path.trial is None or path.observer is None:
            raise ValueError(f"{path!r} lacks a trial or an observer")
        name = getattr(path, field)
        label = "" if name is None else _label(name)
        if names.setdefault(label, name) != name:
            raise ValueError(f"{field}s {names[label]!r} and {name!r} have the same BIDS label {label!r}")
        paths.setdefault(label, []).append(path)
    return paths


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9]", "", name)
    if not label:
        raise ValueError(f"{name!r} has no letter or digit, of which BIDS labels are made")
    return label


def _write_model(base: Path, paths: list[Scanpath], screen: Screen, fixation_ms: float | None) -> None:
    trials, fixations, start = [], [], 0
    for path in paths:
        onset, duration = _times(path, fixation_ms)
        length = float(np.max(onset + duration))
        found = "n/a" if path.found is None else path.found
        trials.append((start, length, "trial", path.trial, found))
        for begin, lasts, (x, y) in zip(onset.tolist(), duration.tolist(), path.xy.tolist(), strict=True):
            fixations.append((start + begin, lasts, "fixation", x, y))
        start += int(np.ceil(length)) + GAP_S
    events, gaze = base.with_name(f"{base.name}_events"), base.with_name(f"{base.name}_recording-eye1")
    header = ("onset", "duration", "trial_type", "stim_file", "found")
    events.with_name(f"{events.name}.tsv").write_text(_lines([header, *trials]), encoding="utf-8")
    _write_json(
        events.with_name(f"{events.name}.json"),
        {
            "StimulusPresentation": {
                "ScreenDistance": screen.distance_m,
                "ScreenOrigin": ["top", "left"],
                "ScreenResolution": list(screen.resolution),
                "ScreenSize": list(screen.size_m),
            },
            "found": {"Description": "whether the simulated search ended on the target"},
        },
    )
    gaze.with_name(f"{gaze.name}{EVENTS}").write_bytes(gzip.compress(_lines(fixations).encode(), mtime=0))
    _write_json(
        gaze.with_name(f"{gaze.name}_physioevents.json"),
        {
            "Columns": list(COLUMNS),
            "OnsetSource": "timestamp",
            "Description": "simulated fixations; there are no samples",
            "onset": {"Units": "s"},
            "duration": {"Units": "s"},
            "x_coordinate": {"Units": "pixel"},
            "y_coordinate": {"Units": "pixel"},
        },
    )


def _times(path: Scanpath, fixation_ms: float | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return onsets and durations, s."""
    duration = path.duration_ms
    if duration is None:
        if fixation_ms is None:
            raise ValueError(f"{path!r} has no durations, which BIDS needs: give fixation_ms")
        duration = np.full(len(path), float(fixation_ms))
    onset = np.concatenate([[0], np.cumsum(duration)[:-1]]) if path.onset_ms is None else path.onset_ms
    return onset / 1000, duration / 1000


def _lines(rows: Sequence[Sequence[object]]) -> str:
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
