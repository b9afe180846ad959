"""Are the parameters of simulated people found again? 50 displays, each searched by every simulated person.

    python experiments/fit_recovery.py eccnet_sampling 60 runs/recovery
    python experiments/fit_recovery.py ibs 60 runs/recovery

Displays of eccNET are coloured noise of 12 x 9 degrees, searched for 8 fixations by maps from a lattice of 6 degrees;
those of the Bayesian searcher are 8 objects on 24 x 24 degrees, searched for 4 fixations with a noise that is known.
Stopped or killed, the same line continues. Writes recovery.csv and the figure.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gazesim.files import atomic_path, writable_folder
from gazesim.fitting.figures import write_figures
from gazesim.fitting.problem import Subject
from gazesim.fitting.recovery import recover
from gazesim.trial import Trial

DISPLAYS = 50
AROUND = {
    "eccnet_sampling": {"temperature": 0.08, "inhibition_strength": 0.4, "inhibition_decay": 3.0},
    "ibs": {"temperature": 0.2, "visibility": 3.0, "visibility_deg": 4.0},
}
FIXATIONS = {"eccnet_sampling": 8, "ibs": 4}


def noise_displays(n: int = DISPLAYS) -> list[Trial]:
    """Return displays of smooth coloured noise, 96 x 72 px at 8 px per degree, whose target is a part of them."""
    random, found = np.random.default_rng(1), []
    for i in range(n):
        picture = cv2.resize(random.normal(size=(12, 16, 3)), (96, 72), interpolation=cv2.INTER_CUBIC)
        picture = np.clip(128 + 60 * picture, 0, 255).astype(np.uint8)
        x, y = random.integers(8, 72), random.integers(8, 48)
        found.append(Trial(picture, target_box=(x, y, x + 16, y + 16), px_per_degree=8, id=f"d{i}"))
    return found


def item_displays(n: int = DISPLAYS) -> list[Trial]:
    """Return displays of 8 objects that do not touch, 96 x 96 px at 4 px per degree; the first is the target."""
    random, found = np.random.default_rng(1), []
    for i in range(n):
        places: list[np.ndarray] = []
        while len(places) < 8:
            place = random.integers(4, 92, 2)
            if all(np.hypot(*(place - other)) > 14 for other in places):
                places.append(place)
        boxes = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
        picture = np.zeros((96, 96, 3), np.uint8)
        found.append(Trial(picture, objects=boxes, target_box=boxes[0], px_per_degree=4, id=f"d{i}", background=0))
    return found


def subject_of(name: str) -> tuple[Subject, list[Trial], np.ndarray]:
    """Return the model, its displays, and the parameters around which true ones are drawn."""
    names = list(AROUND[name])
    if name == "ibs":
        settings = {"evidence": "truth", "inhibition": "none", "candidates": "objects", "test_first": False}
        subject, trials = Subject.of(name, names, settings), item_displays()
    else:
        subject = Subject.of(name, names, {"test_first": False}, cell_deg=0.75, lattice_deg=6)
        trials = noise_displays()
    around = [each.unit(AROUND[name][each.name]) for each in subject.parameters]
    return subject, trials, np.array(around)


def run(name: str, people: int, out: str) -> pd.DataFrame:
    """Return the rows of recovery.csv, of which those of a stopped run are kept."""
    subject, trials, around = subject_of(name)
    folder = writable_folder(Path(out) / name)
    path = folder / "recovery.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    first = len(rows) // len(around)
    found = recover(subject, trials, around, people, max_fixations=FIXATIONS[name], first=first)
    for number, each in enumerate(found, first + 1):
        for i, parameter in enumerate(subject.parameters):
            values = map(parameter.value, (each.true[i], each.found.units[i], each.found.low[i], each.found.high[i]))
            own = dict(zip(("true", "estimate", "low", "high"), values, strict=True))
            rows.append({"model": name, "person": number, "parameter": parameter.name, **own})
        with atomic_path(path) as file:
            pd.DataFrame(rows).to_csv(file, index=False)
    table = pd.DataFrame(rows)
    write_figures(folder, pd.DataFrame(), pd.DataFrame(), table)
    inside = (table["low"] <= table["true"]) & (table["true"] <= table["high"])
    print(inside.groupby(table["parameter"], sort=False).agg(["mean", "size"]), inside.mean())
    return table


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), sys.argv[3])
