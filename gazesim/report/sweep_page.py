"""One self-contained page of a sweep: what differs between its jobs, the main numbers of each, and its figures."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazesim.files import clear_partial
from gazesim.report.page import page_path, render, write_page
from gazesim.report.record import Record, read_record
from gazesim.report.tables import Table, table_of
from gazesim.runs.record import RUN
from gazesim.runs.sweep import SWEEP, read_sweep
from gazesim.table import read_rows

# the table of a run that says most in fewest rows; of a run without one, its scanpaths are counted
MAIN = {"score": "summary.csv", "asymmetry": "models.csv", "train": "scores.csv"}


@dataclass(frozen=True, eq=False)
class Job:
    """A job of the sweep.

    name    : its number, and what it differs in
    numbers : rows of its main table, as text
    record  : None where it has not finished, or is no run, as the stimulus sets of `gazesim stimuli`
    """

    name: str
    swept: Mapping[str, str]
    numbers: list[dict[str, str]]
    record: Record | None


def is_sweep(folder: Path) -> bool:
    """Whether `folder` is that of a sweep."""
    return (folder / SWEEP).is_file()


def write_sweep_report(run: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Path:
    """Write one HTML page with all jobs of a sweep, which needs no other file and no network.

    Parameters
    ----------
    run : path
        The folder of the sweep.
    out : path, optional
        The page; by default report.html in that folder.

    Raises
    ------
    FileNotFoundError, ValueError
        If no job has finished, or a file is damaged; nothing has been written then.
    """
    folder = Path(run)
    path = page_path(folder, out)
    jobs = [_job(folder, row) for row in read_sweep(folder)]
    missing = [job.name for job in jobs if not job.numbers]
    if len(missing) == len(jobs):
        raise ValueError(f"no job of the sweep in {str(folder)!r} has finished; start it again to continue it")
    note = f"Not finished, and so not shown: {'; '.join(missing)}." if missing else ""
    text = render("sweep.html", name=folder.resolve().name, jobs=jobs, numbers=_numbers(jobs), note=note)
    clear_partial(folder, deep=False)
    write_page(path, text)
    print(f"{path}: {len(jobs) - len(missing)} of {len(jobs)} jobs")
    return path


def _job(folder: Path, row: Mapping[str, str]) -> Job:
    number, swept = row["job"], {key: value for key, value in row.items() if key != "job"}
    own = folder / number
    name = " ".join([f"{number}:", *(f"{key}={value}" for key, value in swept.items())])
    if not (own / RUN).is_file():
        made = own / "trials.csv"
        displays = [{"displays": str(len(read_rows(made)))}] if made.is_file() else []
        return Job(name, swept, displays, None)
    if any(own.glob("*.partial.csv")) or not any(own.glob("*.csv")):
        return Job(name, swept, [], None)
    record = read_record(own)
    main = MAIN.get(record.command or "")
    numbers = list(read_rows(own / main).values()) if main else _counts(record)
    return Job(name, swept, numbers, record)


def _counts(record: Record) -> list[dict[str, str]]:
    """Return a row for each model that searched."""
    rows = []
    for observer in dict.fromkeys(str(path.observer) for path in record.scanpaths):
        own = [path for path in record.scanpaths if path.observer == observer]
        known = [path.found for path in own if path.found is not None]
        rows.append(
            {
                "model": observer,
                "trials": str(len(own)),
                "found": f"{np.mean(known):.8g}" if known else "",
                "mean_saccades": f"{np.mean([path.n_saccades for path in own]):.8g}",
            }
        )
    return rows


def _numbers(jobs: list[Job]) -> Table:
    """Return the main tables of all jobs as one, with what differs between them in front."""
    swept = list(jobs[0].swept)
    columns = list(
        dict.fromkeys(column for job in jobs for row in job.numbers for column in row if column not in swept)
    )
    header = ["job", *swept, *columns]
    rows = [
        {"job": job.name.partition(":")[0], **job.swept, **{c: row.get(c, "") for c in columns}}
        for job in jobs
        for row in job.numbers
    ]
    return table_of("All jobs", header, rows, most=len(rows))
