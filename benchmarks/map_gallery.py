"""The priority maps of the models of free viewing over the built-in photograph, as in docs/models.md.

    python benchmarks/map_gallery.py docs/images/maps.png

The eye is at the centre, nothing is inhibited, all networks are `places`, and each map has the colours from its
own least to its own largest value.
"""

import sys

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from gazesim import Trial, load_model
from gazesim.builtin import builtin_trial
from gazesim.plotting.marks import TEXT_PT, draw_scale_bar, show_image
from gazesim.plotting.search_figures import PAGE_IN, PRIORITY_COLOURS, TITLE_PT, plot_priority

MODELS = ("itti", "gbvs", "spectral_residual", "centre_bias", "relevance", "neva", "cle")
DPI = 105  # the file stays below 400 kB


def figure_maps(trial: Trial) -> Figure:
    """Return a figure two columns of a journal wide: the display, and the map of each of `MODELS` over it."""
    figure = Figure(figsize=(PAGE_IN, 4.95), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 4)
    figure.subplots_adjust(left=0.005, right=0.995, top=0.955, bottom=0.07, wspace=0.04, hspace=0.15)
    display, *others = axes.flat
    show_image(display, trial, trial.image)
    display.set_title("the display", fontsize=TITLE_PT, loc="left", pad=3)
    for ax, name in zip(others, MODELS, strict=True):
        plot_priority(trial, load_model(name, weights="places", inhibition="none").priority(trial), ax)
        ax.set_title(name, fontsize=TITLE_PT, loc="left", pad=3)
    draw_scale_bar(axes[1, 0], trial)
    bar = figure.add_axes((0.295, 0.032, 0.1, 0.014))
    figure.colorbar(ScalarMappable(cmap=PRIORITY_COLOURS), bar, orientation="horizontal", ticks=[])
    bar.spines["outline"].set_linewidth(0.5)
    for x, words, side in ((0.29, "least", "right"), (0.4, "largest value of the map", "left")):
        figure.text(x, 0.038, words, fontsize=TEXT_PT, ha=side, va="center")
    return figure


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    figure_maps(builtin_trial()).savefig(
        sys.argv[1], dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True}
    )


if __name__ == "__main__":
    main()
