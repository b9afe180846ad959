"""Mistakes that leave every number a number, in the scanpaths of people and of models: one check, with exceptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_option
from gazesim.scanpath import Scanpath

OUTSIDE = 0.1  # the largest share of fixations off the display that recordings are trusted with
FEW = 0.02  # a share below which swapped axes are not suspected
FAR = 10  # displays away: no fixation can be there
REPEATED = 0.03  # the largest share of fixations on exactly one point at the edge or off the display
DURATIONS_MS = (5.0, 5000.0)  # a median outside is another unit
SAMPLES_MS = 40.0  # a median time between rows below which they are samples of 25 Hz or more
SAMPLES = 50  # rows a scanpath from which on small steps are samples
STEP = 0.01  # of the diagonal: a median step below is one of samples
OVERLAP = 0.05  # the largest share of fixations that begin before the one before them is half over
ENOUGH = 20  # fixations from which on their spread is judged
CORNER = 0.45  # of the display: not all of the fixations are to the left of it and above it
COPIES = 10  # scanpaths that others have too, from which on they are told
WIDEST_DEG, NARROWEST_DEG = 180.0, 0.5  # of a display

Sizes = Mapping[str, tuple[int, int]]
"""Width and height of each display, px, by id."""


@dataclass(frozen=True)
class _Gaze:
    """What the checks look at: positions (n, 2), the size of the display of each (n, 2), and the scanpaths."""

    xy: NDArray[np.float64]
    sizes: NDArray[np.float64]
    paths: Sequence[Scanpath]


def check_plausible(
    name: str,
    sizes: Sizes,
    scanpaths: Sequence[Scanpath],
    *,
    accept: Iterable[str] = (),
    px_per_degree: Mapping[str, float | None] | None = None,
    people: bool = True,
) -> None:
    """Raise ValueError if positions or times look as if they were something else.

    Parameters
    ----------
    name : str
        Begins the line.
    sizes : dict
        Width and height of each display, px, by id.
    scanpaths
        Each of a trial in `sizes`.
    accept
        The checks of `CHECKS` that are left out.
    px_per_degree : dict, optional
        Of each display, None where it is not known.
    people : bool
        Whether they are of people: models may look at one place twice, and two may agree.

    Raises
    ------
    ValueError
        With one line, which says what is declared how if it is so.
    """
    accept = list(accept)
    for check in accept:
        check_option("accept", check, CHECKS)
    if not scanpaths:
        return
    gaze = _Gaze(np.concatenate([path.xy for path in scanpaths]), _sizes(sizes, scanpaths), scanpaths)
    for check, (find, of_models) in CHECKS.items():
        if check not in accept and (people or of_models) and (fault := find(gaze)):
            raise ValueError(f"{name}: {fault}; {'accept: ' if people else 'accept='}[{check}] if it is so")
    if "px_per_degree" not in accept and px_per_degree and (fault := _degrees(sizes, px_per_degree)):
        raise ValueError(f"{name}: {fault}; accept: [px_per_degree] if it is so")


def check_covered(listed: Iterable[str], fixated: Iterable[str], where: str) -> None:
    """Raise ValueError if numbered trials and numbered fixations are not of the same trials.

    Parameters
    ----------
    listed, fixated : ids
        Of the trial list, of the fixations.
    where : str
        What the list is called.
    """
    listed, fixated = list(dict.fromkeys(listed)), list(dict.fromkeys(fixated))
    known = set(listed)
    if absent := [each for each in fixated if each not in known]:
        found = f"{len(absent)} trials are not in {where}, the first is {absent[0]!r}"
        raise ValueError(f"{found}; its {len(listed)} ids are {_some(listed)}")
    idle = [each for each in listed if each not in set(fixated)]
    if idle and all(each.isdecimal() for each in (*listed, *fixated)):
        found = f"the fixations are of trials {_some(fixated)}, but {where} numbers {_some(listed)}"
        raise ValueError(f"{found}, they may be counted from another number; accept: [ids] if it is so")


def off_screen(sizes: Sizes, scanpaths: Sequence[Scanpath]) -> NDArray[np.bool_]:
    """Return for every fixation, scanpath after scanpath, whether it lies outside its display."""
    return _outside(np.concatenate([path.xy for path in scanpaths]), _sizes(sizes, scanpaths))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])} ... {names[-1]}"


def _sizes(sizes: Sizes, scanpaths: Sequence[Scanpath]) -> NDArray[np.float64]:
    """Return the width and height (n, 2) of the display of every fixation."""
    each = np.array([sizes[str(path.trial)] for path in scanpaths], float)
    return np.repeat(each, [len(path) for path in scanpaths], axis=0)


def _outside(xy: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which positions (n,) lie off their display, whether its source counts px from 0 or from 1."""
    return np.asarray(((xy < -0.5) | (xy > sizes + 0.5)).any(axis=1))


