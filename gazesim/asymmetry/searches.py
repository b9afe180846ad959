"""Runs the models through the search-asymmetry experiments and writes what the analysis found."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from gazesim.asymmetry.analysis import PEOPLE, Tables
from gazesim.asymmetry.figures import figure_indices, figure_models, figure_reaction_times
from gazesim.asymmetry.published import Experiment, counted_saccades
from gazesim.asymmetry.trials import Displays
from gazesim.files import atomic_path, writable_folder
from gazesim.models import load_model, model_settings
from gazesim.plotting.search_figures import save_figure
from gazesim.progress import progress_bar
from gazesim.runs.folder import RunFolder
from gazesim.search.loop import SearchModel
from gazesim.search.shared import walk_in_workers


@dataclass(frozen=True)
class Searcher:
    """A model by name, and the diet of its weights, one of `encoders.diets.DIETS` or none."""

    model: str
    diet: str | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.model if self.diet is None else f"{self.model}_{self.diet}"


def searchers(models: Sequence[str], diets: Sequence[str]) -> list[Searcher]:
    """Return each of `models` on each of `diets`, of which "none" leaves the weights; models without a trunk once."""
    chosen = [None if diet == "none" else diet for diet in diets]
    return [Searcher(model, diet) for model in models for diet in (chosen if _has_trunk(model) else [None])]


def _has_trunk(model: str) -> bool:
    return "diet" in model_settings(model)


def load(searcher: Searcher, experiment: Experiment, weights: str, device: str) -> SearchModel:
    """Return the model with the sharpening that the authors chose for the experiment, if it has that setting."""
    chosen: dict[str, Any] = {"sharpening": experiment.sharpening, "diet": searcher.diet}
    known = model_settings(searcher.model)
    settings = {key: value for key, value in chosen.items() if key in known}
    model = load_model(searcher.model, weights=weights, device=device, **settings)
    model.name = searcher.name
    return model


def search(
    run: RunFolder,
    models: Sequence[Searcher],
    displays: Sequence[Displays],
    *,
    weights: str,
    device: str,
    seed: int,
    batch_size: int,
    workers: int | None,
) -> pd.DataFrame:
    """Search what is left of a run and return all its searches, in the columns of `read_results`."""
    total = len(models) * sum(len(part.ids) for part in displays)
    with progress_bar(total=total, initial=len(run.done), unit="trial", desc="asymmetry") as bar:
        for part in displays:
            for searcher in models:
                if run.left(part.trials, searcher.name):
                    bar.set_description(f"{searcher.name}, {part.experiment.name}", refresh=False)
                    model = load(searcher, part.experiment, weights, device)
                    left = run.left(part.trials, searcher.name, adapts=model.stopping.adapts)
                    if workers is None:
                        walk = model.walk(left, seed=seed, batch_size=batch_size)
                    else:
                        walk = walk_in_workers(model, left, workers, seed=seed, batch_size=batch_size)
                    for path in walk:
                        run.append(path)
                        bar.update()
    shown = pd.concat([_table(part) for part in displays])
    names = [searcher.name for searcher in models]
    paths = run.finish(list(shown["trial"]), names)
    searches = pd.concat([shown.assign(model=name) for name in names], ignore_index=True)
    found = pd.Series([path.found is True for path in paths])
    taken = pd.Series([path.n_saccades for path in paths])
    counted = counted_saccades(taken.to_numpy(), found.to_numpy(), searches["set_size"].to_numpy())
    columns = ["model", *shown.columns, "n_saccades", "found"]
    return searches.assign(n_saccades=counted, found=found)[columns]


def _table(part: Displays) -> pd.DataFrame:
    columns = {"condition": part.conditions, "set_size": part.set_sizes, "trial": part.ids}
    return pd.DataFrame({"experiment": part.experiment.name, **columns})


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


def write_tables(folder: Path, tables: Tables, experiments: Sequence[Experiment]) -> None:
    """Write every table as CSV and the figures as PNG and PDF."""
    for field in fields(tables):
        with atomic_path(folder / f"{field.name}.csv") as partial:
            getattr(tables, field.name).to_csv(partial, index=False, float_format="%.8g", lineterminator="\n")
    figures = writable_folder(folder / "figures")
    for model in tables.models["model"][1:]:
        save_figure(figure_reaction_times(tables, model, experiments), figures / f"reaction_times_{model}.png")
    save_figure(figure_indices(tables, experiments), figures / "indices.png")
    save_figure(figure_models(tables), figures / "models.png")
