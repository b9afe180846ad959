"""The plan of an experiment: which displays, cues, keys and times; and the pictures that it shows, as files."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from gazesim import __version__
from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.experiment.session import FILE_COLUMNS
from gazesim.image import montage
from gazesim.progress import progress_bar
from gazesim.runs.record import trials_digest
from gazesim.stimuli import PARADIGMS, make
from gazesim.trial import Trial
from gazesim.trial_table import read_trials, write_png

FEEDBACK = ("all", "practice", "none")
CUE_MS, FEEDBACK_MS = 1000, 500


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an experiment runs.

    Attributes
    ----------
    seed : int
        Of the order of the trials, which is another one for each participant.
    practice : int
        How many trials for practice come first.
    practice_stimuli : str, optional
        The folder of the set of which they are; by default new displays of the recipe of the set.
    break_every : int
        Trials between two breaks.
    feedback : {"all", "practice", "none"}
        After which trials people are told whether they were right.
    fixation_ms : int
        How long the cross is shown before each display.
    present_key, absent_key : str
        A letter or digit.
    screen_cm, distance_cm : float, optional
        Width of the screen, and how far from it people sit.
    """

    seed: int = 0
    practice: int = 10
    practice_stimuli: str | None = None
    break_every: int = 50
    feedback: str = "all"
    fixation_ms: int = 500
    present_key: str = "j"
    absent_key: str = "f"
    screen_cm: float | None = None
    distance_cm: float | None = None

    def __post_init__(self) -> None:
        check_at_least("seed", self.seed, 0)
        check_at_least("practice", self.practice, 0)
        check_at_least("break_every", self.break_every, 1)
        check_at_least("fixation_ms", self.fixation_ms, 1)
        check_option("feedback", self.feedback, FEEDBACK)
        for name in ("present_key", "absent_key"):
            key = getattr(self, name)
            if len(key) != 1 or not (key.isascii() and key.isalnum()):
                raise ValueError(f"{name} is {key!r}, expected a letter or digit")
        if self.present_key.lower() == self.absent_key.lower():
            raise ValueError(f"present_key and absent_key are both {self.present_key!r}, expected two keys")
        if (self.screen_cm is None) != (self.distance_cm is None):
            raise ValueError("screen_cm and distance_cm belong together, expected both or neither")
        for name in ("screen_cm", "distance_cm"):
            if (value := getattr(self, name)) is not None:
                check_positive(name, value)


def read_set(stimuli: str | Path) -> list[Trial]:
    """Return the trials of a set that can be searched by people.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such set, or a trial has no picture, no target, no px_per_degree, or does not say whether its
        target is present.
    """
    trials = read_trials(stimuli)
    for trial in trials:
        lacks = {
            "a picture": not trial.has_image,
            "px_per_degree": not trial.has_px_per_degree,
            "a single target": trial.is_multi_target,
            "an image of the target, or target_text": not trial.has_target_image and trial.target_text is None,
            "present, whether its target is there": trial.present is None,
        }
        if missing := [what for what, lacking in lacks.items() if lacking]:
            raise ValueError(f"stimuli={stimuli}: trial {trial.id!r} lacks {missing[0]}, which an experiment needs")
    return trials


