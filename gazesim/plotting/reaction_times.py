"""Reaction times and errors against set size, of people and of models.

Colours are those of Okabe and Ito (2008); people are black. Filled marks and solid lines are displays with the target,
open marks and dashed lines those without.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gazesim.plotting.marks import TEXT_PT
from gazesim.plotting.search_figures import COLUMN_IN, PAGE_IN, TITLE_PT

PEOPLE, DARK = "people", "0.1"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#A65628")
LOOKS: dict[bool, dict[str, Any]] = {
    True: {"marker": "o", "linestyle": "-"},
    False: {"marker": "o", "linestyle": "--", "markerfacecolor": "white"},
}
BAR: dict[str, Any] = {
    "markersize": 4,
    "linewidth": 1.2,
    "elinewidth": 0.9,
    "capsize": 2,
    "capthick": 0.9,
    "clip_on": False,
}
PER_ROW = 3  # conditions


def figure_reaction_times(table: pd.DataFrame) -> Figure:
    """Draw mean reaction times, and below them the shares of errors, one column a condition.

    Parameters
    ----------
    table : DataFrame
        Of `gazesim.metrics.efficiency.set_size_table`, with a column searcher: "people" or the name of a model. Bars
        are its 95 % intervals.
    """
    shown = table[table["set_size"].notna()]
    searchers = list(shown["searcher"].unique())
    conditions = sorted(shown["condition"].fillna("").unique())
    columns = min(PER_ROW, len(conditions))
    bands = -(-len(conditions) // columns)
    figure = Figure(figsize=(max(COLUMN_IN, PAGE_IN * columns / PER_ROW), 3.2 * bands + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2 * bands, columns, squeeze=False, height_ratios=[2.2, 1] * bands, sharex="col")
    for ax in axes.flat:
        ax.set_visible(False)
    for number, condition in enumerate(conditions):
        band, column = divmod(number, columns)
        upper, lower = axes[2 * band, column], axes[2 * band + 1, column]
        own = shown[shown["condition"].fillna("") == condition]
        _draw(upper, own, searchers, "rt")
        _draw(lower, own, searchers, "errors")
        upper.set_title(condition, fontsize=TITLE_PT, loc="left", pad=4)
        lower.set_xticks(sorted(own["set_size"].astype(int).unique()))
        lower.set_xlabel("set size", fontsize=TEXT_PT)
        if column == 0:
            upper.set_ylabel("reaction time (ms)", fontsize=TEXT_PT)
            lower.set_ylabel("errors", fontsize=TEXT_PT)
    figure.legend(
        handles=_legend(searchers, shown), loc="outside lower center", ncols=3, frameon=False, fontsize=TEXT_PT
    )
    return figure


def _draw(ax: Axes, table: pd.DataFrame, searchers: list[str], what: str) -> None:
    value = "rt_ms" if what == "rt" else what
    for (searcher, present), rows in table.groupby(["searcher", "present"], sort=False, dropna=False):
        rows = rows.sort_values("set_size")
        look = LOOKS[bool(present) if present is not pd.NA else True]
        sizes, middle = rows["set_size"].to_numpy(float), rows[value].to_numpy(float)
        ends = np.abs(np.stack([middle - rows[f"{what}_low"], rows[f"{what}_high"] - middle]).astype(float))
        bars = np.nan_to_num(ends)
        ax.errorbar(sizes, middle, bars, color=_colour(str(searcher), searchers), **look, **BAR)
    ax.set_visible(True)
    ax.set_ylim(bottom=0)
    ax.tick_params(labelsize=TEXT_PT)
    ax.spines[["top", "right"]].set_visible(False)


def _colour(searcher: str, searchers: list[str]) -> str:
    models = [name for name in searchers if name != PEOPLE]
    return DARK if searcher == PEOPLE else COLOURS[models.index(searcher) % len(COLOURS)]


def _legend(searchers: list[str], shown: pd.DataFrame) -> list[Line2D]:
    lines = [Line2D([], [], color=_colour(name, searchers), linewidth=1.6, label=name) for name in searchers]
    kinds = [kind for kind in (True, False) if (shown["present"] == kind).any()]
    names = {True: "target present", False: "target absent"}
    return [*lines, *(Line2D([], [], color=DARK, markersize=4, label=names[kind], **LOOKS[kind]) for kind in kinds)]
