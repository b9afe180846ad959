"""The steerable pyramid (Simoncelli & Freeman, 1995): a tight frame of oriented bands, each half as large as the last.

Its filters are those of the usual implementations: raised cosines of an octave along the logarithm of the frequency,
powers of a cosine along orientation. Analysis and synthesis use the same filters, and the squares of all sum to 1.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
import scipy.fft
from numpy.typing import NDArray

ORIENTATIONS = 4
Bands = NDArray[np.float32]


@dataclass(frozen=True)
class Band:
    """One band of a layout: which samples of the spectrum it keeps, and its filter.

    level : which power of two it is reduced by
    keep : index arrays of the rows and columns of the spectrum that it keeps
    filter : complex64 (h, w)
    """

    level: int
    keep: tuple[NDArray[np.int64], NDArray[np.int64]]
    filter: NDArray[np.complex64]


@lru_cache(maxsize=8)
def layout(height: int, width: int, levels: int) -> tuple[Band, ...]:
    """Return the bands for pictures of this size: the highpass, 4 orientations at each of `levels` levels, the lowpass.

    Both sides must be multiples of 2 to the power `levels`.
    """
    y, x = scipy.fft.fftfreq(height)[:, None] * 2, scipy.fft.fftfreq(width) * 2  # 1 is the Nyquist frequency
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    octave = np.log2(np.maximum(radius, 1e-9))
    order = ORIENTATIONS - 1
    gain = 2**order * factorial(order) / np.sqrt(ORIENTATIONS * factorial(2 * order))
    bands = [_band(0, _high(octave))]
    below = _low(octave)
    for level in range(levels):
        for k in range(ORIENTATIONS):
            oriented = (-1j) ** order * gain * np.cos(angle - np.pi * k / ORIENTATIONS) ** order
            bands.append(_band(level, below * _high(octave + 1 + level) * oriented))
        below = below * _low(octave + 1 + level)
    return (*bands, _band(levels, below))


def _high(octave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part above an octave that ends at frequency 1."""
    return np.asarray(np.cos(np.pi / 2 * np.clip(-octave, 0, 1)))


def _low(octave: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sin(np.pi / 2 * np.clip(-octave, 0, 1)))


def _band(level: int, whole: NDArray[np.generic]) -> Band:
    keep = tuple(_lowest(n, n >> level) for n in whole.shape)
    part = whole[np.ix_(*keep)].astype(np.complex64)
    if np.iscomplexobj(whole):  # an odd filter has no real value at the Nyquist frequency
        rows, columns = part.shape
        part[rows // 2] = 0 if rows % 2 == 0 else part[rows // 2]
        part[:, columns // 2] = 0 if columns % 2 == 0 else part[:, columns // 2]
    return Band(level, (keep[0], keep[1]), part)


def _lowest(n: int, kept: int) -> NDArray[np.int64]:
    """Return which of `n` frequencies are the lowest `kept`, in the order of a transform of that length."""
    return np.concatenate([np.arange((kept + 1) // 2), np.arange(n - kept // 2, n)])


def analyse(image: NDArray[np.float32], levels: int) -> list[Bands]:
    """Return the bands of `image` (channels, height, width), each (channels, h, w) float32."""
    spectrum = scipy.fft.fft2(image.astype(np.float32))
    found = []
    for band in layout(image.shape[1], image.shape[2], levels):
        rows, columns = np.ix_(*band.keep)
        values = scipy.fft.ifft2(spectrum[:, rows, columns] * band.filter).real / np.float32(4**band.level)
        found.append(np.asarray(values, np.float32))
    return found


def synthesise(bands: list[Bands], size: tuple[int, int], levels: int) -> NDArray[np.float32]:
    """Return the image float32 (channels, height, width) of `size` that `bands` make: that of `analyse` again."""
    spectrum = np.zeros((len(bands[0]), *size), np.complex64)
    for values, band in zip(bands, layout(*size, levels), strict=True):
        part = scipy.fft.fft2(values) * band.filter.conj() * np.float32(4**band.level)
        rows, columns = np.ix_(*band.keep)
        spectrum[:, rows, columns] += part
    return np.asarray(scipy.fft.ifft2(spectrum).real, np.float32)
