"""What lies in the folder of a run, read back: settings, versions, hashes, tables, figures, scanpaths."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazesim.files import PARTIAL
from gazesim.image import as_image
from gazesim.report.tables import Table, read_table
from gazesim.runs import record as runs
from gazesim.runs.record import RUN
from gazesim.scanpath import Scanpath, read_scanpaths
from gazesim.table import read_rows

SCANPATHS, TRIALS = "scanpaths.csv", "trials.csv"


@dataclass(frozen=True)
class Picture:
    """A figure of the run.

    path          : relative to the folder, without suffix, such as figures/indices
    width, height : px
    """

    path: str
    png: bytes
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Record:
    """A finished run.

    command   : the gazesim command that made it, None where its record does not tell
    config    : as the run recorded it, without hashes
    versions  : of packages
    hashes    : SHA-256 of what went in, by what it is of
    trials    : the ids of the trials, in the order of the run
    tables    : the shortest first
    figures   : in the order of their paths
    scanpaths : in the order of the table; empty where the run has none
    """

    folder: Path
    command: str | None
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    trials: list[str]
    tables: list[Table]
    figures: list[Picture]
    scanpaths: list[Scanpath]


def read_record(folder: Path) -> Record:
    """Read the run in `folder`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no run in it.
    ValueError
        If the run has not finished, or a file is damaged; one line that names it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"run folder {str(folder)!r} does not exist")
    if not (folder / RUN).is_file():
        others = sorted(path.parent.name for path in folder.glob(f"*/{RUN}"))
        hint = f"; it holds the runs {', '.join(others)}: name one of them" if others else ""
        raise FileNotFoundError(f"{str(folder)!r} is not the folder of a run, it has no {RUN}{hint}")
    facts = runs.read_record(folder)
    names = sorted(path.name for path in folder.glob("*.csv") if not path.name.startswith(PARTIAL))
    partial = [name for name in names if name.endswith(".partial.csv")]
    if partial or not names:
        found = f"it has {partial[0]}" if partial else "it has no table"
        raise ValueError(f"the run in {str(folder)!r} has not finished, {found}; start it again to continue it")
    scanpaths = read_scanpaths(folder / SCANPATHS) if SCANPATHS in names else []
    return Record(
        folder=folder,
        command=facts.get("command"),
        config={key: value for key, value in facts["config"].items() if not key.endswith("sha256")},
        versions={str(name): str(version) for name, version in facts["versions"].items()},
        hashes=_hashes({**facts, **facts["config"]}),
        trials=_trials(folder, scanpaths),
        tables=sorted((read_table(folder / name) for name in names), key=lambda table: table.n_rows),
        figures=[_picture(folder, path) for path in _png_files(folder)],
        scanpaths=scanpaths,
    )


def _trials(folder: Path, scanpaths: list[Scanpath]) -> list[str]:
    """Return the trials that have scanpaths, or, where nothing has, those that have scores."""
    if scanpaths or not (folder / TRIALS).is_file():
        return list(dict.fromkeys(str(path.trial) for path in scanpaths))
    rows = read_rows(folder / TRIALS).values()
    return list(dict.fromkeys(row["trial"] for row in rows if row.get("trial")))


def _hashes(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return every entry whose name ends in sha256, text or a mapping of texts, unless it is that of nothing."""
    found: dict[str, str] = {}
    for key, value in facts.items():
        if key.endswith("sha256"):
            what = key.removesuffix("sha256").rstrip("_")
            found |= {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {what: str(value)}
    return {what: digest for what, digest in found.items() if digest != hashlib.sha256().hexdigest()}


def _png_files(folder: Path) -> list[Path]:
    return sorted(
        path for path in (*folder.glob("*.png"), *folder.glob("figures/**/*.png")) if not path.name.startswith(PARTIAL)
    )


def _picture(folder: Path, path: Path) -> Picture:
    height, width = as_image(path, "figure").shape[:2]
    return Picture(path.relative_to(folder).with_suffix("").as_posix(), path.read_bytes(), width, height)
