"""How soon do models find the target in search arrays? Bayesian searchers beside eccNET, template matching and chance.

    python experiments/search_curves.py --paradigms curvature t_among_l --n 90 --out FOLDER
    python experiments/search_curves.py --paradigms object_array --images FOLDER --n 90 --out FOLDER
    python experiments/search_curves.py --sets FOLDER --out FOLDER

Each model searches each display that has its target once, with `--weights`. The Bayesian searchers run three
times: as published, with evidence that knows in part where the target is; with evidence from similarity alone; and with
that and inhibition of return, as eccNET has it. Writes
searches.csv (dataset, model, trial, n_saccades, found), curves.csv (dataset, model, fixation, found, low, high: the
share of displays whose target is found by a fixation, 1 being the initial one, with the 95 % interval over redrawn
displays), table.md and figures/curves.png and .pdf; a dataset is a paradigm.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from gazesim import load_model
from gazesim.asymmetry.published import EXPERIMENTS
from gazesim.files import atomic_path, writable_folder
from gazesim.metrics.statistics import crossed_mean
from gazesim.models import model_settings
from gazesim.plotting.search_figures import save_figure
from gazesim.scoring.figures import figure_curves
from gazesim.scoring.search_scores import search_curve
from gazesim.scoring.tables import markdown, number, write_table
from gazesim.stimuli import make
from gazesim.trial import Trial
from gazesim.trial_table import read_trials

BAYES = ("ibs", "ibs_entropy", "ibs_greedy", "nnibs")
ALIKE: dict[str, Any] = {"evidence": "similarity"}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in (*BAYES, "eccnet", "template", "chance")},
    **{f"{name}, similarity": (name, ALIKE) for name in BAYES},
    **{f"{name}, similarity, no return": (name, {**ALIKE, "inhibition": None}) for name in BAYES},
}
SHOWN = (1, 2, 3, 5, 10)  # saccades in the table
DRAWN = [label for label, (name, _) in MODELS.items() if name not in ("ibs_entropy", "ibs_greedy")]


def read_displays(options: argparse.Namespace) -> dict[str, Sequence[Trial]]:
    """Return the displays with their target, by dataset: a folder's, or those of paradigms, made when asked for."""
    if options.sets is not None:
        trials = [trial for trial in read_trials(options.sets) if trial.target_box is not None]
        if not trials:
            raise ValueError(f"sets {str(options.sets)!r} has no trial with a target_box, expected at least one")
        return {options.sets.resolve().name: trials}
    return {name: _paradigm(name, options) for name in options.paradigms}


def _paradigm(name: str, options: argparse.Namespace) -> Sequence[Trial]:
    settings: dict[str, Any] = {"seed": options.seed, "target": "present"}
    if options.images is not None and name == "object_array":
        settings["images"] = str(options.images)
    kinds = len(make(name, n_per_set_size=1, **settings))
    return make(name, n_per_set_size=-(-options.n // kinds), **settings)


def search(
    dataset: str, trials: Sequence[Trial], seed: int, weights: str = "embedded", models: Sequence[str] = tuple(MODELS)
) -> pd.DataFrame:
    """Return the searches of `models`: the rows of searches.csv."""
    rows = []
    for label in models:
        name, settings = MODELS[label]
        if dataset in EXPERIMENTS and "sharpening" in model_settings(name):
            settings = {**settings, "sharpening": EXPERIMENTS[dataset].sharpening}
        walk = load_model(name, weights=weights, **settings).walk(trials, seed=seed)
        for path in tqdm(walk, f"{dataset}, {label}", len(trials), unit="display", disable=None):
            rows.append((dataset, label, path.trial, path.n_saccades, path.found is True))
    return pd.DataFrame(rows, columns=["dataset", "model", "trial", "n_saccades", "found"])


def curves_of(searches: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of curves.csv."""
    tables = []
    for (dataset, model), own in searches.groupby(["dataset", "model"], sort=False):
        longest = int(searches.loc[searches["dataset"] == dataset, "n_saccades"].max()) + 1
        curve = search_curve(_fixations(own)[None], longest)
        tables.append(curve.assign(dataset=dataset, model=model)[["dataset", "model", *curve.columns]])
    return pd.concat(tables, ignore_index=True)


def table_of(searches: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the shares found by some saccades and the saccades of searches that found the target, as texts."""
    rows = []
    for (dataset, model), own in searches.groupby(["dataset", "model"], sort=False):
        curve = curves[(curves["dataset"] == dataset) & (curves["model"] == model)]
        row = {"displays": f"{dataset}, n = {len(own)}", "model": model}
        for saccades in SHOWN:
            at = curve.iloc[min(saccades, len(curve) - 1)]  # row k is that of fixation k + 1
            row[f"within {saccades}"] = _cell(at["found"], at["low"], at["high"])
        needed = _fixations(own) - 1
        mean = crossed_mean(np.where(own["found"], needed, np.nan)[None])
        row |= {"found": number(own["found"].mean()), "saccades if found": _cell(mean.value, mean.low, mean.high)}
        rows.append(row)
    return pd.DataFrame(rows)


def _fixations(searches: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the number of the fixation on the target (n,), infinity where it was not found."""
    return np.where(searches["found"], searches["n_saccades"] + 1.0, np.inf)


def _cell(value: float, low: float, high: float) -> str:
    if np.isnan(low):
        return "" if np.isnan(value) else f"{value:.2f}"
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Search, and write tables and figure; return the exit status."""
    parser = argparse.ArgumentParser(prog="search_curves", description=(__doc__ or "").splitlines()[0])
    shown = parser.add_mutually_exclusive_group(required=True)
    shown.add_argument("--paradigms", nargs="+", help="some that `gazesim stimuli` lists")
    shown.add_argument("--sets", type=Path, help="folder of a stimulus set")
    parser.add_argument("--images", type=Path, help="folder of pictures, for object_array")
    parser.add_argument("--n", type=int, default=30, help="displays of a paradigm, at least; as many of each kind")
    parser.add_argument("--weights", default="embedded", help="of the models with a trunk [%(default)s]")
    parser.add_argument(
        "--models", nargs="+", default=list(MODELS), choices=list(MODELS), metavar="MODEL", help="else all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        displays = read_displays(options)
        out = writable_folder(options.out)
        how = options.seed, options.weights, options.models
        searches = pd.concat([search(name, trials, *how) for name, trials in displays.items()])
    except (FileNotFoundError, ValueError) as error:
        print(f"search_curves: {error}", file=sys.stderr)
        return 2
    curves = curves_of(searches)
    text = markdown(table_of(searches, curves))
    write_table(out / "searches.csv", searches)
    write_table(out / "curves.csv", curves)
    with atomic_path(out / "table.md") as partial:
        partial.write_text(text, encoding="utf-8")
    drawn = [model for model in options.models if model in DRAWN] or options.models
    save_figure(figure_curves(curves[curves["model"].isin(drawn)]), writable_folder(out / "figures") / "curves.png")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
