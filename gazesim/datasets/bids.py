"""Fixation events in the eye-tracking folders of BIDS 1.11 (BEP 020)."""

import gzip
import io
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_positive
from gazesim.datasets.dataset import Contents, DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import published_layout, read_json
from gazesim.files import check_file
from gazesim.image import picture_size
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
POSITION = ["x_coordinate", "y_coordinate"]
EVENTS, SAMPLES = "_physioevents.tsv.gz", "_physio.tsv.gz"


def load_bids(root: str | os.PathLike[str], *, task: str = "free_viewing") -> DataSet:
    """Return the fixations of a BIDS folder as a data set.

    Read are the files sub-<person>[...]_task-<task>[...]_recording-<eye>_physioevents.tsv.gz with their JSON, of one
    eye where there are several. Rows whose trial_type is "fixation" are fixations; where they are comes from their
    columns x_coordinate and y_coordinate or, without these, from the mean of the samples in _physio.tsv.gz. What was
    shown comes from the column stim_file of ..._events.tsv, on the same clock; trials are called by its stem.

    Positions are px of the screen, whose size and distance give the degrees.

    Parameters
    ----------
    root : path
        The folder with dataset_description.json.
    task : str
        "free_viewing" or "search".

    Raises
    ------
    FileNotFoundError, ValueError
        If files are missing or not as BIDS demands; one line that names the file.
    """
    root = Path(root)
    check_file("description", root / "dataset_description.json")
    contents = read(root)
    degrees = {trial.px_per_degree for trial in contents.trials}
    definition = Definition(
        name=str(read_json(root / "dataset_description.json").get("Name") or root.name),
        title="a BIDS folder",
        task=task,
        licence=str(read_json(root / "dataset_description.json").get("License", "not stated")),
        citation="",
        homepage="",
        reader=read,
        needs=("dataset_description.json",),
        geometry=Geometry(degrees.pop() if len(degrees) == 1 else None, "ScreenDistance, ScreenSize, ScreenResolution"),
        units="px of the screen and s, turned into ms",
        verified="the layout of BIDS 1.11",
    )
    return DataSet(definition, root, *contents)


def read(root: Path) -> Contents:
    """Read every person's events; see `load_bids`."""
    trials: dict[str, Trial] = {}
    scanpaths: list[Scanpath] = []
    for path in _first_eyes(sorted(root.rglob(f"sub-*{EVENTS}"))):
        run, stem = _Run.of(path, root), path.name.removesuffix(EVENTS)
        person = stem.split("_")[0].removeprefix("sub-")
        with published_layout(path):
            onsets = run.fixations["onset"].to_numpy(np.float64)
            for start, end, picture, found in run.trials:
                rows = run.fixations[(onsets >= start) & (onsets < end)]
                if rows.empty:
                    continue
                name = Path(picture).stem
                trials.setdefault(name, run.screen.trial(name, root / "stimuli" / picture))
                onset_s, duration_s = rows[["onset", "duration"]].to_numpy(np.float64).T
                scanpaths.append(
                    Scanpath(
                        rows[POSITION].to_numpy(np.float64),
                        found={"True": True, "False": False}.get(found),
                        trial=name,
                        observer=person,
                        onset_ms=((onset_s - start) * 1000).round(6),
                        duration_ms=(duration_s * 1000).round(6),
                    )
                )
    if not scanpaths:
        raise ValueError(f"{str(root)!r} holds no fixations in files *{EVENTS}")
    return Contents(list(trials.values()), scanpaths)


@dataclass(frozen=True)
class Screen:
    """The display of an experiment as BIDS describes it.

    resolution : (width, height), px
    size_m     : (width, height), m
    distance_m : from the eye, m
    """

    resolution: tuple[int, int]
    size_m: tuple[float, float]
    distance_m: float

    def __post_init__(self) -> None:
        for name in ("resolution", "size_m"):
            for value in getattr(self, name):
                check_positive(name, value)
        check_positive("distance_m", self.distance_m)

    @property
    def px_per_degree(self) -> float:
        """In the middle of the screen: the px that half a degree to each side of the line of sight covers."""
        return 2 * math.tan(math.radians(0.5)) * self.distance_m / self.size_m[0] * self.resolution[0]

    def trial(self, name: str, image: Path) -> Trial:
        """Return what was shown; the picture only if it fills the screen, as positions are those of the screen."""
        width, height = self.resolution
        fills = image.is_file() and picture_size(image) == (width, height)
        return Trial(
            id=name, width=width, height=height, px_per_degree=self.px_per_degree, image=image if fills else None
        )


