"""People's scanpaths as sequences of objects, and their parts for training, validation and test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.checks import check_option
from gazesim.datasets.dataset import DataSet

LENGTH_DEVIATIONS = 3.0


@dataclass(frozen=True, eq=False)
class ObjectPath:
    """The objects that one person fixated on one display.

    objects  : int64 (length,), their numbers
    display  : all objects, and what is known of them; shared by the paths over the display
    observer : the person
    target   : what was searched for, such as its name
    """

    objects: NDArray[np.int64]
    display: ObjectArray
    observer: str
    target: str

    @property
    def layout(self) -> Layout:
        """Of the display."""
        return self.display.layout

    def __len__(self) -> int:
        return len(self.objects)


def object_paths(data: DataSet, deviations: float | None = LENGTH_DEVIATIONS) -> list[ObjectPath]:
    """Return the scanpaths of `data` as objects, without those of unusual length and those on no object.

    An initial fixation that is on no object, such as at the centre of an array, is left out.

    Parameters
    ----------
    data : DataSet
        Of search among objects; the target is the one that holds the centre of the target's box, or absent.
    deviations : float, optional
        How many standard deviations from the mean the length may be, 3 as published; None keeps all.

    Raises
    ------
    ValueError
        If a display has no objects, or the target is not on one of them.
    """
    displays, targets = {}, {}
    for trial in data.trials:
        if trial.objects is None or (trial.target_box is None and trial.present is not False):
            missing = "objects" if trial.objects is None else "single target box"
            raise ValueError(f"{data.name}: {trial.id!r} has no {missing}, expected search among objects")
        displays[trial.id] = ObjectArray(Layout.of(trial))
        targets[trial.id] = " or ".join(sorted(trial.target_texts)) or str(trial.id)
    lengths = np.array([len(path) for path in data.scanpaths])
    usual = np.ones(len(lengths), bool)
    if deviations is not None:
        usual = abs(lengths - lengths.mean()) <= deviations * lengths.std()
    found = [
        ObjectPath(
            displays[path.trial].layout.path(path.xy), displays[path.trial], str(path.observer), targets[path.trial]
        )
        for path, keep in zip(data.scanpaths, usual, strict=True)
        if keep and path.trial is not None
    ]
    return [path for path in found if len(path)]


class Split(NamedTuple):
    """Three parts of the paths."""

    train: list[ObjectPath]
    validation: list[ObjectPath]
    test: list[ObjectPath]

    def showing(self, displays: Mapping[str, ObjectArray]) -> "Split":
        """Return the same paths over what is now known of their displays, by id."""
        return Split(*([replace(path, display=displays[path.layout.id]) for path in part] for part in self))


def without_top_down(paths: Sequence[ObjectPath]) -> list[ObjectPath]:
    """Return the same paths over displays without a top-down priority, so that a model is not joined with it."""
    return [replace(path, display=replace(path.display, top_down=None)) for path in paths]


# what a part of the paths keeps together
SPLITS: dict[str, Callable[[ObjectPath], str]] = {
    "trial": lambda path: f"{path.layout.id}\n{path.observer}",
    "observer": lambda path: path.observer,
    "layout": lambda path: path.layout.id,
    "target": lambda path: path.target,
}


def split_paths(paths: Sequence[ObjectPath], by: str, seed: int) -> Split:
    """Deal paths into 80, 10 and 10 %.

    Parameters
    ----------
    paths : sequence of ObjectPath
    by : {"trial", "observer", "layout", "target"}
        What no two parts share: only the trial, as published; or also its observer, display or target.
    seed : int
        Which go where.

    Raises
    ------
    ValueError
        If `by` is unknown, or there are fewer than three observers, displays or targets to deal.
    """
    check_option("split", by, SPLITS)
    keys = [SPLITS[by](path) for path in paths]
    groups = sorted(set(keys))
    if len(groups) < 3:
        raise ValueError(f"split is {by!r}, but there are {len(groups)} to deal into three parts")
    order = [groups[i] for i in np.random.default_rng([seed, 1]).permutation(len(groups))]
    few = max(1, round(len(groups) / 10))
    part = {group: 2 if i < few else 1 if i < 2 * few else 0 for i, group in enumerate(order)}
    return Split(*([path for path, key in zip(paths, keys, strict=True) if part[key] == number] for number in range(3)))
