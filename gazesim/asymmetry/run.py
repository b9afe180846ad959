"""`gazesim asymmetry`: models in the six search-asymmetry experiments, beside people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from gazesim.asymmetry.analysis import PEOPLE, Tables, analyse
from gazesim.asymmetry.figures import figure_indices, figure_models, figure_reaction_times
from gazesim.asymmetry.published import Experiment, choose, counted_saccades, read_results
from gazesim.asymmetry.trials import Displays, make_displays, read_displays
from gazesim.checks import check_at_least
from gazesim.files import atomic_path, writable_folder
from gazesim.models import load_model, model_settings
from gazesim.plotting.search_figures import save_figure
from gazesim.run_folder import RunFolder, results_folder
from gazesim.search.loop import SearchModel
from gazesim.trial import Trial


def run_asymmetry(config: dict[str, Any], job: str = "") -> Path:
    """Run the experiments that `config` names, or read their results, and return the folder with tables and figures.

    Parameters
    ----------
    config : dict
        The keys of conf/asymmetry.yaml.
    job : str
        Name of the job within a sweep; its folder lies within that of the sweep.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    lists = {key: _names(key, config[key]) for key in ("model", "paradigms")}
    config = {**config, **{key: names or None for key, names in lists.items()}}  # a and [a] are the same run
    experiments = choose(lists["paradigms"])
    for key in ("results", "n_per_set_size"):
        if config[key] is not None and config["sets"] is not None:
            raise ValueError(f"sets and {key} are both given, expected one of them")
    if config["results"] is not None:
        if config["n_per_set_size"] is not None:
            raise ValueError("results and n_per_set_size are both given, expected one of them")
        searches = read_results(Path(str(config["results"])), experiments)
        folder = results_folder("asymmetry", config["out"], job)
        RunFolder(folder, config, [])
    else:
        models = _models(config, experiments[0])
        displays = [_displays(experiment, config) for experiment in experiments]
        folder = results_folder("asymmetry", config["out"], job)
        run = RunFolder(folder, config, chain.from_iterable(part.trials for part in displays))
        searches = _search(run, models, displays, config)
    tables = analyse(searches, experiments)
    _write(folder, tables, experiments)
    print(f"{report(tables)}\n\n  {folder}")
    return folder


def report(tables: Tables) -> str:
    """Return the indices, each beside the slopes it comes from, as text."""
    lines = [" " * 29 + "index   slopes (ms/item) where people find it easier, harder"]
    for _, model in tables.models.iterrows():
        line = f"{model['model']}: mean index {model['index']:z.2f}"
        if model["model"] != PEOPLE:
            if pd.notna(model["index_low"]):
                line += f" [{model['index_low']:z.2f}, {model['index_high']:z.2f}]"
            line += "; "
            if pd.isna(model["slope_r"]):
                line += "all slopes alike, no r with people's"
            else:
                line += f"r of slopes with people's {model['slope_r']:z.2f}"
            line += f"; found in {model['found']:.1%}"
        lines += ["", line]
        for _, row in tables.experiments[tables.experiments["model"] == model["model"]].iterrows():
            slopes = f"{row['easier_slope']:z8.1f} {row['harder_slope']:z8.1f}"
            lines.append(f"  {row['experiment']:26}{row['index']:z6.2f}   {slopes}")
    return "\n".join(lines)


def searched_trials(config: Mapping[str, Any]) -> Iterable[Trial]:
    """Return the displays of a run that `config`, the keys of conf/asymmetry.yaml, describes, in its order.

    Raises
    ------
    FileNotFoundError, ValueError
        If they cannot be made or read.
    """
    parts = [_displays(experiment, config) for experiment in choose(_names("paradigms", config["paradigms"]))]
    return chain.from_iterable(part.trials for part in parts)


def _names(key: str, value: Any) -> list[str]:
    names = value if isinstance(value, list) else [] if value is None else [value]
    if len(set(map(str, names))) < len(names):
        raise ValueError(f"{key} is {names}, expected each once")
    return names


def _models(config: dict[str, Any], experiment: Experiment) -> list[str]:
    """Return the names of the models, which load."""
    for key, least in (("seed", 0), ("batch_size", 1)):
        check_at_least(key, config[key], least)
    names = _names("model", config["model"])
    if not names:
        raise ValueError("model is empty, expected at least one")
    for name in names:
        _load(name, experiment, config)
    return names


def _load(name: str, experiment: Experiment, config: dict[str, Any]) -> SearchModel:
    known = model_settings(name)
    settings = {"sharpening": experiment.sharpening} if "sharpening" in known else {}
    return load_model(name, weights=config["weights"], device=config["device"], **settings)


def _displays(experiment: Experiment, config: Mapping[str, Any]) -> Displays:
    if config["sets"] is not None:
        return read_displays(experiment, Path(str(config["sets"])))
    if config["n_per_set_size"] is not None:
        check_at_least("n_per_set_size", config["n_per_set_size"], 1)
    return make_displays(experiment, config["n_per_set_size"], config["seed"])


def _search(
    run: RunFolder, models: Sequence[str], displays: Sequence[Displays], config: dict[str, Any]
) -> pd.DataFrame:
    """Search what is left and return all searches, in the columns of `read_results`."""
    total = len(models) * sum(len(part.ids) for part in displays)
    with tqdm(total=total, initial=len(run.done), unit="trial", disable=None) as bar:
        for part in displays:
            for name in models:
                if left := run.left(part.trials, name):
                    bar.set_description(f"{name}, {part.experiment.name}")
                    model = _load(name, part.experiment, config)
                    for path in model.walk(left, seed=config["seed"], batch_size=config["batch_size"]):
                        run.append(path)
                        bar.update()
    shown = pd.concat([_table(part) for part in displays])
    paths = run.finish(list(shown["trial"]), models)
    searches = pd.concat([shown.assign(model=name) for name in models], ignore_index=True)
    found = pd.Series([path.found is True for path in paths])
    taken = pd.Series([path.n_saccades for path in paths])
    counted = counted_saccades(taken.to_numpy(), found.to_numpy(), searches["set_size"].to_numpy())
    columns = ["model", *shown.columns, "n_saccades", "found"]
    return searches.assign(n_saccades=counted, found=found)[columns]


def _table(part: Displays) -> pd.DataFrame:
    columns = {"condition": part.conditions, "set_size": part.set_sizes, "trial": part.ids}
    return pd.DataFrame({"experiment": part.experiment.name, **columns})


def _write(folder: Path, tables: Tables, experiments: Sequence[Experiment]) -> None:
    """Write every table as CSV and the figures as PNG and PDF."""
    for field in fields(tables):
        with atomic_path(folder / f"{field.name}.csv") as partial:
            getattr(tables, field.name).to_csv(partial, index=False, float_format="%.8g", lineterminator="\n")
    figures = writable_folder(folder / "figures")
    for model in tables.models["model"][1:]:
        save_figure(figure_reaction_times(tables, model, experiments), figures / f"reaction_times_{model}.png")
    save_figure(figure_indices(tables, experiments), figures / "indices.png")
    save_figure(figure_models(tables), figures / "models.png")
