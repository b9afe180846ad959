"""Exemplar search in photographs: how soon each model finds a patch that it was shown changed.

    python benchmarks/photo_search.py DATA [--models "places eccNET" chance] [--trials 100]

DATA holds osie/ (photographs and fixations of Xu et al. 2014), squeezenet/ and vgg16/ (ImageNet weights). A target is
a 2-degree patch around a place that somebody fixated, at least 2 degrees from the centre, where the search
starts. It is shown rotated by 15 degrees, scaled by 0.85 and with contrast 0.8. Found is a fixation within 1
degree of the patch's centre.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scipy.io import loadmat
from tqdm import tqdm

import gazesim
from gazesim.search.loop import SearchModel
from gazesim.search.recognition import OracleRecognition
from gazesim.stimuli.scenes import patch_trial
from gazesim.trial import Trial

PX_PER_DEGREE = 24
PATCH_DEG = 2
WITHIN = (1, 3, 10, 30)


class WithinOneDegree(OracleRecognition):
    """Recognition for the benchmark: the fixation lies within 1 degree of the target's centre."""

    stop_when_found = True

    def found(self, trial: Trial, history: np.ndarray, seen: np.ndarray | None = None) -> bool:
        return bool(np.hypot(*(history[-1] - trial.target_centre)) <= trial.px_per_degree)


def photo_trials(osie: Path, n: int, seed: int = 0) -> list[Trial]:
    """Return n trials on different photographs."""
    cells = loadmat(osie / "fixations.mat")["fixations"]
    random = np.random.default_rng(seed)
    trials: list[Trial] = []
    for i in random.permutation(len(cells)):
        cell = cells[i, 0][0, 0]
        name = str(cell["img"][0])
        people = [person[0, 0] for person in cell["subjects"][:, 0]]
        # the source counts px from 1
        xy = np.concatenate([np.stack([p["fix_x"][0], p["fix_y"][0]], 1).astype(float) - 1 for p in people])
        margin = PATCH_DEG * PX_PER_DEGREE / 2
        inside = ((xy > margin) & (xy < np.array([800, 600]) - 1 - margin)).all(axis=1)
        away = np.hypot(*(xy - [400, 300]).T) > 2 * PX_PER_DEGREE
        centre = random.permutation(np.rint(xy[inside & away]))[0]
        changes = {"rotation_deg": 15, "scale": 0.85, "contrast": 0.8}
        trials.append(
            patch_trial(
                osie / "stimuli" / name, centre, size_deg=PATCH_DEG, px_per_degree=PX_PER_DEGREE, id=name, **changes
            )
        )
        if len(trials) == n:
            break
    return trials


def models(data: Path) -> dict[str, dict[str, object]]:
    """Return the rows of the table: what `load_model` is given."""
    squeezenet = data / "squeezenet" / "squeezenet1_0_imagenet.pt"
    vgg16 = data / "vgg16" / "vgg16_imagenet_notop_float16.h5"
    pyramid, lite = {"name": "eccnet", "foveation": "pyramid"}, {"name": "eccnet", "weights": "efficientnet_lite0"}
    rows: dict[str, dict[str, object]] = {
        "places eccNET": {"name": "eccnet", "weights": "places"},
        "places IVSN": {"name": "ivsn", "weights": "places"},
        "embedded eccNET": {"name": "eccnet"},
        "embedded eccNET, cosine": {"name": "eccnet", "similarity": "cosine"},
        "embedded IVSN": {"name": "ivsn"},
        "SqueezeNet eccNET": {"name": "eccnet", "weights": squeezenet},
        "SqueezeNet eccNET, cosine": {"name": "eccnet", "weights": squeezenet, "similarity": "cosine"},
        "VGG16 eccNET": {"name": "eccnet", "weights": vgg16},
        "VGG16 eccNET, cosine": {"name": "eccnet", "weights": vgg16, "similarity": "cosine"},
        "VGG16 pyramid": {**pyramid, "weights": vgg16},
        "VGG16 pyramid, cosine": {**pyramid, "weights": vgg16, "similarity": "cosine"},
        "SqueezeNet pyramid": {**pyramid, "weights": squeezenet},
        "SqueezeNet pyramid, cosine": {**pyramid, "weights": squeezenet, "similarity": "cosine"},
        "EfficientNet-Lite0 pyramid": lite,
        "EfficientNet-Lite0 pyramid, cosine": {**lite, "similarity": "cosine"},
        "template": {"name": "template"},
        "chance": {"name": "chance"},
    }
    return {label: {**row, "inhibition_deg": 2.0} for label, row in rows.items()}


def measure(model: SearchModel, trials: list[Trial], label: str, most: int) -> dict[str, object]:
    """Search all trials, at most `most` fixations each, and return the row of the table."""
    model.recognition = WithinOneDegree()
    start = time.perf_counter()
    paths = list(tqdm(model.walk(trials, max_fixations=most), desc=label, total=len(trials)))
    seconds = time.perf_counter() - start
    needed = np.array([path.n_saccades if path.found else np.inf for path in paths])
    shares = {f"within {k}": f"{(needed <= k).mean():.2f}" for k in WITHIN if k <= most}
    steps = sum(path.n_saccades for path in paths)
    return {"model": label, "median": f"{np.median(needed):g}", **shares, "s per step": f"{seconds / steps:.2f}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="*", help="rows of the table to run; default all")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--most", type=int, default=max(WITHIN), help="fixations after the initial one")
    arguments = parser.parse_args()
    trials = photo_trials(arguments.data / "osie", arguments.trials)
    rows = models(arguments.data)
    chosen = [label for label in rows if not arguments.models or label in arguments.models]
    print(f"{len(trials)} trials, torch {torch.__version__}, {torch.get_num_threads()} threads\n")
    for i, label in enumerate(chosen):
        row = measure(gazesim.load_model(**rows[label]), trials, label, arguments.most)
        if i == 0:
            print(f"| {' | '.join(row)} |\n|{'---|' * len(row)}")
        print(f"| {' | '.join(map(str, row.values()))} |", flush=True)


if __name__ == "__main__":
    main()
