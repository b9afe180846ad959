"""Where one observer looked in one trial, and the tables that hold many such scanpaths."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, as_id, check_columns, check_id, check_option, check_positive, check_shape
from gazesim.files import atomic_path, writable_folder
from gazesim.html import facts_html, path_svg, side_by_side
from gazesim.table import need_pyarrow, read_table, shown, whole


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
        What tables call them; blanks at the ends are left out, letters are in Unicode's composed form.
    onset_ms, duration_ms : float64 (n,), optional
        When each fixation began, never decreasing, and how long it took, never negative.
    session : str, optional
        Which of several sessions or runs in which the observer saw the trial.
    answer : {"present", "absent"}, optional
        What the observer said of the target; None where no answer was given, or it is not known.

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
    session: str | None = None
    answer: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "xy", as_floats("xy", self.xy, ("n", 2)))
        if not len(self.xy):
            raise ValueError("xy is empty, expected at least the initial fixation")
        if not isinstance(self.found, bool | np.bool_ | None):
            raise ValueError(f"found is {self.found!r}, expected True, False or None")
        object.__setattr__(self, "found", None if self.found is None else bool(self.found))
        for name in IDS:
            object.__setattr__(self, name, as_id(name, getattr(self, name)))
        check_option("answer", self.answer, (*ANSWERS, None))
        for name in ("onset_ms", "duration_ms"):
            if (times := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_floats(name, times, (len(self),)))
        if self.onset_ms is not None and (self.onset_ms[1:] < self.onset_ms[:-1]).any():
            raise ValueError("onset_ms decreases, expected the fixations in the order of time")
        if self.duration_ms is not None and self.duration_ms.min() < 0:
            raise ValueError(f"duration_ms holds {self.duration_ms.min()}, expected no negative duration")

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def key(self) -> tuple[str | None, str | None, str | None]:
        """Trial, observer and session, which tell the scanpaths of a table apart."""
        return self.trial, self.observer, self.session

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
        named = ("trial", "observer", "session", *OUTCOMES)
        parts = [f"{name}={value!r}" for name in named if (value := getattr(self, name)) is not None]
        return f"Scanpath({', '.join([f'{len(self)} fixations', *parts])})"

    def _repr_html_(self) -> str:
        facts = {name: getattr(self, name) for name in ("trial", "observer", "session", "found")}
        if self.duration_ms is not None:
            facts["mean duration"] = f"{self.duration_ms.mean():.0f} ms"
        return side_by_side([path_svg(self.xy), facts_html("Scanpath", {"fixations": len(self), **facts})])


def to_table(scanpaths: Iterable[Scanpath]) -> pd.DataFrame:
    """Return one row a fixation, with the columns of `COLUMNS`; what is None is missing (<NA>, NaN).

    The columns session and answer are there only if one of them has a session, or an answer.

    Raises
    ------
    ValueError
        If two scanpaths have the same trial, observer and session: a table could not tell them apart.
    """
    scanpaths = list(scanpaths)
    seen = set()
    for path in scanpaths:
        if path.key in seen:
            raise ValueError(f"two scanpaths have {_key(*path.key)}, expected one of each")
        seen.add(path.key)
    lengths = [len(path) for path in scanpaths]
    xy = np.concatenate([np.empty((0, 2)), *(path.xy for path in scanpaths)])
    columns: dict[str, Any] = {
        name: np.repeat(np.array([getattr(path, name) for path in scanpaths], object), lengths)
        for name in (*IDS, *OUTCOMES)
    }
    columns["index"] = np.concatenate([np.empty(0, np.int64), *(np.arange(length) for length in lengths)])
    columns["x"], columns["y"] = xy.T
    for name in TIMES:
        times = [getattr(path, name) for path in scanpaths]
        unknown = [np.full(length, np.nan) for length in lengths]
        columns[name] = np.concatenate(
            [np.empty(0), *(b if a is None else a for a, b in zip(times, unknown, strict=True))]
        )
    rare = [name for name in ("session", "answer") if all(getattr(path, name) is None for path in scanpaths)]
    kept = [name for name in COLUMNS if name not in rare]
    return pd.DataFrame({name: pd.Series(columns[name], dtype=COLUMNS[name].dtype) for name in kept})


def from_table(table: Any) -> list[Scanpath]:
    """Return the scanpaths of a table with one row a fixation, in the order of their first rows.

    Rows with the same trial, observer and session are one scanpath, in the order in which they stand; their `index`,
    where there is one, counts from 0. Of `COLUMNS`, trial, x and y are needed. Missing values and empty text stand for
    None. Other columns are ignored.

    Parameters
    ----------
    table
        A data frame of pandas, polars or pyarrow, or a list of records; see `gazesim.table.read_table`.

    Raises
    ------
    ValueError
        If a column is missing, or a row does not fit; the line names the row by its label and the column.
    """
    table = read_table(table)
    check_columns("table", table.columns, REQUIRED)
    columns = {name: _parsed(table, name) for name in COLUMNS if name in table.columns}
    return _grouped(table, columns)


def _parsed(table: pd.DataFrame, name: str) -> NDArray[Any]:
    """Return numbers, NaN where there is none, or ids and flags, None where there is none."""
    column, values = COLUMNS[name], table[name]
    missing = (values.isna() | (values == "")).to_numpy(bool)
    parsed = column.parse(values)
    faults = pd.isna(parsed) & ~(missing & column.optional)
    if faults.any():
        first = int(faults.argmax())
        found = "''" if missing[first] else repr(values.tolist()[first])
        raise ValueError(f"row {table.index[first]}: {name} is {found}, expected {column.expected}")
    return parsed


def _grouped(table: pd.DataFrame, columns: dict[str, NDArray[Any]]) -> list[Scanpath]:
    pairs, keys = _keys(columns, len(table))
    order = np.argsort(pairs, kind="stable")
    starts = np.searchsorted(pairs[order], np.arange(len(keys) + 1))
    labels = table.index.to_numpy()[order]
    held = {name: values[order] for name, values in columns.items() if name not in IDS}
    firsts = np.repeat(starts[:-1], np.diff(starts))  # of each row, the first row of its scanpath
    if "index" in held:
        expected = np.arange(len(firsts)) - firsts
        if (faults := held["index"] != expected).any():
            row = int(faults.argmax())
            found = f"index is {held['index'][row]:g}, expected {expected[row]}"
            raise ValueError(f"row {labels[row]}: {found} ({_key(*keys[pairs[order][row]])})")
    for name in (*TIMES, *OUTCOMES):
        if name in held:
            _check_alike(name, held[name], firsts, labels)
    xy = np.column_stack([held["x"], held["y"]])
    known = {"xy": xy, **{name: held[name] for name in TIMES if name in held}}
    for values in known.values():
        values.flags.writeable = False
    outcomes = {name: held[name] for name in OUTCOMES if name in held}
    return [
        _checked(known, slice(start, stop), key, {name: values[start] for name, values in outcomes.items()})
        for key, (start, stop) in zip(keys, pairwise(starts.tolist()), strict=True)
    ]


def _keys(columns: dict[str, NDArray[Any]], rows: int) -> tuple[NDArray[Any], list[tuple[str | None, ...]]]:
    """Return the number of the scanpath of each row, and trial, observer and session of each scanpath."""
    codes, names = np.zeros(rows, np.int64), []
    for name in IDS:
        each, texts = pd.factorize(columns.get(name, np.full(rows, None, object)), use_na_sentinel=False)
        codes = codes * max(len(texts), 1) + each
        names.append([None if text is None or text != text else text for text in texts.tolist()])
    pairs, firsts = pd.factorize(codes)
    keys = []
    for code in firsts.tolist():
        key: list[str | None] = []
        for texts in reversed(names):
            code, place = divmod(code, max(len(texts), 1))
            key.append(texts[place])
        keys.append(tuple(reversed(key)))
    return pairs, keys


def _check_alike(name: str, values: NDArray[Any], firsts: NDArray[Any], labels: NDArray[Any]) -> None:
    """Raise ValueError unless the rows of each scanpath all have a value or all have none, of outcomes the same."""
    first, absent = values[firsts], pd.isna(values)
    faults = absent != absent[firsts]
    if name in OUTCOMES:
        faults |= ~absent & (values != first)
    if faults.any():
        row = int(faults.argmax())
        value, other = (None if pd.isna(each) else each for each in (values[row], first[row]))
        raise ValueError(
            f"row {labels[row]}: {name} is {value}, but {other} in row {labels[firsts[row]]} of this scanpath"
        )


def _checked(
    columns: dict[str, NDArray[Any]], rows: slice, key: tuple[str | None, ...], outcomes: dict[str, Any]
) -> Scanpath:
    times: dict[str, NDArray[np.float64] | None] = {}
    for name in TIMES:
        values = columns[name][rows] if name in columns else None
        times[name] = None if values is None or np.isnan(values[0]) else values
        if (held := times[name]) is not None and name == "duration_ms" and held.min() < 0:
            raise ValueError(f"{_key(*key)}: duration_ms holds {held.min()}, expected no negative duration")
        if held is not None and name == "onset_ms" and (held[1:] < held[:-1]).any():
            raise ValueError(f"{_key(*key)}: onset_ms decreases, expected the fixations in the order of time")
    return _of_parts(columns["xy"][rows], key, outcomes, times)


def _of_parts(
    xy: NDArray[np.float64], key: tuple[str | None, ...], outcomes: dict[str, Any], times: dict[str, Any]
) -> Scanpath:
    """Make a scanpath of read-only arrays that were checked all together, which is ten times as fast."""
    path = object.__new__(Scanpath)
    known = {**dict.fromkeys(OUTCOMES), **outcomes, **dict(zip(IDS, key, strict=True)), **times}
    path.__dict__.update(xy=xy, **known)
    return path


def from_columns(
    trial: ArrayLike,
    observer: ArrayLike,
    xy: ArrayLike,
    *,
    onset_ms: ArrayLike | None = None,
    duration_ms: ArrayLike | None = None,
    session: ArrayLike | None = None,
) -> list[Scanpath]:
    """Return the scanpaths of columns with one row a fixation, in the order of their first rows; millions are fine.

    Rows with the same trial, observer and session are one scanpath, in the order in which they stand.

    Parameters
    ----------
    trial, observer : text (n,)
    xy : (n, 2)
        Positions (x, y): px of the original display, x right, y down, integers are pixel centres.
    onset_ms, duration_ms : (n,), optional
    session : text (n,), optional

    Raises
    ------
    ValueError
        If a column is not as described, or its rows make no `Scanpath`.
    """
    xy = as_floats("xy", xy, ("n", 2))
    named = {"trial": trial, "observer": observer} | ({} if session is None else {"session": session})
    pairs, keys = _keys({name: _ids(name, values, len(xy)) for name, values in named.items()}, len(xy))
    order = np.argsort(pairs, kind="stable")
    starts = np.searchsorted(pairs[order], np.arange(len(keys) + 1))
    columns: dict[str, NDArray[Any]] = {"xy": xy}
    for name, values in (("onset_ms", onset_ms), ("duration_ms", duration_ms)):
        if values is not None:
            columns[name] = as_floats(name, values, (len(xy),))
    columns = {name: values[order] for name, values in columns.items()}
    _check_columns(columns, pairs[order], keys)
    for values in columns.values():
        values.flags.writeable = False
    paths = []
    for key, (start, stop) in zip(keys, pairwise(starts.tolist()), strict=True):
        times = {name: columns[name][start:stop] if name in columns else None for name in TIMES}
        paths.append(_of_parts(columns["xy"][start:stop], key, {}, times))
    return paths


def _ids(name: str, values: ArrayLike, rows: int) -> NDArray[np.object_]:
    codes, texts = pd.factorize(np.asarray(values, dtype=object))
    check_shape(name, codes, (rows,))
    if (codes < 0).any():
        raise ValueError(f"{name} is missing in {(codes < 0).sum()} of {rows} rows, the first is row {codes.argmin()}")
    return np.array([as_id(name, text) for text in texts], object)[codes]


def _check_columns(columns: dict[str, NDArray[Any]], pairs: NDArray[Any], keys: list[tuple[str | None, ...]]) -> None:
    """Raise what `Scanpath` would, for all of them at once; the rows of a pair are adjacent."""
    same = pairs[1:] == pairs[:-1]
    faults: dict[str, NDArray[np.bool_]] = {}
    if "onset_ms" in columns:
        falling = same & (columns["onset_ms"][1:] < columns["onset_ms"][:-1])
        faults["onset_ms decreases, expected the fixations in the order of time"] = falling
    if "duration_ms" in columns:
        faults["duration_ms is negative"] = columns["duration_ms"] < 0
    for message, rows in faults.items():
        if rows.any():
            raise ValueError(f"{_key(*keys[pairs[rows.argmax()]])}: {message}")


def write_scanpaths(path: str | os.PathLike[str], scanpaths: Iterable[Scanpath]) -> None:
    """Write scanpaths as a table: CSV or Parquet, as the suffix of `path` says; folders are made as needed.

    `read_scanpaths` gives back exactly the same values; the same scanpaths give the same bytes.

    Raises
    ------
    ValueError
        If the suffix is neither, the folder cannot be written, pyarrow is missing, or ids are not unique.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    check_option(f"suffix of {str(path)!r}", suffix, SUFFIXES)
    table = to_table(scanpaths)
    writable_folder(path.parent)
    with atomic_path(path) as partial:
        if suffix == ".csv":
            table.to_csv(partial, index=False, lineterminator="\n")
        else:
            need_pyarrow(path)
            table.to_parquet(partial, engine="pyarrow", index=False)


def read_scanpaths(path: str | os.PathLike[str]) -> list[Scanpath]:
    """Return the scanpaths of a CSV, TSV, Parquet or xlsx file; see `from_table`. Rows are named by their line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not such a table; the line names the file, and where it can the row and column.
    """
    table = read_table(path, floats=("index", "x", "y", *TIMES))
    try:
        return from_table(table)
    except ValueError as error:
        fault = str(error)
        whose = "" if fault.startswith("table ") else ":"
        raise ValueError(f"{shown(path)}{whose} {fault.removeprefix('table ')}") from error


def _key(trial: str | None, observer: str | None, session: str | None = None) -> str:
    return f"trial {trial!r}, observer {observer!r}" + ("" if session is None else f", session {session!r}")


def _texts(values: "pd.Series[Any]") -> NDArray[np.object_]:
    codes, texts = pd.factorize(values)
    found = [whole(text) or None for text in texts.tolist()]
    for text in found:
        check_id(str(values.name), text)
    return np.array([*found, None], object)[codes]


def _numbers(values: "pd.Series[Any]") -> NDArray[np.float64]:
    numbers = np.array(pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan))
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _wholes(values: "pd.Series[Any]") -> NDArray[np.float64]:
    numbers = _numbers(values)
    numbers[numbers != np.floor(numbers)] = np.nan
    return numbers


