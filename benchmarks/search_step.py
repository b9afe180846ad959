"""Time of one search step against one plain forward of the same trunk and the same field of view.

    python benchmarks/search_step.py [--sides 524 806 1358] [--repeats 5] [--threads 2] [--device cpu]

The trunk is VGG16 with seeded weights: the time does not depend on their values. A step is everything from
the fixation to the next one: the view, the features, the maps, the priority, the choice. The target's features
are kept from the first step, as in a search. Plain is `torchvision.models.vgg16().features`, as torchvision
gives it, on an input of the same size. The two alternate, and the medians are compared.
"""

import argparse
import resource
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
import torchvision

from gazesim import SearchModel, Trial
from gazesim.attention.top_down.target import TargetAttention
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.foveated import FoveatedEncoder

DISPLAYS = {524: (198, 31), 806: (339, 69), 1358: (615, 177)}  # field of view: display, target (eccNET's arrays)


def model_and_trial(side: int, device: str) -> tuple[SearchModel, Trial, torch.nn.Module]:
    """Return a search with a field of view of `side` px, and the plain trunk."""
    torch.manual_seed(0)
    plain = torchvision.models.vgg16(weights=None).features.eval().to(device)
    features = torchvision.models.vgg16(weights=None).features.eval().to(device, memory_format=torch.channels_last)
    attention = TargetAttention(FoveatedEncoder(Trunk("vgg16", features, "torchvision", "seeded")))
    display, target = DISPLAYS[side]
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (display, display, 3), np.uint8)
    trial = Trial(image, image[:target, :target], px_per_degree=30)
    return SearchModel("eccnet", attention), trial, plain


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


@torch.inference_mode()
def measure(side: int, repeats: int, device: str) -> dict[str, float]:
    """Return seconds per step and per plain forward, and their ratio."""
    model, trial, plain = model_and_trial(side, device)
    view = torch.rand(1, 3, side, side, device=device)
    history = [(trial.width // 2, trial.height // 2)]

    def step() -> None:
        priority = model.priority(trial, history)
        model.policy.choose(priority, ~np.isnan(priority), np.random.default_rng(0))

    step(), plain(view)
    pairs = [(timed(step), timed(lambda: plain(view))) for _ in range(repeats)]
    steps, forwards = (median(values) for values in zip(*pairs, strict=True))
    return {"step s": steps, "plain s": forwards, "ratio": steps / forwards}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="*", choices=DISPLAYS, default=list(DISPLAYS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, {arguments.threads} threads\n")
    print("| field of view px | step s | plain forward s | ratio | peak memory GiB |\n|---|---|---|---|---|")
    for side in arguments.sides:
        row = measure(side, arguments.repeats, arguments.device)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"| {side} | {row['step s']:.2f} | {row['plain s']:.2f} | {row['ratio']:.2f} | {peak:.1f} |", flush=True)


if __name__ == "__main__":
    main()
