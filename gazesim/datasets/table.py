"""A table of your own, one row a fixation, as a data set."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_columns, check_option, unknown
from gazesim.datasets.dataset import Contents, DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.stimulus import Stimulus, picture_size
from gazesim.files import check_file, read_csv
from gazesim.scanpath import from_columns
from gazesim.trial_table import TARGET_BOX, read_objects

REQUIRED = ("trial", "observer", "x", "y")
TIMES = {"onset_ms": 1.0, "onset_s": 1000.0, "duration_ms": 1.0, "duration_s": 1000.0}
FIELDS = (*REQUIRED, "index", *TIMES)
SUFFIXES = {".csv": ",", ".tsv": "\t", ".parquet": ""}


def load_table(
    table: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    trials: str | os.PathLike[str] | None = None,
    width: int | None = None,
    height: int | None = None,
    px_per_degree: float | None = None,
    task: str = "free_viewing",
    name: str = "table",
    stated: Mapping[str, int] | None = None,
) -> DataSet:
    """Return a table with one row a fixation as a data set; a million rows take seconds.

    Parameters
    ----------
    table
        A CSV, TSV or Parquet file, or a data frame. Rows of a scanpath stand in the order of time, or have an index.
    columns : dict, optional
        Which column of the table is which: of trial, observer, x, y, and where there are any index, onset_ms or
        onset_s, duration_ms or duration_s. Left out, the columns are called so. Positions are px of the
        display, x right, y down, (0, 0) is the centre of the top left pixel.
    trials : path, optional
        A trials.csv (`gazesim.read_trials`) with the pictures, targets and objects; only the size of the pictures is
        read.
    width, height : int, optional
        Of all displays, px, instead of `trials`.
    px_per_degree : float, optional
        Pixels that one degree of visual angle covers, unless `trials` has it.
    task : str
        "free_viewing" or "search".
    name : str
        For messages.
    stated : dict, optional
        Counts that the table must have, such as {"observers": 20}: fields of `gazesim.datasets.Fingerprint`.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If columns are missing or swapped, times are in seconds, the origin is another one, rows are there twice,
        trials or observers missing; one line that names the column and the first row.
    """
    shown = "table" if isinstance(table, pd.DataFrame) else f"table {os.fspath(table)!r}"
    columns = _column_map(columns, table)
    try:
        values = _columns(table if isinstance(table, pd.DataFrame) else _read(Path(table), columns), columns)
        scanpaths = from_columns(**values)
        stimuli = _stimuli(values["trial"], trials, width, height, px_per_degree)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}" if shown not in str(error) else str(error)) from error
    definition = Definition(
        name=name,
        title="a table of your own",
        task=task,
        licence="yours",
        citation="",
        homepage="",
        reader=lambda folder: Contents(stimuli, scanpaths),
        needs=(),
        geometry=Geometry(px_per_degree, "as given"),
        units="px and ms",
        verified="the checks of every data set",
        stated=stated or {},
    )
    return definition.load(Path() if isinstance(table, pd.DataFrame) else Path(table))


def _column_map(columns: Mapping[str, str] | None, table: object) -> dict[str, str]:
    if columns is None:
        return {}
    for field in columns:
        if field not in FIELDS:
            raise ValueError(unknown("field of columns", field, FIELDS))
    for field in REQUIRED:
        if field not in columns:
            raise ValueError(f"columns lacks {field!r}, expected the name of its column")
    return dict(columns)


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    check_option(f"suffix of {str(path)!r}", path.suffix, SUFFIXES)
    check_file("table", path)
    texts = [columns.get(field, field) for field in ("trial", "observer")]
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(
            path,
            sep=SUFFIXES[path.suffix],
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
        )
    except ImportError as error:
        raise ValueError(f"table {str(path)!r} needs pyarrow: pip install 'gazesim[parquet]'") from error
    except (OSError, ValueError) as error:
        kind = {".parquet": "Parquet"}.get(path.suffix, "CSV")
        raise ValueError(f"table {str(path)!r} cannot be read as {kind}: {' '.join(str(error).split())}") from error


def _columns(table: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of `from_columns`."""
    # times that nobody recorded are empty columns in the tables that gazesim writes
    known = [field for field in FIELDS if field in table.columns and not (field in TIMES and table[field].isna().all())]
    columns = columns or {field: field for field in dict.fromkeys((*REQUIRED, *known))}
    check_columns("it", table.columns, columns.values())
    for what in ("onset", "duration"):
        if {f"{what}_ms", f"{what}_s"} <= set(columns):
            raise ValueError(f"columns has {what}_ms and {what}_s, expected one of them")
    if not len(table):
        raise ValueError("it has no rows")
    values = {field: _texts(table[columns[field]], columns[field]) for field in ("trial", "observer")}
    numbers = {field: _numbers(table[name], name) for field, name in columns.items() if field not in values}
    _check_duplicates(table, columns)
    if "index" in numbers:
        order = np.argsort(numbers["index"], kind="stable")
        values = {field: texts[order] for field, texts in values.items()}
        numbers = {field: column[order] for field, column in numbers.items()}
    times = {field.rpartition("_")[0] + "_ms": numbers[field] * TIMES[field] for field in TIMES if field in numbers}
    return {**values, "xy": np.column_stack([numbers["x"], numbers["y"]]), **times}


