"""Search in photographs from a folder, for the targets that a table of boxes names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gazesim.checks import check_option, check_positive, unknown
from gazesim.files import check_file
from gazesim.image import as_image
from gazesim.items import Items
from gazesim.stimuli.object_arrays import digest
from gazesim.table import read_rows
from gazesim.trial import Trial

BOX = ("x0", "y0", "x1", "y1")
COLUMNS = ("image", *BOX)


@dataclass(frozen=True, kw_only=True)
class SceneRecipe:
    """What determines a set of scenes.

    Attributes
    ----------
    paradigm : str
    images : str
        Folder with the photographs.
    boxes : str
        CSV with columns image, x0, y0, x1, y1 (px): one row a search, for what is in the box.
    px_per_degree : float
    grey : bool
        Show them without colour.
    sha256 : str
        Of the table and the photographs it names.
    """

    paradigm: str
    images: str
    boxes: str
    px_per_degree: float
    grey: bool
    sha256: str


class Scenes:
    """The searches that a table lists, each made when asked for; all are checked at once.

    Raises
    ------
    FileNotFoundError
        If the table or a photograph does not exist.
    ValueError
        If a setting is not accepted or a row cannot be used; names the table and the row.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        accepted = [field.name for field in fields(SceneRecipe) if field.name not in ("paradigm", "sha256")]
        given = {key: value for key, value in settings.items() if value is not None}
        for key in given:
            if key not in accepted:
                raise ValueError(unknown("setting of scene_search", key, accepted))
        for key in ("images", "boxes"):
            if key not in given:
                what = "a folder of photographs" if key == "images" else "a CSV with columns image, x0, y0, x1, y1"
                raise ValueError(f"{key} is missing, expected with scene_search: {what}")
        px_per_degree = given.get("px_per_degree", 30.0)
        check_positive("px_per_degree", px_per_degree)
        self._folder, self._table = Path(given["images"]), Path(given["boxes"])
        check_option("grey", given.get("grey", False), (False, True))
        self._grey = bool(given.get("grey", False))
        self._px_per_degree = float(px_per_degree)
        self._rows = list(read_rows(self._table, COLUMNS).items())
        if not self._rows:
            raise ValueError(f"boxes {str(self._table)!r} has no rows, expected at least one search")
        for number in range(len(self)):
            self.display(number)
        files = sorted({self._folder / row["image"] for _, row in self._rows})
        self.recipe = SceneRecipe(
            paradigm="scene_search",
            images=str(self._folder),
            boxes=str(self._table),
            px_per_degree=self._px_per_degree,
            grey=self._grey,
            sha256=digest([self._table, *files]),
        )

    def __len__(self) -> int:
        return len(self._rows)

    def display(self, number: int) -> Trial:
        """Make the display of that number, from 0."""
        line, row = self._rows[number]
        with _naming(f"boxes {str(self._table)!r} row {line}"):
            check_file("image", self._folder / row["image"])
            image = as_image(self._folder / row["image"])
            if self._grey:
                image = np.array(Image.fromarray(image).convert("L").convert("RGB"))
            trial = Trial(
                image,
                target_box=[_number(row, name) for name in BOX],
                present=True,
                condition="scene",
                set_size=1,
                px_per_degree=self._px_per_degree,
                id=f"{Path(row['image']).stem}-{number:03d}",
            )
        assert trial.target_box is not None
        x0, y0, x1, y1 = np.ceil(trial.target_box).astype(int)
        item_map = np.zeros(image.shape[:2], np.uint8)
        item_map[y0:y1, x0:x1] = 1
        return trial.replace(items=Items(item_map, ["target"], target=0, index=number, seed=0))


def _number(row: Mapping[str, str], column: str) -> float:
    try:
        return float(row[column])
    except ValueError as error:
        raise ValueError(f"{column} is {row[column]!r}, expected a number") from error


@contextmanager
def _naming(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{place}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
