"""`gazesim results`: what people did in an experiment, checked and analysed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from gazesim.commands.command import Command, key

EXAMPLES = """
gazesim results results=collected stimuli=sets/curvature               reads and checks every session in a folder
gazesim results results=collected stimuli=sets/curvature max_rt_ms=4000 min_correct=0.8
gazesim results results=collected stimuli=sets/curvature accept=missing    people who stopped before the end count too
gazesim score dataset=outputs/results/2026-01-31_12-00-00/dataset.yaml model=[eccnet,ivsn]    models beside them
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim results` takes."""

    results: str | None = key(None, "the folder with the files that the experiment saved, one a session")
    stimuli: str | None = key(None, "the folder of the stimulus set of which the experiment was made")
    min_rt_ms: float | None = key(200, "faster responses do not count; null for no such rule")
    max_rt_ms: float | None = key(None, "slower responses do not count")
    max_frame_ms: float | None = key(100, "responses do not count where the screen stood still for longer")
    min_correct: float | None = key(None, "observers with a smaller share of right responses do not count")
    accept: str | list[str] | None = key(
        None, "some of missing (trials), twice (participants) and clock (which was set), which stop otherwise"
    )
    out: str | None = key(None, "folder for the results; else outputs/results/<date>_<time>")


def run(config: Config) -> Path:
    """Read, check and analyse the results that `config` names, and return the folder with tables and figures.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config or in a file is not accepted; nothing has been written then.
    """
    for name, what in (("results", "the folder with what the experiment saved"), ("stimuli", "the stimulus set")):
        if getattr(config, name) is None:
            raise ValueError(f"{name} is missing, expected {what}")
    from gazesim.experiment.analysis import analyse, report, write_analysis
    from gazesim.experiment.exclusions import Rules
    from gazesim.experiment.plan import read_set
    from gazesim.experiment.results import read_results
    from gazesim.runs.folder import RunFolder, results_folder

    rules = Rules(**{name: getattr(config, name) for name in Rules.__dataclass_fields__})
    accept = [config.accept] if isinstance(config.accept, str) else config.accept or []
    stimuli = str(config.stimuli)
    trials = read_set(stimuli)
    results = read_results(str(config.results), trials, accept)
    tables = analyse(results, rules)
    folder = results_folder("results", config.out)
    RunFolder(folder, "results", {**asdict(config), "accept": sorted(accept)}, trials)
    write_analysis(folder, tables, results, stimuli)
    print(f"{report(tables)}\n\n  {folder}")
    return folder


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Every response is counted once: kept in responses.csv, or in excluded.csv with the rule that it breaks. "
    "`gazesim report run=FOLDER` makes a page of it, `gazesim score dataset=FOLDER/dataset.yaml` sets models beside.",
    makes_folder=True,
)
