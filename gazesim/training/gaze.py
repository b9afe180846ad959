"""Training readouts on people's fixations: likelihood, folds over pictures, early stopping, resumable to the same."""

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.learned.readout import Readout, ReadoutSizes, centre_bias, past_channels
from gazesim.checks import check_at_least, check_not_negative, check_positive
from gazesim.progress import progress_bar
from gazesim.training.checkpoints import read_checkpoint, write_checkpoint
from gazesim.training.oat import one_thread
from gazesim.training.viewed import Viewed

DURATION_SHARE = 0.2  # of the loss of durations, beside those of places


@dataclass(frozen=True)
class GazeRecipe:
    """How readouts are trained.

    Parameters
    ----------
    folds : int
        Each is tested by a readout that the next fold stopped and all others taught.
    epochs, patience : int
        At most so many; it stops after so many without gain in the likelihood of the fold it is stopped by.
    learning_rate, weight_decay : float
        Of AdamW; the rate falls to 0 along half a cosine.
    batch_size : int
        Pictures of a step.
    per_picture : int
        How many next fixations are drawn of each picture and epoch.
    seed : int
    """

    folds: int = 10
    epochs: int = 12
    patience: int = 4
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    batch_size: int = 8
    per_picture: int = 24
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "patience", "batch_size", "per_picture"):
            check_at_least(name, getattr(self, name), 1)
        check_at_least("folds", self.folds, 3)
        check_at_least("seed", self.seed, 0)
        check_positive("learning_rate", self.learning_rate)
        check_not_negative("weight_decay", self.weight_decay)


class Fold(NamedTuple):
    """Numbers of the pictures to learn from, to stop by and to test on."""

    train: list[int]
    validation: list[int]
    test: list[int]

    @classmethod
    def of(cls, dealt: NDArray[np.int64], number: int) -> "Fold":
        """Return fold `number` of pictures `dealt` (n,) by `deal`."""
        stops = (number + 1) % (int(dealt.max()) + 1)
        test, validation = np.flatnonzero(dealt == number), np.flatnonzero(dealt == stops)
        train = np.flatnonzero((dealt != number) & (dealt != stops))
        return cls(train.tolist(), validation.tolist(), test.tolist())


class Losses(NamedTuple):
    """Negative log-likelihoods, nats: of fixations, of next fixations, and of the log of durations."""

    fixation: Tensor
    next: Tensor
    duration: Tensor

    def total(self) -> Tensor:
        """Return what is minimised."""
        return self.fixation + self.next + DURATION_SHARE * self.duration


def centres_of(pictures: Sequence[Viewed]) -> dict[str, Tensor]:
    """Return the centre bias of each data set, of the fixations on these pictures."""
    names = dict.fromkeys(picture.dataset for picture in pictures)
    return {
        name: centre_bias(np.concatenate([picture.relative for picture in pictures if picture.dataset == name]))
        for name in names
    }


def losses(
    readout: Readout, picture: Viewed, features: Tensor, centre: Tensor, chosen: NDArray[np.int64] | None = None
) -> Losses:
    """Return the losses of a picture; of its next fixations only the `chosen` ones, by default all."""
    salient = readout.salient(features.float())
    density = readout.density(salient, centre).flatten()
    fixation = -(density * picture.counts).sum() / picture.counts.sum()
    before, targets = picture.nexts
    zero, following = density.new_zeros(()), None
    if chosen is not None:
        before, targets = [before[i] for i in chosen], targets[torch.from_numpy(chosen)]
    if before:
        past = past_channels(picture.trial, before, picture.shape, readout.sizes.past)
        following = F.nll_loss(readout.next_density(salient, past, centre).flatten(1), targets)
    at, led, log_ms = picture.durations
    duration = zero
    if len(at):
        away = (log_ms - readout.log_duration(salient.flatten(0, 1)[at], led)) / readout.log_duration_sd.exp()
        duration = 0.5 * away.square().mean() + readout.log_duration_sd
    return Losses(fixation, zero if following is None else following, duration)


