"""Reading the files of published data sets; what is not as published becomes one line that names the file."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.files import check_file

FAULTS = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, OSError, EOFError, zlib.error)


@contextmanager
def published_layout(path: Path) -> Iterator[None]:
    """Turn what goes wrong inside into a ValueError that says that `path` is not in the published layout."""
    try:
        yield
    except FileNotFoundError:
        raise
    except FAULTS as error:
        kind = type(error).__name__
        detail = f"no {error}" if isinstance(error, KeyError) else str(error) or kind
        raise ValueError(f"{str(path)!r} is not in the published layout: {' '.join(detail.split())}") from error


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    check_file("file", path)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} cannot be read as JSON: {error}") from error


def read_mat(path: Path) -> dict[str, Any]:
    """Return the variables of a MATLAB file (format 7 or older)."""
    check_file("file", path)
    try:
        from scipy.io import loadmat

        variables: dict[str, Any] = loadmat(path)
    except Exception as error:  # scipy raises what it meets in a damaged file, of many types
        raise ValueError(f"{str(path)!r} cannot be read as a MATLAB file: {error}") from error
    return variables


def read_npy(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file; nothing in it is executed."""
    check_file("file", path)
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{str(path)!r} cannot be read as a numpy array: {error}") from error
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{str(path)!r} holds several arrays, expected one")
    return array


def pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures in `folder` by their file name, in the order of the names; none if there is no folder."""
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    return {path.name: path for path in found if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp")}
