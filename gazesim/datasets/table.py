"""A table of your own, one row a fixation, as a data set."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_columns, check_option, tidy, unknown
from gazesim.datasets.dataset import Contents, DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.detecting import detect as find_fixations
from gazesim.datasets.eyelink import read_any
from gazesim.datasets.geometry import Coordinates, coordinates
from gazesim.datasets.plausibility import check_covered
from gazesim.scanpath import from_columns
from gazesim.table import ids, numbers, row, shown, whole
from gazesim.trial import Trial
from gazesim.trial_table import read_trials

REQUIRED = ("trial", "observer", "x", "y")
UNITS_OF_TIME = {"ms": 1.0, "s": 1e3, "us": 1e-3, "ns": 1e-6}
TIMES = {f"{what}_{unit}": ms for what in ("onset", "duration") for unit, ms in UNITS_OF_TIME.items()}
FIELDS = (*REQUIRED, "index", "eye", *TIMES)
EYES = ("left", "right")
ROWS = ("fixation", "sample")
SESSIONS = ("session", "ses", "run", "block", "visit", "repetition", "presentation")  # names that suggest one


def load_table(
    table: Any,
    *,
    columns: Mapping[str, str] | None = None,
    trials: str | os.PathLike[str] | None = None,
    width: int | None = None,
    height: int | None = None,
    px_per_degree: float | None = None,
    task: str = "free_viewing",
    name: str = "table",
    stated: Mapping[str, int] | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    missing: Iterable[object] = (),
    where: Mapping[str, Any] | None = None,
    eye: str | None = None,
    every_row: str = "fixation",
    detect: Mapping[str, Any] | None = None,
    trial: str | None = None,
    observer: str | None = None,
    session: str | None = None,
    run: str | None = None,
    unit: str = "px",
    origin: str = "top_left",
    y: str | None = None,
    picture: Mapping[str, float] | None = None,
    screen: Mapping[str, float] | None = None,
    px_per_cm: float | None = None,
    accept: Iterable[str] = (),
) -> DataSet:
    """Return a table with one row a fixation as a data set; a million rows take seconds.

    Parameters
    ----------
    table
        What `gazesim.table.read_table` takes: a CSV, TSV, TXT, Parquet or xlsx file, a data frame, a list of records;
        or a pattern such as data/*.csv: files that have no column of observers are called after them. Rows of a
        scanpath stand in the order of time, or have an index.
    columns : dict, optional
        Which column of the table is which: of trial, observer, x, y, and where there are any index, eye, onset_ms and
        duration_ms (or _s, _us, _ns). Left out, the columns are called so.
    trials : path, optional
        A trials.csv (`gazesim.read_trials`) with the pictures, targets and objects; pictures are read when they are
        looked at, and a row without one has a width and a height. In free viewing there are no targets, but for their
        words.
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
    separator, decimal, encoding, sheet : str, optional
        How the file is written, where that is not recognised; see `gazesim.table`.
    missing
        What stands for a lost position: text as it is written, numbers. These rows are left out.
    where : dict, optional
        Only rows whose cell in a column is this value, or one of a list of values.
    eye : str, optional
        "left" or "right": only rows of which the column eye says so (L, R, left, RIGHT, ...).
    every_row : str
        "fixation"; or "sample", where the tracker wrote the number of its fixation (index), its position and duration
        into the row of each sample: of every fixation the last row counts, and the onset of the first. Without an
        index, pymovements finds the fixations.
    detect : dict, optional
        How: method, "ivt" or "idt", and its settings; see `gazesim.datasets.detecting.detect`.
    trial, observer : str, optional
        What all rows are of, where no column says it.
    session, run : str, optional
        The columns that tell several scanpaths of an observer in a trial apart.
    unit, origin, y, picture, screen, px_per_cm
        Where positions are measured from and in what; see `gazesim.datasets.geometry.Coordinates`. By default px of the
        display, x right, y down, (0, 0) is the centre of the top left pixel.
    accept
        What looks implausible and is so: names of `gazesim.datasets.plausibility.CHECKS`.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If columns are missing or swapped, times are in seconds, the origin is another one, rows are duplicated,
        trials or observers missing, or anything looks implausible; one line that names the column and the first row.
    """
    what, accept, missing = shown(table), tuple(accept), list(missing)
    check_option("eye", eye, (None, *EYES))
    check_option("every_row", every_row, ROWS)
    constant = {field: text for field, text in (("trial", trial), ("observer", observer)) if text is not None}
    columns = _column_map(columns, constant)
    declared = {"unit": unit, "origin": origin, "y": y, "picture": picture, "screen": screen, "px_per_cm": px_per_cm}
    place = coordinates(declared)
    numeric = [columns.get(field, field) for field in FIELDS if field not in ("trial", "observer", "eye")]
    form = {"separator": separator, "encoding": encoding, "sheet": sheet, "floats": numeric}
    try:
        frame = _chosen(_read(table, columns, form, constant), columns, where, eye)
        numbered = "index" in (columns or frame.columns)
        sessions = [each for each in (session, run) if each]
        frame = _fixations(frame, columns, sessions) if every_row == "sample" and numbered else frame
        values, lost = _columns(frame, columns, decimal, missing, sessions)
        codes = [code for code in missing if isinstance(code, str)]
        known = _trials(values["trial"], trials, width, height, px_per_degree, task, codes)
        if trials is not None and "ids" not in accept:
            check_covered([str(each.id) for each in known], pd.unique(values["trial"]).tolist(), repr(str(trials)))
        values["xy"] = _px(values, known, place)
        if every_row == "sample" and not numbered:
            values = find_fixations(values, _degrees(values, known), detect)
        scanpaths = from_columns(**values)
    except ValueError as error:
        raise ValueError(f"{what}: {error}" if what not in str(error) else str(error)) from error
    definition = Definition(
        name=name,
        title="a table of your own",
        task=task,
        licence="yours",
        citation="",
        homepage="",
        reader=lambda folder: Contents(known, scanpaths),
        needs=(),
        geometry=Geometry(px_per_degree, "as given"),
        units=_understood(place, columns, lost),
        verified="the checks of every data set",
        stated=stated or {},
        accept=accept,
    )
    return definition.load(Path(table) if isinstance(table, str | os.PathLike) else Path())


def _understood(place: Coordinates, columns: Mapping[str, str], lost: int) -> str:
    grows = "up" if place.up else "down"
    named = ", ".join(f"{field} from {column!r}" for field, column in columns.items())
    parts = [f"positions in {place.unit} from {place.origin}, y {grows}", named, f"{lost} rows lost" if lost else ""]
    return "; ".join(part for part in parts if part)


def _column_map(columns: Mapping[str, str] | None, constant: Mapping[str, str]) -> dict[str, str]:
    if columns is None:
        return {}
    for field in columns:
        if field not in FIELDS:
            raise ValueError(unknown("field of columns", field, FIELDS))
    columns = {**columns, **{field: field for field in constant}}
    for field in REQUIRED:
        if field not in columns:
            raise ValueError(f"columns lacks {field!r}, expected the name of its column")
    return {field: tidy(column) for field, column in columns.items()}


def _read(table: Any, columns: Mapping[str, str], form: dict[str, Any], constant: Mapping[str, str]) -> pd.DataFrame:
    if not isinstance(table, str | os.PathLike) or "*" not in os.fspath(table) or Path(table).exists():
        return read_any(table, **form).assign(**constant)
    pattern = Path(table)
    paths = sorted(pattern.parent.glob(pattern.name))
    if not paths:
        raise FileNotFoundError(f"{shown(table)} does not exist: no file has such a name")
    frames: list[pd.DataFrame] = []
    for path in paths:
        frame = read_any(path, **form).assign(**constant)
        observer = columns.get("observer", "observer")
        if observer not in frame.columns:
            frame[observer] = path.stem
        if frames and list(frames[0].columns) != list(frame.columns):
            raise ValueError(f"{str(path)!r} has other columns than {str(paths[0])!r}")
        frames.append(frame)
    joined = pd.concat(frames)
    joined.attrs = frames[0].attrs
    return joined


def _chosen(
    table: pd.DataFrame, columns: Mapping[str, str], where: Mapping[str, Any] | None, eye: str | None
) -> pd.DataFrame:
    """Return the rows that the description asks for."""
    if not len(table):
        raise ValueError("it has no rows")
    kept = np.ones(len(table), bool)
    for column, wanted in (where or {}).items():
        check_columns("it", table.columns, [column])
        values = {whole(value) for value in (wanted if isinstance(wanted, list | tuple) else [wanted])}
        cells = table[column].map(whole)
        kept &= cells.isin(values).to_numpy()
        if not kept.any():
            some = ", ".join(map(repr, cells.unique()[:6]))
            raise ValueError(f"where: no row has {column} {', '.join(sorted(values))}; there are {some}")
    column = columns.get("eye", "eye")
    if column not in table.columns:
        if eye is not None:
            raise ValueError(f"eye is {eye!r}, but it has no column {column!r}; columns: {{eye: ...}} names it")
        return table[kept] if not kept.all() else table
    sides = table[column].map(tidy).str.lower()
    if eye is not None:
        return table[kept & sides.str.startswith(eye[0]).to_numpy()]
    counts = sides[kept][sides[kept] != ""].value_counts()
    if len(counts) > 1:
        found = " and ".join(f"{count} of {side!r}" for side, count in counts.sort_index().items())
        raise ValueError(f"{column} has rows of two eyes ({found}), expected one: eye: left or eye: right chooses")
    return table[kept] if not kept.all() else table


def _fixations(table: pd.DataFrame, columns: Mapping[str, str], sessions: list[str]) -> pd.DataFrame:
    """Return a row for each fixation that the tracker numbered: its last sample, with the onset of its first."""
    named = {field: columns.get(field, field) for field in FIELDS}
    key = [*(named[field] for field in ("trial", "observer", "index")), *sessions]
    check_columns("it", table.columns, key)
    if not sessions:
        _check_sessions(table, {field: ids(table, named[field]) for field in ("trial", "observer")})
    kept = ~table.duplicated(key, keep="last").to_numpy()
    last = table[kept].copy(deep=False)
    for field in TIMES:
        if field.startswith("onset") and named[field] in table.columns:
            first = table.groupby(key, sort=False, dropna=False)[named[field]].transform("first")
            last[named[field]] = first.to_numpy()[kept]
    last.attrs = table.attrs
    return last


def _columns(
    table: pd.DataFrame, columns: Mapping[str, str], decimal: str | None, missing: list[object], sessions: list[str]
) -> tuple[dict[str, Any], int]:
    """Return the arguments of `from_columns`, positions as they are, and how many rows had none."""
    # times that were not recorded are empty columns in the tables that gazesim writes
    empty = {field for field in TIMES if field in table.columns and (table[field].isna() | (table[field] == "")).all()}
    known = [field for field in FIELDS if field in table.columns and field not in empty]
    columns = columns or {field: field for field in dict.fromkeys((*REQUIRED, *known))}
    check_columns("it", table.columns, (*columns.values(), *sessions))
    for what in ("onset", "duration"):
        given = [field for field in columns if field.startswith(f"{what}_")]
        if len(given) > 1:
            raise ValueError(f"columns has {' and '.join(given)}, expected one of them")
    if not len(table):
        raise ValueError("it has no rows")
    xy = np.column_stack([numbers(table, columns[axis], decimal=decimal, missing=missing) for axis in "xy"])
    lost = int(np.isnan(xy).any(axis=1).sum())
    if lost:
        kept = ~np.isnan(xy).any(axis=1)
        attributes, table, xy = table.attrs, table.iloc[np.flatnonzero(kept)], xy[kept]
        table.attrs = attributes
        if not len(table):
            raise ValueError(f"each of its {lost} rows has a missing position")
    values: dict[str, Any] = {field: ids(table, columns[field]) for field in ("trial", "observer")}
    if sessions:
        parts = [ids(table, column) for column in sessions]
        values["session"] = (
            parts[0] if len(parts) == 1 else np.array([".".join(each) for each in zip(*parts, strict=True)], object)
        )
    else:
        _check_sessions(table, values)
    timed = {field: numbers(table, columns[field], decimal=decimal) for field in ("index", *TIMES) if field in columns}
    _check_duplicates(table, values, xy, timed, columns)
    values["xy"] = xy
    values |= {field.rpartition("_")[0] + "_ms": timed[field] * TIMES[field] for field in TIMES if field in timed}
    if "index" in timed:
        order = np.argsort(timed["index"], kind="stable")
        values = {field: column[order] for field, column in values.items()}
    return values, lost


def _check_sessions(table: pd.DataFrame, values: Mapping[str, Any]) -> None:
    """Raise ValueError if a column looks like one of sessions, and an observer saw a trial in several."""
    for column in table.columns:
        if column.lower() not in SESSIONS:
            continue
        cells = table[column].map(whole)
        pairs = pd.DataFrame({"trial": values["trial"], "observer": values["observer"], "session": cells.to_numpy()})
        several = pairs.drop_duplicates().duplicated(["trial", "observer"], keep=False)
        if several.any():
            first = pairs.drop_duplicates()[several].iloc[0]
            same = pairs[(pairs["trial"] == first["trial"]) & (pairs["observer"] == first["observer"])]["session"]
            found = " and ".join(map(str, same.unique()[:4]))
            whose = f"observer {first['observer']!r} in trial {first['trial']!r}"
            raise ValueError(f"{column} is {found} for {whose}: session: {column} makes a scanpath of each")


def _check_duplicates(
    table: pd.DataFrame,
    values: Mapping[str, Any],
    xy: NDArray[np.float64],
    timed: Mapping[str, NDArray[np.float64]],
    columns: Mapping[str, str],
) -> None:
    """Raise ValueError if a fixation is duplicated, by its index or onset, else by all that is known of it."""
    order = next((field for field in ("index", *TIMES) if field in timed and not field.startswith("duration")), None)
    fields = [order] if order else ["x", "y", *timed]
    known = {**values, "x": xy[:, 0], "y": xy[:, 1], **timed}
    key = [*values, *fields]
    repeated = pd.DataFrame({field: known[field] for field in key}).duplicated().to_numpy()
    if repeated.any():
        same = ", ".join(columns.get(field, field) for field in key)
        first = row(table, int(repeated.argmax()))
        raise ValueError(f"{repeated.sum()} rows repeat the {same} of an earlier row, the first is {first}")


def _degrees(values: Mapping[str, Any], trials: list[Trial]) -> NDArray[np.float64]:
    """Return px_per_degree of the display of each row (n,), NaN where it is not known."""
    known = {each.id: each.px_per_degree for each in trials if each.has_px_per_degree}
    codes, names = pd.factorize(values["trial"])
    return np.array([known.get(name, np.nan) for name in names])[codes]


def _px(values: Mapping[str, Any], trials: list[Trial], place: Coordinates) -> NDArray[np.float64]:
    xy: NDArray[np.float64] = values["xy"]
    if place.plain:
        return xy
    known = {each.id: each for each in trials}
    codes, names = pd.factorize(values["trial"])
    shown_in = [known[name] for name in names if name in known]
    if len(shown_in) < len(names):
        return xy
    sizes = np.array([(each.width, each.height) for each in shown_in], float)[codes]
    degree = np.array([each.px_per_degree if each.has_px_per_degree else np.nan for each in shown_in])[codes]
    return place.to_px(xy, sizes, degree)


def _trials(
    names: NDArray[np.object_],
    listed: str | os.PathLike[str] | None,
    width: int | None,
    height: int | None,
    px_per_degree: float | None,
    task: str,
    missing: list[str],
) -> list[Trial]:
    if listed is None:
        if width is None or height is None:
            raise ValueError("the size of the displays is not known, expected width and height, or trials")
        names = pd.unique(names)
        return [Trial(id=name, width=width, height=height, px_per_degree=px_per_degree) for name in names]
    trials = read_trials(listed, px_per_degree=px_per_degree, check_pictures=False, missing=missing)
    if task == "free_viewing":
        return [trial.replace(target=None, target_boxes=None, present=None) for trial in trials]
    return trials
