"""The arrays in which pysaliency keeps scanpaths."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_shape
from gazesim.scanpath import Scanpath


class FixationTrains(NamedTuple):
    """What ``pysaliency.FixationTrains.from_fixation_trains(xs, ys, ts, ns, subjects)`` takes.

    xs, ys    : of every scanpath, float64 (n,), px of the picture from its top left corner
    ts        : of every scanpath, float64 (n,): onset in s, or without onsets 0, 1, 2, ...
    ns        : int64, number of the picture of every scanpath, in the order of `trials`
    subjects  : int64, number of the person of every scanpath, in the order of `observers`
    durations : of every scanpath, float64 (n,) in s; None if any scanpath has none
    trials    : the names that ns counts
    observers : the names that subjects counts
    """

    xs: list[NDArray[np.float64]]
    ys: list[NDArray[np.float64]]
    ts: list[NDArray[np.float64]]
    ns: NDArray[np.int64]
    subjects: NDArray[np.int64]
    durations: list[NDArray[np.float64]] | None
    trials: list[str]
    observers: list[str]


def to_pysaliency(scanpaths: Sequence[Scanpath], trials: Sequence[str] | None = None) -> FixationTrains:
    """Return scanpaths as pysaliency's arrays.

    Parameters
    ----------
    scanpaths
        Each has a trial and an observer.
    trials : list of str, optional
        The order of the pictures; by default that in which they appear.

    Raises
    ------
    ValueError
        If a scanpath has no trial or observer, or a trial that is not in `trials`.
    """
    for path in scanpaths:
        if path.trial is None or path.observer is None:
            raise ValueError(f"{path!r} lacks a trial or an observer, which pysaliency numbers")
    trials = list(dict.fromkeys(str(path.trial) for path in scanpaths)) if trials is None else list(trials)
    observers = list(dict.fromkeys(str(path.observer) for path in scanpaths))
    pictures = {name: number for number, name in enumerate(trials)}
    if strangers := [path.trial for path in scanpaths if path.trial not in pictures]:
        raise ValueError(f"trial {strangers[0]!r} is not one of the {len(trials)} trials")
    people = {name: number for number, name in enumerate(observers)}
    timed = all(path.duration_ms is not None for path in scanpaths)
    return FixationTrains(
        xs=[path.xy[:, 0] for path in scanpaths],
        ys=[path.xy[:, 1] for path in scanpaths],
        ts=[np.arange(len(path), dtype=float) if path.onset_ms is None else path.onset_ms / 1000 for path in scanpaths],
        ns=np.array([pictures[str(path.trial)] for path in scanpaths], np.int64),
        subjects=np.array([people[str(path.observer)] for path in scanpaths], np.int64),
        durations=[np.asarray(path.duration_ms) / 1000 for path in scanpaths] if timed else None,
        trials=trials,
        observers=observers,
    )


def from_pysaliency(
    trains: Any, trials: Iterable[str] | None = None, observers: Iterable[str] | None = None
) -> list[Scanpath]:
    """Return the scanpaths of pysaliency's arrays.

    Times in ts that are 0, 1, 2, ... in every scanpath are counts, others onsets in s.

    Parameters
    ----------
    trains
        A `FixationTrains`, or a pysaliency object: with attributes train_xs, train_ys, train_ts (n, longest), padded
        with NaN, train_ns, train_subjects (n,), and where there are any train_durations in s.
    trials, observers : list of str, optional
        What the numbers in ns and subjects mean; by default those of `trains`, else the numbers themselves.

    Raises
    ------
    ValueError
        If the arrays do not fit each other.
    """
    prefix = "train_" if hasattr(trains, "train_xs") else ""
    xs, ys, ts, ns, subjects = (getattr(trains, f"{prefix}{name}") for name in ("xs", "ys", "ts", "ns", "subjects"))
    durations = getattr(trains, f"{prefix}durations", None)
    check_shape("ns", np.asarray(ns), (len(xs),))
    check_shape("subjects", np.asarray(subjects), (len(xs),))
    names = _names("trials", trials or getattr(trains, "trials", None), ns)
    people = _names("observers", observers or getattr(trains, "observers", None), subjects)
    lengths = [int(np.isfinite(np.asarray(x)).sum()) for x in xs]
    onsets = [np.asarray(t, float)[:n] for t, n in zip(ts, lengths, strict=True)]
    counted = all((t == np.arange(len(t))).all() for t in onsets)
    return [
        Scanpath(
            np.column_stack([np.asarray(xs[row])[:n], np.asarray(ys[row])[:n]]),
            trial=names[row],
            observer=people[row],
            onset_ms=None if counted else onsets[row] * 1000,
            duration_ms=None if durations is None else np.asarray(durations[row], float)[:n] * 1000,
        )
        for row, n in enumerate(lengths)
        if n
    ]


def _names(what: str, names: Iterable[str] | None, numbers: Any) -> list[str]:
    numbers = np.asarray(numbers).astype(int)
    if names is None:
        return [str(number) for number in numbers]
    names = list(names)
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(names):
        raise ValueError(f"{what} has {len(names)} names, but the numbers are {numbers.min()} to {numbers.max()}")
    return [names[number] for number in numbers]
