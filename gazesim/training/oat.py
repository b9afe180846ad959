"""Training OAT on people's paths over objects: teacher forcing, early stopping, resumable to the same result."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from gazesim.attention.objects.batch import ObjectBatch, mirrored, side_by_side
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.metrics import behaviour, behaviour_delta, mean_behaviour
from gazesim.training.checkpoints import read_checkpoint, write_checkpoint
from gazesim.training.object_paths import ObjectPath, Split

IGNORED = -100
WINDOW = 8  # batches within which paths are sorted by length


@dataclass(frozen=True)
class Recipe:
    """How to train; the defaults are the published ones.

    Parameters
    ----------
    learning_rate : float
        Of Adam.
    batch_size, epochs : int
    patience : int
        After so many epochs without gain training stops; the best epoch is kept.
    monitor : {"delta", "nll"}
        What gain is: a smaller behaviour delta of sampled paths on the validation part, as published, or a smaller
        negative log-likelihood of people's next objects.
    clip : float
        Largest norm of the gradient.
    mirror : bool
        Whether displays are turned left to right, and upside down, at random in training.
    samples : int
        How many paths are drawn for each validation path.
    longest : int
        How many fixations these have at most.
    seed : int
        Of weights, order, dropout and samples.
    """

    learning_rate: float = 1e-4
    batch_size: int = 20
    epochs: int = 500
    patience: int = 30
    monitor: Literal["delta", "nll"] = "delta"
    clip: float = 1.0
    mirror: bool = False
    samples: int = 10
    longest: int = 60
    seed: int = 1234

    def __post_init__(self) -> None:
        for name in ("batch_size", "epochs", "patience", "samples", "longest"):
            check_at_least(name, getattr(self, name), 1)
        check_at_least("seed", self.seed, 0)
        check_positive("learning_rate", self.learning_rate)
        check_positive("clip", self.clip)
        check_option("monitor", self.monitor, ("delta", "nll"))
        check_option("mirror", self.mirror, (True, False))


class Batch(NamedTuple):
    """Paths side by side: their displays, objects (b, t) and what is to be predicted (b, t + 1)."""

    displays: ObjectBatch
    paths: Tensor
    expected: Tensor


def make_batch(paths: Sequence[ObjectPath]) -> Batch:
    """Return `paths` as one batch."""
    displays = side_by_side([path.display for path in paths])
    longest = max(map(len, paths))
    objects = torch.zeros(len(paths), longest, dtype=torch.int64)
    expected = torch.full((len(paths), longest + 1), IGNORED)
    for row, own, path in zip(objects, expected, paths, strict=True):
        row[: len(path)] = own[: len(path)] = torch.from_numpy(path.objects)
        own[len(path)] = displays.end
    return Batch(displays, objects, expected)


def batches(paths: Sequence[ObjectPath], size: int, seed: int, epoch: int) -> Iterator[list[ObjectPath]]:
    """Yield the paths in an order drawn for the epoch, those of similar length together."""
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(paths))
    chosen = []
    for start in range(0, len(order), size * WINDOW):
        window = sorted(order[start : start + size * WINDOW], key=lambda i: len(paths[i]))
        chosen += [window[i : i + size] for i in range(0, len(window), size)]
    for i in random.permutation(len(chosen)):
        yield [paths[j] for j in chosen[i]]


def negative_log_likelihood(model: ObjectTransformer, paths: Sequence[ObjectPath]) -> float:
    """Return the mean over all steps, ends included, of -log p of what people did next, nats."""
    device, total, steps = next(model.parameters()).device, 0.0, 0
    ordered = sorted(paths, key=len)
    with torch.inference_mode():
        for start in range(0, len(paths), 64):
            batch = make_batch(ordered[start : start + 64])
            found = model(batch.displays.to(device), batch.paths.to(device)).cpu()
            total += float(
                F.nll_loss(found.flatten(0, 1), batch.expected.flatten(), ignore_index=IGNORED, reduction="sum")
            )
            steps += int((batch.expected != IGNORED).sum())
    return total / steps


def sample_paths(
    model: ObjectTransformer,
    paths: Sequence[ObjectPath],
    *,
    samples: int,
    seed: int | None,
    longest: int,
) -> list[list[NDArray[np.int64]]]:
    """Return `samples` drawn paths for each of people's `paths`, over the same display."""
    device, found = next(model.parameters()).device, []
    for start in range(0, len(paths), 64):
        part = paths[start : start + 64]
        displays = make_batch(part).displays.to(device)
        ids = [f"{path.layout.id}\n{path.observer}" for path in part]
        found += model.sample(displays, ids, samples=samples, seed=seed, longest=longest)
    return found


