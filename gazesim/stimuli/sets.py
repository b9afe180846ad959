"""Stimulus sets: made when asked for, or written as a folder."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, overload

from tqdm.auto import tqdm

from gazesim.checks import check_option, unknown
from gazesim.files import atomic_path, clear_partial, writable_folder
from gazesim.html import facts_html, picture_html, side_by_side
from gazesim.stimuli.arrays import PARADIGMS, Arrays, recipe_of
from gazesim.stimuli.contact_sheet import contact_sheet
from gazesim.stimuli.displays import Displays
from gazesim.stimuli.export import EXPORTS
from gazesim.stimuli.scene_search import Scenes
from gazesim.stimuli.triplets import Triplets
from gazesim.trial import Trial
from gazesim.trial_table import OBJECT_BOX, write_csv, write_png, write_trials

SCENE_SEARCH = "what the boxes of a table hold, in photographs from a folder"
TRIPLETS = "which of two photographs is more similar to a third? low- and high-level similarity told apart"
OWN: dict[str, tuple[str, Callable[[Mapping[str, Any]], Displays]]] = {
    "scene_search": (SCENE_SEARCH, Scenes),
    "triplets": (TRIPLETS, Triplets),
}


def list_paradigms() -> dict[str, str]:
    """Return the names that `make` knows, each with a line about it."""
    return {**{name: PARADIGMS.about(name) for name in PARADIGMS}, **{name: about for name, (about, _) in OWN.items()}}


class StimulusSet(Sequence[Trial]):
    """A sequence of trials, each made anew whenever it is asked for; its `items` say what its display is made of.

    Attributes
    ----------
    recipe : Recipe, SceneRecipe or TripletRecipe
        What determines it.
    """

    def __init__(self, displays: Displays) -> None:
        self.recipe = displays.recipe
        self._displays = displays

    def __len__(self) -> int:
        return len(self._displays)

    @overload
    def __getitem__(self, number: int) -> Trial: ...

    @overload
    def __getitem__(self, number: slice) -> list[Trial]: ...

    def __getitem__(self, number: int | slice) -> Trial | list[Trial]:
        if isinstance(number, slice):
            return [self._displays.display(each) for each in range(*number.indices(len(self)))]
        return self._displays.display(range(len(self))[number])

    def __repr__(self) -> str:
        return f"StimulusSet({self.recipe.paradigm}, {len(self)} displays)"

    def _repr_html_(self) -> str:
        facts = {name: value for name, value in vars(self.recipe).items() if value not in (None, {}, ())}
        return side_by_side(
            [
                picture_html(contact_sheet(self.samples()), "one display of every kind", 800),
                facts_html(repr(self), facts),
            ]
        )

    def samples(self) -> list[Trial]:
        """Return one display of every condition, set size, and target present or absent; of scenes, the first 12."""
        return [self[number] for number in self._displays.samples()]

    def summary(self) -> str:
        """Return lines about the set; of triplets, how well they tell low- and high-level similarity apart."""
        return "\n".join([f"{len(self)} displays of {self.recipe.paradigm}", *self._displays.summary()])

    def write(self, folder: str | os.PathLike[str], export: str | None = None) -> Path:
        """Write the set as a folder, and return the path of its trials.csv.

        The folder is one that `gazesim.trial_table.read_trials` reads, with further columns in trials.csv:
        condition, set_size, present, index, seed, target_item (the row of the target among the items, from 0),
        items (CSV with the boxes and looks of all items) and mask (PNG, 0 where there is no item, else 1 + its
        row). Besides: set.yaml, the recipe, and contact_sheet.png. The same recipe gives the same bytes.

        Parameters
        ----------
        folder
            Is made if it does not exist.
        export : {"psychopy", "jspsych"}, optional
            Also write the table of conditions that the program reads: psychopy.csv or jspsych.json.

        Raises
        ------
        ValueError
            If the folder holds something else, or cannot be written.
        """
        check_option("export", export, (None, *EXPORTS))
        if export is not None and max(getattr(self.recipe, "memory_sizes", None) or (1,)) > 1:
            raise ValueError(f"export is {export!r}, expected none with memory_sizes: its table has one target a trial")
        folder = writable_folder(folder)
        self._claim(folder)
        with tqdm(total=len(self), desc=self.recipe.paradigm, unit="display", disable=None) as bar:

            def details(folder: Path, stem: str, display: Trial) -> dict[str, object]:
                bar.update()
                return {**_write_items(folder, stem, display), **self._displays.columns(int(stem))}

            table = write_trials(folder, self, details)
        write_png(folder / "contact_sheet.png", contact_sheet(self.samples(), self._displays.sheet_columns))
        for name, (header, *rows) in self._displays.tables().items():
            write_csv(folder / name, map(str, header), rows)
        if export is not None:
            EXPORTS[export](folder)
        return table

    def _claim(self, folder: Path) -> None:
        """Write set.yaml, unless another set is there."""
        path, recipe = folder / "set.yaml", _yaml(self.recipe)
        clear_partial(folder, deep=path.exists())
        if path.exists():
            _check_same(path, recipe)
            return
        if (folder / "trials.csv").exists():
            raise ValueError(f"out={folder} holds other trials; choose another out")
        with atomic_path(path) as partial:
            partial.write_text(recipe, encoding="utf-8")


def make(name: str, **settings: Any) -> StimulusSet:
    """Return a stimulus set without touching the disk.

    Parameters
    ----------
    name : str
        The paradigm, one of `list_paradigms()`.
    **settings
        Fields of `stimuli.recipe.Recipe`, for "scene_search" of `stimuli.scene_search.SceneRecipe`, or for "triplets"
        of `stimuli.triplets.TripletRecipe`; what is left out or None has the paradigm's default.

    Returns
    -------
    StimulusSet
        A sequence of trials.

    Raises
    ------
    FileNotFoundError
        If a folder or file that the settings name does not exist.
    ValueError
        If the paradigm is unknown, it has no such setting, or a value is not accepted.

    >>> curves = make("curvature", set_sizes=[8, 16], n_per_set_size=2, conditions=["curve_in_lines"])
    >>> curves
    StimulusSet(curvature, 4 displays)
    >>> curves[2].set_size, curves[2].image.shape, curves[2].target.shape
    (16, (339, 339, 3), (48, 48, 3))
    """
    if name in OWN:
        return StimulusSet(OWN[name][1](settings))
    if name not in PARADIGMS:
        raise ValueError(unknown("paradigm", name, list_paradigms()))
    return StimulusSet(Arrays(recipe_of(name, settings)))


def _write_items(folder: Path, stem: str, display: Trial) -> dict[str, object]:
    items = display.items
    assert items is not None
    table, mask = f"items/{stem}.csv", f"masks/{stem}.png"
    kinds = ["target" if number == items.target else "distractor" for number in range(len(items))]
    rows = zip(items.boxes.astype(int).tolist(), kinds, items.looks, strict=True)
    write_csv(folder / table, (*OBJECT_BOX, "kind", "look"), [[*box, kind, look] for box, kind, look in rows])
    write_png(folder / mask, items.map)
    return {
        "index": items.index,
        "seed": items.seed,
        "target_item": "" if items.target is None else items.target,
        "items": table,
        "mask": mask,
    }


def _yaml(recipe: Any) -> str:
    """Return a line for every setting that the paradigm has; the values are JSON, which YAML includes."""
    given = {key: value for key, value in asdict(recipe).items() if value is not None}
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in given.items())


def _check_same(path: Path, recipe: str) -> None:
    try:
        before = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        before = ""
    if before == recipe:
        return
    for found, asked in zip(before.splitlines(), recipe.splitlines(), strict=False):
        if found != asked:
            raise ValueError(f"out={path.parent} holds a set with {found}, asked was {asked}; choose another out")
    raise ValueError(f"{path} is not the recipe of a set; choose another out")
