"""People's eye movements: published data sets by name, and your own tables."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazesim.datasets.bids import load_bids
from gazesim.datasets.dataset import Contents, DataSet, Fingerprint
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.own import load_own
from gazesim.datasets.response_set import ResponseSet
from gazesim.datasets.table import load_table
from gazesim.registry import Entry, Registry

__all__ = [
    "DATASETS",
    "Contents",
    "DataSet",
    "Definition",
    "Fingerprint",
    "Geometry",
    "ResponseSet",
    "Source",
    "data_folder",
    "dataset_definition",
    "dataset_folder",
    "has_answers_only",
    "list_datasets",
    "load_bids",
    "load_dataset",
    "load_own",
    "load_responses",
    "load_table",
    "register_dataset",
]


def _checked(name: str, thing: Any) -> Definition:
    if not isinstance(thing, Definition):
        raise ValueError(f"data set {name!r} is {thing!r}, expected a gazesim.datasets.Definition")
    if thing.name != name:
        raise ValueError(f"data set {name!r} calls itself {thing.name!r}, expected one name")
    return thing


# To add a data set, write a module with its reader and its definition, and name it here.
DATASETS: Registry[Definition] = Registry(
    "data set",
    "gazesim.datasets",
    {
        "osie": Entry("", "gazesim.datasets.osie:DEFINITION"),
        "mit1003": Entry("", "gazesim.datasets.mit1003:DEFINITION"),
        "coco_freeview": Entry("", "gazesim.datasets.coco:FREE_VIEWING"),
        "koehler_free_viewing": Entry("", "gazesim.datasets.koehler:FREE_VIEWING"),
        "koehler_saliency_search": Entry("", "gazesim.datasets.koehler:SALIENCY_SEARCH"),
        "capmit1003": Entry("", "gazesim.datasets.capmit1003:DEFINITION"),
        "interiors": Entry("", "gazesim.datasets.visions:INTERIORS"),
        "natural_design": Entry("", "gazesim.datasets.visions:NATURAL_DESIGN"),
        "people_search": Entry("", "gazesim.datasets.visions:PEOPLE"),
        "coco_search18": Entry("", "gazesim.datasets.visions:COCO"),
        "hybrid_search": Entry("", "gazesim.datasets.hybrid_search:DEFINITION"),
        "object_arrays": Entry("", "gazesim.datasets.object_arrays:DEFINITION"),
        "zhang_object_arrays": Entry("", "gazesim.datasets.vsa:OBJECT_ARRAYS"),
        "zhang_natural_design": Entry("", "gazesim.datasets.vsa:NATURAL_DESIGN"),
        "waldo": Entry("", "gazesim.datasets.vsa:WALDO"),
        "amazon_books": Entry("", "gazesim.datasets.sti:AMAZON"),
        "viu": Entry("", "gazesim.datasets.sti:VIU"),
        "oat_wine": Entry("", "gazesim.datasets.oat:WINE_DEFINITION"),
        "oat_yogurt": Entry("", "gazesim.datasets.oat:YOGURT_DEFINITION"),
        "coco_search18_tp": Entry("", "gazesim.datasets.coco:PRESENT"),
        "coco_search18_ta": Entry("", "gazesim.datasets.coco:ABSENT"),
        "koehler_object_search": Entry("", "gazesim.datasets.koehler:OBJECT_SEARCH"),
        "wolfe2010": Entry("", "gazesim.datasets.wolfe2010:DEFINITION"),
    },
    check=_checked,
    about=lambda definition: definition.title,
)


def register_dataset(definition: Definition) -> None:
    """Add a data set for this session, under its own name, so that `load_dataset` and `score` know it.

    Raises
    ------
    ValueError
        If the name is taken, or it is no `Definition`.
    """
    DATASETS.register(str(getattr(definition, "name", definition)), definition)


def list_datasets() -> list[str]:
    """Return the names that `load_dataset` knows.

    >>> list_datasets()[:3]
    ['osie', 'mit1003', 'coco_freeview']
    """
    return list(DATASETS)


def dataset_definition(name: str) -> Definition:
    """Return the definition of a data set; ValueError if there is none of that name."""
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


def has_answers_only(name: str) -> bool:
    """Whether `name` is a data set of answers and reaction times, without gaze."""
    return name in DATASETS and dataset_definition(name).task == "reaction_times"


def load_responses(name: str, root: str | os.PathLike[str] | None = None) -> ResponseSet:
    """Load a set of people's answers and reaction times by name.

    Parameters
    ----------
    name : str
        One of `list_datasets()` whose task is reaction_times.
    root : path, optional
        The folder with its files; by default that in `data_folder()`.

    Raises
    ------
    FileNotFoundError
        If it is not here; the line says how to get it.
    ValueError
        If the name is unknown or of a data set with gaze, or the file is not what the publication states.

    Examples
    --------
    >>> load_responses("wolfe2010")  # doctest: +SKIP
    ResponseSet('wolfe2010', 111777 responses)
    """
    return dataset_definition(name).load_responses(dataset_folder(name, root))
