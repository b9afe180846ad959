"""The six search-asymmetry experiments of Gupta et al. (2021): conditions, people's times, and the authors' outputs.

Gupta, Zhang, Wu, Wolfe & Kreiman, Visual search asymmetry: deep nets and humans share similar inherent biases, NeurIPS
34, 6946-6959, arXiv 2106.02953. The numbers are those of the authors' program, kreimanlab/VisualSearchAsymmetry at
commit 5c1b64f, vs_exp/data_utils.py and vs_exp/human_rt_data.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import unknown
from gazesim.files import check_file
from gazesim.stimuli.recipe_files import read_recipe

Sharpening = tuple[tuple[int, float], tuple[int, float]]


@dataclass(frozen=True)
class Condition:
    """One target among distractors.

    name  : what the authors, `stimuli` and tables call it
    label : what figures call it
    rt_ms : people's mean reaction time at each set size of the experiment. Group means of earlier studies: most were
            read off published plots by the authors, those of intersection and t_among_l computed from published lines
    """

    name: str
    label: str
    rt_ms: tuple[float, ...]


@dataclass(frozen=True)
class Experiment:
    """A pair of conditions in which target and distractors swap.

    name            : the paradigm of `stimuli`
    task            : how the authors' files of outputs begin, {task}_{condition}.csv
    title           : what figures call it
    sharpening      : (side, sigma) of the two Gaussians with which the authors sharpen the map, see `TargetSettings`
    easier, harder  : the conditions, by the slopes of people
    """

    name: str
    task: str
    title: str
    sharpening: Sharpening
    easier: Condition
    harder: Condition

    @property
    def set_sizes(self) -> tuple[int, ...]:
        """How many items the displays have, as the recipe of the set says."""
        return tuple(read_recipe(f"gupta2021_{self.name}")["set_sizes"])

    @property
    def n_per_set_size(self) -> int:
        """How many displays there are of each condition and set size, likewise."""
        return int(read_recipe(f"gupta2021_{self.name}")["n_per_set_size"])

    @property
    def conditions(self) -> tuple[Condition, Condition]:
        """The easier and the harder one."""
        return self.easier, self.harder


EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            *("curvature", "curvature", "Curvature", ((3, 1.0), (5, 3.0))),
            Condition("curve_in_lines", "curve among lines", (510, 516.4, 529.2)),
            Condition("line_in_curves", "line among curves", (565, 640, 750)),
        ),
        Experiment(
            *("shading", "lightning_dir", "Shading", ((3, 0.0), (5, 1.0))),
            Condition("top_down", "vertical gradient", (426.6667, 432, 472)),
            Condition("left_right", "horizontal gradient", (488, 674.6667, 754.6667)),
        ),
        Experiment(
            *("intersection", "intersection", "Intersection", ((5, 3.0), (7, 5.0))),
            Condition("non_cross", "non-cross", (645, 780, 915)),
            Condition("cross", "cross", (829, 1117, 1405)),
        ),
        Experiment(
            *("t_among_l", "intersection", "T and L", ((5, 3.0), (7, 5.0))),
            Condition("Ts", "T among Ls", (541, 583, 625)),
            Condition("Ls", "L among Ts", (573, 672, 771)),
        ),
        Experiment(
            *("orientation_homogeneous", "categorization", "Orientation, one kind", ((3, 1.0), (5, 3.0))),
            Condition("homo_t20", "20° among 0°", (414.7368, 437.8947, 441.0526, 444.2105)),
            Condition("homo_t0", "0° among 20°", (431.5789, 547.3684, 552.6316, 557.8947)),
        ),
        Experiment(
            *("orientation_heterogeneous", "categorization", "Orientation, mixed", ((3, 1.0), (5, 3.0))),
            Condition("hetero_t0", "0° among others", (431.5789, 568.4211, 633.6842, 707.3684)),
            Condition("hetero_t20", "20° among others", (526.3158, 831.5789, 1084.2105, 1326.3158)),
        ),
    )
}


def choose(names: Sequence[str] | None) -> list[Experiment]:
    """Return the experiments with these names, all if None, in the published order; ValueError for others."""
    for name in names or ():
        if name not in EXPERIMENTS:
            raise ValueError(unknown("paradigm", name, EXPERIMENTS))
    return [experiment for name, experiment in EXPERIMENTS.items() if not names or name in names]


def counted_saccades(
    n_saccades: NDArray[np.integer], found: NDArray[np.bool_], set_sizes: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Return the saccades that a search counts with, (n,): of one that failed, as many as there are items.

    That is the authors' rule (vs_exp/rt_plot.py); it flatters a model that fails, above all in displays of few items.

    >>> counted_saccades(np.array([2, 17]), np.array([True, False]), np.array([6, 6]))
    array([2, 6])
    """
    return np.where(found, n_saccades, set_sizes)


