"""Networks trained on what four perceptual systems leave of pictures, and the tests of what they rely on.

    python experiments/foveated_systems.py runs/foveated --pictures cifar10_jpeg.npz
    python experiments/foveated_systems.py runs/places --pictures miniplaces --preset published_resnet18

The systems of Deza & Konkle (2020): reference, foveated texture, foveated blur and uniform blur, both blurs matched to
the texture by SSIM. In each seed the four networks start from the same weights. Pictures are CIFAR-10 in one npz (see
`encoder_data.load_cifar10`), or a folder with train/CLASS/ and test/CLASS/. Writes pictures/, networks/, matching.csv,
epochs.csv, tests.csv, tables.md and figures; what is there is not made again, so a run that was stopped continues: with
the next 500 pictures, the next network, or the next network's tests.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torchvision
from encoder_data import load_cifar10
from foveated_report import report
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gazesim.encoders.backbones import TORCHVISION_MEAN, TORCHVISION_STD
from gazesim.files import atomic_path
from gazesim.perception.matching import similarity
from gazesim.perception.robustness import OCCLUSIONS, cue_conflict, high_pass, low_pass, without_colour
from gazesim.perception.systems import BLURS, SYSTEMS, Systems
from gazesim.perception.windows import Windows
from gazesim.progress import progress_bar

SPAN_DEG, SCALE = 26, 0.4
CHUNK = 500
TEST_SEED = 1_000_000  # of the noise of the first test picture
Parts = dict[str, np.ndarray]


@dataclass(frozen=True)
class Preset:
    """The size of everything.

    side, render_px   : px of what networks see, and of the pictures that are transformed
    train, test       : pictures in all, the same number of each class
    matched           : pictures that the blurs are matched on
    network           : "small", "alexnet" or "resnet18"
    rate, factor, at  : the learning rate, and by which factor at which shares of the epochs it falls
    low_px, high_px   : deviations of the filters, px of what networks see
    steps             : of the occlusions and the square; their shares grow linearly from 0 to 1
    tested            : test pictures for all but the table of systems
    """

    side: int
    render_px: int
    train: int
    test: int
    matched: int
    network: str
    epochs: int
    batch: int
    rate: float
    factor: float
    at: tuple[float, float]
    low_px: tuple[float, ...]
    high_px: tuple[float, ...]
    grey: bool
    steps: int
    tested: int


SMALL = Preset(
    *(64, 64, 5000, 2000, 100, "small", 8, 32, 0.02, 0.5, (0.25, 0.5)),
    low_px=(0, 0.25, 0.75, 1.25, 1.75, 2.25, 3.75, 10),
    high_px=(0, 6, 4, 3, 2, 1.5, 1, 0.7),
    grey=False,
    steps=9,
    tested=600,
)
LOW, HIGH = (0, 1, 3, 5, 7, 9, 15, 40), (0, 3, 1.5, 1, 0.7, 0.55, 0.45, 0.4)
PUBLISHED = Preset(
    *(256, 512, 90_000, 5000, 10_000, "alexnet", 120, 128, 0.01, 0.5, (0.25, 0.5)),
    low_px=LOW,
    high_px=HIGH,
    grey=True,
    steps=17,
    tested=5000,
)
PRESETS = {
    "small": SMALL,
    "published_alexnet": PUBLISHED,
    "published_resnet18": replace(PUBLISHED, network="resnet18", epochs=80, rate=0.05, factor=0.25, at=(0.2, 0.4)),
}


def load_pictures(source: Path, preset: Preset) -> tuple[Parts, Parts]:
    """Return pictures uint8 (n, render_px, render_px, 3) and labels (n,) by part, the first ones of each class."""
    pictures, labels = {}, {}
    whole = load_cifar10(source) if source.is_file() else None
    for part, number in (("train", preset.train), ("test", preset.test)):
        if whole is not None:
            every, kinds = whole[part].permute(0, 2, 3, 1).numpy(), whole[f"{part}_labels"].numpy()
        else:
            classes = sorted(each for each in (source / part).iterdir() if each.is_dir())
            files = [sorted(each.iterdir()) for each in classes]
            every, kinds = (
                [file for own in files for file in own],
                np.repeat(np.arange(len(files)), [len(each) for each in files]),
            )
        each = number // (int(kinds.max()) + 1)
        own = np.concatenate([np.flatnonzero(kinds == kind)[:each] for kind in np.unique(kinds)])
        own = np.random.default_rng(0).permutation(own)
        pictures[part] = np.stack([_sized(every[i], preset.render_px) for i in own])
        labels[part] = kinds[own]
    return pictures, labels


def _sized(source: object, side: int) -> np.ndarray:
    image = Image.open(source) if isinstance(source, Path) else Image.fromarray(np.asarray(source))
    return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


def match_blurs(systems: Systems, pictures: np.ndarray, out: Path) -> dict[str, float]:
    """Return the matched strength of each blur, and write what each is worth before and after into matching.csv."""
    table = out / "matching.csv"
    if not table.exists():
        rows = []
        for name in BLURS:
            for measure in ("ssim", "mse"):
                found = systems.matched(name, pictures, measure)
                start = systems.unmatched(name)
                blurred = (systems(name, each, strength=start) for each in pictures)
                before = similarity(list(pictures), blurred, measure)
                rows.append((name, measure, start, before, found.strength, found.reached, found.wanted))
        names = ["system", "measure", "unmatched", "before", "strength", "reached", "texture"]
        with atomic_path(table) as partial:
            pd.DataFrame(rows, columns=names).to_csv(partial, index=False)
    read = pd.read_csv(table)
    return dict(read.loc[read["measure"] == "ssim", ["system", "strength"]].itertuples(index=False, name=None))


def transformed(
    systems: Systems, pictures: Parts, strengths: dict[str, float], side: int, out: Path
) -> dict[str, Parts]:
    """Return what each system leaves of all pictures, uint8 (n, side, side, 3) by system and part."""
    result: dict[str, Parts] = {}
    total = len(SYSTEMS) * sum(map(len, pictures.values()))
    with progress_bar(total=total, unit="picture", desc="transforms") as bar:
        for name in SYSTEMS:
            (out / "pictures" / name).mkdir(parents=True, exist_ok=True)
            result[name] = {}
            for part, every in pictures.items():
                chunks = []
                for first in range(0, len(every), CHUNK):
                    file = out / "pictures" / name / f"{part}_{first:06d}.npy"
                    if not file.exists():
                        seed = first + (TEST_SEED if part == "test" else 0)
                        numbered = enumerate(every[first : first + CHUNK], seed)
                        made = [systems(name, each, strength=strengths.get(name), seed=n) for n, each in numbered]
                        with atomic_path(file) as partial:
                            np.save(partial, np.stack([_sized(each, side) for each in made]))
                    chunks.append(np.load(file))
                    bar.update(len(chunks[-1]))
                result[name][part] = np.concatenate(chunks)
    return result


def network(preset: Preset, classes: int, seed: int) -> nn.Module:
    """Return a network with random weights, the same ones for the same seed."""
    torch.manual_seed(seed)
    if preset.network == "resnet18":
        return torchvision.models.resnet18(num_classes=classes)
    if preset.network == "alexnet":
        return torchvision.models.alexnet(num_classes=classes)
    layers: list[nn.Module] = []
    for before, after, size, stride, pooled in ((3, 32, 7, 4, 0), (32, 48, 3, 1, 1), (48, 64, 3, 1, 1)):
        layers += [nn.Conv2d(before, after, size, stride, size // 2), nn.ReLU()] + [nn.MaxPool2d(2)] * pooled
    features = 64 * (preset.side // 16) ** 2
    layers += [nn.Flatten(), nn.Dropout(0.5), nn.Linear(features, 128), nn.ReLU(), nn.Linear(128, classes)]
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def as_input(pictures: np.ndarray) -> Tensor:
    """Return the input of a network, float32 (n, 3, side, side), for uint8 (n, side, side, 3)."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    x = (x - torch.tensor(TORCHVISION_MEAN)[:, None, None]) / torch.tensor(TORCHVISION_STD)[:, None, None]
    return x.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def answers(model: nn.Module, pictures: np.ndarray) -> np.ndarray:
    """Return the class that the network finds likeliest in each picture, (n,)."""
    model.eval()
    return np.concatenate(
        [model(as_input(part)).argmax(1).numpy() for part in np.array_split(pictures, len(pictures) // 100 + 1)]
    )


def train(model: nn.Module, parts: Parts, labels: Parts, preset: Preset, seed: int) -> list[tuple[int, float, float]]:
    """Train `model` as published: SGD with Nesterov's momentum, no crops or mirroring; return accuracies by epoch."""
    model.to(memory_format=torch.channels_last)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.SGD(model.parameters(), preset.rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    targets, rows = torch.from_numpy(labels["train"]), []
    shown = slice(preset.tested)
    for epoch in range(1, preset.epochs + 1):
        falls = sum(epoch > np.ceil(preset.epochs * share) for share in preset.at)
        optimiser.param_groups[0]["lr"] = preset.rate * preset.factor**falls
        model.train()
        for batch in torch.randperm(len(targets), generator=generator).split(preset.batch):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(as_input(parts["train"][batch.numpy()])), targets[batch])
            loss.backward()
            optimiser.step()
        right = [float((answers(model, parts[part][shown]) == labels[part][shown]).mean()) for part in parts]
        rows.append((epoch, *right))
        print(f"  epoch {epoch}: train {right[0]:.3f}, test {right[1]:.3f}", file=sys.stderr, flush=True)
    return rows


def measurements(
    preset: Preset, own: Parts, labels: np.ndarray, mean: np.ndarray
) -> Iterator[tuple[str, float, np.ndarray, np.ndarray]]:
    """Yield test, level, pictures and the labels that count as right, on pictures of the network's own system."""
    pictures, kinds = own["test"][: preset.tested], labels[: preset.tested]
    versions = {"": pictures, "_grey": without_colour(pictures)} if preset.grey else {"": pictures}
    for kind, version in versions.items():
        for sigma in preset.low_px:
            yield f"low_pass{kind}", sigma, low_pass(version, sigma), kinds
        for sigma in preset.high_px:
            yield f"high_pass{kind}", sigma, high_pass(version, sigma, mean), kinds
    shares = np.linspace(0, 1, preset.steps)
    for name, cover in OCCLUSIONS.items():
        for share in shares:
            yield name, share, cover(pictures, share), kinds
    classes = int(labels.max()) + 1
    by_class = [np.flatnonzero(kinds == kind) for kind in range(classes)]
    outside = np.concatenate([by_class[kind][: len(min(by_class, key=len))] for kind in range(classes)])
    inside = np.roll(outside.reshape(classes, -1), -1, axis=0).ravel()  # the next class in the middle
    for share in np.arange(1, 9) / 9:
        shown = cue_conflict(pictures[inside], pictures[outside], share, "window")
        yield "window_inside", share, shown, kinds[inside]
        yield "window_outside", share, shown, kinds[outside]
    turn = np.arange(outside.size) % (classes - 1) + 1  # every other class in turn in the middle
    place = np.arange(outside.size) % (outside.size // classes)
    inside = outside.reshape(classes, -1)[(kinds[outside] + turn) % classes, place]
    for share in shares:
        shown = cue_conflict(pictures[inside], pictures[outside], share, "square")
        yield "square_inside", share, shown, kinds[inside]
        yield "square_outside", share, shown, kinds[outside]


def tested(
    model: nn.Module, name: str, systems: dict[str, Parts], labels: Parts, preset: Preset
) -> list[tuple[str, float, float]]:
    """Return test, level and share of right answers of one network."""
    rows = []
    for other, parts in systems.items():
        rows.append((f"shown_{other}", 0.0, float((answers(model, parts["test"]) == labels["test"]).mean())))
    right = answers(model, systems[name]["train"]) == labels["train"]
    rows.append(("trained", 0.0, float(right.mean())))
    mean = systems[name]["train"].mean(axis=(0, 1, 2))
    previous, found = None, np.empty(0)
    for test, level, pictures, kinds in measurements(preset, systems[name], labels["test"], mean):
        if pictures is not previous:
            previous, found = pictures, answers(model, pictures)
        rows.append((test, float(level), float((found == kinds).mean())))
    return rows


def append(
    path: Path,
    rows: list[tuple[str, float, float]] | list[tuple[int, float, float]],
    key: tuple[str, int],
    names: list[str],
) -> None:
    """Add rows of one network to a table, all or none of them."""
    table = pd.DataFrame([(*key, *row) for row in rows], columns=["system", "seed", *names])
    before = [pd.read_csv(path)] if path.exists() else []
    with atomic_path(path) as partial:
        pd.concat([*before, table]).to_csv(partial, index=False)


def done(path: Path) -> set[tuple[str, int]]:
    """Return the networks that a table has."""
    return set(pd.read_csv(path)[["system", "seed"]].itertuples(index=False, name=None)) if path.exists() else set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what has not been run, write tables and figures; return the exit status."""
    parser = argparse.ArgumentParser(prog="foveated_systems", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the results")
    parser.add_argument(
        "--pictures", type=Path, required=True, help="CIFAR-10 as npz, or a folder with train/ and test/"
    )
    parser.add_argument("--preset", choices=PRESETS, default="small")
    parser.add_argument("--seeds", type=int, default=3)
    for name in ("epochs", "train", "test", "matched", "tested"):
        parser.add_argument(f"--{name}", type=int, help=f"instead of the preset's {name}")
    options = parser.parse_args(arguments)
    preset = PRESETS[options.preset]
    given = {name: getattr(options, name) for name in ("epochs", "train", "test", "matched", "tested")}
    preset = replace(preset, **{name: value for name, value in given.items() if value is not None})
    out: Path = options.out
    (out / "networks").mkdir(parents=True, exist_ok=True)
    torch.use_deterministic_algorithms(True)
    side = preset.render_px
    systems = Systems(Windows(side, side, ((side - 1) / 2,) * 2, side / SPAN_DEG, SCALE))
    pictures, labels = load_pictures(options.pictures, preset)
    strengths = match_blurs(systems, pictures["train"][: preset.matched], out)
    shown = transformed(systems, pictures, strengths, preset.side, out)
    classes = int(labels["train"].max()) + 1
    for seed in range(options.seeds):
        for name in SYSTEMS:
            model, file = network(preset, classes, seed), out / "networks" / f"{name}_{seed}.safetensors"
            if not file.exists():
                print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
                rows = train(model, shown[name], labels, preset, seed)
                if (name, seed) not in done(out / "epochs.csv"):
                    append(out / "epochs.csv", rows, (name, seed), ["epoch", "train", "test"])
                with atomic_path(file) as partial:
                    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, partial)
            if (name, seed) not in done(out / "tests.csv"):
                model.load_state_dict(load_file(file))
                model.to(memory_format=torch.channels_last)
                rows = tested(model, name, shown, labels, preset)
                append(out / "tests.csv", rows, (name, seed), ["test", "level", "accuracy"])
    print(report(out, {name: parts["test"] for name, parts in shown.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
