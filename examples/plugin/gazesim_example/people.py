"""A data set: a reader of its folder, and the facts about it."""

from pathlib import Path

from gazesim import read_scanpaths, read_trials
from gazesim.datasets import Contents, Definition, Geometry


def read(folder: Path) -> Contents:
    """Return the trials and people's scanpaths."""
    return Contents(read_trials(folder), read_scanpaths(folder / "fixations.csv"))


EXAMPLE_PEOPLE = Definition(
    name="example_people",
    title="an example of a data set from outside",
    task="free_viewing",
    licence="CC0",
    citation="",
    homepage="",
    reader=read,
    needs=("trials.csv", "fixations.csv"),
    geometry=Geometry(None, "px_per_degree of trials.csv"),
    units="px and ms",
    verified="nothing: it is an example",
)
