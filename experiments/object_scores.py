"""The mean and 95 % interval of the scores of several runs of `gazesim train`, which differ in their seed.

    gazesim train -m dataset=amazon_books seed=0,1,2,3,4 out=runs/seeds
    python experiments/object_scores.py runs/seeds/*

Prints two Markdown tables: the scores, and by how much delta and nll of `oat` differ from those of each baseline in the
same run. Intervals are Student's t over runs; each run has a split of its own, and its baselines are fitted on that.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from gazesim.files import check_file
from gazesim.training.baselines import BASELINES

COLUMNS = [
    "sequence_score",
    "edit_distance",
    "scanmatch",
    "multimatch",
    "correct",
    "length",
    "search",
    "refixation",
    "revisit",
]
COLUMNS += ["delta", "nll"]


def read_scores(folders: Sequence[Path]) -> list[pd.DataFrame]:
    """Return the scores of each run, a row a model."""
    for folder in folders:
        check_file("scores", folder / "scores.csv")
    return [pd.read_csv(folder / "scores.csv", index_col="model")[COLUMNS] for folder in folders]


def summary(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return "mean ± half of the interval" of every number over `tables` of the same rows and columns."""
    values = np.stack([table.to_numpy() for table in tables])
    cells = np.vectorize(_cell, otypes=[str])(values.mean(axis=0), half_interval(values))
    return pd.DataFrame(cells, tables[0].index, tables[0].columns)


def differences(tables: Sequence[pd.DataFrame], model: str = "oat") -> list[pd.DataFrame]:
    """Return by how much delta and nll of `model` differ from those of each baseline, for each run."""
    others = [name for name in tables[0].index if name in BASELINES]
    return [table.loc[model, ["delta", "nll"]] - table.loc[others, ["delta", "nll"]] for table in tables]


def _cell(mean: float, half: float) -> str:
    if np.isnan(mean):
        return ""
    return f"{mean:.3f}" if np.isnan(half) else f"{mean:.3f} ± {half:.3f}"


def half_interval(values: np.ndarray) -> np.ndarray:
    """Return half of the 95 % interval of the mean over the first axis of `values` (n, ...); NaN for one run."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(t.ppf(0.975, n - 1) * values.std(axis=0, ddof=1) / n**0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="object_scores", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="folders of runs of gazesim train")
    try:
        tables = read_scores(parser.parse_args(arguments).folders)
        shown = [summary(tables), summary(differences(tables))]
    except (FileNotFoundError, ValueError, KeyError) as error:
        print(f"object_scores: {error}", file=sys.stderr)
        return 2
    for table, title in zip(shown, ("model", "oat less"), strict=True):
        print(f"| {title} | " + " | ".join(table.columns) + " |\n|" + "---|" * (len(table.columns) + 1))
        for model, row in table.iterrows():
            print(f"| {model} | " + " | ".join(row) + " |")
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
