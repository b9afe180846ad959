"""NeVA: how far the loss falls, how good the place is that it finds, and what a scanpath costs.

    python benchmarks/neva.py DATA [--images 20] [--threads 2] [--exact]

DATA holds osie/ (photographs of Xu et al. 2014) and squeezenet/ (ImageNet weights). From the centre, one fixation is
chosen on each photograph for each loss. Its loss is compared with that of 200 places drawn at random: once with
the loss that was minimised, in which sharp and blurred features are blended before the last stage, and with
--exact also with the published one, in which the pictures are blended. The target of the loss "target" is a
4-degree patch around a random place.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import gazesim
from gazesim.attention import Glance
from gazesim.attention.gradient import GradientAttention, NevaSettings
from gazesim.attention.network import Network, load_network
from gazesim.attention.tasks import Task, classification, reconstruction, similarity
from gazesim.trial import Trial

PX_PER_DEGREE, RANDOM = 24, 200


def photo_trials(osie: Path, n: int) -> list[Trial]:
    """Return n free trials with a target cut from them, evenly from the list of photographs."""
    files = sorted((osie / "stimuli").glob("*.jpg"))
    random = np.random.default_rng(0)
    trials = []
    for file in files[:: len(files) // n][:n]:
        x, y = random.integers(0, [800 - 96, 600 - 96])
        trials.append(Trial(file, None, target_box=(x, y, x + 96, y + 96), px_per_degree=PX_PER_DEGREE, id=file.name))
    return trials


def tasks(network: Network) -> dict[str, Task]:
    side = NevaSettings().side_px
    named = {"reconstruction": reconstruction(network), "classification": classification(network)}
    return {**named, "target": similarity(network, side)}


@torch.no_grad()
def beaten(attention: GradientAttention, glance: Glance, xy: torch.Tensor, places: torch.Tensor) -> float:
    """Return the share of `places` (k, 2) with a higher loss than `xy` (1, 2)."""
    loss = attention.objective([glance])
    others = torch.cat([loss(place[None]) for place in places])
    return (others > loss(xy)).float().mean().item()


def measure(task: Task, trials: list[Trial], exact: bool) -> dict[str, str]:
    """Return the row of the table for one loss."""
    attention = GradientAttention(task)
    published = GradientAttention(task, replace(NevaSettings(), blend=0))
    places = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, (RANDOM, 2))).float()
    first, last, shares, exact_shares, seconds = [], [], [], [], []
    for trial in trials:
        glance = Glance(trial, trial.image, np.array([trial.width // 2, trial.height // 2], float))
        start = time.perf_counter()
        visits = attention.optimise([glance])
        seconds.append(time.perf_counter() - start)
        best = visits.loss[:, 0].argmin()
        first.append(visits.loss[0, 0].item())
        last.append(visits.loss[best, 0].item())
        shares.append(beaten(attention, glance, visits.xy[best], places))
        exact_shares += [beaten(published, glance, visits.xy[best], places)] if exact else []
    fell = f"{np.mean(np.array(last) < np.array(first)) * 100:.0f} %"
    row = {"loss at the centre": f"{np.mean(first):.3f}", "at the choice": f"{np.mean(last):.3f}", "fell": fell}
    for name, values in (("", shares), (" exactly", exact_shares)):
        if values:
            row[f"beats{name}, mean"] = f"{np.mean(values) * 100:.1f} %"
            row[f"at least 95 %{name}"] = f"{sum(v >= 0.95 for v in values)} of {len(values)}"
    return {**row, "s per fixation": f"{np.median(seconds):.2f}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--exact", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    trials = photo_trials(arguments.data / "osie", arguments.images)
    print(f"{len(trials)} photographs, torch {torch.__version__}, {arguments.threads} threads\n")
    for weights in ("embedded", arguments.data / "squeezenet" / "squeezenet1_0_imagenet.pt"):
        network = load_network(weights)
        for name, task in tasks(network).items():
            row = {"network": network.name, "loss": name, **measure(task, trials, arguments.exact)}
            if weights == "embedded" and name == "reconstruction":
                print(f"| {' | '.join(row)} |\n|{'---|' * len(row)}")
            print(f"| {' | '.join(row.values())} |", flush=True)
    for name in ("neva", "neva_classification", "neva_target"):
        model = gazesim.load_model(name, recognition_deg=1e-3)
        seconds = []
        for trial in trials[:5]:
            start = time.perf_counter()
            model.search(trial, max_fixations=10)
            seconds.append(time.perf_counter() - start)
        print(
            f"\n{name}: {np.median(seconds):.2f} s for a scanpath of 10 fixations, embedded trunk at 224 px", flush=True
        )


if __name__ == "__main__":
    main()