def _shares(gaze: _Gaze) -> str | None:
    xy, smallest = gaze.xy, gaze.sizes.min()
    all_in = np.abs(xy).max() <= 1 and smallest > 2
    nearly = smallest > ENOUGH and ((xy > -1) & (xy < 2)).all(axis=1).mean() > 0.9
    if len(xy) < 2 or not (all_in or nearly):
        return None
    few = f"{(np.abs(xy) <= 1).all(axis=1).mean():.0%} of the fixations have no coordinate above 1"
    found = "no coordinate is above 1" if all_in else few
    return f"{found}, they look like shares of the display, expected px; unit: share declares them"


def _missing(gaze: _Gaze) -> str | None:
    """Codes for what was lost: values far off the display, and one point at its edge or outside again and again."""
    for axis, name in enumerate("xy"):
        values, size = gaze.xy[:, axis], gaze.sizes.max(axis=1)
        far = (values < -FAR * size) | (values > (FAR + 1) * size)
        beyond = values[(values < -size) | (values > 2 * size)]
        if far.any() or (len(beyond) > 1 and len(np.unique(beyond)) == 1):
            code = values[far][0] if far.any() else beyond[0]
            return f"{name} is {code:g} in {(values == code).sum()} of {len(values)} fixations, {_declare(code)}"
    at_edge = gaze.xy[((gaze.xy <= 0) | (gaze.xy >= gaze.sizes - 1)).any(axis=1)]
    if len(at_edge) < 3:
        return None
    points, counts = np.unique(at_edge, axis=0, return_counts=True)
    (x, y), count = points[counts.argmax()], int(counts.max())
    if count < 3 or count <= REPEATED * len(gaze.xy):
        return None
    found = f"{count} of {len(gaze.xy)} fixations ({count / len(gaze.xy):.0%}) are exactly ({x:g}, {y:g})"
    return f"{found}, {_declare(x)}"


def _declare(code: float) -> str:
    return f"it looks like a code for what was lost; missing: [{code:g}] declares one"


def _off_display(gaze: _Gaze) -> str | None:
    xy, sizes = gaze.xy, gaze.sizes
    lost = float(_outside(xy, sizes).mean())
    swapped = float(_outside(xy[:, ::-1], sizes).mean())
    centred = float(_outside(xy + sizes / 2, sizes).mean())
    shown = f"{lost:.1%} of the fixations lie outside their display"
    if (xy < -0.5).mean() > 0.2 and centred < FEW:
        origin = "and none if the origin were its centre; expected px from its top left corner"
        return f"{shown}, {origin}; origin: centre declares it"
    if lost > FEW and swapped < lost / 4:
        return f"{shown}, {swapped:.1%} with x and y swapped: the columns look like (y, x), expected (x, y)"
    if lost > OUTSIDE:
        (x0, y0), (x1, y1) = xy.min(0), xy.max(0)
        return f"{shown} (x {x0:g} to {x1:g}, y {y0:g} to {y1:g}), expected px from its top left corner"
    return None


def _spread(gaze: _Gaze) -> str | None:
    if len(gaze.xy) < ENOUGH:
        return None
    right, down = np.quantile(gaze.xy / gaze.sizes, 0.95, axis=0)
    if max(right, down) >= CORNER:
        return None
    found = f"95% of the fixations lie in the left {right:.0%} and upper {down:.0%} of their display"
    return f"{found}, they look like px of a smaller picture or degrees, expected px of the display"


