"""Where the items of a display lie: in the cells of a grid, on a ring, or anywhere without overlap."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DENSEST = 0.35  # share of the display that items at random may cover; near 0.56 no further one finds room


@dataclass(frozen=True, eq=False)
class Places:
    """The places of one display.

    Attributes
    ----------
    corners : int64 (n, 2)
        Left top corner x, y of every item's square, px.
    candidates : int64 (k, 4)
        All places that an observer may think of, x0, y0, x1, y1, px, empty ones too.
    chosen : int64 (n,)
        In which of them each item is.
    """

    corners: Ints
    candidates: Ints
    chosen: Ints

    def of_items(self, side: int) -> "Places":
        """Return the same places with the squares of the items, `side` px wide, as the only candidates."""
        return _own_places(self.corners, side)


class Placement(Protocol):
    """A rule for placing items."""

    @property
    def capacity(self) -> int:
        """How many items it holds."""
        ...

    def places(self, random: np.random.Generator, n: int) -> Places:
        """Place n items."""
        ...


@dataclass(frozen=True)
class Grid:
    """Items in random cells of a grid, shifted at random within the cell.

    Attributes
    ----------
    columns, rows : int
    cell : int
        Side of a cell, px; what remains of the display is empty, on the right and below.
    item : int
        Side of an item's square, px.
    shifts : int
        An item is shifted by 0 .. shifts - 1 px to the right, and likewise down.
    """

    columns: int
    rows: int
    cell: int
    item: int
    shifts: int

    @property
    def capacity(self) -> int:
        """How many items it holds."""
        return self.columns * self.rows

    def places(self, random: np.random.Generator, n: int) -> Places:
        """Place n items."""
        row, column = np.divmod(np.arange(self.capacity), self.columns)
        corners = self.cell * np.column_stack([column, row])
        chosen = random.permutation(self.capacity)[:n]
        shift = random.integers(0, max(self.shifts, 1), (n, 2))
        return Places(corners[chosen] + shift, np.column_stack([corners, corners + self.cell]), chosen)


@dataclass(frozen=True)
class Ring:
    """Items at equal distances on the largest circle around the centre, from a random angle on.

    Attributes
    ----------
    display, item : int
        Side of the display and of an item's square, px.
    """

    display: int
    item: int

    @property
    def capacity(self) -> int:
        """How many items it holds: neighbours are at least the diagonal of an item apart."""
        diagonal = (self.item + 1) * np.sqrt(2)
        return int(np.pi / np.arcsin(diagonal / (2 * self.radius))) if 2 * self.radius > diagonal else 1

    @property
    def radius(self) -> float:
        """To the middles of the items, px."""
        return max(self.display - self.item - 1, 0) / 2

    def places(self, random: np.random.Generator, n: int) -> Places:
        """Place n items."""
        angle = 2 * np.pi * (np.arange(n) + random.random()) / n
        circle = np.column_stack([np.cos(angle), np.sin(angle)])
        corners = np.rint((self.display - self.item) / 2 + self.radius * circle).astype(np.int64)
        corners = corners.clip(0, self.display - self.item)
        return _own_places(random.permutation(corners), self.item)


@dataclass(frozen=True)
class Scatter:
    """Items anywhere, their squares not overlapping.

    Attributes
    ----------
    display, item : int
        Side of the display and of an item's square, px.
    """

    display: int
    item: int

    @property
    def capacity(self) -> int:
        """How many items it holds."""
        return max(1, int(DENSEST * (self.display / self.item) ** 2))

    def places(self, random: np.random.Generator, n: int) -> Places:
        """Place n items; starts anew where the first ones left no room for the last."""
        while True:
            corners = np.empty((0, 2), np.int64)
            for _ in range(100 * n):
                corner = random.integers(0, self.display - self.item + 1, 2)
                if (abs(corners - corner).max(axis=1) >= self.item).all():
                    corners = np.vstack([corners, corner])
                if len(corners) == n:
                    return _own_places(corners, self.item)


def _own_places(corners: Ints, item: int) -> Places:
    return Places(corners, np.column_stack([corners, corners + item]), np.arange(len(corners)))
