"""Models are fitted to the people of a data set, compared, and their recovery is tested."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from omegaconf import OmegaConf

from gazesim.checks import check_at_least, check_degrees
from gazesim.datasets import load_dataset
from gazesim.datasets.dataset import DataSet
from gazesim.files import atomic_path, writable_folder
from gazesim.fitting.estimate import Estimate, estimate, maximum
from gazesim.fitting.figures import write_figures
from gazesim.fitting.parameters import settings_of
from gazesim.fitting.people import as_group, reliability
from gazesim.fitting.problem import Problem, Subject
from gazesim.fitting.recovery import recover
from gazesim.metrics.statistics import compare_models, crossed_mean, holm
from gazesim.models import own_settings
from gazesim.progress import progress_bar
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath
from gazesim.scoring.simulation import data_sha256
from gazesim.trial import Trial

Floats = NDArray[np.float64]
RECOVERY = ["model", "person", "parameter", "true", "estimate", "low", "high"]
LEAST_FIXATIONS = 20  # of a person who is fitted alone


@dataclass(frozen=True, eq=False)
class Fits:
    """What a fit found, as tables; `gazesim.fitting` says what their columns are.

    Attributes
    ----------
    settings : dict of dict
        By model: the fitted settings.
    parameters, profiles, fixations, summary, comparisons, people, group, recovery : DataFrame
        Those that were not asked for are empty.
    """

    settings: dict[str, dict[str, Any]]
    parameters: pd.DataFrame
    profiles: pd.DataFrame
    fixations: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    people: pd.DataFrame
    group: pd.DataFrame
    recovery: pd.DataFrame


def fit(
    models: str | Sequence[str],
    dataset: str | DataSet,
    parameters: str | Sequence[str],
    *,
    root: str | os.PathLike[str] | None = None,
    px_per_degree: float | None = None,
    weights: str = "embedded",
    device: str = "cpu",
    settings: Mapping[str, Any] | None = None,
    images: int | None = None,
    observers: int | None = None,
    cell_deg: float = 1.0,
    lattice_deg: float | None = None,
    starts: int = 3,
    folds: int = 5,
    people: bool = False,
    recover_people: int = 0,
    max_fixations: int | None = None,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
) -> Fits:
    """Fit parameters of models to people's scanpaths by the likelihood of each next fixation.

    Parameters
    ----------
    models : str or sequence of str
        Names of `gazesim.list_models()` whose attention gives maps. Each is fitted with those of `parameters` it has.
    dataset : str or DataSet
        See `gazesim.score`.
    parameters : str or sequence of str
        Some of `gazesim.fitting.parameters.KNOWN`, and level_weights.
    root, px_per_degree, weights, device
        See `gazesim.load_dataset` and `gazesim.load_model`.
    settings : dict, optional
        Of the models, what is not fitted; each takes those that it has.
    images, observers : int, optional
        How many of the displays, evenly spaced, and how many of the people, the first; by default all.
    cell_deg : float
        Side of the cells among which fixations are chosen in displays without objects.
    lattice_deg : float, optional
        Makes maps that depend on the fixation only from points so far apart, and takes the nearest; by default a map is
        made at every fixation.
    starts : int
        Fits from different starts.
    folds : int
        Parts of the displays, each predicted from a fit of the others; 0 predicts none.
    people : bool
        Whether people are also fitted alone and as a group, with split-half reliability.
    recover_people : int
        How many simulated people are fitted.
    max_fixations : int, optional
        Of their searches.
    seed : int
        Of starts, folds and simulated people.
    out : path, optional
        A folder to write to; a run that was stopped there continues. By default nothing is written.

    Returns
    -------
    Fits

    Raises
    ------
    FileNotFoundError, ValueError
        If anything is unknown, is not here or does not fit; one line that says what. Nothing has been written then.
    """
    for name, value, least in (("starts", starts, 1), ("seed", seed, 0), ("recover", recover_people, 0)):
        check_at_least(name, value, least)
    if folds:
        check_at_least("folds", folds, 2)
    check_degrees("cell_deg", cell_deg)
    data = dataset if isinstance(dataset, DataSet) else load_dataset(dataset, root, px_per_degree=px_per_degree)
    names = [models] if isinstance(models, str) else list(models)
    wanted = [parameters] if isinstance(parameters, str) else list(parameters)
    how = {"weights": weights, "device": device, "cell_deg": cell_deg, "lattice_deg": lattice_deg}
    subjects = [Subject.of(name, wanted, own_settings(settings or {}, name, names), **how) for name in names]
    trials, paths = _shown(data, images, observers)
    for subject in subjects:
        subject.model().check(trials)
    config = {
        "model": names,
        "dataset": data.name if isinstance(dataset, DataSet) else str(dataset),
        "parameters": wanted,
        "root": None if root is None else os.fspath(root),
        "px_per_degree": px_per_degree,
        **how,
        "settings": dict(settings or {}),
        "images": images,
        "observers": observers,
        "starts": starts,
        "folds": folds,
        "people": people,
        "recover": recover_people,
        "max_fixations": max_fixations,
        "seed": seed,
        "data_sha256": data_sha256(data, trials, []),
    }
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) if out is None else writable_folder(out)
        RunFolder(folder, "fit", config, [])
        fits = _fitted(subjects, trials, paths, folder, starts, folds, people, recover_people, max_fixations, seed)
        if out is not None:
            _write(folder, fits, names[0])
    return fits


def _shown(data: DataSet, images: int | None, observers: int | None) -> tuple[list[Trial], list[Scanpath]]:
    trials = data.trials
    if images is not None:
        check_at_least("images", images, 1)
        if images > len(trials):
            raise ValueError(f"images is {images}, but {data.name} has {len(trials)} displays")
        trials = [trials[i * len(trials) // images] for i in range(images)]
    people = data.observers
    if observers is not None:
        check_at_least("observers", observers, 1)
        people = people[:observers]
    ids = {trial.id for trial in trials}
    paths = [path for path in data.scanpaths if path.trial in ids and path.observer in set(people)]
    if not any(len(path) > 1 for path in paths):
        raise ValueError(f"{data.name}: no scanpath of these displays and people has two fixations")
    return trials, paths


def _fitted(
    subjects: Sequence[Subject],
    trials: list[Trial],
    paths: list[Scanpath],
    folder: Path,
    starts: int,
    folds: int,
    people: bool,
    simulated: int,
    max_fixations: int | None,
    seed: int,
) -> Fits:
    rows: dict[str, list[dict[str, Any]]] = {field.name: [] for field in fields(Fits)}
    settings = {}
    for subject in subjects:
        problem = Problem(subject, trials, paths, writable_folder(folder / "maps" / subject.name))
        found = estimate(problem, subject.starts, starts, seed)
        settings[subject.name] = {**subject.settings, **settings_of(subject.parameters, subject.values(found.units))}
        _describe(rows, subject, found)
        if folds:
            rows["fixations"] += _cross_validated(problem, found, folds, seed)
        if people:
            _fit_people(rows, problem, found)
        if simulated:
            rows["recovery"] += _recovered(subject, trials, found.units, simulated, max_fixations, seed, folder)
    tables = {name: pd.DataFrame(each) for name, each in rows.items() if name != "settings"}
    if folds:
        tables["summary"], tables["comparisons"] = _compared(tables["fixations"], subjects)
    return Fits(settings, **tables)


def _describe(rows: dict[str, list[dict[str, Any]]], subject: Subject, found: Estimate) -> None:
    for each, unit, low, high, profile in zip(
        subject.parameters, found.units, found.low, found.high, found.profile, strict=True
    ):
        named = {"model": subject.name, "parameter": each.name}
        rows["parameters"].append(
            {**named, "estimate": each.value(unit), "low": each.value(low), "high": each.value(high)}
        )
        rows["profiles"] += [{**named, "value": each.value(at), "deviance": deviance} for at, deviance in profile]


def _cross_validated(problem: Problem, found: Estimate, folds: int, seed: int) -> list[dict[str, Any]]:
    """Return a row for each fixation: its bits over a uniform choice, by a fit of the displays of the other folds."""
    names = sorted({str(path.trial) for path in problem.paths})
    order = np.random.default_rng(seed).permutation(len(names))
    fold = {names[i]: int(place % folds) for place, i in enumerate(order)}
    rows: list[dict[str, Any]] = []
    for number in range(folds):
        rest = problem.part(lambda path, n=number: fold[str(path.trial)] != n)  # type: ignore[misc]
        own = problem.part(lambda path, n=number: fold[str(path.trial)] == n)  # type: ignore[misc]
        if not rest.paths or not own.paths:
            continue
        units, _ = maximum(rest, found.units)
        bits = own.log_shares(units)
        d = own.likelihood.decisions
        bits = (bits - np.log(d.uniform)) / np.log(2)
        rows += [
            {
                "model": problem.subject.name,
                "trial": d.trials[t],
                "observer": d.observers[o],
                "fixation": int(n),
                "bits": round(float(value), 6),
            }
            for t, o, n, value in zip(d.trial_of, d.observer_of, d.number, bits, strict=True)
        ]
    return sorted(rows, key=lambda row: (row["trial"], row["observer"], row["fixation"]))


def _fit_people(rows: dict[str, list[dict[str, Any]]], problem: Problem, found: Estimate) -> None:
    subject, names = problem.subject, sorted({str(path.observer) for path in problem.paths})
    even = {str(trial.id): i % 2 == 0 for i, trial in enumerate(problem.trials)}
    alone, counts, kept, halves = [], [], [], []
    with progress_bar(total=len(names), unit="person", desc=subject.name) as bar:
        for name in names:
            own = problem.part(lambda path, n=name: path.observer == n)  # type: ignore[misc]
            count = len(own.likelihood.decisions)
            bar.update()
            if count < LEAST_FIXATIONS:
                continue
            kept.append(own)
            counts.append((name, count))
            alone.append(estimate(own, found.units.copy()))
            parts = [own.part(lambda path, h=half: even[str(path.trial)] == h) for half in (True, False)]  # type: ignore[misc]
            halves.append([maximum(part, alone[-1].units)[0] for part in parts])
    if not kept:
        return
    group = as_group(kept, found.units.copy())
    reliable = reliability(*np.array(halves).transpose(1, 0, 2))
    for i, each in enumerate(subject.parameters):
        for (name, count), own_fit, shrunk in zip(counts, alone, group.members, strict=True):
            rows["people"].append(
                {
                    "model": subject.name,
                    "observer": name,
                    "parameter": each.name,
                    "estimate": each.value(own_fit.units[i]),
                    "low": each.value(own_fit.low[i]),
                    "high": each.value(own_fit.high[i]),
                    "shrunk": each.value(shrunk[i]),
                    "fixations": count,
                }
            )
        mean, error = group.mean[i], 1.96 * group.error[i]
        rows["group"].append(
            {
                "model": subject.name,
                "parameter": each.name,
                "mean": each.value(mean),
                "low": each.value(mean - error),
                "high": each.value(mean + error),
                "deviation": group.deviation[i]
                * (np.log(each.high / each.low) if each.logarithmic else each.high - each.low),
                "reliability": reliable[i],
                "people": len(kept),
            }
        )


def _recovered(
    subject: Subject,
    trials: list[Trial],
    around: Floats,
    people: int,
    max_fixations: int | None,
    seed: int,
    folder: Path,
) -> list[dict[str, Any]]:
    """Return the rows of recovery.csv; those of people who were done when a run was stopped are read."""
    partial = folder / f"recovery-{subject.name}.partial.csv"
    done = pd.read_csv(partial) if partial.exists() else pd.DataFrame(columns=RECOVERY)
    n = len(subject.parameters)
    first = len(done) // n
    rows = done.iloc[: first * n].to_dict("records")
    with progress_bar(total=people, initial=first, unit="person", desc=f"{subject.name}, recovery") as bar:
        walk = recover(subject, trials, around, people, seed, max_fixations=max_fixations, first=first)
        for number, each in enumerate(walk, first):
            for i, parameter in enumerate(subject.parameters):
                found = (each.true[i], each.found.units[i], each.found.low[i], each.found.high[i])
                values: dict[Any, Any] = dict(zip(RECOVERY[3:], map(parameter.value, found), strict=True))
                rows.append({**values, "model": subject.name, "person": number + 1, "parameter": parameter.name})
            with atomic_path(partial) as file:
                pd.DataFrame(rows, columns=RECOVERY).to_csv(file, index=False, lineterminator="\n")
            bar.update()
    return [{str(key): value for key, value in row.items()} for row in rows]


def _compared(fixations: pd.DataFrame, subjects: Sequence[Subject]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return summary.csv and comparisons.csv: means over trials of each trial's mean bits."""
    tables = {
        name: own.pivot_table(index="observer", columns="trial", values="bits", aggfunc="mean").to_numpy()
        for name, own in fixations.groupby("model", sort=False)
    }
    summary = []
    for subject in subjects:
        estimated = crossed_mean(tables[subject.name])
        own = fixations[fixations["model"] == subject.name]
        summary.append(
            {
                "model": subject.name,
                "bits": estimated.value,
                "low": estimated.low,
                "high": estimated.high,
                "over": estimated.over,
                "parameters": len(subject.parameters),
                "fixations": len(own),
            }
        )
    names, rows = list(tables), []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            each = compare_models(tables[first], tables[second])
            rows.append(
                {
                    "first": first,
                    "second": second,
                    "difference": each.value,
                    "low": each.low,
                    "high": each.high,
                    "p": each.p,
                    "over": each.over,
                }
            )
    comparisons = pd.DataFrame(rows)
    if len(comparisons):
        comparisons.insert(6, "p_holm", holm(comparisons["p"].to_numpy()))
    return pd.DataFrame(summary), comparisons


def _write(folder: Path, fits: Fits, first: str) -> None:
    for field in fields(fits):
        table = getattr(fits, field.name)
        if field.name != "settings" and len(table):
            with atomic_path(folder / f"{field.name}.csv") as file:
                table.to_csv(file, index=False, float_format="%.8g", lineterminator="\n")
    names = [name for name in fits.settings if name != first]
    for name, file_name in ((first, "fitted.yaml"), *((name, f"fitted_{name}.yaml") for name in names)):
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in fits.settings[name].items()}
        with atomic_path(folder / file_name) as file:
            file.write_text(f"# {name}\n{OmegaConf.to_yaml(plain)}", encoding="utf-8")
    write_figures(folder, fits.profiles, fits.people, fits.recovery)
    for partial in folder.glob("recovery-*.partial.csv"):
        partial.unlink()
