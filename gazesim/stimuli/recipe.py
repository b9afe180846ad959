"""What determines a set of search arrays, checked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.stimuli.placement import Grid, Placement, Ring, Scatter

RENDERINGS = ("published", "smooth")
PLACEMENTS = ("grid", "ring", "random")
TARGETS = {"present": (True,), "absent": (False,), "both": (True, False)}
LEAST_ITEM, MOST_ITEMS, MOST_PX = 4, 255, 10_000


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What determines a set of search arrays: the same recipe gives the same bytes.

    Attributes
    ----------
    paradigm : str
        One of `gazesim.stimuli.PARADIGMS`.
    conditions : tuple of str
        Those of the paradigm to make.
    set_sizes : tuple of int
        How many items a display has, the target counted.
    n_per_set_size : int
        Displays for each condition, set size, and target present or absent.
    target : {"present", "absent", "both"}
    seed : int
    rendering : {"smooth", "published"}
        Anti-aliased, or as the authors of the paradigm drew it.
    px_per_degree, display_deg, item_deg : float
        `display_deg` and `item_deg` are sides: of the display, and of the square that holds an item.
    placement : {"grid", "ring", "random"}
    grid : tuple of int
        Columns and rows of cells, for placement "grid".
    difference : float, optional
        How far target and distractors differ, in the unit of the paradigm.
    lab, background_lab : tuple of float, optional
        Colour of the items (where they differ: of the first kind) and of the display, CIE L*, a*, b*.
    letter : str, optional
    images : str, optional
        Folder with the objects to show.
    images_sha256 : str, optional
        What was in it.
    grey : bool, optional
        Show them without colour.
    cue : {"any"}, optional
        How the target is shown beforehand: as it is in the display, or as any of the looks that the target may have in
        this condition, drawn for each display, such as a T in one of four orientations.
    cue_rotation_deg : tuple of float, optional
        By how much the cue is turned counter-clockwise against the target, one of these drawn for each display.
    memory_sizes : tuple of int, optional
        How many targets are shown beforehand; any of them is searched for, and a display holds one or none.
    similarity : {"low", "high", "both"}, optional
        Distractors are chosen by their similarity to the target, see `gazesim.stimuli.object_arrays`.
    levels : int, optional
        Of that similarity: equally many pictures each, the least similar ones first; a condition each.
    layers, weights, distance : optional
        By what pictures are compared then, see `gazesim.stimuli.similarity`.
    """

    paradigm: str
    conditions: tuple[str, ...]
    set_sizes: tuple[int, ...]
    n_per_set_size: int
    target: str
    seed: int
    rendering: str
    px_per_degree: float
    display_deg: float
    item_deg: float
    placement: str
    grid: tuple[int, int]
    difference: float | None = None
    lab: tuple[float, ...] | None = None
    background_lab: tuple[float, ...] | None = None
    letter: str | None = None
    images: str | None = None
    images_sha256: str | None = None
    grey: bool | None = None
    cue: str | None = None
    cue_rotation_deg: tuple[float, ...] | None = None
    memory_sizes: tuple[int, ...] | None = None
    similarity: str | None = None
    levels: int | None = None
    layers: tuple[int, ...] | None = None
    weights: tuple[str, ...] | None = None
    distance: str | None = None

    def __post_init__(self) -> None:
        check_option("rendering", self.rendering, RENDERINGS)
        check_option("placement", self.placement, PLACEMENTS)
        check_option("target", self.target, TARGETS)
        check_option("cue", self.cue, (None, "any"))
        check_option("grey", self.grey, (None, False, True))
        check_option("similarity", self.similarity, (None, "low", "high", "both"))
        for angle in self.cue_rotation_deg or ():
            check_number("cue_rotation_deg", angle)
        for name in ("cue_rotation_deg", "memory_sizes"):
            if (values := getattr(self, name)) is not None:
                _check_distinct(name, values)
        for size in self.memory_sizes or ():
            check_at_least("memory_sizes", size, 1)
        check_at_least("seed", self.seed, 0)
        check_at_least("n_per_set_size", self.n_per_set_size, 1)
        for name in ("px_per_degree", "display_deg", "item_deg"):
            check_positive(name, getattr(self, name))
        _check_distinct("conditions", self.conditions)
        _check_distinct("set_sizes", self.set_sizes)
        for size in self.set_sizes:
            check_at_least("set_sizes", size, 1)
        if len(self.grid) != 2:
            raise ValueError(f"grid is {list(self.grid)}, expected [columns, rows]")
        for count in self.grid:
            check_at_least("grid", count, 1)
        self._check_room()

    @property
    def display_px(self) -> int:
        """Side of the display."""
        return int(self.display_deg * self.px_per_degree)

    @property
    def item_px(self) -> int:
        """Side of the square that holds an item."""
        return int(self.item_deg * self.px_per_degree)

    @property
    def placing(self) -> Placement:
        """The rule for placing items."""
        if self.placement == "ring":
            return Ring(self.display_px, self.item_px)
        if self.placement == "random":
            return Scatter(self.display_px, self.item_px)
        shifts = int((self.cell_deg - self.item_deg) * self.px_per_degree)
        cell = min(int(self.cell_deg * self.px_per_degree), self.display_px // max(self.grid))  # rounding may differ
        return Grid(*self.grid, cell, self.item_px, shifts)

    @property
    def capacity(self) -> int:
        """How many items a display holds."""
        return min(self.placing.capacity, MOST_ITEMS)

    @property
    def cell_deg(self) -> float:
        """Side of a cell of the grid."""
        return self.display_deg / max(self.grid)

    def _check_room(self) -> None:
        if self.display_px > MOST_PX:
            raise ValueError(
                f"display_deg is {self.display_deg:g}, {self.display_px} px, expected at most {MOST_PX} px"
            )
        if self.item_px < LEAST_ITEM:
            raise ValueError(f"item_deg is {self.item_deg:g}, {self.item_px} px, expected at least {LEAST_ITEM} px")
        if self.item_px > self.display_px:
            raise ValueError(f"item_deg is {self.item_deg:g}, larger than the display of {self.display_deg:g} degrees")
        if self.placement == "grid" and self.item_deg > self.cell_deg:
            found = f"item_deg is {self.item_deg:g}, larger than the cell of {self.cell_deg:.4g} degrees"
            raise ValueError(f"{found} (display_deg {self.display_deg:g}, grid {list(self.grid)})")


def as_tuple(name: str, value: Any) -> tuple[Any, ...]:
    """Return the list that `value` is; ValueError if it is none."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"{name} is {value!r}, expected a list")
    return tuple(plain(each) for each in value)


def plain(value: Any) -> Any:
    """Return a number of numpy as one of Python, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def check_number(name: str, value: object, least: float = -math.inf, most: float = math.inf) -> None:
    """Raise ValueError unless `value` is a finite number within the limits, which are not included."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not (number and least < value < most):  # type: ignore[operator]
        limits = "" if math.isinf(least) and math.isinf(most) else f" between {least:g} and {most:g}"
        raise ValueError(f"{name} is {value!r}, expected a number{limits}")


def _check_distinct(name: str, values: tuple[Any, ...]) -> None:
    if not values or len(set(values)) < len(values):
        raise ValueError(f"{name} is {list(values)}, expected at least one, each once")
