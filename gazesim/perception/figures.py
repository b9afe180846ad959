"""Figures of foveated systems: the windows over the picture, the systems beside it, what is left along a scanpath."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from gazesim.perception.windows import Windows
from gazesim.plotting.foveated_view import View, reduced
from gazesim.plotting.marks import TEXT_PT, show_image
from gazesim.plotting.search_figures import LOOK, PAGE_IN, PANEL_PX, shown_steps
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

ALPHA = 0.55
STEP_RAD = np.pi / 180


def draw_windows(ax: Axes, windows: Windows, factor: float = 1.0, line_pt: float = 0.45) -> None:
    """Draw where neighbouring windows have equal weights, and the fixation.

    Parameters
    ----------
    ax : matplotlib Axes
        Showing the display; its limits stay.
    windows : Windows
    factor : float
        px of the axes in one px of the windows' picture.
    line_pt : float
        Width of the lines.
    """
    rings = np.unique(windows.rings[1:])
    borders = windows.border_deg([*rings, rings[-1] + 1]) * windows.px_per_degree * factor
    centre = (windows.fixation + 0.5) * factor - 0.5
    angles = np.arange(0, 2 * np.pi + STEP_RAD, STEP_RAD)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lines = [centre + radius * circle for radius in borders]
    turns = 2 * np.pi * ((np.arange(windows.n_sectors) + 0.25) / windows.n_sectors - 0.5)
    ways = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    lines += [centre + np.array([[borders[0]], [borders[-1]]]) * way for way in ways]
    for width, colour in ((2.4 * line_pt, "black"), (line_pt, "white")):
        ax.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=ALPHA), autolim=False)
    ax.plot(*centre, **LOOK)


def figure_windows(trial: Trial, windows: Windows) -> Figure:
    """Return a figure one page wide with the windows over the display; `windows` may be of another size of it."""
    figure, (axes,) = _panels(trial, 1, 1)
    show_image(axes[0], trial, trial.image)
    draw_windows(axes[0], windows, trial.width / windows.width)
    size = f"{trial.width / trial.px_per_degree:.3g} x {trial.height / trial.px_per_degree:.3g} degrees"
    axes[0].set_title(f"{len(windows)} windows of scale {windows.scale:g} on {size}", fontsize=TEXT_PT, loc="left")
    return figure


def figure_systems(trial: Trial, windows: Windows, seen: Mapping[str, NDArray[np.uint8]]) -> Figure:
    """Return a figure with the windows over the display, and what each system leaves of it, by name."""
    figure, axes = _panels(trial, 1, len(seen) + 1)
    show_image(axes[0][0], trial, reduced(trial.image, PANEL_PX))
    draw_windows(axes[0][0], windows, trial.width / windows.width, line_pt=0.25)
    axes[0][0].set_title("windows", fontsize=TEXT_PT, pad=3)
    for ax, (name, picture) in zip(axes[0][1:], seen.items(), strict=True):
        show_image(ax, trial, reduced(picture, PANEL_PX))
        ax.set_title(name.replace("_", " "), fontsize=TEXT_PT, pad=3)
    return figure


def figure_seen(trial: Trial, scanpath: Scanpath, views: Mapping[str, View], max_steps: int = 8) -> Figure:
    """Return a strip with a column a fixation and a row a system: what is left of the display.

    Parameters
    ----------
    trial : Trial
    scanpath : Scanpath
    views : mapping of str to View
        By name, see `gazesim.perception.views.view_of`.
    max_steps : int
        The most columns, at least 2; of more fixations the first ones and the last are shown.
    """
    steps = [*shown_steps(scanpath, max_steps), scanpath.n_saccades]
    figure, axes = _panels(trial, len(views), len(steps))
    for row, (name, view) in zip(axes, views.items(), strict=True):
        for ax, step in zip(row, steps, strict=True):
            show_image(ax, trial, view(trial, scanpath.xy[step], PANEL_PX))
            _mark(ax, scanpath.xy[step])
        row[0].set_ylabel(name.replace("_", " "), fontsize=TEXT_PT, labelpad=3)
    for ax, step in zip(axes[0], steps, strict=True):
        ax.set_title(f"fixation {step}", fontsize=TEXT_PT, pad=3)
    return figure


def _mark(ax: Axes, xy: ArrayLike) -> None:
    ax.plot(*np.asarray(xy, float), **LOOK)


def _panels(trial: Trial, rows: int, columns: int) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure one page wide, or narrower where few panels are enough, with room for words above and left."""
    left, above, gap = 0.2, 0.24, 0.05
    width = min((PAGE_IN - left) / columns - gap, 5.0 * min(1, trial.width / trial.height), PAGE_IN - left)
    height = width * trial.height / trial.width
    across, down = left + columns * (width + gap), above + rows * (height + gap)
    figure = Figure(figsize=(across, down), facecolor="white")
    FigureCanvasAgg(figure)
    axes = [
        [
            figure.add_axes(
                (
                    (left + column * (width + gap)) / across,
                    1 - (above + row * (height + gap) + height) / down,
                    width / across,
                    height / down,
                )
            )
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    return figure, axes
