"""The mean and 95 % interval of the scores of several runs of `gazesim train`, which differ in their seed.

    gazesim train -m dataset=amazon_books seed=0,1,2,3,4 out=runs/seeds
    python -m experiments.object_scores runs/seeds/*

Prints a Markdown table. Intervals are Student's t over runs; each run has a split of its own, and its baselines are
fitted on that.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from gazesim.files import check_file

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


def summary(folders: Sequence[Path]) -> pd.DataFrame:
    """Return "mean ± half of the interval" of every score of every model over the runs in `folders`."""
    tables = []
    for folder in folders:
        check_file("scores", folder / "scores.csv")
        tables.append(pd.read_csv(folder / "scores.csv", index_col="model")[COLUMNS])
    values = np.stack([table.to_numpy() for table in tables])
    mean, half = values.mean(axis=0), half_interval(values)
    cells = np.vectorize(_cell, otypes=[str])(mean, half)
    return pd.DataFrame(cells, tables[0].index, COLUMNS)


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
        table = summary(parser.parse_args(arguments).folders)
    except (FileNotFoundError, ValueError, KeyError) as error:
        print(f"object_scores: {error}", file=sys.stderr)
        return 2
    print("| model | " + " | ".join(table.columns) + " |\n|" + "---|" * (len(table.columns) + 1))
    for model, row in table.iterrows():
        print(f"| {model} | " + " | ".join(row) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
