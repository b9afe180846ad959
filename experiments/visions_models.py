"""Models on a search set of ViSioNS, picture by picture, as far as there is time; then the table.

    python experiments/visions_models.py FOLDER --weights vgg16 --out runs/interiors
    python experiments/visions_models.py FOLDER --out runs/interiors --table

`gazesim score metric=visions` computes the same for all people of a display, which takes hours with VGG16 on a
processor. Here every model searches every picture, but only one person's fixations on it are predicted, one after
another; pictures follow each other in an order that is even over the set, so that the run may be stopped after any, and
continued. The table has the mean over displays, the 95 % interval, and the processor time of a display.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import gazesim
from gazesim.datasets import DataSet
from gazesim.metrics.statistics import crossed_mean
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.viewing import viewings
from gazesim.scoring.visions import OF_MAPS, SETS, next_fixation
from gazesim.search.loop import SearchModel

MODELS = ("chance", "centre_bias", "template", "ibs", "nnibs", "ivsn", "eccnet")
NETWORKS = ("nnibs", "ivsn", "eccnet")
SLOW, EVERY = ("ivsn", "eccnet"), 3  # whose maps are computed on every third picture
STRIDE = 55  # has no divisor in common with the number of pictures


def main() -> None:
    """Run, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dataset", default="interiors")
    parser.add_argument("--weights", default="vgg16")
    parser.add_argument("--px-per-degree", type=float, default=34.0, help="of the pictures")
    parser.add_argument("--seen", type=float, default=15.0, help="px per degree at which networks see them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, help="how many, else all")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    data = gazesim.load_dataset(given.dataset, given.folder, px_per_degree=given.px_per_degree)
    given.out.mkdir(parents=True, exist_ok=True)
    rows = given.out / "rows.jsonl"
    if given.table:
        print(table(data, [json.loads(line) for line in rows.read_text().splitlines()]).to_string())
    else:
        run(data, rows, given)


def run(data: DataSet, rows: Path, given: argparse.Namespace) -> None:
    """Append one line of JSON for each picture and model to `rows`."""
    done = {
        (row["trial"], row["model"]) for row in map(json.loads, rows.read_text().splitlines() if rows.exists() else ())
    }
    models = {name: _load(name, given.weights, given.seen) for name in given.models}
    count = len(data.trials)
    for number in range(given.pictures or count):
        trial = data.trials[number * STRIDE % count].replace()
        looked = None
        for name, model in models.items():
            if (trial.id, name) in done:
                continue
            looked = looked or viewings(data, [trial], 0)[0]
            began = time.process_time()
            path = model.search(trial, max_fixations=SETS[data.name].longest - 1, progress=False)
            searched = time.process_time()
            person = looked.people[number % len(looked.people)].path
            values = (
                {}
                if name in SLOW and number % EVERY
                else predict(Candidate(name, model), trial, person.xy, looked.centre_bias)
            )
            row = {"trial": trial.id, "model": name, "xy": path.xy.tolist(), "found": path.found}
            row |= {"person": person.observer, **values, "steps": len(person) - 1 if values else 0}
            row |= {"search_s": searched - began, "maps_s": time.process_time() - searched}
            with rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


def _load(name: str, weights: str, seen: float) -> SearchModel:
    return gazesim.load_model(
        name, **({"weights": weights, "resample_px_per_degree": seen} if name in NETWORKS else {})
    )


def predict(model: Candidate, trial: gazesim.Trial, xy: Any, centre_bias: Any) -> dict[str, float]:
    """Return the mean of each measure of the maps over the fixations of one person but the first."""
    at = np.trunc(xy).astype(int).clip(0, [trial.width - 1, trial.height - 1])
    steps = [next_fixation(model.next_map(trial, xy[:n]), centre_bias, at[n]) for n in range(1, len(xy))]
    return dict(zip(OF_MAPS, np.mean(steps, axis=0).tolist(), strict=True))


def table(data: DataSet, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the values with intervals, of each model on the pictures that it has done."""
    frame = pd.DataFrame(rows)
    kept = set(frame["trial"])
    paths = {
        name: [gazesim.Scanpath(np.array(row.xy), found=row.found, trial=row.trial) for row in own.itertuples()]
        for name, own in frame.groupby("model", sort=False)
    }
    part = replace(
        data,
        trials=[trial for trial in data.trials if trial.id in kept],
        scanpaths=[path for path in data.scanpaths if path.trial in kept],
        limits={key: limit for key, limit in data.limits.items() if key[0] in kept},
    )
    summary = gazesim.score(paths, part, "visions").summary
    found = {(row.model, row.part): f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in summary.itertuples()}
    for name, own in frame.groupby("model"):
        for part_name in OF_MAPS:
            mean, low, high, *_ = crossed_mean(own[part_name].dropna().to_numpy(float)[None])
            found[name, part_name] = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
        found[name, "search s"] = f"{own['search_s'].mean():.1f}"
        found[name, "s a map"] = f"{own['maps_s'].sum() / own['steps'].sum():.2f}"
        found[name, "displays"] = str(len(own))
    found["people", "displays"] = str(len(kept))
    return pd.Series(found).unstack()


if __name__ == "__main__":
    main()
