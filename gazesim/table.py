"""The one reader of tables: files, data frames and records, as columns of text and numbers, nothing lost or guessed."""

import codecs
import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_columns, check_option, tidy
from gazesim.files import check_file

TEXT = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXT, ".parquet", ".xlsx")
SEPARATORS = (",", "\t", ";", "|")
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
COMMA = re.compile(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*")  # a number with a decimal comma
THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2},\d{3}\s*")  # which could be a whole number too

Source = str | os.PathLike[str] | pd.DataFrame | Sequence[dict[str, Any]] | Any
"""What `read_table` takes."""


def read_table(
    source: Source,
    *,
    separator: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    floats: Iterable[str] = (),
) -> pd.DataFrame:
    """Return a table as it stands: cells of text files as text, others with their types, no row more or less.

    Parameters
    ----------
    source
        A CSV, TSV, TXT, Parquet or xlsx file, its suffix in any case; a data frame of pandas, polars or pyarrow; or a
        list of records, dicts with the same keys.
    separator : str, optional
        Between the cells of a text file; by default that of , tab ; | which the header has most of.
    encoding : str, optional
        Of a text file; by default UTF-8, or what its first bytes declare.
    sheet : str, optional
        Of an xlsx file that has several with something in them.
    floats
        Columns of text files that may come as numbers, NaN where a cell is empty, if nothing else is in them.

    Returns
    -------
    pandas.DataFrame
        Its index has the number of the row in the file, the header being row 1, or the frame's own labels. The names of
        its columns are text without blanks at the ends, no two alike.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no table, or a row has not as many cells as the header; one line that names the file and the row.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        suffix = path.suffix.lower()
        check_option(f"suffix of {str(path)!r}", suffix, SUFFIXES)
        check_file("table", path)
        if suffix in TEXT:
            return _text(path, separator, encoding, floats)
        return _parquet(path) if suffix == ".parquet" else _workbook(path, sheet)
    return _named(_frame(source), "table")


def read_rows(
    path: str | os.PathLike[str],
    columns: Iterable[str] = (),
    *,
    decimals: Iterable[str] = (),
    missing: Iterable[str] = (),
) -> dict[int, dict[str, str]]:
    """Return the rows of a file, keyed by their line in it; every cell is text, and empty where there is nothing.

    Parameters
    ----------
    path
        As `read_table` takes it.
    columns
        Those that it must have, others may follow in any order.
    decimals
        Columns of numbers, which may have a decimal comma where cells are not separated by commas.
    missing
        Cells that are as good as empty.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_table`; or if a column is missing.
    """
    check_file("table", path)
    table = read_table(path)
    check_columns(shown(path), table.columns, columns)
    lost = {tidy(code) for code in missing}
    commas = set(decimals) if table.attrs.get("separator", ",") != "," else set()
    cells: dict[str, list[str]] = {}
    for name in table.columns:
        texts = [_cell(value) for value in table[name].tolist()]
        if lost:
            texts = ["" if tidy(text) in lost else text for text in texts]
        if name in commas:
            texts = [text.replace(",", ".") if COMMA.fullmatch(text) else text for text in texts]
        cells[name] = texts
    rows = zip(*cells.values(), strict=True)
    return {int(line): dict(zip(cells, row, strict=True)) for line, row in zip(table.index, rows, strict=True)}


def shown(source: Source) -> str:
    """Return what messages call `source`."""
    return f"table {os.fspath(source)!r}" if isinstance(source, str | os.PathLike) else "table"


def ids(table: pd.DataFrame, name: str) -> NDArray[np.object_]:
    """Return a column as ids (n,): text, whole numbers as they are written; see `tidy`.

    Raises
    ------
    ValueError
        If one is missing.
    """
    column = table[name]
    codes, values = pd.factorize(column)
    texts = np.array([whole(value) for value in values.tolist()], object)
    empty = (codes < 0) | (texts == "")[codes] if len(texts) else codes < 0
    if empty.any():
        where = row(table, int(empty.argmax()))
        raise ValueError(f"{name} is missing in {empty.sum()} of {len(column)} rows, first in {where}")
    return texts[codes]


def numbers(
    table: pd.DataFrame, name: str, *, decimal: str | None = None, missing: Iterable[object] = ()
) -> NDArray[np.float64]:
    """Return a column as finite numbers (n,), NaN where it holds one of `missing`.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `read_table`.
    name : str
        Of the column.
    decimal : str, optional
        "." or ","; by default a comma is one where cells are not separated by commas.
    missing
        What stands for a missing value: text as it is written, numbers.

    Raises
    ------
    ValueError
        If something else is no finite number; the line names the first row.
    """
    check_option("decimal", decimal, (None, ".", ","))
    column = table[name]
    values = _parsed(column)
    unknown = np.isin(values, [code for code in map(_number, missing) if code is not None])
    if not (known := np.isfinite(values)).all():
        texts = column.astype(object).to_numpy()
        unknown |= np.isin(_cells(texts), [str(code) for code in missing]) & ~known
        if decimal == "," or (decimal is None and table.attrs.get("separator", ",") != ","):
            _read_commas(values, texts, known | unknown, decimal, name)
    faults = ~(np.isfinite(values) | unknown)
    if faults.any():
        first = int(faults.argmax())
        found = f"{name} is {str(column.iloc[first])!r} in {row(table, first)}, expected a finite number"
        more = f"; {faults.sum()} rows are not, missing: [...] declares a code" if faults.sum() > 1 else ""
        raise ValueError(found + more)
    values[unknown] = np.nan
    return values


def row(table: pd.DataFrame, position: int) -> str:
    """Return what messages call the row at `position`, from 0."""
    return f"row {table.index[position]}"


def _number(code: object) -> float | None:
    try:
        return float(code)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _cells(values: NDArray[np.object_]) -> NDArray[np.str_]:
    return np.array(["" if value is None or value != value else str(value).strip() for value in values])


def _parsed(column: "pd.Series[Any]") -> NDArray[np.float64]:
    if column.dtype == bool:
        return np.full(len(column), np.nan)
    return np.array(pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan))


def _read_commas(
    values: NDArray[np.float64], texts: NDArray[np.object_], known: NDArray[np.bool_], decimal: str | None, name: str
) -> None:
    """Fill in the numbers with a decimal comma."""
    cells = [(position, str(texts[position])) for position in np.flatnonzero(~known)]
    cells = [(position, cell) for position, cell in cells if COMMA.fullmatch(cell)]
    if decimal is None and cells and all(THOUSANDS.fullmatch(cell) for _, cell in cells):
        raise ValueError(f"{name} is {cells[0][1]!r}: decimal: ',' declares that the comma begins the decimals")
    for position, cell in cells:
        values[position] = float(cell.replace(",", "."))


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is pd.NA or value != value else whole(value)


def whole(value: object) -> str:
    """Return a cell as an id: whole numbers as they are written, text as `tidy`."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(value)


def _frame(source: Any) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source.copy(deep=False)
    if isinstance(source, list | tuple) and source and all(isinstance(record, dict) for record in source):
        for number, record in enumerate(source):
            if record.keys() != source[0].keys():
                odd = sorted(map(str, record.keys() ^ source[0].keys()))[0]
                raise ValueError(f"record {number} and record 0 differ: one of them has no field {odd!r}")
        return pd.DataFrame({key: [record[key] for record in source] for key in source[0]})
    names = getattr(source, "column_names", getattr(source, "columns", None))
    if names is None or not hasattr(source, "__getitem__"):
        expected = "a path, a data frame of pandas, polars or pyarrow, or a list of records"
        raise ValueError(f"table is {type(source).__name__}, expected {expected}")
    columns = [(str(name), source[name]) for name in names]
    lists = {name: (column.to_pylist if hasattr(column, "to_pylist") else column.to_list)() for name, column in columns}
    return pd.DataFrame({name: pd.Series(values) for name, values in lists.items()})


def _named(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return the frame with names of columns that are text, unlike each other; nameless empty columns are left out."""
    names = [tidy(name) for name in frame.columns]
    for name, times in Counter(names).items():
        if name and times > 1:
            raise ValueError(f"{what} has {times} columns {name!r}, expected one")
    frame.columns = pd.Index(names)
    if names and not names[-1] and len(frame) and (frame.iloc[:, -1].isna() | (frame.iloc[:, -1] == "")).all():
        attributes, frame = frame.attrs, frame.iloc[:, :-1]  # a separator at the end of every row
        frame.attrs = attributes
    return frame


def need_pyarrow(path: Path) -> None:
    """Raise ValueError unless Parquet can be read and written."""
    if find_spec("pyarrow") is None:
        raise ValueError(f"{str(path)!r} needs pyarrow: pip install 'gazesim[parquet]', or use the suffix .csv")


def _parquet(path: Path) -> pd.DataFrame:
    need_pyarrow(path)
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (OSError, ValueError) as error:
        raise ValueError(f"table {str(path)!r} cannot be read as Parquet, it is damaged or another format") from error
    return _named(frame.set_axis(pd.RangeIndex(2, len(frame) + 2)), shown(path))


def _workbook(path: Path, sheet: str | None) -> pd.DataFrame:
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False, na_values=[""])
    except ImportError as error:
        raise ValueError(f"{str(path)!r} needs openpyxl: pip install 'gazesim[data]'") from error
    except Exception as error:  # on damaged files the reader raises nearly anything
        raise ValueError(f"table {str(path)!r} cannot be read as xlsx, it is damaged or another format") from error
    filled = [name for name, cells in sheets.items() if len(cells)]
    if sheet is not None:
        check_option(f"sheet of {str(path)!r}", sheet, sheets)
    elif len(filled) != 1:
        raise ValueError(f"table {str(path)!r} has {len(filled)} sheets ({', '.join(map(repr, filled))}): give sheet")
    cells = sheets[sheet or filled[0]]
    names = ["" if name is None or name != name else str(name) for name in cells.iloc[0].tolist()]
    frame = cells.iloc[1:].set_axis(pd.Index(names), axis=1).set_axis(pd.RangeIndex(2, len(cells) + 1))
    return _named(frame[frame.notna().any(axis=1)], shown(path))


def _text(path: Path, separator: str | None, encoding: str | None, floats: Iterable[str]) -> pd.DataFrame:
    what = shown(path)
    text = _decoded(path.read_bytes(), what, encoding)
    header = next((line for line in text.split("\n", 1000) if line.strip()), "")
    if separator is None:
        separator = max(SEPARATORS, key=lambda each: (header.count(each), each == "\t" and path.suffix == ".tsv"))
    elif len(separator) != 1:
        raise ValueError(f"separator is {separator!r}, expected one character")
    quoted, lines = _rows(text, separator, what)
    rest, place = text, 0
    for _ in range(lines[0]):
        place = text.find("\n", place) + 1 or len(text)
    reader = csv.reader([text[:place].strip("\n")], delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoted else 3)
    names, data = next(reader), rest[place:].encode()
    del text, rest
    if not quoted and (b"\n\n" in data or data.startswith(b"\n")):
        data = b"".join(line + b"\n" for line in data.split(b"\n") if line)
    frame = _parse(data, names, {"sep": separator} | ({} if quoted else {"quoting": csv.QUOTE_NONE}), set(floats), what)
    if len(frame) != len(lines) - 1:
        raise ValueError(f"{what} cannot be read as CSV: {len(frame)} rows were found in {len(lines) - 1} lines")
    frame = frame.set_axis(pd.Index(names), axis=1).set_axis(pd.Index(lines[1:]))
    frame.attrs["separator"] = separator
    return _named(frame, what)


def _parse(data: bytes, names: list[str], options: dict[str, Any], floats: set[str], what: str) -> pd.DataFrame:
    """Return the rows as text; columns in `floats` as numbers if all of their cells are, which is faster."""
    if not data.strip(b"\n"):
        return pd.DataFrame({number: pd.Series([], dtype=str) for number in range(len(names))})
    numeric = [number for number, name in enumerate(names) if tidy(name) in floats]
    types: dict[int, type] = {number: float if number in numeric else str for number in range(len(names))}
    options |= {"header": None, "names": list(types), "index_col": False, "keep_default_na": False}
    options["na_values"] = {number: [""] for number in numeric}
    try:
        frame: pd.DataFrame = pd.read_csv(io.BytesIO(data), dtype=types, **options)
        return frame
    except ValueError as error:
        if numeric:
            return _parse(data, names, options, set(), what)
        raise ValueError(f"{what} cannot be read as CSV: {' '.join(str(error).split())}") from error


def _decoded(data: bytes, what: str, encoding: str | None) -> str:
    declared = encoding or next((name for mark, name in BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(declared)
    except LookupError as error:
        raise ValueError(f"encoding is {encoding!r}, which Python does not know; expected such as 'cp1252'") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "" if encoding else "; encoding: cp1252 or another declares it"
        raise ValueError(f"{what} cannot be read as CSV: row {line} is not {declared}{hint}") from error
    if "\0" in text:
        raise ValueError(f"{what} cannot be read as CSV: it holds null bytes, it is damaged or another format")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ValueError(f"{what} is empty")
    return text.removeprefix("\ufeff")


def _rows(text: str, separator: str, what: str) -> tuple[bool, NDArray[np.int64]]:
    """Return whether quotation marks enclose cells, and the line of each row, the header's first.

    Raises ValueError if a row has not as many cells as the header.
    """
    if '"' in text:
        lines: list[int] = []
        spans: list[int] = []
        fault = _count_quoted(text, separator, lines, spans)
        if fault is None:
            if spans:
                _check_spans(text, separator, f"{what} row {spans[0]}")
            return True, np.array(lines)
        try:
            return False, _count_plain(text, separator, what)
        except ValueError:
            raise ValueError(f"{what} {fault}") from None
    return False, _count_plain(text, separator, what)


def _count_plain(text: str, separator: str, what: str) -> NDArray[np.int64]:
    data = np.frombuffer(text.encode(), np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if not text.endswith("\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])
    filled = ends > starts
    if len(separator.encode()) > 1:
        raise ValueError(f"separator is {separator!r}, expected an ASCII character")
    cells = np.diff(np.searchsorted(np.flatnonzero(data == ord(separator)), ends), prepend=0)[filled] + 1
    lines = np.flatnonzero(filled) + 1
    wrong = cells != cells[0]
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"{what} row {lines[first]} has {cells[first]} values, expected {cells[0]} as in the header")
    return np.asarray(lines)


def _count_quoted(text: str, separator: str, lines: list[int], spans: list[int]) -> str | None:
    """Fill in the last line of each row, and of those that span several; return what is wrong with them, or None."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    expected, last = 0, 0
    try:
        for values in reader:
            if reader.line_num - last > 1:
                spans.append(reader.line_num)
            last = reader.line_num
            if values:
                expected = expected or len(values)
                if len(values) != expected:
                    return f"row {reader.line_num} has {len(values)} values, expected {expected} as in the header"
                lines.append(reader.line_num)
    except csv.Error as error:
        return f"cannot be read as CSV: row {reader.line_num}: {error}"
    return None


def _check_spans(text: str, separator: str, place: str) -> None:
    """Raise ValueError if what may be a cell over several lines may be as many rows, each with a quotation mark."""
    counts = {line.count(separator) for line in text.split("\n") if line}
    if len(counts) == 1 and counts != {0}:
        found = "may be a cell over several lines, or several rows with quotation marks in their words"
        raise ValueError(f"{place} {found}, expected no line breaks in cells")
