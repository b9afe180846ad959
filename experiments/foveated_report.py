"""Tables and figures of foveated_systems.py: accuracy, what networks rely on, and the published claims as contrasts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from gaze_mapping import interval
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gazesim.files import atomic_path
from gazesim.perception.robustness import OCCLUSIONS
from gazesim.perception.systems import SYSTEMS
from gazesim.plotting.search_figures import PAGE_IN, save_figure

TEXTURE, UNIFORM = "foveation_texture", "uniform_blur"
OTHERS = [name for name in SYSTEMS if name != TEXTURE]
LOOKS = {
    "reference": ("darkorange", "--", "o"),
    "foveation_texture": ("navy", "-", "s"),
    "foveation_blur": ("seagreen", "-", "^"),
    "uniform_blur": ("orchid", "-", "v"),
}  # the paper's colours
WORDS = {"fontsize": 7}
LEVELS = {
    "low_pass": "deviation (px)",
    "high_pass": "deviation (px)",
    "window": "share of area",
    "square": "share of area",
}
Scores = pd.DataFrame  # a row a seed, a column a system


def measures(tests: pd.DataFrame) -> dict[str, Scores]:
    """Return what the claims are about, each by seed and system; higher is more."""

    def only(name: str) -> Scores:
        return tests[tests["test"] == name].pivot_table(index="seed", columns="system", values="accuracy")

    def area(name: str) -> Scores:
        own = tests[tests["test"] == name].pivot_table(index=["seed", "system"], columns="level", values="accuracy")
        levels = own.columns.to_numpy(float)
        values = np.trapezoid(own.to_numpy(), levels, axis=1) / (levels[-1] - levels[0])
        return pd.Series(values, own.index).unstack("system")

    def filtered(name: str) -> Scores:
        own = tests[(tests["test"] == name) & (tests["level"] > 0)]
        return own.groupby(["seed", "system"])["accuracy"].mean().unstack("system")

    shown = {name: only(f"shown_{name}")[[name]] for name in SYSTEMS}
    accuracy = pd.concat(shown.values(), axis=1)
    found = {"accuracy": accuracy, "trained": only("trained")}
    found["test less train"] = accuracy - found["trained"]
    found |= {name: filtered(name) for name in ("high_pass", "low_pass")}
    found |= {name: area(name) for name in OCCLUSIONS}
    found["occlusion, mean of four"] = sum(found[name] for name in OCCLUSIONS) / len(OCCLUSIONS)
    found["glaucoma less scotoma"] = found["glaucoma"] - found["scotoma"]
    for shape in ("window", "square"):
        inside, outside = area(f"{shape}_inside"), area(f"{shape}_outside")
        found[f"{shape}: class inside"], found[f"{shape}: class outside"] = inside, outside
        found[f"{shape}: inside of both"] = inside / (inside + outside)
    return found


def claims(found: Mapping[str, Scores]) -> list[tuple[str, str, str, str, np.ndarray]]:
    """Return the published claims: claim, measure, contrast, expected sign, its value in each seed."""
    rows = []
    for name in ("accuracy", "test less train"):
        rows += [("1", name, other, "0" if other == "reference" else "+", TEXTURE) for other in OTHERS]
    for name in ("high_pass", *OCCLUSIONS, "occlusion, mean of four"):
        rows += [("2", name, other, "+", TEXTURE) for other in OTHERS]
    for name in ("glaucoma less scotoma", "window: inside of both", "square: inside of both"):
        rows += [("3", name, UNIFORM, "+", own) for own in (TEXTURE, "foveation_blur")]
    return [
        (claim, name, f"{own} less {other}", sign, (found[name][own] - found[name][other]).to_numpy())
        for claim, name, other, sign, own in rows
    ]


def verdict(sign: str, values: np.ndarray) -> str:
    """Return whether the interval of a contrast excludes 0, on the claimed side or on the other one; "" of one seed."""
    low, high = (float(end) for end in interval(values).split("[")[1].rstrip("]").split(","))
    if np.isnan(low):
        return ""
    if low <= 0 <= high:
        return "not told apart" if sign == "0" else "open"
    return "as claimed" if sign == ("+" if low > 0 else "-") else "against"


def report(out: Path, shown: Mapping[str, np.ndarray]) -> str:
    """Write tables.md and the figures of a run, and return the tables.

    Parameters
    ----------
    out : Path
        With matching.csv, epochs.csv and tests.csv.
    shown : mapping of str to uint8 (n, side, side, 3)
        The test pictures by system.
    """
    tests, epochs = pd.read_csv(out / "tests.csv"), pd.read_csv(out / "epochs.csv")
    seeds = [seed for seed, own in tests.groupby("seed") if own["system"].nunique() == len(SYSTEMS)]
    tests, epochs = tests[tests["seed"].isin(seeds)], epochs[epochs["seed"].isin(seeds)]
    found = measures(tests)
    lines = [*_matching(pd.read_csv(out / "matching.csv")), *_systems(found, len(seeds)), *_cross(tests)]
    lines += [*_levels(tests), *_claims(found)]
    text = "\n".join(lines) + "\n"
    with atomic_path(out / "tables.md") as partial:
        partial.write_text(text, encoding="utf-8")
    save_figure(figure_curves(tests), out / "curves.png")
    save_figure(figure_learning(epochs), out / "learning.png")
    save_figure(figure_pictures(shown), out / "systems.png")
    return text


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table and an empty line."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, *rows)]
    return [lines[0], "|---" * len(header) + "|", *lines[1:], ""]


def _matching(matching: pd.DataFrame) -> list[str]:
    header = ("blur", "by", "as wide as the windows", "before", "matched", "after", "texture")
    columns = ("unmatched", "before", "strength", "reached", "texture")
    rows = [
        (
            row["system"],
            row["measure"],
            *(f"{row[name]:.3g}" if row["measure"] == "mse" else f"{row[name]:.3f}" for name in columns),
        )
        for _, row in matching.iterrows()
    ]
    return table(header, rows)


def _systems(found: Mapping[str, Scores], seeds: int) -> list[str]:
    rows = [(name, *(interval(values[system].to_numpy()) for system in SYSTEMS)) for name, values in found.items()]
    return table((f"means of {seeds} seeds", *SYSTEMS), rows)


def _cross(tests: pd.DataFrame) -> list[str]:
    means = tests.groupby(["system", "test"])["accuracy"].mean()
    rows = [(own, *(f"{means[own, f'shown_{other}']:.3f}" for other in SYSTEMS)) for own in SYSTEMS]
    return table(("trained on, shown", *SYSTEMS), rows)


def _levels(tests: pd.DataFrame) -> list[str]:
    lines = []
    for name in [each for each in tests["test"].unique() if not each.startswith("shown_") and each != "trained"]:
        means = tests[tests["test"] == name].pivot_table(index="system", columns="level", values="accuracy")
        rows = [(own, *(f"{value:.3f}" for value in means.loc[own])) for own in SYSTEMS]
        lines += table((name, *(f"{level:.3g}" for level in means.columns)), rows)
    return lines


def _claims(found: Mapping[str, Scores]) -> list[str]:
    rows = [
        (claim, measure, contrast, sign, interval(values), verdict(sign, values))
        for claim, measure, contrast, sign, values in claims(found)
    ]
    return table(("claim", "measure", "contrast", "claimed", "found", ""), rows)


def figure_curves(tests: pd.DataFrame) -> Figure:
    """Return a figure of accuracy by level for each test, a line a system, with the range over seeds."""
    panels = ["low_pass", "high_pass", *OCCLUSIONS, "window", "square"]
    figure = Figure(figsize=(PAGE_IN, 3.9), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for ax, name in zip(figure.subplots(2, 4, sharey=True).ravel(), panels, strict=True):
        for system, look in LOOKS.items():
            for test, alpha in ((name, 1), (f"{name}_inside", 1), (f"{name}_outside", 0.35)):
                own = tests[(tests["test"] == test) & (tests["system"] == system)]
                if len(own):
                    _line(ax, own, look, system, alpha, as_rank=name.endswith("_pass"))
        ax.set_title(name.replace("_", " "), **WORDS)
        ax.set_xlabel(LEVELS.get(name, "share covered"), **WORDS)
        ax.tick_params(labelsize=6, length=2)
        ax.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.axes[0].set_ylabel("share right", **WORDS)
    figure.axes[4].set_ylabel("share right", **WORDS)
    figure.axes[6].text(
        0.5,
        0.97,
        "strong: class inside\npale: class outside",
        va="top",
        ha="center",
        fontsize=6,
        transform=figure.axes[6].transAxes,
    )
    names = [label.replace("_", " ") for label in labels]
    figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False, **WORDS)
    return figure


def _line(ax: Axes, own: pd.DataFrame, look: tuple[str, str, str], label: str, alpha: float, *, as_rank: bool) -> None:
    wide = own.pivot_table(index="level", columns="seed", values="accuracy")
    levels = wide.index.to_numpy(float)
    if as_rank and own["test"].iloc[0] == "high_pass":
        wide = wide.loc[[0.0, *sorted(levels[levels > 0], reverse=True)]]
        levels = wide.index.to_numpy(float)
    x = np.arange(len(levels)) if as_rank else levels
    colour, dash, marker = look
    ax.plot(
        x, wide.mean(axis=1), dash, color=colour, marker=marker, markersize=2.5, linewidth=1, alpha=alpha, label=label
    )
    ax.fill_between(x, wide.min(axis=1), wide.max(axis=1), color=colour, alpha=0.15 * alpha, linewidth=0)
    if as_rank:
        ax.set_xticks(x, [f"{level:g}" for level in levels])


def figure_learning(epochs: pd.DataFrame) -> Figure:
    """Return a figure of accuracy by epoch: on pictures of the training set (pale) and of the test set."""
    figure = Figure(figsize=(PAGE_IN / 2, 2.3), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    for system, (colour, dash, marker) in LOOKS.items():
        means = epochs[epochs["system"] == system].groupby("epoch")[["train", "test"]].mean()
        line = {"color": colour, "linestyle": dash, "linewidth": 1}
        ax.plot(means.index, means["test"], marker=marker, markersize=2.5, label=system.replace("_", " "), **line)
        ax.plot(means.index, means["train"], alpha=0.35, **line)
    ax.set_xlabel("epoch", **WORDS)
    ax.set_ylabel("share right (pale: training set)", **WORDS)
    ax.tick_params(labelsize=6, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=6)
    return figure


def figure_pictures(shown: Mapping[str, np.ndarray], number: int = 8) -> Figure:
    """Return a figure of the first pictures, a row a system."""
    side = (PAGE_IN - 0.9) / number
    figure = Figure(figsize=(PAGE_IN, side * len(shown)), facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(shown), number, gridspec_kw={"left": 0.125, "right": 1, "top": 1, "bottom": 0})
    figure.subplots_adjust(wspace=0.04, hspace=0.04)
    for axes, (name, every) in zip(grid, shown.items(), strict=True):
        for ax, picture in zip(axes, every, strict=False):
            ax.imshow(picture)
        for ax in axes:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        axes[0].set_ylabel(name.replace("_", "\n"), rotation=0, ha="right", va="center", **WORDS)
    return figure
