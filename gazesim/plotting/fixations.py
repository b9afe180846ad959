"""People's fixations over displays, so that a person can see whether positions were understood."""

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gazesim.plotting.marks import PATH_COLOUR, TEXT_PT, show_image
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

WIDTH_IN = 2.3  # of a display
PALE = 235


def figure_fixations(trials: Sequence[Trial], scanpaths: Sequence[Scanpath]) -> Figure:
    """Return each display, its picture where it is here, with every fixation on it; those off the display are seen too.

    Parameters
    ----------
    trials
        One panel each.
    scanpaths
        Of them and others.
    """
    figure = Figure(figsize=(WIDTH_IN * len(trials), WIDTH_IN * 1.1), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for ax, trial in zip(figure.subplots(1, len(trials), squeeze=False)[0], trials, strict=True):
        paths = [path for path in scanpaths if path.trial == trial.id]
        show_image(ax, trial, trial.image if trial.has_image else np.full((1, 1, 3), PALE, np.uint8))
        xy = np.concatenate([path.xy for path in paths]) if paths else np.empty((0, 2))
        ax.scatter(*xy.T, s=6, color=PATH_COLOUR, edgecolors="white", linewidths=0.3, zorder=5)
        if len(xy):
            reach = np.clip(xy, [-trial.width / 2, -trial.height / 2], [1.5 * trial.width, 1.5 * trial.height])
            (x0, y0), (x1, y1) = reach.min(0), reach.max(0)
            ax.set_xlim(min(x0, -0.5), max(x1, trial.width - 0.5))
            ax.set_ylim(max(y1, trial.height - 0.5), min(y0, -0.5))
        observers = len({path.observer for path in paths})
        ax.set_title(str(trial.id)[-30:], fontsize=TEXT_PT)
        size = f"{trial.width} x {trial.height} px, {len(xy)} fixations, observers: {observers}"
        ax.set_xlabel(size, fontsize=TEXT_PT)
    return figure
