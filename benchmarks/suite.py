"""Cost of a search step over the six search-asymmetry experiments, and whether the short way changes a fixation.

    python benchmarks/suite.py [--trials 1] [--steps 3] [--precision float32] [--threads 2]
    python benchmarks/suite.py --device cuda --trials 36 --batch-sizes 1 4 16 64      (see benchmarks/gpu.sh)

All 12 conditions, all published set sizes, the first `--trials` displays of each; eccNET on VGG16 with seeded
weights, so that it runs anywhere. On a CPU every step is made twice, from the same fixations: after, as gazesim
searches, and before, with the whole field of view computed in float32. One plain forward of torchvision's VGG16
trunk on an input of the field of view's size is timed with every trial; costs are sums over all steps, divided by
as many such forwards. On a GPU whole searches are timed, and compared with those of the CPU.
"""

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torchvision
from tqdm.auto import tqdm

from gazesim import SearchModel, Trial, stimuli
from gazesim.asymmetry.published import EXPERIMENTS
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.background import _Link
from gazesim.encoders.eccentricity import SamePool2d
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder

CHECKED = 12  # every how manieth display is searched on the CPU too


class WholeEncoder(FoveatedEncoder):
    """The encoder without the short way: every px of the field of view is computed."""

    def search_features(self, views, px_per_degree, levels):
        run = self._run(views, px_per_degree, levels)
        return {level: self._bring(features, level) for level, features, _ in run}


def eccnet(encoder: type[FoveatedEncoder], device: str, precision: str, sharpening) -> SearchModel:
    """VGG16 with He-normal kernels: maps keep their scale down to the deepest level."""
    torch.manual_seed(0)
    features = torchvision.models.vgg16(weights=None).features.eval().requires_grad_(False)
    for layer in features:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
    trunk = Trunk("vgg16", features.to(device).to(memory_format=torch.channels_last), "torchvision", "seed 0")
    attention = TargetAttention(
        encoder(trunk, EncoderSettings(precision=precision)), TargetSettings(sharpening=sharpening)
    )
    return SearchModel("eccnet", attention)


def displays(experiment, per_set_size: int) -> list[Trial]:
    return list(stimuli.make(experiment.name, set_sizes=experiment.set_sizes, n_per_set_size=per_set_size, seed=0))


class Step(NamedTuple):
    """One step of a search: seconds before and after, and of a plain forward."""

    condition: str
    side: int
    before: float
    after: float
    plain: float
    same: bool


def timed_result(function, *arguments):
    """Return the seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def side_of(trial: Trial) -> int:
    """Return the side of eccNET's field of view."""
    return 2 * (trial.height + round(64 / 30 * trial.px_per_degree))


def next_fixation(model: SearchModel, trial: Trial, history: list[tuple[int, int]]) -> tuple[int, int] | None:
    priority = model.priority(trial, history)
    return model.policy.choose(priority, ~np.isnan(priority), np.random.default_rng(0))


