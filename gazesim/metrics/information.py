"""How much a priority map, taken as a density, tells of fixations: information gain and log-likelihood.

Maps and fixations are as in `gazesim.metrics.saliency`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_option, check_shape
from gazesim.metrics.maps import (
    EPSILON_MIT,
    Compat,
    Score,
    as_map,
    as_maps,
    density,
    flat_pixels,
    mean_at,
    size_of,
    unique_pixels,
)
from gazesim.metrics.measures import Measure


def information_gain(
    saliency: ArrayLike, fixations: ArrayLike, baseline: ArrayLike | None = None, *, compat: Compat = None
) -> Score:
    """Return how much more the map tells of a fixation than a baseline does, in bits: the mean of log2(p / baseline).

    Parameters
    ----------
    saliency, baseline : (..., height, width), (height, width)
        As densities. Without `baseline` it is uniform. Usual is the centre bias, the density of the fixations on
        other images: never those that are scored.
    fixations : (n, 2)
    compat : "mit", optional
        Add 2.2204e-16 to both densities and count a fixated pixel once, as the MIT benchmark does.

    Returns
    -------
    float64 (...)
        Higher is better, 0 is the baseline, no bounds. -inf where the map is 0 at a fixation, inf where the baseline
        is, NaN where both are, without fixations and where a map has no density.

    Raises
    ------
    ValueError
        If the maps differ in size; see `gazesim.metrics.saliency`.

    References
    ----------
    Kümmerer, Wallis & Bethge (2015), Information-theoretic model comparison unifies saliency metrics, PNAS 112,
    16054-16059.

    Examples
    --------
    >>> float(information_gain([[1, 1], [2, 4]], [[1, 1]]))
    1.0
    """
    check_option("compat", compat, (None, "mit"))
    maps = as_maps("saliency", saliency)
    base = np.ones(size_of(maps)) if baseline is None else as_map("baseline", baseline)
    check_shape("baseline", base, size_of(maps))
    xy = unique_pixels(fixations) if compat == "mit" else fixations
    epsilon = EPSILON_MIT if compat == "mit" else 0
    return mean_at(gain(maps, log2_density(base, epsilon), epsilon), flat_pixels("fixations", xy, size_of(maps)))


def log2_density(maps: NDArray[np.float64], epsilon: float = 0) -> NDArray[np.float64]:
    """Return log2 of the density of maps (..., height, width), `epsilon` added to it."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log2(density(maps) + epsilon))


def gain(maps: NDArray[np.float64], log2_baseline: NDArray[np.float64], epsilon: float = 0) -> NDArray[np.float64]:
    """Return how much more maps (..., height, width) say of each pixel than a baseline (height, width), in bits."""
    with np.errstate(invalid="ignore"):  # both are 0
        return np.asarray(log2_density(maps, epsilon) - log2_baseline)


def log_likelihood(saliency: ArrayLike, fixations: ArrayLike) -> Score:
    """Return the mean natural logarithm of the probability that the map gives the fixated pixels.

    Parameters
    ----------
    saliency : (..., height, width)
        As a density.
    fixations : (n, 2)

    Returns
    -------
    float64 (...)
        In nats per fixation, at most 0, higher is better; a uniform map has -ln(number of pixels). -inf where the map
        is 0 at a fixation; NaN without fixations and where a map has no density. What some call LL over uniform is
        `information_gain` without baseline, in bits.

    Raises
    ------
    ValueError
        See `gazesim.metrics.saliency`.

    Examples
    --------
    >>> float(np.exp(log_likelihood([[1, 1], [2, 4]], [[1, 1]])))
    0.5
    """
    maps = as_maps("saliency", saliency)
    return mean_at(_log_density(maps), flat_pixels("fixations", fixations, size_of(maps)))


def _log_density(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(density(maps)))


GAIN = Measure(
    function=information_gain,
    kind="map",
    direction="higher",
    chance=0.0,
    source="Kümmerer et al. 2015",
    default_for=("free_viewing",),
    needs={"log2_baseline": "log2_centre_bias"},
    logarithmic=True,
    prepare=gain,
    score=mean_at,
    of="pixels",
)
LIKELIHOOD = Measure(
    function=log_likelihood,
    kind="map",
    direction="higher",
    high=0.0,
    source="Kümmerer et al. 2015",
    logarithmic=True,
    prepare=_log_density,
    score=mean_at,
    of="pixels",
)
