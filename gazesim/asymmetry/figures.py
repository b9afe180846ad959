"""The figures of the search-asymmetry experiments.

Colours are those of Okabe and Ito (2008): blue is the condition that is easier for people, vermilion the harder one,
whatever a model finds. Filled marks and solid lines are people, open marks and dashed lines the model.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from gazesim.asymmetry.analysis import PEOPLE, Tables
from gazesim.asymmetry.published import Condition, Experiment
from gazesim.plotting.marks import PATH_COLOUR, TARGET_COLOUR, TEXT_PT
from gazesim.plotting.search_figures import PAGE_IN, TITLE_PT

EASIER, HARDER = PATH_COLOUR, TARGET_COLOUR
PALE, DARK = "0.7", "0.25"
SMALL_PT = TEXT_PT - 1
FILLED: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.2}
OPEN: dict[str, Any] = {"marker": "s", "markersize": 3.5, "markerfacecolor": "white", "linewidth": 1, "linestyle": "--"}
BAR: dict[str, Any] = {"elinewidth": 0.8, "capsize": 1.5, "capthick": 0.8}
PER_ROW = 4  # models
LINEAR_TO = 10  # ms per item, up to which the axes of slopes are linear; logarithmic beyond


def figure_reaction_times(tables: Tables, model: str, experiments: Sequence[Experiment]) -> Figure:
    """Draw reaction time against set size, of people and of `model`, one panel an experiment.

    Bars are one standard error to each side, over trials. Above each panel stand the slopes of the easier and the
    harder condition, and the asymmetry index that they give.
    """
    columns = min(3, len(experiments))
    rows = -(-len(experiments) // columns)
    figure = _figure(PAGE_IN * columns / 3, 2.35 * rows + 0.25)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax, experiment in zip(axes.flat, experiments, strict=False):
        for condition, colour in zip(experiment.conditions, (EASIER, HARDER), strict=True):
            _draw_times(ax, tables, model, experiment, condition, colour)
        ax.set_xticks(experiment.set_sizes)
        ax.set_xlim(0, max(experiment.set_sizes) * 1.06)
        _write_above(ax, tables, model, experiment)
        _tidy(ax)
    for ax in axes.flat[len(experiments) :]:
        ax.set_visible(False)
    for ax in axes[:, 0]:
        ax.set_ylabel("reaction time (ms)", fontsize=TEXT_PT)
    for ax in axes.flat[len(experiments) - columns : len(experiments)]:
        ax.set_xlabel("set size", fontsize=TEXT_PT)
    marks = [Line2D([], [], color=DARK, **FILLED, label=PEOPLE), Line2D([], [], color=DARK, **OPEN, label=model)]
    figure.legend(handles=marks, loc="outside lower center", ncols=2, frameon=False, fontsize=TEXT_PT)
    return figure


def _draw_times(
    ax: Axes, tables: Tables, model: str, experiment: Experiment, condition: Condition, colour: str
) -> None:
    ax.plot(experiment.set_sizes, condition.rt_ms, color=colour, zorder=3, **FILLED)
    own = _rows(tables.trials, model=model, experiment=experiment.name, condition=condition.name)
    times = own.groupby("set_size")["reaction_time_ms"].agg(["mean", "sem"])
    look = {**OPEN, "color": colour, "ecolor": colour}
    ax.errorbar(times.index, times["mean"], times["sem"].fillna(0), zorder=2, **look, **BAR)


def _write_above(ax: Axes, tables: Tables, model: str, experiment: Experiment) -> None:
    """Write the title, the conditions in their colours, and slopes and index of people and model."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    ax.set_title(experiment.title, fontsize=TITLE_PT, loc="left", pad=37, fontweight="bold")
    for condition, colour, side in zip(experiment.conditions, (EASIER, HARDER), ("left", "right"), strict=True):
        ax.annotate(condition.label, (side == "right", 1), (0, 27), color=colour, ha=side, fontsize=TEXT_PT, **place)
    for name, height in ((PEOPLE, 16), (model, 6)):
        row = _rows(tables.experiments, model=name, experiment=experiment.name).iloc[0]
        words = f"{name}: {row['easier_slope']:z.1f}, {row['harder_slope']:z.1f} ms/item; index {_number(row['index'])}"
        ax.annotate(words, (0, 1), (0, height), color=DARK, fontsize=SMALL_PT, **place)


