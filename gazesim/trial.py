"""What is shown and what is looked for: the unit every model searches and every measure compares."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats, check_id, check_positive
from gazesim.image import ImageSource, as_image

Box = NDArray[np.float64]


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Trial:
    """One display and at most one target; checked on construction, its arrays are read-only copies.

    Positions are px of the original display, x right, y down, integers are pixel centres. Boxes are
    x0, y0, x1, y1 and half-open: a box covers the pixels x0 <= x < x1 and y0 <= y < y1.

    Parameters
    ----------
    image
        The display; anything that `gazesim.image.as_image` takes.
    target
        What is searched for, likewise an image and no larger than the display; None cuts it from the display
        at `target_box`, or leaves the trial without an image of the target.
    target_box : (4,), optional
        Where the target is, for recognising it.
    objects : (k, 4), optional
        The candidate places, such as the cells of a search array.
    px_per_degree
        Pixels that one degree of visual angle covers.
    background
        The colour outside the display and of painted-out items: a grey value or (r, g, b), in 0..255. By
        default black, and for trials with objects the most frequent colour on the border of the display.
    id
        What tables call the trial.
    target_text
        What is searched for in words: the name of a class, or a caption. A trial without any target is one of
        free viewing.

    Attributes
    ----------
    image : uint8 (height, width, 3)
    target : uint8 (target height, target width, 3), or None
    target_box : float64 (4,), or None
    objects : float64 (k, 4), or None
    px_per_degree : float
    background : uint8 (3,)
    id : str, or None
    target_text : str, or None

    Raises
    ------
    FileNotFoundError
        If `image` or `target` is a path that leads nowhere.
    ValueError
        If an argument is not as described; one line that names it.
    """

    image: NDArray[np.uint8]
    target: NDArray[np.uint8] | None
    target_box: Box | None
    objects: NDArray[np.float64] | None
    px_per_degree: float
    background: NDArray[np.uint8]
    id: str | None
    target_text: str | None

    def __init__(
        self,
        image: ImageSource,
        target: ImageSource | None = None,
        *,
        target_box: ArrayLike | None = None,
        objects: ArrayLike | None = None,
        px_per_degree: float,
        background: int | Sequence[int] | NDArray[np.integer] | None = None,
        id: str | None = None,
        target_text: str | None = None,
    ) -> None:
        check_positive("px_per_degree", px_per_degree)
        check_id("id", id)
        check_id("target_text", target_text)
        display = as_image(image, "image")
        box = None if target_box is None else _checked_box(target_box, display)
        places = None if objects is None else _checked_boxes(objects, display)
        fill = _default_background(display, places) if background is None else _colour(background)
        patch = _patch(target, box, display)
        for array in (display, fill) if patch is None else (display, patch, fill):
            array.flags.writeable = False
        values = (display, patch, box, places, float(px_per_degree), fill, id, target_text)
        for field, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, field.name, value)

    @property
    def width(self) -> int:
        """Of the display, px."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Of the display, px."""
        return int(self.image.shape[0])

    @property
    def target_centre(self) -> NDArray[np.float64] | None:
        """The mean (2,) x, y of the pixels of `target_box`; half a pixel less than the mean of its edges."""
        return None if self.target_box is None else (self.target_box[:2] + self.target_box[2:] - 1) / 2

    @property
    def set_size(self) -> int | None:
        """How many objects there are, None if they are not given."""
        return None if self.objects is None else len(self.objects)

    def __repr__(self) -> str:
        parts = [f"id={self.id!r}", f"image={self.width} x {self.height} px"]
        if self.target is not None:
            parts.append(f"target={self.target.shape[1]} x {self.target.shape[0]} px")
        if self.target_text is not None:
            parts.append(f"target_text={self.target_text!r}")
        if self.target_box is not None:
            parts.append(f"target_box={self.target_box.tolist()}")
        if self.objects is not None:
            parts.append(f"set_size={self.set_size}")
        return f"Trial({', '.join(parts)}, px_per_degree={self.px_per_degree:g})"


def _patch(target: ImageSource | None, box: Box | None, display: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    if target is None:
        if box is None:
            return None
        x0, y0, x1, y1 = np.ceil(box).astype(int)
        return display[y0:y1, x0:x1].copy()
    patch = as_image(target, "target")
    (height, width), (most_height, most_width) = patch.shape[:2], display.shape[:2]
    if height > most_height or width > most_width:
        found = f"target is {width} x {height} px"
        raise ValueError(f"{found}, expected no more than the image's {most_width} x {most_height} px")
    return patch


def _checked_box(target_box: ArrayLike, display: NDArray[np.uint8]) -> Box:
    box = as_floats("target_box", target_box, (4,))
    _check_box("target_box", box, display)
    return box


def _checked_boxes(objects: ArrayLike, display: NDArray[np.uint8]) -> NDArray[np.float64]:
    boxes = as_floats("objects", objects, ("k", 4))
    if not len(boxes):
        raise ValueError("objects is empty, expected at least one box, or None")
    for row, box in enumerate(boxes):
        _check_box(f"objects row {row}", box, display)
    return boxes


def _check_box(name: str, box: Box, display: NDArray[np.uint8]) -> None:
    height, width = display.shape[:2]
    x0, y0, x1, y1 = box.tolist()
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"{name} is {box.tolist()}, expected x0 < x1 and y0 < y1")
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        raise ValueError(f"{name} is {box.tolist()}, outside the image of {width} x {height} px")
    if np.ceil(x0) == np.ceil(x1) or np.ceil(y0) == np.ceil(y1):
        raise ValueError(f"{name} is {box.tolist()}, it covers no pixel")


def _colour(background: object) -> NDArray[np.uint8]:
    values = np.asarray(background)
    integer = values.dtype.kind in "iu" and values.shape in ((), (3,))
    if not integer or values.min() < 0 or values.max() > 255:
        raise ValueError(f"background is {background!r}, expected an integer or three of them in 0..255")
    return np.full(3, values, np.uint8)


def _default_background(display: NDArray[np.uint8], objects: NDArray[np.float64] | None) -> NDArray[np.uint8]:
    if objects is None:
        return np.zeros(3, np.uint8)
    border = np.concatenate([display[[0, -1]].reshape(-1, 3), display[1:-1, [0, -1]].reshape(-1, 3)])
    colours, counts = np.unique(border, axis=0, return_counts=True)
    most_frequent: NDArray[np.uint8] = colours[counts.argmax()].copy()
    return most_frequent
