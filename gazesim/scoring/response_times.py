"""Models against people's answers and reaction times: means, spreads, quantiles, slopes, errors and CRPS."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance
from gazesim.files import atomic_path, writable_folder
from gazesim.metrics.statistics import crossed_mean
from gazesim.plotting.search_figures import PAGE_IN, save_figure
from gazesim.scoring.figures import COLOURS
from gazesim.search.loop import SearchModel
from gazesim.search.response_times import BIN_MS, LONGEST_MS, Orders, checks, crps, density, moments, quantiles
from gazesim.search.stopping import Stopping
from gazesim.search.timing import Timing
from gazesim.stimuli import make
from gazesim.stimuli.recipe_files import read_recipe
from gazesim.trial import Trial

Floats = NDArray[np.float64]
Cell = tuple[int, bool]  # set size, target present
AT = (0.1, 0.3, 0.5, 0.7, 0.9)
CONTAMINATED = 0.01  # share of answers that no model explains, alike at all times
BINS = int(LONGEST_MS / BIN_MS)
PLAUSIBLE_MS = (200.0, 4000.0)  # of which the authors' means are (Wolfe, Palmer & Horowitz 2010)


def places_of(attention: Attention, trials: Sequence[Trial], orders: int = 50, seed: int = 0) -> dict[Cell, Orders]:
    """Return the priorities of the objects of `trials`, seen from the middle of the display, by set size and presence.

    The priority of an object is the largest of its px.
    """
    found: dict[Cell, tuple[list[Floats], list[int]]] = {}
    for trial in trials:
        assert trial.objects is not None
        centre = np.array([trial.width // 2, trial.height // 2], np.float64)
        map = attention.attend([Glance(trial, trial.image, centre)])[0].map
        boxes = np.ceil(trial.objects).astype(int)
        own = np.array([np.nanmax(map[y0:y1, x0:x1]) for x0, y0, x1, y1 in boxes])
        target = -1
        if trial.target_box is not None:
            middle = trial.target_box[:2] + trial.target_box[2:]
            target = int(np.abs(trial.objects[:, :2] + trial.objects[:, 2:] - middle).sum(axis=1).argmin())
        priorities, targets = found.setdefault((len(boxes), target >= 0), ([], []))
        priorities.append(own)
        targets.append(target)
    return {cell: Orders.of(np.array(p), t, orders, seed) for cell, (p, t) in found.items()}


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model says of one set size, target present or absent.

    right, wrong : float64 (bins,), probabilities of answers by their time; wrong are misses, none where it is absent
    """

    right: Floats
    wrong: Floats

    @property
    def error(self) -> float:
        """The share of wrong answers."""
        return float(self.wrong.sum() / (self.right.sum() + self.wrong.sum()))


def predict(places: Mapping[Cell, Orders], settings: Mapping[str, Any]) -> dict[Cell, Predicted]:
    """Return what a model with `settings` of `Stopping`, `Timing`, a temperature and a miss rate says of each cell."""
    stopping, timing = _part(Stopping(), settings), _part(Timing(), settings)
    found = {}
    for cell, orders in places.items():
        present, absent = checks(orders, settings["temperature"], stopping, float(settings.get("miss_rate") or 0.0))
        said = density(absent, timing)
        found[cell] = Predicted(density(present, timing), said) if cell[1] else Predicted(said, np.zeros_like(said))
    return found


def _part(part: Any, settings: Mapping[str, Any]) -> Any:
    return replace(part, **{f.name: settings[f.name] for f in fields(part) if f.name in settings})


def by_cell(responses: pd.DataFrame) -> list[tuple[Cell, pd.DataFrame]]:
    """Return the responses of each set size, target present or absent."""
    groups: Any = responses.groupby(["set_size", "present"])
    return [((int(size), bool(present)), own) for (size, present), own in groups]


def counted(responses: pd.DataFrame) -> dict[Cell, tuple[Floats, Floats]]:
    """Return how many answers there are of each cell, right and wrong, by bins of their time (bins,).

    Wrong answers where the target is absent are left out: no model here makes them.
    """
    found = {}
    for (size, present), own in by_cell(responses):
        times, right = own["rt_ms"].to_numpy(np.float64), own["correct"].to_numpy(bool)
        found[size, present] = _binned(times[right]), _binned(times[~right]) if present else np.zeros(BINS)
    return found


def _binned(times: Floats) -> Floats:
    """Return how many of the times (n,) ms are in each bin."""
    bins = np.clip(times / BIN_MS, 0, BINS - 1).astype(int)
    return np.bincount(bins, minlength=BINS).astype(np.float64)


def log_likelihood(counts: Mapping[Cell, tuple[Floats, Floats]], predicted: Mapping[Cell, Predicted]) -> float:
    """Return the log likelihood of answers and their times."""
    total = 0.0
    for cell, (right, wrong) in counts.items():
        of = predicted[cell]
        for number, share in ((right, of.right), (wrong, of.wrong)):
            seen = number > 0
            mixed = (1 - CONTAMINATED) * share[seen] + CONTAMINATED / (2 * BINS)
            total += float((number[seen] * np.log(mixed)).sum())
    return total


