"""How well a priority map predicts fixations, or another map: NSS, CC, SIM, KL.

A map is (height, width) of finite numbers; several maps (..., height, width) of one image are scored in one call and
give scores (...). Fixations are (n, 2), or (n, 3) with durations that are not used: x, y in px of the map, x right, y
down, integers are pixel centres, counted as often as they occur. Common to all:

* NaN or infinity in a map or a fixation, a map without pixels, and a fixation off the map are a ValueError
  (`gazesim.metrics.maps.on_map` finds the latter);
* no fixations at all give NaN;
* a map as a density has its minimum subtracted if that is negative, and is divided by its sum; a map of zeros, or
  of one negative number, has no density and gives NaN.

Which conventions exist: Kümmerer, Wallis & Bethge (2018), Saliency benchmarking made easy, ECCV; Bylinskii, Judd,
Oliva, Torralba & Durand (2019), What do different evaluation metrics tell us about saliency models?, IEEE TPAMI 41,
740-757.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_option, check_shape
from gazesim.metrics.maps import (
    EPSILON_MIT,
    Compat,
    Score,
    above_zero,
    as_map,
    as_maps,
    as_score,
    density,
    flat_pixels,
    from_zero_to_one,
    mean_at,
    over_pixels,
    size_of,
    z_scores,
)
from gazesim.metrics.measures import Measure

EPSILON_KL = 1e-20  # pysaliency


def nss(saliency: ArrayLike, fixations: ArrayLike, *, ddof: Literal[0, 1] = 0) -> Score:
    """Return the normalised scanpath saliency: the mean z-score of the map at the fixations.

    Parameters
    ----------
    saliency : (..., height, width)
        On any scale.
    fixations : (n, 2)
    ddof : 0 or 1
        The standard deviation divides by the number of pixels less `ddof`: 0 as in pysaliency, 1 as in MATLAB and
        torch (MIT benchmark, DeepGaze, HAT). The MIT benchmark also counts a pixel once, see `unique_pixels`.

    Returns
    -------
    float64 (...)
        Higher is better, 0 is chance, no bounds. A constant map scores 0; no fixations NaN.

    Raises
    ------
    ValueError
        See the module.

    References
    ----------
    Peters, Iyer, Itti & Koch (2005), Components of bottom-up gaze allocation, Vision Research 45, 2397-2416.

    Examples
    --------
    >>> round(float(nss([[0, 0], [0, 1]], [[1, 1]])), 4)
    1.7321
    """
    check_option("ddof", ddof, (0, 1))
    maps = as_maps("saliency", saliency)
    return mean_at(z_scores(maps, ddof), flat_pixels("fixations", fixations, size_of(maps)))


def cc(saliency: ArrayLike, truth: ArrayLike) -> Score:
    """Return Pearson's correlation of two maps over their pixels.

    Parameters
    ----------
    saliency : (..., height, width)
    truth : (height, width)
        The map of people's fixations, see `fixation_density`.

    Returns
    -------
    float64 (...)
        From -1 to 1, higher is better, 0 is chance; 0 where either map is constant. Gain and offset do not matter.

    Raises
    ------
    ValueError
        If the maps differ in size; see the module.

    Examples
    --------
    >>> round(float(cc([[0, 1, 2]], [[5, 7, 9]])), 4)
    1.0
    """
    maps, wanted = _two_maps(saliency, truth)
    return _correlation(z_scores(maps), wanted)


def _correlation(scores: NDArray[np.float64], truth: NDArray[np.float64]) -> Score:
    return as_score(np.clip(over_pixels(scores * z_scores(truth)).mean(axis=-1), -1, 1))


def sim(saliency: ArrayLike, truth: ArrayLike, *, compat: Compat = None) -> Score:
    """Return the similarity, or histogram intersection: the sum of the pixelwise minima of two densities.

    Parameters
    ----------
    saliency : (..., height, width)
    truth : (height, width)
    compat : "mit", optional
        Scale both maps to 0..1 before, as the MIT benchmark does. A constant map then gives NaN.

    Returns
    -------
    float64 (...)
        From 0 to 1, higher is better; chance depends on the data. NaN where a map has no density.

    Raises
    ------
    ValueError
        If the maps differ in size; see the module.

    Examples
    --------
    >>> float(sim([[1, 1]], [[1, 3]])), float(sim([[1, 1]], [[2, 2]]))
    (0.75, 1.0)
    """
    check_option("compat", compat, (None, "mit"))
    maps, wanted = _two_maps(saliency, truth)
    if compat == "mit":
        maps, wanted = from_zero_to_one(maps), from_zero_to_one(wanted)
        if np.isnan(wanted).any():
            return as_score(np.full(maps.shape[:-2], np.nan))
        constant = np.isnan(maps).any(axis=(-2, -1), keepdims=True)
        maps = np.where(constant, 0, maps)
    return _overlap(density(maps), wanted)


def _overlap(p: NDArray[np.float64], truth: NDArray[np.float64]) -> Score:
    return as_score(over_pixels(np.minimum(p, density(truth))).sum(axis=-1))


def kl(saliency: ArrayLike, truth: ArrayLike, *, compat: Compat = None) -> Score:
    """Return the Kullback-Leibler divergence of the map from the truth, in nats: the sum of q ln(q / p).

    q is the density of `truth`, p that of `saliency`. As saliency maps hold zeros, all codes add something small; the
    result depends on it where the map is 0 at places that people fixated.

    Parameters
    ----------
    saliency : (..., height, width)
    truth : (height, width)
    compat : "mit", optional
        None adds 1e-20 to every pixel of both maps before they are divided by their sums (pysaliency); a map of
        zeros is then a uniform one. "mit" is the sum of q ln(e + q / (p + e)) with e = 2.2204e-16 (MIT benchmark).

    Returns
    -------
    float64 (...)
        0 or above (with "mit" by rounding -1e-10), lower is better, 0 for equal densities; chance depends on the data.
        With "mit" NaN where a map has no density.

    Raises
    ------
    ValueError
        If the maps differ in size; see the module.

    Examples
    --------
    >>> round(float(kl([[1, 1]], [[1, 3]])), 4)
    0.1308
    """
    check_option("compat", compat, (None, "mit"))
    maps, wanted = _two_maps(saliency, truth)
    if compat == "mit":
        p, q = density(maps), density(wanted)
        return as_score(over_pixels(q * np.log(EPSILON_MIT + q / (p + EPSILON_MIT))).sum(axis=-1))
    return _divergence(_above_zero_everywhere(maps), wanted)


def _above_zero_everywhere(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    return density(above_zero(maps) + EPSILON_KL)


def _divergence(p: NDArray[np.float64], truth: NDArray[np.float64]) -> Score:
    q = _above_zero_everywhere(truth)
    return as_score(over_pixels(q * np.log(q / p)).sum(axis=-1))


def _two_maps(saliency: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    maps, wanted = as_maps("saliency", saliency), as_map("truth", truth)
    check_shape("truth", wanted, size_of(maps))
    return maps, wanted


NSS = Measure(
    function=nss,
    kind="map",
    direction="higher",
    chance=0.0,
    source="Peters et al. 2005",
    default_for=("free_viewing",),
    prepare=z_scores,
    score=mean_at,
    of="pixels",
)
CC = Measure(
    function=cc,
    kind="map",
    direction="higher",
    low=-1.0,
    high=1.0,
    chance=0.0,
    symmetric=True,
    source="Ouerhani et al. 2004",
    prepare=z_scores,
    score=_correlation,
    of="density",
)
SIM = Measure(
    function=sim,
    kind="map",
    direction="higher",
    low=0.0,
    high=1.0,
    symmetric=True,
    source="Judd et al. 2012",
    prepare=density,
    score=_overlap,
    of="density",
)
KL = Measure(
    function=kl,
    kind="map",
    direction="lower",
    low=0.0,
    source="Rajashekar et al. 2004",
    prepare=_above_zero_everywhere,
    score=_divergence,
    of="density",
)
