"""Texture instead of detail, without a network: noise that gets each window's statistics in a steerable pyramid.

In every band and window, the mean and the covariance of the colours of noise become those of the picture (as AdaIN does
with the features of a network), in one pass; the band is a mixture of the picture's and the noise's.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gazesim.checks import check_at_least, check_shape
from gazesim.perception.pyramid import Bands, analyse, synthesise
from gazesim.perception.windows import Windows

PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
LEAST_SIDE = 16  # px of the coarsest band
MOST_LEVELS = 5
CORRECTIONS, MOST_GAIN = 1, 2.0
PRIOR = 3.0  # samples for which the expected covariance of the noise counts


class PyramidTexture:
    """Puts texture into pictures of one size, seen from one fixation.

    Parameters
    ----------
    windows : Windows
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        shorter = min(windows.width, windows.height)
        self.levels = int(np.clip(np.log2(max(shorter, 1) / LEAST_SIDE), 1, MOST_LEVELS))
        self._unit = 2**self.levels
        self._size = self._whole(windows.height), self._whole(windows.width)

    def __call__(
        self, image: NDArray[np.uint8], seed: int = 0, *, mixing: NDArray[np.float64] | None = None
    ) -> NDArray[np.uint8]:
        """Return what is left of `image`, uint8 (height, width, 3); the same seed gives the same bytes.

        Parameters
        ----------
        image : uint8 (height, width, 3)
        seed : int
            Of the noise.
        mixing : (n,), optional
            The share of texture in each window; by default the published one, `Windows.mixing`.

        Raises
        ------
        ValueError
            If the image is not of the size of the windows, or the seed is negative.
        """
        height, width = self.windows.height, self.windows.width
        check_shape("image", image, (height, width, 3))
        check_at_least("seed", seed, 0)
        mixing = self.windows.mixing if mixing is None else mixing
        content = self._padded(image.astype(np.float32).transpose(2, 0, 1))
        noise = np.random.default_rng(seed).standard_normal(content.shape, np.float32)
        pairs = zip(analyse(content, self.levels), analyse(noise, self.levels), self._band_levels, strict=True)
        bands = [self._textured(own, other, level, mixing) for own, other, level in pairs]
        made = synthesise(bands, self._size, self.levels)
        made = made[:, self._unit : self._unit + height, self._unit : self._unit + width].transpose(1, 2, 0)
        fovea = self.windows.weights[[0]].toarray().reshape(height, width, 1)
        return np.asarray(np.rint(np.clip(fovea * image + (1 - fovea) * made, 0, 255)), np.uint8)

    def _whole(self, side: int) -> int:
        """Return a side with a border of one sample of the coarsest band or more, whole at every level."""
        return int((-(-side // self._unit) + 2) * self._unit)

    def reference(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return `image` itself: the pyramid gives back what it takes."""
        return image

    @property
    def _band_levels(self) -> list[int]:
        return [0, *(level for level in range(self.levels) for _ in range(4)), self.levels]

    def _padded(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mirror the picture at its borders, so that the left does not leak into the right."""
        after = [whole - self._unit - n for whole, n in zip(self._size, image.shape[1:], strict=True)]
        spans = [(self._unit, over) for over in after]
        return np.pad(image, [(0, 0), *spans], mode="symmetric")

    @cached_property
    def _weights(self) -> list[sparse.csr_array]:
        """The windows' weights at the samples of each level that lie on the display."""
        places = [
            (np.arange(0, self.windows.width, 2**k), np.arange(0, self.windows.height, 2**k))
            for k in range(self.levels + 1)
        ]
        return [self.windows.weights_at(columns, rows) for columns, rows in places]

    @cached_property
    def _samples(self) -> list[NDArray[np.float64]]:
        """How many samples of equal weight would give each window's mean the same error, by level (n,)."""
        return [
            (each.sum(axis=1) ** 2 / np.maximum(each.power(2).sum(axis=1), 1e-9)).astype(np.float64).ravel()
            for each in self._weights
        ]

    def _textured(self, own: Bands, other: Bands, level: int, mixing: NDArray[np.float64]) -> Bands:
        """Return one band of the picture with as much texture as `mixing` says."""
        step, weights = 2**level, self._weights[level]
        start = self._unit // step
        rows, columns = -(-self.windows.height // step), -(-self.windows.width // step)
        inner = (slice(None), slice(start, start + rows), slice(start, start + columns))
        mean, covariance = statistics(weights, own[inner])
        noise_mean, noise_covariance = statistics(weights, other[inner])
        expected = other[inner].var(dtype=np.float64) * np.eye(3)
        samples = self._samples[level]
        share = (samples / (samples + PRIOR))[:, None, None]
        turn = root(covariance) @ root(share * noise_covariance + (1 - share) * expected, -0.5)
        shift = mean - np.einsum("nij,nj->ni", turn, noise_mean)
        values = np.concatenate([turn.reshape(-1, 9), shift, mean, mixing[:, None]], axis=1)
        field = self._spread(values, level)
        made = np.einsum("ijhw,jhw->ihw", field[:9].reshape(3, 3, rows, columns), other[inner]) + field[9:12]
        for _ in range(CORRECTIONS):
            _, found = statistics(weights, made)
            gain = np.sqrt(_trace(covariance) / _trace(found)).clip(1 / MOST_GAIN, MOST_GAIN)
            made = field[12:15] + self._spread(gain[:, None], level) * (made - field[12:15])
        mixed = own.copy()
        mixed[inner] += field[15] * (made - own[inner])
        return mixed

    def _spread(self, values: NDArray[np.float64], level: int) -> NDArray[np.float32]:
        """Return values of the windows (n, k) as maps (k, h, w) of a level, blended by the windows' weights."""
        step = 2**level
        shape = -(-self.windows.height // step), -(-self.windows.width // step)
        return np.asarray((self._weights[level].T @ values.astype(np.float32)).T.reshape(-1, *shape), np.float32)


def statistics(weights: sparse.csr_array, band: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean (n, 3) and covariance (n, 3, 3) of `band` (3, h, w) in each window."""
    flat = band.reshape(3, -1)
    centre = flat.mean(axis=1, dtype=np.float64)
    flat = flat - centre[:, None].astype(np.float32)  # so that differences of squares are exact enough
    values = np.concatenate([flat, [flat[i] * flat[j] for i, j in PAIRS], np.ones_like(flat[:1])]).T
    sums = (weights @ np.ascontiguousarray(values)).astype(np.float64)
    total = np.maximum(sums[:, -1:], 1e-9)
    moments = sums[:, :9] / total
    mean = moments[:, :3]
    covariance = np.empty((len(mean), 3, 3))
    for column, (i, j) in enumerate(PAIRS):
        covariance[:, i, j] = covariance[:, j, i] = moments[:, 3 + column] - mean[:, i] * mean[:, j]
    return mean + centre, covariance


def root(matrices: NDArray[np.float64], power: float = 0.5) -> NDArray[np.float64]:
    """Return symmetric matrices (n, d, d) to a power; eigenvalues below a millionth of the largest count as that."""
    values, vectors = np.linalg.eigh(matrices)
    values = np.maximum(values, np.maximum(1e-6 * values[:, -1:], 1e-9))
    return np.asarray((vectors * values[:, None, :] ** power) @ vectors.transpose(0, 2, 1))


def _trace(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(np.trace(matrices, axis1=1, axis2=2), 1e-9))