def _texts(column: "pd.Series[Any]", name: str) -> NDArray[np.object_]:
    missing = (column.isna() | (column == "")).to_numpy()
    if missing.any():
        raise ValueError(
            f"{name} is missing in {missing.sum()} of {len(column)} rows, first in {_row(missing.argmax())}"
        )
    if not pd.api.types.is_string_dtype(column):
        column = column.astype(str)
    return column.to_numpy(object)


def _numbers(column: "pd.Series[Any]", name: str) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if not (finite := np.isfinite(numbers)).all():
        first = int(finite.argmin())
        raise ValueError(f"{name} is {str(column.iloc[first])!r} in {_row(first)}, expected a finite number")
    return numbers


def _check_duplicates(table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Raise ValueError if a fixation is there twice, by its index or onset, else by all that is known of it."""
    order = next((field for field in ("index", "onset_ms", "onset_s") if field in columns), None)
    key = ["trial", "observer", order] if order else list(columns)
    repeated = table.duplicated([columns[field] for field in key]).to_numpy()
    if repeated.any():
        same = ", ".join(columns[field] for field in key)
        raise ValueError(
            f"{repeated.sum()} rows repeat the {same} of an earlier row, the first is {_row(repeated.argmax())}"
        )


def _row(position: int | np.integer) -> str:
    return f"row {int(position) + 2}"  # as a spreadsheet counts, below the header


def _stimuli(
    names: NDArray[np.object_],
    trials: str | os.PathLike[str] | None,
    width: int | None,
    height: int | None,
    px_per_degree: float | None,
) -> list[Stimulus]:
    ids = [str(name) for name in pd.unique(names)]
    if trials is None:
        if width is None or height is None:
            raise ValueError("the size of the displays is not known, expected width and height, or trials")
        return [Stimulus(id=name, width=width, height=height, px_per_degree=px_per_degree) for name in ids]
    known = {stimulus.id: stimulus for stimulus in _trial_list(Path(trials), px_per_degree)}
    if absent := [name for name in ids if name not in known]:
        raise ValueError(f"{len(absent)} trials are not in {os.fspath(trials)!r}, the first is {absent[0]!r}")
    return list(known.values())


def _trial_list(path: Path, px_per_degree: float | None) -> list[Stimulus]:
    path = path / "trials.csv" if path.is_dir() else path
    stimuli = []
    for number, (line, row) in enumerate(read_csv(path, ("image",)).items()):
        image, boxed = path.parent / row["image"], any(row.get(name) for name in TARGET_BOX)
        width, height = picture_size(image)
        try:
            degree = float(row["px_per_degree"]) if row.get("px_per_degree") else px_per_degree
            box = np.array([[float(row[name]) for name in TARGET_BOX]]) if boxed else None
        except (ValueError, KeyError) as error:
            raise ValueError(f"table {str(path)!r} row {line}: a number is missing or none: {error}") from error
        stimuli.append(
            Stimulus(
                id=row.get("id") or str(number),
                width=width,
                height=height,
                px_per_degree=degree,
                image=image,
                target_image=path.parent / row["target"] if row.get("target") else None,
                target_boxes=box,
                present=True if boxed else None,
                objects=np.array(read_objects(path.parent / row["objects"])) if row.get("objects") else None,
                target=row.get("target_text") or None,
            )
        )
    return stimuli
