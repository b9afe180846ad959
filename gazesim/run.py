"""One run of `gazesim search`: from a config to a folder with the table, the figures and the full record."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from gazesim.builtin import builtin_trial
from gazesim.checks import check_at_least
from gazesim.files import read_csv, writable_folder
from gazesim.models import load_model
from gazesim.plotting.animation import write_gif
from gazesim.plotting.search_figures import figure_search, figure_steps, outcome, save_figure, shown_steps
from gazesim.proposals import finder, with_objects
from gazesim.run_folder import RunFolder, results_folder
from gazesim.scanpath import Scanpath
from gazesim.search.loop import SearchModel
from gazesim.trial import Trial
from gazesim.trial_table import OBJECT_BOX, read_trials, write_csv

TRIAL_KEYS = ("image", "target", "target_box", "target_text", "objects", "px_per_degree", "background")


def run_search(config: dict[str, Any], job: str = "") -> Path:
    """Search the trials that `config` names and return the folder with the results.

    Parameters
    ----------
    config : dict
        The keys of conf/search.yaml.
    job : str
        Name of the job within a sweep; its folder lies within that of the sweep.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    given = searched_trials(config)
    for key, least in (("seed", 0), ("batch_size", 1), ("figures", 0)):
        check_at_least(key, config[key], least)
    if config["max_fixations"] is not None:
        check_at_least("max_fixations", config["max_fixations"], 1)
    settings = {key: value for key, value in config["settings"].items() if value is not None}
    model = load_model(config["model"], weights=config["weights"], device=config["device"], **settings)
    trials = _with_found_objects(given, config)
    model.check(trials)
    folder = results_folder("search", config["out"], job)
    run = RunFolder(folder, config, given)
    if isinstance(config["objects"], str):
        record_objects(folder / "objects.csv", [new for new, old in zip(trials, given, strict=True) if new is not old])
    left = run.left(trials, model.name)
    walk = model.walk(left, max_fixations=config["max_fixations"], seed=config["seed"], batch_size=config["batch_size"])
    hide = None if len(trials) > 1 else True
    for path in tqdm(
        walk, desc=model.name, total=len(trials), initial=len(trials) - len(left), unit="trial", disable=hide
    ):
        run.append(path)
    paths = run.finish([trial.id for trial in trials], [model.name])
    _report(folder, paths)
    for trial, path in list(zip(trials, paths, strict=True))[: config["figures"]]:
        draw(model, trial, path, folder / "figures" / _file_name(trial) if len(trials) > 1 else folder)
    return folder


def draw(model: SearchModel, trial: Trial, path: Scanpath, folder: Path) -> None:
    """Write scanpath.png, steps.png (both as PDF too) and search.gif of one search into `folder`."""
    folder = writable_folder(folder)
    priorities = {step: model.priority(trial, path.xy[: step + 1]) for step in shown_steps(path)}
    written = [
        *save_figure(figure_search(trial, path), folder / "scanpath.png"),
        *save_figure(figure_steps(trial, path, priorities), folder / "steps.png"),
        folder / "search.gif",
    ]
    write_gif(folder / "search.gif", trial, path)
    print("\n".join(f"  {file}" for file in written))


def searched_trials(config: Mapping[str, Any]) -> list[Trial]:
    """Return the trials that `config`, the keys of conf/search.yaml, names, without objects that are still to be found.

    See `run_search` for what is raised.
    """
    if isinstance(config.get("objects"), str):  # how they are found, which goes with trial lists too
        config = {**config, "objects": None}
    given = [key for key in TRIAL_KEYS if config.get(key) is not None]
    if config["trials"] is not None:
        if given:
            raise ValueError(f"trials and {given[0]} are both given, expected one of them")
        return read_trials(config["trials"])
    if not given:
        return [builtin_trial()]
    for key in ("image", "px_per_degree"):
        if config[key] is None:
            raise ValueError(f"{key} is missing, expected with {given[0]}")
    values: dict[str, Any] = {key: config.get(key) for key in TRIAL_KEYS}
    return [Trial(values.pop("image"), values.pop("target"), **values, id=Path(config["image"]).stem)]


def record_objects(path: Path, trials: Sequence[Trial]) -> None:
    """Write the objects of `trials` as a table, one row each; ValueError if it is there and has others."""
    header = ("trial", *OBJECT_BOX)
    rows = [[str(trial.id), *map(str, box)] for trial in trials for box in np.asarray(trial.objects).tolist()]
    if path.exists() and [[row[key] for key in header] for row in read_csv(path, header).values()] != rows:
        raise ValueError(f"{path} has other objects than were found now; choose another out")
    write_csv(path, header, rows)


def _with_found_objects(trials: list[Trial], config: Mapping[str, Any]) -> list[Trial]:
    """Return `trials` with objects as `config` says that they are found."""
    if not isinstance(config["objects"], str):
        return trials
    find = finder(config["objects"], config["detector"], device=config["device"])
    hide = None if len(trials) > 1 else True
    return [with_objects(trial, find) for trial in tqdm(trials, desc="objects", unit="trial", disable=hide)]


def _file_name(trial: Trial) -> str:
    return re.sub(r"[^\w.-]", "_", str(trial.id))


def _report(folder: Path, paths: list[Scanpath]) -> None:
    if len(paths) == 1:
        print(f"{paths[0].trial}: {outcome(paths[0])}")
    else:
        found = sum(path.found is True for path in paths)
        print(f"{len(paths)} trials, target found in {found}")
    for name in ("scanpaths.csv", "objects.csv", "run.json"):
        if (folder / name).exists():
            print(f"  {folder / name}")
