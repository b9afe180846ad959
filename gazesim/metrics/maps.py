"""Priority maps and the fixations on them: checks, pixels and densities.

A map is (height, width); a fixation is x, y in px of the map, x right, y down, integers are pixel centres, and belongs
to the pixel whose centre is nearest (halves go to the right and down).
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter

from gazesim.checks import as_floats, as_numbers, check_at_least, check_positive
from gazesim.metrics.named_columns import by_name

Score = np.float64 | NDArray[np.float64]  # of one map, or of several (...)
Compat = Literal["mit"] | None
LOG_TOLERANCE = 1e-3  # of the sum of a density whose logarithms are stored in 32 bits
EPSILON_MIT = 2.2204e-16  # MATLAB's eps, as the code of the MIT saliency benchmark uses it


def as_maps(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return one or several maps (..., height, width) as float64; ValueError unless they are finite and not empty."""
    numbers = as_numbers(name, value)
    maps = as_floats(name, numbers, (*numbers.shape[:-2], "height", "width"))
    if not maps.size:
        raise ValueError(f"{name} has shape {maps.shape}, expected at least one pixel")
    return maps


def as_map(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return one map (height, width) as float64; ValueError unless it is finite and not empty."""
    return as_maps(name, as_numbers(name, value, ("height", "width")))


def as_fixations(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return the positions (n, 2) of fixations (n, 2) or (n, 3), a third column being durations.

    Columns of data frames and structured arrays are taken by name: x, y.

    Raises
    ------
    ValueError
        If it is of another shape or holds NaN. Nothing at all, such as [], are no fixations.
    """
    numbers = as_numbers(name, by_name(name, value))
    if not numbers.size:
        return np.empty((0, 2))
    return as_floats(name, numbers, ("n", 3 if numbers.shape[-1:] == (3,) else 2))[:, :2]


def as_score(values: ArrayLike) -> Score:
    """Return the scores (...) of several maps, of a single one as a number."""
    score: Score = np.asarray(values, np.float64)[()]
    return score


def size_of(maps: NDArray[np.float64]) -> tuple[int, int]:
    """Return height and width of maps (..., height, width)."""
    return maps.shape[-2], maps.shape[-1]


def on_map(fixations: ArrayLike, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which (n,) of `fixations` (n, 2) lie on a map of `shape` (height, width); NaN does not.

    The measures of `gazesim.metrics.saliency`, `information` and `roc` refuse what lies outside: choose with this, and
    report the share that is left.

    >>> on_map([[0, 0], [2.4, 1.0], [2.5, 1.0], [np.nan, 0]], (2, 3))
    array([ True,  True, False, False])
    """
    xy = as_numbers("fixations", by_name("fixations", fixations))
    x, y = xy.reshape(-1, xy.shape[-1] if xy.size else 2).T[:2]
    return np.asarray((x >= -0.5) & (x < shape[1] - 0.5) & (y >= -0.5) & (y < shape[0] - 0.5))


def flat_pixels(name: str, fixations: ArrayLike, shape: tuple[int, int]) -> NDArray[np.intp]:
    """Return the index (n,) of the pixel of each fixation in a flattened map; ValueError if one is not on it."""
    xy = as_fixations(name, fixations)
    if not (inside := on_map(xy, shape)).all():
        outside, width, height = (~inside).sum(), shape[1], shape[0]
        raise ValueError(
            f"{name}: {outside} of {len(xy)} lie outside the {width}x{height} map; on_map tells which, leave them out"
        )
    x, y = np.floor(xy + 0.5).astype(np.intp).T
    return np.asarray(y * shape[1] + x)


def unique_pixels(fixations: ArrayLike) -> NDArray[np.float64]:
    """Return the fixated pixel centres (m, 2), each once, in reading order.

    Measures count a pixel as often as it was fixated; over these it counts once, as where fixations are given as a
    binary map.

    >>> unique_pixels([[3, 1], [2, 0], [3.2, 0.9]])
    array([[2., 0.],
           [3., 1.]])
    """
    pixels = np.unique(np.floor(as_fixations("fixations", fixations) + 0.5)[:, ::-1], axis=0)
    return np.ascontiguousarray(pixels[:, ::-1])


def density(maps: ArrayLike, name: str = "maps") -> NDArray[np.float64]:
    """Return maps (..., height, width) as probabilities of the pixels, each map summing to 1.

    If the minimum of a map is negative it is subtracted; then the map is divided by its sum. A map whose sum is then 0,
    that is one of zeros or a negative constant, gives NaN: it holds no density. A map of natural logarithms of
    probabilities, known by their sum of 1, gives those probabilities.

    >>> density([[1.0, 3.0]]), density([[-1.0, 1.0]])
    (array([[0.25, 0.75]]), array([[0., 1.]]))
    """
    values = above_zero(_without_logs(as_maps(name, maps)))
    top = values.max(axis=(-2, -1), keepdims=True)
    values = values / np.where(top > 0, top, np.nan)
    return np.asarray(values / over_pixels(values).sum(axis=-1)[..., None, None])


def _without_logs(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return maps, those that are logarithms of a density (nothing above 0, exp sums to 1) as that density."""
    negative = (maps.max(axis=(-2, -1)) <= 0) & (maps.min(axis=(-2, -1)) < 0)
    if not negative.any():
        return maps
    probabilities = np.exp(np.minimum(maps, 0))
    logs = negative & (np.abs(probabilities.sum(axis=(-2, -1)) - 1) < LOG_TOLERANCE)
    return np.where(logs[..., None, None], probabilities, maps)


def over_pixels(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return maps (..., height, width) as (..., height * width), laid out so that sums do not depend on how many."""
    return np.ascontiguousarray(maps.reshape(*maps.shape[:-2], -1))


def mean_at(values: NDArray[np.float64], pixels: NDArray[np.intp]) -> Score:
    """Return the means (...) of values (..., height, width) at flat pixels (n,); NaN of none."""
    if not len(pixels):
        return as_score(np.full(values.shape[:-2], np.nan))
    found = np.ascontiguousarray(over_pixels(values)[..., pixels])
    with np.errstate(invalid="ignore"):  # -inf and inf at once
        return as_score(found.mean(axis=-1))


def above_zero(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the maps, those with a negative minimum shifted to a minimum of 0."""
    return np.asarray(maps - np.minimum(maps.min(axis=(-2, -1), keepdims=True), 0))


def from_zero_to_one(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each map scaled to a minimum of 0 and a maximum of 1; NaN for a constant map."""
    low, high = (of(axis=(-2, -1), keepdims=True) for of in (maps.min, maps.max))
    return np.asarray((maps - low) / np.where(high > low, high - low, np.nan))


def z_scores(maps: NDArray[np.float64], ddof: int = 0) -> NDArray[np.float64]:
    """Return each map in standard deviations from its mean; 0 for a constant map."""
    low, high = (of(axis=(-2, -1), keepdims=True) for of in (maps.min, maps.max))
    varies = high > low
    scaled = np.where(varies, (maps - low) / np.where(varies, high - low, 1), 0)
    flat = over_pixels(scaled)
    spread = flat.std(axis=-1, ddof=ddof if flat.shape[-1] > 1 else 0)[..., None, None]
    return np.asarray((scaled - flat.mean(axis=-1)[..., None, None]) / np.where(varies, spread, 1) * varies)


def fixation_density(fixations: ArrayLike, shape: tuple[int, int], sd_px: float) -> NDArray[np.float64]:
    """Return the density (height, width) of fixations: their counts, blurred with a Gaussian, divided by the sum.

    Parameters
    ----------
    fixations : (n, 2)
        x, y in px of the map; each counts, also where several are on one pixel.
    shape : (height, width)
    sd_px : float
        Standard deviation of the Gaussian in px; one degree of visual angle is customary. It is cut at 4 standard
        deviations, and at the edge of the map: what would fall outside is lost before the division.

    Returns
    -------
    float64 (height, width)
        Its sum is 1; NaN where there are no fixations.

    Raises
    ------
    ValueError
        If a fixation is not on the map, or `sd_px` is not above 0.
    """
    check_positive("sd_px", sd_px)
    for side in shape:
        check_at_least("shape", side, 1)
    pixels = flat_pixels("fixations", fixations, shape)
    counts = np.bincount(pixels, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    return density(gaussian_filter(counts, sd_px, mode="constant"))
