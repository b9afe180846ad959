"""Time and memory that each reader of scanpaths takes, from the file or frame to checked scanpaths.

    python benchmarks/own_table.py [--rows 1000000] [--length 10] [--repeats 3]

The rows are random fixations of 20 people; --length is how many make a scanpath. The files lie in a temporary folder.
Each reader runs in a process of its own; memory is the largest that it had (Linux), the program itself included.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import gazesim
from gazesim.datasets import load_table

PEOPLE, WIDTH, HEIGHT = 20, 1600, 1000
READERS = {
    "read_scanpaths": gazesim.read_scanpaths,
    "load_table": lambda source: load_table(source, width=WIDTH, height=HEIGHT).scanpaths,
    "load_table of a frame": lambda source: load_table(source, width=WIDTH, height=HEIGHT).scanpaths,
}


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


def measure(reader: str, path: Path) -> str:
    """Return how many scanpaths a reader found in a file, seconds, seconds of processor time, and peak memory."""
    source = pd.read_csv(path) if reader.endswith("frame") else path
    wall, processor = time.perf_counter(), time.process_time()
    found = len(READERS[reader](source))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), float("nan"))
    return f"{found} {wall} {processor} {peak}"


def main() -> None:
    """Print the median seconds and the memory of each reader for CSV, and of those that read files for Parquet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--length", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(measure(options.read[0], Path(options.read[1])))
        return
    table = fixations(options.rows, options.length)
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "table.csv", index=False)
        table.to_parquet(Path(folder) / "table.parquet", index=False)
        for path in sorted(Path(folder).iterdir()):
            for reader in READERS if path.suffix == ".csv" else tuple(READERS)[:2]:
                line = [sys.executable, __file__, "--read", reader, str(path)]
                each = [subprocess.run(line, check=True, stdout=subprocess.PIPE) for _ in range(options.repeats)]
                numbers = zip(*(map(float, done.stdout.split()) for done in each), strict=True)
                found, wall, processor, peak = map(median, numbers)
                print(
                    f"{path.suffix:8} {options.rows} rows, {found:.0f} scanpaths, {reader}: {wall:.2f} s, "
                    f"{processor:.2f} s of processor time, {peak:.0f} MB"
                )


if __name__ == "__main__":
    main()
