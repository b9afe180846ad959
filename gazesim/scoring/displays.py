"""The displays of a score: which, whether models can see them, and the models' scanpaths on them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np
from tqdm.auto import tqdm

from gazesim.datasets.dataset import DataSet
from gazesim.datasets.stimulus import Stimulus
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath, write_scanpaths
from gazesim.scoring.candidates import Candidate, PathModel
from gazesim.scoring.choice import Choice
from gazesim.trial import Trial


def chosen_stimuli(data: DataSet, models: list[Candidate], choice: Choice, images: int | None) -> list[Stimulus]:
    """Return the displays to score, those that somebody looked at, or `images` of them, evenly spaced.

    Raises
    ------
    FileNotFoundError
        If a model must run and a picture is not here.
    ValueError
        If there are fewer than `images`, or the px in a degree are needed and not known.
    """
    looked = {path.trial for path in data.scanpaths}
    stimuli = [stimulus for stimulus in data.stimuli if stimulus.id in looked]
    if images is not None:
        if images > len(stimuli):
            raise ValueError(f"images is {images}, but {data.name} has {len(stimuli)}")
        stimuli = [stimuli[i * len(stimuli) // images] for i in range(images)]
    runs = [model for model in models if model.model is not None]
    for stimulus in stimuli:
        if runs and stimulus.image is None:
            raise FileNotFoundError(
                f"{runs[0].name} needs pictures, but that of {stimulus.id!r} is not part of this copy of {data.name}: "
                "score scanpaths, or published ones"
            )
        if (choice.maps or runs) and stimulus.px_per_degree is None:
            raise ValueError(f"px_per_degree of {data.name} is not known, expected with these metrics and models")
    return stimuli


def data_sha256(data: DataSet, stimuli: Sequence[Stimulus], models: list[Candidate]) -> str:
    """Return a hash of all that a score depends on: people's and models' given scanpaths, displays and pictures."""
    found = hashlib.sha256()
    for path in [*data.scanpaths, *(path for model in models for path in model.paths.values())]:
        found.update(json.dumps([path.trial, path.observer, path.found]).encode())
        found.update(path.xy.tobytes())
        found.update(b"" if path.duration_ms is None else path.duration_ms.tobytes())
    for stimulus in stimuli:
        arrays = (stimulus.target_boxes, stimulus.target_centre, stimulus.objects)
        lists = [None if array is None else np.asarray(array).tolist() for array in arrays]
        facts = [stimulus.id, stimulus.width, stimulus.height, stimulus.px_per_degree, stimulus.target, *lists]
        found.update(json.dumps(facts).encode())
        if any(model.model is not None for model in models):
            for file in (stimulus.image, stimulus.target_image):
                found.update(b"" if file is None else file.read_bytes())
    return found.hexdigest()


def trial_of(stimulus: Stimulus, task: str) -> Trial:
    """Return the trial for a model, one without a target in free viewing."""
    if task == "search":
        return stimulus.trial()
    assert stimulus.px_per_degree is not None
    return Trial(stimulus.read_image(), px_per_degree=stimulus.px_per_degree, id=stimulus.id)


class LazyTrials(Sequence[Trial]):
    """The trials of displays; each picture is read when its trial is asked for."""

    def __init__(self, stimuli: Sequence[Stimulus], task: str) -> None:
        self._stimuli, self._task = stimuli, task

    def __len__(self) -> int:
        return len(self._stimuli)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        if isinstance(index, slice):
            return [trial_of(stimulus, self._task) for stimulus in self._stimuli[index]]
        return trial_of(self._stimuli[index], self._task)


def run_models(
    run: RunFolder,
    data: DataSet,
    stimuli: Sequence[Stimulus],
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
            left = [stimulus for stimulus in stimuli if (stimulus.id, candidate.name) not in run.done]
            walk = model.walk(
                LazyTrials(left, data.task), max_fixations=max_fixations, seed=seed, batch_size=batch_size
            )
            done = len(stimuli) - len(left)
            for path in tqdm(walk, candidate.name, len(stimuli), initial=done, unit="trial", disable=None):
                run.append(path)
            own = {stimulus.id: run.done[stimulus.id, candidate.name] for stimulus in stimuli}
            candidate = replace(candidate, paths=own)
        found.append(candidate)
    write_scanpaths(run.table, _ordered(found, stimuli))
    run.partial.unlink(missing_ok=True)
    return found


def _ordered(models: list[Candidate], stimuli: Sequence[Stimulus]) -> list[Scanpath]:
    return [model.paths[stimulus.id] for model in models for stimulus in stimuli if stimulus.id in model.paths]
