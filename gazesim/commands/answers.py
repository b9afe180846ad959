"""What commands share where people's answers and reaction times are the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from gazesim.search.loop import SearchModel


@contextmanager
def answering(
    command: str, config: Any, of_gaze: Sequence[str]
) -> Iterator[tuple[Path, dict[str, SearchModel], str, pd.DataFrame]]:
    """Give the folder of a run, its models, the data set and its responses; an empty folder is removed.

    Raises
    ------
    FileNotFoundError, ValueError
        If a key that is `of_gaze` is given, or a model or the data cannot be loaded; one line.
    """
    from gazesim.datasets import load_responses
    from gazesim.models import load_model, own_settings
    from gazesim.runs.folder import RunFolder, remove_if_empty, results_folder

    defaults = {field.name: getattr(type(config)(), field.name) for field in fields(config)}
    for name in of_gaze:
        if getattr(config, name) != defaults[name]:
            raise ValueError(f"{name} is given, but {config.dataset} has answers and no gaze, expected none")
    names = [config.model] if isinstance(config.model, str) else config.model or []
    if not names:
        raise ValueError("model is missing, expected one that gives answers and times, such as guided_search")
    how = {"weights": config.weights, "device": config.device}
    models = {name: load_model(name, **how, **own_settings(config.settings, name, names)) for name in names}
    responses = load_responses(config.dataset, config.root).responses
    folder = results_folder(command, config.out)
    try:
        RunFolder(folder, command, asdict(config), [])
        yield folder, models, config.dataset, responses
    finally:
        remove_if_empty(folder)
