"""Data sets of your own, described by a YAML file."""

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gazesim.checks import unknown
from gazesim.datasets.answered import load_answered
from gazesim.datasets.bids import load_bids
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.table import load_table
from gazesim.files import check_file

LOADERS: dict[str, Callable[..., DataSet]] = {"table": load_table, "bids": load_bids, "responses": load_answered}
PATHS = ("table", "bids", "responses", "scanpaths", "trials")


def load_own(path: str | os.PathLike[str]) -> DataSet:
    """Return the data set that a YAML file describes.

    Its keys are `table`, a file, and the arguments of `load_table`; `bids`, a folder, and those of `load_bids`; or
    `responses`, a file, and those of `load_answered`.
    Paths are relative to the YAML file.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If the file is no such description, or the data are not as described.
    """
    path = Path(path)
    check_file("data set", path)
    shown = f"data set {str(path)!r}"
    try:
        settings = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except Exception as error:  # what the YAML parser raises is of no common type
        raise ValueError(f"{shown} cannot be read as YAML: {' '.join(str(error).split())}") from error
    kinds = [kind for kind in LOADERS if isinstance(settings, dict) and kind in settings]
    if not isinstance(settings, dict) or len(kinds) != 1:
        raise ValueError(f"{shown} has not exactly one of the keys {' and '.join(LOADERS)}")
    arguments: dict[str, Any] = {
        str(key): path.parent / str(value) if key in PATHS else value for key, value in settings.items()
    }
    source, loader = arguments.pop(kinds[0]), LOADERS[kinds[0]]
    known = list(inspect.signature(loader).parameters)[1:]
    for key in arguments:
        if key not in known:
            raise ValueError(f"{shown}: {unknown('key', key, [kinds[0], *known])}")
    if "name" in known:
        arguments.setdefault("name", path.stem)
    return loader(source, **arguments)
