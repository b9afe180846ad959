"""The arrays and objects in which pysaliency keeps scanpaths."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_option, check_shape
from gazesim.scanpath import Scanpath

TIME_UNITS = {"s": 1000.0, "ms": 1.0}


class FixationTrains(NamedTuple):
    """Scanpaths as pysaliency numbers them.

    ``pysaliency.Scanpaths(**trains.arguments())`` is their object of today, and ``ScanpathFixations`` takes that; up to
    0.2, ``pysaliency.FixationTrains.from_fixation_trains(xs, ys, ts, ns, subjects)`` made one.

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

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``pysaliency.Scanpaths`` (0.3 and later)."""
        timed = {} if self.durations is None else {"durations": self.durations}
        return {"xs": self.xs, "ys": self.ys, "n": self.ns, "subject": self.subjects, "ts": self.ts, **timed}


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
    trains: Any,
    trials: Iterable[str] | None = None,
    observers: Iterable[str] | None = None,
    *,
    time_unit: str = "s",
) -> list[Scanpath]:
    """Return the scanpaths of pysaliency's arrays and objects.

    Times that are 0, 1, 2, ... in every scanpath are counts, others onsets. Durations are what is called durations in
    fixation_attributes, scanpath_fixation_attributes or train_durations.

    Parameters
    ----------
    trains
        A `FixationTrains`, or an object of pysaliency: ScanpathFixations, Scanpaths, FixationTrains, or Fixations of
        whole scanpaths: with the history of each fixation, or with times that tell their order.
    trials, observers : list of str, optional
        What the numbers of pictures and people mean; by default those of `trains`, else the numbers themselves. People
        that are named by text keep their names.
    time_unit : str
        "s" (that of pysaliency's own data sets) or "ms".

    Raises
    ------
    ValueError
        If it is nothing of the kind, the arrays do not fit each other, or the fixations are not whole scanpaths.
    """
    check_option("time_unit", time_unit, TIME_UNITS)
    unit = TIME_UNITS[time_unit]
    xs, ys, ts, ns, subjects, durations = _columns(trains)
    check_shape("ns", np.asarray(ns), (len(xs),))
    check_shape("subjects", np.asarray(subjects), (len(xs),))
    names = _names("trials", trials or getattr(trains, "trials", None), ns)
    people = _names("observers", observers or getattr(trains, "observers", None), subjects)
    lengths = [int(np.isfinite(np.asarray(x, float)).sum()) for x in xs]
    onsets = None if ts is None else [np.asarray(t, float)[:n] for t, n in zip(ts, lengths, strict=True)]
    if onsets is not None and all((t == np.arange(len(t))).all() for t in onsets):
        onsets = None
    return [
        Scanpath(
            np.column_stack([np.asarray(xs[row], float)[:n], np.asarray(ys[row], float)[:n]]),
            trial=names[row],
            observer=people[row],
            onset_ms=None if onsets is None else onsets[row] * unit,
            duration_ms=None if durations is None else np.asarray(durations[row], float)[:n] * unit,
        )
        for row, n in enumerate(lengths)
        if n
    ]


def _columns(trains: Any) -> tuple[Any, ...]:
    """Return xs, ys, ts, ns, subjects and durations, one entry a scanpath; ts and durations may be None."""
    if isinstance(trains, FixationTrains):
        return trains.xs, trains.ys, trains.ts, trains.ns, trains.subjects, trains.durations
    paths = getattr(trains, "scanpaths", trains)
    if hasattr(paths, "fixation_attributes") and hasattr(paths, "scanpath_attributes"):
        of_path, of_fixation = paths.scanpath_attributes, paths.fixation_attributes
        subjects = of_path.get("subject", np.zeros(len(paths.n), int))
        return paths.xs, paths.ys, of_fixation.get("ts"), paths.n, subjects, of_fixation.get("durations")
    if hasattr(trains, "train_xs"):
        attributes = getattr(trains, "scanpath_fixation_attributes", None) or {}
        durations = attributes.get("durations", getattr(trains, "train_durations", None))
        return trains.train_xs, trains.train_ys, trains.train_ts, trains.train_ns, trains.train_subjects, durations
    if hasattr(trains, "x_hist"):
        return _whole(trains)
    expected = "ScanpathFixations, Scanpaths, FixationTrains or Fixations of pysaliency"
    raise ValueError(f"trains is {type(trains).__name__}, expected {expected}")


def _whole(fixations: Any) -> tuple[Any, ...]:
    """Return the columns of Fixations, each with the count of those before it."""
    x, y, t = (np.asarray(getattr(fixations, name), float) for name in ("x", "y", "t"))
    subjects = getattr(fixations, "subject", None)
    subjects = getattr(fixations, "subjects", None) if subjects is None else subjects
    subjects = np.zeros(len(x), int) if subjects is None else np.asarray(subjects)
    before = np.array([int(np.isfinite(np.asarray(history, float)).sum()) for history in fixations.x_hist], int)
    durations = getattr(fixations, "duration", getattr(fixations, "durations", None))
    groups: dict[tuple[Any, Any], list[int]] = {}
    for row, key in enumerate(zip(np.asarray(fixations.n).tolist(), subjects.tolist(), strict=True)):
        groups.setdefault(key, []).append(row)
    paths = [_in_order(np.array(rows), before, t, key) for key, rows in groups.items()]
    numbers, people = zip(*groups, strict=True) if groups else ((), ())
    lasts = None if durations is None else [np.asarray(durations, float)[rows] for rows in paths]
    return (
        [x[rows] for rows in paths],
        [y[rows] for rows in paths],
        [t[rows] for rows in paths] if t.any() else None,
        np.array(numbers),
        np.array(people),
        lasts,
    )


def _in_order(rows: NDArray[Any], before: NDArray[Any], t: NDArray[Any], key: tuple[Any, Any]) -> NDArray[Any]:
    by_history = rows[np.argsort(before[rows], kind="stable")]
    if (before[by_history] == np.arange(len(rows))).all():
        return by_history
    by_time = rows[np.argsort(t[rows], kind="stable")]
    if not before[rows].any() and (np.diff(t[by_time]) > 0).all():
        return by_time
    whose = f"the {len(rows)} fixations of picture {key[0]} and subject {key[1]}"
    raise ValueError(f"{whose} are not one whole scanpath, expected ScanpathFixations or Scanpaths")


def _names(what: str, names: Iterable[str] | None, numbers: Any) -> list[str]:
    numbers = np.asarray(numbers)
    if numbers.dtype.kind in "USO":
        return [value.decode() if isinstance(value, bytes) else str(value) for value in numbers.tolist()]
    numbers = numbers.astype(int)
    if names is None:
        return [str(number) for number in numbers]
    names = list(names)
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(names):
        raise ValueError(f"{what} has {len(names)} names, but the numbers are {numbers.min()} to {numbers.max()}")
    return [names[number] for number in numbers]
