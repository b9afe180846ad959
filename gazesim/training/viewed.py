"""Pictures as people looked at them in free viewing, what a readout learns from, and how they are dealt into folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.learned.readout import FINER, led_channels, places
from gazesim.checks import check_at_least
from gazesim.datasets.dataset import DataSet
from gazesim.metrics.maps import on_map
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

Floats = NDArray[np.float64]
FEWEST_FOLDS = 3  # to learn from, to stop by, to test on


@dataclass(frozen=True, eq=False)
class Viewed:
    """A picture with the scanpaths of all who looked at it.

    trial   : the picture, with its resolution
    dataset : whose centre bias it has
    paths   : of people, each with a fixation on the picture
    shape   : rows and columns of its features
    """

    trial: Trial
    dataset: str
    paths: tuple[Scanpath, ...]
    shape: tuple[int, int]

    @property
    def fine(self) -> tuple[int, int]:
        """Rows and columns of densities."""
        return FINER * self.shape[0], FINER * self.shape[1]

    @cached_property
    def xy(self) -> Floats:
        """All fixations (n, 2) on the picture."""
        xy = np.concatenate([path.xy for path in self.paths])
        return np.asarray(xy[on_map(xy, (self.trial.height, self.trial.width))])

    @cached_property
    def relative(self) -> Floats:
        """The same in parts of width and height."""
        return np.asarray((self.xy + 0.5) / (self.trial.width, self.trial.height))

    @cached_property
    def counts(self) -> Tensor:
        """How many of them each place of the density holds, float32 (n,)."""
        held = np.bincount(places(self.trial, self.xy, self.fine), minlength=self.fine[0] * self.fine[1])
        return torch.from_numpy(held).float()

    @cached_property
    def nexts(self) -> tuple[list[Floats], Tensor]:
        """For each fixation on the picture after the first of its path: those before it, and its place, int64 (m,)."""
        before, targets = [], []
        for path in self.paths:
            there = on_map(path.xy, (self.trial.height, self.trial.width))
            xy = path.xy.clip(0, [self.trial.width - 1, self.trial.height - 1])
            for i in range(1, len(xy)):
                if there[i]:
                    before.append(xy[:i])
                    targets.append(xy[i])
        at = places(self.trial, np.array(targets).reshape(-1, 2), self.fine)
        return before, torch.from_numpy(at)

    @cached_property
    def durations(self) -> tuple[Tensor, Tensor, Tensor]:
        """The places (n,) of all fixations that last, what led to them (n, 3), and the log of their ms (n,)."""
        at, led, log = [np.empty(0, np.int64)], [torch.empty(0, 3)], [np.empty(0)]
        for path in self.paths:
            if path.duration_ms is None:
                continue
            known = path.duration_ms > 0
            at.append(places(self.trial, path.xy, self.shape)[known])
            led.append(led_channels(self.trial, path.xy)[torch.from_numpy(known)])
            log.append(np.log(path.duration_ms[known]))
        return torch.from_numpy(np.concatenate(at)), torch.cat(led), torch.from_numpy(np.concatenate(log)).float()


def viewed_trials(data: Sequence[DataSet]) -> list[tuple[Trial, str, tuple[Scanpath, ...]]]:
    """Return the trials that somebody looked at, with their data set and its people's scanpaths.

    Raises
    ------
    FileNotFoundError
        If a picture is not here.
    ValueError
        If the resolution of one is not known; there are fewer than three pictures or two people; or all fixations are
        at one place.
    """
    found = []
    for each in data:
        by_trial: dict[str | None, list[Scanpath]] = {}
        for path in each.scanpaths:
            by_trial.setdefault(path.trial, []).append(path)
        own = []
        for trial in (trial for trial in each.trials if trial.id in by_trial):
            if not trial.has_image:
                raise FileNotFoundError(f"{each.name}: the picture of {trial.id!r} is not here, expected all of them")
            if not trial.has_px_per_degree:
                raise ValueError(f"{each.name}: px_per_degree is not known, expected px_per_degree=NUMBER")
            size = trial.height, trial.width
            paths = tuple(path for path in by_trial[trial.id] if on_map(path.xy, size).any())
            if paths:
                own.append((trial, each.name, paths))
        people = {path.observer for _, _, paths in own for path in paths}
        if len(own) < FEWEST_FOLDS:
            raise ValueError(f"{each.name}: {len(own)} pictures were looked at, expected at least {FEWEST_FOLDS}")
        if len(people) < 2:
            raise ValueError(f"{each.name}: {len(people)} person looked at the pictures, expected at least 2")
        xy = np.concatenate([path.xy for _, _, paths in own for path in paths])
        if (xy == xy[0]).all():
            raise ValueError(f"{each.name}: all {len(xy)} fixations are at {xy[0].tolist()}, expected several places")
        found += own
    return found


def deal(n: int, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold (n,) of each picture, at random, all folds of the same size but for one.

    Raises
    ------
    ValueError
        If there are fewer than three folds, or more than pictures.
    """
    check_at_least("folds", folds, FEWEST_FOLDS)
    if folds > n:
        raise ValueError(f"folds is {folds}, but there are {n} pictures, expected at most as many")
    dealt = np.arange(n) % folds
    return dealt[np.random.default_rng([seed, 2]).permutation(n)]