def delta(drawn: Sequence[Sequence[NDArray[np.int64]]], paths: Sequence[ObjectPath]) -> float:
    """Return the behaviour delta of drawn paths from people's `paths` over the same displays."""
    simulated = [behaviour(one, path.layout.target) for many, path in zip(drawn, paths, strict=True) for one in many]
    people = [behaviour(path.objects, path.layout.target) for path in paths]
    return behaviour_delta(mean_behaviour(simulated), mean_behaviour(people))


@dataclass
class Progress:
    """Where a training is; all that a checkpoint holds."""

    model: ObjectTransformer
    optimizer: torch.optim.Adam
    best: dict[str, Tensor]
    history: list[dict[str, float]]

    @property
    def epoch(self) -> int:
        """How many are done."""
        return len(self.history)

    def best_epoch(self, monitor: str) -> int:
        """Return the first of the best epochs, from 0."""
        return int(np.argmin([_or_infinite(row[f"validation_{monitor}"]) for row in self.history]))


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute on one thread: several add up in another order, and the same seed gave other weights."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@one_thread()
def train(
    sizes: ObjectSizes, recipe: Recipe, split: Split, out: Path, device: str = "cpu"
) -> tuple[ObjectTransformer, pd.DataFrame]:
    """Train on `split.train` until the validation part gains no more.

    Parameters
    ----------
    sizes : ObjectSizes
    recipe : Recipe
    split : Split
        Over displays without a top-down priority.
    out : Path
        A folder; checkpoint.pt in it is written after each epoch, and continued from. On a CPU training ends with the
        same weights, stopped and continued or not, whatever the number of threads: it takes one.
    device : str
        On "cuda" most is computed in bfloat16.

    Returns
    -------
    ObjectTransformer
        Of the best epoch.
    DataFrame
        Each epoch's `train_nll` (with dropout), `validation_nll`, `validation_delta` and `seconds`.

    Raises
    ------
    ValueError
        If the folder holds a checkpoint of another training, the loss is not finite, or the delta, to be monitored, is
        not defined.
    """
    if recipe.monitor == "delta":
        _check_delta(split.validation)
    identity = _identity(sizes, recipe, split)
    progress = _start(sizes, recipe, out / "checkpoint.pt", identity, device)
    bar = tqdm(total=recipe.epochs, initial=progress.epoch, desc="training", unit="epoch", disable=None)
    while progress.epoch < recipe.epochs and not _finished(progress, recipe):
        began = time.perf_counter()
        row = {"train_nll": _epoch(progress, recipe, split.train, device)}
        row |= _validate(progress.model, recipe, split.validation)
        progress.history.append({**row, "seconds": time.perf_counter() - began})
        if progress.best_epoch(recipe.monitor) == progress.epoch - 1:
            progress.best = {name: tensor.cpu().clone() for name, tensor in progress.model.state_dict().items()}
        _save(out / "checkpoint.pt", progress, identity)
        bar.update()
        bar.set_postfix({key: f"{value:.3f}" for key, value in row.items()}, refresh=False)
    bar.close()
    progress.model.load_state_dict(progress.best)
    return progress.model.eval(), pd.DataFrame(progress.history)


