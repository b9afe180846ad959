"""Pooling windows that tile a display in polar angle and the logarithm of eccentricity, as published.

The geometry is that of Freeman & Simoncelli (2011), with the fovea of Deza, Jonnalagadda & Eckstein (2019): for
scales .25, .3, .4, .5 a display of 512 px that spans 26 degrees has 377, 301, 187 and 126 windows.
"""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from gazesim.checks import as_floats, check_at_least, check_px_per_degree

CENTRE_DEG = 6 * 26 / 512  # eccentricity of ring 0, from which the rings are counted
LEAST_DEG2 = 0.25  # a smaller window belongs to the fovea
LEAST_SHARE = 0.01  # a window of which less is on the display is left to its neighbours
SCALES = 0.1, 1.0
MIXING_PER_DEG = 1.281  # fitted to people (Deza et al., 2019)


class AllFoveaError(ValueError):
    """No window but the fovea is on a display."""


class Windows:
    """The windows of one display, seen from one fixation.

    Window 0 is the fovea. A window's weights are 1 in the middle and fall as a squared cosine over half its width,
    along eccentricity and polar angle; the weights of all windows at a pixel sum to 1.

    Parameters
    ----------
    width, height : int
        Of the display, px.
    fixation : (2,)
        x, y in px; may lie outside the display.
    px_per_degree : float
    scale : float
        How wide a window is along the eccentricity, as a share of the eccentricity; 0.1 to 1. Its width across is half
        of that.

    Attributes
    ----------
    rings, sectors : int (n,)
        Which window each is, by eccentricity and polar angle; -1 for the fovea.

    Raises
    ------
    ValueError
        If a number is not accepted.
    AllFoveaError
        If no window but the fovea is on the display; a ValueError too.
    """

    def __init__(self, width: int, height: int, fixation: ArrayLike, px_per_degree: float, scale: float = 0.4) -> None:
        check_at_least("width", width, 1)
        check_at_least("height", height, 1)
        check_px_per_degree("px_per_degree", px_per_degree)
        check_scale(scale)
        self.width, self.height, self.px_per_degree, self.scale = width, height, float(px_per_degree), float(scale)
        self.fixation = as_floats("fixation", fixation, (2,))
        self.ring_log_width = 2 * np.arcsinh(scale / 2)
        self.n_sectors = round(4 * np.pi / scale)
        inside = self._area(np.arange(200)) < LEAST_DEG2
        self.first_ring = int(inside.sum())
        self._rows, self._columns = np.arange(height), np.arange(width)
        self._number = np.zeros(0, np.int64)
        keys, weights = self._parts(self._columns, self._rows)
        seen = np.bincount(keys.ravel(), weights.ravel(), self.n_sectors)
        ring = np.arange(len(seen)) // self.n_sectors + self.first_ring - 1
        whole = self._area(ring) * px_per_degree**2
        kept = np.flatnonzero((ring >= self.first_ring) & (seen >= LEAST_SHARE * whole))
        if not len(kept):
            size = f"{width / px_per_degree:.3g} x {height / px_per_degree:.3g} degrees"
            raise AllFoveaError(
                f"px_per_degree is {px_per_degree!r}, so the picture spans {size}, all of it in the fovea of "
                f"{self.fovea_deg:.2g} degrees; no window of scale {scale:g} fits"
            )
        self.rings = np.concatenate([[-1], ring[kept]])
        self.sectors = np.concatenate([[-1], kept % self.n_sectors])
        self._number = np.full(len(seen), -1)
        self._number[: self.n_sectors] = 0
        self._number[kept] = np.arange(1, len(kept) + 1)

    def __len__(self) -> int:
        return len(self.rings)

    @property
    def fovea_deg(self) -> float:
        """Eccentricity at which the fovea and the first ring have equal weights."""
        return float(self.border_deg(self.first_ring))

    def border_deg(self, ring: ArrayLike) -> NDArray[np.float64]:
        """Return the eccentricity of the inner border of rings, where two have equal weights."""
        return np.asarray(CENTRE_DEG * np.exp(self.ring_log_width * (np.asarray(ring) - 0.5)))

    def _area(self, ring: ArrayLike) -> NDArray[np.float64]:
        """Return the area of a whole window in square degrees, between the places of half weight."""
        inner, outer = self.border_deg(ring), self.border_deg(np.asarray(ring) + 1)
        return np.asarray(np.pi / self.n_sectors * (outer**2 - inner**2))

    @cached_property
    def areas_deg2(self) -> NDArray[np.float64]:
        """What of each window lies on the display, (n,): the sum of its weights in square degrees."""
        return np.asarray(self.weights.sum(axis=1), float).ravel() / self.px_per_degree**2

    @cached_property
    def radii_deg(self) -> NDArray[np.float64]:
        """Radius of the disc with the area of each whole window, (n,); 0 for the fovea."""
        radii = np.sqrt(self._area(self.rings) / np.pi)
        radii[0] = 0
        return radii

    @cached_property
    def mixing(self) -> NDArray[np.float64]:
        """The share of texture in each window, (n,): -1 + 2 / (1 + exp(-1.281 r)), 0 in the fovea.

        r is the radius in degrees of a disc with the window's area on the display.
        """
        radii = np.sqrt(self.areas_deg2 / np.pi)
        mixing: NDArray[np.float64] = -1 + 2 / (1 + np.exp(-MIXING_PER_DEG * radii))
        mixing[0] = 0
        return mixing

    @cached_property
    def weights(self) -> sparse.csr_array:
        """The weight of each pixel in each window, float32 (n, height * width); columns sum to 1."""
        return self.weights_at(self._columns, self._rows)

    def weights_at(self, columns: ArrayLike, rows: ArrayLike) -> sparse.csr_array:
        """Return the weights on a grid of other places, float32 (n, len(rows) * len(columns)).

        Parameters
        ----------
        columns, rows : (w,), (h,)
            x and y in px of the display.
        """
        columns, rows = np.asarray(columns, float), np.asarray(rows, float)
        keys, weights = self._parts(columns, rows)
        inside = keys < len(self._number)
        number = np.where(inside, self._number[np.where(inside, keys, 0)], -1)
        weights = np.where(number < 0, 0, weights)
        total = weights.sum(axis=1, keepdims=True)
        outside = total[:, 0] < 1e-6
        number[outside, 0], weights[outside, 0], total[outside] = 0, 1, 1  # where no window is kept
        places = np.broadcast_to(np.arange(len(weights))[:, None], weights.shape)
        given = weights > 1e-12
        values = ((weights / total)[given], (number[given], places[given]))
        return sparse.csr_array(sparse.coo_array(values, shape=(len(self), len(weights)))).astype(np.float32)

    def _parts(
        self, columns: NDArray[np.generic], rows: NDArray[np.generic]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the four windows that a place may lie in, and its weights there, (places, 4) each.

        Windows are counted over all sectors of a ring, ring after ring; the first `n_sectors` numbers are the fovea's.
        """
        x, y = np.meshgrid(columns - self.fixation[0], rows - self.fixation[1])
        eccentricity = np.maximum(np.hypot(x, y).ravel() / self.px_per_degree, 1e-6)
        ring = np.log(eccentricity / CENTRE_DEG) / self.ring_log_width
        turn = np.arctan2(y, x).ravel() / (2 * np.pi) + 0.5
        sector = turn * self.n_sectors + 0.25
        keys, weights = [], []
        for r in (np.floor(ring), np.floor(ring) + 1):
            for s in (np.floor(sector), np.floor(sector) + 1):
                order = np.maximum(r - self.first_ring + 1, 0)
                keys.append((order * self.n_sectors + np.where(order > 0, s % self.n_sectors, 0)).astype(np.int64))
                weights.append(_profile(ring - r) * _profile(sector - s))
        return np.stack(keys, axis=1), np.stack(weights, axis=1)


def check_scale(scale: float) -> None:
    """Raise ValueError unless windows can have this scale."""
    number = isinstance(scale, int | float | np.integer | np.floating) and not isinstance(scale, bool)
    if not (number and SCALES[0] <= scale <= SCALES[1]):
        raise ValueError(f"scale is {scale!r}, expected a number from {SCALES[0]:g} to {SCALES[1]:g}")


def _profile(offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight at an offset from the middle, in widths of a window: flat for half of it."""
    return np.asarray(np.cos(np.pi * (np.clip(np.abs(offset), 0.25, 0.75) - 0.25)) ** 2)
