"""Search in photographs from a folder, for the targets that a table of boxes names."""

from collections import Counter
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
from gazesim.stimuli.displays import Displays
from gazesim.stimuli.pictures import digest
from gazesim.stimuli.recipe import TARGETS
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
    target : {"absent", "both"}, optional
        Whether the target is in the photograph: by default in all of them. Where it is absent, a photograph of the
        table is searched for what is in the box of another one. With "both" every photograph and every target
        is in as many trials of the one kind as of the other.
    """

    paradigm: str
    images: str
    boxes: str
    px_per_degree: float
    grey: bool
    sha256: str
    target: str | None = None


class Scenes(Displays):
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
        check_option("target", shown := given.get("target", "present"), TARGETS)
        self._rows = list(read_rows(self._table, COLUMNS).items())
        if not self._rows:
            raise ValueError(f"boxes {str(self._table)!r} has no rows, expected at least one search")
        elsewhere = self._elsewhere() if shown != "present" else []
        plan = {True: [(row, row) for row in range(len(self._rows))], False: list(enumerate(elsewhere))}
        self._plan = [pair for present in TARGETS[shown] for pair in plan[present]]
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
            target=None if shown == "present" else shown,
        )

    def __len__(self) -> int:
        return len(self._plan)

    def display(self, number: int) -> Trial:
        """Make the display of that number, from 0."""
        shown, wanted = self._plan[number]
        found = self._search(shown)
        if shown == wanted:
            return found
        image, target = found.image, self._search(wanted).target
        assert target is not None
        with _naming(f"boxes {str(self._table)!r} row {self._rows[shown][0]}"):
            return Trial(
                image,
                target,
                items=Items(np.zeros(image.shape[:2], np.uint8), [], target=None, index=shown, seed=0),
                present=False,
                condition="scene",
                set_size=1,
                px_per_degree=self._px_per_degree,
                id=f"{Path(self._rows[shown][1]['image']).stem}-absent-{shown:03d}",
            )

    def _elsewhere(self) -> list[int]:
        """Return for every row another one of another photograph, each once."""
        names = [row["image"] for _, row in self._rows]
        name, most = Counter(names).most_common(1)[0]
        if 2 * most > len(names):
            raise ValueError(
                f"boxes {str(self._table)!r} has {most} of {len(names)} searches in {name!r}, expected at most half of "
                "them in one photograph where targets are absent"
            )
        order = sorted(range(len(names)), key=lambda row: names[row])
        turned = dict(zip(order, order[most:] + order[:most], strict=True))
        return [turned[row] for row in range(len(names))]

    def _search(self, number: int) -> Trial:
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
