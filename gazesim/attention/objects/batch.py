"""What a model knows of the objects of a display, and displays side by side as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.objects.layout import Layout


@dataclass(frozen=True, eq=False)
class ObjectArray:
    """The n objects of one display; checked on construction.

    Parameters
    ----------
    layout : Layout
        Where they are, and which is the target.
    appearance : float32, optional
        Patches (n + 1, 3, 150, 93), see `cut_patches`; features (n + 1, channels), see `name_features` and
        `SharpFeatures`; or features (v, n + 1, channels) as seen from v places, see `pool_features`. After the objects
        comes what is searched for.
    view : int64 (n + 1,), optional
        Of features: from which of the v places things are seen when each object is fixated and, last, at the initial
        fixation. Unless given the v places are these, in order.
    top_down : float32 (n + 1, n), optional
        The top-down priority of the objects, 0 to 1, when each object is fixated and, last, at the initial fixation.

    Raises
    ------
    ValueError
        If appearance or top_down are of other shapes, or not finite.
    """

    layout: Layout
    appearance: NDArray[np.float32] | None = None
    view: NDArray[np.int64] | None = None
    top_down: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(self.layout)
        if self.appearance is not None and self.appearance.ndim == 3:
            view = np.arange(n + 1) if self.view is None else self.view
            object.__setattr__(self, "view", view)
            self._check("appearance", self.appearance, (int(view.max()) + 1, n + 1, self.appearance.shape[-1]))
        elif self.appearance is not None:
            self._check("appearance", self.appearance, (n + 1, *self.appearance.shape[1:]))
        if self.top_down is not None:
            self._check("top_down", self.top_down, (n + 1, n))

    def _check(self, name: str, array: NDArray[np.float32], expected: tuple[int, ...]) -> None:
        shown = f"{name} of {self.layout.id!r}"
        if array.shape != expected:
            raise ValueError(f"{shown} has shape {array.shape}, expected {expected}")
        if not np.isfinite(array).all():
            raise ValueError(f"{shown} holds {array[~np.isfinite(array)].flat[0]}, expected finite numbers")


class ObjectBatch(NamedTuple):
    """Displays side by side, b of them with up to n objects; the token after the objects is the target's.

    places     : float32 (b, n + 1, 2), column and row
    mask       : bool (b, n + 1), whether there is such an object
    targets    : int64 (b,), -1 where it is absent
    appearance : float32, patches (b, n + 1, 3, 150, 93), or features (b, n + 1, channels) or, from v places,
                 (b, v, n + 1, channels); None without
    view       : int64 (b, n + 1), see `ObjectArray`; None but for features from places
    top_down   : float32 (b, n + 1, n), see `ObjectArray`; None without
    """

    places: Tensor
    mask: Tensor
    targets: Tensor
    appearance: Tensor | None = None
    view: Tensor | None = None
    top_down: Tensor | None = None

    @property
    def end(self) -> int:
        """The number of the target token, which ends the path."""
        return self.places.shape[1] - 1

    def to(self, device: torch.device | str) -> "ObjectBatch":
        """Return the same on `device`."""
        return ObjectBatch(*(None if part is None else part.to(device) for part in self))  # type: ignore[arg-type]

    def rows(self, index: Tensor) -> "ObjectBatch":
        """Return the displays `index` (k,), repeated where it does."""
        return ObjectBatch(*(None if part is None else part[index] for part in self))  # type: ignore[arg-type]


def mirrored(displays: ObjectBatch, across: Tensor) -> ObjectBatch:
    """Return displays whose columns, and whose rows, run the other way where `across`, bool (b, 2), says so."""
    last = displays.places.masked_fill(~displays.mask[..., None], 0).amax(dim=1, keepdim=True)
    return displays._replace(places=torch.where(across[:, None], last - displays.places, displays.places))


def side_by_side(arrays: Sequence[ObjectArray]) -> ObjectBatch:
    """Return displays of any numbers of objects as one batch; all or none have appearance, and top-down priority."""
    n = max(len(array.layout) for array in arrays)
    appearance, view, top_down = (
        [part for array in arrays if (part := getattr(array, name)) is not None]
        for name in ("appearance", "view", "top_down")
    )
    for parts in (appearance, view, top_down):
        if len(parts) not in (0, len(arrays)):
            raise ValueError(f"appearance or top_down is of {len(parts)} of {len(arrays)} displays, expected all")
    shown = None
    if view:
        shown = _padded(appearance, (max(map(len, appearance)), n + 1, appearance[0].shape[-1]), axis=1)
    elif appearance:
        shown = _padded(appearance, (n + 1, *appearance[0].shape[1:]))
    return ObjectBatch(
        places=_padded([_with_target(array.layout) for array in arrays], (n + 1, 2)),
        mask=_padded([np.ones(len(array.layout) + 1, np.bool_) for array in arrays], (n + 1,)),
        targets=torch.tensor([-1 if array.layout.target is None else array.layout.target for array in arrays]),
        appearance=shown,
        view=_padded(view, (n + 1,)) if view else None,
        top_down=_padded(top_down, (n + 1, n)) if top_down else None,
    )


def _with_target(layout: Layout) -> NDArray[np.float32]:
    """Return the places (n + 1, 2) of the objects and, last, of the target; 0 if it is absent."""
    places = layout.places().astype(np.float32)
    last = np.zeros((1, 2), np.float32) if layout.target is None else places[[layout.target]]
    return np.concatenate([places, last])


def _padded(arrays: Sequence[NDArray[Any]], shape: tuple[int, ...], axis: int = 0) -> Tensor:
    """Return arrays as one (b, *shape); along `axis` the last entry of each is the last one, before it are zeros."""
    found = np.zeros((len(arrays), *shape), arrays[0].dtype)
    for whole, own in zip(found, arrays, strict=True):
        row, objects = np.moveaxis(whole, axis, 0), np.moveaxis(own, axis, 0)
        inside = tuple(slice(size) for size in objects.shape[1:])
        row[(slice(len(objects) - 1), *inside)] = objects[:-1]
        row[(-1, *inside)] = objects[-1]
    return torch.from_numpy(found)
