"""What figures are made of: the display, the target, and numbered fixations that stay readable.

All axes count px of the original display, x right, y down, integers are pixel centres. Sizes of marks and letters
are points. Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart.
"""

from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke, withStroke
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from gazesim.image import montage
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

PATH_COLOUR, TARGET_COLOUR, LIGHT = "#0072B2", "#D55E00", "#FFFFFF"
TEXT_PT = 7


def show_image(ax: Axes, trial: Trial, image: NDArray[np.uint8]) -> None:
    """Show `image`, of any resolution, where the display of `trial` is."""
    ax.imshow(image, origin="upper", extent=extent(trial))
    ax.set(xticks=[], yticks=[], xlim=(-0.5, trial.width - 0.5), ylim=(trial.height - 0.5, -0.5))
    ax.spines[:].set(linewidth=0.5, color="0.5")


def extent(trial: Trial) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of the display, for `Axes.imshow`."""
    return (-0.5, trial.width - 0.5, trial.height - 0.5, -0.5)


def show_target(ax: Axes, trial: Trial, label: str = "target") -> None:
    """Show the target as the model was given it, not to scale, and write `label` below; words are written out."""
    targets = trial.targets
    if not targets and not trial.target_texts:
        ax.set_axis_off()
        return
    if not targets:
        ax.text(0.5, 0.5, fill(" or ".join(trial.target_texts), 12), fontsize=TEXT_PT, ha="center", va="center")
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    else:
        ax.imshow(montage(targets))
    ax.set(xticks=[], yticks=[], anchor="NW")
    ax.set_xlabel(label, fontsize=TEXT_PT, labelpad=2)
    ax.spines[:].set(linewidth=1.2, color=TARGET_COLOUR)


def draw_target_box(ax: Axes, trial: Trial) -> None:
    """Frame the target, if the trial says where it is."""
    if trial.target_box is not None:
        x0, y0, x1, y1 = trial.target_box - 0.5
        frame = Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, linewidth=1.4, edgecolor=TARGET_COLOUR)
        ax.add_patch(frame).set(path_effects=casing(1.4), clip_on=False, zorder=4.5)


def casing(width_pt: float) -> list[AbstractPathEffect]:
    """Return the effect that puts a wider light line under a line, so that it shows on any background."""
    return [Stroke(linewidth=width_pt + 1.2, foreground=LIGHT), Normal()]


def draw_scale_bar(ax: Axes, trial: Trial) -> None:
    """Draw a bar of a round number of degrees, at most a quarter of the width, below the display."""
    width_deg = trial.width / trial.px_per_degree
    round_numbers = [n * 10.0**power for power in range(-3, 4) for n in (1, 2, 5)]
    degrees = max((n for n in round_numbers if n <= width_deg / 4), default=round_numbers[0])
    start, end = -0.5, degrees * trial.px_per_degree - 0.5
    inches = ax.figure.dpi_scale_trans
    below = ax.get_xaxis_transform() + ScaledTranslation(0, -0.18, inches)
    ax.plot((start, end), (0, 0), transform=below, color="black", linewidth=1.5, clip_on=False, solid_capstyle="butt")
    beside = below + ScaledTranslation(0.05, 0, inches)
    ax.text(end, 0, f"{degrees:g}°", transform=beside, va="center_baseline", fontsize=TEXT_PT)


def draw_scanpath(ax: Axes, scanpath: Scanpath, shown: int | None = None) -> None:
    """Draw saccades and numbered fixations.

    Fixation 0 is white, the others are blue, the one that found the target has the target's colour. The area of
    a mark grows with the duration where there is one. A number that another mark would cover stands beside its own.

    Parameters
    ----------
    ax : matplotlib Axes
        Showing the display; its size on paper decides where numbers have room.
    scanpath : Scanpath
    shown : int, optional
        Draw only the first `shown` fixations, each as in the drawing of all of them.
    """
    n = len(scanpath)
    fills = np.array([LIGHT, *[PATH_COLOUR] * (n - 1)])
    fills[-1] = TARGET_COLOUR if scanpath.found else fills[-1]
    edges = np.where(fills == LIGHT, PATH_COLOUR, LIGHT)
    thin = float(np.interp(n, (10, 30), (1.0, 0.6)))
    x, y = scanpath.xy[:shown].T
    ax.plot(x, y, color=PATH_COLOUR, linewidth=thin, path_effects=casing(thin), clip_on=False, zorder=4)
    diameters, offsets = _diameters(scanpath), _number_offsets(ax, scanpath)
    drawn = [i for i in np.argsort(_layers(n)) if shown is None or i < shown]
    look: dict[str, Any] = {"c": fills[drawn], "edgecolors": edges[drawn], "linewidths": 0.7}
    ax.scatter(x[drawn], y[drawn], s=diameters[drawn] ** 2, clip_on=False, zorder=5, **look)
    letters: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontweight": "bold", "zorder": 6}
    letters |= {"textcoords": "offset points", "annotation_clip": False, "fontsize": _letter_pt(n)}
    for i, at in enumerate(zip(x, y, strict=True)):
        own = _beside(offsets[i], diameters[i] / 2) if offsets[i].any() else {"color": edges[i]}
        ax.annotate(str(i), at, tuple(offsets[i]), **letters, **own)


def _layers(n: int) -> NDArray[np.float64]:
    """Return what lies on what, (n,): later fixations on earlier ones, the initial one below the last only."""
    layers = np.arange(n, dtype=float)
    layers[0] = n - 1.5
    return layers


def _beside(offset: NDArray[np.float64], radius_pt: float) -> dict[str, Any]:
    """Return the look of a number beside its mark: a light border, and a line to the mark if it is not close."""
    look: dict[str, Any] = {"color": PATH_COLOUR, "path_effects": [withStroke(linewidth=1.5, foreground=LIGHT)]}
    if np.hypot(*offset) > radius_pt + 6:
        line = {"arrowstyle": "-", "linewidth": 0.6, "color": PATH_COLOUR, "shrinkA": 0, "shrinkB": radius_pt}
        look["arrowprops"] = {**line, "path_effects": casing(0.6)}
    return look


def _letter_pt(n: int) -> float:
    """Size of the numbers of `n` fixations: 6.5 points for a few, 5 for 30 and more."""
    return float(np.interp(n, (10, 30), (6.5, 5.0)))


def _diameters(scanpath: Scanpath) -> NDArray[np.float64]:
    """Return the diameter of each mark, (n,): its square grows with the duration, within what is readable."""
    usual = np.full(len(scanpath), 1.75 * _letter_pt(len(scanpath)))
    if scanpath.duration_ms is None or not scanpath.duration_ms.any():
        return usual
    relative = np.sqrt(scanpath.duration_ms / scanpath.duration_ms.mean())
    return np.asarray(usual * np.clip(relative, 0.9, 1.5))


def _number_offsets(ax: Axes, scanpath: Scanpath) -> NDArray[np.float64]:
    """Find a place for each number, as an offset from its mark, right and up, (n, 2); (0, 0) is in the mark.

    A number that another mark covers goes to the nearest spot around its own that is on the display and clear of
    other marks and numbers, or to the clearest where none is.
    """
    ax.apply_aspect()
    points = 72 / ax.figure.dpi
    marks = ax.transData.transform(scanpath.xy) * points
    corners = ax.bbox.get_points() * points
    radii, half = _diameters(scanpath) / 2, 0.65 * _letter_pt(len(scanpath))
    gaps = _distances(marks, marks) - radii
    layers = _layers(len(scanpath))
    covered = ((gaps < half) & (layers[:, None] < layers)).any(1)
    offsets, numbers = np.zeros_like(marks), list(marks[~covered])
    for i in np.flatnonzero(covered):
        clear = np.full(len(marks), half + 1.5)
        clear[i] = half
        spots = _spots(radii[i] + half)
        at = marks[i] + spots
        room = np.minimum((_distances(at, marks) - radii - clear).min(1), 0)
        if numbers:
            room = np.minimum(room, _distances(at, np.array(numbers)).min(1) - 2 * half)
        room[((at < corners[0] + half) | (at > corners[1] - half)).any(1)] -= 1000
        best = int(room.argmax())
        offsets[i] = spots[best]
        numbers.append(at[best])
    return offsets


def _spots(nearest: float) -> NDArray[np.float64]:
    """Return offsets on rings around a mark, the nearest ring first, (k, 2)."""
    angles = np.deg2rad(45 + np.arange(0, 360, 15))
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.concatenate([ring * (nearest + further) for further in (0, 3, 6, 10, 15, 20)])


def _distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each point of `a` (n, 2) to each of `b` (m, 2), (n, m)."""
    between: NDArray[np.float64] = a[:, None] - b
    return np.hypot(between[..., 0], between[..., 1])