def _samples(gaze: _Gaze) -> str | None:
    lengths = np.array([len(path) for path in gaze.paths])
    long = np.median(lengths)
    advice = "looks like samples, expected fixations: every_row: sample finds them in a table"
    gaps = [np.diff(path.onset_ms) for path in gaze.paths if path.onset_ms is not None and len(path) > 1]
    gap = float(np.median(np.concatenate(gaps))) if gaps else np.inf
    if long >= SAMPLES and DURATIONS_MS[0] <= gap < SAMPLES_MS:
        return f"half of the scanpaths have {long:g} rows or more, {gap:g} ms apart: it {advice}"
    first = np.zeros(len(gaze.xy), bool)
    first[np.cumsum(lengths)[:-1]] = True
    steps = np.hypot(*np.diff(gaze.xy, axis=0).T)[~first[1:]] / np.hypot(*gaze.sizes.T)[1:][~first[1:]]
    if long >= SAMPLES and (step := float(np.median(steps))) < STEP:
        return f"half of the scanpaths have {long:g} rows or more, {step:.2%} of the display apart: it {advice}"
    return None


def _units_of_time(gaze: _Gaze) -> str | None:
    durations = [path.duration_ms for path in gaze.paths if path.duration_ms is not None]
    gaps = [np.diff(path.onset_ms) for path in gaze.paths if path.onset_ms is not None and len(path) > 1]
    for what, values in (("duration", durations), ("time from one onset to the next", gaps)):
        if values and not DURATIONS_MS[0] <= (median := float(np.median(np.concatenate(values)))) <= DURATIONS_MS[1]:
            unit = "seconds" if median < DURATIONS_MS[0] else "microseconds"
            column = "duration_s" if what == "duration" else "onset_s"
            hint = f"; columns: {{{column}: ...}} declares them" if unit == "seconds" else ""
            return f"the median {what} is {median:g} ms, it looks like {unit}, expected ms{hint}"
    return None


def _overlaps(gaze: _Gaze) -> str | None:
    early, steps = 0, 0
    for path in gaze.paths:
        if path.onset_ms is not None and path.duration_ms is not None and len(path) > 1:
            early += int((np.diff(path.onset_ms) < path.duration_ms[:-1] / 2).sum())
            steps += len(path) - 1
    if not steps or early <= OVERLAP * steps:
        return None
    found = f"{early} of {steps} fixations ({early / steps:.0%}) begin before the one before them is half over"
    return f"{found}, they look like those of two eyes or of two sessions: eye: left or columns: {{session: ...}}"


def _copies(gaze: _Gaze) -> str | None:
    seen: set[tuple[str | None, bytes]] = set()
    copies = []
    for path in gaze.paths:
        if len(path) > 3:
            key = (path.trial, path.xy.tobytes())
            copies += [path] if key in seen else []
            seen.add(key)
    if len(copies) < COPIES or len(copies) <= 0.2 * len(gaze.paths):
        return None
    found = f"{len(copies)} of {len(gaze.paths)} scanpaths are those of another observer, fixation by fixation"
    return f"{found}; the first is trial {copies[0].trial!r}, observer {copies[0].observer!r}"


def _repeats(gaze: _Gaze) -> str | None:
    same, steps = 0, 0
    for path in gaze.paths:
        same += int((np.diff(path.xy, axis=0) == 0).all(axis=1).sum())
        steps += len(path) - 1
    if steps < ENOUGH or same <= 0.3 * steps:
        return None
    return f"{same} of {steps} fixations are exactly where the one before was, they look like samples or repeated rows"


def _degrees(sizes: Sizes, px_per_degree: Mapping[str, float | None]) -> str | None:
    for trial, degree in px_per_degree.items():
        if degree is None or trial not in sizes:
            continue
        across = max(sizes[trial]) / degree
        if not NARROWEST_DEG <= across <= WIDEST_DEG:
            found = f"px_per_degree is {degree:.3g} and the display of {trial!r} {max(sizes[trial])} px"
            return f"{found}, which makes {across:.3g} degrees: a unit of the size or the distance may be wrong"
    return None


# in the order in which they are made; whether models are held to it
CHECKS = {
    "shares": (_shares, True),
    "missing": (_missing, True),
    "off_display": (_off_display, True),
    "samples": (_samples, True),
    "spread": (_spread, True),
    "durations": (_units_of_time, True),
    "overlaps": (_overlaps, True),
    "copies": (_copies, False),
    "repeats": (_repeats, False),
    "ids": (lambda gaze: None, True),
    "px_per_degree": (lambda gaze: None, True),
}
