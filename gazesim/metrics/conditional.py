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
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_option, check_shape
from gazesim.metrics.information import gain, log2_density
from gazesim.metrics.maps import as_map, as_maps, flat_pixels, mean_at, on_map, size_of, z_scores
from gazesim.metrics.measures import Measure
from gazesim.metrics.roc import Ranked, above_all

Values = NDArray[np.float64]
Maps = ArrayLike | Callable[[Values], ArrayLike]


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
    return at_next(maps, scanpath, partial(z_scores, ddof=ddof), mean_at)


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

    def over_baseline(each: Values) -> Values:
        under = np.ones(each.shape) if base is None else base
        check_shape("baseline", under, each.shape)
        return gain(each, log2_density(under))

    return at_next(maps, scanpath, over_baseline, mean_at)


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
    if compat == "hat":
        return at_next(maps, scanpath, np.ravel, lambda flat, pixels: float((flat < flat[pixels]).mean()))
    return at_next(maps, scanpath, Ranked, above_all)


def at_next(
    maps: Maps,
    scanpath: ArrayLike,
    prepare: Callable[[Values], Any],
    score: Callable[[Any, Any], Any],
    *,
    pixels: bool = True,
) -> Values:
    """Return the values (n - 1,) that the two steps of a measure of maps give to the fixations after the first.

    Parameters
    ----------
    maps, scanpath
        See the module.
    prepare : callable
        Takes a map (height, width).
    score : callable
        Takes what `prepare` made of it, and the pixel (1,) of the fixation in the flattened map.
    pixels : bool
        False: the fixation (1, 2) instead.
    """
    path = _path(scanpath)
    if len(path) < 2:
        return np.empty(0)
    given = None if callable(maps) else as_maps("maps", maps)
    if given is not None and given.ndim != 2:
        check_shape("maps", given, (len(path) - 1, "height", "width"))
    prepared = prepare(given) if given is not None and given.ndim == 2 else None
    values = np.full(len(path) - 1, np.nan)
    for i in range(1, len(path)):
        if callable(maps):
            each = as_map("maps", maps(path[:i].copy()))
        else:
            assert given is not None
            each = given if given.ndim == 2 else given[i - 1]
        fixation = path[i : i + 1, :2]
        if on_map(fixation, size_of(each))[0]:
            seen = flat_pixels("scanpath", fixation, size_of(each)) if pixels else fixation
            values[i - 1] = score(prepare(each) if prepared is None else prepared, seen)
    return values


def _path(scanpath: ArrayLike) -> Values:
    """Return the scanpath (n, 2) or (n, 3) as float64; NaN is allowed."""
    path = as_numbers("scanpath", scanpath)
    if not path.size:
        return np.empty((0, 2))
    check_shape("scanpath", path, ("n", 3 if path.shape[-1:] == (3,) else 2))
    return path


CNSS = Measure(
    function=cnss,
    kind="next_map",
    direction="higher",
    chance=0.0,
    source="Yang et al. 2024",
    prepare=z_scores,
    score=mean_at,
    of="pixels",
)
CIG = Measure(
    function=cig,
    kind="next_map",
    direction="higher",
    chance=0.0,
    source="Yang et al. 2024",
    needs={"log2_baseline": "log2_centre_bias"},
    logarithmic=True,
    prepare=gain,
    score=mean_at,
    of="pixels",
)
CAUC = Measure(
    function=cauc,
    kind="next_map",
    direction="higher",
    low=0.0,
    high=1.0,
    chance=0.5,
    source="Yang et al. 2024",
    prepare=Ranked,
    score=above_all,
    of="pixels",
)
