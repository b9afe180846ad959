"""What people and chance reach on OSIE in each measure of priority maps.

    python benchmarks/osie_map_levels.py DATA [--images 70]

DATA holds osie/fixations.mat (Xu et al. 2014: 700 photographs, 15 people, free viewing). The images are evenly spaced
among the 700. Each of the 15 people on each image is a trial: their fixations, or the density of these, are predicted
by

    people    the density of the fixations of the 14 others on this image
    uniform   a constant map
    centre    the density of the fixations of all people on all other images of the 700
    shuffled  the density of the fixations of all people on another image

Densities are blurred with a Gaussian of SD 24 px (one degree). The baseline of the information gain is `centre`. As a
density that is 0 where somebody looks has -inf, IG and LL take those with zeros mixed with 10 % of `centre`. The
fixations on other images for the shuffled AUC are those of all people on 10 other images. EMD needs POT, and is left
out without it. Intervals are 95 %, from 1000 resamples of people and images.
"""

import argparse
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

from gazesim.metrics.ceiling import leave_one_out
from gazesim.metrics.chance import other_images
from gazesim.metrics.earth_mover import emd
from gazesim.metrics.information import information_gain, log_likelihood
from gazesim.metrics.maps import density, fixation_density
from gazesim.metrics.roc import auc, auc_borji, auc_judd, auc_shuffled, borji_samples
from gazesim.metrics.saliency import cc, kl, nss, sim
from gazesim.metrics.statistics import crossed_mean

SHAPE, SD_PX = (600, 800), 24
Fixations = np.ndarray


def people_on(osie: Path) -> list[list[Fixations]]:
    """Return the fixations (n, 2) of each person on each image; the source counts px from 1."""
    cells = loadmat(osie / "fixations.mat")["fixations"][:, 0]
    return [
        [np.stack([p[0, 0][axis][0] for axis in ("fix_x", "fix_y")], 1) - 1.0 for p in cell[0, 0]["subjects"][:, 0]]
        for cell in cells
    ]


def counts(fixations: Fixations) -> np.ndarray:
    x, y = np.floor(fixations + 0.5).astype(int).T
    return np.bincount(y * SHAPE[1] + x, minlength=SHAPE[0] * SHAPE[1]).reshape(SHAPE).astype(float)


def measures(
    saliency: np.ndarray, own: Fixations, centre: np.ndarray, others: Fixations, random: np.random.Generator
) -> dict[str, float]:
    """Return all measures of one map for the fixations of one person."""
    truth = fixation_density(own, SHAPE, SD_PX)
    told = saliency if saliency.min() > 0 else 0.9 * density(saliency) + 0.1 * density(centre)
    values = {
        "NSS": nss(saliency, own),
        "AUC": auc(saliency, own),
        "AUC-Judd": auc_judd(saliency, own),
        "AUC-Borji": auc_borji(saliency, own, borji_samples(SHAPE, len(own), 10, random)),
        "sAUC": auc_shuffled(saliency, own, others),
        "IG, bit": information_gain(told, own, centre),
        "LL, nat": log_likelihood(told, own),
        "CC": cc(saliency, truth),
        "SIM": sim(saliency, truth),
        "KL, nat": kl(saliency, truth),
    }
    return values | ({"EMD, px": emd(saliency, truth)} if find_spec("ot") else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=50)
    args = parser.parse_args()
    start, random = time.perf_counter(), np.random.default_rng(0)
    people = people_on(args.data / "osie")
    partners = other_images(len(people), random)
    everywhere = sum(counts(np.concatenate(image)) for image in people)
    levels: dict[str, list[list[dict[str, float]]]] = {"people": [], "uniform": [], "centre": [], "shuffled": []}
    for i in tqdm(np.arange(args.images) * len(people) // args.images):
        centre = gaussian_filter(everywhere - counts(np.concatenate(people[i])), SD_PX, mode="constant")
        elsewhere = random.permutation(np.delete(np.arange(len(people)), i))[:10]
        others = np.concatenate([person for j in elsewhere for person in people[j]])
        maps = {
            "uniform": np.ones(SHAPE),
            "centre": centre,
            "shuffled": fixation_density(np.concatenate(people[partners[i]]), SHAPE, SD_PX),
        }
        for name, saliency in maps.items():
            levels[name].append([measures(saliency, own, centre, others, random) for own in people[i]])
        ceiling = leave_one_out(
            lambda own, rest, at=(centre, others): list(
                measures(fixation_density(np.concatenate(rest), SHAPE, SD_PX), own, *at, random).values()
            ),
            people[i],
        )
        names = levels["uniform"][0][0]
        levels["people"].append([dict(zip(names, row, strict=True)) for row in ceiling])
    print(f"{args.images} of {len(people)} images, {time.perf_counter() - start:.0f} s\n")
    print("| measure | " + " | ".join(levels) + " |\n|---|" + "---|" * len(levels))
    for measure in names:
        cells = []
        for trials in levels.values():
            table = np.array([[person[measure] for person in image] for image in trials]).T
            value, low, high, *_ = crossed_mean(table)
            cells.append(f"{value:.3f} ({low:.3f} .. {high:.3f})")
        print(f"| {measure} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
