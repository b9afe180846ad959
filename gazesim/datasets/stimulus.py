"""A display of a data set without its pixels: what is needed to score scanpaths, and where the picture lies."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.checks import as_floats, check_at_least, check_id, check_positive
from gazesim.files import check_file
from gazesim.image import as_image, orientation
from gazesim.trial import Trial

LARGEST = 100_000  # px
Boxes = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Stimulus:
    """What was shown in one trial and what was looked for; the picture is read only when asked for.

    Positions are px of the picture, x right, y down, integers are pixel centres. Boxes are x0, y0, x1, y1 and
    half-open: a box covers the pixels x0 <= x < x1 and y0 <= y < y1.

    Parameters
    ----------
    id : str
        What the scanpaths call the trial.
    width, height : int
        Of the picture, px.
    px_per_degree : float, optional
        Pixels that one degree of visual angle covers; None where that was not published.
    image : Path, optional
        The picture, where it is here.
    target : str, optional
        The word for what is searched: a category, a cue, a caption.
    target_image : Path, optional
        A picture of what is searched, where it is here.
    target_boxes : float64 (k, 4), optional
        Where it is: one box for each place that counts as the target.
    target_centre : float64 (2,), optional
        The same, where only a point is known.
    present : bool, optional
        Whether the target is in the display; None in free viewing.
    objects : float64 (n, 4), optional
        The candidate places, such as the cells of a search array.
    split : str, optional
        The part of the data set to which it belongs.

    Raises
    ------
    ValueError
        If an argument is not as described; one line that names it.
    """

    id: str
    width: int
    height: int
    px_per_degree: float | None = None
    image: Path | None = None
    target: str | None = None
    target_image: Path | None = None
    target_boxes: Boxes | None = None
    target_centre: NDArray[np.float64] | None = None
    present: bool | None = None
    objects: Boxes | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        check_id("id", self.id)
        for name in ("width", "height"):
            check_at_least(name, getattr(self, name), 1)
            if getattr(self, name) > LARGEST:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at most {LARGEST} px")
        if self.px_per_degree is not None:
            check_positive("px_per_degree", self.px_per_degree)
        shapes: dict[str, tuple[int | str, ...]] = {
            "target_boxes": ("k", 4),
            "target_centre": (2,),
            "objects": ("n", 4),
        }
        for name, shape in shapes.items():
            if (values := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_floats(f"{name} of {self.id!r}", values, shape))
        for name in ("target_boxes", "objects"):
            boxes = getattr(self, name)
            if boxes is not None and not (boxes[:, :2] < boxes[:, 2:]).all():
                raise ValueError(f"{name} of {self.id!r} holds {boxes.tolist()}, expected x0 < x1 and y0 < y1")

    @property
    def target_box(self) -> NDArray[np.float64] | None:
        """The box (4,) of the target, None if there is none or there are several."""
        return self.target_boxes[0] if self.target_boxes is not None and len(self.target_boxes) == 1 else None

    def read_image(self) -> NDArray[np.uint8]:
        """Return the picture (height, width, 3).

        Raises
        ------
        FileNotFoundError
            If it is not here.
        ValueError
            If it cannot be read, or is not width x height px.
        """
        if self.image is None:
            raise FileNotFoundError(f"the picture of {self.id!r} is not part of this copy of the data set")
        pixels = as_image(self.image, "image")
        height, width = pixels.shape[:2]
        if (width, height) != (self.width, self.height):
            raise ValueError(
                f"image {str(self.image)!r} is {width} x {height} px, expected {self.width} x {self.height}"
            )
        return pixels

    def trial(self) -> Trial:
        """Return the trial for a model that searches.

        Raises
        ------
        FileNotFoundError
            If the picture is not here.
        ValueError
            If there is nothing to search with: no picture and no single box of the target, or no px_per_degree.
        """
        if self.px_per_degree is None:
            raise ValueError(f"px_per_degree of {self.id!r} is not known, a model that searches needs it")
        box = self.target_box
        if box is None and self.target_image is None:
            raise ValueError(f"{self.id!r} has neither a picture nor exactly one box of a target to search for")
        if box is not None:
            box = np.clip(box, 0, [self.width, self.height] * 2)
        return Trial(
            self.read_image(),
            self.target_image,
            target_box=box,
            objects=self.objects,
            px_per_degree=self.px_per_degree,
            id=self.id,
        )


def picture_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return the width and height of a picture as it is seen, from its header, px, without decoding it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no picture.
    """
    check_file("image", path)
    try:
        with Image.open(path) as image:
            return image.size if orientation(image) < 5 else image.size[::-1]
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"image {os.fspath(path)!r} cannot be read as a picture, it is damaged or none") from error


def pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures in `folder` by their file name, in the order of the names; none if there is no folder."""
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    return {path.name: path for path in found if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp")}
