"""Shelves of wine and of yogurt: search for a package among 22 or 27 (Fang et al. 2024)."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_columns
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import pictures, published_layout
from gazesim.files import check_file
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

WIDTH, HEIGHT = 1680, 1050
COLUMNS = ("ID", "Target", "Question", "Choice", "X", "Y", "T_Package", "Sub_ID")


class Shelf(NamedTuple):
    """Packages lie in `rows` x `columns` cells of `cell` (width, height) px, from the lower left corner."""

    file: str
    rows: int
    columns: int
    cell: tuple[int, int]

    def boxes(self) -> NDArray[np.float64]:
        """Return the cells (n, 4), row after row from the top; a strip above them holds the title."""
        width, height = self.cell
        row, column = np.divmod(np.arange(self.rows * self.columns), self.columns)
        x, y = column * width, HEIGHT - (self.rows - row) * height
        return np.column_stack([x, y, x + width, y + height]).astype(float)


WINE = Shelf("time_Q1_mousedel_new.xlsx", 2, 11, (152, 449))
YOGURT = Shelf("time_Q3_mousedel_new.xlsx", 3, 9, (186, 305))


def read(root: Path, shelf: Shelf) -> Contents:
    """Read the sheet of one shelf, a row a fixation.

    ID               : of the trial
    Question, Target : names of the shelf's picture, img/Question/<Question>.png, and of the package to find
    T_Package        : the cell of that package, counted from 1, row after row
    Choice, X, Y     : the cell that was fixated, and where, px
    Sub_ID           : the person
    """
    path, files = root / shelf.file, pictures(root / "img" / "Question")
    table, boxes = _table(path), shelf.boxes()
    trials: dict[str, Trial] = {}
    scanpaths = []
    with published_layout(path):
        check_columns("the sheet", table.columns, COLUMNS)
        _check_cells(table, boxes)
        for number, rows in table.groupby("ID", sort=False):
            if (rows[["Question", "Target", "T_Package", "Sub_ID"]].nunique() > 1).any():
                raise ValueError(f"ID {number} has several targets, pictures or people")
            first = rows.iloc[0]
            trial = f"{first['Target']}_{first['Question']}"
            trials[trial] = Trial(
                id=trial,
                width=WIDTH,
                height=HEIGHT,
                image=files.get(f"{first['Question']}.png"),
                target_text=str(first["Target"]),
                target_box=boxes[int(first["T_Package"]) - 1],
                present=True,
                objects=boxes,
            )
            xy = rows[["X", "Y"]].to_numpy(np.float64)
            scanpaths.append(Scanpath(xy, trial=trial, observer=str(first["Sub_ID"])))
    return Contents(list(trials.values()), scanpaths)


def _table(path: Path) -> pd.DataFrame:
    check_file("sheet", path)
    if find_spec("openpyxl") is None:
        raise ValueError(f"{str(path)!r} needs openpyxl: pip install 'gazesim[data]'")
    try:
        return pd.read_excel(path)
    except Exception as error:  # openpyxl and zipfile raise what they meet in a damaged file
        raise ValueError(f"{str(path)!r} cannot be read as an Excel sheet: {error}") from error


def _check_cells(table: pd.DataFrame, boxes: NDArray[np.float64]) -> None:
    """Raise ValueError unless most positions lie in or next to the cell that the sheet says they are in."""
    for name in ("Choice", "T_Package"):
        if not table[name].between(1, len(boxes)).all():
            raise ValueError(f"{name} is {table[name].min()} to {table[name].max()}, expected 1 to {len(boxes)}")
    chosen = boxes[table["Choice"].to_numpy(int) - 1]
    xy, size = table[["X", "Y"]].to_numpy(np.float64), chosen[:, 2:] - chosen[:, :2]
    near = (np.abs(xy - (chosen[:, :2] + chosen[:, 2:]) / 2) <= size).all(axis=1).mean()
    if near < 0.5:
        raise ValueError(
            f"{near:.0%} of X, Y lie near the cell that Choice names, expected most: another order or origin"
        )


_definition = partial(
    Definition,
    task="search",
    licence="none stated; research, with citation",
    citation=(
        "Y. Fang, J. Yu, H. Zhang, R. van der Lans & B. Shi. OAT: object-level attention transformer for gaze scanpath "
        "prediction. ECCV 2024, arXiv 2407.13335."
    ),
    homepage="https://github.com/HKUST-NISL/oat_eccv24",
    geometry=Geometry(None, "not part of the files"),
    units="px of the 1680 x 1050 picture, (x, y), as stored; no times",
    obtain="The repository links to a Google Drive folder: put the sheets and img/ into the folder.",
)

WINE_DEFINITION = _definition(
    name="oat_wine",
    title="search for a bottle on a shelf of 22",
    reader=partial(read, shelf=WINE),
    needs=(WINE.file,),
    verified="nothing on the real file; columns, cells and file names as the repository's programs have them",
)
YOGURT_DEFINITION = _definition(
    name="oat_yogurt",
    title="search for a package on a shelf of 27",
    reader=partial(read, shelf=YOGURT),
    needs=(YOGURT.file,),
    verified="nothing on the real file; columns, cells, names and the count of trials as the programs have them",
    stated={"scanpaths": 439},
)
