"""Where one observer looked in one trial, and the tables that hold many such scanpaths."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, check_columns, check_id, check_option, check_positive, check_shape
from gazesim.files import atomic_path, check_file, read_csv, writable_folder


@dataclass(frozen=True, eq=False, repr=False)
class Scanpath:
    """The fixations of one observer, a person or a model run, in one trial; the first is the initial one.

    Checked on construction; its arrays are read-only copies.

    Parameters
    ----------
    xy : float64 (n, 2)
        n >= 1 positions (x, y): px of the original display, x right, y down, integers are pixel centres.
    found : bool, optional
        Whether the search ended on the target; None where that is not known or there is no target.
    trial, observer : str, optional
        What tables call them.
    onset_ms, duration_ms : float64 (n,), optional
        When each fixation began, never decreasing, and how long it took, never negative.

    Raises
    ------
    ValueError
        If an argument is not as described; one line that names it.
    """

    xy: NDArray[np.float64]
    found: bool | None = None
    trial: str | None = None
    observer: str | None = None
    onset_ms: NDArray[np.float64] | None = None
    duration_ms: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "xy", as_floats("xy", self.xy, ("n", 2)))
        if not len(self.xy):
            raise ValueError("xy is empty, expected at least the initial fixation")
        if not isinstance(self.found, bool | np.bool_ | None):
            raise ValueError(f"found is {self.found!r}, expected True, False or None")
        object.__setattr__(self, "found", None if self.found is None else bool(self.found))
        check_id("trial", self.trial)
        check_id("observer", self.observer)
        for name in ("onset_ms", "duration_ms"):
            if (times := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_floats(name, times, (len(self),)))
        if self.onset_ms is not None and (np.diff(self.onset_ms) < 0).any():
            raise ValueError("onset_ms decreases, expected the fixations in the order of time")
        if self.duration_ms is not None and self.duration_ms.min() < 0:
            raise ValueError(f"duration_ms holds {self.duration_ms.min()}, expected no negative duration")

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def n_saccades(self) -> int:
        """One less than there are fixations."""
        return len(self) - 1

    def amplitudes_deg(self, px_per_degree: float) -> NDArray[np.float64]:
        """Return the lengths (n - 1,) of the saccades in degrees of visual angle.

        >>> Scanpath(np.array([[0.0, 0.0], [30.0, 40.0]])).amplitudes_deg(px_per_degree=25)
        array([2.])
        """
        check_positive("px_per_degree", px_per_degree)
        dx, dy = np.diff(self.xy, axis=0).T
        lengths: NDArray[np.float64] = np.hypot(dx, dy) / px_per_degree
        return lengths

    def __repr__(self) -> str:
        named = ("trial", "observer", "found")
        parts = [f"{name}={value!r}" for name in named if (value := getattr(self, name)) is not None]
        return f"Scanpath({', '.join([f'{len(self)} fixations', *parts])})"


def to_table(scanpaths: Iterable[Scanpath]) -> pd.DataFrame:
    """Return one row a fixation, with the columns of `COLUMNS`; what is None is missing (<NA>, NaN).

    Raises
    ------
    ValueError
        If two scanpaths have the same trial and observer: a table could not tell them apart.
    """
    scanpaths = list(scanpaths)
    seen = set()
    for path in scanpaths:
        if (path.trial, path.observer) in seen:
            raise ValueError(f"two scanpaths have {_pair(path.trial, path.observer)}, expected one of each")
        seen.add((path.trial, path.observer))
    rows = [row for path in scanpaths for row in _rows(path)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({name: column.dtype for name, column in COLUMNS.items()})


def _rows(path: Scanpath) -> Iterable[tuple[object, ...]]:
    unknown = [None] * len(path)
    onsets = unknown if path.onset_ms is None else path.onset_ms.tolist()
    durations = unknown if path.duration_ms is None else path.duration_ms.tolist()
    for index, ((x, y), onset, duration) in enumerate(zip(path.xy.tolist(), onsets, durations, strict=True)):
        yield path.trial, path.observer, index, x, y, onset, duration, path.found


def from_table(table: pd.DataFrame) -> list[Scanpath]:
    """Return the scanpaths of a table with one row a fixation, in the order of their first rows.

    Rows with the same trial and observer are one scanpath; their `index` counts from 0. Missing values and
    empty text stand for None. Columns that are not in `COLUMNS` are ignored.

    Raises
    ------
    ValueError
        If a column is missing, or a row does not fit; the line names the row by its label and the column.
    """
    check_columns("table", table.columns, COLUMNS)
    columns = [_parsed(table, name) for name in COLUMNS]
    groups: dict[tuple[str | None, str | None], list[tuple[Any, ...]]] = {}
    for row in zip(table.index, *columns, strict=True):
        groups.setdefault((row[1], row[2]), []).append(row)
    return [_scanpath(rows) for rows in groups.values()]


def _parsed(table: pd.DataFrame, name: str) -> list[Any]:
    column = COLUMNS[name]
    values: list[Any] = []
    for row, value, missing in zip(table.index, table[name].tolist(), table[name].isna(), strict=True):
        if column.optional and (missing or value == ""):
            values.append(None)
            continue
        try:
            values.append(column.parse(value))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise ValueError(f"row {row}: {name} is {value!r}, expected {column.expected}") from error
    return values


def _scanpath(rows: list[tuple[Any, ...]]) -> Scanpath:
    labels, trials, observers, indices, x, y, onset_ms, duration_ms, found = zip(*rows, strict=True)
    for expected, (row, index) in enumerate(zip(labels, indices, strict=True)):
        if index != expected:
            raise ValueError(f"row {row}: index is {index}, expected {expected} ({_pair(trials[0], observers[0])})")
    for name, values in (("onset_ms", onset_ms), ("duration_ms", duration_ms), ("found", found)):
        for row, value in zip(labels, values, strict=True):
            if (value is None) != (values[0] is None) or (name == "found" and value != values[0]):
                raise ValueError(f"row {row}: {name} is {value}, but {values[0]} in row {labels[0]} of this scanpath")
    try:
        return Scanpath(
            np.column_stack([x, y]),
            found=found[0],
            trial=trials[0],
            observer=observers[0],
            onset_ms=None if onset_ms[0] is None else np.array(onset_ms),
            duration_ms=None if duration_ms[0] is None else np.array(duration_ms),
        )
    except ValueError as error:
        raise ValueError(f"{_pair(trials[0], observers[0])}: {error}") from error


def from_columns(
    trial: ArrayLike,
    observer: ArrayLike,
    xy: ArrayLike,
    *,
    onset_ms: ArrayLike | None = None,
    duration_ms: ArrayLike | None = None,
) -> list[Scanpath]:
    """Return the scanpaths of columns with one row a fixation, in the order of their first rows; millions are fine.

    Rows with the same trial and observer are one scanpath, in the order in which they stand.

    Parameters
    ----------
    trial, observer : text (n,)
    xy : (n, 2)
        Positions (x, y): px of the original display, x right, y down, integers are pixel centres.
    onset_ms, duration_ms : (n,), optional

    Raises
    ------
    ValueError
        If a column is not as described, or its rows make no `Scanpath`.
    """
    xy = as_floats("xy", xy, ("n", 2))
    trials, trial_names = _codes("trial", trial, len(xy))
    observers, observer_names = _codes("observer", observer, len(xy))
    pairs, firsts = pd.factorize(trials * len(observer_names) + observers)
    order = np.argsort(pairs, kind="stable")
    starts = np.searchsorted(pairs[order], np.arange(len(firsts) + 1))
    names = [(trial_names[code // len(observer_names)], observer_names[code % len(observer_names)]) for code in firsts]
    columns: dict[str, NDArray[Any]] = {"xy": xy}
    for name, values in (("onset_ms", onset_ms), ("duration_ms", duration_ms)):
        if values is not None:
            columns[name] = as_floats(name, values, (len(xy),))
    columns = {name: values[order] for name, values in columns.items()}
    _check_columns(columns, pairs[order], names)
    for values in columns.values():
        values.flags.writeable = False
    return [
        _from_checked(columns, slice(start, stop), *names[number])
        for number, (start, stop) in enumerate(pairwise(starts.tolist()))
    ]


def _codes(name: str, values: ArrayLike, rows: int) -> tuple[NDArray[np.int64], list[str]]:
    codes, texts = pd.factorize(np.asarray(values, dtype=object))
    check_shape(name, codes, (rows,))
    if (codes < 0).any():
        raise ValueError(f"{name} is missing in {(codes < 0).sum()} of {rows} rows, the first is row {codes.argmin()}")
    for text in texts:
        check_id(name, text)
    return codes.astype(np.int64), list(texts)


def _check_columns(columns: dict[str, NDArray[Any]], pairs: NDArray[Any], names: list[tuple[str, str]]) -> None:
    """Raise what `Scanpath` would, for all of them at once; the rows of a pair are adjacent."""
    same = pairs[1:] == pairs[:-1]
    faults: dict[str, NDArray[np.bool_]] = {}
    if "onset_ms" in columns:
        falling = same & (np.diff(columns["onset_ms"]) < 0)
        faults["onset_ms decreases, expected the fixations in the order of time"] = falling
    if "duration_ms" in columns:
        faults["duration_ms is negative"] = columns["duration_ms"] < 0
    for message, rows in faults.items():
        if rows.any():
            raise ValueError(f"{_pair(*names[pairs[rows.argmax()]])}: {message}")


def _from_checked(columns: dict[str, NDArray[Any]], rows: slice, trial: str, observer: str) -> Scanpath:
    """Make a scanpath of read-only arrays that were checked all together, which is ten times as fast."""
    path = object.__new__(Scanpath)
    times = {name: columns[name][rows] if name in columns else None for name in ("onset_ms", "duration_ms")}
    path.__dict__.update(xy=columns["xy"][rows], found=None, trial=trial, observer=observer, **times)
    return path


def write_scanpaths(path: str | os.PathLike[str], scanpaths: Iterable[Scanpath]) -> None:
    """Write scanpaths as a table: CSV or Parquet, as the suffix of `path` says; folders are made as needed.

    `read_scanpaths` gives back exactly the same values; the same scanpaths give the same bytes.

    Raises
    ------
    ValueError
        If the suffix is neither, the folder cannot be written, pyarrow is missing, or ids are not unique.
    """
    path = Path(path)
    check_option(f"suffix of {str(path)!r}", path.suffix, SUFFIXES)
    table = to_table(scanpaths)
    writable_folder(path.parent)
    with atomic_path(path) as partial:
        if path.suffix == ".csv":
            table.to_csv(partial, index=False, lineterminator="\n")
        else:
            _need_pyarrow(path)
            table.to_parquet(partial, engine="pyarrow", index=False)


def read_scanpaths(path: str | os.PathLike[str]) -> list[Scanpath]:
    """Return the scanpaths of a CSV or Parquet file; see `from_table`. Rows of a CSV are named by their line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not such a table; the line names the file, and where it can the row and column.
    """
    path = Path(path)
    check_option(f"suffix of {str(path)!r}", path.suffix, SUFFIXES)
    if path.suffix == ".csv":
        rows = read_csv(path, COLUMNS)
        table = pd.DataFrame(list(rows.values()), index=list(rows), columns=list(COLUMNS), dtype=object)
    else:
        table = _read_parquet(path)
    try:
        return from_table(table)
    except ValueError as error:
        raise ValueError(f"table {str(path)!r}: {error}") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    check_file("table", path)
    _need_pyarrow(path)
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except (OSError, ValueError) as error:
        raise ValueError(f"table {str(path)!r} cannot be read as Parquet, it is damaged or another format") from error


def _need_pyarrow(path: Path) -> None:
    if find_spec("pyarrow") is None:
        raise ValueError(f"{str(path)!r} needs pyarrow: pip install 'gazesim[parquet]', or use the suffix .csv")


def _pair(trial: str | None, observer: str | None) -> str:
    return f"trial {trial!r}, observer {observer!r}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _whole(value: Any) -> int:
    number = int(value)
    if not isinstance(value, str) and number != value:
        raise ValueError
    return number


def _finite(value: Any) -> float:
    if not np.isfinite(number := float(value)):
        raise ValueError
    return number


def _flag(value: object) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


class _Column(NamedTuple):
    dtype: str
    parse: Callable[[Any], object]
    expected: str
    optional: bool = True


SUFFIXES = (".csv", ".parquet")
COLUMNS = {
    "trial": _Column("string", _text, "text"),
    "observer": _Column("string", _text, "text"),
    "index": _Column("int64", _whole, "a whole number", optional=False),
    "x": _Column("float64", _finite, "a finite number", optional=False),
    "y": _Column("float64", _finite, "a finite number", optional=False),
    "onset_ms": _Column("float64", _finite, "a finite number, or nothing"),
    "duration_ms": _Column("float64", _finite, "a finite number, or nothing"),
    "found": _Column("boolean", _flag, "True, False or nothing"),
}
