"""`gazesim report`: one page of a run."""

from dataclasses import dataclass
from pathlib import Path

from gazesim.commands.command import Command, key

EXAMPLES = """
gazesim report run=outputs/search/2026-01-31_12-00-00                 writes report.html into that folder
gazesim report run=runs/asymmetry out=asymmetry.html trials=30        elsewhere, with more example trials
gazesim report run=runs/sweep                                         all jobs of a sweep on one page
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim report` takes."""

    run: str | None = key(
        None, "the folder of a run that has finished, the one with run.json; or of a sweep, the one with sweep.csv"
    )
    out: str | None = key(None, "the page, a file with the suffix .html; else report.html in that folder")
    trials: int = key(12, "example trials at most, evenly spaced over the run; 0 for none")


def run(config: Config) -> Path:
    """Write the page that `config` asks for, print where it is and return its path.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such run, it has not finished, or a file of it is damaged; nothing has been written then.
    """
    if config.run is None:
        raise ValueError("run is missing, expected the folder of a run, such as run=outputs/search/2026-01-31_12-00-00")
    from gazesim.commands import asymmetry, results, search
    from gazesim.report.page import write_report
    from gazesim.report.sweep_page import is_sweep, write_sweep_report

    if is_sweep(Path(config.run)):
        return write_sweep_report(config.run, config.out)
    made = {"search": search.searched_trials, "asymmetry": asymmetry.searched_trials}
    made["results"] = results.searched_trials
    return write_report(config.run, config.out, trials=config.trials, made=made)


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Settings, versions, hashes of what went in, every table and figure, and example trials with the scanpaths of "
    "models, and of people where the run names a data set, over the picture. The page needs no other file and no "
    "network.",
)
