"""Fixations in data frames and structured arrays: their columns are taken by name, never by place."""

from typing import Any

import numpy as np

from gazesim.checks import check_columns

DURATIONS = {"duration_ms": 1.0, "duration_s": 1000.0}


def by_name(name: str, value: Any) -> Any:
    """Return the columns x, y and, where there is one, the duration in ms of something with named columns.

    Parameters
    ----------
    name : str
        What messages call it.
    value
        A data frame of pandas, polars or pyarrow or a structured array, with columns x, y and optionally duration_ms or
        duration_s; anything else is returned as it is.

    Returns
    -------
    float64 (n, 2) or (n, 3), or `value`

    Raises
    ------
    ValueError
        If a column is missing, duplicated or not numeric, or it has a column "duration" without a unit.
    """
    header = _header(value)
    if header is None:
        return value
    shown = f"{name} is a data frame that"
    check_columns(shown, header, ("x", "y"))
    if "duration" in header:
        raise ValueError(f"{name} has a column 'duration', expected its unit: 'duration_ms' or 'duration_s'")
    timed = [column for column in DURATIONS if column in header]
    if len(timed) > 1:
        raise ValueError(f"{name} has columns duration_ms and duration_s, expected one of them")
    try:
        columns = [np.asarray(value[column], np.float64) * DURATIONS.get(column, 1) for column in ("x", "y", *timed)]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} holds something that is not a number") from error
    return np.column_stack(columns)


def _header(value: Any) -> list[str] | None:
    if isinstance(value, np.ndarray):
        return None if value.dtype.names is None else list(value.dtype.names)
    names = getattr(value, "column_names", getattr(value, "columns", None))
    return None if names is None or isinstance(value, type) else [str(each) for each in names]
