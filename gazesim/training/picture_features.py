"""Features of the pictures of a data set, kept on disk: float16, and so small that all fit into memory."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor

from gazesim.attention.learned.features import TrunkFeatures
from gazesim.attention.learned.projection import Projection, principal_components
from gazesim.files import atomic_path, writable_folder
from gazesim.progress import progress_bar
from gazesim.trial import Trial

BASIS = 64  # pictures, evenly spaced, whose principal components are taken


def picture_features(
    trials: Sequence[Trial], features: TrunkFeatures, channels: int, folder: Path, given: Projection | None = None
) -> tuple[Projection, list[Tensor]]:
    """Return the projection of the features, and those of each picture, float16 (rows, columns, channels).

    What is in `folder` is taken from there; what is not is computed, one picture after the other, and kept: 0.6 MB a
    picture of 4 : 3 with VGG16 and 256 channels. Files are called after what they are of, so that data sets, runs and
    folds may share a folder.

    Parameters
    ----------
    trials : sequence of Trial
        With pictures.
    features : TrunkFeatures
    channels : int
        How many principal components are kept.
    folder : Path
    given : Projection, optional
        To be used; by default the principal components of up to 64 evenly spaced pictures.

    Raises
    ------
    ValueError
        If the folder cannot be written, or a file in it is damaged.
    """
    writable_folder(folder)
    digests = [_digest(trial.replace().image) for trial in trials]
    basis = [i * len(trials) // min(BASIS, len(trials)) for i in range(min(BASIS, len(trials)))]
    facts = json.dumps([features.kind, _of_trunk(features), asdict(features.settings), channels], sort_keys=True)
    if given is None:
        key = hashlib.sha256("\n".join([facts, *(digests[i] for i in basis)]).encode()).hexdigest()
    else:
        key = hashlib.sha256(facts.encode() + given.mean.numpy().tobytes() + given.matrix.numpy().tobytes()).hexdigest()
    files = [folder / f"{hashlib.sha256((key + each).encode()).hexdigest()[:32]}.npy" for each in digests]
    left = sum(not file.exists() for file in files)
    with progress_bar(total=len(files), initial=len(files) - left, unit="picture", desc="features") as bar:
        projection = given or _projection(folder / f"{key[:32]}.safetensors", trials, basis, features, channels)
        for trial, file in zip(trials, files, strict=True):
            if not file.exists():
                found = projection(features(trial.replace().image)).half().numpy()
                with atomic_path(file) as partial, partial.open("wb") as opened:
                    np.save(opened, found)
                bar.update()
    return projection, [_load(file) for file in files]


def _projection(
    path: Path, trials: Sequence[Trial], basis: Sequence[int], features: TrunkFeatures, channels: int
) -> Projection:
    if not path.exists():
        found = principal_components([features(trials[i].replace().image).half() for i in basis], channels)
        with atomic_path(path) as partial:
            partial.write_bytes(save({"mean": found.mean, "matrix": found.matrix.contiguous()}))
    try:
        return Projection(**load_file(path))
    except Exception as error:  # safetensors raises several kinds
        raise ValueError(f"{path} is damaged: {str(error).splitlines()[0]}; delete it") from None


def _load(file: Path) -> Tensor:
    try:
        return torch.from_numpy(np.load(file))
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{file} is damaged: {str(error).splitlines()[0]}; delete it") from None


def _digest(picture: NDArray[np.uint8]) -> str:
    return hashlib.sha256(str(picture.shape).encode() + picture.tobytes()).hexdigest()


def _of_trunk(features: TrunkFeatures) -> str:
    found = hashlib.sha256()
    for name, tensor in features.trunk.features.state_dict().items():
        found.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
