"""What was shown in the trials of a run, and where people looked there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.datasets import load_dataset
from gazesim.datasets.stimulus import Stimulus
from gazesim.image import as_image
from gazesim.report.record import Record
from gazesim.runs.record import trials_digest
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

Find = Callable[[Mapping[str, Any]], Iterable[Trial]]


@dataclass(frozen=True, eq=False)
class Display:
    """What was shown in a trial, and what was looked for.

    image         : uint8 (height, width, 3), None where the picture is not here
    width, height : px
    target        : uint8 (height, width, 3), or the word for it, or None
    boxes         : float64 (k, 4), where it is, px x0, y0, x1, y1
    """

    image: NDArray[np.uint8] | None
    width: int
    height: int
    target: NDArray[np.uint8] | str | None
    boxes: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """The displays that were found, by the id of their trial; people's scanpaths of them; what to tell the reader."""

    displays: Mapping[str, Display]
    people: Sequence[Scanpath] = ()
    note: str = ""


def find_displays(record: Record, ids: Sequence[str], made: Mapping[str, Find]) -> Shown:
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
    displays: dict[str, Display] = {}

    def passing() -> Iterable[Trial]:
        for trial in trials:
            if trial.id in ids:
                displays[trial.id] = _of_trial(trial)
            yield trial

    if trials_digest(passing()) != record.hashes.get("trials"):
        return Shown({}, note="No trial is drawn, because the displays have changed since the run.")
    return Shown(displays)


def _of_trial(trial: Trial) -> Display:
    boxes = np.empty((0, 4)) if trial.target_box is None else trial.target_box[None]
    target = trial.target_text if trial.target is None else trial.target
    return Display(trial.image, trial.width, trial.height, target, boxes)


def _of_dataset(config: Mapping[str, Any], ids: set[str]) -> Shown:
    data = load_dataset(str(config["dataset"]), config.get("root"))
    displays = {stimulus.id: _of_stimulus(stimulus) for stimulus in data.stimuli if stimulus.id in ids}
    people = [path for path in data.scanpaths if path.trial in displays]
    blank = sum(display.image is None for display in displays.values())
    note = "Grey displays: this copy of the data set has no pictures." if blank else ""
    return Shown(displays, people, note)


def _of_stimulus(stimulus: Stimulus) -> Display:
    image = None if stimulus.image is None else stimulus.read_image()
    boxes = np.empty((0, 4)) if stimulus.target_boxes is None else stimulus.target_boxes
    picture = stimulus.target_image
    target = stimulus.target if picture is None else as_image(picture, "target")
    return Display(image, stimulus.width, stimulus.height, target, boxes)