def _flags(values: "pd.Series[Any]") -> NDArray[np.object_]:
    codes, texts = pd.factorize(values)
    known = {"true": True, "false": False}
    return np.array([*(known.get(str(text).lower()) for text in texts.tolist()), None], object)[codes]


def _answers(values: "pd.Series[Any]") -> NDArray[np.object_]:
    codes, texts = pd.factorize(values)
    found = [text if (text := str(each).lower()) in ANSWERS else None for each in texts.tolist()]
    return np.array([*found, None], object)[codes]


class _Column(NamedTuple):
    dtype: str
    parse: "Callable[[pd.Series[Any]], NDArray[Any]]"
    expected: str
    optional: bool = True


SUFFIXES = (".csv", ".parquet")
REQUIRED = ("trial", "x", "y")
IDS = ("trial", "observer", "session")
TIMES = ("onset_ms", "duration_ms")
OUTCOMES = ("found", "answer")  # of a scanpath, the same in all of its rows
ANSWERS = ("present", "absent")
COLUMNS = {
    "trial": _Column("string", _texts, "text"),
    "observer": _Column("string", _texts, "text"),
    "session": _Column("string", _texts, "text"),
    "index": _Column("int64", _wholes, "a whole number", optional=False),
    "x": _Column("float64", _numbers, "a finite number", optional=False),
    "y": _Column("float64", _numbers, "a finite number", optional=False),
    "onset_ms": _Column("float64", _numbers, "a finite number, or nothing"),
    "duration_ms": _Column("float64", _numbers, "a finite number, or nothing"),
    "found": _Column("boolean", _flags, "True, False or nothing"),
    "answer": _Column("string", _answers, "present, absent or nothing"),
}
