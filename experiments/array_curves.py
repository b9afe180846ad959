"""Models on the object arrays beside people: how often the target is found by the n-th object looked at.

    python experiments/array_curves.py /data/object_arrays --weights vgg16 --displays 60 --out runs/arrays

Displays with the target present, evenly spaced over those that were shown; the models search them, seen at `--seen` px
per degree, and the table has the share found by the first to the sixth saccade, with the people of all displays and of
these. A run that was stopped continues.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import gazesim
from gazesim.datasets import DataSet

MODELS = ("eccnet", "template")
LONGEST = 6


def main() -> None:
    """Run, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", default="vgg16")
    parser.add_argument("--displays", type=int, default=60)
    parser.add_argument("--seen", type=float, default=15.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = gazesim.load_dataset("object_arrays", given.folder)
    given.out.mkdir(parents=True, exist_ok=True)
    rows = given.out / "rows.jsonl"
    run(data, rows, given)
    print(table(data, [json.loads(line) for line in rows.read_text().splitlines()]).to_string())


def run(data: DataSet, rows: Path, given: argparse.Namespace) -> None:
    """Append one line of JSON for each display and model."""
    done = {
        (row["trial"], row["model"]) for row in map(json.loads, rows.read_text().splitlines() if rows.exists() else ())
    }
    present = [trial for trial in data.trials if trial.present]
    models = {name: _load(name, given) for name in MODELS}
    for number in range(given.displays):
        trial = present[number * len(present) // given.displays].replace()
        for name, model in models.items():
            if (trial.id, name) in done:
                continue
            began = time.process_time()
            path = model.search(trial, progress=False)
            row = {"trial": trial.id, "model": name, "saccades": len(path) - 1 if path.found else None}
            with rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, "s": time.process_time() - began}) + "\n")


def _load(name: str, given: argparse.Namespace) -> Any:
    own = {} if name == "template" else {"weights": given.weights, "resample_px_per_degree": given.seen}
    return gazesim.load_model(name, **own)


def table(data: DataSet, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the share found by each saccade; of people the objects looked at count, repeats too, and then without."""
    frame = pd.DataFrame(rows)
    chosen = set(frame["trial"])
    present = {trial.id for trial in data.trials if trial.present}
    found = {name: own["saccades"].to_list() for name, own in frame.groupby("model")}
    for label, ids in (("people", present), ("people, these displays", chosen)):
        paths = [path for path in data.scanpaths if path.trial in ids]
        found[label] = [len(path) - 1 if path.found else None for path in paths]
        found[f"{label}, new objects"] = [len(np.unique(path.xy[1:], axis=0)) if path.found else None for path in paths]
    curves = {
        name: [np.mean([n is not None and n <= k for n in map(_whole, counts)]) for k in range(1, LONGEST + 1)]
        for name, counts in found.items()
    }
    shown = pd.DataFrame(curves, index=range(1, LONGEST + 1)).T.round(3)
    shown["searches"] = [len(found[name]) for name in shown.index]
    return shown


def _whole(count: float | None) -> float | None:
    return None if count is None or np.isnan(count) else count


if __name__ == "__main__":
    main()