def _epoch(progress: Progress, recipe: Recipe, paths: Sequence[ObjectPath], device: str) -> float:
    """Train on all paths once and return the mean loss of a step."""
    model, total, steps = progress.model.train(), 0.0, 0
    with torch.random.fork_rng(devices=None if device.startswith("cuda") else []):
        torch.manual_seed(recipe.seed * 100_003 + progress.epoch)  # of dropout
        for chosen in batches(paths, recipe.batch_size, recipe.seed, progress.epoch):
            batch = make_batch(chosen)
            displays = batch.displays
            if recipe.mirror:
                displays = mirrored(displays, torch.rand(len(chosen), 2) < 0.5)
            with torch.autocast("cuda", torch.bfloat16, enabled=device.startswith("cuda")):
                found = model(displays.to(device), batch.paths.to(device))
            loss = _loss(found, batch.expected.to(device), "mean")
            if not torch.isfinite(loss):
                raise ValueError(f"the loss is {loss.item()} in epoch {progress.epoch}; try a smaller learning_rate")
            progress.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            progress.optimizer.step()
            count = int((batch.expected != IGNORED).sum())
            total, steps = total + loss.item() * count, steps + count
    return total / steps


def _loss(log_prob: Tensor, expected: Tensor, reduction: str) -> Tensor:
    """Return the negative log-likelihood of `expected` (b, t) under `log_prob` (b, t, n + 1)."""
    return F.nll_loss(log_prob.flatten(0, 1), expected.flatten(), ignore_index=IGNORED, reduction=reduction)


def _validate(model: ObjectTransformer, recipe: Recipe, paths: Sequence[ObjectPath]) -> dict[str, float]:
    model.eval()
    drawn = sample_paths(model, paths, samples=recipe.samples, seed=recipe.seed, longest=recipe.longest)
    return {"validation_nll": negative_log_likelihood(model, paths), "validation_delta": delta(drawn, paths)}


def _check_delta(paths: Sequence[ObjectPath]) -> None:
    """Raise ValueError where people's mean is 0, which leaves no relative difference."""
    people = mean_behaviour(behaviour(path.objects, path.layout.target) for path in paths)
    for name, value in people._asdict().items():
        if value == 0:
            raise ValueError(f"monitor is 'delta', but people's {name} in the validation part is 0, expected 'nll'")


def _finished(progress: Progress, recipe: Recipe) -> bool:
    return progress.epoch > 0 and progress.epoch - 1 - progress.best_epoch(recipe.monitor) >= recipe.patience


def _start(sizes: ObjectSizes, recipe: Recipe, path: Path, identity: str, device: str) -> Progress:
    """Return a new training, or that of the checkpoint `path`."""
    model = ObjectTransformer(sizes)
    model.initialise(recipe.seed)
    optimizer = torch.optim.Adam(model.to(device).parameters(), lr=recipe.learning_rate)
    progress = Progress(model, optimizer, {}, [])
    state = read_checkpoint(path, identity, device)
    if state is None:
        return progress
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    progress.best, progress.history = {k: v.cpu() for k, v in state["best"].items()}, state["history"]
    return progress


def _save(path: Path, progress: Progress, identity: str) -> None:
    state: dict[str, object] = {"best": progress.best, "history": progress.history}
    state |= {"model": progress.model.state_dict(), "optimizer": progress.optimizer.state_dict()}
    write_checkpoint(path, identity, state)


def _identity(sizes: ObjectSizes, recipe: Recipe, split: Split) -> str:
    """Return a hash of all that decides the result but the number of epochs, which may be raised."""
    facts = {**asdict(recipe), "epochs": None, "sizes": asdict(sizes)}
    found = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for path in (path for part in split for path in part):
        found.update(f"{path.layout.id}\n{path.observer}\n{path.layout.target}\n".encode())
        found.update(path.objects.tobytes() + path.layout.boxes.tobytes())
        if path.display.appearance is not None:
            found.update(path.display.appearance.tobytes())
    return found.hexdigest()


def _or_infinite(value: float) -> float:
    return value if np.isfinite(value) else np.inf
