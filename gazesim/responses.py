"""What people answered in the trials of an experiment, and how fast: the table of responses, one row a response.

Its columns are `COLUMNS`; trial, observer and rt_ms are needed, what is not known is missing:

    trial      text   the display; the same id for all who saw the same display
    observer   text   the person
    session    text   which of several sessions of the observer
    index      int    place of the trial in the session, from 0
    condition  text   what tables call the condition
    set_size   int    how many items the display has
    present    bool   whether the target is in the display
    response   text   the answer, such as "present"; missing where none was given
    correct    bool   whether it was right; missing where there is no right and wrong
    rt_ms      float  from the onset of the display to the answer; missing where none was given
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gazesim.checks import check_columns, check_id, check_option
from gazesim.files import atomic_path, writable_folder
from gazesim.table import need_pyarrow, read_table, row, shown, whole

COLUMNS = {
    "trial": "string",
    "observer": "string",
    "session": "string",
    "index": "Int64",
    "condition": "string",
    "set_size": "Int64",
    "present": "boolean",
    "response": "string",
    "correct": "boolean",
    "rt_ms": "float64",
}
REQUIRED = ("trial", "observer", "rt_ms")
KEY = ["observer", "session", "trial"]
FLAGS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
SUFFIXES = (".csv", ".parquet")


def as_responses(table: Any) -> pd.DataFrame:
    """Return a table of responses with exactly the columns of `COLUMNS`, checked; its rows stay in their order.

    Parameters
    ----------
    table
        What `gazesim.table.read_table` takes. Of `COLUMNS`, those of `REQUIRED` are needed; others are ignored.

    Raises
    ------
    ValueError
        If a column is missing, a cell does not fit, or an observer has two responses to a trial in one session; the
        line names the row and the column.

    Examples
    --------
    >>> given = {"trial": ["a", "b"], "observer": [1, 1], "correct": [True, False], "rt_ms": [512.5, 430.0]}
    >>> as_responses(pd.DataFrame(given))[["trial", "observer", "set_size", "correct", "rt_ms"]]
      trial observer  set_size  correct  rt_ms
    0     a        1      <NA>     True  512.5
    1     b        1      <NA>    False  430.0
    """
    source = read_table(table)
    check_columns("table", source.columns, REQUIRED)
    if not len(source):
        raise ValueError("table has no rows, expected at least one response")
    columns = {name: _parsed(source, name) for name in COLUMNS}
    responses = pd.DataFrame(columns, index=source.index)
    _refuse(responses["rt_ms"] < 0, source, "rt_ms", "a time of at least 0 ms")
    _refuse(responses["set_size"] < 1, source, "set_size", "a whole number of at least 1")
    again = responses.duplicated(KEY).to_numpy()
    if again.any():
        first = responses[again].iloc[0]
        found = f"observer {first['observer']!r} answers trial {first['trial']!r} a second time"
        raise ValueError(f"{row(source, int(again.argmax()))}: {found}; session tells several sessions apart")
    return responses


def read_responses(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the responses of a CSV, TSV, Parquet or xlsx file; see `as_responses`. Rows are named by their line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not such a table; the line names the file, the row and the column.
    """
    table = read_table(path)
    try:
        return as_responses(table)
    except ValueError as error:
        raise ValueError(f"{shown(path)}: {str(error).removeprefix('table ')}") from error


def write_responses(path: str | os.PathLike[str], responses: pd.DataFrame) -> None:
    """Write responses as a table: CSV or Parquet, as the suffix of `path` says; folders are made as needed.

    `read_responses` gives back the same values; the same responses give the same bytes. Columns in which all is missing
    are left out.

    Raises
    ------
    ValueError
        If the suffix is neither, the folder cannot be written, pyarrow is missing, or the table is none of responses.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    check_option(f"suffix of {str(path)!r}", suffix, SUFFIXES)
    table = as_responses(responses)
    table = table[[name for name in COLUMNS if name in REQUIRED or table[name].notna().any()]]
    writable_folder(path.parent)
    with atomic_path(path) as partial:
        if suffix == ".csv":
            table.to_csv(partial, index=False, lineterminator="\n")
        else:
            need_pyarrow(path)
            table.to_parquet(partial, engine="pyarrow", index=False)


def _parsed(table: pd.DataFrame, name: str) -> Any:
    kind: Any = COLUMNS[name]
    if name not in table.columns:
        return pd.Series(pd.NA if kind != "float64" else np.nan, index=table.index, dtype=kind)
    cells = table[name].astype(object)
    empty = (cells.isna() | (cells == "")).to_numpy(bool)
    if name in ("trial", "observer"):
        _refuse(pd.Series(empty), table, name, "text")
    cells = cells.where(~empty, None)
    if kind == "string":
        texts = cells.map(lambda value: None if value is None else whole(value))
        for text in texts.dropna().unique():
            check_id(name, text)
        return pd.Series(texts, dtype=kind)
    if kind == "boolean":
        flags = cells.map(lambda value: None if value is None else FLAGS.get(str(value).strip().lower()))
        _refuse(pd.Series(flags.isna().to_numpy() & ~empty), table, name, "true or false, 1 or 0, or nothing")
        return pd.Series(flags, dtype=kind)
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wanted = np.isfinite(numbers) & ((kind == "float64") | (numbers == np.floor(numbers)))
    expected = "a finite number, or nothing" if kind == "float64" else "a whole number, or nothing"
    _refuse(pd.Series(~wanted & ~empty), table, name, expected)
    return pd.Series(numbers, index=table.index).astype(kind)


def _refuse(faults: "pd.Series[Any]", table: pd.DataFrame, name: str, expected: str) -> None:
    wrong = faults.fillna(False).to_numpy(bool)
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"{row(table, first)}: {name} is {str(table[name].iloc[first])!r}, expected {expected}")
