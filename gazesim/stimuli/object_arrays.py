"""Search among pictures of objects, each different, from a folder."""

import hashlib
import os
from pathlib import Path

import numpy as np
from PIL import Image

from gazesim.image import as_image
from gazesim.stimuli.paradigm import Condition, Paradigm, chosen_background
from gazesim.stimuli.patch import Patch
from gazesim.stimuli.recipe import Recipe


def picture_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a folder by name, hidden ones left out.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If it is no folder, cannot be read, or is empty.
    """
    if not Path(folder).exists():
        raise FileNotFoundError(f"images {str(folder)!r} does not exist")
    try:
        files = sorted(path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise ValueError(f"images {str(folder)!r} cannot be read: {error.strerror}") from error
    if not files:
        raise ValueError(f"images {str(folder)!r} holds no files, expected images")
    return files


def digest(files: list[Path]) -> str:
    """Return the SHA-256 of the names and contents of files."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _objects(recipe: Recipe) -> dict[str, Condition]:
    assert recipe.images is not None
    files = picture_files(recipe.images)
    most = len(files) - (recipe.target != "present")
    if max(recipe.set_sizes) > most:
        missing = "" if recipe.target == "present" else ", one of them for the target that is absent"
        raise ValueError(
            f"set_sizes has {max(recipe.set_sizes)}, but {recipe.images!r} has {len(files)} images{missing}"
        )
    patches = tuple(_object(file, recipe) for file in files)
    return {"objects": Condition(patches, patches)}


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
