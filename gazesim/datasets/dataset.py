"""A loaded data set: its displays, people's scanpaths, and the checks that both are what their source says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gazesim.checks import check_option, unknown
from gazesim.datasets.plausibility import check_plausible, off_screen
from gazesim.image import picture_size
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

if TYPE_CHECKING:
    from gazesim.datasets.definition import Definition

TASKS = ("free_viewing", "search", "reaction_times")
Key = tuple[str | None, str | None, str | None]  # of a scanpath: trial, observer, session


class Contents(NamedTuple):
    """What a reader returns.

    trials    : in the order of the source, their ids differ
    scanpaths : of people; trial is the id of one of the trials
    published : scanpaths of models that come with the data, by the name of the model
    limits    : after how many fixations people were stopped, by the key of the scanpath; of those who were
    responses : what people answered in the trials, and how fast, as `gazesim.responses`
    """

    trials: list[Trial]
    scanpaths: list[Scanpath]
    published: dict[str, list[Scanpath]] = {}  # noqa: RUF012 - never changed
    limits: dict[Key, int] = {}  # noqa: RUF012
    responses: pd.DataFrame | None = None


@dataclass(frozen=True)
class Fingerprint:
    """Numbers that differ when trials are lost, axes swapped or units mistaken.

    Positions are px, durations ms; `_sd` is the population deviation. `off_screen` counts fixations outside their
    display. The mean and range of durations are None where there are none.
    """

    trials: int
    observers: int
    scanpaths: int
    fixations: int
    off_screen: int
    length_mean: float
    length_sd: float
    length_min: int
    length_max: int
    x_mean: float
    x_sd: float
    x_min: float
    x_max: float
    y_mean: float
    y_sd: float
    y_min: float
    y_max: float
    duration_mean: float | None
    duration_min: float | None
    duration_max: float | None


@dataclass(frozen=True, eq=False, repr=False)
class DataSet:
    """Displays and people's scanpaths; checked on construction.

    Attributes
    ----------
    definition : Definition
        Licence, citation, units, geometry: what `gazesim data dataset=NAME` shows.
    root : Path
        The folder it was read from.
    trials : list of Trial
        What was shown and looked for, with ids; in free viewing without targets. Pictures are read when looked at.
    scanpaths : list of Scanpath
        Of people: trial and observer are set, durations where they were recorded.
    published : dict of list of Scanpath
        Of models, where the source has them, by the name of the model.
    limits : dict of int
        After how many fixations a person was stopped, whatever was found, by the key of the scanpath. Empty where
        nobody was, or it is not known.
    responses : DataFrame, optional
        What people answered, and how fast, as `gazesim.responses`. Scanpaths may be missing then.

    Raises
    ------
    ValueError
        If ids are not unique or unknown, the numbers are not what the publication states, or positions or times
        look swapped, shifted or in another unit; one line that says what.
    """

    definition: "Definition"
    root: Path
    trials: list[Trial]
    scanpaths: list[Scanpath]
    published: Mapping[str, list[Scanpath]] = field(default_factory=dict)
    limits: Mapping[Key, int] = field(default_factory=dict)
    responses: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if None in (ids := {trial.id for trial in self.trials}):
            raise ValueError(f"{self.name}: a trial has no id, expected one for each")
        if len(ids) < len(self.trials):
            raise ValueError(f"{self.name}: {len(self.trials)} trials have {len(ids)} ids, expected one for each")
        if not self.scanpaths and self.responses is None:
            raise ValueError(f"{self.name}: no scanpaths in {str(self.root)!r}")
        if self.responses is not None and (unknown_ids := set(self.responses["trial"]) - ids):
            raise ValueError(
                f"{self.name}: a response is of trial {min(unknown_ids)!r}, which is not one of its trials"
            )
        for path in self.scanpaths:
            if path.trial not in ids:
                raise ValueError(f"{self.name}: a scanpath is of trial {path.trial!r}, which is not one of its trials")
            if path.observer is None:
                raise ValueError(f"{self.name}: a scanpath of trial {path.trial!r} has no observer")
        if len({path.key for path in self.scanpaths}) < len(self.scanpaths):
            raise ValueError(
                f"{self.name}: an observer has two scanpaths of the same trial and session, expected one for each"
            )
        if not self.scanpaths:
            return
        check_plausible(
            self.name,
            self.sizes,
            self.scanpaths,
            accept=self.definition.accept,
            px_per_degree={str(t.id): t.px_per_degree if t.has_px_per_degree else None for t in self.trials},
        )

    @property
    def name(self) -> str:
        """What `load_dataset` calls it."""
        return self.definition.name

    @property
    def task(self) -> str:
        """One of free_viewing, search."""
        return self.definition.task

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Width and height of each display, px, by its id."""
        return {str(trial.id): (trial.width, trial.height) for trial in self.trials}

    @property
    def observers(self) -> list[str]:
        """The people, in the order in which they appear."""
        answered = [] if self.responses is None else self.responses["observer"].astype(str).tolist()
        return list(dict.fromkeys([*(str(path.observer) for path in self.scanpaths), *answered]))

    def subset(self, split: str) -> "DataSet":
        """Return the part of the data set that its authors call `split`.

        Raises
        ------
        ValueError
            If there is no such part.
        """
        check_option("split", split, self.definition.splits)
        trials = [trial for trial in self.trials if trial.split == split]
        ids = {trial.id for trial in trials}
        published = {model: [path for path in paths if path.trial in ids] for model, paths in self.published.items()}
        return replace(
            self,
            trials=trials,
            scanpaths=[path for path in self.scanpaths if path.trial in ids],
            published=published,
            limits={key: limit for key, limit in self.limits.items() if key[0] in ids},
            responses=None if self.responses is None else self.responses[self.responses["trial"].isin(ids)],
        )

    def fingerprint(self) -> Fingerprint:
        """Return the counts, means, spreads and ranges of people's scanpaths; ValueError if there are none."""
        if not self.scanpaths:
            raise ValueError(f"{self.name} has no scanpaths, only responses")
        lengths = np.array([len(path) for path in self.scanpaths])
        xy = np.concatenate([path.xy for path in self.scanpaths])
        (x_mean, y_mean), (x_sd, y_sd) = xy.mean(0).tolist(), xy.std(0).tolist()
        (x_min, y_min), (x_max, y_max) = xy.min(0).tolist(), xy.max(0).tolist()
        timed = [path.duration_ms for path in self.scanpaths if path.duration_ms is not None]
        durations = np.concatenate(timed) if timed else None
        return Fingerprint(
            trials=len(self.trials),
            observers=len(self.observers),
            scanpaths=len(lengths),
            fixations=int(lengths.sum()),
            off_screen=int(off_screen(self.sizes, self.scanpaths).sum()),
            length_mean=float(lengths.mean()),
            length_sd=float(lengths.std()),
            length_min=int(lengths.min()),
            length_max=int(lengths.max()),
            x_mean=x_mean,
            x_sd=x_sd,
            x_min=x_min,
            x_max=x_max,
            y_mean=y_mean,
            y_sd=y_sd,
            y_min=y_min,
            y_max=y_max,
            duration_mean=None if durations is None else float(durations.mean()),
            duration_min=None if durations is None else float(durations.min()),
            duration_max=None if durations is None else float(durations.max()),
        )

    def check_stated(self) -> None:
        """Raise ValueError unless the counts are those that the publication states."""
        counts = asdict(self.fingerprint()) if self.definition.stated else {}
        for key in self.definition.stated:
            if key not in counts:
                raise ValueError(f"{self.name}: {unknown('count in stated', str(key), counts)}")
        for key, stated in self.definition.stated.items():
            if counts[key] != stated:
                raise ValueError(
                    f"{self.name} in {str(self.root)!r} has {counts[key]} {key}, its publication states {stated}: "
                    "the copy is incomplete or of another version"
                )

    def verify(self) -> Fingerprint:
        """Check what takes longer: the counts, and that every picture that is here has the size it should have.

        Raises
        ------
        ValueError
            If anything is not what the publication states.
        """
        self.check_stated()
        for trial in self.trials:
            if (path := trial.image_path) and (found := picture_size(path)) != (trial.width, trial.height):
                expected = f"{trial.width} x {trial.height}"
                raise ValueError(f"image {str(path)!r} is {found[0]} x {found[1]} px, expected {expected}")
        return self.fingerprint()

    def __repr__(self) -> str:
        return f"DataSet({self.name!r}, {len(self.trials)} trials, {len(self.scanpaths)} scanpaths)"