def cells(responses: pd.DataFrame, predicted: Mapping[Cell, Predicted]) -> pd.DataFrame:
    """Return a row a set size and presence: people and model, mean, deviation, quantiles, errors and CRPS.

    `crps_people` is that of the pooled distribution of the people themselves, which no model of the pooled times can be
    better than by much.
    """
    rows = []
    for (size, present), own in by_cell(responses):
        of = predicted[size, present]
        right = own.loc[own["correct"].to_numpy(bool), "rt_ms"].to_numpy(np.float64)
        mean, deviation = moments(of.right)
        row = {
            "set_size": size,
            "present": present,
            "answers": len(own),
            "people_mean": right.mean(),
            "model_mean": mean,
            "people_sd": right.std(),
            "model_sd": deviation,
            "people_error": 1 - own["correct"].mean(),
            "model_error": of.error,
            "crps_model": crps(of.right, right).mean(),
            "crps_people": crps(_binned(right), right).mean(),
        }
        for at, person, model in zip(AT, np.quantile(right, AT), quantiles(of.right, AT), strict=True):
            row |= {f"people_q{at:g}": person, f"model_q{at:g}": model}
        rows.append(row)
    return pd.DataFrame(rows)


def slopes(table: pd.DataFrame) -> pd.DataFrame:
    """Return slope (ms an item) and intercept (ms) of the means of `cells`, of people and model, present and absent."""
    rows = []
    for present, own in table.groupby("present"):
        row: dict[str, Any] = {"present": bool(present)}
        for who in ("people", "model"):
            row[f"{who}_slope"], row[f"{who}_intercept"] = np.polyfit(own["set_size"], own[f"{who}_mean"], 1)
        rows.append(row)
    return pd.DataFrame(rows)


def drawn_places(model: SearchModel, dataset: str, condition: str, displays: int, seed: int) -> dict[Cell, Orders]:
    """Return the priorities of a model on drawn displays of a condition, by its recipe, so many a cell.

    Raises
    ------
    ValueError
        If the model has no answers and times in closed form, or there is no recipe of that condition.
    """
    wanted = {
        "stopping": (model.stopping.stopping, "quitting"),
        "durations": (model.timing.durations, "gamma"),
        "duration_rise": (model.timing.duration_rise, 0.0),
        "items_per_fixation": (model.memory.items_per_fixation, 1),
    }
    for name, (found, expected) in wanted.items():
        if found != expected:
            raise ValueError(f"{name} of {model.name} is {found!r}, expected {expected!r} with reaction times")
    recipe = {**read_recipe(f"{dataset}_{condition}"), "n_per_set_size": displays, "seed": seed}
    return places_of(model.attention, make(str(recipe.pop("paradigm")), **recipe), seed=seed)


def settings_of(model: SearchModel) -> dict[str, Any]:
    """Return the settings of a model on which its answers and times depend."""
    parts = {f.name: getattr(part, f.name) for part in (model.stopping, model.timing) for f in fields(part)}
    return {**parts, "temperature": model.policy.temperature, "miss_rate": model.recognition.miss_rate}


def plausible(responses: pd.DataFrame) -> pd.DataFrame:
    """Return the responses with a time from 200 to 4000 ms."""
    return responses[responses["rt_ms"].between(*PLAUSIBLE_MS)]


def by_person(responses: pd.DataFrame, predicted: Mapping[Cell, Predicted]) -> pd.DataFrame:
    """Return a row a person: CRPS of the model and of the other people, and slopes, present and absent.

    Those of a cell in which a person has no correct answer are left out.
    """
    correct = responses[responses["correct"].to_numpy(bool)]
    rows = []
    for name, own in correct.groupby("observer"):
        row: dict[str, Any] = {"observer": str(name), "crps_model": [], "crps_others": []}
        for (size, present), each in by_cell(own):
            times = each["rt_ms"].to_numpy(np.float64)
            alike = (correct["set_size"] == size) & (correct["present"] == present) & (correct["observer"] != name)
            others = _binned(correct.loc[alike, "rt_ms"].to_numpy(np.float64))
            row["crps_model"].append(crps(predicted[size, present].right, times).mean())
            row["crps_others"].append(crps(others, times).mean() if others.any() else np.nan)
        row |= {key: float(np.mean(row[key])) for key in ("crps_model", "crps_others")}
        for present in (True, False):
            means = own[own["present"] == present].groupby("set_size")["rt_ms"].mean()
            row["slope_present" if present else "slope_absent"] = (
                np.polyfit(means.index, means, 1)[0] if len(means) > 1 else np.nan
            )
        rows.append(row)
    return pd.DataFrame(rows)


