"""A score: models are run, everything is compared with people, and tables and figures are written."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from gazesim.checks import check_at_least
from gazesim.datasets import load_dataset
from gazesim.datasets.dataset import DataSet
from gazesim.files import writable_folder
from gazesim.metrics import METRICS
from gazesim.plotting.reaction_times import figure_reaction_times
from gazesim.plotting.search_figures import save_figure
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import LEVELS, Candidate, candidates
from gazesim.scoring.choice import Choice, choose
from gazesim.scoring.figures import figure_ceiling, figure_curves, figure_saccades
from gazesim.scoring.map_scores import Row
from gazesim.scoring.search_scores import longest_search, score_searches, search_curves, searches
from gazesim.scoring.search_times import search_times
from gazesim.scoring.simulation import chosen_trials, data_sha256, run_models
from gazesim.scoring.summary import amplitudes_of, compare, saccade_table, summarise
from gazesim.scoring.tables import readable_comparisons, readable_summary, write_readable, write_table
from gazesim.scoring.trial_scores import PARTIAL, TrialRow, rounded, score_displays
from gazesim.scoring.viewing import Viewing, viewings

KEYS = (
    "root",
    "px_per_degree",
    "scanpaths",
    "weights",
    "device",
    "max_fixations",
    "images",
    "samples",
    "seed",
    "batch_size",
)


@dataclass(frozen=True, eq=False)
class Scores:
    """What a score found, as tables; `gazesim.scoring` says what their columns are.

    Attributes
    ----------
    trials : DataFrame
        One row for each person whom a model predicted.
    summary : DataFrame
        One row a model, metric and part: value, interval, chance, ceiling.
    comparisons : DataFrame
        One row a pair of models, metric and part.
    curves : DataFrame
        Cumulative search performance; empty in free viewing.
    saccades : DataFrame
        One row a model with scanpaths, and people; empty if no measure needed scanpaths.
    slopes : DataFrame
        Search slopes of people and models; empty without people's reaction times.
    set_sizes : DataFrame
        Their reaction times and errors at each set size, likewise.
    """

    trials: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    curves: pd.DataFrame
    saccades: pd.DataFrame
    slopes: pd.DataFrame = field(default_factory=pd.DataFrame)
    set_sizes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def _repr_html_(self) -> str:
        tables = ((name, getattr(self, name)) for name in ("summary", "comparisons", "curves", "saccades"))
        return "".join(
            f"<h4>{name}</h4>{table.to_html(index=False, max_rows=40)}" for name, table in tables if len(table)
        )


def score(
    models: Any,
    dataset: str | DataSet,
    metrics: str | Sequence[str] | None = None,
    *,
    scanpaths: Any = None,
    root: str | os.PathLike[str] | None = None,
    px_per_degree: float | None = None,
    weights: str = "embedded",
    device: str = "cpu",
    max_fixations: int | None = None,
    images: int | None = None,
    samples: int = 1,
    seed: int = 0,
    batch_size: int = 1,
    workers: int | None = None,
    accept: str | Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Scores:
    """Score models against the people of a data set.

    Parameters
    ----------
    models : str, object, dict, or sequence of str and objects
        Names of `gazesim.list_models()`, "published" or "published.NAME" for scanpaths that come with the data,
        objects with `name` and `priority(trial, history)` or `walk(trials)`, a function that takes a `Trial` and
        returns its map, or a dict from names to such objects or functions, to lists of scanpaths, or to maps by the id
        of the trial or a folder of them (`gazesim.scoring.GivenMaps`, which also takes log densities). None for
        scanpaths alone.
    dataset : str or DataSet
        A name or a YAML file that `gazesim.load_dataset` takes, or what it returned.
    metrics : str or sequence of str, optional
        Names in `gazesim.metrics.METRICS`; by default some that fit the task.
    scanpaths : path or sequence of paths, optional
        Tables of scanpaths; each observer in one is a model.
    root, px_per_degree
        See `gazesim.load_dataset`.
    weights, device
        See `gazesim.load_model`.
    max_fixations : int, optional
        How many fixations a model makes after the initial one. By default as many as it does itself in search, and
        in free viewing as people do on average.
    images : int, optional
        How many of the displays, evenly spaced; by default all.
    samples : int
        How many scanpaths a trial models make that sample, the k-th (from 0) with `seed` + k. Measures of two scanpaths
        are means over them; searches, curves and saccades are of the first. Energy forms need at least two.
    seed : int
        Of models that sample, scanpaths by chance, and resamples.
    batch_size : int
        Trials that search side by side; changes the speed on a GPU, never the result.
    workers : int, optional
        How many processes run models and score, each with one thread; the scores do not depend on it. By default all
        is done in this one. A script that sets it needs `if __name__ == "__main__":`.
    accept : str or sequence of str, optional
        What looks implausible in scanpaths of models from outside and is so: the line that stops names the check.
    settings : dict, optional
        Of the models called by name, other than their own; each takes those that it has.
    out : path, optional
        A folder to write tables and figures to; a run that was stopped there continues. By default nothing is written.

    Returns
    -------
    Scores

    Raises
    ------
    FileNotFoundError, ValueError
        If anything is unknown, is not here or does not fit; one line that says what. Nothing has been written then.
    """
    for name, value, least in (("samples", samples, 1), ("seed", seed, 0), ("batch_size", batch_size, 1)):
        check_at_least(name, value, least)
    for name, limit in (("max_fixations", max_fixations), ("images", images), ("workers", workers)):
        if limit is not None:
            check_at_least(name, limit, 1)
    data = dataset if isinstance(dataset, DataSet) else load_dataset(dataset, root, px_per_degree=px_per_degree)
    accepted = [accept] if isinstance(accept, str) else list(accept or [])
    found = candidates(models, data, scanpaths, weights=weights, device=device, accept=accepted, settings=settings)
    choice = choose([metrics] if isinstance(metrics, str) else metrics, data, found, samples)
    trials = chosen_trials(data, found, choice, images)
    given = (root, px_per_degree, scanpaths, weights, device, max_fixations, images, samples, seed, batch_size)
    config = {
        "model": [candidate.name for candidate in found],
        "dataset": data.name if isinstance(dataset, DataSet) else str(dataset),
        "metric": choice.names,
        **{key: _recorded(value) for key, value in zip(KEYS, given, strict=True)},
        **({"accept": accepted} if accepted else {}),
        **({"settings": {key: _recorded(value) for key, value in settings.items()}} if settings else {}),
        "data_sha256": data_sha256(data, trials, found),
    }
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) if out is None else writable_folder(out)
        run = RunFolder(folder, "score", config, [])
        found = run_models(run, data, trials, found, choice, max_fixations, samples, seed, batch_size, workers)
        looked = viewings(data, trials, seed) if data.scanpaths else []
        scores = _analyse(data, looked, found, choice, folder, workers) if looked else Scores(*[pd.DataFrame()] * 5)
        if choice.slopes:
            scores = replace(scores, **search_times(data, trials, found))
        if out is not None:
            _write(folder, scores, looked, found, choice)
    return scores


def _recorded(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return [_recorded(item) for item in value] if isinstance(value, list | tuple) else value


def _analyse(
    data: DataSet, looked: list[Viewing], found: list[Candidate], choice: Choice, folder: Path, workers: int | None
) -> Scores:
    with_paths = [candidate for candidate in found if candidate.has_paths] if choice.needs_paths else []
    rows = score_displays(looked, found, data, choice, folder, workers)
    curves = pd.DataFrame(columns=["dataset", "model", "fixation", "found", "low", "high"])
    if data.task == "search" and with_paths:
        longest = longest_search(looked)
        results = searches(looked, with_paths, longest)
        rows += _with_trial(score_searches(results, choice.searches, longest))
        curves = search_curves(results, longest)
        curves.insert(0, "dataset", data.name)
    for name in choice.protocols:
        rows += _with_trial(METRICS[name].function(data.name, looked, with_paths))
    trials = _in_order(rows, data, looked, found, choice)
    saccades = pd.DataFrame()
    if with_paths:
        saccades = saccade_table(_all_paths(looked, with_paths), _degrees(looked))
        saccades.insert(0, "dataset", data.name)
    partners = {viewing.trial_id: str(viewing.partner[0].trial) for viewing in looked if viewing.partner}
    return Scores(trials, summarise(trials, partners), compare(trials, partners), curves, saccades)


def _with_trial(rows: Iterable[tuple[str, Row]]) -> list[TrialRow]:
    return [(trial, *row[:4], rounded(row[4])) for trial, row in rows]


def _in_order(
    rows: list[TrialRow],
    data: DataSet,
    looked: list[Viewing],
    found: list[Candidate],
    choice: Choice,
) -> pd.DataFrame:
    """Return trials.csv: by metric, model, part, display and observer, whatever came first."""
    table = pd.DataFrame(rows, columns=["trial", "model", "metric", "part", "observer", "value"])
    orders = {
        "metric": choice.names,
        "model": [*(candidate.name for candidate in found), *LEVELS],
        "part": list(dict.fromkeys(table["part"])),
        "trial": [viewing.trial_id for viewing in looked],
        "observer": ["", *data.observers],
    }
    keys = {column: table[column].map({name: i for i, name in enumerate(names)}) for column, names in orders.items()}
    table = table.iloc[pd.DataFrame(keys).sort_values(list(keys), kind="stable").index].reset_index(drop=True)
    table.insert(0, "dataset", data.name)
    return table[["dataset", "trial", "observer", "model", "metric", "part", "value"]]


def _all_paths(looked: list[Viewing], models: list[Candidate]) -> dict[str, list[Scanpath]]:
    """Return the scanpaths of each model and of people on the displays that are scored."""
    ids = [viewing.trial_id for viewing in looked]
    paths = {model.name: [model.paths[trial] for trial in ids if trial in model.paths] for model in models}
    paths["people"] = [person.path for viewing in looked for person in viewing.people]
    return paths


def _degrees(looked: list[Viewing]) -> dict[str, float] | None:
    if not all(viewing.trial.has_px_per_degree for viewing in looked):
        return None
    return {viewing.trial_id: viewing.px_per_degree for viewing in looked}


def _write(folder: Path, scores: Scores, looked: list[Viewing], found: list[Candidate], choice: Choice) -> None:
    """Write every table, and the figures as PNG and PDF."""
    for each in fields(scores):
        if len(table := getattr(scores, each.name)):
            write_table(folder / f"{each.name}.csv", table)
    figures = writable_folder(folder / "figures")
    if len(scores.slopes):
        save_figure(figure_reaction_times(scores.set_sizes), figures / "reaction_times.png")
    if not len(scores.trials):
        return
    name = scores.trials["dataset"].iloc[0]
    caption = f"Scores on {name}: mean [95 % interval], chance, ceiling"
    write_readable(folder / "summary", readable_summary(scores.summary), caption)
    write_readable(folder / "comparisons", readable_comparisons(scores.comparisons), f"Comparisons on {name}")
    if scores.summary["value"].notna().any():
        save_figure(figure_ceiling(scores.summary), figures / "ceiling.png")
    if len(scores.curves):
        save_figure(figure_curves(scores.curves), figures / "curves.png")
    if len(scores.saccades):
        paths, degrees = _all_paths(looked, [candidate for candidate in found if candidate.has_paths]), _degrees(looked)
        amplitudes = {model: amplitudes_of(own, degrees) for model, own in paths.items()}
        save_figure(figure_saccades(paths, amplitudes, scores.saccades["unit"].iloc[0]), figures / "saccades.png")
    (folder / PARTIAL).unlink(missing_ok=True)
