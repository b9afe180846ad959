"""`gazesim power`: how many people and trials an experiment needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    import pandas as pd

    from gazesim.power.population import Condition
    from gazesim.power.simulation import Design

EXAMPLES = """
gazesim power data=wolfe2010 effect=set_size conditions=["conjunction present"] people=[5,10,15] trials=[10,20]
gazesim power data=wolfe2010 effect=slope_difference conditions=["conjunction absent","conjunction present"]
gazesim power data=collected/responses.csv effect=asymmetry_index conditions=[Ls,Ts] against=0.2
gazesim power data=wolfe2010 spread="conjunction present" means=outputs/search/eccnet effect=slope_difference \\
    conditions=["Ls present","Ts present"]         a model's means, with the spreads of people
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim power` takes."""

    data: str | None = key(None, "people's reaction times: a data set (wolfe2010), or a table of responses")
    effect: str = key("set_size", "set_size (slope of a condition), slope_difference or asymmetry_index (of two)")
    conditions: list[str] | None = key(None, "[name] or [name,name], the harder one first; left out, they are listed")
    set_sizes: list[int] | None = key(None, "[n,...], those that the experiment has; else all of the conditions")
    people: list[int] = key([4, 6, 8, 10, 12, 16, 20, 24, 32, 40], "[n,...], numbers of people to try")
    trials: list[int] = key([20], "[n,...], trials for each condition and set size to try")
    means: str | None = key(None, "else the data's: a folder of `gazesim search trials=SET`, or a table of responses")
    spread: str | None = key(None, "the condition of the data whose spreads between people and trials go with `means`")
    against: float = key(0.0, "of asymmetry_index: the index that is to be told from it")
    alpha: float = key(0.05, "level of the two-sided test")
    wanted: float = key(0.8, "the power for which the number of people is given")
    rt_range_ms: list[float] = key([200, 4000], "[fastest,slowest], reaction times that count")
    repeats: int = key(1000, "experiments simulated for each number")
    seed: int = key(0, "of the simulation")
    out: str | None = key(None, "folder for the results; else outputs/power/<date>_<time>")


def run(config: Config) -> Path:
    """Simulate the experiments that `config` describes, and return the folder with tables and figure.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    from gazesim.files import atomic_path
    from gazesim.plotting.search_figures import save_figure
    from gazesim.power.figures import figure_power
    from gazesim.power.simulation import Design, effect_table, simulate
    from gazesim.runs.folder import RunFolder, results_folder

    given = {name: getattr(config, name) for name in Design.__dataclass_fields__}
    design = Design(**{**given, "people": tuple(config.people), "trials": tuple(config.trials)})
    conditions, same_people = _conditions(config, design)
    folder = results_folder("power", config.out)
    RunFolder(folder, "power", asdict(config), [])
    power, needed = simulate(conditions, design, same_people)
    tables = {"effect": effect_table(conditions, design.effect), "power": power, "needed": needed}
    for name, table in tables.items():
        with atomic_path(folder / f"{name}.csv") as partial:
            table.to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")
    title = f"{design.effect.replace('_', ' ')}: {', '.join(each.name for each in conditions)}"
    save_figure(figure_power(power, design.wanted, title), folder / "power.png")
    print(f"{_report(tables, same_people)}\n\n  {folder}")
    return folder


def _conditions(config: Config, design: Design) -> tuple[list[Condition], bool]:
    """Return the conditions to draw from, and whether the same people did them all."""
    from gazesim.power.population import check_people, conditions_of, read_means, with_means
    from gazesim.power.simulation import EFFECTS

    if config.data is None:
        raise ValueError("data is missing, expected a data set with reaction times or a table of responses")
    fastest, slowest = (*config.rt_range_ms, 0, 0)[:2]
    if len(config.rt_range_ms) != 2 or not 0 <= fastest < slowest:
        raise ValueError(f"rt_range_ms is {config.rt_range_ms}, expected [fastest,slowest]")
    names, n = config.conditions or [], EFFECTS[design.effect]
    responses, counted = _responses(config.data), (float(fastest), float(slowest))
    source = config.data if config.means is None else config.means
    table = responses if config.means is None else read_means(config.means)
    if len(names) != n or len(set(names)) < n:
        from gazesim.power.population import labels

        known = ", ".join(sorted(set(labels(table))))
        raise ValueError(f"conditions is {names}, expected {n} of those of {source} with {design.effect}: {known}")
    if (config.means is None) != (config.spread is None):
        given, other = ("spread", "means") if config.means is None else ("means", "spread")
        raise ValueError(f"{given} is given without {other}, expected both or none of them")
    sizes = config.set_sizes
    if config.spread is None:
        found = conditions_of(responses, names, set_sizes=sizes, rt_range_ms=counted, source=config.data)
        return found, check_people(found, config.data)
    (people,) = conditions_of(responses, [config.spread], rt_range_ms=counted, source=config.data)
    check_people([people], config.data)
    wanted = conditions_of(table, names, set_sizes=sizes, rt_range_ms=(0, np.inf), source=source)
    return [with_means(people, each) for each in wanted], True


def _responses(data: str) -> pd.DataFrame:
    from gazesim.datasets import DATASETS, load_responses
    from gazesim.responses import read_responses

    return load_responses(data).responses if data in DATASETS else read_responses(data)


def _report(tables: dict[str, pd.DataFrame], same_people: bool) -> str:
    lines = []
    for row in tables["effect"].to_dict("records"):
        spread = "" if np.isnan(row["sd"]) else f" (sd over {row['people']} people {row['sd']:.3g})"
        lines.append(f"{row['condition']}: {row['value']:.4g}{spread}")
    each = "" if same_people else " in each condition"
    for row in tables["needed"].to_dict("records"):
        low, high = (f"{row[end]:.0f}" if np.isfinite(row[end]) else "more" for end in ("people_low", "people_high"))
        found = f"{row['people']:.0f} people" if np.isfinite(row["people"]) else "more people than were tried"
        lines.append(
            f"{row['trials']:.0f} trials a set size: power {row['wanted']:g} with {found}{each} [{low}, {high}]"
        )
    return "\n".join(lines)


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Draws people and their trials, errors among them, with replacement from the data, and tests each experiment as a "
    "laboratory would. Intervals are of the people whom the data happen to have. Writes effect.csv, power.csv, "
    "needed.csv and a figure.",
    makes_folder=True,
)
