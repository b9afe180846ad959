"""People's eye movements: published data sets by name, and your own tables."""

import os
from dataclasses import replace
from pathlib import Path

from gazesim.checks import unknown
from gazesim.datasets import capmit1003, coco, koehler, mit1003, oat, osie, sti, visions, vsa
from gazesim.datasets.bids import load_bids
from gazesim.datasets.dataset import Contents, DataSet, Fingerprint
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.own import load_own
from gazesim.datasets.table import load_table

__all__ = [
    "DATASETS",
    "Contents",
    "DataSet",
    "Definition",
    "Fingerprint",
    "Geometry",
    "Source",
    "data_folder",
    "dataset_definition",
    "dataset_folder",
    "list_datasets",
    "load_bids",
    "load_dataset",
    "load_own",
    "load_table",
]

# To add a data set, write a module with its reader and its definition, and name it here.
DATASETS: dict[str, Definition] = {
    entry.name: entry
    for entry in (
        osie.DEFINITION,
        mit1003.DEFINITION,
        coco.FREE_VIEWING,
        koehler.FREE_VIEWING,
        koehler.SALIENCY_SEARCH,
        capmit1003.DEFINITION,
        vsa.OBJECT_ARRAYS,
        vsa.NATURAL_DESIGN,
        vsa.WALDO,
        sti.AMAZON,
        sti.VIU,
        oat.WINE_DEFINITION,
        oat.YOGURT_DEFINITION,
        coco.PRESENT,
        coco.ABSENT,
        koehler.OBJECT_SEARCH,
        visions.INTERIORS,
        visions.UNRESTRICTED,
        visions.PEOPLE,
        visions.COCO,
    )
}


def list_datasets() -> list[str]:
    """Return the names that `load_dataset` knows.

    >>> list_datasets()[:3]
    ['osie', 'mit1003', 'coco_freeview']
    """
    return list(DATASETS)


def dataset_definition(name: str) -> Definition:
    """Return the definition of a data set; ValueError if there is none of that name."""
    if name not in DATASETS:
        raise ValueError(unknown("data set", name, DATASETS))
    return DATASETS[name]


def data_folder() -> Path:
    """Return where fetched data sets lie: $GAZESIM_DATA, or gazesim/data in the user's cache folder."""
    if folder := os.environ.get("GAZESIM_DATA"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazesim" / "data"


def dataset_folder(name: str, root: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of a data set: `root`, or its own one in `data_folder()`."""
    return Path(root) if root is not None else data_folder() / name


def load_dataset(
    name: str, root: str | os.PathLike[str] | None = None, *, px_per_degree: float | None = None
) -> DataSet:
    """Load a data set by name; pictures are not read until they are asked for.

    Parameters
    ----------
    name : str
        One of `list_datasets()`, or a path to a YAML file that describes data of your own; see `load_own`.
    root : path, optional
        The folder with its files; by default where `gazesim data fetch=NAME` puts them.
    px_per_degree : float, optional
        Pixels that one degree of visual angle covers, for data sets that do not know it, or to overrule them.

    Raises
    ------
    FileNotFoundError
        If it is not here; the line says how to get it.
    ValueError
        If the name is unknown, or the files are not what the publication states.

    Examples
    --------
    >>> load_dataset("osie")  # doctest: +SKIP
    DataSet('osie', 700 trials, 10500 scanpaths)
    """
    if str(name).endswith((".yaml", ".yml")):
        if root is not None:
            raise ValueError(f"root is {os.fspath(root)!r}, but {os.fspath(name)!r} itself says where its data lie")
        data = load_own(name)
    else:
        data = dataset_definition(name).load(dataset_folder(name, root))
    if px_per_degree is not None:
        data = replace(data, trials=[trial.replace(px_per_degree=px_per_degree) for trial in data.trials])
    return data
