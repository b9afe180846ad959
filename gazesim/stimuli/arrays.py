"""Search arrays: from a paradigm and settings to displays."""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import unknown
from gazesim.items import Items
from gazesim.registry import Registry
from gazesim.stimuli import published
from gazesim.stimuli.classics import CLASSICS
from gazesim.stimuli.colour import srgb
from gazesim.stimuli.displays import Displays
from gazesim.stimuli.object_arrays import (
    OBJECT_ARRAYS,
    similar_conditions,
    similar_settings,
)
from gazesim.stimuli.paradigm import Condition, Paradigm, pick
from gazesim.stimuli.patch import Patch, rotated
from gazesim.stimuli.pictures import digest, picture_files
from gazesim.stimuli.placement import Places
from gazesim.stimuli.recipe import TARGETS, Recipe, as_tuple, check_number, plain
from gazesim.trial import Trial


def _checked(name: str, thing: Any) -> Paradigm:
    if not isinstance(thing, Paradigm):
        raise ValueError(f"paradigm {name!r} is {thing!r}, expected a gazesim.stimuli.Paradigm")
    return thing


PARADIGMS: Registry[Paradigm] = Registry(
    "paradigm",
    "gazesim.stimuli",
    {**published.PUBLISHED, **CLASSICS, **OBJECT_ARRAYS},
    check=_checked,
    about=lambda paradigm: paradigm.summary,
)


def register_paradigm(name: str, paradigm: Paradigm) -> None:
    """Add a paradigm for this session, so that `make` knows it.

    Raises
    ------
    ValueError
        If the name is taken, or it is no `Paradigm`.
    """
    PARADIGMS.register(name, paradigm)


COMMON: dict[str, Any] = {
    "conditions": None,
    "n_per_set_size": 30,
    "target": "both",
    "seed": 0,
    "rendering": "smooth",
    "px_per_degree": 30.0,
    "placement": "grid",
    "cue": None,
    "cue_rotation_deg": None,
}
LISTS = ("conditions", "set_sizes", "grid", "lab", "background_lab", "cue_rotation_deg", "memory_sizes")
NUMBERS = ("px_per_degree", "display_deg", "item_deg", "difference")


