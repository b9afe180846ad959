"""The learning curve of a training."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gazesim.plotting.search_figures import COLUMN_IN


def figure_learning_curve(history: pd.DataFrame, monitor: str) -> Figure:
    """Draw the losses and the behaviour delta of each epoch, the kept one marked."""
    figure = Figure(figsize=(COLUMN_IN, COLUMN_IN), layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subplots(2, 1, sharex=True)
    epochs = np.arange(1, len(history) + 1)
    top.plot(epochs, history["train_nll"], label="training", color="0.6")
    top.plot(epochs, history["validation_nll"], label="validation", color="C0")
    top.set_ylabel("next object,\n$-\\log p$ (nats)")
    top.legend(fontsize=7, frameon=False)
    bottom.plot(epochs, history["validation_delta"], color="C0")
    bottom.set_ylabel("behaviour delta,\nvalidation")
    bottom.set_xlabel("epoch")
    for axes in (top, bottom):
        axes.axvline(best_epoch(history, monitor) + 1, color="C3", linewidth=0.8, linestyle=":")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def best_epoch(history: pd.DataFrame, monitor: str) -> int:
    """Return the row of `history` whose weights are kept."""
    return int(history[f"validation_{monitor}"].fillna(np.inf).argmin())
