"""What is scored: models by name, objects that predict gaze, and maps and scanpaths that another program made."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, unknown
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.plausibility import check_plausible
from gazesim.models import list_models, load_model, own_settings
from gazesim.scanpath import Scanpath, read_scanpaths
from gazesim.scoring.given_maps import GivenMaps
from gazesim.trial import Trial

PUBLISHED = "published"
LEVELS = ("people", "other_images", "uniform", "same_person")


@runtime_checkable
class MapModel(Protocol):
    """Predicts where a person looks next: the priority map (height, width) after the fixations `history` (n, 2).

    Like `SearchModel`, it may also have `first_priority(trial)`, the map of the whole display before anything is
    inhibited (else that without history), and `free_viewing()`, the model for trials without a target (else itself).
    """

    name: str

    def priority(self, trial: Trial, history: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return the map, NaN where no fixation can land; without history that of the first moment."""
        ...


@runtime_checkable
class PathModel(Protocol):
    """Makes scanpaths. Like `SearchModel`, it may say in `samples` whether other seeds give others; else they may."""

    name: str

    def walk(
        self, trials: Sequence[Trial], *, max_fixations: int | None = None, seed: int = 0, batch_size: int = 1
    ) -> Iterator[Scanpath]:
        """Yield the scanpath of each of `trials` in order; observer is the name of the model."""
        ...


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model under test: something that runs, or scanpaths that are there already.

    Attributes
    ----------
    name : str
    model : MapModel or PathModel, optional
    paths : mapping of Scanpath
        By trial: the scanpath, or the first of several samples.
    further : mapping of sequence of Scanpath
        By trial: the other samples.
    """

    name: str
    model: MapModel | PathModel | None = None
    paths: Mapping[str, Scanpath] = field(default_factory=dict)
    further: Mapping[str, Sequence[Scanpath]] = field(default_factory=dict)

    def samples(self, trial_id: str) -> list[Scanpath]:
        """Return all scanpaths of a trial; none where there is none."""
        return [self.paths[trial_id], *self.further.get(trial_id, ())] if trial_id in self.paths else []

    @property
    def is_random(self) -> bool:
        """Whether it makes other scanpaths with another seed."""
        return isinstance(self.model, PathModel) and bool(getattr(self.model, "samples", True))

    @property
    def has_maps(self) -> bool:
        """Whether it gives priority maps."""
        return isinstance(self.model, MapModel)

    @property
    def needs_pictures(self) -> bool:
        """Whether the pictures of the trials must be here."""
        return self.model is not None and getattr(self.model, "needs_pictures", True)

    @property
    def has_paths(self) -> bool:
        """Whether it has, or makes, scanpaths."""
        return bool(self.paths) or isinstance(self.model, PathModel)

    def first_map(self, trial: Trial) -> NDArray[np.float64]:
        """Return the map (height, width) of the whole display, before anything is inhibited.

        Raises
        ------
        ValueError
            If it has another shape than the display, or is infinite somewhere. A map that is NaN everywhere stays so.
        """
        assert isinstance(self.model, MapModel)
        first: Callable[[Trial], NDArray[np.float64]] = getattr(self.model, "first_priority", self.model.priority)
        return self._complete(first(trial), trial)

    def next_map(self, trial: Trial, history: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the map (height, width) for the fixation after `history` (n, 2), as `first_map`."""
        assert isinstance(self.model, MapModel)
        return self._complete(self.model.priority(trial, history[:, :2]), trial)

    def _complete(self, priority: ArrayLike, trial: Trial) -> NDArray[np.float64]:
        """Return the map with its least value where it is NaN, ones if it is constant; NaN if it is nothing else."""
        shown = f"map of model {self.name!r} on trial {trial.id!r}"
        found = as_numbers(shown, priority, (trial.height, trial.width))
        if np.isinf(found).any():
            raise ValueError(f"{shown} holds {found[np.isinf(found)][0]}, expected finite numbers, or NaN")
        known = found[~np.isnan(found)]
        if len(known) and known.min() == known.max():
            return np.ones(found.shape)
        return np.where(np.isnan(found), known.min(), found) if len(known) else found


