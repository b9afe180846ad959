"""`gazesim results`: what people did in an experiment, checked and analysed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    from gazesim.trial import Trial

EXAMPLES = """
gazesim results results=collected stimuli=sets/curvature               reads and checks every session in a folder
gazesim results results=collected stimuli=sets/curvature max_rt_ms=4000 min_correct=0.8
gazesim results results=collected stimuli=sets/curvature accept=missing    people who stopped before the end count too
gazesim results scanpaths=runs/eccnet stimuli=sets/curvature           search slopes of models, with or without people
gazesim score dataset=outputs/results/2026-01-31_12-00-00/dataset.yaml model=[eccnet,ivsn]    models beside them
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim results` takes."""

    results: str | None = key(None, "the folder with the files that the experiment saved, one a session")
    scanpaths: str | list[str] | None = key(
        None, "folders of runs of `gazesim search` on the set, or files of scanpaths: each observer in one is a model"
    )
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
    if config.stimuli is None:
        raise ValueError("stimuli is missing, expected the folder of the stimulus set")
    if config.results is None and config.scanpaths is None:
        raise ValueError("results is missing, expected the folder with what the experiment saved, or scanpaths")
    from gazesim.experiment.analysis import analyse, data_sha256, report, write_analysis
    from gazesim.experiment.exclusions import Rules
    from gazesim.experiment.models import read_models
    from gazesim.experiment.plan import read_set
    from gazesim.experiment.results import read_results
    from gazesim.runs.folder import RunFolder, results_folder

    rules = Rules(**{name: getattr(config, name) for name in Rules.__dataclass_fields__})
    accept, scanpaths = (
        [value] if isinstance(value, str) else value or [] for value in (config.accept, config.scanpaths)
    )
    trials = read_set(config.stimuli)
    results = None if config.results is None else read_results(config.results, trials, accept)
    models = read_models(scanpaths, trials)
    tables = analyse(results, rules, models)
    folder = results_folder("results", config.out)
    lists = {"accept": sorted(accept), "scanpaths": scanpaths, "data_sha256": data_sha256(results, models)}
    RunFolder(folder, "results", {**asdict(config), **lists}, trials)
    write_analysis(folder, tables, results, config.stimuli)
    print(f"{report(tables)}\n\n  {folder}")
    return folder


def searched_trials(config: Mapping[str, Any]) -> Iterable[Trial]:
    """Return the displays of a run with this config, in its order.

    Raises
    ------
    FileNotFoundError, ValueError
        If the set is not there any more.
    """
    from gazesim.experiment.plan import read_set

    return read_set(str(config["stimuli"]))


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Every response is counted once: kept in responses.csv, or in excluded.csv with the rule that it breaks. "
    "`gazesim report run=FOLDER` makes a page of it, `gazesim score dataset=FOLDER/dataset.yaml` sets models beside.",
    makes_folder=True,
)
