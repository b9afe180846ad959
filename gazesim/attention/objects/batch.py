"""Displays of objects side by side, as tensors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.objects.layout import Layout


class Displays(NamedTuple):
    """Displays side by side, b of them with up to n objects; the token after the objects is the target's.

    places  : float32 (b, n + 1, 2), column and row
    real    : bool (b, n + 1), whether there is such an object
    targets : int64 (b,)
    looks   : float32, patches (b, n + 1, 3, 150, 93), or features (b, v, n + 1, channels), as seen from v places; None
              without appearance
    views   : int64 (b, n + 1), which of the v is that of each object, last of the initial fixation; None for patches
    strengths : float32 (b, n + 1, n), what a top-down map has at the objects, 0 to 1, looked at from each object, last
              from the initial fixation; None without one
    """

    places: Tensor
    real: Tensor
    targets: Tensor
    looks: Tensor | None = None
    views: Tensor | None = None
    strengths: Tensor | None = None

    @property
    def end(self) -> int:
        """The number of the target token, which ends the path."""
        return self.places.shape[1] - 1

    def to(self, device: torch.device | str) -> "Displays":
        """Return the same on `device`."""
        return Displays(*(None if part is None else part.to(device) for part in self))  # type: ignore[arg-type]

    def rows(self, index: Tensor) -> "Displays":
        """Return the displays `index` (k,), repeated where it does."""
        return Displays(*(None if part is None else part[index] for part in self))  # type: ignore[arg-type]


def mirrored(displays: Displays, across: Tensor) -> Displays:
    """Return displays whose columns, and whose rows, run the other way where `across`, bool (b, 2), says so."""
    last = displays.places.masked_fill(~displays.real[..., None], 0).amax(dim=1, keepdim=True)
    return displays._replace(places=torch.where(across[:, None], last - displays.places, displays.places))


def gather(
    layouts: Sequence[Layout],
    looks: Sequence[NDArray[np.float32]] | None = None,
    views: Sequence[NDArray[np.int64]] | None = None,
    strengths: Sequence[NDArray[np.float32]] | None = None,
) -> Displays:
    """Put layouts of any numbers of objects side by side.

    Parameters
    ----------
    layouts : sequence of Layout
    looks : sequence of arrays, optional
        For each layout of n objects its patches (n + 1, 3, 150, 93), see `cut_patches`, or its features
        (v, n + 1, channels) from v places, see `pool_features`.
    views : sequence of int64 (n + 1,), optional
        For each layout of n objects which of the v is each object, and, last, the initial fixation. Unless given the v
        are these, in order.
    strengths : sequence of (n + 1, n), optional
        For each layout of n objects what a top-down map has at them; see `Displays`.

    Raises
    ------
    ValueError
        If looks or strengths are of other shapes, or not finite.
    """
    n, b = max(map(len, layouts)), len(layouts)
    places, real = np.zeros((b, n + 1, 2), np.float32), np.zeros((b, n + 1), np.bool_)
    for i, layout in enumerate(layouts):
        at = layout.places()
        places[i, : len(layout)], places[i, n] = at, at[layout.target]
        real[i, : len(layout)] = real[i, n] = True
    targets = torch.tensor([layout.target for layout in layouts])
    found = Displays(torch.from_numpy(places), torch.from_numpy(real), targets)
    if strengths is not None:
        found = found._replace(strengths=_square(layouts, strengths, n))
    if looks is None:
        return found
    if looks[0].ndim != 3:
        return found._replace(looks=_side_by_side(layouts, looks, n))
    if views is None:
        views = [np.arange(len(layout) + 1) for layout in layouts]
    return found._replace(looks=_seen_from(layouts, looks, views, n), views=_numbered(layouts, views, n))


def _side_by_side(layouts: Sequence[Layout], looks: Sequence[NDArray[np.float32]], n: int) -> Tensor:
    """Return arrays (n_i + 1, ...) of each layout as (b, n + 1, ...)."""
    found = np.zeros((len(layouts), n + 1, *looks[0].shape[1:]), np.float32)
    for row, layout, own in zip(found, layouts, looks, strict=True):
        _check("looks", layout, own, (len(layout) + 1, *looks[0].shape[1:]))
        row[: len(layout)], row[n] = own[:-1], own[-1]
    return torch.from_numpy(found)


def _seen_from(
    layouts: Sequence[Layout], looks: Sequence[NDArray[np.float32]], views: Sequence[NDArray[np.int64]], n: int
) -> Tensor:
    """Return features (v_i, n_i + 1, channels) of each layout as (b, v, n + 1, channels)."""
    most, channels = max(int(own.max()) for own in views) + 1, looks[0].shape[-1]
    found = np.zeros((len(layouts), most, n + 1, channels), np.float32)
    for row, layout, own, seen in zip(found, layouts, looks, views, strict=True):
        _check("looks", layout, own, (int(seen.max()) + 1, len(layout) + 1, channels))
        row[: len(own), : len(layout)], row[: len(own), n] = own[:, :-1], own[:, -1]
    return torch.from_numpy(found)


def _numbered(layouts: Sequence[Layout], views: Sequence[NDArray[np.int64]], n: int) -> Tensor:
    found = np.zeros((len(layouts), n + 1), np.int64)
    for row, layout, own in zip(found, layouts, views, strict=True):
        row[: len(layout)], row[n] = own[:-1], own[-1]
    return torch.from_numpy(found)


def _square(layouts: Sequence[Layout], strengths: Sequence[NDArray[np.float32]], n: int) -> Tensor:
    """Return arrays (n_i + 1, n_i) of each layout as (b, n + 1, n)."""
    found = np.zeros((len(layouts), n + 1, n), np.float32)
    for row, layout, own in zip(found, layouts, strengths, strict=True):
        _check("strengths", layout, own, (len(layout) + 1, len(layout)))
        row[: len(layout), : len(layout)], row[n, : len(layout)] = own[:-1], own[-1]
    return torch.from_numpy(found)


def _check(name: str, layout: Layout, array: NDArray[np.float32], expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        raise ValueError(f"{name} of {layout.id!r} has shape {array.shape}, expected {expected}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} of {layout.id!r} holds {array[~np.isfinite(array)].flat[0]}, expected finite numbers")
