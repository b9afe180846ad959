"""Simulates where a person would look, and in which order, when searching an image."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gazesim.datasets import list_datasets, load_dataset, register_dataset
    from gazesim.fitting import Fits, fit
    from gazesim.metrics.measures import register_metric
    from gazesim.models import list_models, load_model, model_settings, register_model
    from gazesim.scanpath import Scanpath, read_scanpaths, to_table, write_scanpaths
    from gazesim.scoring import Scores, score
    from gazesim.search.loop import SearchModel
    from gazesim.stimuli.arrays import register_paradigm
    from gazesim.trial import Trial
    from gazesim.trial_table import read_trials, write_trials

__version__ = "0.1.0"

__all__ = [
    "Fits",
    "Scanpath",
    "Scores",
    "SearchModel",
    "Trial",
    "fit",
    "list_datasets",
    "list_models",
    "load_dataset",
    "load_model",
    "model_settings",
    "read_scanpaths",
    "read_trials",
    "register_dataset",
    "register_metric",
    "register_model",
    "register_paradigm",
    "score",
    "to_table",
    "write_scanpaths",
    "write_trials",
]

# Imported on first use, so that `gazesim doctor` runs where torch or OpenCV is broken.
_HOMES = {
    "gazesim.datasets": ("list_datasets", "load_dataset", "register_dataset"),
    "gazesim.fitting": ("Fits", "fit"),
    "gazesim.metrics.measures": ("register_metric",),
    "gazesim.models": ("list_models", "load_model", "model_settings", "register_model"),
    "gazesim.scanpath": ("Scanpath", "read_scanpaths", "to_table", "write_scanpaths"),
    "gazesim.scoring": ("Scores", "score"),
    "gazesim.search.loop": ("SearchModel",),
    "gazesim.stimuli.arrays": ("register_paradigm",),
    "gazesim.trial": ("Trial",),
    "gazesim.trial_table": ("read_trials", "write_trials"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'gazesim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