@one_thread()
def train_folds(
    pictures: Sequence[Viewed],
    features: Sequence[Tensor],
    dealt: NDArray[np.int64],
    sizes: ReadoutSizes,
    recipe: GazeRecipe,
    folder: Path,
) -> tuple[list[Readout], pd.DataFrame]:
    """Train one readout a fold.

    Parameters
    ----------
    pictures : sequence of Viewed
    features : sequence of float16 (rows, columns, channels)
        Of each picture.
    dealt : (n,)
        The fold of each picture.
    sizes : ReadoutSizes
    recipe : GazeRecipe
    folder : Path
        In it fold_N.pt is written after each epoch, and continued from; the weights are the same, stopped or not,
        whatever the number of threads: it takes one.

    Returns
    -------
    list of Readout
        Of the best epoch of each fold.
    DataFrame
        One row a fold and epoch: losses of training and validation in nats, and seconds.

    Raises
    ------
    ValueError
        If `folder` holds a checkpoint of another training, or the loss is not finite.
    """
    folds, rows, members = int(dealt.max()) + 1, [], []
    with progress_bar(total=folds * recipe.epochs, unit="epoch", desc="training") as bar:
        for number in range(folds):
            fold = Fold.of(dealt, number)
            identity = _identity(pictures, features, fold, sizes, recipe)
            training = _Training(pictures, features, fold, sizes, recipe, folder / f"fold_{number}.pt", identity)
            bar.update(training.epoch)
            while not training.finished:
                training.run_epoch(number)
                bar.update()
            bar.update(recipe.epochs - training.epoch)
            members.append(training.best_readout())
            rows += [{"fold": number, "epoch": epoch, **row} for epoch, row in enumerate(training.history, start=1)]
    return members, pd.DataFrame(rows)


