"""The tables of a run as people read them: rounded, aligned, and cut where they are very long."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazesim.table import read_rows

SHOWN_ROWS = 200
DIGITS = 4
MINUS = "\N{MINUS SIGN}"
NAMES = ("trial", "observer", "model", "id")  # columns of names, even where all of them are digits


@dataclass(frozen=True)
class Cell:
    """A value as it is shown, and as it stands in the file."""

    shown: str
    exact: str


@dataclass(frozen=True)
class Table:
    """A CSV file of the run.

    numeric : for each column, whether all its values are numbers
    rows    : the first `SHOWN_ROWS`
    n_rows  : how many the file has
    """

    name: str
    header: list[str]
    numeric: list[bool]
    rows: list[list[Cell]]
    n_rows: int


def read_table(path: Path) -> Table:
    """Read a CSV file.

    Raises
    ------
    ValueError
        If it is damaged; see `gazesim.table.read_table`.
    """
    lines = list(read_rows(path).values())
    return table_of(path.name, list(lines[0]) if lines else _header(path), lines)


def table_of(name: str, header: list[str], lines: Sequence[Mapping[str, str]], most: int = SHOWN_ROWS) -> Table:
    """Return rows of text, keyed by column, as a table that shows the first `most`."""
    first = lines[:most]
    columns = [[line[column] for line in first] for column in header]
    numeric = [title not in NAMES and _is_numeric(column) for title, column in zip(header, columns, strict=True)]
    shown = [shown_column(column) if number else column for column, number in zip(columns, numeric, strict=True)]
    rows = [
        [Cell(cell, value) for cell, value in zip(cells, values, strict=True)]
        for cells, values in zip(zip(*shown, strict=True), zip(*columns, strict=True), strict=True)
    ]
    return Table(name, header, numeric, rows, len(lines))


def shown_column(values: Sequence[str]) -> list[str]:
    """Return numbers as they are shown: with as many decimals as four digits of the largest leave.

    Whole numbers stay as they are; a number that would be shown as 0 without being 0 gets an exponent.

    >>> shown_column(["1", "0.123456", "0.00001", "", "-0.5"])
    ['1.000', '0.123', '1.0e−05', '', '−0.500']
    >>> shown_column(["12", "-3"])
    ['12', '−3']
    >>> shown_column(["2899.861", "41.2"])
    ['2900', '41']
    """
    if all(_is_whole(value) for value in values):
        return [value.replace("-", MINUS) for value in values]
    numbers = [float(value) for value in values if value]
    largest = max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)
    before_point = len(str(int(largest)))
    decimals = max(0, DIGITS - before_point)
    return [_rounded(value, decimals).replace("-", MINUS) for value in values]


def _rounded(value: str, decimals: int) -> str:
    if not value or not math.isfinite(float(value)):
        return value
    number = float(value)
    rounded = f"{number:z.{decimals}f}"
    return f"{number:.1e}" if number and not float(rounded) else rounded


def _is_numeric(values: Sequence[str]) -> bool:
    """Whether all values are numbers or nothing."""
    try:
        return all(not value or float(value) is not None for value in values)
    except ValueError:
        return False


def _is_whole(value: str) -> bool:
    return value.removeprefix("-").isdigit() or not value


def _header(path: Path) -> list[str]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        return next(csv.reader(file))
