"""Pairs of scanpaths per second, beside other programs, on people's scanpaths.

    pip install multimatch-gaze rapidfuzz
    OMP_NUM_THREADS=1 python benchmarks/metrics.py DATA [--threads 2] [--slow-pairs 2000]

DATA holds osie/ (fixations of 15 people on 700 photographs, Xu et al. 2014). The pairs are all 73,500 of two people on
one photograph. multimatch-gaze and ScanMatch as plain loops get the first of them in a random order, one core; their
values must be ours. rapidfuzz is C++ and gets all, as strings that were made before. A program that is not installed
is left out. CPU s is the time of all threads.
"""

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from gazesim.metrics import multimatch, paired, scanmatch, string_edit_distance

SIZE = (800, 600)
FAST = {
    "MultiMatch": partial(multimatch, size=SIZE),
    "ScanMatch": partial(scanmatch, size=SIZE),
    "ScanMatch, temporal bins of 50 ms": partial(scanmatch, size=SIZE, temporal_bin_ms=50),
    "string edit distance": partial(string_edit_distance, size=SIZE),
}


def read_osie(folder: Path) -> list[list[np.ndarray]]:
    """Return the scanpaths (x, y, ms) of 15 people on each photograph."""
    cells = loadmat(folder / "fixations.mat")["fixations"][:, 0]
    people = [[person[0, 0] for person in cell[0, 0]["subjects"][:, 0]] for cell in cells]
    keys = ("fix_x", "fix_y", "fix_duration")
    return [[np.stack([person[key][0].astype(float) for key in keys], 1) for person in each] for each in people]


def multimatch_gaze(a: np.ndarray, b: np.ndarray) -> list[float]:
    from multimatch_gaze import docomparison

    first, second = (np.rec.fromarrays(path.T, names="start_x,start_y,duration") for path in (a, b))
    return docomparison(first, second, list(SIZE))


def plain_scanmatch(a: np.ndarray, b: np.ndarray) -> float:
    """Return ScanMatch with 12 x 8 bins, threshold 3.5, gap 0 as it is usually written."""
    first, second = ([_cell(x, y) for x, y, _ in path.tolist()] for path in (a, b))
    table = [[0.0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, (column, row) in enumerate(first, 1):
        for j, (other_column, other_row) in enumerate(second, 1):
            near = 3.5 - ((column - other_column) ** 2 + (row - other_row) ** 2) ** 0.5
            table[i][j] = max(table[i - 1][j - 1] + near, table[i - 1][j], table[i][j - 1])
    return table[-1][-1] / (3.5 * max(len(first), len(second)))


def _cell(x: float, y: float) -> tuple[int, int]:
    whole = [int(value + 0.5) for value in (x, y)]
    column, row = (size - 1 if n > size else max(n, 1) for n, size in zip(whole, SIZE, strict=True))
    return (column - 1) * 12 // SIZE[0], (row - 1) * 8 // SIZE[1]


def plain_string(path: np.ndarray) -> str:
    return "".join(chr(65 + min(int(x // 160), 4) + 5 * min(int(y // 120), 4)) for x, y, _ in path.tolist())


def timed(run: Callable[[], object]) -> tuple[object, float, float]:
    """Return what `run` gives, the seconds and the CPU seconds of all threads it took."""
    start, cpu = time.perf_counter(), time.process_time()
    value = run()
    return value, time.perf_counter() - start, time.process_time() - cpu


def row(name: str, program: str, pairs: int, seconds: float, cpu: float) -> float:
    print(f"| {name} | {program} | {pairs} | {seconds:.2f} | {cpu:.2f} | {pairs / seconds:,.0f} |", flush=True)
    return pairs / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--slow-pairs", type=int, default=2000)
    arguments = parser.parse_args()
    photographs = read_osie(arguments.data / "osie")
    couples = [couple for people in photographs for couple in combinations(people, 2)]
    order = np.random.default_rng(0).permutation(len(couples))
    a, b = ([couples[i][side] for i in order] for side in (0, 1))
    paired(FAST["ScanMatch"], a[:99], b[:99])  # imports and warms up

    print("| measure | program | pairs | s | CPU s | pairs per s |\n|---|---|---|---|---|---|")
    found, rates = {}, {}
    for name, metric in FAST.items():
        found[name], *times = timed(lambda metric=metric: paired(metric, a, b, threads=arguments.threads))
        rates[name] = row(name, f"gazesim, {arguments.threads} threads", len(a), *times)

    if find_spec("rapidfuzz"):
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import cpdist

        strings = [list(map(plain_string, side)) for side in (a, b)]
        distances, *times = timed(lambda: cpdist(*strings, scorer=Levenshtein.distance, workers=arguments.threads))
        row("string edit distance", f"rapidfuzz, {arguments.threads} threads", len(a), *times)
        np.testing.assert_array_equal(distances, found["string edit distance"])

    few = slice(arguments.slow_pairs)
    slow_ones = [("ScanMatch", "plain Python", plain_scanmatch)]
    if find_spec("multimatch_gaze"):
        slow_ones.insert(0, ("MultiMatch", "multimatch-gaze", multimatch_gaze))
    for name, program, slow in slow_ones:
        values, *times = timed(lambda slow=slow: list(map(slow, a[few], b[few])))
        rate = row(name, program, len(a[few]), *times)
        np.testing.assert_allclose(np.array(values, float), found[name][few], atol=1e-9)
        print(f"| {name} | ratio | | | | {rates[name] / rate:,.0f} |")
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, numpy {np.__version__}")


if __name__ == "__main__":
    main()
