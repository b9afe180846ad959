"""Searches shared among processes, and among machines."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, Protocol, TypeVar

from gazesim.scanpath import Scanpath
from gazesim.trial import Trial
from gazesim.workers import in_workers

Each = TypeVar("Each")


class Walks(Protocol):
    """What makes scanpaths: a `SearchModel`, or a model from outside."""

    def walk(
        self, trials: Sequence[Trial], *, max_fixations: int | None = None, seed: int = 0, batch_size: int = 1
    ) -> Iterator[Scanpath]:
        """Yield the scanpath of each trial."""
        ...


def walk_in_workers(
    model: Walks, trials: Sequence[Trial], workers: int, *, batch_size: int = 1, **how: Any
) -> Iterator[Scanpath]:
    """Yield what `model.walk(trials, batch_size=batch_size, **how)` does, searched by `workers` processes.

    Raises
    ------
    ValueError
        If a trial has no id, by which its random numbers are named, or where each search depends on those before it.
    """
    if any(trial.id is None for trial in trials):
        raise ValueError(f"workers is {workers}, but a trial has no id, expected ids, which random numbers depend on")
    if getattr(getattr(model, "stopping", None), "adapts", False):
        raise ValueError(f"workers is {workers}, but the stopping rule adapts from trial to trial, expected null")
    batches = (list(trials[start : start + batch_size]) for start in range(0, len(trials), batch_size))
    yield from chain.from_iterable(in_workers(partial(_walked, model, batch_size, how), batches, workers))


def _walked(model: Walks, batch_size: int, how: dict[str, Any], batch: list[Trial]) -> list[Scanpath]:
    return list(model.walk(batch, batch_size=batch_size, **how))


def in_shard(things: Sequence[Each], shard: str | None) -> list[Each]:
    """Return the part of `things` that `shard`, "k/n", has: every n-th from the k-th; all without one.

    Raises
    ------
    ValueError
        If it is no such text, or k is not between 1 and n.

    Examples
    --------
    >>> in_shard(["a", "b", "c", "d", "e"], "2/3")
    ['b', 'e']
    """
    number, of = shard_of(shard)
    return list(things[number - 1 :: of])


def shard_of(shard: str | None) -> tuple[int, int]:
    """Return k and n of "k/n"; 1 and 1 without one. ValueError as `in_shard`."""
    if shard is None:
        return 1, 1
    number, slash, of = shard.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ValueError(f"shard is {shard!r}, expected such as 3/16, the third of 16")
    return int(number), int(of)
