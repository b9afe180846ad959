"""One-line checks of what users pass in; every message names the argument, what came and what is accepted."""

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import category, normalize

import numpy as np
from numpy.typing import ArrayLike, NDArray


def check_shape(name: str, array: NDArray[np.generic], shape: tuple[int | str, ...]) -> None:
    """Raise ValueError unless `array` has `shape`; a string such as "n" stands for any length."""
    fits = array.ndim == len(shape) and all(
        isinstance(want, str) or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name} has shape {array.shape}, expected ({expected})")


def check_positive(name: str, value: float) -> None:
    """Raise ValueError unless `value` is a finite number above 0."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (number and np.isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value!r}, expected a finite number above 0")


def check_degrees(name: str, value: float, *, zero: bool = False) -> None:
    """Raise ValueError unless `value` is a visual angle: above 0, or 0 if `zero` allows it, and at most 360 degrees."""
    (check_not_negative if zero else check_positive)(name, value)
    if value > 360:
        raise ValueError(f"{name} is {value!r}, expected at most 360 degrees of visual angle")


def check_px_per_degree(name: str, value: float) -> None:
    """Raise ValueError unless `value` is the resolution of a display: above 0, at most 10,000 px in a degree."""
    check_positive(name, value)
    if value > 10_000:
        raise ValueError(f"{name} is {value!r}, expected at most 10000 px in a degree")


def check_finite(name: str, value: float) -> None:
    """Raise ValueError unless `value` is a finite number."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (number and np.isfinite(value)):
        raise ValueError(f"{name} is {value!r}, expected a finite number")


def check_not_negative(name: str, value: float) -> None:
    """Raise ValueError unless `value` is a finite number of at least 0."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (number and np.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value!r}, expected a finite number of at least 0")


def check_share(name: str, value: float) -> None:
    """Raise ValueError unless `value` is a number of at least 0 and below 1."""
    check_not_negative(name, value)
    if value >= 1:
        raise ValueError(f"{name} is {value!r}, expected a number of at least 0 and below 1")


def check_option(name: str, value: object, options: Iterable[object]) -> None:
    """Raise ValueError unless `value` is one of `options`."""
    options = list(options)
    if value not in options:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, options))}")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that is not registered: what was asked, what exists, the nearest.

    >>> unknown("model", "eccnett", ["ivsn", "eccnet"])
    "unknown model 'eccnett'; known: eccnet, ivsn; did you mean 'eccnet'?"
    """
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {what} {name!r}; known: {', '.join(known)}{hint}"


def as_numbers(name: str, value: ArrayLike, shape: tuple[int | str, ...] | None = None) -> NDArray[np.float64]:
    """Return a float64 copy of `value`; ValueError unless it is numbers, NaN allowed, of `shape` if one is given.

    What the mask of a masked array hides is NaN.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is ragged, expected an array of numbers") from error
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} has dtype {array.dtype}, expected numbers")
    if shape is not None:
        check_shape(name, array, shape)
    numbers = array.astype(np.float64, order="C")
    if np.ma.isMaskedArray(value):
        numbers[np.ma.getmaskarray(value)] = np.nan
    return numbers


def as_floats(name: str, value: ArrayLike, shape: tuple[int | str, ...]) -> NDArray[np.float64]:
    """Return a read-only float64 copy of `value`; ValueError unless it is finite numbers of `shape`."""
    array = as_numbers(name, value, shape)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds {array[~np.isfinite(array)].flat[0]}, expected finite numbers")
    array.flags.writeable = False
    return array


def check_id(name: str, value: str | None) -> None:
    """Raise ValueError unless `value` is None, or text that fits on a line of a table."""
    if value is None:
        return
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}, expected text or None")
    if not value or any(category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in value):
        raise ValueError(f"{name} is {value!r}, expected text without line breaks or other control characters")


def tidy(text: object) -> str:
    """Return text as ids are compared: in Unicode's composed form, without blanks at the ends.

    >>> tidy(" a ")
    'a'
    """
    return normalize("NFC", str(text)).strip()


def as_id(name: str, value: str | None) -> str | None:
    """Return an id as `tidy` makes it; ValueError as `check_id`, also if nothing is left of it."""
    if isinstance(value, str):
        value = tidy(value)
    check_id(name, value)
    return value


def check_columns(name: str, header: Iterable[str], columns: Iterable[str]) -> None:
    """Raise ValueError unless `header` has each of `columns` once."""
    header = list(header)
    for column in columns:
        if (times := header.count(column)) > 1:
            raise ValueError(f"{name} has {times} columns {column!r}, expected one")
        if not times:
            raise ValueError(f"{name} has no column {column!r}; it has {', '.join(map(repr, header)) or 'none'}")


def check_at_least(name: str, value: object, least: int) -> None:
    """Raise ValueError unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}, expected a whole number of at least {least}")
