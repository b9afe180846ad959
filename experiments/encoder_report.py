"""What `train_encoder` reports of the weights it made: size, checksum, accuracy, and search in held-out photographs."""

import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from encoder_data import magnified
from encoder_loss import Pooling, Student, stages
from torch import Tensor, nn
from tqdm import tqdm

from gazesim.attention import Attention, Glance
from gazesim.attention.top_down.target import TargetAttention
from gazesim.encoders.backbones import Trunk, load_trunk
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.files import atomic_path
from gazesim.stimuli.scenes import patch_trial
from gazesim.trial import Trial

PX_PER_DEGREE = 24
PATCH_DEG = 2.0
SHORT_SIDE = 400  # px, to which photographs are enlarged
LOOKS = (1, 3, 10, 30)


def write_report(
    out: Path,
    student: Student,
    photos: list[Tensor],
    cifar10: Mapping[str, Tensor],
    *,
    teacher: Path | None,
    recipe: Mapping[str, object],
    seconds: float,
) -> str:
    """Measure the weights `out`/places.safetensors, write `out`/report.md and return its text.

    Parameters
    ----------
    student : Student
        As trained; its trunk is what the file holds.
    photos : list of uint8 (3, height, width)
        Photographs that training has not seen.
    cifar10 : mapping
        As `encoder_data.load_cifar10` returns it.
    teacher : Path, optional
        Weights to compare with, a file that `load_trunk` reads.
    recipe, seconds
        How it was trained, and for how long.
    """
    file = out / "places.safetensors"
    trials = held_out_trials(photos)
    torch.manual_seed(0)
    widths: list[int | str] = ["M" if isinstance(x, nn.MaxPool2d) else x.out_channels for x in convolutional(student)]
    trunks = {"these weights": of(student), "random weights, same shape": of(Student(widths))}
    if teacher is not None:
        trunks[f"{teacher.stem}"] = load_trunk(teacher)
    rows = {name: found_shares(trunk, trials, name) for name, trunk in trunks.items()}
    facts = {
        "parameters of the trunk": f"{sum(p.numel() for p in student.features.parameters()):,}",
        "file": f"{file.stat().st_size:,} bytes, SHA-256 `{hashlib.sha256(file.read_bytes()).hexdigest()}`",
        "CIFAR-10 test accuracy, trained head": f"{head_accuracy(student, cifar10):.1%}",
        "CIFAR-10 test accuracy, linear probe": f"{probe_accuracy(student, cifar10):.1%}",
        "recipe": ", ".join(f"{name} {value}" for name, value in recipe.items()),
        "training time": f"{seconds / 60:.0f} min",
        "made with": f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"torchvision {torchvision.__version__}, {platform.system()} {platform.machine()}",
    }
    text = as_markdown(facts, rows, len(trials))
    with atomic_path(out / "report.md") as partial:
        partial.write_text(text, encoding="utf-8")
    return text


def as_markdown(facts: Mapping[str, str], rows: Mapping[str, list[float]], n: int) -> str:
    """Return two tables: the facts, and the share of `n` targets found within `LOOKS`."""
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items()), ""]
    lines += [f"| share of {n} targets found within | {' | '.join(map(str, LOOKS))} looks |", "|---" * 5 + "|"]
    lines += [f"| {name} | {' | '.join(f'{share:.2f}' for share in shares)} |" for name, shares in rows.items()]
    return "\n".join(lines) + "\n"


def convolutional(student: Student) -> list[nn.Module]:
    """Return the convolutions and pools of its trunk."""
    return [layer for layer in student.features if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]


def of(student: Student) -> Trunk:
    """Return the trunk of `student` as it is shipped, rounded to float16."""
    features = student.features.half().float().eval().requires_grad_(False)
    return Trunk("places", features, "torchvision", "train_encoder")


@torch.inference_mode()
def head_accuracy(student: Student, cifar10: Mapping[str, Tensor]) -> float:
    """Return the share of CIFAR-10's test images that the student gives their label."""
    guesses = [student.classify(batch / 255).argmax(1) for batch in cifar10["test"].split(500)]
    return float((torch.cat(guesses) == cifar10["test_labels"]).float().mean())


@torch.inference_mode()
def probe_accuracy(student: Student, cifar10: Mapping[str, Tensor], ridge: float = 1e-3) -> float:
    """Return the test accuracy of ridge regression on the trunk's last three stages, each pooled to 2 x 2."""
    described = {part: describe(student, cifar10[part]) for part in ("train", "test")}
    mean, deviation = described["train"].mean(0), described["train"].std(0) + 1e-6
    train, test = ((x - mean) / deviation for x in described.values())
    wanted = F.one_hot(cifar10["train_labels"], 10).double() - 0.1
    gram = train.T @ train / len(train) + ridge * torch.eye(train.shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(gram, train.T @ wanted / len(train))
    return float(((test @ weights).argmax(1) == cifar10["test_labels"]).double().mean())


def describe(student: Student, images: Tensor) -> Tensor:
    """Return the features of `images` (n, 3, 32, 32) uint8 for a linear probe, float64 (n, channels)."""
    rows = []
    for batch in images.split(500):
        maps = stages(student.features, batch / 255, Pooling())
        rows.append(torch.cat([F.adaptive_avg_pool2d(x, 2).flatten(1) for x in maps], 1).double())
    return torch.cat(rows)


def held_out_trials(photos: list[Tensor], seed: int = 0) -> list[Trial]:
    """Return a search in each photograph for a patch of it, turned by 15 degrees, scaled by 0.85, contrast 0.8.

    The patch is the one of ten random places whose grey levels vary most.
    """
    random = np.random.default_rng(seed)
    half = int(PATCH_DEG * PX_PER_DEGREE / 2)
    trials = []
    for photo in photos:
        image = (magnified(photo, SHORT_SIDE) * 255).round().byte().permute(1, 2, 0).numpy()
        height, width = image.shape[:2]
        places = random.integers(half, [width - half, height - half], (10, 2))
        spread = [image[y - half : y + half, x - half : x + half].mean(2).std() for x, y in places]
        place = places[int(np.argmax(spread))]
        changes = {"rotation_deg": 15.0, "scale": 0.85, "contrast": 0.8}
        trials.append(patch_trial(image, place, size_deg=PATCH_DEG, px_per_degree=PX_PER_DEGREE, **changes))
    return trials


def found_shares(trunk: Trunk, trials: list[Trial], name: str) -> list[float]:
    """Return the share of trials that eccNET on `trunk` finds within each of `LOOKS`."""
    attention = TargetAttention(FoveatedEncoder(trunk))
    looks = np.array([looks_needed(attention, trial) for trial in tqdm(trials, desc=name)])
    return [float((looks <= limit).mean()) for limit in LOOKS]


def looks_needed(attention: Attention, trial: Trial) -> float:
    """Return how many of the best places of one glance from the centre it takes to come within 1 degree.

    A place looked at takes the square degree around it out of the map; infinite after the last of `LOOKS`.
    """
    centre = np.array([trial.width // 2, trial.height // 2], np.float64)
    priority = attention.attend([Glance(trial, trial.image, centre)])[0].map
    priority = np.where(np.isnan(priority), -np.inf, priority)
    target, radius = trial.target_centre, round(trial.px_per_degree)
    assert target is not None
    for look in range(1, LOOKS[-1] + 1):
        y, x = np.unravel_index(int(priority.argmax()), priority.shape)
        if np.hypot(x - target[0], y - target[1]) <= trial.px_per_degree:
            return look
        priority[max(0, y - radius) : y + radius, max(0, x - radius) : x + radius] = -np.inf
    return np.inf
