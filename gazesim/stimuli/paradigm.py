"""The grammar of a search array: which items a target is shown among, and how the kinds are mixed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gazesim.stimuli.colour import srgb
from gazesim.stimuli.patch import Colour, Patch
from gazesim.stimuli.recipe import Recipe
from gazesim.stimuli.shapes import Shape, draw

Mix = Literal["independent", "balanced", "cycled", "distinct"]


@dataclass(frozen=True)
class Condition:
    """What the target may look like, and what the distractors.

    among : int64 (targets, k), optional
        Which of the distractors each target may be shown among; else all of them.
    """

    targets: tuple[Patch, ...]
    distractors: tuple[Patch, ...]
    among: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Paradigm:
    """A family of displays.

    Attributes
    ----------
    summary : str
        One line for lists.
    conditions : tuple of str
        Their names.
    draw : callable
        Draws the items of all conditions.
    background : callable
        Returns the colour of the display.
    defaults : mapping
        The settings it takes besides those of all paradigms, and where its defaults differ from theirs.
    mix : {"independent", "balanced", "cycled", "distinct"}
        How the kinds of distractors are drawn: each on its own; all equally often as far as possible; in turns,
        in which the target takes part; no kind twice.
    difference : str
        What the setting means here, with its unit.
    shifted_target_box : bool
        Published drawings only: the target's box is its cell, but shifted like the item.
    empty_cells : bool
        Whether all cells of a grid are candidates for fixations, as published, and not the squares of the items alone.
    for_more_items : str
        A paradigm of the same task that holds more items.
    """

    summary: str
    conditions: tuple[str, ...]
    draw: Callable[[Recipe], Mapping[str, Condition]]
    background: Callable[[Recipe], Colour]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    mix: Mix = "independent"
    difference: str = ""
    shifted_target_box: bool = False
    empty_cells: bool = False
    for_more_items: str = ""


@dataclass(frozen=True)
class Canvas:
    """The square on which the items of a recipe are drawn.

    Attributes
    ----------
    side : int
        px
    px_per_degree : float
        Of the shapes, which are given for items of their default size.
    ink, background : Colour
    """

    side: int
    px_per_degree: float
    ink: Colour
    background: Colour

    def patch(self, look: str, shape: Shape, ink: Any = None) -> Patch:
        """Draw a shape, in another ink if one is given."""
        return draw(look, shape, self.side, self.px_per_degree, self.ink if ink is None else ink, self.background)


def canvas(recipe: Recipe, default_deg: float, ink: Colour, background: Colour) -> Canvas:
    """Return the canvas for shapes that are given for items of `default_deg`."""
    return Canvas(recipe.item_px, recipe.px_per_degree * recipe.item_deg / default_deg, ink, background)


def chosen_background(recipe: Recipe) -> Colour:
    """Return the colour that the recipe states."""
    assert recipe.background_lab is not None
    return srgb(recipe.background_lab, "background_lab")


def pick(
    random: np.random.Generator, mix: Mix, condition: Condition, n: int, present: bool
) -> tuple[list[Patch], Patch, int | None]:
    """Return the n items of a display, what the target looks like, and which of the items it is."""
    targets, distractors = condition.targets, condition.distractors
    target_item = int(random.integers(n)) if present else None
    if condition.among is not None:
        kind = int(random.integers(len(targets)))
        items = _looks(distractors, random.permutation(condition.among[kind])[: n - present])
        if target_item is not None:
            items.insert(target_item, targets[kind])
        return items, targets[kind], target_item
    if mix == "cycled" or mix == "distinct":
        kinds = np.arange(n + 1) % len(distractors) if mix == "cycled" else random.permutation(len(distractors))
        target = targets[kinds[n if target_item is None else target_item]]
        items = _looks(distractors, kinds[:n])
        if target_item is not None:
            items[target_item] = target
        return items, target, target_item
    target = targets[random.integers(len(targets))]
    items = _looks(distractors, _kinds(random, mix, n - present, len(distractors)))
    if target_item is not None:
        items.insert(target_item, target)
    return items, target, target_item


def _kinds(random: np.random.Generator, mix: Mix, n: int, kinds: int) -> Any:
    if mix == "independent":
        return random.integers(0, kinds, n)
    rounds = [random.permutation(kinds) for _ in range(-(-n // kinds))]
    return random.permutation(np.concatenate([*rounds, np.empty(0, np.int64)])[:n])


def _looks(patches: Sequence[Patch], kinds: Any) -> list[Patch]:
    return [patches[kind] for kind in kinds.tolist()]
