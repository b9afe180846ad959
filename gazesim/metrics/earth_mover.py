"""Earth mover's distance of two priority maps; needs the optional solver POT."""

from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import check_at_least, check_shape
from gazesim.metrics.maps import as_map, density
from gazesim.metrics.measures import Measure


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
    return _cost(_blocks(found, block_px), wanted)


class _Blocks(NamedTuple):
    """A density summed in squares; the distances of their centres."""

    masses: NDArray[np.float64]
    distances: NDArray[np.float64]
    block_px: int


def _blocks(saliency: NDArray[np.float64], block_px: int = 32) -> _Blocks:
    edges = [np.arange(0, side, block_px) for side in saliency.shape]
    sides = (
        (edge + np.minimum(edge + block_px, side) - 1) / 2 for edge, side in zip(edges, saliency.shape, strict=True)
    )
    y, x = (axis.ravel() for axis in np.meshgrid(*sides, indexing="ij"))
    return _Blocks(_masses(saliency, block_px), np.hypot(x[:, None] - x, y[:, None] - y), block_px)


def _masses(saliency: NDArray[np.float64], block_px: int) -> NDArray[np.float64]:
    down, right = (np.arange(0, side, block_px) for side in saliency.shape)
    return np.asarray(np.add.reduceat(np.add.reduceat(density(saliency), down, axis=0), right, axis=1).ravel())


def _cost(found: _Blocks, truth: NDArray[np.float64]) -> float:
    try:
        transport = import_module("ot")
    except ImportError as error:
        raise ValueError("emd needs the solver POT: pip install 'gazesim[emd]'") from error
    masses = [found.masses, _masses(truth, found.block_px)]
    if np.isnan(masses).any():
        return float("nan")
    return float(transport.emd2(*(mass / mass.sum() for mass in masses), found.distances, numItermax=10_000_000))


EMD = Measure(
    function=emd,
    kind="map",
    direction="lower",
    low=0.0,
    symmetric=True,
    source="Judd et al. 2012",
    prepare=_blocks,
    score=_cost,
    of="density",
)
