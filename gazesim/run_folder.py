"""The folder of a run: rows are appended as trials finish, and a run that was killed continues."""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gazesim.checksum import folder_checksum
from gazesim.files import atomic_path, writable_folder
from gazesim.scanpath import Scanpath, read_scanpaths, to_table, write_scanpaths
from gazesim.trial import Trial

PACKAGES = ("gazesim", "torch", "torchvision", "numpy", "cv2")
# keys that may name a file
FILES = ("image", "target", "trials", "weights", "detector", "results", "scanpaths", "dataset")
WITHOUT_EFFECT = ("out", "figures", "batch_size")  # what may change when a run is continued


def results_folder(command: str, out: str | None, job: str) -> Path:
    """Return the folder for the results of `command`, made if need be.

    Parameters
    ----------
    command : str
        Where they go if `out` is not given: outputs/<command>/<date>_<time>.
    out : str, optional
    job : str
        Name of the job within a sweep, or nothing; its folder lies within that of the sweep.

    Raises
    ------
    ValueError
        If it cannot be written.
    """
    folder = Path(str(out)) if out else Path("outputs") / command / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return writable_folder(folder / re.sub(r"[^\w=.,+-]", "_", job) if job else folder)


class RunFolder:
    """The results of one run in `folder`: of one or several observers, each of which searches the same trials.

    Attributes
    ----------
    run.json : the full config, hashes of the trials and of the files that it names, and the versions of the packages
    scanpaths.csv : one row a fixation, there once all trials are done
    scanpaths.partial.csv : the same, as trials finish

    Parameters
    ----------
    folder : Path
        Exists and can be written.
    config : dict
        What determines the results; its keys in `WITHOUT_EFFECT` may differ when a run is continued.
    trials : iterable of Trial
        Their ids differ.

    Raises
    ------
    ValueError
        If the folder holds a run of another config or of other trials.
    """

    def __init__(self, folder: Path, config: dict[str, Any], trials: Iterable[Trial]) -> None:
        self.table, self.partial = folder / "scanpaths.csv", folder / "scanpaths.partial.csv"
        config = {key: value for key, value in config.items() if key not in WITHOUT_EFFECT}
        record = {"config": config, "trials_sha256": trials_digest(trials)}
        described = folder / "run.json"
        if described.exists():
            _check_same(described, record)
            self.done = {(path.trial, path.observer): path for path in self._read()}
            return
        versions = {name: str(import_module(name).__version__) for name in PACKAGES}
        record |= {"files_sha256": _file_digests(config), "versions": versions}
        with atomic_path(described) as file:
            file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        self.done = {}

    def left(self, trials: Iterable[Trial], observer: str) -> list[Trial]:
        """Return the trials that `observer` has not searched yet."""
        return [trial for trial in trials if (trial.id, observer) not in self.done]

    def append(self, path: Scanpath) -> None:
        """Add the scanpath of a trial that has just finished."""
        with self.partial.open("a", encoding="utf-8", newline="") as file:
            to_table([path]).to_csv(file, index=False, header=file.tell() == 0)
        self.done[path.trial, path.observer] = path

    def finish(self, trials: Sequence[str | None], observers: Sequence[str]) -> list[Scanpath]:
        """Write scanpaths.csv and return the scanpaths, observer by observer in the order of the ids `trials`."""
        paths = [self.done[trial, observer] for observer in observers for trial in trials]
        write_scanpaths(self.table, paths)
        self.partial.unlink(missing_ok=True)
        return paths

    def _read(self) -> list[Scanpath]:
        if self.table.exists():
            return read_scanpaths(self.table)
        if not self.partial.exists():
            return []
        lines = self.partial.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        searches = [row[:2] for row in csv.reader(whole)]  # trial and observer
        # whether the last trial was written to its end cannot be seen: it is searched again
        keep = [line for line, search in zip(whole, searches, strict=True) if search != searches[-1]]
        with atomic_path(self.partial) as file:
            file.write_text("".join(keep), encoding="utf-8")
        return read_scanpaths(self.partial) if len(keep) > 1 else []


def _check_same(described: Path, record: dict[str, Any]) -> None:
    try:
        before = json.loads(described.read_text(encoding="utf-8"))
        config, digest = before["config"], before["trials_sha256"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{described} is not the record of a run; choose another out") from None
    now = json.loads(json.dumps(record["config"]))
    for key in now:
        if config.get(key) != now[key]:
            raise ValueError(
                f"out={described.parent} holds a run with {key}={config.get(key)}, found {key}={now[key]}; "
                "choose another out"
            )
    if digest != record["trials_sha256"]:
        raise ValueError(f"out={described.parent} holds a run of other trials; choose another out")


def trials_digest(trials: Iterable[Trial]) -> str:
    """Return the SHA-256 of all that a model is given of the trials: pixels, boxes, geometry, ids."""
    found = hashlib.sha256()
    for trial in trials:
        boxes = [None if box is None else box.tolist() for box in (trial.target_box, trial.objects)]
        target = np.empty(0, np.uint8) if trial.target is None else trial.target
        facts = [trial.id, trial.image.shape, target.shape, boxes, trial.px_per_degree, trial.background.tolist()]
        facts += [] if trial.target_text is None else [trial.target_text]
        found.update(json.dumps(facts).encode())
        found.update(trial.image.tobytes())
        found.update(target.tobytes())
    return found.hexdigest()


def _file_digests(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each file that the config names; of a trial list its trials.csv, of results the folder."""
    digests = {}
    for key in FILES:
        if isinstance(value := config.get(key), str):
            path = Path(value)
            path = path / "trials.csv" if (path / "trials.csv").is_file() else path
            if path.is_file():
                with path.open("rb") as file:
                    digests[path.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
            elif key == "results":
                digests[path.as_posix()] = folder_checksum(path).removeprefix("sha256:")
    return digests
