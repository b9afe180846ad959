"""Simulates where a person would look, and in which order, when searching an image."""

from gazesim.models import list_models, load_model, model_settings
from gazesim.scanpath import Scanpath, read_scanpaths, to_table, write_scanpaths
from gazesim.search.loop import SearchModel
from gazesim.trial import Trial
from gazesim.trial_table import read_trials, write_trials

__version__ = "0.1.0"

__all__ = [
    "Scanpath",
    "SearchModel",
    "Trial",
    "list_models",
    "load_model",
    "model_settings",
    "read_scanpaths",
    "read_trials",
    "to_table",
    "write_scanpaths",
    "write_trials",
]
