"""A small stimulus set, and files as experiments save them, made without a browser."""

import csv
from datetime import datetime, timedelta

import numpy as np

from gazesim.experiment.order import participant_order
from gazesim.experiment.session import FILE_COLUMNS
from gazesim.runs.record import trials_digest

BEGAN = datetime(2026, 1, 31, 12, 0, 0)


def session_rows(trials, name, *, seed=0, slope=(20, 40), noise=50.0, errors=0.05, began=BEGAN, practice=2):
    """The rows of a session: intercept 450 ms, `slope` ms per item where the target is present, and where absent."""
    random = np.random.default_rng(seed)
    digest, elapsed, rows = trials_digest(trials), 5000.0, []
    order = participant_order(len(trials), 0, name)
    for place, trial in [*enumerate(trials[:practice]), *enumerate(trials[number] for number in order)]:
        practising = len(rows) < practice
        right = bool(random.random() >= errors)
        rt = round(max(220.0, 450 + slope[not trial.present] * trial.set_size + noise * random.normal()), 1)
        row = {
            "set_sha256": digest,
            "program": "jspsych",
            "observer": name,
            "session": began.isoformat(timespec="milliseconds") + "Z",
            "practice": str(practising).lower(),
            "trial": f"practice {place}" if practising else trial.id,
            "index": place,
            "condition": trial.condition,
            "set_size": trial.set_size,
            "present": str(trial.present).lower(),
            "response": "present" if trial.present == right else "absent",
            "correct": str(right).lower(),
            "rt_ms": rt,
            "elapsed_ms": elapsed,
            "clock": (began + timedelta(milliseconds=elapsed)).isoformat(timespec="milliseconds") + "Z",
            "longest_frame_ms": 16.7,
            "screen_px_per_degree": 38.2,
        }
        rows.append({column: row[column] for column in FILE_COLUMNS})
        elapsed += rt + 1500
    return rows


def write_session(path, rows):
    """Write rows as the page does: all cells in quotation marks."""
    path.parent.mkdir(exist_ok=True, parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FILE_COLUMNS, quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
    return path