def practice_trials(stimuli: str | Path, settings: Settings) -> list[Trial]:
    """Return the trials for practice: of another set, or new displays of the recipe of this one.

    Raises
    ------
    FileNotFoundError, ValueError
        If there are too few, or no recipe.
    """
    n = settings.practice
    if not n:
        return []
    if settings.practice_stimuli is not None:
        trials: Sequence[Trial] = read_set(settings.practice_stimuli)
        if len(trials) < n:
            raise ValueError(f"practice is {n}, but practice_stimuli={settings.practice_stimuli} has {len(trials)}")
    else:
        recipe = _recipe(Path(stimuli) / "set.yaml", n)
        cells = len(make(**{**recipe, "n_per_set_size": 1}))
        trials = make(**{**recipe, "n_per_set_size": -(-n // cells), "seed": recipe["seed"] + 1})
    chosen = [trials[i * len(trials) // n] for i in range(n)]
    order = np.random.default_rng(settings.seed).permutation(n)
    return [chosen[i].replace(id=f"practice {place}") for place, i in enumerate(order)]


@dataclass(frozen=True)
class Plan:
    """What an experiment shows and when.

    facts    : text, numbers, lists and None; what its program reads
    pictures : by their path below the folder, the trial and whether it is its "image" or its "target"
    """

    facts: dict[str, Any]
    pictures: dict[str, tuple[Trial, str]]

    def write_pictures(self, folder: Path) -> None:
        """Write all pictures below `folder`."""
        with progress_bar(total=len(self.pictures), unit="picture", desc=self.facts["program"]) as bar:
            for path, (trial, kind) in self.pictures.items():
                write_png(folder / path, trial.image if kind == "image" else montage(trial.targets))
                bar.update()


def make_plan(program: str, name: str, trials: Sequence[Trial], practice: Sequence[Trial], settings: Settings) -> Plan:
    """Return the plan of an experiment with the set called `name`.

    A target that all trials share is shown with the instructions, others before each display.
    """
    pictures: dict[str, tuple[Trial, str]] = {}
    cues: dict[str, dict[str, Any]] = {}

    def planned(kind: str, own: Sequence[Trial]) -> list[dict[str, Any]]:
        rows, digits = [], len(str(max(len(own) - 1, 0)))
        for number, trial in enumerate(own):
            path = f"{kind}/{number:0{digits}}.png"
            pictures[path] = (trial, "image")
            rows.append(_row(path, trial, cues, pictures))
        return rows

    rows, practised = planned("images", trials), planned("practice", practice)
    shared = rows[0]["cue"] if len(cues) == 1 else None
    for row in [*rows, *practised] if shared else ():
        row["cue"] = None
    facts = {
        "name": name,
        "program": program,
        "gazesim": __version__,
        "set_sha256": trials_digest(trials),
        "seed": settings.seed,
        "px_per_degree": max(trial.px_per_degree for trial in trials),
        "width_deg": max(row["width_deg"] for row in rows),
        "height_deg": max(row["height_deg"] for row in rows),
        "background": _commonest([tuple(trial.background.tolist()) for trial in trials]),
        "keys": {"present": settings.present_key.lower(), "absent": settings.absent_key.lower()},
        "feedback": settings.feedback,
        "fixation_ms": settings.fixation_ms,
        "cue_ms": CUE_MS,
        "feedback_ms": FEEDBACK_MS,
        "break_every": settings.break_every,
        "screen_cm": settings.screen_cm,
        "distance_cm": settings.distance_cm,
        "columns": list(FILE_COLUMNS),
        "cue": shared,
        "practice": practised,
        "trials": rows,
    }
    return Plan(facts, pictures)


def _row(
    path: str, trial: Trial, cues: dict[str, dict[str, Any]], pictures: dict[str, tuple[Trial, str]]
) -> dict[str, Any]:
    """Return what the plan says of a trial; a target that is new is added to `cues` and `pictures`."""
    target = montage(trial.targets) if trial.targets else None  # all of a memory set at once
    words = " or ".join(trial.target_texts) or None
    pixels = b"" if target is None else target.tobytes() + str(target.shape).encode()
    key = hashlib.sha256(pixels + f"{words} {trial.px_per_degree}".encode()).hexdigest()
    if key not in cues:
        cues[key] = {"image": None, "text": words}
        if target is not None:
            cues[key] |= {"image": f"targets/{len(cues) - 1}.png", **_degrees(target.shape, trial)}
            pictures[cues[key]["image"]] = (trial, "target")
    known = ("condition", "set_size", "present")
    facts = {"trial": trial.id, **{name: getattr(trial, name) for name in known}}
    facts |= {"px_per_degree": trial.px_per_degree, "image": path}
    return {**facts, **_degrees((trial.height, trial.width), trial), "cue": cues[key]}


def _degrees(shape: tuple[int, ...], trial: Trial) -> dict[str, float]:
    height, width = (round(side / trial.px_per_degree, 6) for side in shape[:2])
    return {"width_deg": width, "height_deg": height}


def _commonest(colours: list[tuple[int, ...]]) -> list[int]:
    return list(Counter(colours).most_common(1)[0][0])


def _recipe(path: Path, n: int) -> dict[str, Any]:
    """Return the settings of a generated set, for `make`."""
    found = OmegaConf.to_container(OmegaConf.load(path)) if path.is_file() else {}
    recipe = {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
    if recipe.get("paradigm") not in PARADIGMS or "seed" not in recipe:
        raise ValueError(
            f"practice is {n}, but {str(path.parent)!r} has no recipe to make further displays from: "
            "practice_stimuli=FOLDER names another set, practice=0 leaves practice out"
        )
    return {"name": recipe.pop("paradigm"), **{k: v for k, v in recipe.items() if not k.endswith("sha256")}}
