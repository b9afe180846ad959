"""`gazesim asymmetry`: models in the six search-asymmetry experiments, beside people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazesim.checks import check_at_least
from gazesim.commands.command import Command, build, key

if TYPE_CHECKING:
    from gazesim.asymmetry.published import Experiment
    from gazesim.asymmetry.searches import Searcher
    from gazesim.asymmetry.trials import Displays
    from gazesim.trial import Trial

EXAMPLES = """
gazesim asymmetry                                           four models, all 12 conditions, 1,272 displays each
gazesim asymmetry +preset=quick model=eccnet                a quick look: 120 displays
gazesim asymmetry paradigms=[curvature,shading] seed=1      some of the experiments, other displays
gazesim asymmetry model=eccnet diet=[none,rot90]            eccnet, and eccnet_rot90 as pictures turned make it
gazesim asymmetry weights=vgg16.pt out=runs/asymmetry       stopped or killed, the same line continues it
gazesim asymmetry results=vs_exp/out                        no model runs: outputs of the authors' program
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim asymmetry` takes."""

    model: str | list[str] = key(["eccnet", "ivsn", "template", "chance"], "some of `gazesim models`")
    weights: str = key("embedded", "or vgg16, places, torchvision, or a file: .pt, .safetensors, .h5")
    diet: str | list[str] = key(
        "none",
        "or some of rot90, rot180, rot270, mirror, light_from_below, grey: each model with a trunk on each of them",
    )
    device: str = key("cpu", "or cuda, mps")
    paradigms: str | list[str] | None = key(
        None,
        "of curvature, shading, intersection, t_among_l, orientation_homogeneous, orientation_heterogeneous; else all",
    )
    n_per_set_size: int | None = key(None, "displays for each condition and set size; else as published, 30 or 36")
    seed: int = key(0, "of the displays, and of models that sample")
    sets: str | None = key(
        None, "folder with a stimulus set of each paradigm, <sets>/<paradigm>/trials.csv; else they are made"
    )
    results: str | None = key(
        None, "folder with outputs of the authors' program, <model>/out_data/<task>_<condition>.csv"
    )
    batch_size: int = key(1, "trials side by side; changes the speed on a GPU, never the result")
    workers: int | None = key(
        None,
        "processes that search, each with one thread; never changes the result; null searches in one with all threads",
    )
    out: str | None = key(None, "folder for the results; else outputs/asymmetry/<date>_<time>")


def run(config: Config) -> Path:
    """Run the experiments that `config` names, or read their results, and return the folder with tables and figures.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    from gazesim.asymmetry.analysis import analyse
    from gazesim.asymmetry.published import choose, read_results
    from gazesim.asymmetry.searches import report, search, write_tables
    from gazesim.runs.folder import RunFolder, results_folder

    lists = {name: _names(name, getattr(config, name)) for name in ("model", "diet", "paradigms")}
    record = {**asdict(config), **{name: names or None for name, names in lists.items()}}  # a is the same run as [a]
    experiments = choose(lists["paradigms"])
    for name in ("results", "n_per_set_size"):
        if getattr(config, name) is not None and config.sets is not None:
            raise ValueError(f"sets and {name} are both given, expected one of them")
    if config.results is not None:
        if config.n_per_set_size is not None:
            raise ValueError("results and n_per_set_size are both given, expected one of them")
        searches = read_results(Path(config.results), experiments)
        folder = results_folder("asymmetry", config.out)
        RunFolder(folder, "asymmetry", record, [])
    else:
        models = _models(lists, config, experiments[0])
        displays = [_displays(experiment, config) for experiment in experiments]
        folder = results_folder("asymmetry", config.out)
        results = RunFolder(folder, "asymmetry", record, chain.from_iterable(part.trials for part in displays))
        how = {name: getattr(config, name) for name in ("weights", "device", "seed", "batch_size", "workers")}
        searches = search(results, models, displays, **how)
    tables = analyse(searches, experiments)
    write_tables(folder, tables, experiments)
    print(f"{report(tables)}\n\n  {folder}")
    return folder


def searched_trials(config: Mapping[str, Any]) -> Iterable[Trial]:
    """Return the displays of a run with this config, in its order.

    Raises
    ------
    FileNotFoundError, ValueError
        If they cannot be made or read.
    """
    from gazesim.asymmetry.published import choose

    given = build(Config, {**asdict(Config()), **config})
    parts = [_displays(experiment, given) for experiment in choose(_names("paradigms", given.paradigms))]
    return chain.from_iterable(part.trials for part in parts)


def _names(name: str, value: Any) -> list[str]:
    names = value if isinstance(value, list) else [] if value is None else [value]
    if len(set(map(str, names))) < len(names):
        raise ValueError(f"{name} is {names}, expected each once")
    return names


def _models(lists: Mapping[str, list[str]], config: Config, experiment: Experiment) -> list[Searcher]:
    """Return the models, which load, on their diets."""
    from gazesim.asymmetry.searches import load, searchers

    for name, least in (("seed", 0), ("batch_size", 1), ("workers", 1)):
        if (value := getattr(config, name)) is not None:
            check_at_least(name, value, least)
    for name in ("model", "diet"):
        if not lists[name]:
            raise ValueError(f"{name} is empty, expected at least one")
    models = searchers(lists["model"], lists["diet"])
    for model in models:
        load(model, experiment, config.weights, config.device)
    return models


def _displays(experiment: Experiment, config: Config) -> Displays:
    from gazesim.asymmetry.trials import make_displays, read_displays

    if config.sets is not None:
        return read_displays(experiment, Path(config.sets))
    if config.n_per_set_size is not None:
        check_at_least("n_per_set_size", config.n_per_set_size, 1)
    return make_displays(experiment, config.n_per_set_size, config.seed)


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "The six experiments of Gupta et al. (2021), with people's reaction times. Writes tables (trials, set_sizes, "
    "conditions, experiments, models) and figures. The asymmetry index saturates: read the slopes beside it.",
    makes_folder=True,
)