def over_people(people: pd.DataFrame) -> pd.DataFrame:
    """Return a row a column of `by_person` and their difference: the mean with its 95 % interval over people."""
    columns = {name: people[name].to_numpy(np.float64) for name in people.columns if name != "observer"}
    columns["crps_model - crps_others"] = columns["crps_model"] - columns["crps_others"]
    rows = []
    for name, values in columns.items():
        estimated = crossed_mean(values[:, None])
        rows.append({"measure": name, "mean": estimated.value, "low": estimated.low, "high": estimated.high})
    return pd.DataFrame(rows)


def score_responses(
    models: Mapping[str, SearchModel],
    dataset: str,
    responses: pd.DataFrame,
    *,
    displays: int = 10,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
) -> dict[str, pd.DataFrame]:
    """Score models against people's answers and reaction times on drawn displays of each condition.

    Parameters
    ----------
    models : dict of SearchModel
        By name; they sample, end by quitting, and have gamma distributed durations.
    dataset : str
        Its conditions have recipes of the name dataset_condition.
    responses : DataFrame
        See `gazesim.responses`; those of 200 to 4000 ms count.
    displays : int
        Drawn for each set size, present and absent.
    seed : int
    out : path, optional
        A folder for the tables and the figure.

    Returns
    -------
    dict of DataFrame
        cells, slopes, people: see `cells`, `slopes`, `over_people`, with the columns model and condition.

    Raises
    ------
    ValueError
        See `drawn_places`.
    """
    kept = plausible(responses)
    tables: dict[str, list[pd.DataFrame]] = {"cells": [], "slopes": [], "people": []}
    for name, model in models.items():
        for condition, own in kept.groupby("condition", sort=False):
            predicted = predict(drawn_places(model, dataset, str(condition), displays, seed), settings_of(model))
            told = {"model": name, "condition": str(condition)}
            found = cells(own, predicted)
            tables["cells"].append(found.assign(**told))
            tables["slopes"].append(slopes(found).assign(**told))
            tables["people"].append(over_people(by_person(own, predicted)).assign(**told))
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    if out is not None:
        write_responses_tables(Path(out), joined)
    return joined


def write_responses_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the tables as CSV, and the figure of the table cells."""
    for name, table in tables.items():
        with atomic_path(writable_folder(folder) / f"{name}.csv") as file:
            table.to_csv(file, index=False, float_format="%.6g", lineterminator="\n")
    save_figure(figure_response_times(tables["cells"]), writable_folder(folder / "figures") / "reaction_times.png")


def figure_response_times(table: pd.DataFrame) -> Figure:
    """Draw quantiles, present and absent, standard deviations and misses by set size: a row a condition."""
    conditions, models = list(dict.fromkeys(table["condition"])), list(dict.fromkeys(table["model"]))
    colours = dict(zip(models, COLOURS * len(models), strict=False))
    drawn = Figure(figsize=(PAGE_IN, 2.0 * len(conditions) + 0.3), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots(len(conditions), 4, sharex=True, squeeze=False)
    for row, condition in zip(axes, conditions, strict=True):
        own = table[table["condition"] == condition]
        for ax, present in zip(row, (True, False), strict=False):
            _lines(ax, own[own["present"] == present], [f"q{at:g}" for at in AT], colours)
        top = max(ax.get_ylim()[1] for ax in row[:2])
        for ax in row[:2]:
            ax.set_ylim(PLAUSIBLE_MS[0], top)
        for present, fill in ((True, "full"), (False, "none")):
            _lines(row[2], own[own["present"] == present], ["sd"], colours, fill)
        _lines(row[3], own[own["present"]], ["error"], colours)
        row[2].set_ylim(0, None)
        row[3].set_ylim(0, None)
        row[0].set_ylabel(f"{condition.replace('_', ' ')}\nms", fontsize=8)
    titles = ("present: quantiles", "absent: quantiles", "SD, ms (hollow: absent)", "misses")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("set size", fontsize=8)
        ax.set_xticks(sorted(set(table["set_size"])))
    for ax in axes.flat:
        ax.tick_params(labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0][3].legend(fontsize=6.5, frameon=False)
    return drawn


def _lines(ax: Axes, own: pd.DataFrame, columns: Sequence[str], colours: Mapping[str, str], fill: str = "full") -> None:
    for number, column in enumerate(columns):
        people = own.drop_duplicates("set_size")
        kind: dict[str, Any] = {"fillstyle": fill, "markersize": 3, "color": "0.1"}
        if number == 0:
            kind["label"] = "people"
        ax.plot(people["set_size"], people[f"people_{column}"], "o", **kind)
        for name, each in own.groupby("model", sort=False):
            line = "-" if fill == "full" else "--"
            style: dict[str, Any] = {"color": colours[str(name)], "linewidth": 1, "linestyle": line}
            if number == 0:
                style["label"] = str(name)
            ax.plot(each["set_size"], each[f"model_{column}"], **style)
