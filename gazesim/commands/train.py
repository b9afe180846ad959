"""`gazesim train`: from a config to a folder with weights, learning curve and scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazesim.checks import check_at_least, check_option
from gazesim.commands.command import Command, group, key

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = """
gazesim train model=oat dataset=amazon_books                    attention to objects, from where they are alone
gazesim train dataset=amazon_books root=/data/amazon split=layout out=runs/layout
gazesim train dataset=mine.yaml sizes.appearance=patches sizes.knows_target=appearance
gazesim train dataset=mine.yaml +preset=published               sizes and training as published, which takes long
gazesim train model=oat_eccnet dataset=mine.yaml
gazesim train model=gaze dataset=osie                           where people look in pictures, from a trunk's features
gazesim train -m dataset=amazon_books seed=0,1,2,3,4 out=runs/seeds      a sweep
"""


@dataclass(frozen=True)
class Sizes:
    """What the transformer is made of; see `gazesim.attention.objects.transformer.ObjectSizes`."""

    appearance: str = key(
        "none",
        "patches: a CNN over pictures of the objects; foveated: features of an encoder, sharp: the same as in the "
        "fovea; names: of what kind they are; none",
    )
    appearance_size: int = key(64, "numbers of a token for what an object looks like")
    position: str = key("distance", "distance: the learned code; sinusoidal, fourier, none")
    position_size: int = key(64, "numbers of a token for the place")
    extent: int | None = key(None, "columns and rows of the learned code; null: as many as the data have, at least 32")
    sigma: float = key(2.0, "of the learned code")
    knows_target: str = key(
        "place",
        "appearance: from the picture of the target; place: where it is; fixated: once it is fixated; published: all 3",
    )
    heads: int = key(4, "of the attention")
    feed_forward: int = key(128, "units of the hidden layers")
    encoder_layers: int = key(1, "layers over the objects")
    decoder_layers: int = key(2, "layers over the fixations")
    readout_heads: int = key(2, "of the attention that chooses the next object")
    dropout: float = key(0.1, "share of units left out in training")
    channels: int = key(256, "of the encoder")


@dataclass(frozen=True)
class Training:
    """How it is trained; see `gazesim.training.oat.Recipe`."""

    learning_rate: float = key(0.002, "of Adam; with appearance 0.0005 is steadier")
    batch_size: int = key(32, "paths of a step")
    epochs: int = key(100, "at most")
    patience: int = key(30, "epochs without gain after which it stops")
    monitor: str = key("delta", "delta, or nll: what gain is, on the validation part")
    clip: float = key(1.0, "largest norm of the gradient")
    mirror: bool = key(True, "whether displays are turned left to right and upside down at random")
    samples: int = key(10, "paths drawn for each of the validation part")
    longest: int = key(60, "fixations of a drawn path at most")


@dataclass(frozen=True)
class Gaze:
    """How `model=gaze` is trained and tested; see `gazesim.training.gaze.GazeRecipe`."""

    folds: int = key(10, "over pictures: each is predicted by a readout that has not seen it")
    epochs: int = key(10, "at most")
    patience: int = key(3, "epochs without gain after which a fold stops")
    learning_rate: float = key(0.01, "of AdamW at the beginning")
    weight_decay: float = key(0.01, "of AdamW")
    batch_size: int = key(8, "pictures of a step")
    per_picture: int = key(12, "next fixations of each picture in each epoch")
    channels: int = key(256, "principal components of the features that are kept")
    long_side: int = key(640, "px to which the longer side of a picture is scaled for the trunk")
    precision: str = key("float32", "of the trunk: float32, or bfloat16, faster where the processor has it")
    features: str | None = key(None, "folder in which features are kept; else in out")
    model: str | list[str] | None = key(None, "others scored beside it, some of `gazesim models`")
    metric: str | list[str] | None = key(None, "what is scored; else as in `gazesim score`")
    images: int | None = key(None, "how many of the pictures are scored, evenly spaced; else all")


@dataclass(frozen=True)
class Config:
    """What `gazesim train` takes."""

    model: str = key(
        "oat",
        "attention to one object after another (Fang et al. 2024); oat_eccnet also fits how strongly eccNET's map of "
        "the target joins in, which needs the pictures; gaze: a readout of a trunk's features, free viewing; "
        "gaze_search: how much targets, what stands out, the centre and the past explain of search",
    )
    dataset: str | list[str] = key(
        "amazon_books",
        "one of `gazesim data`, or a YAML file that describes data of your own; with objects and targets, or for gaze "
        "with pictures, of which several may be mixed",
    )
    weights: str = key("embedded", "of gaze, the trunk: embedded, vgg16, places, torchvision, or a file")
    root: str | None = key(None, "its folder; else where data sets lie")
    px_per_degree: float | None = key(None, "where the data set does not know it; needed with appearance")
    split: str = key("trial", "80, 10, 10 % by trial as published, or by observer, layout or target")
    seed: int = key(0, "of the split, the weights, and all that is drawn")
    device: str = key("cpu", "or cuda, mps")
    samples: int = key(20, "paths drawn for each path of the test part; of gaze, scanpaths a picture")
    out: str | None = key(None, "folder for the results; else outputs/train/<date>_<time>")
    sizes: Sizes = group(Sizes, "what the model is made of: small, for places alone")
    training: Training = group(Training, "how it is trained")
    gaze: Gaze = group(Gaze, "how model=gaze is trained")


def run(config: Config) -> Path:
    """Train the model that `config` names and return the folder with the results.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted.
    """
    from gazesim.attention.objects.transformer import ObjectSizes
    from gazesim.attention.objects.weights import as_in_file, write_object_weights
    from gazesim.datasets import load_dataset
    from gazesim.files import atomic_path
    from gazesim.models import load_model
    from gazesim.plotting.search_figures import save_figure
    from gazesim.runs.folder import results_folder
    from gazesim.runs.record import write_record
    from gazesim.training.appearance import extent_of, read_appearance, trials_of
    from gazesim.training.card import write_card
    from gazesim.training.evaluation import evaluate
    from gazesim.training.figures import best_epoch, figure_learning_curve
    from gazesim.training.joining import fit_on_paths, read_top_down
    from gazesim.training.oat import Recipe, train
    from gazesim.training.object_paths import SPLITS, object_paths, split_paths

    check_option("model", config.model, ("oat", "oat_eccnet", "gaze", "gaze_search"))
    if config.model == "gaze":
        return _run_gaze(config)
    if config.model == "gaze_search":
        return _run_gaze_search(config)
    if not isinstance(config.dataset, str):
        raise ValueError(f"dataset is {config.dataset!r}, expected one: only model=gaze learns from several")
    check_option("split", config.split, SPLITS)
    for name, least in (("seed", 0), ("samples", 1)):
        check_at_least(name, getattr(config, name), least)
    sizes: Any = ObjectSizes(**{name: value for name, value in asdict(config.sizes).items() if value is not None})
    recipe: Any = Recipe(seed=config.seed, **asdict(config.training))
    device, joins = _device(config.device), config.model == "oat_eccnet"
    data = load_dataset(config.dataset, config.root, px_per_degree=config.px_per_degree)
    split = split_paths(object_paths(data), config.split, config.seed)
    displays = {path.layout.id: path.display for part in split for path in part}
    if config.sizes.extent is None:
        sizes = replace(sizes, extent=extent_of(display.layout for display in displays.values()))
    looks = joins or sizes.appearance not in ("none", "names")
    trials = trials_of(data, displays, pictures=looks) if looks or sizes.appearance == "names" else {}
    displays = read_appearance(displays, trials, sizes, device)
    split = split.showing(displays)
    folder = results_folder("train", config.out)
    model, history = train(sizes, recipe, split, folder, device)
    model = as_in_file(model)
    if joins:
        split = split.showing(read_top_down(displays, trials, load_model("eccnet", device=device).attention))
        model.top_down_weight = fit_on_paths(model, split.train)
        print(f"top_down_weight {model.top_down_weight:.3f}")
    scores = evaluate({"oat": model}, split, samples=config.samples, seed=config.seed, longest=recipe.longest)
    counts = {name: len(part) for name, part in zip(split._fields, split, strict=True)}
    about = {"dataset": data.name, "licence": data.definition.licence, "split": config.split, "paths": counts}
    weights = folder / "weights.safetensors"
    write_object_weights(weights, model, {**about, "seed": config.seed})
    with atomic_path(folder / "weights.md") as card:
        write_card(card, weights, model, data.definition, split, config.split, recipe, scores)
    _write_tables(folder, history, scores)
    write_record(folder, "train", asdict(config), top_down_weight=model.top_down_weight)
    save_figure(figure_learning_curve(history, recipe.monitor), folder / "learning_curve.png")
    print(f"{len(history)} epochs, the best was {best_epoch(history, recipe.monitor) + 1}")
    print(scores.round(3).to_string())
    names = ("weights.safetensors", "weights.md", "scores.csv", "learning_curve.png")
    print("\n".join(f"  {folder / name}" for name in names))
    return folder


def _run_gaze(config: Config) -> Path:
    from gazesim.datasets import load_dataset
    from gazesim.runs.folder import results_folder
    from gazesim.training.gaze import GazeRecipe
    from gazesim.training.gaze_run import GazeRun
    from gazesim.training.viewed import viewed_trials

    own = asdict(config.gaze)
    names = [config.dataset] if isinstance(config.dataset, str) else config.dataset
    if not names or len(set(names)) < len(names):
        raise ValueError(f"dataset is {config.dataset!r}, expected some, each once")
    recipe = GazeRecipe(seed=config.seed, **{f.name: own[f.name] for f in fields(GazeRecipe) if f.name in own})
    data = [load_dataset(name, config.root, px_per_degree=config.px_per_degree) for name in names]
    viewed = viewed_trials(data)
    run = GazeRun(data, viewed, recipe, weights=config.weights, device=_device(config.device), **_of_features(own))
    models = [own["model"]] if isinstance(own["model"], str) else own["model"] or []
    run.check_scores(models, own["metric"], own["images"], config.samples)
    folder = results_folder("train", config.out)
    run.train(folder, Path(own["features"] or folder / "features"))
    print(run.write(folder, asdict(config), models, own["metric"], own["images"], config.samples))
    return folder


def _run_gaze_search(config: Config) -> Path:
    from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
    from gazesim.datasets import load_dataset
    from gazesim.encoders.backbones import load_trunk
    from gazesim.runs.folder import results_folder
    from gazesim.training.gaze_search_run import check_searched, run_gaze_search, searched_pictures

    own = config.gaze
    if not isinstance(config.dataset, str):
        raise ValueError(f"dataset is {config.dataset!r}, expected one: only model=gaze learns from several")
    check_at_least("gaze.per_picture", own.per_picture, 1)
    data = load_dataset(config.dataset, config.root, px_per_degree=config.px_per_degree)
    settings: Any = FeatureSettings(own.long_side, own.precision)  # type: ignore[arg-type]
    features = TrunkFeatures(load_trunk(config.weights, device=_device(config.device)), settings)
    check_searched(data, own.folds)
    folder = results_folder("train", config.out)
    kept = Path(own.features or folder / "features")
    pictures = searched_pictures(data, features, kept, most=own.per_picture, seed=config.seed)
    models = [own.model] if isinstance(own.model, str) else own.model or []
    chosen: dict[str, Any] = {"models": models, "metrics": own.metric, "images": own.images}
    print(run_gaze_search(folder, data, pictures, folds=own.folds, seed=config.seed, config=asdict(config), **chosen))
    return folder


def _of_features(own: dict[str, Any]) -> dict[str, Any]:
    return {name: own[name] for name in ("channels", "long_side", "precision")}


def _write_tables(folder: Path, history: pd.DataFrame, scores: pd.DataFrame) -> None:
    from gazesim.files import atomic_path

    texts = {
        "learning_curve.csv": history.rename_axis("epoch").to_csv(lineterminator="\n"),
        "scores.csv": scores.to_csv(lineterminator="\n"),
    }
    for name, text in texts.items():
        with atomic_path(folder / name) as file:
            file.write_text(text, encoding="utf-8")


def _device(name: str) -> str:
    import torch

    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device is {name!r}, which cannot be used here: {str(error).splitlines()[0]}") from None
    return name


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Writes weights (for `gazesim search model=oat weights=FILE`, or model=gaze) and their card, a table of scores "
    "beside baselines and people, and the learning curve. Stopped or killed, the same line with the same out continues "
    "it and ends with the same weights.",
    makes_folder=True,
)
