"""How well people predict people in the search sets, and themselves in the object arrays.

    python experiments/search_ceilings.py /data --images 30
    python experiments/search_ceilings.py /data --arrays

/data has a folder for each set. The first prints ScanMatch and MultiMatch of each person with the others on the same
display (people), with people on another display, and with fixations by chance, AUCperf, and in interiors the NSS of
others' map at a person's next fixation; with 95 % intervals, on evenly spaced displays. The second compares the
objects that were looked at in two presentations of one question, whose objects mostly lay elsewhere: by one person in
two sessions, by two persons, and in two presentations of different questions, whose objects are paired at random.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

import gazesim
from gazesim.datasets import DataSet
from gazesim.datasets.object_arrays import BOXES
from gazesim.metrics import fixation_edit_distance, sequence_score

FOLDERS = {
    "interiors": "interiors",
    "natural_design": "natural_design",
    "people_search": "people_search",
    "coco_search18": "coco_search18_tp",
    "hybrid_search": "hybrid_search",
}
ARRAYS = "object_arrays_absent"
PX_PER_DEGREE = 34.0
LEVELS = ("people", "other_images", "uniform")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--people", type=int, default=10, help="the first of each set")
    parser.add_argument("--sets", nargs="+", default=list(FOLDERS))
    parser.add_argument("--arrays", action="store_true")
    given = parser.parse_args()
    if given.arrays:
        print(arrays(gazesim.load_dataset("object_arrays", given.folder / ARRAYS)).to_string())
        return
    for name in given.sets:
        data = gazesim.load_dataset(name, given.folder / FOLDERS[name], px_per_degree=PX_PER_DEGREE)
        print(ceilings(data, given.images, given.people).to_string(index=False), flush=True)


def ceilings(data: DataSet, images: int, people: int) -> pd.DataFrame:
    """Return the levels of people, other displays and chance, with intervals."""
    chosen = data.observers[:people]
    kept = [path for path in data.scanpaths if path.observer in chosen]
    data, first = replace(data, scanpaths=kept), chosen[0]
    one = {"a_person": [path for path in data.scanpaths if path.observer == first]}
    metrics = ["scanmatch", "multimatch", *(["visions"] if data.name != "hybrid_search" else [])]
    tables = [gazesim.score(one, data, metrics, images=images).summary]
    if data.name == "interiors":
        tables.append(gazesim.score(["centre_bias"], data, ["cnss"], images=images).summary)
    table = pd.concat(tables)
    table = table[table["model"].isin((*LEVELS, "centre_bias"))]
    shown = table["metric"].where(table["part"].fillna("") == "", table["metric"] + " " + table["part"].fillna(""))
    values = [f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in table.itertuples()]
    return pd.DataFrame({"dataset": data.name, "metric": shown, "model": table["model"], "value": values})


def arrays(data: DataSet, seed: int = 0) -> pd.DataFrame:
    """Return sequence score, edit distance and agreement of the first object, by who is compared; 95 % over people."""
    random, groups = np.random.default_rng(seed), {}
    for path in data.scanpaths:
        question, probes = path.trial.rsplit("_", 1)
        places = [
            int(np.flatnonzero((xy >= BOXES[:, :2]).all(1) & (xy < BOXES[:, 2:]).all(1))[0]) for xy in path.xy[1:]
        ]
        shown = np.array(probes.split("-"), int)
        groups.setdefault(question, []).append((path.observer, shown[places], shown))
    presence = {trial.id.rsplit("_", 1)[0]: trial.present for trial in data.trials}
    questions = list(groups)
    rows = []
    for number, (question, seen) in enumerate(groups.items()):
        others = groups[questions[(number + len(questions) // 2) % len(questions)]]
        for (a, one, _), (b, two, _) in combinations(seen, 2):
            rows.append((presence[question], "same person" if a == b else "other person", a, *_compared(one, two)))
        for (a, one, own), (_, two, foreign) in zip(seen, others, strict=False):
            renamed = dict(zip(foreign.tolist(), random.permutation(own).tolist(), strict=True))
            rows.append((presence[question], "chance", a, *_compared(one, np.array([renamed[k] for k in two], int))))
    columns = ["present", "compared", "observer", "sequence_score", "edit_distance", "same_first"]
    frame = pd.DataFrame(rows, columns=columns)
    people = frame.groupby(["present", "compared", "observer"]).mean().reset_index()
    found = {}
    for (present, compared), own in people.groupby(["present", "compared"]):
        for measure in columns[3:]:
            values = own[measure].dropna().to_numpy()
            half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
            found[present, compared, measure] = f"{values.mean():.3f} ± {half:.3f}"
    return pd.Series(found).unstack()


def _compared(one: Sequence[int], two: Sequence[int]) -> tuple[float, float, float]:
    if not len(one) or not len(two):
        return (float("nan"),) * 3
    a, b = (np.column_stack([each, np.zeros(len(each))]).astype(float) for each in (one, two))
    centres = np.column_stack([np.arange(41), np.zeros(41)]).astype(float)
    score, distance = sequence_score(a, b, centres=centres), fixation_edit_distance(a, b, centres=centres)
    return float(score), float(distance), float(one[0] == two[0])


if __name__ == "__main__":
    main()
