"""Codes of position: a place on the display, and whether it is the target's, as a vector.

A place is (column, row) in units of an object and need not be whole; see
`gazesim.attention.objects.layout.Layout.places`.
"""

import math
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from torch import Tensor, nn

from gazesim.checks import check_at_least, check_option, check_positive

Code = Literal["distance", "sinusoidal", "fourier", "none"]
CODES = ("distance", "sinusoidal", "fourier", "none")

CLOSE = 1e-12  # of the objective: cosines are within 1e-5 of the Gaussian


@lru_cache(maxsize=8)
def fit_distance_code(n: int, size: int, sigma: float = 2.0, seed: int = 0) -> Tensor:
    """Fit vectors whose cosine falls off with the distance of their indices like a Gaussian.

    Minimises

        mean over i, j of (cos(w_i, w_j) - exp(-(i - j)^2 / (2 sigma^2)))^2  +  variance of the norms of w_i

    by L-BFGS, from the principal components of the matrix of Gaussians, turned at random: where `size` is at least `n`
    these meet the cosines exactly (the authors take 10,000 steps of Adam from a random start).

    Parameters
    ----------
    n : int
        How many indices.
    size : int
        Of each vector. With few numbers, below about n / sigma, the cosines cannot all be met.
    sigma : float
        Standard deviation of the Gaussian, in indices.
    seed : int
        Of the turn, which spreads what the vectors tell over all their numbers.

    Returns
    -------
    float32 (n, size)
        The norms are scaled to the root of `size`. Kept for the next call; not to be changed.

    Raises
    ------
    ValueError
        If `n` or `size` is below 1, or sigma is not positive.

    References
    ----------
    Fang, Yu, Zhang, van der Lans & Shi (2024), OAT, ECCV, arXiv 2407.13335.
    """
    check_at_least("n", n, 1)
    check_at_least("size", size, 1)
    check_positive("sigma", sigma)
    index = np.arange(n)
    wanted = np.exp(-((index[:, None] - index) ** 2) / (2 * sigma**2))

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = flat.reshape(n, size)
        norms = np.linalg.norm(table, axis=1, keepdims=True)
        unit = table / norms
        error = unit @ unit.T - wanted
        along = 4 / n**2 * error @ unit
        gradient = (along - (along * unit).sum(axis=1, keepdims=True) * unit) / norms
        gradient += 2 / n * (norms - norms.mean()) * unit
        return float((error**2).mean() + norms.var()), gradient.ravel()

    def enough(intermediate_result: OptimizeResult) -> None:
        if intermediate_result.fun < CLOSE:
            raise StopIteration

    strengths, directions = np.linalg.eigh(wanted)
    most = min(n, size)
    components = np.zeros((n, size))
    components[:, :most] = directions[:, -most:] * np.sqrt(strengths[-most:].clip(min=0))
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    options = {"maxiter": 1000, "ftol": 0.0, "gtol": 0.0}
    start = (components @ turn).ravel()
    solved = minimize(objective, start, jac=True, method="L-BFGS-B", callback=enough, options=options)
    found = solved.x.reshape(n, size)
    return torch.from_numpy(found * (size**0.5 / np.linalg.norm(found, axis=1).mean())).float()


class Positions(nn.Module):
    """A code of place and target flag.

    Parameters
    ----------
    code : {"distance", "sinusoidal", "fourier", "none"}
        "distance" is OAT's, which keeps distances (`fit_distance_code`), interpolated between its indices;
        "sinusoidal" the usual sines and cosines; "fourier" sines and cosines of learned frequencies through a small
        network (Li, Si, Li, Hsieh & Bengio, NeurIPS 2021); "none" tells only whether it is the target.
    size : int
        Of the code.
    extent : int
        How many columns, and rows, "distance" has vectors for; no display may have more.
    sigma : float
        Of "distance", in objects.
    """

    def __init__(self, code: Code, size: int, *, extent: int = 32, sigma: float = 2.0) -> None:
        super().__init__()
        check_option("position", code, CODES)
        check_at_least("position_size", size, 1)
        check_at_least("extent", extent, 2)
        self.code, self.size, self.axis_size = code, size, math.ceil(size / 3)
        if code == "distance":
            self.register_buffer("table", torch.empty(extent, self.axis_size))
            self.table: Tensor
            self.sigma = sigma
        elif code == "fourier":
            self.frequencies = nn.Linear(3, size, bias=False)
            self.network = nn.Sequential(nn.Linear(2 * size, size), nn.GELU(), nn.Linear(size, size))
        elif code == "none":
            self.flags = nn.Embedding(2, size)

    def fit(self) -> None:
        """Fit what is not learned from scanpaths, the table of "distance"; before the first training."""
        if self.code == "distance":
            self.table.copy_(fit_distance_code(*self.table.shape, self.sigma))
        elif self.code == "fourier":
            nn.init.normal_(self.frequencies.weight, std=0.5)

    def forward(self, places: Tensor, flags: Tensor) -> Tensor:
        """Return the codes (..., size) of `places` (..., 2) and `flags` (...), 1 for the target, else 0."""
        coordinates = torch.cat([places, flags[..., None].to(places.dtype)], dim=-1)
        if self.code == "none":
            return torch.as_tensor(self.flags(flags.long()))
        if self.code == "fourier":
            phases = 2 * math.pi * self.frequencies(coordinates)
            return torch.as_tensor(self.network(torch.cat([phases.cos(), phases.sin()], dim=-1)))
        axis = self._distance if self.code == "distance" else self._sinusoidal
        return torch.cat(axis(coordinates).unbind(dim=-2), dim=-1)[..., : self.size]

    def _distance(self, coordinates: Tensor) -> Tensor:
        """Return (..., 3, axis_size): the vectors of the table, between its indices by cubic interpolation."""
        last = len(self.table) - 1
        if coordinates.max() > last:
            raise ValueError(
                f"the display is {float(coordinates.max()) + 1:.4g} objects wide or high, the code of position has "
                f"extent {last + 1}; train with a larger one"
            )
        position = coordinates.clamp(0, last)
        low = position.floor().clamp(max=last - 1).long()
        t = (position - low)[..., None]
        near = [self.table[(low + step).clamp(0, last)] for step in (-1, 0, 1, 2)]
        weights = (t * (t * (2 - t) - 1), t * t * (3 * t - 5) + 2, t * (t * (4 - 3 * t) + 1), t * t * (t - 1))
        mixed = torch.stack([weight * vector / 2 for weight, vector in zip(weights, near, strict=True)]).sum(0)
        norm = near[1].norm(dim=-1, keepdim=True) * (1 - t) + near[2].norm(dim=-1, keepdim=True) * t
        return torch.as_tensor(mixed * (norm / mixed.norm(dim=-1, keepdim=True)))

    def _sinusoidal(self, coordinates: Tensor) -> Tensor:
        return sinusoids(coordinates, self.axis_size)


def sinusoids(values: Tensor, size: int) -> Tensor:
    """Return sines and cosines (..., size) of `values` (...), wavelengths 2 pi to 20,000 pi (Vaswani et al. 2017)."""
    half = math.ceil(size / 2)
    rates = torch.exp(torch.arange(half, device=values.device) * (-math.log(10_000.0) / half))
    phases = values[..., None] * rates
    return torch.stack([phases.sin(), phases.cos()], dim=-1).flatten(-2)[..., :size]
