"""The trials of a score: which, whether models can see them, and the models' scanpaths on them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gazesim.datasets.dataset import DataSet
from gazesim.progress import progress_bar
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath, write_scanpaths
from gazesim.scoring.candidates import Candidate, PathModel
from gazesim.scoring.choice import Choice
from gazesim.scoring.given_maps import GivenMaps
from gazesim.trial import Trial


def chosen_trials(data: DataSet, models: list[Candidate], choice: Choice, images: int | None) -> list[Trial]:
    """Return the trials to score, those that at least one observer viewed, or `images` of them, evenly spaced.

    Raises
    ------
    FileNotFoundError
        If a model must run and a picture is not here.
    ValueError
        If there are fewer than `images`, or the px in a degree are needed and not known.
    """
    looked = {path.trial for path in data.scanpaths}
    trials = [trial for trial in data.trials if trial.id in looked]
    if images is not None:
        if images > len(trials):
            raise ValueError(f"images is {images}, but {data.name} has {len(trials)}")
        trials = [trials[i * len(trials) // images] for i in range(images)]
    runs = [model for model in models if model.model is not None]
    looking = [model for model in models if model.needs_pictures]
    for trial in trials:
        if looking and not trial.has_image:
            raise FileNotFoundError(
                f"{looking[0].name} needs pictures, but that of {trial.id!r} is not part of this copy of {data.name}: "
                "score scanpaths, or published ones"
            )
        if (choice.maps or runs) and not trial.has_px_per_degree:
            raise ValueError(f"px_per_degree of {data.name} is not known, expected with these metrics and models")
    return trials


def data_sha256(data: DataSet, trials: Sequence[Trial], models: list[Candidate]) -> str:
    """Return a hash of all that a score depends on: people's and models' given scanpaths, trials and pictures."""
    found = hashlib.sha256()
    for path in [*data.scanpaths, *(path for model in models for path in model.paths.values())]:
        found.update(json.dumps([path.trial, path.observer, path.found]).encode())
        found.update(path.xy.tobytes())
        found.update(b"" if path.duration_ms is None else path.duration_ms.tobytes())
    for trial in trials:
        found.update(json.dumps(trial.facts()).encode())
        for model in models:
            if isinstance(model.model, GivenMaps):
                found.update(model.model.digest(trial))
        if any(model.needs_pictures for model in models):
            found.update(trial.image.tobytes() if trial.image_path is None else trial.image_path.read_bytes())
            found.update(b"" if trial.target_path is None else trial.target_path.read_bytes())
    return found.hexdigest()


def run_models(
    run: RunFolder,
    data: DataSet,
    trials: Sequence[Trial],
    models: list[Candidate],
    choice: Choice,
    max_fixations: int | None,
    seed: int,
    batch_size: int,
) -> list[Candidate]:
    """Return the candidates with the scanpaths of those that make them, and write all scanpaths.

    Models that a stopped run has finished on some displays do the others only.
    """
    if not choice.needs_paths:
        return models
    if max_fixations is None and data.task == "free_viewing":
        max_fixations = max(1, round(float(np.mean([len(path) for path in data.scanpaths]))) - 1)
    found = []
    for candidate in models:
        model = candidate.model
        if isinstance(model, PathModel):
            left = run.left(trials, candidate.name)
            copies = [trial.replace() for trial in left]  # which are let go with what models keep of them
            walk = model.walk(copies, max_fixations=max_fixations, seed=seed, batch_size=batch_size)
            done = len(trials) - len(left)
            with progress_bar(total=len(trials), initial=done, unit="trial", desc=candidate.name) as bar:
                for path in walk:
                    run.append(replace(path, observer=candidate.name))
                    bar.update()
            own = {str(trial.id): run.done[trial.id, candidate.name] for trial in trials}
            candidate = replace(candidate, paths=own)
        found.append(candidate)
    write_scanpaths(run.table, _ordered(found, trials))
    run.partial.unlink(missing_ok=True)
    return found


def _ordered(models: list[Candidate], trials: Sequence[Trial]) -> list[Scanpath]:
    return [model.paths[str(trial.id)] for model in models for trial in trials if str(trial.id) in model.paths]
