"""Data frames of pandas, polars and others."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from gazesim.checks import check_option
from gazesim.scanpath import Scanpath, from_table, to_table

BACKENDS = ("pandas", "polars", "pyarrow")


def to_frame(scanpaths: Iterable[Scanpath], backend: str = "pandas") -> Any:
    """Return scanpaths as a data frame with one row a fixation; see `gazesim.scanpath.COLUMNS`.

    Parameters
    ----------
    scanpaths
        No two have the same trial and observer.
    backend : str
        "pandas", "polars" or "pyarrow"; must be installed.

    Raises
    ------
    ValueError
        If the backend is unknown or not installed, or ids are duplicated.
    """
    check_option("backend", backend, BACKENDS)
    table = to_table(scanpaths)
    if backend == "pandas":
        return table
    import_narwhals = _need("narwhals", "data")
    if find_spec(backend) is None:
        raise ValueError(f"backend is {backend!r}, which is not installed: pip install {backend}")
    columns = {
        name: [None if missing else value for value, missing in zip(table[name], table[name].isna(), strict=True)]
        for name in table.columns
    }
    schema = {
        name: getattr(
            import_narwhals, {"string": "String", "int64": "Int64", "boolean": "Boolean"}.get(str(dtype), "Float64")
        )
        for name, dtype in table.dtypes.items()
    }
    return import_narwhals.from_dict(columns, schema, backend=backend).to_native()


def from_frame(frame: Any) -> list[Scanpath]:
    """Return the scanpaths of a data frame with the columns of `gazesim.scanpath.COLUMNS`.

    Parameters
    ----------
    frame
        Of pandas, polars or pyarrow, not lazy; or a list of records.

    Raises
    ------
    ValueError
        If it is no data frame, or its rows are no scanpaths.
    """
    return from_table(frame)


def _need(module: str, extra: str) -> Any:
    if find_spec(module) is None:
        raise ValueError(f"other frames than pandas' need {module}: pip install 'gazesim[{extra}]'")
    import narwhals

    return narwhals
