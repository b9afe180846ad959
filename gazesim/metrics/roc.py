"""The area under the ROC curve of a priority map as a detector of fixations, by its conventions.

Fixations (n, 2), x, y in px of the map, are the positives; the conventions differ in what they are told from, and in
where the thresholds are:

* `auc`: from all pixels, or from those without a fixation; every value is a threshold, ties count one half;
* `auc_judd`: from the pixels without a fixation; thresholds only at the values of the fixations;
* `auc_shuffled`: from the fixations on other images, so that the centre bias does not help; ties count one half;
* `auc_borji`: from pixels drawn at random; thresholds at 0, 0.1, 0.2, ...

Common to all: from 0 to 1, higher is better, 0.5 is chance; order is all that matters of a map (not so with steps of
0.1). A constant map scores 0.5. No fixations, and nothing to tell them from, give NaN. NaN or infinity in the map, and
a fixation off the map, are a ValueError. Nothing is random: ties are settled exactly, not by noise. Several maps
(..., height, width) of one image give scores (...).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_at_least, check_option
from gazesim.metrics.maps import Compat, Score, as_maps, as_score, flat_pixels, from_zero_to_one, size_of
from gazesim.metrics.measure import Measure

Values = NDArray[np.float64]
STEP = 0.1


def auc(saliency: ArrayLike, fixations: ArrayLike, *, negatives: Literal["unfixated", "all"] = "unfixated") -> Score:
    """Return the probability that the map is higher at a fixation than at a pixel drawn at random.

    Parameters
    ----------
    saliency : (..., height, width)
        On any scale.
    fixations : (n, 2)
        Each counts, also where several are on one pixel.
    negatives : "unfixated" or "all"
        What fixations are told from: the pixels without a fixation, or all (uniform AUC).

    Returns
    -------
    float64 (...)
        Exact: ties count one half. With "all" a perfect map stays below 1, as the fixated pixels are among the
        negatives; with "unfixated" NaN if every pixel is fixated.

    Raises
    ------
    ValueError
        See the module.

    Examples
    --------
    >>> float(auc([[0.1, 0.2], [0.3, 1.0]], [[1, 1]])), float(auc([[0, 0], [0, 1]], [[0, 0]]))
    (1.0, 0.3333333333333333)
    """
    check_option("negatives", negatives, ("unfixated", "all"))
    values, pixels = _values(saliency, fixations)
    others = values if negatives == "all" else np.delete(values, np.unique(pixels), axis=-1)
    return _each(share_below, values[..., pixels], others)


def auc_judd(saliency: ArrayLike, fixations: ArrayLike, *, compat: Compat = None) -> Score:
    """Return the area under the ROC curve with thresholds at the values of the fixations only.

    Straight lines join its points, (0, 0) and (1, 1) among them. Between two thresholds they pass over the unfixated
    pixels whose values lie there, so the score is a little above that of `auc` where fixations are few.

    Parameters
    ----------
    saliency : (..., height, width)
        On any scale.
    fixations : (n, 2)
    compat : "mit", optional
        None: fixations count as often as they occur, and equal values are one threshold (pysaliency). "mit" is the
        code of the MIT benchmark without the noise that it adds to break ties: a pixel counts once, and at the i-th
        highest of the N fixated values the hit rate is i / N, the false alarm rate (pixels at or above - i) / (pixels -
        N). With ties between fixated pixels those rates are wrong: a constant map, for one, then scores less than 0.5.

    Returns
    -------
    float64 (...)
        NaN if every pixel is fixated.

    Raises
    ------
    ValueError
        See the module.

    References
    ----------
    Judd, Ehinger, Durand & Torralba (2009), Learning to predict where humans look, ICCV.

    Examples
    --------
    >>> float(auc_judd([[0.1, 0.2], [0.3, 1.0]], [[0, 1], [1, 1]]))
    1.0
    """
    check_option("compat", compat, (None, "mit"))
    values, pixels = _values(saliency, fixations)
    if compat == "mit":
        return _each(_classic_area, values[..., np.unique(pixels)], values)
    return _each(_area_at_positives, values[..., pixels], np.delete(values, np.unique(pixels), axis=-1))


def auc_shuffled(saliency: ArrayLike, fixations: ArrayLike, others: ArrayLike, *, compat: Compat = None) -> Score:
    """Return the probability that the map is higher at a fixation than at one that was made on another image.

    Parameters
    ----------
    saliency : (..., height, width)
        On any scale.
    fixations : (n, 2)
    others : (m, 2)
        Fixations on other images, on this map too; each counts as often as it occurs.
    compat : "mit", optional
        As in the code of the MIT benchmark: a fixated pixel counts once, thresholds are at steps of 0.1 of the map
        scaled to 0..1. That code draws as many of `others` as there are fixated pixels, many times: draw them before,
        and average.

    Returns
    -------
    float64 (...)
        NaN without `others`.

    Raises
    ------
    ValueError
        If one of `others` is off the map; see the module.

    References
    ----------
    Zhang, Tong, Marks, Shan & Cottrell (2008), SUN: a Bayesian framework for saliency using natural statistics,
    Journal of Vision 8(7):32.

    Examples
    --------
    >>> float(auc_shuffled([[0, 1, 2, 3]], [[2, 0]], [[0, 0], [2, 0], [3, 0]]))
    0.5
    """
    check_option("compat", compat, (None, "mit"))
    values, pixels = _values(saliency, fixations)
    negative = flat_pixels("others", others, size_of(as_maps("saliency", saliency)))
    if compat == "mit":
        values = _scaled(saliency)
        return _each(_area_in_steps, values[..., np.unique(pixels)], values[..., negative])
    return _each(share_below, values[..., pixels], values[..., negative])


def auc_borji(saliency: ArrayLike, fixations: ArrayLike, samples: ArrayLike) -> Score:
    """Return the mean area under the ROC curve against random pixels, with thresholds in steps of 0.1.

    Parameters
    ----------
    saliency : (..., height, width)
        Scaled to 0..1 before; the thresholds are 0, 0.1, 0.2, ... below the largest of the values compared.
    fixations : (n, 2)
        Each counts, also where several are on one pixel.
    samples : int (m, repeats)
        Flat indices, y * width + x, of the pixels drawn: a column is a repeat. See `borji_samples`.

    Returns
    -------
    float64 (...)
        The mean over the repeats. Coarse thresholds cost accuracy: the score of a perfect map is below 1.

    Raises
    ------
    ValueError
        If `samples` are not indices of pixels; see the module.

    References
    ----------
    Borji, Sihite & Itti (2013), Quantitative analysis of human-model agreement in visual saliency modeling, IEEE TIP
    22, 55-69.

    Examples
    --------
    >>> samples = borji_samples((2, 2), 1, 100, np.random.default_rng(0))
    >>> round(float(auc_borji([[0, 0], [0.55, 1]], [[1, 1]], samples)), 2)
    0.89
    """
    values, pixels = _values(saliency, fixations)
    columns = np.asarray(samples)
    if columns.ndim != 2 or columns.dtype.kind not in "iu":
        raise ValueError(f"samples has shape {columns.shape} of {columns.dtype}, expected integers (m, repeats)")
    if columns.size and not 0 <= columns.min() <= columns.max() < values.shape[-1]:
        raise ValueError(f"samples holds {columns.min()}..{columns.max()}, expected 0..{values.shape[-1] - 1}")
    if not columns.size:
        return as_score(np.full(values.shape[:-1], np.nan))
    scaled = _scaled(saliency)
    areas = [_each(_area_in_steps, scaled[..., pixels], scaled[..., column]) for column in columns.T]
    return as_score(np.mean(areas, axis=0))


def borji_samples(
    shape: tuple[int, int], n_fixations: int, repeats: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return flat indices (n_fixations, repeats) of pixels drawn uniformly, with replacement, for `auc_borji`."""
    for name, value in (("n_fixations", n_fixations), ("repeats", repeats)):
        check_at_least(name, value, 1)
    return random.integers(shape[0] * shape[1], size=(n_fixations, repeats))


