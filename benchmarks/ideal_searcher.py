"""The Bayesian searcher in displays of noise: how much is found, and how soon, by visibility and plan.

    python benchmarks/ideal_searcher.py [--trials 100] [--threads 1]

A display is 16 x 16 degrees with a target at one of 64 cells of 2 degrees, each equally likely. A cell's evidence
has mean 0.5 if the target is there, else -0.5, and deviation 1 / d'; d' falls from its maximum at the fixation as a
Gaussian of eccentricity with a deviation of 4 degrees. The search begins at the centre and ends when the target's
cell is fixated.
"""

import argparse

import numpy as np
import torch

import gazesim
from gazesim.search.recognition import OracleRecognition
from gazesim.trial import Trial

PX_PER_DEGREE, CELL_DEG, CELLS, MOST = 4, 2.0, 8, 16
PLANS = ("ibs_entropy", "ibs_greedy", "ibs")
VISIBILITIES = (0.5, 1.0, 2.0, 4.0)


class Fixated(OracleRecognition):
    """Recognition for the benchmark: the fixation lies in the target's box."""

    def found(self, trial: Trial, history: np.ndarray, seen: np.ndarray | None = None) -> bool:
        return bool((trial.target_box[:2] <= history[-1]).all() and (history[-1] < trial.target_box[2:]).all())


def displays(n: int) -> list[Trial]:
    cell = int(PX_PER_DEGREE * CELL_DEG)
    grey = np.full((CELLS * cell, CELLS * cell, 3), 128, np.uint8)
    places = np.random.default_rng(0).integers(0, CELLS, (n, 2)) * cell
    boxes = [(x, y, x + cell, y + cell) for x, y in places.tolist()]
    return [Trial(grey, None, target_box=box, px_per_degree=PX_PER_DEGREE, id=str(i)) for i, box in enumerate(boxes)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    trials = displays(arguments.trials)
    print(f"{len(trials)} displays, found within 6 and {MOST} fixations, and the median number of these\n")
    columns = ("plan", *(f"d' {v:g}" for v in VISIBILITIES))
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    chance = {"plan": "chance", "settings": {"inhibition_deg": CELL_DEG}}
    for plan in (*PLANS, chance["plan"]):
        cells = []
        for visibility in VISIBILITIES:
            own = {"evidence": "truth", "visibility": visibility, "visibility_deg": 4.0, "cell_deg": CELL_DEG}
            settings = chance["settings"] if plan == "chance" else {**own, "centre_variance": 1e6}
            model = gazesim.load_model(plan, **settings)
            model.recognition = Fixated()
            paths = list(model.walk(trials, max_fixations=MOST))
            needed = np.array([path.n_saccades if path.found else np.inf for path in paths])
            cells.append(f"{(needed <= 6).mean():.2f}, {(needed <= MOST).mean():.2f}, {np.median(needed):g}")
        print(f"| {plan} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
