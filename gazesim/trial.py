"""What is shown and what is looked for: the unit every model searches and every measure compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, as_id, check_at_least, check_id, check_option, check_px_per_degree
from gazesim.html import facts_html, picture_html, side_by_side
from gazesim.image import ImageSource, Picture
from gazesim.items import Items

LARGEST = 100_000  # px, of a display without a picture
Box = NDArray[np.float64]
Colour = int | Sequence[int] | NDArray[np.integer]


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Trial:
    """One display and one task: a target, present or absent, or free viewing.

    Checked on construction; its arrays are read-only copies. Pictures in files are read when they are looked at.

    Positions are px of the original display, x right, y down, integers are pixel centres. Boxes are
    x0, y0, x1, y1 and half-open: a box covers the pixels x0 <= x < x1 and y0 <= y < y1.

    Parameters
    ----------
    image
        The display; anything that `gazesim.image.as_image` takes. Of a file the size is read now, the pixels with
        `.image`. None where the picture is not here, and only its width and height are known.
    target
        What is searched for, likewise an image and no larger than the display; None cuts it from the display
        at `target_box`, or leaves the trial without an image of the target.
    targets
        Instead of `target` where any of several things is searched for (a memory set, as in hybrid search): their
        images. A list of one is that target.
    target_box : (4,), optional
        Where the target is, for recognising it.
    target_boxes : (k, 4), optional
        The same where several places count as the target.
    target_centre : (2,), optional
        The same where only a point is known.
    objects : (k, 4), optional
        The candidate places, such as the cells of a search array.
    object_texts
        What these are, in words: as many names, in their order.
    px_per_degree
        Pixels that one degree of visual angle covers; None where that is not known.
    background
        The colour outside the display and of painted-out items: a grey value or (r, g, b), in 0..255. By
        default black, and for trials with objects the most frequent colour on the border of the display.
    id
        What tables call the trial.
    target_text
        What is searched for in words: the name of a class, or a caption. A trial without any target is one of
        free viewing.
    target_texts
        Instead of `target_text` the words for each of a memory set, as many as `targets` where both are given.
    present
        Whether the target is in the display. By default True where it is known where, else None: not known.
    condition, split
        What tables call the condition, and the part of the data set.
    set_size
        How many items there are; by default the number of objects.
    width, height
        Of the display, px: needed without a picture; a picture must have them.
    items
        Of a display that `gazesim.stimuli` made: what it is made of.

    Attributes
    ----------
    target_boxes : float64 (k, 4), or None
    objects : float64 (k, 4), or None
    id, target_text, condition, split : str, or None
    target_texts : tuple of str
        Of all that is searched for, empty where there are no words; `target_text` is None if it is several.
    object_texts : tuple of str
        Of all objects, empty where there are no words.
    present : bool, or None
    width, height : int
    items : Items, or None

    Raises
    ------
    FileNotFoundError
        If `image` or `target` is a path that leads nowhere.
    ValueError
        If an argument is not as described; one line that names it.
    """

    target_boxes: NDArray[np.float64] | None
    objects: NDArray[np.float64] | None
    id: str | None
    target_text: str | None
    target_texts: tuple[str, ...]
    object_texts: tuple[str, ...]
    present: bool | None
    condition: str | None
    split: str | None
    width: int
    height: int
    items: Items | None
    _given: dict[str, Any]

    def __init__(
        self,
        image: ImageSource | Picture | None = None,
        target: ImageSource | Picture | None = None,
        *,
        targets: Sequence[ImageSource | Picture] | None = None,
        target_box: ArrayLike | None = None,
        target_boxes: ArrayLike | None = None,
        target_centre: ArrayLike | None = None,
        objects: ArrayLike | None = None,
        object_texts: Sequence[str] | None = None,
        px_per_degree: float | None = None,
        background: Colour | None = None,
        id: str | None = None,
        target_text: str | None = None,
        target_texts: Sequence[str] | None = None,
        present: bool | None = None,
        condition: str | None = None,
        split: str | None = None,
        set_size: int | None = None,
        width: int | None = None,
        height: int | None = None,
        items: Items | None = None,
    ) -> None:
        if px_per_degree is not None:
            check_px_per_degree("px_per_degree", px_per_degree)
        id, condition, split = as_id("id", id), as_id("condition", condition), as_id("split", split)
        check_option("present", present, (True, False, None))
        if set_size is not None:
            check_at_least("set_size", set_size, 1)
        picture = _picture(image, "image", _size(image, width, height))
        size = (int(width or 0), int(height or 0)) if picture is None else (picture.width, picture.height)
        boxes = _target_boxes(target_box, target_boxes, size)
        centre = None if target_centre is None else as_floats("target_centre", target_centre, (2,))
        if boxes is not None and centre is not None:
            raise ValueError("target_centre is given beside a box of the target, expected one of them")
        placed = boxes is not None or centre is not None
        if placed and present is not None and not present:
            raise ValueError("present is False, but the place of the target is given, expected no place of it")
        patches, texts = _target_pictures(target, targets, size), _target_texts(target_text, target_texts)
        if patches and texts and len(patches) != len(texts) and max(len(patches), len(texts)) > 1:
            raise ValueError(f"target_texts has {len(texts)}, expected as many as the {len(patches)} targets")
        checked = None if objects is None else _checked_boxes("objects", objects, size)
        names = _texts("object_texts", object_texts)
        if names and len(names) != (0 if checked is None else len(checked)):
            found = "no objects" if checked is None else f"{len(checked)} objects"
            raise ValueError(f"object_texts has {len(names)}, but there are {found}, expected one for each")
        given = {
            "image": picture,
            "target": patches[0] if len(patches) == 1 else None,
            "targets": patches if len(patches) > 1 else None,
            "target_boxes": boxes,
            "target_centre": centre,
            "objects": checked,
            "object_texts": names or None,
            "px_per_degree": None if px_per_degree is None else float(px_per_degree),
            "background": None if background is None else _colour(background),
            "id": id,
            "target_text": texts[0] if len(texts) == 1 else None,
            "target_texts": texts if len(texts) > 1 else None,
            "present": None if present is None else bool(present),
            "condition": condition,
            "split": split,
            "set_size": None if set_size is None else int(set_size),
            "width": size[0],
            "height": size[1],
            "items": items,
        }
        seen = ("target_boxes", "objects", "id", "target_text", "condition", "split", "width", "height", "items")
        self.__dict__.update({name: given[name] for name in seen}, _given=given)
        self.__dict__.update(target_texts=texts, object_texts=names)
        self.__dict__["present"] = given["present"] if present is not None or not placed else True

    @property
    def image(self) -> NDArray[np.uint8]:
        """The display, uint8 (height, width, 3), read-only.

        Raises
        ------
        FileNotFoundError
            If it is not here.
        ValueError
            If its file is damaged, or not of the trial's size.
        """
        picture = self._source("image")
        if picture is None:
            raise FileNotFoundError(f"the picture of {self.id!r} is not part of this copy of the data")
        return picture.pixels

    @property
    def target(self) -> NDArray[np.uint8] | None:
        """What is searched for, uint8 (target height, target width, 3), read-only, or None; as `image` if it fails.

        None where several things are searched for, too: those are `targets`.
        """
        picture = self._source("target")
        if picture is not None:
            return picture.pixels
        if self.target_box is None or not self.has_image or self.is_multi_target:
            return None
        x0, y0, x1, y1 = np.ceil(self.target_box).astype(int)
        patch = self.image[y0:y1, x0:x1].copy()
        patch.flags.writeable = False
        return patch

    @property
    def targets(self) -> tuple[NDArray[np.uint8], ...]:
        """The images of all that is searched for, each like `target`; empty where there are none."""
        several: tuple[Picture, ...] | None = self._given["targets"]
        if several is not None:
            return tuple(picture.pixels for picture in several)
        return () if (one := self.target) is None else (one,)

    @property
    def is_multi_target(self) -> bool:
        """Whether any of several things is searched for: a memory set."""
        return self._given["targets"] is not None or len(self.target_texts) > 1

    @cached_property
    def background(self) -> NDArray[np.uint8]:
        """The colour outside the display and of painted-out items, uint8 (3,), read-only."""
        colour: NDArray[np.uint8] | None = self._given["background"]
        if colour is None:
            colour = np.zeros(3, np.uint8) if self.objects is None else _of_border(self.image)
        colour.flags.writeable = False
        return colour

    @property
    def px_per_degree(self) -> float:
        """Pixels that one degree of visual angle covers; ValueError where that is not known."""
        degree: float | None = self._given["px_per_degree"]
        if degree is None:
            raise ValueError(f"px_per_degree of {self.id!r} is not known, give px_per_degree")
        return degree

    @property
    def has_px_per_degree(self) -> bool:
        """Whether it is known how many pixels one degree of visual angle covers."""
        return self._given["px_per_degree"] is not None

    @property
    def has_image(self) -> bool:
        """Whether the picture is here."""
        return self._given["image"] is not None

    @property
    def has_target_image(self) -> bool:
        """Whether there is an image of the target, which may be cut from the display, or of all of several."""
        if self.is_multi_target:
            return self._given["targets"] is not None
        return self._given["target"] is not None or (self.has_image and self.target_box is not None)

    @property
    def image_path(self) -> Path | None:
        """The file of the display, if it is in one."""
        picture = self._source("image")
        return None if picture is None else picture.path

    @property
    def target_path(self) -> Path | None:
        """The file of the target, if it is in one of its own."""
        picture = self._source("target")
        return None if picture is None else picture.path

    @property
    def target_paths(self) -> tuple[Path, ...]:
        """The files of all targets that are in one of their own."""
        pictures: tuple[Picture, ...] = self._given["targets"] or ((one,) if (one := self._source("target")) else ())
        return tuple(picture.path for picture in pictures if picture.path is not None)

    @property
    def target_box(self) -> Box | None:
        """The box (4,) of the target; None if there is none, or there are several."""
        return self.target_boxes[0] if self.target_boxes is not None and len(self.target_boxes) == 1 else None

    @property
    def target_centre(self) -> NDArray[np.float64] | None:
        """The (2,) x, y of the target: as given, or the mean of the pixels of its only box.

        The latter is half a pixel less than the mean of the edges of the box.
        """
        centre: NDArray[np.float64] | None = self._given["target_centre"]
        if centre is None and self.target_box is not None:
            return (self.target_box[:2] + self.target_box[2:] - 1) / 2
        return centre

    @property
    def set_size(self) -> int | None:
        """How many items there are, as given, or the number of objects; None if neither is."""
        size: int | None = self._given["set_size"]
        return len(self.objects) if size is None and self.objects is not None else size

    def replace(self, **changes: Any) -> "Trial":
        """Return a trial with other arguments; what follows from the old ones, such as a cut target, is made anew.

        Raises
        ------
        FileNotFoundError, ValueError
            As the constructor.
        """
        given = self._given
        if changes.keys() & {"target_box", "target_boxes", "target_centre"}:
            given = {**given, "target_boxes": None, "target_centre": None}
        for one, several in (("target", "targets"), ("target_text", "target_texts")):
            if changes.keys() & {one, several}:
                given = {**given, one: None, several: None}
        if "image" in changes:
            given = {**given, "width": None, "height": None}
        if "objects" in changes:
            given = {**given, "object_texts": None}
        return Trial(**{**given, **changes})

    def facts(self) -> dict[str, Any]:
        """Return all that was given of the trial but for its pictures and items, as text, numbers and lists."""
        unlisted = ("image", "target", "targets", "items") + (("target_texts",) if len(self.target_texts) < 2 else ())
        unlisted += () if self.object_texts else ("object_texts",)
        facts = {name: value for name, value in self._given.items() if name not in unlisted}
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in facts.items()}

    def __repr__(self) -> str:
        parts = [f"id={self.id!r}", f"image={self.width} x {self.height} px"]
        if (size := self._target_size()) is not None:
            parts.append(f"target={size[0]} x {size[1]} px")
        if (several := self._given["targets"]) is not None:
            parts.append(f"targets={len(several)} images")
        if len(self.target_texts) > 1:
            parts.append(f"target_texts={list(self.target_texts)}")
        for name in ("target_text", "target_box", "set_size", "condition"):
            if (value := getattr(self, name)) is not None:
                parts.append(f"{name}={value.tolist() if isinstance(value, np.ndarray) else value!r}")
        if self.has_px_per_degree:
            parts.append(f"px_per_degree={self.px_per_degree:g}")
        return f"Trial({', '.join(parts)})"

    def _repr_html_(self) -> str:
        pictures = [self.image] if self.has_image else []
        if self.target is not None:
            pictures.append(self.target)
        named = zip(pictures, ("the display", "the target"), strict=False)
        shown = {"display": f"{self.width} x {self.height} px", **self.facts()}
        for name in ("target_boxes", "objects"):
            if (boxes := getattr(self, name)) is not None and len(boxes) > 1:
                shown[name] = f"{len(boxes)} boxes"
        table = facts_html("Trial", {name: value for name, value in shown.items() if name not in ("width", "height")})
        return side_by_side([*(picture_html(pixels, alt) for pixels, alt in named), table])

    def _target_size(self) -> tuple[int, int] | None:
        if (target := self._source("target")) is not None:
            return target.width, target.height
        if self.target_box is None or not self.has_image or self.is_multi_target:
            return None
        x0, y0, x1, y1 = np.ceil(self.target_box).astype(int).tolist()
        return x1 - x0, y1 - y0

    def _source(self, name: str) -> Picture | None:
        picture: Picture | None = self._given[name]
        return picture


def _size(image: object, width: int | None, height: int | None) -> tuple[int, int] | None:
    """Return the size that a picture must have, if that is known; ValueError if nothing says the size."""
    if (width is None) != (height is None) or (image is None and width is None):
        raise ValueError(f"width is {width} and height is {height}, expected both, or neither with an image")
    if width is None or height is None:
        return None
    for name, value in (("width", width), ("height", height)):
        check_at_least(name, value, 1)
        if value > LARGEST:
            raise ValueError(f"{name} is {value}, expected at most {LARGEST} px")
    return int(width), int(height)


def _picture(source: ImageSource | Picture | None, name: str, size: tuple[int, int] | None = None) -> Picture | None:
    return source if source is None or isinstance(source, Picture) else Picture(source, name, size)


def _target_pictures(
    target: ImageSource | Picture | None, targets: Sequence[ImageSource | Picture] | None, size: tuple[int, int]
) -> tuple[Picture, ...]:
    if target is not None and targets is not None:
        raise ValueError("target and targets are both given, expected one of them")
    named = {f"targets {number}": each for number, each in enumerate(_several("targets", targets, "images"))}
    named = named if target is None else {"target": target}
    patches = [found for name, each in named.items() if (found := _picture(each, name)) is not None]
    for name, patch in zip(named, patches, strict=True):
        if patch.width > size[0] or patch.height > size[1]:
            shown = f"{name} is {patch.width} x {patch.height} px"
            raise ValueError(f"{shown}, expected no more than the image's {size[0]} x {size[1]} px")
    return tuple(patches)


def _target_texts(text: str | None, texts: Sequence[str] | None) -> tuple[str, ...]:
    if text is not None and texts is not None:
        raise ValueError("target_text and target_texts are both given, expected one of them")
    check_id("target_text", text)
    return (*_texts("target_texts", texts), *(() if text is None else (text,)))


def _texts(name: str, texts: Sequence[str] | None) -> tuple[str, ...]:
    found = _several(name, texts, "texts")
    for number, each in enumerate(found):
        check_id(f"{name} {number}", each)
    return found


def _several(name: str, values: Sequence[Any] | None, what: str) -> tuple[Any, ...]:
    if values is None:
        return ()
    if not isinstance(values, list | tuple) or not values:
        found = repr(values) if isinstance(values, str | list | tuple) else f"of type {type(values).__name__}"
        raise ValueError(f"{name} is {found}, expected a list of {what}, at least one")
    if any(each is None for each in values):
        raise ValueError(f"{name} holds None, expected {what}")
    return tuple(values)


def _target_boxes(box: ArrayLike | None, boxes: ArrayLike | None, size: tuple[int, int]) -> Box | None:
    if box is not None and boxes is not None:
        raise ValueError("target_box and target_boxes are both given, expected one of them")
    if box is None:
        return None if boxes is None else _checked_boxes("target_boxes", boxes, size)
    one = as_floats("target_box", box, (4,))
    _check_box("target_box", one, size)
    return one[None]


def _checked_boxes(name: str, values: ArrayLike, size: tuple[int, int]) -> Box:
    boxes = as_floats(name, values, ("k", 4))
    if not len(boxes):
        raise ValueError(f"{name} is empty, expected at least one box, or None")
    for row, box in enumerate(boxes):
        _check_box(f"{name} row {row}", box, size)
    return boxes


def _check_box(name: str, box: Box, size: tuple[int, int]) -> None:
    x0, y0, x1, y1 = box.tolist()
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"{name} is {box.tolist()}, expected x0 < x1 and y0 < y1")
    if x0 < 0 or y0 < 0 or x1 > size[0] or y1 > size[1]:
        raise ValueError(f"{name} is {box.tolist()}, outside the image of {size[0]} x {size[1]} px")
    if np.ceil(x0) == np.ceil(x1) or np.ceil(y0) == np.ceil(y1):
        raise ValueError(f"{name} is {box.tolist()}, it covers no pixel")


def _colour(background: object) -> NDArray[np.uint8]:
    values = np.asarray(background)
    integer = values.dtype.kind in "iu" and values.shape in ((), (3,))
    if not integer or values.min() < 0 or values.max() > 255:
        raise ValueError(f"background is {background!r}, expected an integer or three of them in 0..255")
    return np.full(3, values, np.uint8)


def _of_border(display: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([display[[0, -1]].reshape(-1, 3), display[1:-1, [0, -1]].reshape(-1, 3)])
    colours, counts = np.unique(border, axis=0, return_counts=True)
    most_frequent: NDArray[np.uint8] = colours[counts.argmax()].copy()
    return most_frequent