class _Training:
    """One fold's training: where it is, and a step of it."""

    def __init__(
        self,
        pictures: Sequence[Viewed],
        features: Sequence[Tensor],
        fold: Fold,
        sizes: ReadoutSizes,
        recipe: GazeRecipe,
        path: Path,
        identity: str,
    ) -> None:
        self.pictures, self.features, self.fold, self.recipe = pictures, features, fold, recipe
        self.path, self.identity = path, identity
        self.centres = centres_of([pictures[i] for i in fold.train])
        self.readout = Readout(sizes)
        self.readout.initialise(recipe.seed)
        logs = torch.cat([pictures[i].durations[2] for i in fold.train])
        if len(logs):
            self.readout.duration.bias.data.fill_(float(logs.mean()))
        self.optimizer = torch.optim.AdamW(
            self.readout.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        if state := read_checkpoint(path, identity):
            self.readout.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.history, self.best = state["history"], state["best"]

    @property
    def epoch(self) -> int:
        """How many are done."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """The first of the best, from 0."""
        return int(np.argmin([row["validation_fixation"] + row["validation_next"] for row in self.history]))

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to gain."""
        if not self.history:
            return False
        return self.epoch == self.recipe.epochs or self.epoch - 1 - self.best_epoch >= self.recipe.patience

    def run_epoch(self, number: int) -> None:
        """Learn from all pictures once, and write the checkpoint."""
        began, recipe = time.perf_counter(), self.recipe
        random = np.random.default_rng([recipe.seed, number, self.epoch])
        order = random.permutation(self.fold.train)
        batches = [order[i : i + recipe.batch_size] for i in range(0, len(order), recipe.batch_size)]
        totals = np.zeros(3)
        for step, batch in enumerate(batches):
            done = (self.epoch + step / len(batches)) / recipe.epochs
            for group in self.optimizer.param_groups:
                group["lr"] = recipe.learning_rate * (1 + math.cos(math.pi * done)) / 2
            self.optimizer.zero_grad()
            for i in batch:
                found = self._losses(i, random)
                loss = found.total() / len(batch)
                if not torch.isfinite(loss):
                    raise ValueError(f"the loss is {loss.item()} in epoch {self.epoch}; try a smaller learning_rate")
                loss.backward()  # type: ignore[no-untyped-call]
                totals += [float(each.detach()) for each in found]
            self.optimizer.step()
        row = dict(zip((f"train_{name}" for name in Losses._fields), (totals / len(order)).tolist(), strict=True))
        self.history.append({**row, **self._validate(), "seconds": time.perf_counter() - began})
        if self.best_epoch == self.epoch - 1:
            self.best = {name: tensor.clone() for name, tensor in self.readout.state_dict().items()}
        state = {"model": self.readout.state_dict(), "optimizer": self.optimizer.state_dict()}
        write_checkpoint(self.path, self.identity, {**state, "history": self.history, "best": self.best})

    def best_readout(self) -> Readout:
        """Return the readout of the best epoch."""
        self.readout.load_state_dict(self.best)
        return self.readout.requires_grad_(False).eval()

    def _losses(self, i: int, random: np.random.Generator) -> Losses:
        picture = self.pictures[i]
        n = len(picture.nexts[0])
        chosen = random.permutation(n)[: self.recipe.per_picture] if n else None
        return losses(self.readout, picture, self.features[i], self.centres[picture.dataset], chosen)

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        random = np.random.default_rng([self.recipe.seed, 3])  # the same next fixations in each epoch
        found = np.array([[float(each) for each in self._losses(i, random)] for i in self.fold.validation])
        return dict(zip((f"validation_{name}" for name in Losses._fields), found.mean(0).tolist(), strict=True))


def _identity(
    pictures: Sequence[Viewed], features: Sequence[Tensor], fold: Fold, sizes: ReadoutSizes, recipe: GazeRecipe
) -> str:
    """Return a hash of all that decides the result."""
    facts = [asdict(sizes), asdict(recipe), fold]
    found = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for picture, seen in zip(pictures, features, strict=True):
        found.update(json.dumps([picture.dataset, picture.trial.px_per_degree, picture.shape]).encode())
        found.update(seen[::7, ::7].contiguous().numpy().tobytes())
        for path in picture.paths:
            found.update(path.xy.tobytes() + (b"" if path.duration_ms is None else path.duration_ms.tobytes()))
    return found.hexdigest()


def held_out(
    pictures: Sequence[Viewed],
    features: Sequence[Tensor],
    dealt: NDArray[np.int64],
    members: Sequence[Readout],
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Predict each picture by the readout that has not seen it.

    Returns
    -------
    DataFrame
        One row a picture: fixations, and bits a fixation over the centre bias of the pictures learned from: `gain` of
        the density of all fixations, `gain_next` of that of the next one after those before.
    (n,)
        Of each next fixation the share of probability at places that its density puts higher, half of its own place's;
        uniform from 0 to 1 where densities are calibrated.
    """
    rows, ranks = [], []
    with torch.no_grad():
        for number, readout in enumerate(members):
            fold = Fold.of(dealt, number)
            centres = centres_of([pictures[i] for i in fold.train])
            for i in fold.test:
                row, own = _predicted(readout, pictures[i], features[i], centres[pictures[i].dataset])
                rows.append({"number": i, "fold": number, **row})
                ranks.append(own)
    table = pd.DataFrame(rows).sort_values("number", ignore_index=True).drop(columns="number")
    return table, np.concatenate(ranks)


def _predicted(
    readout: Readout, picture: Viewed, features: Tensor, centre: Tensor
) -> tuple[Mapping[str, object], NDArray[np.float64]]:
    salient = readout.salient(features.float())
    bias = F.interpolate(centre[None, None], picture.fine, mode="bilinear", align_corners=False)
    log_bias = F.log_softmax(bias.flatten(), 0)
    density = readout.density(salient, centre).flatten()
    gain = float(((density - log_bias) * picture.counts).sum() / picture.counts.sum())
    before, targets = picture.nexts
    gains, ranks = [torch.empty(0)], [torch.empty(0)]
    for start in range(0, len(before), 64):
        part, at = before[start : start + 64], targets[start : start + 64]
        past = past_channels(picture.trial, part, picture.shape, readout.sizes.past)
        found = readout.next_density(salient, past, centre).flatten(1)
        own = found.gather(1, at[:, None])
        gains.append(own[:, 0] - log_bias[at])
        ranks.append((found.exp() * ((found > own).float() + 0.5 * (found == own))).sum(1))
    bits = 1 / math.log(2)
    following = torch.cat(gains)
    row = {
        "dataset": picture.dataset,
        "trial": picture.trial.id,
        "fixations": int(picture.counts.sum()),
        "gain": gain * bits,
        "gain_next": float(following.mean()) * bits if len(following) else float("nan"),
    }
    return row, torch.cat(ranks).double().numpy()
