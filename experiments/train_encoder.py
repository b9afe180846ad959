"""Train the small VGG-like encoder that ships with gazesim, to find in photographs a target seen once.

    python experiments/train_encoder.py --photographs FOLDER --cifar10 FILE --teacher FILE --out FOLDER

Each step cuts windows from photographs (displays) and patches from these windows, which are turned, scaled and
faded (targets). The trunk must tell where each target came from, the way eccNET searches: the target's features
slide over those of all displays as a correlation kernel, and the peak must fall on the right place of the right
display. The displays are pooled as at random eccentricities, so that it works in the periphery too, and sometimes
with maximum instead of average pools. Beside it the trunk learns to classify CIFAR-10.

Stopping is safe at any time: the same command continues and ends with the same weights. The same seed, number of
threads and software give the same weights.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from encoder_data import (
    Warp,
    cut_targets,
    draw_centres,
    draw_displays,
    load_cifar10,
    load_photographs,
)
from encoder_loss import Pooling, Student, search_loss
from encoder_report import write_report
from safetensors.torch import save as serialize
from torch import Generator, Tensor, nn
from tqdm import tqdm

from gazesim.checks import check_positive
from gazesim.encoders.backbones import TORCHVISION_MEAN, TORCHVISION_STD
from gazesim.encoders.compressed import with_sorted_header
from gazesim.files import atomic_path, check_file, writable_folder

CONFIG: list[str | int] = [32, "M", 64, "M", 128, 128, "M", 224, 224, "M", 256, 256, "M"]
WARM_UP = 100  # steps
SAVE_EVERY = 100  # steps


@dataclass(frozen=True)
class Recipe:
    """What decides the weights, beside data and software."""

    seed: int = 0
    steps: int = 1800
    threads: int = 2
    displays: int = 4
    targets: int = 12
    side: int = 256
    learning_rate: float = 1.2e-3
    cifar10_weight: float = 0.3

    def __post_init__(self) -> None:
        check_positive("--steps", self.steps)
        check_positive("--threads", self.threads)

    def rate(self, step: int) -> float:
        """Return the learning rate of `step`: a linear rise, then half a cosine down to 0."""
        decay = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * decay * min(1.0, (step + 1) / WARM_UP)


def losses(student: Student, photos: list[Tensor], cifar10: dict[str, Tensor], recipe: Recipe, step: int) -> Tensor:
    """Draw the data of `step` and return its losses: the four of `search_loss` and CIFAR-10's."""
    generator = Generator().manual_seed(recipe.seed * 1_000_003 + step)
    displays = draw_displays(photos, recipe.displays, recipe.side, generator)
    centres = draw_centres(displays, recipe.targets, 36, generator)
    target_side = int(torch.randint(32, 65, (1,), generator=generator))
    targets = cut_targets(displays, centres, target_side, Warp(), generator)
    rows = torch.randint(len(cifar10["train"]), (64,), generator=generator)
    search = search_loss(student, displays, targets, centres, draw_pooling(recipe.displays, generator))
    classes = F.cross_entropy(student.classify(cifar10["train"][rows] / 255), cifar10["train_labels"][rows])
    return torch.cat([search, classes[None]])


def draw_pooling(displays: int, generator: Generator) -> Pooling:
    """Draw how a batch is pooled: one time in eight with maxima in the fovea, else averages 0 to 14 degrees out."""
    if torch.rand(1, generator=generator) < 0.125:
        return Pooling("max")
    return Pooling("average", tuple((torch.rand(displays, generator=generator) * 14).tolist()))


