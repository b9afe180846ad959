"""Figures of a search: the scanpath over the display, priority maps, and what was seen at each step.

No figure is known to pyplot, so none has to be closed.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_shape
from gazesim.files import atomic_path
from gazesim.plotting.foveated_view import View, foveated_view, reduced
from gazesim.plotting.marks import (
    LIGHT,
    PATH_COLOUR,
    TARGET_COLOUR,
    TEXT_PT,
    casing,
    draw_scale_bar,
    draw_scanpath,
    draw_target_box,
    extent,
    show_image,
    show_target,
)
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

COLUMN_IN, PAGE_IN = 3.5, 7.2  # the widths of one and two columns of a journal
LEGEND_IN = 4.3  # from this width on, both marks of the legend stand side by side
PANEL_PX = 600  # longer side of the pictures in a strip
DPI = 300
TITLE_PT = 8
PRIORITY_COLOURS, PRIORITY_ALPHA = "viridis", 0.8
LOOK: dict[str, Any] = {"marker": "o", "markersize": 5, "linestyle": "", "color": PATH_COLOUR}
LOOK |= {"markeredgecolor": LIGHT, "markeredgewidth": 0.8, "clip_on": False}
NEXT: dict[str, Any] = {**LOOK, "markerfacecolor": "none", "markeredgecolor": TARGET_COLOUR}
NEXT |= {"markeredgewidth": 1.2, "path_effects": casing(1.2)}


def plot_scanpath(trial: Trial, scanpath: Scanpath, ax: Axes | None = None) -> Axes:
    """Draw a scanpath over its display, with the target box, the target beside it and a scale bar below.

    Parameters
    ----------
    trial : Trial
    scanpath : Scanpath
        See `gazesim.plotting.marks.draw_scanpath` for what the marks mean.
    ax : matplotlib Axes, optional
        Where to draw; by default in a new figure, one column wide. The target and the scale bar stand outside,
        a quarter of the width to the right and a line of text below.

    Returns
    -------
    matplotlib Axes
    """
    ax = _axes_for(trial) if ax is None else ax
    show_image(ax, trial, trial.image)
    show_target(ax.inset_axes((1.07, 0.0, 0.2, 1.0)), trial)
    draw_scale_bar(ax, trial)
    draw_target_box(ax, trial)
    draw_scanpath(ax, scanpath)
    ax.set_title(outcome(scanpath), fontsize=TITLE_PT, loc="left", pad=9)
    return ax


def outcome(scanpath: Scanpath) -> str:
    """Say in words how the search ended, such as "found after 3 saccades"."""
    saccades = f"{scanpath.n_saccades} saccade{'s' * (scanpath.n_saccades != 1)}"
    if scanpath.found is None:
        return saccades
    return f"found after {saccades}" if scanpath.found else f"not found in {saccades}"


def plot_priority(
    trial: Trial,
    priority: NDArray[np.floating],
    ax: Axes | None = None,
    *,
    next_xy: ArrayLike | None = None,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw a priority map over its display, which is dimmed and grey.

    Parameters
    ----------
    trial : Trial
    priority : (height, width)
        One value a pixel of the display, as `SearchModel.priority` gives it: NaN where nothing can be selected;
        there the display shows.
    ax : matplotlib Axes, optional
        Where to draw; by default in a new figure, one column wide.
    next_xy : (2,), optional
        The fixation chosen from the map, marked with a ring.
    limits : (lowest, highest), optional
        The ends of the colour scale; by default those of the map.

    Returns
    -------
    matplotlib Axes
        Its last image is the map, for a colour bar.

    Raises
    ------
    ValueError
        If the map does not have the size of the display.
    """
    check_shape("priority", priority, (trial.height, trial.width))
    ax = _axes_for(trial) if ax is None else ax
    show_image(ax, trial, _dimmed(reduced(trial.image, PANEL_PX)))
    step = -(-max(priority.shape) // PANEL_PX)
    values = priority[step // 2 :: step, step // 2 :: step]  # imshow leaves out what is not finite
    scale = Normalize(*(_limits([priority]) if limits is None else limits))
    ax.imshow(values, extent=extent(trial), cmap=PRIORITY_COLOURS, norm=scale, alpha=PRIORITY_ALPHA)
    if next_xy is not None:
        x, y = np.asarray(next_xy, dtype=float)
        ax.plot(x, y, **NEXT)
    return ax


def _limits(priorities: Sequence[NDArray[np.floating]]) -> tuple[float, float]:
    """Return the lowest and the highest value in any of the maps, 0 and 1 if there is none."""
    ranges = [(p.min(), p.max()) for p in (p[np.isfinite(p)] for p in priorities) if p.size]
    return (float(np.min(ranges)), float(np.max(ranges))) if ranges else (0.0, 1.0)


def _dimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = image.mean(axis=2, keepdims=True) * 0.4
    return np.repeat(grey, 3, axis=2).astype(np.uint8)


def figure_search(trial: Trial, scanpath: Scanpath) -> Figure:
    """Return a figure one column wide with the scanpath over the display, see `plot_scanpath`."""
    ax = _axes_for(trial)
    plot_scanpath(trial, scanpath, ax)
    return _figure_of(ax)


def shown_steps(scanpath: Scanpath, max_steps: int = 8) -> list[int]:
    """Return the steps of which `figure_steps` shows the priority map: the columns but the last.

    >>> shown_steps(Scanpath(np.zeros((20, 2))), max_steps=4)
    [0, 1, 2]
    """
    if max_steps < 2:
        raise ValueError(f"max_steps is {max_steps!r}, expected at least 2")
    return list(range(min(scanpath.n_saccades, max_steps - 1)))


def figure_steps(
    trial: Trial,
    scanpath: Scanpath,
    priorities: Mapping[int, NDArray[np.floating]],
    max_steps: int = 8,
    view: View = foveated_view,
) -> Figure:
    """Return a strip with one column a fixation: what was seen there, and the priorities computed from it.

    The upper row has the foveated view with the fixation, the lower one the priority map with the fixation chosen
    from it. All maps share one colour scale. Below the last fixation stands the target.

    Parameters
    ----------
    trial : Trial
    scanpath : Scanpath
    priorities : mapping of int to (height, width)
        By step, the map from which the next fixation was chosen, for all of `shown_steps(scanpath, max_steps)`.
    max_steps : int
        The most columns, at least 2; of more fixations the first ones and the last are shown.
    view : View
        What is seen from a fixation.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If a map is missing or does not have the size of the display, or `max_steps` is below 2.
    """
    mapped = shown_steps(scanpath, max_steps)
    for step in mapped:
        if step not in priorities:
            raise ValueError(f"priorities has no map of step {step}, expected one for each of {mapped}")
        check_shape(f"priorities[{step}]", priorities[step], (trial.height, trial.width))
    last = scanpath.n_saccades
    steps = [*mapped, last]
    limits = _limits([priorities[step] for step in mapped])
    panels = _strip(trial, len(steps))
    for step, (upper, lower) in zip(steps, panels, strict=True):
        show_image(upper, trial, view(trial, scanpath.xy[step], PANEL_PX))
        upper.plot(*scanpath.xy[step], **LOOK)
        upper.set_title(_column_title(scanpath, step), fontsize=TEXT_PT, pad=3)
        if step < last:
            plot_priority(trial, priorities[step], lower, next_xy=scanpath.xy[step + 1], limits=limits)
        else:
            show_target(lower, trial)
    figure = _figure_of(panels[0][0])
    _write_header(figure, scanpath, steps)
    panels[0][0].set_ylabel("seen", fontsize=TEXT_PT, labelpad=3)
    if mapped:
        panels[0][1].set_ylabel("priority", fontsize=TEXT_PT, labelpad=3)
        _explain(figure, limits)
    return figure


def _column_title(scanpath: Scanpath, step: int) -> str:
    if step == 0:
        return "0 (start)"
    return f"{step} (found)" if step == scanpath.n_saccades and scanpath.found else f"{step}"


def _strip(trial: Trial, columns: int) -> list[tuple[Axes, Axes]]:
    """Return the upper and lower axes of each column in a new figure, with room for words around them."""
    left, top, gap, below = 0.22, 0.42, 0.06, 0.5
    width = float(np.clip((PAGE_IN - left) / columns - gap, 0.9, 1.8)) * min(1.0, trial.width / trial.height)
    height = width * trial.height / trial.width
    figure = _figure(max(left + columns * (width + gap), COLUMN_IN), top + 2 * height + gap + below)
    panels = []
    for column in range(columns):
        x = left + column * (width + gap)
        lower_top = top + height + gap
        panels.append((_add_axes(figure, x, top, width, height), _add_axes(figure, x, lower_top, width, height)))
    return panels


def _write_header(figure: Figure, scanpath: Scanpath, steps: list[int]) -> None:
    """Say how the search ended, and which fixations are left out."""
    header = outcome(scanpath)
    if len(steps) < len(scanpath):
        first = f"0 to {steps[-2]}," if steps[-2] else "0"
        header += f" (shown: fixations {first} and {steps[-1]})"
    across, down = figure.get_size_inches()
    figure.text(0.22 / across, 1 - 0.14 / down, header, fontsize=TITLE_PT, va="center")


def _explain(figure: Figure, limits: tuple[float, float]) -> None:
    """Put the colour scale of the maps and the meaning of the two marks below the strip."""
    across, down = figure.get_size_inches()
    bar = _add_axes(figure, 0.4, down - 0.3, 0.9, 0.08)
    scale = ScalarMappable(Normalize(*limits), PRIORITY_COLOURS)
    figure.colorbar(scale, bar, orientation="horizontal", ticks=limits, format="{x:.2g}")
    bar.tick_params(labelsize=TEXT_PT - 1, length=2, width=0.5, pad=1)
    bar.spines[:].set_linewidth(0.5)
    words: dict[str, Any] = {"loc": "center left", "frameon": False, "fontsize": TEXT_PT, "handletextpad": 0.2}
    marks = [Line2D([], [], **LOOK, label="fixation"), Line2D([], [], **NEXT, label="next fixation")]
    figure.text(1.42 / across, 0.26 / down, "priority, all maps", fontsize=TEXT_PT, va="center")
    columns = 2 if across > LEGEND_IN else 1
    figure.legend(handles=marks, bbox_to_anchor=(2.3 / across, 0.26 / down), ncols=columns, columnspacing=0.8, **words)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a figure as PNG (300 dpi) and as PDF (with its fonts); the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib Figure
    path : path
        Where to, with or without .png or .pdf at the end. Each file appears only when it is complete.

    Returns
    -------
    png, pdf : Path
    """
    path = Path(path)
    stem = path.stem if path.suffix in (".png", ".pdf") else path.name
    png, pdf = path.with_name(f"{stem}.png"), path.with_name(f"{stem}.pdf")
    with mpl.rc_context({"pdf.fonttype": 42}):
        with atomic_path(png) as partial:
            figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
        with atomic_path(pdf) as partial:
            figure.savefig(partial, format="pdf", dpi=DPI, metadata={"CreationDate": None})
    return png, pdf


def _axes_for(trial: Trial) -> Axes:
    """Return axes for the display in a new figure one column wide, with room for title, target and scale bar."""
    margin, above, below = 0.14, 0.32, 0.3  # marks on the border stick out
    width = min((COLUMN_IN - 1.5 * margin) / 1.27, COLUMN_IN * trial.width / trial.height)
    height = width * trial.height / trial.width
    size = COLUMN_IN, height + above + below
    figure = _notebook_figure(*size) if "ipykernel" in sys.modules else _figure(*size)
    return _add_axes(figure, margin, above, width, height)


def _notebook_figure(width: float, height: float) -> Figure:
    """Return an empty white figure that the notebook shows when its cell ends."""
    from matplotlib import pyplot

    return pyplot.figure(figsize=(width, height), facecolor="white")


def _figure(width: float, height: float) -> Figure:
    """Return an empty white figure of this size in inches, which draws without a screen."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def _add_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes with their upper left corner so many inches from that of the figure."""
    across, down = figure.get_size_inches()
    return figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