def share_below(positive: Values, negative: Values) -> float:
    """Return the mean share of the negatives (m,) that are below a positive of (n,); equal ones count one half."""
    ordered = np.sort(negative)
    ranks = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(ranks.mean() / 2 / len(negative))


def _values(saliency: ArrayLike, fixations: ArrayLike) -> tuple[Values, NDArray[np.intp]]:
    """Return the flattened maps (..., height * width) and the fixated pixels (n,)."""
    maps = as_maps("saliency", saliency)
    pixels = flat_pixels("fixations", fixations, size_of(maps))
    return maps.reshape(*maps.shape[:-2], -1), pixels


def _scaled(saliency: ArrayLike) -> Values:
    """Return the flattened maps in 0..1; a constant map is 0."""
    maps = as_maps("saliency", saliency)
    return np.nan_to_num(from_zero_to_one(maps)).reshape(*maps.shape[:-2], -1)


def _each(area: Callable[[Values, Values], float], positive: Values, negative: Values) -> Score:
    """Return the area (...) of each map from its positives (..., n) and negatives (..., m)."""
    lead = positive.shape[:-1]
    if not positive.shape[-1] or not negative.shape[-1]:
        return as_score(np.full(lead, np.nan))
    pairs = zip(positive.reshape(-1, positive.shape[-1]), negative.reshape(-1, negative.shape[-1]), strict=True)
    return as_score(np.array([area(*pair) for pair in pairs]).reshape(lead))


def _area_at_positives(positive: Values, negative: Values) -> float:
    return _area_at(np.unique(positive)[::-1], positive, negative)


def _area_in_steps(positive: Values, negative: Values) -> float:
    return _area_at(np.arange(0, max(positive.max(), negative.max()), STEP)[::-1], positive, negative)


def _area_at(thresholds: Values, positive: Values, negative: Values) -> float:
    hits, alarms = (
        1 - np.searchsorted(np.sort(values), thresholds, "left") / len(values) for values in (positive, negative)
    )
    return polygon(alarms, hits)


def _classic_area(positive: Values, values: Values) -> float:
    n, count = len(positive), np.arange(1, len(positive) + 1)
    if n == len(values):
        return float("nan")
    at_or_above = len(values) - np.searchsorted(np.sort(values), np.sort(positive)[::-1], "left")
    return polygon((at_or_above - count) / (len(values) - n), count / n)


def polygon(alarms: Values, hits: Values) -> float:
    """Return the area under the lines that join (0, 0), the points and (1, 1)."""
    x, y = np.concatenate([[0], alarms, [1]]), np.concatenate([[0], hits, [1]])
    return float(((x[1:] - x[:-1]) * (y[1:] + y[:-1])).sum() / 2)


MEASURES = tuple(
    Measure(area.__name__, area, "higher", 0.0, 1.0, about, source, chance=0.5, symmetric=False)
    for area, about, source in (
        (auc, "exact, against unfixated pixels", "Tatler et al. 2005"),
        (auc_judd, "thresholds at the fixations", "Judd et al. 2009"),
        (auc_shuffled, "exact, against other images", "Zhang et al. 2008"),
        (auc_borji, "against random pixels, in steps", "Borji et al. 2013"),
    )
)
