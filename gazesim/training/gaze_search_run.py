"""From a data set of search to a folder with the weights of `gaze_search`, what its parts explain, and scores."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gazesim.attention import target_image
from gazesim.attention.learned.features import TrunkFeatures
from gazesim.attention.learned.search import GazeSearchAttention, SearchWeights, seen_by
from gazesim.attention.learned.weights import SHIPPED, GazeWeights, read_gaze_weights
from gazesim.datasets.dataset import DataSet
from gazesim.files import atomic_path, writable_folder
from gazesim.progress import progress_bar
from gazesim.runs.record import write_record
from gazesim.scoring import score
from gazesim.scoring.tables import markdown, number, readable_summary, write_table
from gazesim.search.loop import SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.training.gaze_search import (
    Searched,
    about,
    centre_of,
    explained,
    fit,
    weight_table,
    write_search_weights,
)
from gazesim.training.viewed import viewed_trials
from gazesim.trial import Trial


def check_searched(data: DataSet, folds: int) -> None:
    """Raise ValueError unless `data` are of search with targets, and have pictures and people for so many folds."""
    if data.task != "search":
        raise ValueError(f"{data.name} is of {data.task}, expected a data set of search")
    viewed = viewed_trials([data])
    for trial, _, _ in viewed:
        if trial.target is None:
            raise ValueError(f"{data.name}: {trial.id!r} has no image of its target, expected one in each trial")
    people = {path.observer for _, _, paths in viewed for path in paths}
    for what, n in (("pictures", len(viewed)), ("people", len(people))):
        if folds > n:
            raise ValueError(f"folds is {folds}, but there are {n} {what}, expected at most as many")


def searched_pictures(data: DataSet, features: TrunkFeatures, folder: Path, *, most: int, seed: int) -> list[Searched]:
    """Return the pictures that people searched; their channels are kept in `folder`.

    Parameters
    ----------
    data : DataSet
        Of search, with pictures and images of the targets.
    features : TrunkFeatures
        Of the trunk of the readout that ships.
    folder : Path
    most : int
        How many next fixations of each picture are drawn.
    seed : int

    Raises
    ------
    FileNotFoundError, ValueError
        If something is missing; see `gazesim.training.viewed.viewed_trials`.
    """
    viewed = viewed_trials([data])
    gaze = read_gaze_weights(SHIPPED)
    gaze.check_trunk(features)
    writable_folder(folder)
    found = []
    with progress_bar(total=len(viewed), unit="picture", desc="features") as bar:
        for trial, _, paths in viewed:
            seen = _kept(trial.replace(), features, gaze, folder)
            found.append(Searched.of(trial, paths, seen, most, seed))
            bar.update()
    return found


def _kept(trial: Trial, features: TrunkFeatures, gaze: GazeWeights, folder: Path) -> Tensor:
    """Return the channels of a trial, from the folder if they are there."""
    key = hashlib.sha256(f"{features.kind} {features.trunk.source} {features.settings}".encode())
    key.update(SHIPPED.read_bytes())
    for picture in (trial.image, target_image(trial)):
        key.update(str(picture.shape).encode() + picture.tobytes())
    path = folder / f"{key.hexdigest()[:32]}.npy"
    if not path.exists():
        with atomic_path(path) as partial_path, partial_path.open("wb") as file:
            np.save(file, seen_by(features, gaze, trial).numpy())
    try:
        return torch.from_numpy(np.load(path))
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path} is damaged: {str(error).splitlines()[0]}; delete it") from None


def held_out_search(pictures: Sequence[Searched], weights: Sequence[SearchWeights]) -> SearchModel:
    """Return the model in which each picture is searched with weights that were fitted to others."""
    number_of = {str(picture.trial.id): i for i, picture in enumerate(pictures)}
    attention = GazeSearchAttention(partial(_seen, number_of, pictures), partial(_weights, number_of, weights))
    memory = Memory(inhibition="none", candidates="display")
    return SearchModel("gaze_search", attention, memory=memory, policy=Policy(temperature=1.0))


def _seen(number_of: Mapping[str, int], pictures: Sequence[Searched], trial: Trial) -> Tensor:
    return pictures[number_of[str(trial.id)]].seen


def _weights(number_of: Mapping[str, int], weights: Sequence[SearchWeights], trial: Trial) -> SearchWeights:
    return weights[number_of[str(trial.id)]]


def run_gaze_search(
    folder: Path,
    data: DataSet,
    pictures: Sequence[Searched],
    *,
    folds: int,
    seed: int,
    config: Mapping[str, Any],
    models: Sequence[str],
    metrics: str | Sequence[str] | None,
    images: int | None,
) -> str:
    """Fit, test and score; write all into `folder` and return what there is to say.

    Parameters
    ----------
    folder : Path
    data : DataSet
    pictures : sequence of Searched
    folds : int
        Over pictures, and over people.
    seed : int
    config : mapping
        For the record.
    models, metrics, images
        What is scored beside it, as `gazesim.score` takes it; without measures nothing is.
    """
    whole = fit(pictures, centre_of(pictures))
    table = weight_table(whole)
    parts, own = explained(pictures, folds, seed, whole)
    facts = about(data.name, data.definition.licence, pictures)
    write_search_weights(folder / "weights.json", SearchWeights(whole.weights, centre_of(pictures), facts))
    write_table(folder / "channels.csv", table)
    write_table(folder / "parts.csv", parts)
    write_record(folder, "train", config)
    shown = [markdown(_readable(table)), markdown(_readable(parts))]
    if metrics:
        model = held_out_search(pictures, own)
        found = score([model, *models], data, metrics, images=images, seed=seed, out=folder / "scores" / data.name)
        shown.append(markdown(readable_summary(found.summary)))
    return "\n\n".join([*shown, "\n".join(f"  {folder / n}" for n in ("weights.json", "channels.csv", "parts.csv"))])


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    return table.map(lambda value: value if isinstance(value, str) else number(float(value)))
