"""How well maps predict the next fixation from those before it: cNSS, cIG, cAUC.

Every fixation of a scanpath but the first is predicted, by a map of its own. The functions return one value for each,
so that nothing is averaged away: average those of a trial, or of all trials, with `np.nanmean`, and report the share
that is not NaN (`gazesim.metrics.statistics.coverage`).

A scanpath is (n, 2), or (n, 3) with durations that only a callable sees: x, y in px of the map, x right, y down,
integers are pixel centres. Maps are one of

* (n - 1, height, width): map i predicts fixation i + 1, that is the one at `scanpath[i + 1]`;
* (height, width): the same map for all;
* a callable that takes the fixations so far, (i, 2) or (i, 3) as the scanpath, and returns the map (height, width) for
  the next; i goes from 1 to n - 1.

Common to all: a fixation that is NaN or off the map gives NaN, only that one; a scanpath of one fixation or none gives
no value at all. NaN or infinity in a map, or maps that do not fit the scanpath, are a ValueError.

Yang, Mondal, Ahn, Zelinsky, Hoai & Samaras (2024), Unifying top-down and bottom-up scanpath prediction using
transformers, CVPR, arXiv 2303.09383; Kümmerer & Bethge (2021), State-of-the-art in human scanpath prediction, arXiv
2102.12239.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_option, check_shape
from gazesim.metrics.information import log_ratio
from gazesim.metrics.maps import as_map, as_maps, on_map, z_scores
from gazesim.metrics.measure import Measure

Values = NDArray[np.float64]
Maps = ArrayLike | Callable[[Values], ArrayLike]
Of = Callable[[Values, NDArray[np.intp]], Values]  # maps (t, height, width), flat pixels (t,) -> (t,)


def cnss(maps: Maps, scanpath: ArrayLike, *, ddof: Literal[0, 1] = 0) -> Values:
    """Return the z-score of each map at the fixation that it predicts.

    Parameters
    ----------
    maps : (n - 1, height, width), (height, width) or callable
    scanpath : (n, 2)
    ddof : 0 or 1
        What the standard deviation divides by, see `gazesim.metrics.saliency.nss`; HAT and DeepGaze use 1.

    Returns
    -------
    float64 (n - 1,)
        Higher is better, 0 is chance, no bounds. A constant map scores 0.

    Raises
    ------
    ValueError
        See the module.

    Examples
    --------
    >>> cnss([[[0, 1], [0, 0]], [[0, 0], [0, 1]]], [[0, 0], [1, 0], [5, 5]])
    array([1.73205081,        nan])
    """
    check_option("ddof", ddof, (0, 1))
    return _scores(lambda each, pixels: _at(z_scores(each, ddof), pixels), maps, scanpath)


def cig(maps: Maps, scanpath: ArrayLike, baseline: ArrayLike | None = None) -> Values:
    """Return log2 of the density of each map at the fixation that it predicts, over that of a baseline, in bits.

    Parameters
    ----------
    maps : (n - 1, height, width), (height, width) or callable
        As densities, see `gazesim.metrics.maps.density`.
    scanpath : (n, 2)
    baseline : (height, width), optional
        As a density; by default uniform. HAT takes that of the fixations in the training trials for the same target,
        DeepGaze III the centre bias: values over different baselines are not comparable.

    Returns
    -------
    float64 (n - 1,)
        Higher is better, 0 is the baseline, no bounds; -inf where the map is 0 at the fixation. NaN where a map has no
        density.

    Raises
    ------
    ValueError
        If `baseline` differs in size from the maps; see the module.

    Examples
    --------
    >>> cig(lambda history: [[1, 1], [2, 4]], [[0, 0], [1, 1], [0, 1]])
    array([1., 0.])
    """
    base = None if baseline is None else as_map("baseline", baseline)

    def gains(each: Values, pixels: NDArray[np.intp]) -> Values:
        under = np.ones(each.shape[1:]) if base is None else base
        check_shape("baseline", under, each.shape[1:])
        return _at(log_ratio(each, under), pixels)

    return _scores(gains, maps, scanpath)


def cauc(maps: Maps, scanpath: ArrayLike, *, compat: Literal["hat"] | None = None) -> Values:
    """Return the share of the pixels of each map that are below the fixation that it predicts.

    Parameters
    ----------
    maps : (n - 1, height, width), (height, width) or callable
        On any scale.
    scanpath : (n, 2)
    compat : "hat", optional
        None: pixels of equal value count one half, the fixated one among them, so that a constant map scores 0.5.
        "hat": they do not count.

    Returns
    -------
    float64 (n - 1,)
        From 0 to 1, higher is better, 0.5 is chance.

    Raises
    ------
    ValueError
        See the module.

    Examples
    --------
    >>> cauc([[1, 1], [2, 4]], [[0, 0], [1, 1], [0, 1], [0, 0]])
    array([0.875, 0.625, 0.25 ])
    """
    check_option("compat", compat, (None, "hat"))

    def shares(each: Values, pixels: NDArray[np.intp]) -> Values:
        value = _at(each, pixels)[:, None, None]
        below, equal = (each < value).mean(axis=(1, 2)), (each == value).mean(axis=(1, 2))
        return np.asarray(below if compat == "hat" else below + equal / 2)

    return _scores(shares, maps, scanpath)


def _scores(of: Of, maps: Maps, scanpath: ArrayLike) -> Values:
    """Return the values (n - 1,) that `of` gives to the maps and the fixations on them."""
    path = _path(scanpath)
    if len(path) < 2:
        return np.empty(0)
    if callable(maps):
        steps = range(1, len(path))
        return np.concatenate(
            [_on_map(of, as_map("maps", maps(path[:i].copy()))[None], path[i : i + 1]) for i in steps]
        )
    given = as_maps("maps", maps)
    if given.ndim != 2:
        check_shape("maps", given, (len(path) - 1, "height", "width"))
    return _on_map(of, np.broadcast_to(given, (len(path) - 1, *given.shape[-2:])), path[1:])


def _on_map(of: Of, maps: Values, path: Values) -> Values:
    """Return the values (t,) of maps (t, height, width) at fixations (t, 2); NaN off the map."""
    values = np.full(len(path), np.nan)
    inside = on_map(path[:, :2], (maps.shape[1], maps.shape[2]))
    x, y = np.floor(path[inside, :2] + 0.5).astype(np.intp).T
    if len(x):
        values[inside] = of(maps[inside], y * maps.shape[2] + x)
    return values


def _path(scanpath: ArrayLike) -> Values:
    """Return the scanpath (n, 2) or (n, 3) as float64; NaN is allowed."""
    path = as_numbers("scanpath", scanpath)
    if not path.size:
        return np.empty((0, 2))
    check_shape("scanpath", path, ("n", 3 if path.shape[-1:] == (3,) else 2))
    return path


def _at(values: Values, pixels: NDArray[np.intp]) -> Values:
    return np.asarray(np.take_along_axis(values.reshape(len(values), -1), pixels[:, None], axis=1)[:, 0])


INF = float("inf")
MEASURES = tuple(
    Measure(measure.__name__, measure, "higher", low, high, about, "Yang et al. 2024", chance=chance, symmetric=False)
    for measure, low, high, chance, about in (
        (cnss, -INF, INF, 0.0, "z-score at the next fixation"),
        (cig, -INF, INF, 0.0, "bits of the next fixation"),
        (cauc, 0.0, 1.0, 0.5, "pixels below the next fixation"),
    )
)
