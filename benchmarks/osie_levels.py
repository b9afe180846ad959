"""What people reach on each measure of two scanpaths, and what is reached without looking at the same photograph.

    python benchmarks/osie_levels.py DATA

DATA holds osie/ (free viewing, 15 people, 700 photographs of 800 x 600 px, 24 px per degree, Xu et al. 2014). The
ceiling is the mean over photographs of the mean over all ordered pairs of two different people on the photograph.
Chance is the same with the second path of each pair from another photograph: what people share whatever they see, such
as the bias to the centre. Settings are those of the functions and of `SETTINGS` here. Clusters are those of all people
on the photograph. What cannot be scored is left out; coverage is the share of pairs that can.
"""

import argparse
import time
from functools import partial
from itertools import permutations
from pathlib import Path

import numpy as np
from metrics import SIZE, read_osie

from gazesim.metrics import METRICS, Measure, cluster_centres, paired

TWO_DEGREES = 48
SETTINGS: dict[str, dict[str, object]] = {
    "multimatch": {"size": SIZE},
    "scanmatch": {"size": SIZE},
    "scanmatch, temporal_bin_ms=50": {"size": SIZE, "temporal_bin_ms": 50},
    "string_edit_distance": {"size": SIZE},
    "string_edit_similarity": {"size": SIZE},
    "tde": {},
    "sbtde": {"size": SIZE},
    "stde": {"size": SIZE},
    "stde_distance": {"size": SIZE},
    "sequence_score": {},
    "sequence_score, duration_bin_ms=50": {"duration_bin_ms": 50},
    "fixation_edit_distance": {},
    "dtw": {},
    "frechet": {},
    "hausdorff": {},
    "hausdorff_directed": {},
    "eyeanalysis": {},
    "mannan": {"size": SIZE},
    "cross_recurrence": {"radius_px": TWO_DEGREES},
    "amplitude_distance": {},
    "direction_distance": {},
}
PAIRS = list(permutations(range(15), 2))


def levels(
    measure: Measure, settings: dict[str, object], first: list, second: list, centres: list | None
) -> tuple[np.ndarray, float]:
    """Return the mean of each part and the coverage; first and second hold the paths of each photograph's pairs."""
    if centres is None:
        a, b = ([path for paths in side for path in paths] for side in (first, second))
        scores = paired(measure.function, a, b, **settings).reshape(len(first), len(PAIRS), -1)
    else:
        score = partial(paired, measure.function, **settings)
        each = [score(a, b, centres=places) for a, b, places in zip(first, second, centres, strict=True)]
        scores = np.stack(each)[:, :, None]
    known = ~np.isnan(scores)
    photographs = np.where(known, scores, 0).sum(axis=1) / known.sum(axis=1)
    return photographs.mean(axis=0), float(known.all(axis=2).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    photographs = read_osie(parser.parse_args().data / "osie")
    order = np.random.default_rng(0).permutation(len(photographs))
    other = np.empty_like(order)
    other[order] = np.roll(order, 1)  # no photograph is its own
    first = [[people[i] for i, _ in PAIRS] for people in photographs]
    same = [[people[j] for _, j in PAIRS] for people in photographs]
    shuffled = [same[i] for i in other]
    centres = [cluster_centres(people) for people in photographs]
    print("| measure | part | ceiling | chance | coverage | s |\n|---|---|---|---|---|---|")
    for title, settings in SETTINGS.items():
        start = time.perf_counter()
        measure = METRICS[title.split(",")[0]]
        clusters = centres if title.startswith(("sequence_score", "fixation_edit")) else None
        ceiling, coverage = levels(measure, settings, first, same, clusters)
        chance, _ = levels(measure, settings, first, shuffled, clusters)
        seconds = time.perf_counter() - start
        for part, high, low in zip(measure.parts or ("",), ceiling, chance, strict=True):
            print(f"| {title} | {part} | {high:.4g} | {low:.4g} | {coverage:.4f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
