"""Runs of parts of the trials, joined to the run of all of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gazesim.files import atomic_path, writable_folder
from gazesim.runs.record import RUN, read_record
from gazesim.scanpath import read_scanpaths, write_scanpaths
from gazesim.search.shared import shard_of

SCANPATHS = "scanpaths.csv"


def shard_folders(runs: Sequence[Path]) -> list[Path]:
    """Return the folders of runs among `runs` and, where one holds jobs of a sweep, in it.

    Raises
    ------
    FileNotFoundError
        If one of them holds no run.
    """
    found: list[Path] = []
    for run in runs:
        jobs = [run] if (run / RUN).exists() else sorted(path.parent for path in run.glob(f"*/{RUN}"))
        if not jobs:
            raise FileNotFoundError(f"runs: {str(run)!r} holds no {RUN}, expected the folder of a run or of a sweep")
        found += jobs
    return found


def merge_shards(folders: Sequence[Path], out: Path) -> dict[str, Any]:
    """Write run.json and scanpaths.csv of the whole run into `out`, and return its record.

    Raises
    ------
    ValueError
        If the folders are not all parts of one run, each once and finished.
    """
    records = {folder: read_record(folder) for folder in folders}
    first = _whole(next(iter(records.values())))
    parts: dict[int, Path] = {}
    for folder, record in records.items():
        shard = record["config"].get("shard")
        if shard is None:
            raise ValueError(f"runs: {str(folder)!r} is a run of all trials, expected one with shard=k/n")
        if (differs := _differs(_whole(record), first)) is not None:
            raise ValueError(f"runs: {str(folder)!r} has another {differs} than {str(folders[0])!r}")
        number, of = shard_of(shard)
        if number in parts:
            raise ValueError(f"runs: {str(folder)!r} and {str(parts[number])!r} are both shard {shard}")
        if of != shard_of(records[folders[0]]["config"]["shard"])[1]:
            raise ValueError(f"runs: {str(folder)!r} is shard {shard}, expected k/n with the same n in all")
        if not (folder / SCANPATHS).exists():
            raise ValueError(f"runs: {str(folder)!r} is not finished; its own line, with out={folder}, continues it")
        parts[number] = folder
    if missing := [number for number in range(1, of + 1) if number not in parts]:
        raise ValueError(f"runs: shard {', '.join(f'{number}/{of}' for number in missing)} missing")
    paths = [path for number in sorted(parts) for path in read_scanpaths(parts[number] / SCANPATHS)]
    writable_folder(out)
    write_scanpaths(out / SCANPATHS, paths)
    with atomic_path(out / RUN) as file:
        file.write_text(json.dumps(first, indent=2) + "\n", encoding="utf-8")
    return first


def _whole(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "config": {**record["config"], "shard": None}}


def _differs(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Return the name of what differs between two records, None if nothing does."""
    for name in ("command", "trials_sha256", "files_sha256"):
        if one.get(name) != other.get(name):
            return name
    keys = [*one["config"], *other["config"]]
    return next((key for key in keys if one["config"].get(key) != other["config"].get(key)), None)