def candidates(
    models: Any,
    data: DataSet,
    scanpaths: Any = None,
    *,
    weights: str = "embedded",
    device: str = "cpu",
    accept: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> list[Candidate]:
    """Return what is to be scored, in the order given, files last.

    Parameters
    ----------
    models : str, object, or sequence of them
        Names of `gazesim.list_models()`; "published.NAME" for the scanpaths of a model that come with the data,
        "published" for all of them; objects with `name` and `priority` or `walk`, as `SearchModel`; a function that
        takes a `Trial` and returns its map; or a dict from names to such objects or functions, lists of scanpaths, and
        maps as `GivenMaps` takes them: by the id of the trial, or a folder of files.
    data : DataSet
    scanpaths : path or sequence of paths, optional
        Tables as `read_scanpaths` takes them. Each observer in one is a model, each session a sample of it.
    weights, device
        See `load_model`.
    accept
        What looks implausible in scanpaths of models from outside and is so, as well as what the data accept: names of
        `gazesim.datasets.plausibility.CHECKS`.
    settings : dict, optional
        Of the models called by name; each takes those that it has.

    Raises
    ------
    FileNotFoundError, ValueError
        If one is unknown, is given twice, has no scanpath of a trial of the data, or its scanpaths look implausible.
    """
    found: list[Candidate] = []
    for entry in _listed(models):
        if isinstance(entry, Mapping):
            found += [_called(str(name), given, data, accept) for name, given in entry.items()]
        elif isinstance(entry, str):
            found += _named(entry, data, weights, device, own_settings(settings or {}, entry, _models(models)))
        elif isinstance(entry, MapModel | PathModel):
            found.append(Candidate(str(entry.name), _for_task(entry, data.task)))
        elif callable(entry):
            found.append(_called(getattr(entry, "__name__", type(entry).__name__), entry, data, accept))
        else:
            accepted = "a name, a function of a trial, a dict, or an object with name and priority or walk"
            raise ValueError(f"model is {entry!r}, expected {accepted}")
    for path in _listed(scanpaths):
        found += _from_file(path, data, accept)
    if not found:
        raise ValueError("model is empty, expected at least one, or scanpaths")
    names = [candidate.name for candidate in found]
    for name in names:
        if names.count(name) > 1 or name in LEVELS:
            what = "a level of every score" if name in LEVELS else f"given {names.count(name)} times"
            raise ValueError(f"model {name!r} is {what}, expected another name")
    return found


def _called(name: str, given: Any, data: DataSet, accept: Sequence[str]) -> Candidate:
    """Return what is given under a name of its own."""
    if isinstance(given, MapModel | PathModel):
        return Candidate(name, _for_task(given, data.task))
    if callable(given) or isinstance(given, Mapping | str | os.PathLike):
        return Candidate(name, GivenMaps(name, given))
    if isinstance(given, Sequence) and all(isinstance(path, Scanpath) for path in given):
        return _from_outside(name, given, data, f"model {name!r}", accept)
    accepted = "a function of a trial, maps by trial, a folder of maps, scanpaths, or an object with priority or walk"
    raise ValueError(f"model {name!r} is {type(given).__name__}, expected {accepted}")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _models(models: Any) -> list[str]:
    return [entry for entry in _listed(models) if isinstance(entry, str) and entry in list_models()]


def _named(name: str, data: DataSet, weights: str, device: str, settings: Mapping[str, Any]) -> list[Candidate]:
    published = {f"{PUBLISHED}.{model}": paths for model, paths in data.published.items()}
    if name == PUBLISHED and published:
        return [_given(each, paths, data, each) for each, paths in published.items()]
    if name in published:
        return [_given(name, published[name], data, name)]
    if name not in list_models():
        raise ValueError(unknown(f"model for {data.name}", name, [*list_models(), *published]))
    return [Candidate(name, _for_task(load_model(name, weights=weights, device=device, **settings), data.task))]


def _for_task(model: MapModel | PathModel, task: str) -> MapModel | PathModel:
    """Return the model itself, or in free viewing, where nothing is searched, what it says remains of it."""
    remains: Callable[[], MapModel | PathModel] = getattr(model, "free_viewing", lambda: model)
    return model if task == "search" else remains()


def _from_file(path: str | os.PathLike[str], data: DataSet, accept: Sequence[str]) -> list[Candidate]:
    by_observer: dict[str, list[Scanpath]] = {}
    for each in read_scanpaths(path):
        by_observer.setdefault(each.observer or Path(path).stem, []).append(each)
    shown = f"scanpaths {os.fspath(path)!r}"
    return [_from_outside(name, paths, data, shown, accept) for name, paths in by_observer.items()]


def _from_outside(name: str, paths: Sequence[Scanpath], data: DataSet, shown: str, accept: Sequence[str]) -> Candidate:
    """Return a model with these scanpaths, which are checked as people's are."""
    found = _given(name, paths, data, shown)
    check_plausible(shown, data.sizes, paths, accept=(*data.definition.accept, *accept), people=False)
    return found


def _given(name: str, paths: Sequence[Scanpath], data: DataSet, shown: str) -> Candidate:
    by_trial: dict[str, list[Scanpath]] = {}
    for path in paths:
        by_trial.setdefault(str(path.trial), []).append(replace(path, observer=name))
    for trial, own in by_trial.items():
        if len({path.session for path in own}) < len(own):
            raise ValueError(
                f"{shown}: {len(own)} scanpaths of trial {trial!r}, expected one, or samples each with its session"
            )
    known = {str(trial.id) for trial in data.trials}
    if strange := [trial for trial in by_trial if trial not in known]:
        raise ValueError(f"{shown}: {unknown(f'trial of {data.name}', strange[0], sorted(known)[:5])}")
    return of_samples(Candidate(name), by_trial)


def of_samples(candidate: Candidate, paths: Mapping[str, Sequence[Scanpath]]) -> Candidate:
    """Return the candidate with these scanpaths, one or several of each trial."""
    first = {trial: own[0] for trial, own in paths.items()}
    return replace(candidate, paths=first, further={trial: own[1:] for trial, own in paths.items() if len(own) > 1})
