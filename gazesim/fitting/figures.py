"""The figures of a fit: profiles of the likelihood, people's parameters, and recovery."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from gazesim.files import writable_folder
from gazesim.fitting.estimate import LEVEL
from gazesim.fitting.parameters import KNOWN
from gazesim.plotting.search_figures import PAGE_IN, save_figure

PER_ROW = 4
BLUE, GREY = "#0072B2", "0.6"
SMALL_PT = 8


def write_figures(folder: Path, profiles: pd.DataFrame, people: pd.DataFrame, recovery: pd.DataFrame) -> None:
    """Write those of which there is a table, as PNG and PDF, into the folder `figures`."""
    figures = writable_folder(folder / "figures")
    drawn = (("profiles", profiles, _profile), ("people", people, _people), ("recovery", recovery, _recovery))
    for name, table, draw in drawn:
        if not len(table):
            continue
        for model, own in table.groupby("model", sort=False):
            save_figure(_panels(own, draw), figures / f"{name}_{model}.png")


def _panels(table: pd.DataFrame, draw: "object") -> Figure:
    names = list(dict.fromkeys(table["parameter"]))
    columns = min(PER_ROW, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(max(2.2, PAGE_IN * columns / PER_ROW), 1.95 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_visible(False)
    for ax, name in zip(axes.flat, names, strict=False):
        ax.set_visible(True)
        ax.tick_params(labelsize=SMALL_PT - 1)
        ax.spines[["top", "right"]].set_visible(False)
        assert callable(draw)
        draw(ax, table[table["parameter"] == name], name)
    return figure


def _profile(ax: Axes, table: pd.DataFrame, name: str) -> None:
    ax.plot(table["value"], table["deviance"], ".-", color=BLUE, markersize=4)
    ax.axhline(LEVEL, color=GREY, linewidth=0.8, linestyle=":")
    _scale(ax, name, "x", table["value"])
    ax.set_xlabel(_words(name), fontsize=SMALL_PT)
    ax.set_ylabel("deviance", fontsize=SMALL_PT)


def _people(ax: Axes, table: pd.DataFrame, name: str) -> None:
    own = table.sort_values("estimate")
    place = np.arange(len(own))
    ax.hlines(place, own["low"], own["high"], color=GREY, linewidth=0.8)
    ax.plot(own["estimate"], place, ".", color=BLUE, markersize=4, label="alone")
    ax.plot(own["shrunk"], place, "|", color="#D55E00", markersize=4, label="of the group")
    _scale(ax, name, "x", own["estimate"])
    ax.set_yticks([])
    ax.set_xlabel(_words(name), fontsize=SMALL_PT)
    ax.set_ylabel("people", fontsize=SMALL_PT)
    ax.legend(fontsize=SMALL_PT - 2, frameon=False, loc="lower right")


def _recovery(ax: Axes, table: pd.DataFrame, name: str) -> None:
    inside = (table["low"] <= table["true"]) & (table["true"] <= table["high"])
    for kept, colour in ((inside, BLUE), (~inside, "#D55E00")):
        own = table[kept]
        ax.vlines(own["true"], own["low"], own["high"], color=colour, linewidth=0.6, alpha=0.5)
        ax.plot(own["true"], own["estimate"], ".", color=colour, markersize=3)
    ends = [table["true"].min(), table["true"].max()]
    ax.plot(ends, ends, color="0.3", linewidth=0.8)
    _scale(ax, name, "both", pd.concat([table["true"], table["estimate"]]))
    ax.set_xlabel(f"true {_words(name)}", fontsize=SMALL_PT)
    ax.set_ylabel("estimate, 95 % interval", fontsize=SMALL_PT)
    ax.set_title(f"{inside.mean():.2f} of {len(table)} inside", fontsize=SMALL_PT)


def _scale(ax: Axes, name: str, axis: str, values: "pd.Series[float]") -> None:
    if name not in KNOWN or not KNOWN[name].logarithmic or values.min() <= 0:
        return
    for each in ("x", "y") if axis == "both" else (axis,):
        (ax.set_xscale if each == "x" else ax.set_yscale)("log")
        wide = values.max() / values.min() > 30
        which = ax.xaxis if each == "x" else ax.yaxis
        which.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
        which.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        which.set_minor_formatter(NullFormatter())


def _words(name: str) -> str:
    base, bracket, number = name.partition("[")
    if bracket:
        return f"ln weight {int(number[:-1]) + 1} / weight 1"
    return base.replace("_deg", " (deg)").replace("_", " ")
