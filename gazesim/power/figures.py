"""The figure of power against the number of people."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gazesim.plotting.marks import PATH_COLOUR, TARGET_COLOUR, TEXT_PT

COLOURS = (PATH_COLOUR, TARGET_COLOUR, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe & Ito (2008)


def figure_power(power: pd.DataFrame, wanted: float, title: str) -> Figure:
    """Draw power against the number of people, a line a number of trials, with its interval as a band."""
    figure = Figure(figsize=(3.5, 2.7), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    for number, (trials, own) in enumerate(power.groupby("trials", sort=False)):
        colour = COLOURS[number % len(COLOURS)]
        ax.fill_between(own["people"], own["power_low"], own["power_high"], color=colour, alpha=0.15, linewidth=0)
        ax.plot(own["people"], own["power"], "o-", color=colour, markersize=3, linewidth=1.2, label=str(trials))
    ax.axhline(wanted, color="0.4", linewidth=0.8, linestyle="--")
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.02)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_xlabel("people", fontsize=TEXT_PT)
    ax.set_ylabel("power", fontsize=TEXT_PT)
    ax.set_title(title, fontsize=TEXT_PT)
    ax.legend(title="trials a set size", title_fontsize=TEXT_PT, fontsize=TEXT_PT, frameon=False, loc="lower right")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_linewidth(0.6)
    ax.tick_params(labelsize=TEXT_PT, length=2.5, width=0.6, pad=2)
    return figure