@dataclass(frozen=True)
class _Run:
    """One recording: rows of fixations (s, px), trials (begin, end, stim_file, found), the screen."""

    fixations: pd.DataFrame
    trials: list[tuple[float, float, str, str]]
    screen: Screen

    @classmethod
    def of(cls, path: Path, root: Path) -> "_Run":
        base = path.name.removesuffix(EVENTS).rpartition("_recording-")[0]
        described = _sidecar(path.with_name(f"{base}_events.json"), root)
        with published_layout(path.with_name(f"{base}_events.json")):
            screen = _screen(described["StimulusPresentation"])
        return cls(_fixations(path, root), _trials(path.with_name(f"{base}_events.tsv")), screen)


def _trials(path: Path) -> list[tuple[float, float, str, str]]:
    check_file("events", path)
    with published_layout(path):
        table = pd.read_csv(path, sep="\t", na_values=["n/a"])
        table = table[table["stim_file"].notna()]
        begin, lasts = table[["onset", "duration"]].to_numpy(np.float64).T.tolist()
        found = table["found"].astype(str).tolist() if "found" in table else [""] * len(table)
        ends = [start + length for start, length in zip(begin, lasts, strict=True)]
        return list(zip(begin, ends, table["stim_file"].astype(str), found, strict=True))


def _screen(described: dict[str, Any]) -> Screen:
    if (origin := [str(side) for side in described["ScreenOrigin"]]) != ["top", "left"]:
        raise ValueError(f"ScreenOrigin is {origin}, expected ['top', 'left']")
    width, height = described["ScreenResolution"]
    across, down = described["ScreenSize"]
    return Screen((int(width), int(height)), (float(across), float(down)), float(described["ScreenDistance"]))


def _fixations(path: Path, root: Path) -> pd.DataFrame:
    events, described = _headerless(path, root)
    with published_layout(path):
        if "trial_type" in events:
            events = events[events["trial_type"] == "fixation"]
        for column in ("onset", "duration"):
            unit = described.get(column, {}).get("Units", "s")
            if unit not in SECONDS:
                raise ValueError(f"Units of {column} is {unit!r}, expected one of {', '.join(SECONDS)}")
            events = events.assign(**{column: events[column].astype(float) * SECONDS[unit]})
        if not set(POSITION) <= set(events.columns):
            events = _with_positions(events, path, root)
        events = events.dropna(subset=POSITION)
        return events[["onset", "duration", *POSITION]].sort_values("onset", kind="stable")


def _with_positions(events: pd.DataFrame, path: Path, root: Path) -> pd.DataFrame:
    """Return fixations with the mean of the samples that they span; those without a sample become NaN."""
    samples, described = _headerless(path.with_name(path.name.replace(EVENTS, SAMPLES)), root)
    for column in POSITION:
        if (unit := described[column]["Units"]) not in ("pixel", "pixels", "px"):
            raise ValueError(f"Units of {column} is {unit!r}, expected 'pixel'")
    seconds = samples["timestamp"].to_numpy(float) * SECONDS[described.get("timestamp", {}).get("Units", "s")]
    seen = samples[POSITION].notna().all(axis=1).to_numpy()
    xy = samples[POSITION].to_numpy(float)[seen]
    sums = np.vstack([np.zeros(2), np.cumsum(xy, axis=0)])
    begin = np.searchsorted(seconds[seen], events["onset"].to_numpy())
    end = np.searchsorted(seconds[seen], (events["onset"] + events["duration"]).to_numpy())
    count: NDArray[Any] = np.where(end > begin, end - begin, np.nan)[:, None]
    return events.assign(**dict(zip(POSITION, ((sums[end] - sums[begin]) / count).T, strict=True)))


def _headerless(path: Path, root: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a compressed table whose columns its JSON names, and that JSON."""
    check_file("table", path)
    described = _sidecar(path.with_name(path.name.replace(".tsv.gz", ".json")), root)
    with published_layout(path):
        text = gzip.decompress(path.read_bytes())
        table = pd.read_csv(io.BytesIO(text), sep="\t", names=described["Columns"], header=None, na_values=["n/a"])
    return table, described


def _sidecar(path: Path, root: Path) -> dict[str, Any]:
    """Return the JSON at `path`, over what files higher up with the same or fewer entities say."""
    *entities, suffix = path.stem.split("_")
    described: dict[str, Any] = {}
    for folder in [parent for parent in reversed(path.parents) if parent == root or root in parent.parents]:
        for file in sorted(folder.glob(f"*{suffix}.json"), key=lambda file: len(file.name)):
            if set(file.stem.split("_")[:-1]) <= set(entities) and file.stem.split("_")[-1] == suffix:
                described |= read_json(file)
    return described


def _first_eyes(paths: list[Path]) -> list[Path]:
    """Return one path for each recording: that of the first eye."""
    first: dict[str, Path] = {}
    for path in paths:
        first.setdefault(str(path.parent / path.name.rpartition("_recording-")[0]), path)
    return list(first.values())
