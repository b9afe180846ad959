"""Searches of models on the displays of an experiment, to stand beside people's."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from gazesim.metrics.efficiency import searched_responses
from gazesim.plotting.reaction_times import PEOPLE
from gazesim.runs.record import RUN, read_record, trials_digest
from gazesim.scanpath import Scanpath, read_scanpaths
from gazesim.trial import Trial


def read_models(sources: Iterable[str | os.PathLike[str]], trials: Sequence[Trial]) -> dict[str, pd.DataFrame]:
    """Return the responses of each model, `gazesim.metrics.efficiency.searched_responses`, by its name.

    Parameters
    ----------
    sources
        Folders of runs of `gazesim search` on these displays, or files that `gazesim.read_scanpaths` takes; each
        observer in one is a model.
    trials
        The displays.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a run is of other displays, a scanpath is of none of them, or a model is there twice.
    """
    known = {str(trial.id): trial for trial in trials}
    paths: dict[str, list[Scanpath]] = {}
    for source in map(Path, sources):
        if (source / RUN).is_file() and read_record(source).get("trials_sha256") != trials_digest(trials):
            raise ValueError(f"scanpaths={source} is a run on other displays than those of stimuli")
        own: dict[str, list[Scanpath]] = {}
        for path in read_scanpaths(source / "scanpaths.csv" if source.is_dir() else source):
            if path.trial not in known:
                raise ValueError(f"scanpaths={source}: trial {path.trial!r} is not one of stimuli")
            own.setdefault(str(path.observer), []).append(path)
        for name, found in own.items():
            if name in paths or name == PEOPLE:
                raise ValueError(f"scanpaths={source}: model {name!r} is there twice, or is called as people are")
            paths[name] = found
    return {name: searched_responses(found, known) for name, found in paths.items()}
