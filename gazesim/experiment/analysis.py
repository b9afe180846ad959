"""The folder of the results of an experiment: what counts, what does not and why, tables and figures.

run.json         the settings, the rules of exclusion, hashes of what went in
responses.csv    the responses that count, as `gazesim.responses`
excluded.csv     those that do not, with the rule that each breaks and the value that breaks it
observers.csv    see `gazesim.metrics.efficiency.observer_table`; and how many of an observer's responses were excluded
set_sizes.csv    reaction times and errors, see `gazesim.metrics.efficiency.set_size_table`; of people and models
slopes.csv       search slopes of both, see `gazesim.metrics.efficiency.slope_table`
detection.csv    d' and criterion, see `gazesim.metrics.efficiency.detection_table`
scanpaths.csv    of the trials that count, where eyes were tracked
dataset.yaml     describes all this for `gazesim score dataset=`
figures/reaction_times   .png and .pdf
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gazesim.experiment.exclusions import Rules, exclude
from gazesim.experiment.results import Results
from gazesim.files import atomic_path, writable_folder
from gazesim.metrics.efficiency import by_searcher, detection_table, observer_table, set_size_table, slope_table
from gazesim.plotting.reaction_times import PEOPLE, figure_reaction_times
from gazesim.plotting.search_figures import save_figure
from gazesim.responses import write_responses
from gazesim.scanpath import write_scanpaths

OF_PEOPLE = {"observers": observer_table, "detection": detection_table}
OF_ALL = {"set_sizes": set_size_table, "slopes": slope_table}


def analyse(
    results: Results | None, rules: Rules, models: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    """Return the tables by name.

    Parameters
    ----------
    results : Results, optional
        Of people; without, there are only the tables that models have too.
    rules : Rules
        Of which responses of people count.
    models : mapping of DataFrame, optional
        Responses of models, `gazesim.metrics.efficiency.searched_responses`, by name.

    Raises
    ------
    ValueError
        If the rules leave no response.
    """
    tables, searchers = {}, dict(models or {})
    if results is not None:
        kept, excluded = exclude(results.responses, rules)
        if not len(kept):
            raise ValueError(f"the rules exclude all {len(excluded)} responses, most by {excluded['rule'].mode()[0]}")
        tables = {"responses": kept, "excluded": excluded, **{name: make(kept) for name, make in OF_PEOPLE.items()}}
        lost = tables["observers"]["observer"].map(excluded.groupby("observer").size()).fillna(0).astype(int)
        tables["observers"].insert(2, "excluded", lost)
        searchers = {PEOPLE: kept, **searchers}
    return {**tables, **{name: by_searcher(make, searchers) for name, make in OF_ALL.items()}}


def data_sha256(results: Results | None, models: Mapping[str, pd.DataFrame]) -> str:
    """Return a hash of all responses, of people and of models."""
    found = hashlib.sha256()
    for table in [*([results.responses] if results else []), *models.values()]:
        found.update(table.to_csv(index=False).encode())
    return found.hexdigest()


def write_analysis(
    folder: Path, tables: Mapping[str, pd.DataFrame], results: Results | None, stimuli: str | Path
) -> None:
    """Write all but run.json into `folder`."""
    for name, table in tables.items():
        if name == "responses":
            write_responses(folder / "responses.csv", table)
        elif len(table):
            with atomic_path(folder / f"{name}.csv") as partial:
                table.to_csv(partial, index=False, float_format="%.10g", lineterminator="\n")
    if results is not None:
        kept = set(map(tuple, tables["responses"][["trial", "observer", "session"]].to_numpy().tolist()))
        paths = [path for path in results.scanpaths if path.key in kept]
        if paths:
            write_scanpaths(folder / "scanpaths.csv", paths)
        with atomic_path(folder / "dataset.yaml") as partial:
            partial.write_text(_description(folder, stimuli, bool(paths)), encoding="utf-8")
    if len(tables["slopes"]):
        figures = writable_folder(folder / "figures")
        save_figure(figure_reaction_times(tables["set_sizes"]), figures / "reaction_times.png")


def _description(folder: Path, stimuli: str | Path, looked: bool) -> str:
    """Return the YAML of a data set; paths are relative to `folder`."""
    trials = os.path.relpath(stimuli, folder)
    lines = ["responses: responses.csv", f"trials: {trials!r}", *(["scanpaths: scanpaths.csv"] if looked else [])]
    return "\n".join(lines) + "\n"


def report(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return what was found as text: how many count, slopes with intervals."""
    lines = _count(tables) if "responses" in tables else []
    for _, row in tables["slopes"].iterrows():
        lines.append(f"  {_words(row)}: {row['slope_ms_per_item']:z.1f} ms/item{_interval(row)}")
    return "\n".join(lines)


def _count(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    kept, excluded = tables["responses"], tables["excluded"]
    people, n = kept["observer"].nunique(), len(kept) + len(excluded)
    lines = [f"{people} participant{'s' * (people != 1)}, {n} responses, {len(kept)} count"]
    lines += [f"  {count} excluded by {rule}" for rule, count in excluded["rule"].value_counts(sort=False).items()]
    errors = 1 - kept["correct"].astype("float64").mean()
    return [*lines, f"  errors {100 * errors:.1f} %"]


def _words(row: "pd.Series[Any]") -> str:
    condition = "" if pd.isna(row["condition"]) else f", {row['condition']}"
    present = "presence unknown" if pd.isna(row["present"]) else "present" if row["present"] else "absent"
    return f"{row['searcher']}{condition}, {present}"


def _interval(row: "pd.Series[Any]") -> str:
    if pd.isna(row["slope_low"]):
        return f", no interval ({str(row['over']).removeprefix('none: ')})"
    return f" [{row['slope_low']:z.1f}, {row['slope_high']:z.1f}]"
