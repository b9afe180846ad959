"""What people answered in an experiment, with where they looked if that is known, as a data set."""

import os
from pathlib import Path

from gazesim.datasets.dataset import Contents, DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.responses import read_responses
from gazesim.scanpath import read_scanpaths
from gazesim.trial_table import read_trials


def load_answered(
    responses: str | os.PathLike[str],
    *,
    trials: str | os.PathLike[str],
    scanpaths: str | os.PathLike[str] | None = None,
    px_per_degree: float | None = None,
    name: str = "responses",
) -> DataSet:
    """Return a table of responses as a data set of search.

    Parameters
    ----------
    responses : path
        As `gazesim.read_responses` takes it; `gazesim results` writes one.
    trials : path
        The displays, as `gazesim.read_trials` takes them; pictures are read when they are looked at.
    scanpaths : path, optional
        As `gazesim.read_scanpaths` takes them.
    px_per_degree : float, optional
        Pixels that one degree of visual angle covers, unless `trials` has it.
    name : str
        For messages.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If a table is not as described, or names a trial that is not among the displays.
    """
    looked = [] if scanpaths is None else read_scanpaths(scanpaths)
    known = read_trials(trials, px_per_degree=px_per_degree, check_pictures=False)
    definition = Definition(
        name=name,
        title="responses of your own",
        task="search",
        licence="yours",
        citation="",
        homepage="",
        reader=lambda folder: Contents(known, looked, responses=read_responses(responses)),
        needs=(),
        geometry=Geometry(px_per_degree, "as given"),
        units="reaction times in ms",
        verified="the checks of every data set",
    )
    return definition.load(Path(responses))
