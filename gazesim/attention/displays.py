"""Displays of objects side by side, as tensors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.layout import Layout


class Displays(NamedTuple):
    """Displays side by side, b of them with up to n objects; the token after the objects is the target's.

    places  : float32 (b, n + 1, 2), column and row
    real    : bool (b, n + 1), whether there is such an object
    targets : int64 (b,)
    looks   : float32, patches (b, n + 1, 3, 150, 93), or features (b, n + 1, n + 1, channels), first the fixated object
              from which they are seen, the last being the initial fixation; None without appearance
    """

    places: Tensor
    real: Tensor
    targets: Tensor
    looks: Tensor | None

    @property
    def end(self) -> int:
        """The number of the target token, which ends the path."""
        return self.places.shape[1] - 1

    def to(self, device: torch.device | str) -> "Displays":
        """Return the same on `device`."""
        looks = None if self.looks is None else self.looks.to(device)
        return Displays(self.places.to(device), self.real.to(device), self.targets.to(device), looks)

    def rows(self, index: Tensor) -> "Displays":
        """Return the displays `index` (k,), repeated where it does."""
        looks = None if self.looks is None else self.looks[index]
        return Displays(self.places[index], self.real[index], self.targets[index], looks)


def gather(layouts: Sequence[Layout], looks: Sequence[NDArray[np.float32]] | None = None) -> Displays:
    """Put layouts of any numbers of objects side by side.

    Parameters
    ----------
    layouts : sequence of Layout
    looks : sequence of arrays, optional
        For each layout of n objects its patches (n + 1, 3, 150, 93), see `cut_patches`, or its features
        (n + 1, n + 1, channels), see `pool_features`.

    Raises
    ------
    ValueError
        If the looks are of other shapes, or not finite.
    """
    n, b = max(map(len, layouts)), len(layouts)
    places, real = np.zeros((b, n + 1, 2), np.float32), np.zeros((b, n + 1), np.bool_)
    for i, layout in enumerate(layouts):
        at = layout.places()
        places[i, : len(layout)], places[i, n] = at, at[layout.target]
        real[i, : len(layout)] = real[i, n] = True
    seen = None if looks is None else _side_by_side(layouts, looks, n)
    targets = torch.tensor([layout.target for layout in layouts])
    return Displays(torch.from_numpy(places), torch.from_numpy(real), targets, seen)


def _side_by_side(layouts: Sequence[Layout], looks: Sequence[NDArray[np.float32]], n: int) -> Tensor:
    first = looks[0]
    square = first.ndim == 3
    found = np.zeros((len(layouts), *(n + 1,) * (1 + square), *first.shape[1 + square :]), np.float32)
    for row, layout, own in zip(found, layouts, looks, strict=True):
        expected = (*(len(layout) + 1,) * (1 + square), *first.shape[1 + square :])
        if own.shape != expected:
            raise ValueError(f"looks of {layout.id!r} has shape {own.shape}, expected {expected}")
        if not np.isfinite(own).all():
            raise ValueError(f"looks of {layout.id!r} holds {own[~np.isfinite(own)].flat[0]}, expected finite numbers")
        index = np.array([*range(len(layout)), n])
        row[np.ix_(index, index) if square else index] = own
    return torch.from_numpy(found)
