"""The figures of a score.

Models have the colours of Okabe and Ito (2008) in the order given; people are black, chance is grey.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gazesim.metrics import saccade_directions
from gazesim.plotting.marks import TEXT_PT
from gazesim.plotting.search_figures import PAGE_IN, TITLE_PT
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import LEVELS

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#A65628")
DASHES = ("-", "--", ":")
DARK, GREY, PALE = "0.1", "0.55", "0.85"
LABELS = {"people": "people", "other_images": "other images (centre bias)", "uniform": "chance (uniform)"}
PER_ROW = 3
BINS = 40
SECTORS = 24


def figure_ceiling(summary: pd.DataFrame) -> Figure:
    """Draw every measure, a panel each: models and the centre bias with 95 % intervals, between chance and ceiling.

    The dashed line is chance, the solid one the human ceiling, its band the interval of it.
    """
    scored = summary.groupby(["metric", "part"])["value"].transform(lambda values: values.notna().any())
    panels = list(summary[scored].groupby(["metric", "part"], sort=False))
    shown = [model for model in dict.fromkeys(summary["model"]) if model not in ("people", "uniform")]
    columns = min(PER_ROW, len(panels))
    rows = -(-len(panels) // columns)
    height = 0.19 * len(shown) + 0.55
    figure = _figure(max(3.5, PAGE_IN * columns / PER_ROW), height * rows + 0.3)
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for number, ax in enumerate(axes.flat):
        if number >= len(panels):
            ax.set_visible(False)
            continue
        (metric, part), table = panels[number]
        _draw_panel(ax, table, shown)
        arrow = "\N{RIGHTWARDS ARROW}" if table["better"].iloc[0] == "higher" else "\N{LEFTWARDS ARROW}"
        ax.set_title(f"{metric} {part}".rstrip() + f" {arrow}", fontsize=TITLE_PT, loc="left", pad=4)
        ax.set_yticks(range(len(shown)), [LABELS.get(model, model) for model in shown])
        ax.set_ylim(len(shown) - 0.5, -0.5)
        _tidy(ax)
    lines = [
        axes.flat[0].plot([], [], color=DARK, linewidth=1.2, label="people (ceiling)")[0],
        axes.flat[0].plot([], [], color=GREY, linewidth=1, linestyle="--", label=LABELS["uniform"])[0],
    ]
    words: dict[str, Any] = {"ncols": 2, "frameon": False, "fontsize": TEXT_PT, "title_fontsize": TEXT_PT}
    title = "arrows point to the better side"
    figure.legend(handles=lines, loc="outside lower center", title=title, **words)
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, shown: list[str]) -> None:
    by_model = table.set_index("model")
    for height, model in enumerate(shown):
        if model not in by_model.index:
            continue
        row, colour = by_model.loc[model], _line(model, shown)["color"]
        ax.plot([row["low"], row["high"]], [height, height], color=colour, linewidth=1.4, solid_capstyle="butt")
        ax.plot(row["value"], height, marker="o", markersize=4.5, color=colour, linestyle="")
    for _, people in table[(table["model"] == "people") & table["value"].notna()].iterrows():
        if np.isfinite(people["low"]):
            ax.axvspan(people["low"], people["high"], color=PALE, linewidth=0, zorder=0)
        ax.axvline(people["value"], color=DARK, linewidth=1.2, zorder=1)
    chance = table["chance"].iloc[0]
    if np.isfinite(chance):
        ax.axvline(chance, color=GREY, linewidth=1, linestyle="--", zorder=1)
    ax.margins(x=0.08)


def figure_curves(curves: pd.DataFrame) -> Figure:
    """Draw the share of searches that found the target against the number of fixations, with 95 % intervals.

    Each data set has a panel.
    """
    panels = list(curves.groupby("dataset", sort=False))
    figure = _figure(PAGE_IN * min(1, 0.38 + 0.24 * len(panels)), 2.7)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    models = list(dict.fromkeys(curves["model"]))
    for ax, (dataset, table) in zip(axes, panels, strict=True):
        _draw_curves(ax, table, models)
        if len(panels) > 1:
            ax.set_title(dataset, fontsize=TITLE_PT, loc="left", pad=4)
    axes[0].set_ylabel("targets found (share)", fontsize=TEXT_PT)
    figure.supxlabel("fixations (1 is the initial one)", fontsize=TEXT_PT)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=TEXT_PT)
    return figure


def _draw_curves(ax: Axes, curves: pd.DataFrame, models: list[str]) -> None:
    for model in models:
        own = curves[(curves["model"] == model) & curves["found"].notna()]
        if not len(own):
            continue
        look = _line(model, models)
        ax.plot(own["fixation"], own["found"], label=LABELS.get(model, model), **look)
        ax.fill_between(own["fixation"], own["low"], own["high"], color=look["color"], alpha=0.15, linewidth=0)
    ax.set(ylim=(0, 1.02), xlim=(1, max(2, curves["fixation"].max())))
    _tidy(ax)


def figure_saccades(paths: dict[str, list[Scanpath]], amplitudes: dict[str, NDArray[np.float64]], unit: str) -> Figure:
    """Draw the distributions of saccade amplitudes and directions (right is to the right, up is up) of each model."""
    figure = _figure(PAGE_IN, 2.6)
    left, right = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="polar")
    assert isinstance(right, PolarAxes)
    models = [model for model in paths if len(amplitudes[model])]
    everything = np.concatenate([amplitudes[model] for model in models] or [np.ones(1)])
    edges = np.linspace(0, max(np.percentile(everything, 99.5), 1e-9), BINS + 1)
    sectors = np.linspace(-np.pi, np.pi, SECTORS, endpoint=False)
    for model in models:
        look = _line(model, models)
        shares = np.histogram(amplitudes[model], edges)[0] / len(amplitudes[model])
        left.stairs(shares, edges, label=LABELS.get(model, model), **look)
        angles = -saccade_directions(paths[model])  # y points down
        nearest = np.round((angles + np.pi) / (2 * np.pi / SECTORS)).astype(int) % SECTORS
        counts = np.bincount(nearest, minlength=SECTORS) / max(1, len(angles))
        right.plot(np.append(sectors, sectors[0]), np.append(counts, counts[0]), **look)
    left.set_xlabel(f"saccade amplitude ({unit})", fontsize=TEXT_PT)
    left.set_ylabel(f"share of saccades per {edges[1]:.2g} {unit}", fontsize=TEXT_PT)
    left.set(xlim=(0, edges[-1]), ylim=(0, None))
    _tidy(left)
    right.set_xticks(np.radians([0, 90, 180, 270]), ["right", "up", "left", "down"], fontsize=TEXT_PT)
    right.set_rlabel_position(60)
    right.yaxis.set_major_locator(MaxNLocator(3))
    right.set_ylim(0, None)
    right.tick_params(labelsize=TEXT_PT - 1, pad=0)
    right.grid(linewidth=0.4, color=PALE)
    right.spines["polar"].set(linewidth=0.4, color=GREY)
    right.set_title(f"share per {360 // SECTORS}\N{DEGREE SIGN} of direction", fontsize=TEXT_PT, pad=8)
    words: dict[str, Any] = {"ncols": 4, "frameon": False, "fontsize": TEXT_PT}
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", **words)
    return figure


def _line(model: str, models: list[str]) -> dict[str, Any]:
    """Return colour, width and dashes of a model among `models`, or of a level."""
    if model == "people":
        return {"color": DARK, "linewidth": 1.8, "linestyle": "-", "zorder": 1.8}  # models lie above
    if model in LEVELS:
        return {"color": GREY, "linewidth": 1, "linestyle": "--"}
    number = [name for name in models if name not in LEVELS].index(model)
    dashes = DASHES[number // len(COLOURS) % len(DASHES)]
    return {"color": COLOURS[number % len(COLOURS)], "linewidth": 1.2, "linestyle": dashes}


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_linewidth(0.6)
    ax.tick_params(labelsize=TEXT_PT, length=2.5, width=0.6, pad=2)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure
