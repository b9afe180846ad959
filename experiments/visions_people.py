"""AUCperf of people in the sets of ViSioNS, by its formula, from folders in its layout.

    python experiments/visions_people.py FOLDER...

A folder has dataset_info.json and human_scanpaths/*.json. Prints for each the area under people's curve, the mean of
the curves of persons. In Interiors, where people were stopped after 3, 5, 9 or 13 fixations, the curve is the share
found in the trials of each of these limits, mean of persons, at four places evenly apart; 0 for a person without trials
of a limit, as in the published value.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from gazesim.metrics.search_curves import visions_area
from gazesim.scoring.visions import found_area

LIMITS = (3, 5, 9, 13)


def people_area(folder: Path) -> float:
    """Return the area of the people of one set."""
    longest = json.loads((folder / "dataset_info.json").read_text())["max_scanpath_length"]
    persons = [json.loads(path.read_text()) for path in sorted((folder / "human_scanpaths").glob("*.json"))]
    if {trial["max_fixations"] for person in persons for trial in person.values()} == set(LIMITS):
        return visions_area(np.mean([limited_curve(person) for person in persons], axis=0))
    areas = [
        [found_area(len(trial["X"]), trial["target_found"], longest) for trial in person.values()] for person in persons
    ]
    return float(np.mean([np.mean(own) for own in areas]))


def limited_curve(person: dict[str, Any]) -> list[float]:
    """Return the share of targets that one person found in the trials of each limit; 0 where there was none."""
    shares = []
    for limit in LIMITS:
        own = [t["target_found"] and len(t["X"]) <= limit for t in person.values() if t["max_fixations"] == limit]
        shares.append(float(np.mean(own)) if own else 0.0)
    return shares


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    for folder in parser.parse_args().folders:
        print(f"{folder.name} {people_area(folder):.4f}")
