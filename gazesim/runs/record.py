"""run.json: the command of a run, its config, and hashes and versions of what went in."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gazesim.checksum import file_sha256, folder_checksum
from gazesim.files import atomic_path
from gazesim.trial import Trial

RUN = "run.json"
PACKAGES = ("gazesim", "torch", "torchvision", "numpy", "cv2")
# keys that may name a file
FILES = (
    "image",
    "target",
    "trials",
    "weights",
    "detector",
    "decoder",
    "results",
    "scanpaths",
    "dataset",
    "data",
    "means",
)


def write_record(folder: Path, command: str, config: Mapping[str, Any], **facts: Any) -> None:
    """Write run.json: the command, its config, `facts`, hashes of the files that the config names, and versions."""
    versions = {name: str(import_module(name).__version__) for name in PACKAGES}
    record = {"command": command, "config": config, **facts}
    record |= {"files_sha256": _file_digests(config), "versions": versions}
    with atomic_path(folder / RUN) as file:
        file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path) -> dict[str, Any]:
    """Return what run.json says; ValueError if it is damaged or is no record of a run."""
    path = folder / RUN
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # neither UTF-8 nor JSON
        raise ValueError(f"{str(path)!r} is damaged: {error}") from error
    whole = isinstance(record, dict) and all(isinstance(record.get(key), dict) for key in ("config", "versions"))
    if not whole:
        raise ValueError(f"{str(path)!r} is not the record of a run: it has no config or no versions")
    return dict(record)


def check_same(folder: Path, config: Mapping[str, Any], trials_sha256: str) -> None:
    """Raise ValueError unless run.json is of this config and these trials."""
    record, now = read_record(folder), json.loads(json.dumps(config))
    for key, value in now.items():
        if (found := record["config"].get(key)) != value:
            raise ValueError(f"out={folder} holds a run with {key}={found}, found {key}={value}; choose another out")
    if record.get("trials_sha256") != trials_sha256:
        raise ValueError(f"out={folder} holds a run of other trials; choose another out")


def trials_digest(trials: Iterable[Trial]) -> str:
    """Return the SHA-256 of all that a model is given of the trials: pixels, boxes, geometry, colours, words, ids."""
    found = hashlib.sha256()
    for trial in trials:
        targets = trial.targets or (np.empty(0, np.uint8),)
        # of what need not be given what follows, so that a list that was written and read is the same
        known = {"background": trial.background.tolist(), "present": trial.present, "set_size": trial.set_size}
        found.update(json.dumps([{**trial.facts(), **known}, *(target.shape for target in targets)]).encode())
        found.update(trial.image.tobytes())
        for target in targets:
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
                digests[path.as_posix()] = file_sha256(path)
            elif key == "results":
                digests[path.as_posix()] = folder_checksum(path).removeprefix("sha256:")
    return digests
