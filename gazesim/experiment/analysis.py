"""The folder of the results of an experiment: what counts, what does not and why, tables and figures.

run.json         the settings, the rules of exclusion, hashes of what went in
responses.csv    the responses that count, as `gazesim.responses`
excluded.csv     those that do not, with the rule that each breaks and the value that breaks it
observers.csv    see `gazesim.metrics.efficiency.observer_table`; and how many of an observer's responses were excluded
set_sizes.csv    reaction times and errors, see `gazesim.metrics.efficiency.set_size_table`
slopes.csv       search slopes, see `gazesim.metrics.efficiency.slope_table`
detection.csv    d' and criterion, see `gazesim.metrics.efficiency.detection_table`
scanpaths.csv    of the trials that count, where eyes were tracked
dataset.yaml     describes all this for `gazesim score dataset=`
figures/reaction_times   .png and .pdf
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gazesim.experiment.exclusions import Rules, exclude
from gazesim.experiment.results import Results
from gazesim.files import atomic_path, writable_folder
from gazesim.metrics.efficiency import detection_table, observer_table, set_size_table, slope_table
from gazesim.plotting.reaction_times import PEOPLE, figure_reaction_times
from gazesim.plotting.search_figures import save_figure
from gazesim.responses import write_responses
from gazesim.scanpath import write_scanpaths

TABLES = {
    "observers": observer_table,
    "set_sizes": set_size_table,
    "slopes": slope_table,
    "detection": detection_table,
}


def analyse(results: Results, rules: Rules) -> dict[str, pd.DataFrame]:
    """Return the tables by name, `responses` and `excluded` among them.

    Raises
    ------
    ValueError
        If the rules leave no response.
    """
    kept, excluded = exclude(results.responses, rules)
    if not len(kept):
        raise ValueError(f"the rules exclude all {len(excluded)} responses, most by {excluded['rule'].mode()[0]}")
    tables = {name: make(kept) for name, make in TABLES.items()}
    lost = excluded.groupby("observer").size()
    tables["observers"].insert(2, "excluded", tables["observers"]["observer"].map(lost).fillna(0).astype(int))
    return {"responses": kept, "excluded": excluded, **tables}


def write_analysis(folder: Path, tables: Mapping[str, pd.DataFrame], results: Results, stimuli: str | Path) -> None:
    """Write all but run.json into `folder`."""
    write_responses(folder / "responses.csv", tables["responses"])
    for name, table in tables.items():
        if name != "responses" and len(table):
            with atomic_path(folder / f"{name}.csv") as partial:
                table.to_csv(partial, index=False, float_format="%.10g", lineterminator="\n")
    kept = set(map(tuple, tables["responses"][["trial", "observer", "session"]].to_numpy().tolist()))
    paths = [path for path in results.scanpaths if path.key in kept]
    if paths:
        write_scanpaths(folder / "scanpaths.csv", paths)
    with atomic_path(folder / "dataset.yaml") as partial:
        partial.write_text(_description(folder, stimuli, bool(paths)), encoding="utf-8")
    if tables["set_sizes"]["set_size"].notna().any():
        figures = writable_folder(folder / "figures")
        save_figure(figure_reaction_times({PEOPLE: tables["set_sizes"]}), figures / "reaction_times.png")


def _description(folder: Path, stimuli: str | Path, looked: bool) -> str:
    """Return the YAML of a data set; paths are relative to `folder`."""
    trials = os.path.relpath(stimuli, folder)
    lines = ["responses: responses.csv", f"trials: {trials!r}", *(["scanpaths: scanpaths.csv"] if looked else [])]
    return "\n".join(lines) + "\n"


def report(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return what was found as text: how many count, slopes with intervals."""
    kept, excluded = tables["responses"], tables["excluded"]
    people, n = kept["observer"].nunique(), len(kept) + len(excluded)
    lines = [f"{people} participant{'s' * (people != 1)}, {n} responses, {len(kept)} count"]
    lines += [f"  {count} excluded by {rule}" for rule, count in excluded["rule"].value_counts(sort=False).items()]
    errors = 1 - kept["correct"].astype("float64").mean()
    lines.append(f"  errors {100 * errors:.1f} %")
    for _, row in tables["slopes"].iterrows():
        lines.append(f"  {_words(row)}: {row['slope_ms_per_item']:z.1f} ms/item{_interval(row)}")
    return "\n".join(lines)


def _words(row: "pd.Series[Any]") -> str:
    condition = "" if pd.isna(row["condition"]) else f"{row['condition']}, "
    present = (
        "target not said to be there or not" if pd.isna(row["present"]) else "present" if row["present"] else "absent"
    )
    return f"{condition}{present}"


def _interval(row: "pd.Series[Any]") -> str:
    if pd.isna(row["slope_low"]):
        return f", no interval ({str(row['over']).removeprefix('none: ')})"
    return f" [{row['slope_low']:z.1f}, {row['slope_high']:z.1f}]"