def train(recipe: Recipe, photos: list[Tensor], cifar10: dict[str, Tensor], out: Path) -> tuple[Student, float]:
    """Train, continuing from `out`/checkpoint.pt where there is one; return the student and the seconds it took."""
    torch.manual_seed(recipe.seed)
    student = Student(CONFIG)
    optimizer = torch.optim.AdamW(student.parameters(), weight_decay=1e-4)
    first, seconds = resume(out / "checkpoint.pt", recipe, student, optimizer)
    weights = torch.tensor([1.0, 1.0, 1.0, 1.0, recipe.cifar10_weight])
    began = time.perf_counter() - seconds
    bar = tqdm(range(first, recipe.steps), initial=first, total=recipe.steps, desc="training", mininterval=5)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(step)
        parts = losses(student, photos, cifar10, recipe, step)
        optimizer.zero_grad()
        (parts * weights).sum().backward()
        nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimizer.step()
        bar.set_postfix_str(" ".join(f"{part:.2f}" for part in parts.tolist()), refresh=False)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == recipe.steps:
            save(out / "checkpoint.pt", recipe, student, optimizer, step + 1, time.perf_counter() - began)
    return student, time.perf_counter() - began


def save(
    path: Path, recipe: Recipe, student: Student, optimizer: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    """Write all that `resume` needs; a file that is there is replaced at once or not at all."""
    state = {"recipe": asdict(recipe), "step": step, "seconds": seconds}
    with atomic_path(path) as partial:
        torch.save({**state, "student": student.state_dict(), "optimizer": optimizer.state_dict()}, partial)


def resume(path: Path, recipe: Recipe, student: Student, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Load a checkpoint into student and optimizer; return the steps done and the seconds they took.

    Raises
    ------
    ValueError
        If the checkpoint is of another recipe.
    """
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    if state["recipe"] != asdict(recipe):
        raise ValueError(f"{path} is of the recipe {state['recipe']}, expected {asdict(recipe)}; use another --out")
    student.load_state_dict(state["student"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], state["seconds"]


def export(student: Student, path: Path, seed: int) -> None:
    """Write the trunk as float16 safetensors, named as in torchvision's VGG, with what a reader must know."""
    metadata = {
        "architecture": "vgg",
        "config": json.dumps(CONFIG),
        "input": "RGB 0..1, minus mean, divided by std",
        "mean": json.dumps(TORCHVISION_MEAN),
        "std": json.dumps(TORCHVISION_STD),
        "version": "1",
        "seed": str(seed),
    }
    tensors = {f"features.{name}": value.half() for name, value in student.features.state_dict().items()}
    with atomic_path(path) as partial:
        partial.write_bytes(with_sorted_header(serialize(tensors, metadata)))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="train_encoder", description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    add("--photographs", type=Path, required=True, metavar="FOLDER", help="JPEG or PNG photographs, 200 px or more")
    add("--cifar10", type=Path, required=True, metavar="FILE", help="npz with {train,test}_{bytes,offsets,labels}")
    add("--teacher", type=Path, metavar="FILE", help="weights to compare with in the report, such as SqueezeNet's")
    add("--out", type=Path, required=True, metavar="FOLDER", help="for the weights, the report and the checkpoint")
    add("--seed", type=int, default=Recipe.seed, help="of everything drawn at random [%(default)s]")
    add("--steps", type=int, default=Recipe.steps, help="training steps [%(default)s]")
    add("--threads", type=int, default=Recipe.threads, help="CPU threads; another number, other weights [%(default)s]")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write places.safetensors and report.md; return the exit status."""
    options = parse(arguments)
    try:
        out = writable_folder(options.out)
        check_file("--cifar10", options.cifar10)
        recipe = Recipe(options.seed, options.steps, options.threads)
        torch.set_num_threads(recipe.threads)
        photos, cifar10 = load_photographs(options.photographs, recipe.seed), load_cifar10(options.cifar10)
        student, seconds = train(recipe, photos.train, cifar10, out)
        export(student, out / "places.safetensors", recipe.seed)
        made = {"teacher": options.teacher, "recipe": asdict(recipe), "seconds": seconds}
        print(write_report(out, student, photos.test, cifar10, **made))
    except (FileNotFoundError, ValueError) as error:
        print(f"train_encoder: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
