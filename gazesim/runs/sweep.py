"""The folder of a sweep: a folder a job, named by its number, and a table of what differs between the jobs."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from gazesim.files import atomic_path, clear_partial, writable_folder
from gazesim.runs.folder import remove_if_empty
from gazesim.table import read_rows

SWEEP = "sweep.csv"


def write_sweep(folder: Path, jobs: Sequence[Mapping[str, str]]) -> None:
    """Write sweep.csv: a row a job, with its number and the values of the keys that differ.

    Raises
    ------
    ValueError
        If the folder cannot be written, or holds another sweep or a run.
    """
    rows = [{"job": str(number), **job} for number, job in enumerate(jobs)]
    if (folder / SWEEP).exists():
        if read_sweep(folder) != rows:
            raise ValueError(f"out={folder} holds another sweep; choose another out")
        return
    clear_partial(writable_folder(folder), deep=False)
    with (
        atomic_path(folder / SWEEP) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read_sweep(folder: Path) -> list[dict[str, str]]:
    """Return the rows of sweep.csv."""
    return list(read_rows(folder / SWEEP, ("job",)).values())


def remove_if_nothing_ran(folder: Path) -> None:
    """Remove the folder of a sweep of which no job wrote anything."""
    if [path.name for path in folder.iterdir()] == [SWEEP]:
        (folder / SWEEP).unlink()
        remove_if_empty(folder)
