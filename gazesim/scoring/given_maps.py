"""Maps from another program: a function of a trial, arrays, or files of arrays and pictures."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gazesim.files import check_file
from gazesim.trial import Trial

Map = NDArray[np.float64]
SUFFIXES = (".npy", ".png")
MapSource = Callable[[Trial], Any] | Mapping[str, Any] | str | os.PathLike[str]
"""Where maps come from: a function of a trial; arrays or files by the id of the trial; or a folder of files."""


@dataclass(eq=False)
class GivenMaps:
    """A model of which only its maps are known, one a display.

    Parameters
    ----------
    name : str
        What tables call it.
    source : callable, mapping, or path
        A function that takes a `Trial` and returns its map; a mapping from ids of trials to maps or files of maps; or
        a folder with one file a trial, named by its id: `1001.npy` or `1001.png`. A map is (height, width) of the
        display, numbers, higher where a look is more likely. A .png is grey, of 8 or 16 bits.
    log_density : bool
        Whether the values are natural logarithms of a probability density over the px, as DeepGaze gives them; they are
        exponentiated. By default the values are priorities, of any scale.

    Raises
    ------
    FileNotFoundError, ValueError
        When a map is asked for: there is none of the trial, or it is not of the size of the display.
    """

    name: str
    source: MapSource
    log_density: bool = False

    def priority(self, trial: Trial, history: NDArray[np.float64] | None = None) -> Map:
        """Return the map (height, width) of `trial`, whatever was fixated before."""
        found, shown = self._find(trial)
        try:
            values = np.asarray(found, np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{shown} is a {type(found).__name__}, expected an array of numbers") from None
        if values.shape != (trial.height, trial.width):
            expected = f"({trial.height}, {trial.width}), height and width of the display"
            raise ValueError(f"{shown} has shape {values.shape}, expected {expected}")
        return self._density(values, shown) if self.log_density else values

    @property
    def needs_pictures(self) -> bool:
        """Whether the pictures of the trials must be here: for a function, which looks at them."""
        return callable(self.source)

    def digest(self, trial: Trial) -> bytes:
        """Return what identifies the map of `trial`: its bytes, or those of its file; of a function its name.

        Raises
        ------
        FileNotFoundError, ValueError
            If there is no map of `trial`.
        """
        if callable(self.source):
            return f"{self.source.__module__}.{getattr(self.source, '__qualname__', self.name)}".encode()
        found = self._given(trial)
        if isinstance(found, str | os.PathLike):
            check_file("map", found)
            return Path(found).read_bytes()
        return np.asarray(found).tobytes()

    def _density(self, values: Map, shown: str) -> Map:
        density = np.exp(values)
        total = float(density.sum())
        if not 0.99 < total < 1.01:
            raise ValueError(f"{shown} is declared a log density, but exp sums to {total:.4g}, expected 1")
        return density / total

    def _find(self, trial: Trial) -> tuple[Any, str]:
        """Return the map as it was given, read if it is in a file, and what messages call it."""
        found, shown = self._given(trial), f"map of model {self.name!r} for trial {trial.id!r}"
        if isinstance(found, str | os.PathLike) and not callable(self.source):
            return _read(Path(found)), f"map {os.fspath(found)!r}"
        return found, shown

    def _given(self, trial: Trial) -> Any:
        """Return the map of `trial`, or the path of its file."""
        if callable(self.source):
            return self.source(trial)
        if not isinstance(self.source, Mapping):
            return _file_of(Path(self.source), str(trial.id))
        if trial.id is None or trial.id not in self.source:
            raise ValueError(f"model {self.name!r} has no map of trial {trial.id!r}")
        return self.source[trial.id]


def _file_of(folder: Path, trial_id: str) -> Path:
    if not folder.is_dir():
        raise FileNotFoundError(f"folder of maps {str(folder)!r} does not exist")
    for suffix in SUFFIXES:
        if (path := folder / f"{trial_id}{suffix}").is_file():
            return path
    raise FileNotFoundError(f"folder of maps {str(folder)!r} has neither {trial_id}.npy nor {trial_id}.png")


def _read(path: Path) -> Any:
    check_file("map", path)
    try:
        return np.load(path, allow_pickle=False) if path.suffix.lower() == ".npy" else _grey(path)
    except UnidentifiedImageError:
        raise ValueError(f"map {str(path)!r} is neither .npy nor a picture") from None
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"map {str(path)!r} cannot be read: {error}") from None


def _grey(path: Path) -> Map:
    with Image.open(path) as image:
        if image.mode not in ("1", "L", "I", "I;16", "I;16B", "F"):
            raise ValueError(f"it is in colour ({image.mode}), expected grey values")
        return np.asarray(image, np.float64)
