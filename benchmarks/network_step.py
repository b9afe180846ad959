"""Time and memory of a search step with networks of all kinds, each in a process of its own.

    python benchmarks/network_step.py [--trunks resnet50 timm/vit_small_patch14_dinov2 ...] [--threads 2] [--repeats 3]

Weights are random: neither depends on their values. A step is everything from the fixation to the next one. With
pyramids the first step on a display runs the network, later ones only blend its octaves; with pools each step runs it.
Two displays at 30 px per degree: one of 339 px, whose field of view has 806 px, and one of 806 px. Processor time is
that of all threads together.
"""

import argparse
import resource
import subprocess
import sys
import time
from statistics import median

import numpy as np
import torch
import torchvision

from gazesim import Trial, load_model
from gazesim.encoders.backbones import TRUNKS

USUAL = (
    "vgg16",
    "resnet50",
    "convnext_tiny",
    "efficientnet_b0",
    "mobilenet_v3_large",
    "swin_t",
    "vit_b_16",
    "timm/vit_small_patch14_dinov2",
)
SIDES = (339, 806)


def network(trunk: str) -> torch.nn.Module:
    torch.manual_seed(0)
    if trunk.startswith("timm/"):
        import timm

        return timm.create_model(trunk.removeprefix("timm/"))
    made = torchvision.models.get_model(trunk, weights=None)
    return made.features if trunk in TRUNKS else made


def step(model, trial: Trial, fixation: tuple[int, int]) -> tuple[float, float]:
    """Return the seconds and the processor time of the step from `fixation`."""
    start = time.perf_counter(), time.process_time()
    priority = model.priority(trial, [fixation])
    model.policy.choose(priority, ~np.isnan(priority), np.random.default_rng(0))
    return time.perf_counter() - start[0], time.process_time() - start[1]


def measure(trunk: str, foveation: str, repeats: int) -> str:
    model = load_model("eccnet", weights=network(trunk), foveation=foveation)
    random, cells = np.random.default_rng(0), []
    for side in SIDES:
        if foveation == "pools" and side > min(SIDES):  # whose field of view would have 1740 px
            cells += [""] * 4
            continue
        image = random.integers(0, 256, (side, side, 3), np.uint8)
        fresh = [Trial(np.roll(image, i, axis=0), image[:69, :69], px_per_degree=30) for i in range(repeats)]
        centre = side // 2, side // 2
        if side == min(SIDES):
            step(model, Trial(image, image[:32, :32], px_per_degree=30), centre)  # what is slower the first time
        firsts = [step(model, trial, centre) for trial in fresh]
        nexts = [step(model, fresh[-1], (side // 3 + 20 * i, side // 2)) for i in range(repeats)]
        for found in (firsts, nexts):
            cells += [f"{median(times):.2f}" for times in zip(*found, strict=True)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    levels = getattr(model.attention.encoder, "reader", None)
    strides = ", ".join(str(level.stride) for level in levels.levels) if levels else "1, 2, 4, 8, 16"
    return f"| {trunk}, {foveation} | {strides} | {' | '.join(cells)} | {peak:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trunks", nargs="*", default=USUAL)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.one:
        print(measure(*arguments.one, arguments.repeats))
        return
    columns = [f"{what}, {side} px: {unit}" for side in SIDES for what in ("first", "next") for unit in ("s", "CPU s")]
    print(f"torch {torch.__version__}, {arguments.threads} threads\n")
    print(f"| trunk | strides | {' | '.join(columns)} | peak GiB |\n|{'---|' * (len(columns) + 3)}", flush=True)
    for trunk in arguments.trunks:
        for foveation in ("pools", "pyramid") if trunk in TRUNKS else ("pyramid",):
            more = ["--threads", str(arguments.threads), "--repeats", str(arguments.repeats)]
            subprocess.run([sys.executable, __file__, "--one", trunk, foveation, *more], check=True)


if __name__ == "__main__":
    main()
