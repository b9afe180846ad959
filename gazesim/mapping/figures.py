"""Figures of mapped gaze: a timeline of objects, frames with numbered boxes, and the video with labels and gaze."""

import os
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gazesim.checks import check_at_least
from gazesim.files import atomic_path
from gazesim.mapping.assignment import Assignment
from gazesim.mapping.detections import BACKGROUND, Detections
from gazesim.mapping.gaze import Gaze
from gazesim.mapping.video import Video

# Okabe and Ito (2008); the background is grey
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
GREY = "#999999"
SMALL: dict[str, Any] = {"fontsize": 7}
GIF_WIDTH, GIF_MS = 480, 120


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each label, in their order; the background is grey."""
    objects = [name for name in names if name != BACKGROUND]
    return {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(objects)} | {BACKGROUND: GREY}


def figure_timeline(gaze: Gaze, assignment: Assignment) -> Figure:
    """Return a figure with one line an object: when it was looked at, the darker the more probable.

    Below the lines stands the sum: all objects' probabilities of each fixation, stacked.
    """
    names = [name for name in assignment.names if name != BACKGROUND] + [BACKGROUND]
    order = [assignment.names.index(name) for name in names]
    colours = colours_of(names)
    table = assignment.probabilities[:, order]
    starts, lasts = gaze.onset_ms / 1000, np.maximum(gaze.duration_ms, 1) / 1000
    height = 0.28 * len(names)
    figure = Figure(figsize=(7.2, height + 1.7), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    lines, stack = figure.subplots(2, 1, sharex=True, height_ratios=[height, 0.9])
    for row, name in enumerate(names):
        rgba = np.tile(mpl.colors.to_rgba(colours[name]), (len(gaze), 1))
        rgba[:, 3] = table[:, row]
        lines.bar(starts, 0.8, lasts, bottom=row - 0.4, color=rgba, align="edge", linewidth=0)
    lines.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)))
    shares = gaze.duration_ms @ table / max(float(gaze.duration_ms.sum()), 1e-12)
    lines.set_yticklabels([f"{name}  {share:.0%}" for name, share in zip(names, shares, strict=True)], **SMALL)
    floor = np.zeros(len(gaze))
    for row, name in enumerate(names):
        stack.bar(starts, table[:, row], lasts, bottom=floor, color=colours[name], align="edge", linewidth=0)
        floor = floor + table[:, row]
    stack.set(ylim=(0, 1), yticks=(0, 1), xlim=(0, float((starts + lasts).max())))
    stack.set_ylabel("probability", **SMALL)
    stack.set_xlabel("time (s)", **SMALL)
    for ax in (lines, stack):
        ax.tick_params(labelsize=7, length=2)
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def figure_transitions(names: Sequence[str], counts: NDArray[np.float64]) -> Figure:
    """Return a figure of how often gaze went from each object (rows) to each other (columns), counts (n, n)."""
    n = len(names)
    side = 0.42 * n
    figure = Figure(figsize=(side + 1.6, side + 1.2), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    ax.imshow(counts, cmap="Blues", vmin=0, vmax=max(float(counts.max()), 1e-9))
    ax.set_xticks(range(n), names, rotation=40, ha="right", **SMALL)
    ax.set_yticks(range(n), names, **SMALL)
    ax.set_xlabel("to", **SMALL)
    ax.set_ylabel("from", **SMALL)
    for i in range(n):
        for j in range(n):
            if i != j and counts[i, j] >= 0.05:
                dark = counts[i, j] > counts.max() / 2
                ax.text(j, i, f"{counts[i, j]:.1f}", ha="center", va="center", color="w" if dark else "k", fontsize=6)
    return figure


def annotated(
    picture: NDArray[np.uint8],
    found: Detections,
    frame: int,
    *,
    words: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    xy: NDArray[np.float64] | None = None,
    scale: float = 1.0,
) -> Image.Image:
    """Return a frame with its boxes and what is written on them, by default their numbers.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
    found : Detections
    frame : int
    words, colours : sequence of str, optional
        One for each box of the frame.
    xy : (n, 2), optional
        Gaze, px of the picture.
    scale : float
        Of the result.
    """
    own = found.rows(frame)
    boxes, numbers = found.boxes[own] * scale, found.number[own]
    words = [str(number) for number in numbers] if words is None else words
    colours = [COLOURS[1]] * len(boxes) if colours is None else colours
    shown = Image.fromarray(picture)
    if scale != 1:
        size = (round(shown.width * scale), round(shown.height * scale))
        shown = shown.resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(shown)
    points = max(11, round(max(shown.size) / 42))
    font = ImageFont.load_default(size=points)
    for box in boxes:
        draw.rectangle(tuple(box), outline="white", width=4)
    for box, colour in zip(boxes, colours, strict=True):
        draw.rectangle(tuple(box), outline=colour, width=2)
    taken: list[tuple[float, float, float, float]] = []
    for box, word, colour in zip(boxes, words, colours, strict=True):
        place = _free_place(draw, (float(box[0]) + 3, float(box[1]) + 2), word, font, taken)
        draw.rectangle(taken[-1], fill="white")
        draw.text(place, word, fill=colour, font=font)
    for x, y in np.empty((0, 2)) if xy is None else xy * scale:
        for radius, colour in ((9, "white"), (7, "black")):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=3)
    return shown


def _free_place(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    word: str,
    font: Any,
    taken: list[tuple[float, float, float, float]],
) -> tuple[float, float]:
    """Return where a word can stand at `place` or below, clear of the words in `taken`, to which it is added."""
    x, y = place
    for _ in range(6):
        x0, y0, x1, y1 = draw.textbbox((x, y), word, font=font)
        if not any(x0 < right and left < x1 and y0 < bottom and top < y1 for left, top, right, bottom in taken):
            break
        y += y1 - y0 + 3
    taken.append(draw.textbbox((x, y), word, font=font))
    return x, y


def write_mapped_gif(
    path: str | os.PathLike[str],
    video: Video,
    found: Detections,
    words: Sequence[str],
    gaze: Gaze,
    n: int = 60,
) -> None:
    """Write an animation of `n` frames, evenly spaced over the video: boxes with their labels, and the gaze.

    Parameters
    ----------
    path : path
    video : Video
    found : Detections
    words : sequence of str
        The label of each box.
    gaze : Gaze
        A fixation is shown in the frames that lie within it.
    n : int
    """
    check_at_least("n", n, 1)
    colours = colours_of(sorted(set(words)))
    scale = min(1.0, GIF_WIDTH / video.size[0])
    times = video.times_ms - video.times_ms[0]
    frames = []
    for frame in np.unique(np.linspace(0, len(video) - 1, min(n, len(video))).round().astype(int)).tolist():
        own = list(words[found.rows(frame)])
        now = (gaze.onset_ms <= times[frame]) & (times[frame] < gaze.onset_ms + gaze.duration_ms)
        now |= gaze.frame == frame
        shown = annotated(
            video[frame], found, frame, words=own, colours=[colours[word] for word in own], xy=gaze.xy[now], scale=scale
        )
        frames.append(shown.quantize(128, dither=Image.Dither.NONE))
    with atomic_path(path) as partial:
        frames[0].save(partial, format="GIF", save_all=True, append_images=frames[1:], duration=GIF_MS, loop=0)