def recipe_of(name: str, settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a paradigm with some settings of one's own; None stands for the default.

    Raises
    ------
    FileNotFoundError
        If the folder with images does not exist.
    ValueError
        If a setting is not one of the paradigm's, or not accepted.
    """
    paradigm = PARADIGMS[name]
    defaults = {**COMMON, **paradigm.defaults}
    defaults["conditions"] = conditions = similar_conditions(settings) or paradigm.conditions
    for key, value in settings.items():
        if key not in defaults and value is not None:
            raise ValueError(unknown(f"setting of {name}", key, defaults))
    values = {**defaults, **{key: plain(value) for key, value in settings.items() if value is not None}}
    for key in LISTS:
        if values.get(key) is not None:
            values[key] = as_tuple(key, values[key])
    for key in NUMBERS:
        if key in values:
            check_number(key, values[key])
            values[key] = float(values[key])
    known = {field.name for field in fields(Recipe)}
    values |= similar_settings(values) if "similarity" in defaults else {}
    recipe = Recipe(paradigm=name, **{key: value for key, value in values.items() if key in known})
    _check(recipe, paradigm, conditions)
    if "images" in defaults:
        if recipe.images is None:
            raise ValueError(f"images is missing, expected with {name}: a folder of images")
        recipe = replace(recipe, images=str(recipe.images), images_sha256=digest(picture_files(recipe.images)))
    return recipe


def _check(recipe: Recipe, paradigm: Paradigm, conditions: Sequence[str]) -> None:
    for condition in recipe.conditions:
        if condition not in conditions:
            raise ValueError(unknown(f"condition of {recipe.paradigm}", condition, conditions))
    if (largest := max(recipe.set_sizes)) > recipe.capacity:
        where = f"grid {list(recipe.grid)}" if recipe.placement == "grid" else f"placement {recipe.placement!r}"
        more = f"; paradigm={paradigm.for_more_items} holds more" if paradigm.for_more_items else ""
        raise ValueError(f"set_sizes has {largest}, expected at most {recipe.capacity}: what {where} holds{more}")
    if recipe.cue is not None and paradigm.mix == "distinct":
        raise ValueError(
            f"cue is {recipe.cue!r}, expected none with {recipe.paradigm}: its targets are different things"
        )
    for name in ("lab", "background_lab"):
        if (colour := getattr(recipe, name)) is not None:
            for value in colour:
                check_number(name, value)
            srgb(colour, name)
    if recipe.rendering == "published":
        if recipe.paradigm not in published.PUBLISHED:
            raise ValueError(f"rendering is 'published', expected 'smooth' with {recipe.paradigm}")
        for name, fixed in (("px_per_degree", 30.0), ("item_deg", paradigm.defaults["item_deg"])):
            if not math.isclose(found := getattr(recipe, name), fixed):
                raise ValueError(f"{name} is {found:g}, expected {fixed:g} with rendering 'published'")


class Arrays(Displays):
    """The displays of a recipe, each made when asked for.

    Display i depends on nothing but the recipe's geometry and looks, the seed, the condition, the set size, whether
    the target is present, and its index among these: with more of them, the first stay what they were.

    Raises
    ------
    ValueError
        If a setting cannot be drawn.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._paradigm = PARADIGMS[recipe.paradigm]
        self._conditions: Mapping[str, Condition] = self._paradigm.draw(recipe)
        colour = np.rint(self._paradigm.background(recipe)).astype(int)
        self._background: list[int] = colour.tolist()
        self._placing = recipe.placing
        self._plan = [
            (condition, memory, size, present, index)
            for condition in recipe.conditions
            for memory in recipe.memory_sizes or (None,)
            for size in recipe.set_sizes
            for present in TARGETS[recipe.target]
            for index in range(recipe.n_per_set_size)
        ]

    def __len__(self) -> int:
        return len(self._plan)

    def samples(self) -> Sequence[int]:
        """Return one display of every condition, set size, and target present or absent."""
        return range(0, len(self), self.recipe.n_per_set_size)

    def display(self, number: int) -> Trial:
        """Make the display of that number, from 0."""
        condition, memory, size, present, index = self._plan[number]
        recipe, random = self.recipe, self._random(number)
        places = self._placing.places(random, size)
        if not self._paradigm.empty_cells:
            places = places.of_items(recipe.item_px)
        kinds = self._conditions[condition]
        patches, target, item = pick(random, self._paradigm.mix, kinds, size, present)
        if recipe.cue == "any":
            target = kinds.targets[random.integers(len(kinds.targets))]
        cues = self._cues(number, kinds, patches, target)
        suffix = "" if memory is None else f"-memory{memory}"
        image, item_map = compose(recipe.display_px, self._background, patches, places)
        looks = [patch.look for patch in patches]
        return Trial(
            image,
            targets=cues,
            items=Items(item_map, looks, target=item, index=index, seed=recipe.seed),
            condition=f"{condition}{suffix}",
            present=present,
            set_size=len(patches),
            target_box=None if item is None else self._target_box(places, item),
            objects=places.candidates,
            px_per_degree=recipe.px_per_degree,
            background=self._background,
            id=f"{condition}{suffix}-{size:02d}{'' if present else '-absent'}-{index:03d}",
        )

    def columns(self, number: int) -> dict[str, object]:
        """Return, of a memory set, which of the targets is in the display, from 0."""
        _, memory, _, present, _ = self._plan[number]
        return {} if memory is None else {"shown_target": self._place(number, memory) if present else ""}

    def _random(self, number: int, *purpose: int) -> np.random.Generator:
        """Return the random numbers of a display, or others of its own for a purpose."""
        condition, memory, size, present, index = self._plan[number]
        names = (zlib.crc32(self.recipe.paradigm.encode()), zlib.crc32(condition.encode()))
        key = (*names, *(() if memory is None else (memory,)), size, int(present), index, *purpose)
        return np.random.default_rng(np.random.SeedSequence(self.recipe.seed, spawn_key=key))

    def _place(self, number: int, memory: int) -> int:
        return int(self._random(number, 1).integers(memory))

    def _cues(self, number: int, kinds: Condition, patches: Sequence[Patch], target: Patch) -> list[NDArray[np.uint8]]:
        """Return what is shown beforehand: the target, in a memory set among others that are not in the display."""
        memory, random = self._plan[number][1], self._random(number, 2)
        cues = [target]
        if memory is not None:
            shown = {id(patch) for patch in (*patches, target)}
            others = [patch for patch in kinds.targets if id(patch) not in shown]
            cues = [others[each] for each in random.permutation(len(others))[: memory - 1].tolist()]
            cues.insert(self._place(number, memory), target)
        if (angles := self.recipe.cue_rotation_deg) is None:
            return [cue.pixels for cue in cues]
        turns = random.integers(len(angles), size=len(cues)).tolist()
        return [rotated(cue.pixels, angles[k], self._background) for cue, k in zip(cues, turns, strict=True)]

    def _target_box(self, places: Places, item: int) -> NDArray[np.int64]:
        box: NDArray[np.int64] = places.candidates[places.chosen[item]]
        if self._paradigm.shifted_target_box and self.recipe.rendering == "published":
            box = box + np.tile(places.corners[item] - box[:2], 2)
        return box.clip(0, self.recipe.display_px)


def compose(
    side: int, background: Sequence[int], patches: Sequence[Patch], places: Places
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the image (side, side, 3) with the patches at their places, and the item map (side, side)."""
    image = np.empty((side, side, 3), np.uint8)
    image[:] = background
    item_map = np.zeros((side, side), np.uint8)
    for number, (patch, (x, y)) in enumerate(zip(patches, places.corners.tolist(), strict=True), start=1):
        window = np.s_[y : y + patch.side, x : x + patch.side]
        image[window] = patch.pixels
        item_map[window] = number * patch.mask
    return image, item_map