def read_results(folder: Path, experiments: Iterable[Experiment]) -> pd.DataFrame:
    """Read how many saccades models took, from files in the layout of the authors' program.

    Each model has a folder of its own, within `folder` or deeper or itself, that holds {task}_{condition}.csv, or
    holds out_data with these files. They have no header, and one row a trial, ordered by set size: a 1 in column k
    says that the target was found after k saccades, none that it was not found.

    As in the authors' analysis the rows count as they stand, though their programs for chance and pixelMatch write
    trial i to row i - 1, and so one trial of each set size to the set size before.

    Parameters
    ----------
    folder : Path
    experiments : iterable of Experiment

    Returns
    -------
    DataFrame
        One row a trial: model, experiment, condition, set_size, trial (its row), n_saccades (see `counted_saccades`),
        found.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, no model in it, or a model has not the files of all conditions.
    ValueError
        If a file is not as described or has not the published number of rows, or two models have the same name.
    """
    experiments = list(experiments)
    frames = []
    for model, place in _models(folder).items():
        for experiment in experiments:
            for condition in experiment.conditions:
                frame = _read(place / f"{experiment.task}_{condition.name}.csv", experiment)
                named = {"model": model, "experiment": experiment.name, "condition": condition.name}
                frames.append(pd.DataFrame(named, index=frame.index).join(frame))
    return pd.concat(frames, ignore_index=True)


def _models(folder: Path) -> dict[str, Path]:
    """Return the folders with the authors' files, by the name of the model."""
    if not folder.is_dir():
        raise FileNotFoundError(f"results {str(folder)!r} is no folder")
    stems = {f"{experiment.task}_{c.name}" for experiment in EXPERIMENTS.values() for c in experiment.conditions}
    found: dict[str, Path] = {}
    for place in sorted({path.parent for path in folder.rglob("*.csv") if path.stem in stems}):
        own = place.resolve().parent if place.name == "out_data" else place.resolve()
        if own.name in found:
            raise ValueError(f"results {str(folder)!r} has two models {own.name!r}: {found[own.name]} and {place}")
        found[own.name] = place
    if not found:
        raise FileNotFoundError(f"results {str(folder)!r} has no file such as curvature_curve_in_lines.csv")
    return found


def _read(path: Path, experiment: Experiment) -> pd.DataFrame:
    check_file("results", path)
    hits = _one_hot(path)
    wanted = len(experiment.set_sizes) * experiment.n_per_set_size
    if len(hits) != wanted:
        sizes = ", ".join(map(str, experiment.set_sizes))
        expected = f"{wanted}: {experiment.n_per_set_size} for each of the set sizes {sizes}"
        raise ValueError(f"results {str(path)!r} has {len(hits)} rows, expected {expected}")
    found = np.asarray(hits.any(axis=1))
    set_sizes = np.repeat(experiment.set_sizes, experiment.n_per_set_size)
    return pd.DataFrame(
        {
            "set_size": set_sizes,
            "trial": [str(row) for row in range(wanted)],
            "n_saccades": counted_saccades(hits.argmax(axis=1), found, set_sizes),
            "found": found,
        }
    )


def _one_hot(path: Path) -> NDArray[np.bool_]:
    shown = f"results {str(path)!r}"
    rows = [line.strip().split(",") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(f"{shown} row {number} has {len(row)} columns, expected {len(rows[0])}")
        if wrong := [cell for cell in row if cell not in ("0", "1")]:
            raise ValueError(f"{shown} row {number} holds {wrong[0]!r}, expected 0 and 1")
        if row.count("1") > 1:
            raise ValueError(f"{shown} row {number} has {row.count('1')} ones, expected at most one")
    return np.asarray(np.array(rows) == "1")
