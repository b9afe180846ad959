"""Reading tables and writing files so that nothing is ever half-written."""

import csv
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gazesim.checks import check_columns


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`, with its suffix, that replaces `path` at the end.

    If the block raises, the temporary file is deleted and whatever was at `path` stays as it was.
    """
    path = Path(path)
    partial = path.with_name(f".partial-{secrets.token_hex(8)}{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def writable_folder(path: str | os.PathLike[str]) -> Path:
    """Make the folder `path`, its parents too, and return it.

    Raises
    ------
    ValueError
        If it cannot be made, or no file can be written into it.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file is in the way" if blocked else error.strerror
        raise ValueError(f"output folder {str(folder)!r} cannot be written: {reason}") from error


def check_file(name: str, path: str | os.PathLike[str]) -> None:
    """Raise FileNotFoundError or ValueError unless `path` is a file that holds something.

    `name` says in the message what the file is: ``image 'photo.jpg' does not exist``.
    """
    shown = f"{name} {os.fspath(path)!r}"
    if not os.path.exists(path):
        raise FileNotFoundError(f"{shown} does not exist")
    if not os.path.isfile(path):
        raise ValueError(f"{shown} is {'a folder' if os.path.isdir(path) else 'a device'}, expected a file")
    if os.path.getsize(path) == 0:
        raise ValueError(f"{shown} is empty")


def read_csv(path: str | os.PathLike[str], columns: Iterable[str]) -> dict[int, dict[str, str]]:
    """Return the rows of a CSV file with a header, keyed by their line in the file; every value is text.

    Parameters
    ----------
    path
        A UTF-8 file; blank lines are skipped.
    columns
        The columns that it must have, others may follow in any order.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is empty or no CSV, a column is missing or duplicated, or a row has not a value for each.
    """
    check_file("table", path)
    shown = f"table {os.fspath(path)!r}"
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            lines = {line: values for values, line in ((row, reader.line_num) for row in reader) if values}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{shown} cannot be read as CSV: {error}") from error
    check_columns(shown, header, {**dict.fromkeys(columns), **dict.fromkeys(header)})
    for line, values in lines.items():
        if len(values) != len(header):
            raise ValueError(f"{shown} row {line} has {len(values)} values, expected {len(header)}")
    return {line: dict(zip(header, values, strict=True)) for line, values in lines.items()}
