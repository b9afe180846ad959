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
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_at_least, check_option
from gazesim.metrics.maps import Compat, Score, as_maps, as_score, flat_pixels, from_zero_to_one, size_of
from gazesim.metrics.measures import Measure

Values = NDArray[np.float64]
STEP = 0.1
FEW = 8  # values are compared with all others sooner than these are sorted


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
    return _of_each(Ranked, above_all if negatives == "all" else _above_unfixated, saliency, fixations)


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
    if compat == "mit":
        values, pixels = _values(saliency, fixations)
        return _each(_classic_area, values[..., np.unique(pixels)], values)
    return _of_each(Ranked, _area_at_fixations, saliency, fixations)


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
    if compat == "mit":
        values, pixels = _scaled(saliency), _values(saliency, fixations)[1]
        negative = flat_pixels("others", others, size_of(as_maps("saliency", saliency)))
        return _each(_area_in_steps, values[..., np.unique(pixels)], values[..., negative])
    return _of_each(partial(_against_others, others=others), _above_others, saliency, fixations)


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


class Ranked:
    """The values (n,) of a map, for ranks among them; sorted once, when many ranks are asked for."""

    def __init__(self, values: Values) -> None:
        self.values = values.ravel()

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def ordered(self) -> Values:
        """The values in ascending order."""
        return np.sort(self.values)

    def twice_below(self, values: Values) -> NDArray[np.intp]:
        """Return twice the number of own values below each of `values` (m,), equal ones counting one half."""
        if len(values) <= FEW and "ordered" not in self.__dict__:
            counts = [
                np.count_nonzero(self.values < value) + np.count_nonzero(self.values <= value) for value in values
            ]
            return np.array(counts, np.intp)
        return np.asarray(self.ordered.searchsorted(values) + self.ordered.searchsorted(values, "right"))


def above_all(ranked: Ranked, pixels: NDArray[np.intp]) -> float:
    """Return the mean share of all pixels of a map that are below those at `pixels` (n,); equal ones count one half."""
    if not len(pixels):
        return float("nan")
    return float(ranked.twice_below(ranked.values[pixels]).mean() / 2 / len(ranked))


def _above_unfixated(ranked: Ranked, pixels: NDArray[np.intp]) -> float:
    """Ranks among all pixels less those among the fixated ones are those among the unfixated."""
    fixated, own = np.unique(pixels), ranked.values[pixels]
    unfixated = len(ranked) - len(fixated)
    if not (len(pixels) and unfixated):
        return float("nan")
    among_unfixated = ranked.twice_below(own) - Ranked(ranked.values[fixated]).twice_below(own)
    return float(among_unfixated.mean() / 2 / unfixated)


def _area_at_fixations(ranked: Ranked, pixels: NDArray[np.intp]) -> float:
    """Pixels below a threshold are all that are, less the fixated ones."""
    fixated, positive = np.unique(pixels), np.sort(ranked.values[pixels])
    unfixated = len(ranked) - len(fixated)
    if not (len(pixels) and unfixated):
        return float("nan")
    thresholds = np.unique(positive)[::-1]
    below = ranked.ordered.searchsorted(thresholds) - np.sort(ranked.values[fixated]).searchsorted(thresholds)
    return polygon(1 - below / unfixated, 1 - positive.searchsorted(thresholds) / len(positive))


def _against_others(saliency: Values, others: ArrayLike) -> tuple[Values, Ranked]:
    flat = saliency.ravel()
    return flat, Ranked(flat[flat_pixels("others", others, size_of(saliency))])


def _above_others(prepared: tuple[Values, Ranked], pixels: NDArray[np.intp]) -> float:
    flat, negative = prepared
    if not (len(pixels) and len(negative)):
        return float("nan")
    return float(negative.twice_below(flat[pixels]).mean() / 2 / len(negative))


def _of_each(
    prepare: Callable[[Values], Any],
    score: Callable[[Any, NDArray[np.intp]], float],
    saliency: ArrayLike,
    fixations: ArrayLike,
) -> Score:
    """Return the score (...) of each map (..., height, width)."""
    maps = as_maps("saliency", saliency)
    pixels = flat_pixels("fixations", fixations, size_of(maps))
    scores = [score(prepare(each), pixels) for each in maps.reshape(-1, *size_of(maps))]
    return as_score(np.array(scores).reshape(maps.shape[:-2]))


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


_FACTS: dict[str, Any] = {
    "kind": "map",
    "direction": "higher",
    "low": 0.0,
    "high": 1.0,
    "chance": 0.5,
    "of": "pixels",
}
AUC = Measure(
    function=auc,
    source="Tatler et al. 2005",
    default_for=("free_viewing",),
    prepare=Ranked,
    score=_above_unfixated,
    **_FACTS,
)
AUC_JUDD = Measure(function=auc_judd, source="Judd et al. 2009", prepare=Ranked, score=_area_at_fixations, **_FACTS)
SHUFFLED = Measure(
    function=auc_shuffled,
    source="Zhang et al. 2008",
    default_for=("free_viewing",),
    needs={"others": "elsewhere"},
    prepare=_against_others,
    score=_above_others,
    **_FACTS,
)
AUC_BORJI = Measure(function=auc_borji, source="Borji et al. 2013", needs={"samples": "random pixels"}, **_FACTS)
