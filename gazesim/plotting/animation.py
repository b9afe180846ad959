"""An animated GIF of a search: what is seen from each fixation in turn, and the path so far."""

import os
from io import BytesIO
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from gazesim.files import atomic_path
from gazesim.plotting.foveated_view import View, foveated_view
from gazesim.plotting.marks import draw_scanpath, draw_target_box, show_image, show_target
from gazesim.plotting.search_figures import TITLE_PT, outcome
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

FIXATION_MS, END_MS = 600, 2500
LONGEST_PX = 640
ALL_PX = 4_500_000  # in all frames together; a photograph takes about half a byte a px
BAND_IN, DPI = 0.42, 130
WORDS: dict[str, Any] = {"fontsize": TITLE_PT, "va": "center"}


def write_gif(path: str | os.PathLike[str], trial: Trial, scanpath: Scanpath, view: View = foveated_view) -> None:
    """Write an animation of a search that repeats for ever: 0.6 s a fixation, the last one 2.5 s.

    Each frame shows the display as seen from the fixation and the path so far; the last one
    frames the target and says whether it was found. No side is longer than 640 px; the more fixations there are,
    the smaller the frames, so that the file stays below about 3 MB. The same search gives the same bytes.

    Parameters
    ----------
    path : path
        Where to; the file appears only when it is complete.
    trial : Trial
    scanpath : Scanpath
    view : View
        What is seen from a fixation.
    """
    width = _width(trial, len(scanpath))
    frames = [_frame(trial, scanpath, shown, width, view) for shown in range(1, len(scanpath) + 1)]
    times = [FIXATION_MS] * scanpath.n_saccades + [END_MS]
    with atomic_path(path) as partial:
        frames[0].save(
            partial, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=False
        )


def _frame(trial: Trial, scanpath: Scanpath, shown: int, width: float, view: View) -> Image.Image:
    """Draw the first `shown` fixations over what is seen from the last of them, below a band with the target."""
    height = width * trial.height / trial.width
    figure = Figure((width, height + BAND_IN), facecolor="white", dpi=DPI)
    share = height / (height + BAND_IN)
    ax = figure.add_axes((0, 0, 1, share))
    show_image(ax, trial, view(trial, scanpath.xy[shown - 1], round(max(width, height) * DPI)))
    ended = shown == len(scanpath)
    if ended:
        draw_target_box(ax, trial)
    draw_scanpath(ax, scanpath, shown)
    figure.text(0.02, (1 + share) / 2, outcome(scanpath) if ended else f"fixation {shown - 1}", **WORDS)
    if trial.targets or trial.target_texts:
        figure.text(0.84, (1 + share) / 2, "target", ha="right", **WORDS)
    show_target(figure.add_axes((0.86, share + 0.1 * (1 - share), 0.13, 0.8 * (1 - share))), trial, label="")
    with BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
        return _with_palette(Image.open(buffer).convert("RGB"))


def _with_palette(frame: Image.Image) -> Image.Image:
    """Reduce a frame to 256 colours of its own, chosen on every fourth pixel for speed, with dithering."""
    sample = frame.resize((frame.width // 4 + 1, frame.height // 4 + 1), Image.Resampling.NEAREST)
    return frame.quantize(palette=sample.quantize(256), dither=Image.Dither.FLOYDSTEINBERG)


def _width(trial: Trial, frames: int) -> float:
    """Return the width of a frame in inches: no side above 640 px, and all frames together at most `ALL_PX`."""
    shape = trial.height / trial.width
    longest = LONGEST_PX / DPI
    width = min(longest, (longest - BAND_IN) / shape)
    return float(min(width, (ALL_PX / DPI**2 / frames / shape) ** 0.5))
