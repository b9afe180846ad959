"""What chance reaches: uniform and centre-biased fixations, and those of people on other images.

Score these as a model's. A map that is constant is the uniform one; `gazesim.metrics.maps.fixation_density` of such
fixations, or of those of people on all other images, is a centre-biased one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import truncnorm

from gazesim.checks import as_floats, check_at_least, check_positive


def uniform_fixations(n: int, size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float64]:
    """Return n fixations (n, 2), x, y in px, drawn uniformly from a display of `size` (width, height).

    >>> uniform_fixations(1000, (800, 600), np.random.default_rng(0)).mean(axis=0).round(-1)
    array([400., 300.])
    """
    check_at_least("n", n, 0)
    return random.uniform(-0.5, _edges(size) - 0.5, (n, 2))


def centre_biased_fixations(
    n: int, size: tuple[int, int], sd_px: ArrayLike, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return n fixations (n, 2), x, y in px, drawn from a Gaussian around the centre, cut at the edges of the display.

    Parameters
    ----------
    n : int
    size : (width, height)
    sd_px : float or (2,)
        Standard deviation, of x and y. Take that of people's fixations on the data set.
    random : numpy Generator

    Raises
    ------
    ValueError
        If `sd_px` is not above 0.
    """
    check_at_least("n", n, 0)
    deviations = as_floats("sd_px", np.broadcast_to(sd_px, 2), (2,))
    for deviation in deviations:
        check_positive("sd_px", float(deviation))
    reach = _edges(size) / 2 / deviations
    drawn = truncnorm.rvs(-reach, reach, size=(n, 2), random_state=random)
    return np.asarray((_edges(size) - 1) / 2 + deviations * drawn)


def other_images(n: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return for each of n images another one (n,), each used once, no image with itself: for shuffled chance levels.

    It is a random cycle through all images. Exchange images of one size only. ValueError if there is only one.

    >>> other_images(4, np.random.default_rng(0)) != np.arange(4)
    array([ True,  True,  True,  True])
    """
    check_at_least("n", n, 2)
    order = random.permutation(n)
    partner = np.empty(n, np.int64)
    partner[order] = np.roll(order, 1)
    return partner


def _edges(size: tuple[int, int]) -> NDArray[np.float64]:
    for side in size:
        check_at_least("size", side, 1)
    return np.array(size, np.float64)
