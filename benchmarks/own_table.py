"""Time to load a table of one's own, from the file to the checked data set.

    python benchmarks/own_table.py [--rows 1000000] [--length 10] [--repeats 3]

The rows are random fixations of 20 people; --length is how many make a scanpath. The files lie in a temporary folder.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from gazesim.datasets import load_table

PEOPLE, WIDTH, HEIGHT = 20, 1600, 1000


def fixations(rows: int, length: int) -> pd.DataFrame:
    """Return a table with columns trial, observer, x, y, duration_ms."""
    random, trials = np.random.default_rng(0), rows // (length * PEOPLE) + 1
    table = {
        "trial": np.repeat([f"trial {number}" for number in range(trials)], length * PEOPLE)[:rows],
        "observer": np.tile(np.repeat([f"person {number}" for number in range(PEOPLE)], length), trials)[:rows],
        "x": random.uniform(0, WIDTH - 1, rows).round(1),
        "y": random.uniform(0, HEIGHT - 1, rows).round(1),
        "duration_ms": random.integers(100, 400, rows).astype(float),
    }
    return pd.DataFrame(table)


def main() -> None:
    """Print the median time for CSV and Parquet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--length", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    table = fixations(options.rows, options.length)
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "table.csv", index=False)
        table.to_parquet(Path(folder) / "table.parquet", index=False)
        for path in sorted(Path(folder).iterdir()):
            times = []
            for _ in range(options.repeats):
                start = time.perf_counter()
                data = load_table(path, width=WIDTH, height=HEIGHT)
                times.append(time.perf_counter() - start)
            print(f"{path.suffix:8} {options.rows} rows, {len(data.scanpaths)} scanpaths: {median(times):.2f} s")


if __name__ == "__main__":
    main()
