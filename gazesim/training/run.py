"""One run of `gazesim train`: from a config to a folder with weights, learning curve and scores."""

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm.auto import tqdm

from gazesim.attention.objects.appearance import cut_patches, pool_features
from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes
from gazesim.attention.objects.weights import write_object_weights
from gazesim.checks import check_at_least, check_option, unknown
from gazesim.datasets import load_dataset
from gazesim.datasets.dataset import DataSet
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.files import atomic_path, writable_folder
from gazesim.models import load_model
from gazesim.plotting.search_figures import COLUMN_IN, save_figure
from gazesim.run_folder import PACKAGES, results_folder
from gazesim.training.card import write_card
from gazesim.training.evaluation import evaluate
from gazesim.training.joining import fit_on_paths, read_top_down
from gazesim.training.oat import Recipe, train
from gazesim.training.object_paths import SPLITS, object_paths, split_paths
from gazesim.trial import Trial

LEAST_EXTENT = 32


def run_train(config: dict[str, Any], job: str = "") -> Path:
    """Train the model that `config` names and return the folder with the results.

    Parameters
    ----------
    config : dict
        The keys of conf/train.yaml.
    job : str
        Name of the job within a sweep; its folder lies within that of the sweep.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted.
    """
    check_option("model", config["model"], ("oat", "oat_eccnet"))
    check_option("split", config["split"], SPLITS)
    for key, least in (("seed", 0), ("samples", 1)):
        check_at_least(key, config[key], least)
    sizes = ObjectSizes(**_known(config["sizes"], ObjectSizes, "sizes"))
    recipe = Recipe(seed=config["seed"], **_known(config["training"], Recipe, "training"))
    device, joins = _device(config["device"]), config["model"] == "oat_eccnet"
    data = load_dataset(config["dataset"], config["root"], px_per_degree=config["px_per_degree"])
    split = split_paths(object_paths(data), config["split"], config["seed"])
    displays = {path.layout.id: path.display for part in split for path in part}
    if config["sizes"]["extent"] is None:
        sizes = replace(sizes, extent=extent_of(display.layout for display in displays.values()))
    trials = _trials(data, displays) if joins or sizes.appearance != "none" else {}
    displays = read_appearance(displays, trials, sizes, device)
    split = split.showing(displays)
    folder = results_folder("train", config["out"], job)
    model, history = train(sizes, recipe, split, folder, device)
    if joins:
        split = split.showing(read_top_down(displays, trials, load_model("eccnet", device=device).attention))
        model.top_down_weight = fit_on_paths(model, split.train)
        print(f"top_down_weight {model.top_down_weight:.3f}")
    scores = evaluate({"oat": model}, split, samples=config["samples"], seed=config["seed"], longest=recipe.longest)
    counts = {name: len(part) for name, part in zip(split._fields, split, strict=True)}
    about = {"dataset": data.name, "licence": data.definition.licence, "split": config["split"], "paths": counts}
    weights = folder / "weights.safetensors"
    write_object_weights(weights, model, {**about, "seed": config["seed"]})
    with atomic_path(folder / "weights.md") as card:
        write_card(card, weights, model, data.definition, split, config["split"], recipe, scores)
    _write_tables(folder, {"config": config, "top_down_weight": model.top_down_weight}, history, scores)
    save_figure(figure_learning_curve(history, recipe.monitor), folder / "learning_curve.png")
    print(f"{len(history)} epochs, the best was {_best(history, recipe.monitor) + 1}")
    print(scores.round(3).to_string())
    print(
        "\n".join(
            f"  {folder / name}" for name in ("weights.safetensors", "weights.md", "scores.csv", "learning_curve.png")
        )
    )
    return folder


def extent_of(layouts: Iterable[Layout]) -> int:
    """Return how many columns and rows a code of position needs for `layouts`, at least 32."""
    return max(LEAST_EXTENT, *(math.floor(float(layout.places().max())) + 2 for layout in layouts))


def read_appearance(
    displays: Mapping[str, ObjectArray], trials: Mapping[str, Trial], sizes: ObjectSizes, device: str = "cpu"
) -> dict[str, ObjectArray]:
    """Return `displays` with the appearance of their objects; as they are for a model without.

    Parameters
    ----------
    displays, trials : mapping
        By the id of the display.
    sizes : ObjectSizes
        With appearance "foveated", the features are those of the trunk `places`.
    device : str
        Where it runs.
    """
    if sizes.appearance == "none":
        return dict(displays)
    if sizes.appearance == "patches":
        return {id: replace(own, appearance=cut_patches(trials[id], own.layout)) for id, own in displays.items()}
    encoder, found = FoveatedEncoder(load_trunk("places", TrunkSettings(), device=device)), {}
    for id, own in tqdm(displays.items(), desc="features", unit="display", disable=None):
        start = [[trials[id].width // 2, trials[id].height // 2]]
        fixations = np.vstack([own.layout.centres, start])
        found[id] = replace(own, appearance=pool_features(trials[id], own.layout, fixations, encoder))
    return found


def _trials(data: DataSet, displays: Collection[str]) -> dict[str, Trial]:
    """Return the trials of `displays`, which are read here; FileNotFoundError if a picture is not here."""
    return {stimulus.id: stimulus.trial() for stimulus in data.stimuli if stimulus.id in displays}


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
        axes.axvline(_best(history, monitor) + 1, color="C3", linewidth=0.8, linestyle=":")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _best(history: pd.DataFrame, monitor: str) -> int:
    return int(history[f"validation_{monitor}"].fillna(np.inf).argmin())


def _write_tables(folder: Path, record: dict[str, Any], history: pd.DataFrame, scores: pd.DataFrame) -> None:
    versions = {name: str(import_module(name).__version__) for name in PACKAGES}
    texts = {
        "run.json": json.dumps({**record, "versions": versions}, indent=2) + "\n",
        "learning_curve.csv": history.rename_axis("epoch").to_csv(lineterminator="\n"),
        "scores.csv": scores.to_csv(lineterminator="\n"),
    }
    for name, text in texts.items():
        with atomic_path(writable_folder(folder) / name) as file:
            file.write_text(text, encoding="utf-8")


def _known(values: Mapping[str, Any], part: type, group: str) -> dict[str, Any]:
    """Return the given ones of `values`, each a field of `part`."""
    known = [f.name for f in fields(part)]
    for key in values:
        if key not in known:
            raise ValueError(unknown(f"setting of {group}", key, known))
    return {key: value for key, value in values.items() if value is not None}


def _device(name: str) -> str:
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device is {name!r}, which cannot be used here: {str(error).splitlines()[0]}") from None
    return name
