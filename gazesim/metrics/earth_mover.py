"""Earth mover's distance of two priority maps; needs the optional solver POT."""

from importlib import import_module

import numpy as np
from numpy.typing import ArrayLike

from gazesim.checks import check_at_least, check_shape
from gazesim.metrics.maps import as_map, density
from gazesim.metrics.measure import Measure


def emd(saliency: ArrayLike, truth: ArrayLike, *, block_px: int = 32) -> float:
    """Return the earth mover's distance: how far, on average, the density must be moved to become that of the truth.

    Parameters
    ----------
    saliency, truth : (height, width)
        As densities, summed in squares of `block_px` from the top left; those at the right and lower edge may be
        smaller. The distance of two squares is that of their centres.
    block_px : int
        Side of the squares. 32 as in the MIT benchmark, which however resizes the maps. The cost grows with the
        fourth power of the number of squares along a side.

    Returns
    -------
    float
        In px, 0 or above, lower is better, 0 for equal densities; chance depends on the data. NaN where a map has no
        density.

    Raises
    ------
    ValueError
        If the maps differ in size, are empty or hold NaN, `block_px` is below 1, or the solver is not installed.
    """
    check_at_least("block_px", block_px, 1)
    wanted, found = as_map("truth", truth), as_map("saliency", saliency)
    check_shape("truth", wanted, found.shape)
    try:
        transport = import_module("ot")
    except ImportError as error:
        raise ValueError("emd needs the solver POT: pip install 'gazesim[emd]'") from error
    edges = [np.arange(0, side, block_px) for side in found.shape]
    masses = [
        np.add.reduceat(np.add.reduceat(density(each), edges[0], axis=0), edges[1], axis=1).ravel()
        for each in (found, wanted)
    ]
    if np.isnan(masses).any():
        return float("nan")
    sides = ((edge + np.minimum(edge + block_px, side) - 1) / 2 for edge, side in zip(edges, found.shape, strict=True))
    y, x = (axis.ravel() for axis in np.meshgrid(*sides, indexing="ij"))
    distances = np.hypot(x[:, None] - x, y[:, None] - y)
    return float(transport.emd2(*(mass / mass.sum() for mass in masses), distances, numItermax=10_000_000))


INF = float("inf")
MEASURES = (Measure("emd", emd, "lower", 0.0, INF, "px that the density must move", "Judd et al. 2012"),)
