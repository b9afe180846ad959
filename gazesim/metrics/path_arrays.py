"""Scanpaths as the measures take them: float arrays, end to end, and what each measure makes of their fixations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_positive, check_shape
from gazesim.metrics.named_columns import by_name
from gazesim.scanpath import Scanpath

LARGEST = 1e9  # no position or duration is larger; what is larger is a mistake, and its square could overflow

SHORT_MS = 5.0  # fixations whose median is shorter are in another unit

Floats: TypeAlias = NDArray[np.float64]
Size: TypeAlias = tuple[float, float]


class Sequences(NamedTuple):
    """Sequences of unequal length, end to end.

    values : float64 (features, total)
    lengths : intp (n,)
    """

    values: Floats
    lengths: NDArray[np.intp]

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each sequence starts in `values`."""
        return np.cumsum(self.lengths) - self.lengths

    def only(self, kept: NDArray[np.bool_]) -> "Sequences":
        """Return the same sequences, empty unless kept (n,)."""
        return Sequences(self.values[:, np.repeat(kept, self.lengths)], np.where(kept, self.lengths, 0))


@dataclass(frozen=True, eq=False)
class Paths:
    """Scanpaths end to end; one with a position that is not finite is empty.

    names : sequence of str (n,)
        What messages call them.
    xyt : float64 (total, 3)
        x, y in px, duration in ms; the duration is NaN where there is none.
    lengths : intp (n,)
    timed : bool (n,)
        Whether the scanpath came with durations.
    """

    names: Sequence[str]
    xyt: Floats
    lengths: NDArray[np.intp]
    timed: NDArray[np.bool_]

    def fixations(self) -> Sequences:
        """Return x and y."""
        return Sequences(self.xyt.T[:2], self.lengths)

    def any_of(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether any fixation of each path (n,) is flagged (total,)."""
        owners = np.repeat(np.arange(len(self.lengths)), self.lengths)
        return np.bincount(owners, flags, len(self.lengths)) > 0

    def durations(self, asked_by: str) -> Floats:
        """Return the durations (total,), NaN where one is not known.

        Raises
        ------
        ValueError
            If a path came without durations.
        """
        if not self.timed.all():
            name = self.names[int(np.argmin(self.timed))]
            raise ValueError(f"{name} has no durations, expected (n, 3) with x, y, duration in ms, for {asked_by}")
        return self.xyt[:, 2]


Encoder: TypeAlias = Callable[[Paths], Sequences]


def read_paths(names: Sequence[str], paths: "Sequence[Scanpath | ArrayLike]") -> Paths:
    """Put scanpaths end to end.

    Parameters
    ----------
    names : sequence of str
        What messages call each path.
    paths : sequence of Scanpath or array
        An array is (n, 2) with x, y in px or (n, 3) with x, y and the duration in ms; an empty array is an empty
        path. None, NaN and what a mask hides are not known. Columns of data frames and structured arrays are taken
        by name: x, y, duration_ms or duration_s.

    Raises
    ------
    ValueError
        If a path is not such an array, a duration is negative, or a number is larger than `LARGEST`.
    """
    arrays = [_as_array(name, path) for name, path in zip(names, paths, strict=True)]
    lengths = np.array([len(array) for array in arrays], np.intp)
    columns = np.array([array.shape[1] for array in arrays], np.intp)
    xyt = np.full((lengths.sum(), 3), np.nan)
    for width in np.unique(columns):
        same = [array for array in arrays if array.shape[1] == width]
        xyt[np.repeat(columns == width, lengths), :width] = np.concatenate(same)
    whole = Paths(names, xyt, lengths, (columns == 3) | (lengths == 0))
    x, y, duration = xyt.T
    if (negative := whole.any_of(duration < 0)).any():
        raise ValueError(f"{names[int(np.argmax(negative))]} holds a negative duration, expected none")
    xyt[np.isinf(xyt)] = np.nan
    if (large := whole.any_of(np.fmax.reduce(np.abs(xyt), axis=1, initial=0) > LARGEST)).any():
        raise ValueError(f"{names[int(np.argmax(large))]} holds a number beyond {LARGEST:.0e}, expected px and ms")
    known = ~whole.any_of(np.isnan(x) | np.isnan(y))
    return Paths(names, xyt[np.repeat(known, lengths)], np.where(known, lengths, 0), whole.timed)


def items(name: str, count: int) -> list[str]:
    """Return what messages call the items of a list: a[0], a[1], ..."""
    return [f"{name}[{i}]" for i in range(count)]


def _as_array(name: str, path: "Scanpath | ArrayLike") -> Floats:
    if isinstance(path, Scanpath):
        return path.xy if path.duration_ms is None else np.column_stack([path.xy, path.duration_ms])
    path = by_name(name, path)
    try:
        array = np.asarray(path)
        if array.dtype.kind not in "iufO":
            raise ValueError(f"{name} has dtype {array.dtype}, expected numbers")
        array = array.astype(np.float64)
        if np.ma.isMaskedArray(path):
            array[np.ma.getmaskarray(path)] = np.nan
    except TypeError as error:
        raise ValueError(f"{name} holds something that is not a number") from error
    except ValueError as error:
        problem = str(error) if str(error).startswith(name) else f"{name} is not an array of numbers (n, 2) or (n, 3)"
        raise ValueError(problem) from error
    if array.size == 0 and array.ndim <= 2:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise ValueError(f"{name} has shape {array.shape}, expected (n, 2) or (n, 3)")
    return array


def check_size(size: Size) -> tuple[float, float]:
    """Return (width, height) as floats; ValueError unless they are two positive numbers."""
    check_shape("size", np.asarray(size), (2,))
    width, height = size
    check_positive("size[0]", width)
    check_positive("size[1]", height)
    return float(width), float(height)


def check_in_ms(durations: Floats, bin_ms: float) -> None:
    """Raise ValueError if durations (n,) look like seconds: their median is below 5 and all are below half a bin."""
    known = durations[~np.isnan(durations)]
    if known.size and known.max() < bin_ms / 2 and 0 < (median := float(np.median(known))) < SHORT_MS:
        raise ValueError(f"the median duration is {median:g} ms, it looks like seconds, expected ms")


def inside(paths: Paths, size: Size) -> NDArray[np.bool_]:
    """Return which paths (n,) have a fixation in [0, width] x [0, height]."""
    x, y, _ = paths.xyt.T
    return paths.any_of((x >= 0) & (y >= 0) & (x <= size[0]) & (y <= size[1]))


def repeated(symbols: Sequences, times: Floats) -> Sequences:
    """Return each symbol as often as `times` (total,) says; a path of which a `times` is NaN is empty."""
    owners = np.repeat(np.arange(len(symbols.lengths)), symbols.lengths)
    known = ~np.isnan(np.bincount(owners, times, len(symbols.lengths)))
    counts = np.where(known[owners], times, 0).astype(np.intp)
    lengths = np.bincount(owners, counts, len(symbols.lengths)).astype(np.intp)
    return Sequences(np.repeat(symbols.values, counts, axis=1), lengths)
