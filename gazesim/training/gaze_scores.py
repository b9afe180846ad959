"""What readouts are worth on pictures that they have not seen: scores beside baselines, calibration, the worst."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.learned.gaze import GazeAttention
from gazesim.attention.learned.readout import Readout
from gazesim.checksum import file_sha256
from gazesim.datasets.definition import Definition
from gazesim.plotting.marks import show_image
from gazesim.plotting.search_figures import COLUMN_IN, PAGE_IN, TITLE_PT
from gazesim.search.loop import SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.training.gaze import Fold, GazeRecipe, centres_of
from gazesim.training.viewed import Viewed
from gazesim.trial import Trial

BINS = 10  # of the calibration
SHOWN = 10  # worst pictures


def held_out_model(
    pictures: Sequence[Viewed],
    features: Sequence[Tensor],
    dealt: NDArray[np.int64],
    members: Sequence[Readout],
    *,
    history: bool = True,
    name: str = "gaze",
) -> SearchModel:
    """Return the model in which each picture is predicted by the readout of its fold, which has not seen it.

    Parameters
    ----------
    pictures, features, dealt, members
        As `gazesim.training.gaze.train_folds` takes and gives them.
    history : bool
        Whether the next fixation depends on those before.
    name : str
    """
    number = {str(picture.trial.id): i for i, picture in enumerate(pictures)}
    folds = range(int(dealt.max()) + 1)
    centres = [centres_of([pictures[i] for i in Fold.of(dealt, fold).train]) for fold in folds]
    attention = GazeAttention(
        partial(_features_of, number, features),
        partial(_members_of, number, dealt, members),
        partial(_centre_of, number, dealt, pictures, centres),
        history,
    )
    memory = Memory(inhibition="none", candidates="display") if history else Memory(candidates="display")
    return SearchModel(name, attention, memory=memory, policy=Policy(temperature=1.0))


def _features_of(
    number: Mapping[str, int], features: Sequence[Tensor], trial: Trial, picture: NDArray[np.uint8]
) -> Tensor:
    return features[number[str(trial.id)]].float()


def _members_of(
    number: Mapping[str, int], dealt: NDArray[np.int64], members: Sequence[Readout], trial: Trial
) -> list[Readout]:
    return [members[dealt[number[str(trial.id)]]]]


def _centre_of(
    number: Mapping[str, int],
    dealt: NDArray[np.int64],
    pictures: Sequence[Viewed],
    centres: Sequence[Mapping[str, Tensor]],
    trial: Trial,
) -> Tensor:
    i = number[str(trial.id)]
    centre: Tensor = centres[dealt[i]][pictures[i].dataset]
    return centre


def calibration(ranks: NDArray[np.float64]) -> pd.DataFrame:
    """Return how often people's next fixations lie where the densities say that so much lies higher.

    Parameters
    ----------
    ranks : (n,)
        See `gazesim.training.gaze.held_out`.

    Returns
    -------
    DataFrame
        Ten rows: `probability` at places that are likelier, up to so much, and the `share` of fixations there since
        the row before. A tenth in each is calibrated; more in the first ones than that is a density too wide, in the
        last ones too narrow.
    """
    counts, edges = np.histogram(ranks, BINS, (0.0, 1.0))
    return pd.DataFrame({"probability": edges[1:], "share": counts / max(1, len(ranks)), "fixations": counts})


def figure_calibration(table: pd.DataFrame) -> Figure:
    """Draw the shares of `calibration` beside those of calibrated densities."""
    figure = Figure(figsize=(COLUMN_IN, 0.7 * COLUMN_IN), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.bar(table["probability"] - 0.5 / BINS, table["share"], width=0.9 / BINS, color="0.6")
    axes.axhline(1 / BINS, color="C3", linewidth=0.8, label="calibrated")
    axes.set_xlabel("probability at places that are likelier")
    axes.set_ylabel("share of people's\nnext fixations")
    axes.legend(fontsize=7, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def figure_learning(history: pd.DataFrame) -> Figure:
    """Draw the losses of each fold and epoch: of fixations, and of next ones after those before."""
    figure = Figure(figsize=(PAGE_IN, 0.4 * PAGE_IN), layout="constrained")
    FigureCanvasAgg(figure)
    kinds = {"fixation": "a fixation", "next": "the next fixation"}
    for axes, (kind, words) in zip(figure.subplots(1, 2), kinds.items(), strict=True):
        for part, colour in (("train", "0.6"), ("validation", "C0")):
            for number, (_, rows) in enumerate(history.groupby("fold")):
                label = part if number == 0 else None
                axes.plot(rows["epoch"], rows[f"{part}_{kind}"], color=colour, linewidth=0.8, label=label)
        axes.set_xlabel("epoch")
        axes.set_ylabel(f"{words}, $-\\log p$ (nats)")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=7, frameon=False)
    return figure


def figure_worst(model: SearchModel, pictures: Sequence[Viewed], table: pd.DataFrame) -> Figure:
    """Draw the ten pictures that `model` predicts worst: people's fixations, and its density beside them."""
    worst = table["gain"].sort_values(kind="stable").index[:SHOWN]
    rows = -(-len(worst) // 2)
    figure = Figure(figsize=(PAGE_IN, 0.24 * PAGE_IN * rows), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, 4, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, i in enumerate(worst):
        picture, (row, column) = pictures[i], divmod(place, 2)
        left, right = grid[row, 2 * column : 2 * column + 2]
        trial = picture.trial.replace()
        for axes in (left, right):
            axes.set_axis_on()
            show_image(axes, trial, trial.image)
        left.plot(*picture.xy.T, ".", color="yellow", markersize=1.5, markeredgecolor="black", markeredgewidth=0.2)
        right.imshow(model.first_priority(trial), cmap="magma", extent=right.get_images()[0].get_extent())
        left.set_title(f"{trial.id}: {table['gain'][i]:.2f} bit", fontsize=TITLE_PT, loc="left")
    return figure


def write_gaze_card(
    path: Path,
    weights: Path,
    data: Sequence[Definition],
    pictures: Sequence[Viewed],
    facts: Mapping[str, str],
    recipe: GazeRecipe,
    gains: str,
    scores: str,
) -> None:
    """Write the card of the file `weights`, which exists, as Markdown.

    Parameters
    ----------
    path : Path
        Of the card.
    weights : Path
    data : sequence of Definition
        What was learned from.
    pictures : sequence of Viewed
    facts : mapping
        Further lines, by what they are about.
    recipe : GazeRecipe
    gains : str
        One line: bits a fixation on pictures that were not seen.
    scores : str
        A Markdown table.
    """
    people = len({(picture.dataset, one.observer) for picture in pictures for one in picture.paths})
    fixations = sum(len(picture.xy) for picture in pictures)
    sets = "\n".join(
        f"- **Learned from**: {each.name}, {each.title}; licence of these data, which holds for the weights too: "
        f"{each.licence}; cite {each.citation or 'nothing is known of a publication'}"
        for each in data
    )
    lines = "\n".join(f"- **{name}**: {value}" for name, value in facts.items())
    path.write_text(
        f"""# {weights.name}

A readout of a trunk's features: `gazesim search model=gaze weights={weights.name} image=photo.jpg px_per_degree=30`

{sets}
- **Seen**: {len(pictures)} pictures, {people} people, {fixations:,} fixations
{lines}
- **Recipe**: {recipe}
- **File**: {weights.stat().st_size:,} bytes, SHA-256 `{file_sha256(weights)}`

Each picture was predicted by a readout that had not seen it; the file holds the readouts of all folds, whose
densities are averaged. {gains}

{scores}
""",
        encoding="utf-8",
    )