@torch.inference_mode()
def on_cpu(trials_per_set_size: int, steps: int, precision: str) -> None:
    """Print the table of conditions, the totals and the profile."""
    plain = torchvision.models.vgg16(weights=None).features.eval()
    rows: list[Step] = []
    spent: dict[str, float] = defaultdict(float)
    for experiment in EXPERIMENTS.values():
        after = eccnet(FoveatedEncoder, "cpu", precision, experiment.sharpening)
        before = eccnet(WholeEncoder, "cpu", "float32", experiment.sharpening)
        for trial in tqdm(displays(experiment, trials_per_set_size), desc=experiment.name):
            add_shares(spent, after, trial)  # also finds the features of background and target, which are kept
            forward, _ = timed_result(plain, torch.rand(1, 3, side_of(trial), side_of(trial)))
            history = [(trial.width // 2, trial.height // 2)]
            while len(history) <= min(steps, len(trial.objects)):
                short, found = timed_result(next_fixation, after, trial, history)
                whole, wanted = timed_result(next_fixation, before, trial, history)
                name = f"{experiment.name} {trial.condition}"
                rows.append(Step(name, side_of(trial), whole, short, forward, found == wanted))
                history.append(wanted)
    print_table(rows, precision)
    total = sum(spent.values())
    print("\n| where the time of a step goes | share |\n|---|---|")
    for part, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"| {part} | {seconds / total:.0%} |")


def add_shares(spent: dict[str, float], model: SearchModel, trial: Trial) -> None:
    """Add the seconds that each part of a first step takes to `spent`."""
    inside, original = defaultdict(float), _Link.run

    def run(link, patch):
        seconds, result = timed_result(original, link, patch)
        kind = "pooling" if isinstance(link.layer, SamePool2d) else "convolution"
        inside[f"{kind}, {result.features.shape[1]} channels"] += seconds
        return result

    first = [(trial.width // 2, trial.height // 2)]
    next_fixation(model, trial, first)
    _Link.run = run
    total, _ = timed_result(next_fixation, model, trial, first)
    _Link.run = original
    inside["all else: view, correlation, priority, choice"] = total - sum(inside.values())
    for part, seconds in inside.items():
        spent[part] += seconds


def print_table(rows: list[Step], precision: str) -> None:
    print(f"\ntorch {torch.__version__}, {torch.get_num_threads()} threads, {precision}\n")
    print("| condition | field of view px | steps | before | after | same fixation |\n|---|---|---|---|---|---|")
    for name in [*dict.fromkeys(row.condition for row in rows), "all"]:
        of = [row for row in rows if name in (row.condition, "all")]
        before, after, plain = (sum(getattr(row, key) for row in of) for key in ("before", "after", "plain"))
        side = "" if name == "all" else of[0].side
        same = np.mean([row.same for row in of])
        print(f"| {name} | {side} | {len(of)} | {before / plain:.2f} | {after / plain:.2f} | {same:.1%} |")


def peak_gib() -> float:
    """Return the peak memory of this process (Linux; getrusage would count the parent's)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


def only_after(precision: str) -> None:
    """Print the peak memory of two steps in the largest displays, in a process that does nothing else."""
    experiment = EXPERIMENTS["intersection"]
    trial = displays(experiment, 1)[-1]
    model = eccnet(FoveatedEncoder, "cpu", precision, experiment.sharpening)
    start = peak_gib()
    model.search(trial, max_fixations=2)
    peak = peak_gib()
    print(f"\npeak memory of a search with {side_of(trial)} px: {peak:.2f} GiB, of which {start:.2f} before it began")


def on_gpu(device: str, trials_per_set_size: int, batch_sizes: list[int], precision: str) -> None:
    """Print the time of all searches by batch size, and how many are those of the CPU."""
    made = [(experiment, displays(experiment, trials_per_set_size)) for experiment in EXPERIMENTS.values()]

    def search(device: str, every: int, **settings) -> list[np.ndarray]:
        models = [eccnet(FoveatedEncoder, device, precision, experiment.sharpening) for experiment, _ in made]
        for model, (_, trials) in zip(models, made, strict=True):
            model.search(trials[0], max_fixations=1)  # loads kernels and weights
        start = time.perf_counter()
        paths = [
            path.xy
            for model, (_, trials) in zip(models, made, strict=True)
            for path in model.search(trials[::every], progress=False, **settings)
        ]
        print(
            f"| {device} | {settings.get('batch_size', 1)} | {len(paths)} | {time.perf_counter() - start:.1f} |",
            flush=True,
        )
        return paths

    print("| device | batch size | searches | s |\n|---|---|---|---|")
    for batch_size in batch_sizes:
        search(device, 1, batch_size=batch_size)
    wanted, found = search("cpu", CHECKED), search(device, CHECKED, batch_size=batch_sizes[-1])
    same = np.mean([np.array_equal(a, b) for a, b in zip(found, wanted, strict=True)])
    print(f"\n{same:.1%} of {len(wanted)} scanpaths are those of the CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1, help="displays per condition and set size")
    parser.add_argument("--steps", type=int, default=3, help="steps per display")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch-sizes", type=int, nargs="*", default=[1, 4, 16, 64], help="on a GPU")
    parser.add_argument("--memory", action="store_true", help="only measure the peak memory")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.memory:
        only_after(arguments.precision)
    elif arguments.device == "cpu":
        on_cpu(arguments.trials, arguments.steps, arguments.precision)
        command = [sys.executable, __file__, "--memory", "--precision", arguments.precision]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    else:
        on_gpu(arguments.device, arguments.trials, arguments.batch_sizes, arguments.precision)


if __name__ == "__main__":
    main()
