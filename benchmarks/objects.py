"""Attention to objects: how fast it trains and draws scanpaths, and what 2,000 objects take.

    python benchmarks/objects.py [--threads 2] [--device cuda] [--weights FILE]

Paths are random ones over a grid of 6 x 14 objects, as long as people's on book covers (13 fixations in the mean). An
untrained model hardly ever ends a path, so that its paths are cut off at 13 fixations; with --weights, what `gazesim
train` wrote, that model draws paths of its own lengths too.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gazesim.attention.objects.batch import ObjectArray, side_by_side
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.attention.objects.weights import read_object_weights
from gazesim.training.oat import Recipe, train
from gazesim.training.object_paths import ObjectPath, Split

PUBLISHED = ObjectSizes(appearance="none", knows_target="place", position_size=512)
SMALL = replace(PUBLISHED, position_size=64, feed_forward=128, encoder_layers=1, decoder_layers=2)
PATHS, EPOCHS, SAMPLES, USUAL, LONGEST = 480, 3, 100, 13, 60


def grid(columns: int, rows: int) -> Layout:
    y, x = np.divmod(np.arange(columns * rows), columns)
    return Layout(np.column_stack([x, y, x + 1, y + 1]) * 40.0, columns // 2, "grid")


def paths() -> list[ObjectPath]:
    random, display = np.random.default_rng(0), ObjectArray(grid(14, 6))
    lengths = np.clip(random.geometric(1 / USUAL, PATHS), 2, 54)
    return [ObjectPath(random.integers(0, 84, n), display, f"p{i}", "t") for i, n in enumerate(lengths)]


def paths_per_second(sizes: ObjectSizes, device: str) -> float:
    """Return how many paths are trained on in a second, validation left out; the best of some epochs."""
    own = paths()
    split = Split(own, own[:2], own[:2])
    recipe = Recipe(batch_size=32, epochs=EPOCHS, monitor="nll", samples=1, longest=2)
    with tempfile.TemporaryDirectory() as folder:
        _, history = train(sizes, recipe, split, Path(folder), device=device)
    return PATHS / float(history["seconds"].min())


def draw(model: ObjectTransformer, device: str, longest: int) -> tuple[float, float]:
    """Return the seconds that 100 paths over 84 objects take, the best of three, and how long the paths are."""
    displays, seconds = side_by_side([ObjectArray(grid(14, 6))]).to(device), []
    for seed in range(3):
        began = time.perf_counter()
        (drawn,) = model.sample(displays, ["grid"], samples=SAMPLES, seed=seed, longest=longest)
        seconds.append(time.perf_counter() - began)
    return min(seconds), float(np.mean([len(path) for path in drawn]))


def untrained(sizes: ObjectSizes, device: str) -> ObjectTransformer:
    model = ObjectTransformer(sizes)
    model.initialise(0)
    return model.eval().to(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    print(f"torch {torch.__version__}, {device}, {arguments.threads} threads", flush=True)
    models = {"small": untrained(SMALL, device), "published": untrained(PUBLISHED, device)}
    if arguments.weights:
        models["trained"] = read_object_weights(arguments.weights, device)
    for name, model in models.items():
        seconds, length = draw(model, device, LONGEST if name == "trained" else USUAL)
        print(f"{name}: {SAMPLES} paths of {length:.1f} fixations over 84 objects in {seconds:.2f} s", flush=True)
    began, many = time.perf_counter(), side_by_side([ObjectArray(grid(50, 40))]).to(device)
    models["published"].sample(many, ["grid"], samples=SAMPLES, seed=0, longest=5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"published: 2,000 objects, {SAMPLES} paths of 5: {time.perf_counter() - began:.2f} s, peak {peak:.2f} GiB")
    for name, sizes in (("small", SMALL), ("published", PUBLISHED)):
        print(f"{name}: trained on {paths_per_second(sizes, device):.0f} paths/s", flush=True)


if __name__ == "__main__":
    main()
