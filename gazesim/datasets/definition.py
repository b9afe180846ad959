"""What a data set is: where it comes from, under which terms, in which units, and what its publication states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gazesim.checks import check_option
from gazesim.datasets.dataset import TASKS, Contents, DataSet
from gazesim.datasets.response_set import ResponseSet


@dataclass(frozen=True)
class Source:
    """A file of a data set, or a folder of files that come as one zip.

    name     : what it is called in the folder of the data set
    urls     : the first, then mirrors of the same bytes
    checksum : "sha256:<hex>" or "md5:<hex>" of what is downloaded; None where none is published
    size     : bytes of what is downloaded, None where that is not known
    unpack   : what is downloaded is a zip, `name` the folder for it; of the zip, only what lies under this path is
               kept ("" keeps all)
    contents : "sha256:<hex>" of `gazesim.checksum.folder_checksum` of that folder, for zips made afresh
    """

    name: str
    urls: tuple[str, ...]
    checksum: str | None = None
    size: int | None = None
    unpack: str | None = None
    contents: str | None = None


@dataclass(frozen=True)
class Geometry:
    """How large a degree of visual angle is.

    px_per_degree : in px of the pictures; None where it is not published
    basis         : what the number rests on, or why there is none
    """

    px_per_degree: float | None
    basis: str


@dataclass(frozen=True)
class Definition:
    """A data set that can be loaded by name; the only place where its facts stand.

    name      : what `load_dataset` and `gazesim data` call it
    title     : one line for people who choose
    task      : "free_viewing", "search", or "reaction_times" for answers without gaze
    licence   : of the recordings, as their source states it
    citation  : the works to cite
    homepage  : where people read about it
    reader    : from its folder to `Contents`, or of reaction times to a table of `gazesim.responses`; raises ValueError
                if the files are not in the published layout
    needs     : the files or patterns of them, in its folder, without which there is nothing to read
    geometry  : degrees
    units     : coordinates and times as stored, and what the reader does to them
    verified  : what was checked on the real files, and what rests on the publication only
    sources   : what `gazesim data fetch=NAME` downloads; empty if that is not possible
    obtain    : how else to get it, in a sentence
    stated    : counts that the data must have: fields of `gazesim.datasets.dataset.Fingerprint`, or of reaction times
                those of `gazesim.datasets.response_set.ResponseSet.counts`
    splits    : names of its parts, if its authors divided it
    accept    : what looks implausible and is so: names of `gazesim.datasets.plausibility.CHECKS`
    """

    name: str
    title: str
    task: str
    licence: str
    citation: str
    homepage: str
    reader: Callable[[Path], Contents | pd.DataFrame]
    needs: tuple[str, ...]
    geometry: Geometry
    units: str
    verified: str
    sources: tuple[Source, ...] = ()
    obtain: str = ""
    stated: Mapping[str, int] = field(default_factory=dict)
    splits: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_option("task", self.task, TASKS)

    @property
    def size(self) -> str:
        """How much there is to download, as far as that is known."""
        sizes = [source.size for source in self.sources]
        known = f"{sum(filter(None, sizes)) / 1e6:.1f} MB"
        return "unknown" if not any(sizes) else f"over {known}" if None in sizes else known

    def missing(self, folder: Path) -> list[str]:
        """Return those of `needs` that are not in `folder`."""
        return [pattern for pattern in self.needs if not any(folder.glob(pattern))]

    def load(self, folder: Path) -> DataSet:
        """Read and check the data set in `folder`; see `gazesim.datasets.load_dataset`."""
        self._check_here(folder)
        if self.task == "reaction_times":
            raise ValueError(
                f"data set {self.name!r} has answers and no gaze: gazesim.datasets.load_responses reads it"
            )
        contents = self.reader(folder)
        assert not isinstance(contents, pd.DataFrame)
        data = DataSet(self, folder, *contents)
        data.check_stated()
        return data

    def load_responses(self, folder: Path) -> ResponseSet:
        """Read and check the answers in `folder`; see `gazesim.datasets.load_responses`."""
        self._check_here(folder)
        if self.task != "reaction_times":
            raise ValueError(f"data set {self.name!r} has gaze and no table of answers: load_dataset reads it")
        table = self.reader(folder)
        assert isinstance(table, pd.DataFrame)
        return ResponseSet(self, folder, table)

    def _check_here(self, folder: Path) -> None:
        if missing := self.missing(folder):
            how = f"gazesim data fetch={self.name} downloads it" if self.sources else self.obtain
            raise FileNotFoundError(
                f"data set {self.name!r} is not in {str(folder)!r}, which lacks {', '.join(missing)}: {how}; "
                "root=FOLDER names a copy you have"
            )
