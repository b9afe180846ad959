"""What was shown in the trials of a run, and where people looked there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gazesim.datasets import load_dataset
from gazesim.report.record import Record
from gazesim.runs.record import trials_digest
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

Find = Callable[[Mapping[str, Any]], Iterable[Trial]]


@dataclass(frozen=True, eq=False)
class Shown:
    """The trials that were found, by their id; people's scanpaths of them; what to tell the reader."""

    trials: Mapping[str, Trial]
    people: Sequence[Scanpath] = ()
    note: str = ""


def find_trials(record: Record, ids: Sequence[str], made: Mapping[str, Find]) -> Shown:
    """Find what the trials `ids` of a run showed, as far as it is still here and unchanged.

    Parameters
    ----------
    record : Record
    ids : sequence of str
    made : mapping of str to callable
        By command, how the trials of a run follow from its config.
    """
    try:
        if record.config.get("dataset"):
            return _of_dataset(record.config, set(ids))
        if record.command is None or record.command not in made:
            return Shown({}, note="The run does not say which trials it showed, so none is drawn.")
        return _of_trials(made[record.command](record.config), record, set(ids))
    except (FileNotFoundError, ValueError) as error:
        return Shown({}, note=f"No trial is drawn, because its display was not found: {error}.")


def _of_trials(trials: Iterable[Trial], record: Record, ids: set[str]) -> Shown:
    """Keep those of `ids`, if all trials are still those of the run."""
    kept: dict[str, Trial] = {}

    def passing() -> Iterable[Trial]:
        for trial in trials:
            if trial.id in ids:
                kept[trial.id] = trial
            yield trial

    if trials_digest(passing()) != record.hashes.get("trials"):
        return Shown({}, note="No trial is drawn, because the displays have changed since the run.")
    return Shown(kept)


def _of_dataset(config: Mapping[str, Any], ids: set[str]) -> Shown:
    data = load_dataset(str(config["dataset"]), config.get("root"))
    trials = {trial.id: trial for trial in data.trials if trial.id in ids}
    for trial in trials.values():
        if trial.has_image:
            trial.image, trial.target  # noqa: B018 - read, so that a damaged one is found here
    people = [path for path in data.scanpaths if path.trial in trials]
    blank = not all(trial.has_image for trial in trials.values())
    note = "Grey displays: this copy of the data set has no pictures." if blank else ""
    return Shown(trials, people, note)