def figure_indices(tables: Tables, experiments: Sequence[Experiment]) -> Figure:
    """Draw people against each model: the asymmetry index of every experiment, and below the slopes behind it.

    The numbers are those of the experiments; bars are 95 % intervals of the model.
    """
    models = [name for name in tables.models["model"] if name != PEOPLE]
    columns = min(PER_ROW, len(models))
    bands = -(-len(models) // columns)
    width = PAGE_IN * max(columns, 2) / PER_ROW
    figure = _figure(width, 3.6 * bands + 0.45)
    axes = figure.subplots(2 * bands, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_visible(False)
    for number, model in enumerate(models):
        band, column = divmod(number, columns)
        upper, lower = axes[2 * band, column], axes[2 * band + 1, column]
        _draw_indices(upper, tables, model)
        _draw_slopes(lower, tables, model)
        for ax, label in ((upper, "model's index"), (lower, "model's slope (ms/item)")):
            ax.set_visible(True)
            ax.set_ylabel(label if column == 0 else "", fontsize=TEXT_PT, labelpad=2)
            _tidy(ax)
    names = [
        f"{number} {experiment.title}".replace(" ", "\N{NO-BREAK SPACE}")
        for number, experiment in enumerate(experiments, 1)
    ]
    looks = (("slope where people find it easier", EASIER), ("where harder", HARDER))
    marks = [Line2D([], [], color=colour, linestyle="", marker="o", label=label) for label, colour in looks]
    title = fill(";  ".join(names), int(20 * width))
    words: dict[str, Any] = {"ncols": 2, "frameon": False, "fontsize": TEXT_PT, "title_fontsize": TEXT_PT}
    figure.legend(handles=marks, title=title, loc="outside lower center", **words)
    return figure


def _draw_indices(ax: Axes, tables: Tables, model: str) -> None:
    people, own = (_rows(tables.experiments, model=name) for name in (PEOPLE, model))
    mean = _rows(tables.models, model=model).iloc[0]
    ax.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    ax.plot([0, 1], [0, 1], color=PALE, linewidth=0.6, linestyle="--", zorder=0)
    ax.vlines(people["index"], own["index_low"], own["index_high"], color=DARK, linewidth=1, alpha=0.4, zorder=1)
    _mark(ax, people["index"], own["index"], [DARK] * len(own), range(1, len(own) + 1))
    ax.set(xlim=(0, 1), ylim=(-1.15, 1.15), xticks=[0, 0.5, 1], yticks=[-1, 0, 1])
    ax.set_xlabel("people's index", fontsize=TEXT_PT, labelpad=1)
    ax.set_title(model, fontsize=TITLE_PT, loc="left", pad=14, fontweight="bold")
    words = f"mean {_with_interval(mean, 'index')}"
    ax.annotate(words, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL_PT)


def _draw_slopes(ax: Axes, tables: Tables, model: str) -> None:
    people, own = (_rows(tables.conditions, model=name) for name in (PEOPLE, model))
    mean = _rows(tables.models, model=model).iloc[0]
    colours = [EASIER if find == "easier" else HARDER for find in own["people_find"]]
    x, y = people["slope_ms_per_item"], own["slope_ms_per_item"]
    ax.set_xscale("symlog", linthresh=LINEAR_TO)
    ax.set_yscale("symlog", linthresh=LINEAR_TO)
    ax.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    ax.plot([0, LINEAR_TO, 1000], [0, LINEAR_TO, 1000], color=PALE, linewidth=0.6, linestyle="--", zorder=0)
    ax.vlines(x, own["slope_low"], own["slope_high"], colors=colours, linewidth=1, alpha=0.4, zorder=1)
    _mark(ax, x, y, colours, [1 + place // 2 for place in range(len(own))])
    every = tables.conditions[["slope_ms_per_item", "slope_low", "slope_high"]].to_numpy(float)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator([-100, -LINEAR_TO, 0, LINEAR_TO, 100]))
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_locator(NullLocator())
    ax.set(xlim=(0, 130), ylim=(min(0, np.nanmin(every)) - 3, max(130, 1.2 * np.nanmax(every))))
    ax.set_xlabel("people's slope (ms/item)", fontsize=TEXT_PT, labelpad=1)
    r = "no r: the slopes are all alike" if np.isnan(mean["slope_r"]) else f"r = {_number(mean['slope_r'])}"
    ax.set_title(r, fontsize=SMALL_PT, loc="left", pad=5)


def _mark(ax: Axes, x: pd.Series, y: pd.Series, colours: Sequence[str], numbers: Sequence[int] | range) -> None:
    """Draw numbered marks."""
    ax.scatter(x, y, s=38, c=colours, linewidths=0.6, edgecolors="white", zorder=2, clip_on=False)
    place: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": SMALL_PT - 1, "clip_on": False}
    for at_x, at_y, number in zip(x, y, numbers, strict=True):
        ax.text(at_x, at_y, str(number), color="white", zorder=3, **place)


def figure_models(tables: Tables) -> Figure:
    """Draw the mean asymmetry index of every model, and the correlation of its slopes with those of people.

    Whiskers are 95 % intervals of the index, strokes the single experiments, the line is people's mean index.
    """
    models = tables.models[tables.models["model"] != PEOPLE].sort_values("index", kind="stable")
    height = np.arange(len(models))
    figure = _figure(PAGE_IN * 0.8, 0.24 * len(models) + 0.75)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for ax, key, words in ((left, "index", "mean asymmetry index"), (right, "slope_r", "r of slopes with people's")):
        ax.barh(height, models[key], 0.62, color=EASIER, alpha=0.35, zorder=1)
        ax.axvline(0, color=DARK, linewidth=0.6, zorder=2)
        ax.set(xlim=(-1.06, 1.06), xticks=[-1, -0.5, 0, 0.5, 1])
        ax.set_xlabel(words, fontsize=TEXT_PT)
        _tidy(ax)
    whiskers = [models["index"] - models["index_low"], models["index_high"] - models["index"]]
    left.errorbar(models["index"], height, xerr=np.maximum(whiskers, 0), fmt="none", ecolor=DARK, zorder=4, **BAR)
    people = tables.models.loc[tables.models["model"] == PEOPLE, "index"].iloc[0]
    left.axvline(people, color=HARDER, linewidth=1.2, zorder=3)
    top: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "center"}
    left.annotate(f"people {people:.2f}", (people, 1), (0, 2), color=HARDER, fontsize=TEXT_PT, **top)
    for place, name in zip(height, models["model"], strict=True):
        single = _rows(tables.experiments, model=name)["index"]
        left.plot(single, np.full(len(single), place), linestyle="", marker="|", markersize=8, color=DARK, alpha=0.45)
    left.set_yticks(height, models["model"])
    left.set_ylim(-0.6, len(models) - 0.4)
    return figure


def _rows(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Return the rows of `table` with these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def _number(value: float) -> str:
    return f"{value:z.2f}".replace("-", "\N{MINUS SIGN}")


def _with_interval(row: pd.Series, key: str) -> str:
    if np.isnan(row[f"{key}_low"]):
        return _number(row[key])
    return f"{_number(row[key])} [{_number(row[f'{key}_low'])}, {_number(row[f'{key}_high'])}]"


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_linewidth(0.6)
    ax.tick_params(labelsize=TEXT_PT, length=2.5, width=0.6, pad=2)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure
