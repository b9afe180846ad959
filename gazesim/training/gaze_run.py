"""From data sets to a folder with the weights of a model of gaze, their card, tables and figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from torch import Tensor

from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.attention.learned.projection import Projection
from gazesim.attention.learned.readout import Readout, ReadoutSizes
from gazesim.attention.learned.weights import GazeWeights, write_gaze_weights
from gazesim.checks import check_at_least
from gazesim.datasets.dataset import DataSet
from gazesim.encoders.backbones import load_trunk
from gazesim.files import atomic_path, writable_folder
from gazesim.metrics import METRICS
from gazesim.models import MODELS
from gazesim.plotting.search_figures import save_figure
from gazesim.runs.record import write_record
from gazesim.scanpath import Scanpath
from gazesim.scoring import score
from gazesim.scoring.tables import markdown, readable_summary, write_table
from gazesim.search.loop import SearchModel
from gazesim.training.gaze import GazeRecipe, centres_of, held_out, train_folds
from gazesim.training.gaze_scores import (
    calibration,
    figure_calibration,
    figure_learning,
    figure_worst,
    held_out_model,
    write_gaze_card,
)
from gazesim.training.picture_features import picture_features
from gazesim.training.viewed import Viewed, deal
from gazesim.trial import Trial


class GazeRun:
    """A training of readouts on the features of a trunk.

    Parameters
    ----------
    data : sequence of DataSet
    viewed : sequence of (Trial, name of its data set, scanpaths)
        See `gazesim.training.viewed.viewed_trials`.
    recipe : GazeRecipe
    weights : str
        Of the trunk.
    device : str
        Where the trunk runs; readouts are trained on the CPU.
    channels, long_side, precision
        Of the features.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything is not accepted.
    """

    def __init__(
        self,
        data: Sequence[DataSet],
        viewed: Sequence[tuple[Trial, str, tuple[Scanpath, ...]]],
        recipe: GazeRecipe,
        *,
        weights: str = "embedded",
        device: str = "cpu",
        channels: int = 256,
        long_side: int = 640,
        precision: Literal["float32", "bfloat16"] = "float32",
    ) -> None:
        check_at_least("channels", channels, 1)
        self.data, self.viewed, self.recipe, self.weights, self.channels = data, viewed, recipe, weights, channels
        self.dealt = deal(len(viewed), recipe.folds, recipe.seed)
        settings = FeatureSettings(long_side, precision)
        self.trunk = TrunkFeatures(load_trunk(weights, device=device), settings)
        self.pictures: list[Viewed] = []
        self.features: list[Tensor] = []
        self.members: list[Readout] = []
        self.history = pd.DataFrame()
        self.projection: Projection

    def check_scores(
        self, models: Sequence[str], metrics: str | Sequence[str] | None, images: int | None, samples: int
    ) -> None:
        """Raise ValueError if these models or measures are not known, or so many pictures are not there."""
        check_at_least("samples", samples, 1)
        for name in models:
            MODELS[name]
        for metric in [metrics] if isinstance(metrics, str) else metrics or []:
            METRICS[metric]
        if images is not None:
            check_at_least("images", images, 1)
            fewest = min(sum(name == each.name for _, name, _ in self.viewed) for each in self.data)
            if images > fewest:
                raise ValueError(f"images is {images}, but there are {fewest} pictures")

    def train(self, folder: Path, features: Path) -> None:
        """Compute what is not in the folder `features` yet, and train the folds; `folder` holds the checkpoints."""
        trials = [trial for trial, _, _ in self.viewed]
        self.projection, self.features = picture_features(trials, self.trunk, self.channels, features)
        self.pictures = [
            Viewed(trial, name, paths, (seen.shape[0], seen.shape[1]))
            for (trial, name, paths), seen in zip(self.viewed, self.features, strict=True)
        ]
        sizes = ReadoutSizes(self.projection.matrix.shape[1])
        checkpoints = writable_folder(folder / "folds")
        self.members, self.history = train_folds(
            self.pictures, self.features, self.dealt, sizes, self.recipe, checkpoints
        )

    def model(self, name: str = "gaze", *, history: bool = True) -> SearchModel:
        """Return the model in which no picture is predicted by a readout that has seen it."""
        return held_out_model(self.pictures, self.features, self.dealt, self.members, history=history, name=name)

    def write(
        self,
        folder: Path,
        config: Mapping[str, Any],
        models: Sequence[str],
        metrics: str | Sequence[str] | None,
        images: int | None,
        samples: int,
    ) -> str:
        """Write weights, card, tables and figures into `folder`, and return what there is to say of them."""
        about = {"datasets": {each.name: each.definition.licence for each in self.data}, "seed": self.recipe.seed}
        weights = GazeWeights(
            self.trunk.kind,
            self.weights,
            self.trunk.settings.long_side,
            self.projection,
            tuple(self.members),
            centres_of(self.pictures),
            about,
        )
        write_gaze_weights(folder / "weights.safetensors", weights)
        table, ranks = held_out(self.pictures, self.features, self.dealt, self.members)
        calibrated = calibration(ranks)
        for name, each in {"held_out": table, "calibration": calibrated, "learning_curve": self.history}.items():
            write_table(folder / f"{name}.csv", each)
        save_figure(figure_learning(self.history), folder / "learning_curve.png")
        save_figure(figure_calibration(calibrated), folder / "calibration.png")
        save_figure(figure_worst(self.model(), self.pictures, table), folder / "worst.png")
        scores = "\n\n".join(self._score(each, folder, models, metrics, images, samples) for each in self.data)
        gains = self._gains(table)
        with atomic_path(folder / "weights.md") as card:
            facts = {
                "Trunk": f"{self.weights} ({self.trunk.kind}), {self.trunk.settings}",
                "Readouts": f"{len(self.members)}, {self.members[0].sizes}, float16",
            }
            definitions = [each.definition for each in self.data]
            weights_file = folder / "weights.safetensors"
            write_gaze_card(card, weights_file, definitions, self.pictures, facts, self.recipe, gains, scores)
        write_record(folder, "train", config)
        names = (
            "weights.safetensors",
            "weights.md",
            "held_out.csv",
            "learning_curve.png",
            "calibration.png",
            "worst.png",
        )
        return "\n".join([gains, scores, *(f"  {folder / name}" for name in names)])

    def _score(
        self,
        data: DataSet,
        folder: Path,
        models: Sequence[str],
        metrics: str | Sequence[str] | None,
        images: int | None,
        samples: int,
    ) -> str:
        chosen = [metrics] if isinstance(metrics, str) else metrics
        several = samples if any(METRICS[name].kind not in ("map", "next_map") for name in chosen or []) else 1
        found = score(
            [self.model(), *models],
            data,
            metrics,
            images=images,
            samples=several,
            seed=self.recipe.seed,
            out=folder / "scores" / data.name,
        )
        return markdown(readable_summary(found.summary))

    def _gains(self, table: pd.DataFrame) -> str:
        """Return in words what is gained on the pictures of each data set, with 95 % intervals for other pictures."""
        words = []
        for name, own in table.groupby("dataset", sort=False):
            parts = [_interval(own[column].dropna().to_numpy()) for column in ("gain", "gain_next")]
            words.append(
                f"Over the centre bias of {name}, on {len(own)} pictures: {parts[0]} bit a fixation, {parts[1]} bit "
                "for the next fixation after those before (95 % interval for other pictures)."
            )
        return " ".join(words)


def _interval(values: "np.ndarray[Any, np.dtype[np.float64]]") -> str:
    from scipy.stats import t

    n = len(values)
    if n < 3:
        return f"{values.mean():.3g}" if n else "nothing known, "
    half = float(t.ppf(0.975, n - 1)) * values.std(ddof=1) / np.sqrt(n)
    return f"{values.mean():.3g} [{values.mean() - half:.3g}, {values.mean() + half:.3g}]"
