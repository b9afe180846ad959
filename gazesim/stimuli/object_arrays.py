"""Search among pictures of objects, each different, from a folder.

With `similarity`, distractors are chosen by how similar an early ("low") and a late ("high") layer of a trunk find them
to the target. Both are correlated over pictures; what is taken for each target is what linear regression on the other
one leaves, so that distractors that differ in the one are, on average, equal in the other. "both" is the mean of both.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.checks import check_at_least
from gazesim.image import as_image
from gazesim.stimuli.paradigm import Condition, Paradigm, chosen_background
from gazesim.stimuli.patch import Patch
from gazesim.stimuli.pictures import picture_files
from gazesim.stimuli.recipe import Recipe
from gazesim.stimuli.similarity import similarities, similarity_settings

LEVELS = 3


def _objects(recipe: Recipe) -> dict[str, Condition]:
    assert recipe.images is not None
    files = picture_files(recipe.images)
    most = len(files) - (recipe.target != "present")
    if max(recipe.set_sizes) > most:
        missing = "" if recipe.target == "present" else ", one of them for the target that is absent"
        raise ValueError(
            f"set_sizes has {max(recipe.set_sizes)}, but {recipe.images!r} has {len(files)} images{missing}"
        )
    if (memory := max(recipe.memory_sizes or (0,))) + max(recipe.set_sizes) > len(files):
        raise ValueError(
            f"memory_sizes has {memory} and set_sizes {max(recipe.set_sizes)}, but {recipe.images!r} has "
            f"{len(files)} images, expected at least as many as both"
        )
    patches = tuple(_object(file, recipe) for file in files)
    if recipe.similarity is None:
        return {"objects": Condition(patches, patches)}
    return {name: Condition(patches, patches, among) for name, among in _similar(files, recipe).items()}


def similar_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a choice by similarity with their defaults, or none; ValueError if one is not accepted."""
    how = {name: values[name] for name in ("layers", "weights", "distance") if values.get(name) is not None}
    if values.get("similarity") is None:
        for name in ("levels", *how):
            if values.get(name) is not None:
                raise ValueError(f"{name} is {values[name]!r}, expected none without similarity=low, high or both")
        return {}
    check_at_least("levels", levels := values.get("levels") or LEVELS, 2)
    return {"levels": levels, **asdict(similarity_settings(**how))}


def similar_conditions(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the conditions of a choice by similarity, level_1 the least similar distractors; () without one."""
    levels = settings.get("levels") or LEVELS
    counted = isinstance(levels, int) and settings.get("similarity") is not None
    return tuple(f"level_{number}" for number in range(1, levels + 1)) if counted else ()


def levels_of_similarity(similarity: NDArray[np.float64], kind: str, levels: int) -> NDArray[np.int64]:
    """Return for each level and each of n targets which pictures are that similar to it.

    Parameters
    ----------
    similarity : (2, n, n)
        In an early and a late layer, see `gazesim.stimuli.similarity.similarities`.
    kind : {"low", "high", "both"}
    levels : int

    Returns
    -------
    int64 (levels, n, (n - 1) // levels)
        Numbers of pictures, level 0 the least similar; pictures that are left over are in none.
    """
    n = similarity.shape[1]
    each = (n - 1) // levels
    found = np.empty((levels, n, each), np.int64)
    for target in range(n):
        others = np.delete(np.arange(n), target)
        low, high = (_standard(layer[target, others]) for layer in similarity)
        r = float(np.mean(low * high))
        value = {"low": low - r * high, "high": high - r * low, "both": low + high}[kind]
        order = others[np.argsort(value, kind="stable")]
        for level in range(levels):
            start = level * (n - 1 - each) // (levels - 1)
            found[level, target] = order[start : start + each]
    return found


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std()
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1))


def _similar(files: list[Path], recipe: Recipe) -> dict[str, NDArray[np.int64]]:
    """Return, for each condition, which pictures each target may be shown among."""
    assert recipe.similarity is not None
    assert recipe.levels is not None
    each = (len(files) - 1) // recipe.levels
    needed = max(recipe.set_sizes) - (recipe.target == "present")
    if needed > each:
        raise ValueError(
            f"levels is {recipe.levels}, which leaves {each} of the {len(files)} images for each, expected at least "
            f"{needed}: what a display of set_sizes {max(recipe.set_sizes)} holds"
        )
    settings = similarity_settings(recipe.layers, recipe.weights, str(recipe.distance))
    found = levels_of_similarity(similarities(files, settings, bool(recipe.grey)), recipe.similarity, recipe.levels)
    return dict(zip(similar_conditions(asdict(recipe)), found, strict=True))


def _object(file: Path, recipe: Recipe) -> Patch:
    """Return the picture, its longer side that of the item."""
    pixels, side = as_image(file, "image"), recipe.item_px
    picture = Image.fromarray(pixels)
    if recipe.grey:
        picture = picture.convert("L").convert("RGB")
    width, height = (max(1, round(side * length / max(picture.size))) for length in picture.size)
    small = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))
    background = np.rint(chosen_background(recipe)).astype(np.uint8)
    left, top = (side - width) // 2, (side - height) // 2
    framed = np.empty((side, side, 3), np.uint8)
    framed[:] = background
    framed[top : top + height, left : left + width] = small
    mask = (framed != background).any(axis=2)
    if not mask.any():
        raise ValueError(f"image {str(file)!r} cannot be seen: all of it has the colour of the background")
    return Patch(file.name, framed, mask)


OBJECT_ARRAYS = {
    "object_array": Paradigm(
        "one object among others, each different, from a folder of images",
        ("objects",),
        _objects,
        chosen_background,
        {
            "images": None,
            "grey": False,
            "memory_sizes": None,
            "similarity": None,
            "levels": None,
            "layers": None,
            "weights": None,
            "distance": None,
            "background_lab": (100, 0, 0),
            "placement": "ring",
            "display_deg": 15.0,
            "grid": (4, 4),
            "item_deg": 3.0,
            "set_sizes": (6,),
        },
        mix="distinct",
    )
}
"""Paradigms by name."""
