"""The trials of a score: which, whether models can see them, and the models' scanpaths on them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gazesim.datasets.dataset import DataSet
from gazesim.progress import progress_bar
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath, write_scanpaths
from gazesim.scoring.candidates import Candidate, PathModel, of_samples
from gazesim.scoring.choice import Choice
from gazesim.scoring.given_maps import GivenMaps
from gazesim.search.loop import SearchModel
from gazesim.search.shared import walk_in_workers
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
    looked |= set() if data.responses is None else set(data.responses["trial"])
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
    for path in [*data.scanpaths, *(path for model in models for path in _given(model))]:
        found.update(json.dumps([path.trial, path.observer, path.found]).encode())
        found.update(path.xy.tobytes())
        found.update(b"" if path.duration_ms is None else path.duration_ms.tobytes())
    if data.responses is not None:
        found.update(data.responses.to_csv(index=False).encode())
    for trial in trials:
        found.update(json.dumps(trial.facts()).encode())
        for model in models:
            if isinstance(model.model, GivenMaps):
                found.update(model.model.digest(trial))
        if any(model.needs_pictures for model in models):
            found.update(trial.image.tobytes() if trial.image_path is None else trial.image_path.read_bytes())
            for target in trial.target_paths:
                found.update(target.read_bytes())
    return found.hexdigest()


def run_models(
    run: RunFolder,
    data: DataSet,
    trials: Sequence[Trial],
    models: list[Candidate],
    choice: Choice,
    max_fixations: int | None,
    samples: int,
    seed: int,
    batch_size: int,
    workers: int | None,
) -> list[Candidate]:
    """Return the candidates with the scanpaths of those that make them, and write all scanpaths.

    Models that a stopped run has finished on some displays do the others only. Where there are to be several `samples`,
    models that sample make so many of each display, numbered by their session.
    """
    if not choice.needs_paths:
        return models
    if max_fixations is None and data.task == "free_viewing":
        max_fixations = max(1, round(float(np.mean([len(path) for path in data.scanpaths]))) - 1)
    found = []
    for candidate in models:
        model = candidate.model
        if isinstance(model, PathModel):
            sessions = _sessions(candidate, samples)
            left = [t for t in trials if not all((t.id, candidate.name, each) in run.done for each in sessions)]
            left = list(trials) if left and _adapts(model) else left
            walk = _walk(model, left, sessions, max_fixations, seed, batch_size, workers)
            total, done = len(trials) * len(sessions), (len(trials) - len(left)) * len(sessions)
            with progress_bar(total=total, initial=done, unit="scanpath", desc=candidate.name) as bar:
                for path in walk:
                    if (path := replace(path, observer=candidate.name)).key not in run.done:
                        run.append(path)
                    bar.update()
            own = {str(t.id): [run.done[t.id, candidate.name, each] for each in sessions] for t in trials}
            candidate = of_samples(candidate, own)
        found.append(candidate)
    write_scanpaths(run.table, _ordered(found, trials))
    run.partial.unlink(missing_ok=True)
    return found


def _sessions(candidate: Candidate, samples: int) -> list[str | None]:
    """Return what tells the samples of a model apart; one that does not sample makes a single scanpath."""
    if samples == 1:
        return [None]
    return [str(number) for number in range(1, 1 + (samples if candidate.is_random else 1))]


def _walk(
    model: PathModel,
    trials: Sequence[Trial],
    sessions: Sequence[str | None],
    max_fixations: int | None,
    seed: int,
    batch_size: int,
    workers: int | None,
) -> Iterator[Scanpath]:
    """Yield the scanpaths; all samples of a batch before the next, so that what models keep of a trial serves all."""
    step = max(1, len(trials) if len(sessions) == 1 or _adapts(model) else batch_size)
    for start in range(0, len(trials), step):
        copies = [trial.replace() for trial in trials[start : start + step]]  # which are let go with what models keep
        for number, session in enumerate(sessions):
            how: dict[str, Any] = {"max_fixations": max_fixations, "seed": seed + number, "batch_size": batch_size}
            walk = model.walk(copies, **how) if workers is None else walk_in_workers(model, copies, workers, **how)
            yield from (replace(path, session=session) for path in walk)


def _adapts(model: PathModel) -> bool:
    """Whether a search of the model depends on those before it."""
    return isinstance(model, SearchModel) and model.stopping.adapts


def _given(model: Candidate) -> list[Scanpath]:
    return [path for trial in model.paths for path in model.samples(trial)]


def _ordered(models: list[Candidate], trials: Sequence[Trial]) -> list[Scanpath]:
    return [path for model in models for trial in trials for path in model.samples(str(trial.id))]
