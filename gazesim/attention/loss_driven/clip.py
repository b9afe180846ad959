"""Agreement with a caption: the task of NevaClip, by any model of open_clip."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention import ModelSpec, Need, check_needs
from gazesim.attention.loss_driven.gradient import GradientAttention, NevaSettings
from gazesim.attention.loss_driven.tasks import Task
from gazesim.encoders.backbones import torch_device
from gazesim.trial import Trial

NEEDS: frozenset[Need] = frozenset({"target_text"})
EXTRA = 'pip install "gazesim[clip]"'


@dataclass(frozen=True)
class ClipSettings:
    """Which model of open_clip.

    Parameters
    ----------
    clip_model : str
        A name that `open_clip.list_models` has, or "local-dir:FOLDER" with a model's config. OpenAI's weights
        from a file need the name that ends in "-quickgelu".
    """

    clip_model: str = "RN50"

    def __post_init__(self) -> None:
        if not isinstance(self.clip_model, str) or not self.clip_model:
            raise ValueError(f"clip_model is {self.clip_model!r}, expected the name of a model of open_clip")


def agreement(weights: str | Path, settings: ClipSettings, side: int, *, device: str = "cpu") -> Task:
    """Return the task of seeing what the trial's `target_text` says, a caption or the name of a class.

    The loss is 1 - the cosine between the embeddings of view and text.

    Parameters
    ----------
    weights : str or Path
        A file, or the name of weights that open_clip downloads on first use, such as "openai".
    settings : ClipSettings
    side : int
        Side of the pictures that will be shown, px; must be the model's.
    device : str

    Raises
    ------
    FileNotFoundError
        If the weights file does not exist.
    ValueError
        If open_clip is not installed, or knows neither the model nor the weights or cannot load them, or `side` is
        not that of the model.
    """
    open_clip, model = _load(weights, settings, device)
    config = open_clip.get_model_preprocess_cfg(model)
    sides = np.unique(config["size"]).tolist()
    if sides != [side]:
        raise ValueError(f"side_px is {side}, expected {sides[0]}, the side of {settings.clip_model}'s pictures")
    tokenizer = open_clip.get_tokenizer(settings.clip_model)
    place = torch_device(device)
    mean, std = (torch.tensor(config[key], device=place)[:, None, None] for key in ("mean", "std"))
    to_input = partial(_to_input, mean=mean, std=std)
    goal = partial(_embedding, model=model, tokenizer=tokenizer, device=place)
    return Task(to_input, (model.visual,), goal, _distance, NEEDS)


def _to_input(picture: NDArray[np.uint8], mean: Tensor, std: Tensor) -> Tensor:
    pixels: Tensor = torch.tensor(picture, device=mean.device).permute(2, 0, 1)[None].float() / 255
    return (pixels - mean) / std


def _embedding(trial: Trial, sharp: Tensor, model: Any, tokenizer: Any, device: torch.device) -> Tensor:
    check_needs(trial, NEEDS)
    found: Tensor = model.encode_text(tokenizer([trial.target_text]).to(device))
    return found


def _distance(output: Tensor, goal: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(output, goal)


def _load(weights: str | Path, settings: ClipSettings, device: str) -> tuple[Any, Any]:
    try:
        import open_clip
    except ImportError:
        raise ValueError(f"captions need open_clip: {EXTRA}") from None
    if ":" not in settings.clip_model and settings.clip_model not in (names := open_clip.list_models()):
        near = get_close_matches(settings.clip_model, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"clip_model is {settings.clip_model!r}, expected one that open_clip has{hint}")
    known = [tag for name, tag in open_clip.list_pretrained() if name == settings.clip_model.removesuffix("-quickgelu")]
    if str(weights) not in known:
        if not Path(weights).suffix:
            accepted = f"one of {', '.join(known)}, which are downloaded, or a file" if known else "a file"
            raise ValueError(f"weights are {str(weights)!r}, expected for clip_model={settings.clip_model} {accepted}")
        if not Path(weights).is_file():
            raise FileNotFoundError(f"weights file {weights} does not exist")
    try:
        if str(weights) in known:
            model = open_clip.create_model(settings.clip_model, pretrained=str(weights), device=torch_device(device))
        else:
            model = open_clip.create_model(settings.clip_model, load_weights=False, device=torch_device(device))
            open_clip.load_checkpoint(model, str(weights), weights_only=True)
    except Exception as error:  # open_clip passes on whatever the hub, torch or the file raise
        line = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ValueError(
            f"clip_model {settings.clip_model} with weights {weights} cannot be loaded; what is downloaded needs the "
            f"network once, else give a weights file: {line}"
        ) from None
    return open_clip, model.eval().requires_grad_(False)


def _build(weights: str | Path, device: str, parts: Mapping[type, Any]) -> GradientAttention:
    settings = parts[NevaSettings]
    return GradientAttention(agreement(weights, parts[ClipSettings], settings.side_px, device=device), settings)


NEVACLIP = ModelSpec(_build, (ClipSettings, NevaSettings), {"inhibition": "none"})
