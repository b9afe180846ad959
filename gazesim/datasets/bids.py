"""Fixation events in the eye-tracking folders of BIDS 1.11 (BEP 020)."""

import gzip
import io
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_columns, check_option, check_positive, tidy
from gazesim.datasets.dataset import Contents, DataSet
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.geometry import Coordinates
from gazesim.datasets.layout import published_layout, read_json
from gazesim.files import check_file
from gazesim.image import picture_size
from gazesim.scanpath import Scanpath
from gazesim.table import ids, numbers, read_table
from gazesim.trial import Trial

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
POSITION = ["x_coordinate", "y_coordinate"]
UNITS = {
    **dict.fromkeys(("pixel", "pixels", "px"), ("px", 1.0)),
    **dict.fromkeys(("deg", "degree", "degrees"), ("deg", 1.0)),
    "cm": ("cm", 1.0),
    "mm": ("cm", 0.1),
    "m": ("cm", 100.0),
    **dict.fromkeys(("normalized", "normalised"), ("share", 1.0)),
}  # what Units may say of positions: our unit, and how many of it
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp")
WIDTH_M = (0.02, 5.0)  # of a screen
NARROWEST, WIDEST = 1.0, 150.0  # degrees that a screen spans
EVENTS, SAMPLES = "_physioevents.tsv.gz", "_physio.tsv.gz"


def load_bids(
    root: str | os.PathLike[str],
    *,
    task: str = "free_viewing",
    shown: str = "stim_file",
    trial_s: float | str | None = None,
    fixation_s: float | None = None,
    distance_m: float | None = None,
    accept: Iterable[str] = (),
) -> DataSet:
    """Return the fixations of a BIDS folder as a data set.

    Read are the files sub-<person>[...]_task-<task>[...]_recording-<eye>_physioevents.tsv.gz with their JSON, of one
    eye where there are several. Rows whose trial_type is "fixation" are fixations; where they are comes from their
    columns x_coordinate and y_coordinate or, without these, from the mean of the samples in _physio.tsv.gz. What was
    shown comes from a column of ..._events.tsv, on the same clock; trials are called by its path without the suffix of
    a picture, and where it was shown on several screens, by that and the screen. Sessions (ses-) and runs (run-) are
    the sessions of scanpaths. A recording whose _events.tsv has no row, as of rest, is one trial, called by the task.

    Positions are px of the screen, whose size and distance give the degrees, each recording's own; those in degrees or
    shares of the screen are converted.

    Parameters
    ----------
    root : path
        The folder with dataset_description.json.
    task : str
        "free_viewing" or "search".
    shown : str
        The column of ..._events.tsv that says what was shown.
    trial_s : float or "next", optional
        How long trials last that have no duration: seconds, or until the next one of the recording.
    fixation_s : float, optional
        How long fixations last that have no duration, s.
    distance_m : float, optional
        From the eye to the screen, where ScreenDistance is not there or wrong, as cm are.
    accept
        What looks implausible and is so: names of `gazesim.datasets.plausibility.CHECKS`.

    Raises
    ------
    FileNotFoundError, ValueError
        If files are missing or not as BIDS demands; one line that names the file.
    """
    root = Path(root)
    check_file("description", root / "dataset_description.json")
    if isinstance(trial_s, str):
        check_option("trial_s", trial_s, ("next",))
    elif trial_s is not None:
        check_positive("trial_s", trial_s)
    if fixation_s is not None:
        check_positive("fixation_s", fixation_s)
    if distance_m is not None:
        check_positive("distance_m", distance_m)
    contents = read(root, shown, trial_s, fixation_s, distance_m)
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
        accept=tuple(accept),
    )
    return DataSet(definition, root, *contents)


def read(
    root: Path,
    shown: str = "stim_file",
    trial_s: float | str | None = None,
    fixation_s: float | None = None,
    distance_m: float | None = None,
) -> Contents:
    """Read every person's events; see `load_bids`."""
    ours = [entry.get("Name") for entry in read_json(root / "dataset_description.json").get("GeneratedBy", [])]
    names = _names(root) if "gazesim" in ours else {}
    runs = []
    for path in _first_eyes(sorted(root.rglob(f"sub-*{EVENTS}"))):
        runs.append((path, _Run.of(path, root, shown, trial_s, fixation_s, distance_m)))
    screens: dict[str, set[Screen]] = {}
    for _, run in runs:
        for _, _, picture, _ in run.trials:
            screens.setdefault(_name(picture, "gazesim" in ours), set()).add(run.screen)
    trials: dict[str, Trial] = {}
    scanpaths: list[Scanpath] = []
    for path, run in runs:
        entities = dict(part.split("-", 1) for part in path.name.removesuffix(EVENTS).split("_") if "-" in part)
        session = ".".join(entities[key] for key in ("ses", "run") if key in entities) or None
        person = entities["sub"]
        session = names.get(f"sub-{person}/ses-{session}", session)
        with published_layout(path):
            onsets = run.fixations["onset"].to_numpy(np.float64)
            for start, end, picture, found in run.trials:
                rows = run.fixations[(onsets >= start) & (onsets < end)]
                if rows.empty:
                    continue
                name = _name(picture, "gazesim" in ours)
                name = f"{name}@{run.screen}" if len(screens[name]) > 1 else name
                trials.setdefault(name, run.screen.trial(name, root / "stimuli" / picture))
                onset_s, duration_s = rows[["onset", "duration"]].to_numpy(np.float64).T
                scanpaths.append(
                    Scanpath(
                        rows[POSITION].to_numpy(np.float64),
                        found={"True": True, "False": False}.get(found),
                        trial=name,
                        observer=names.get(f"sub-{person}", person),
                        onset_ms=((onset_s - start) * 1000).round(6),
                        duration_ms=(duration_s * 1000).round(6),
                        session=session,
                    )
                )
    if not scanpaths:
        raise ValueError(f"{str(root)!r} holds no fixations in files *{EVENTS} within the trials of their _events.tsv")
    return Contents(list(trials.values()), scanpaths)


def _names(root: Path) -> dict[str, str]:
    """Return whom and what our own labels stand for: observers by sub-<label>, sessions by sub-<label>/ses-<label>."""
    files = [("", root / "participants.tsv", "participant_id", "observer")]
    files += [(f"{p.parent.name}/", p, "session_id", "session") for p in root.glob("sub-*/*_sessions.tsv")]
    names: dict[str, str] = {}
    for prefix, path, label, column in files:
        if path.is_file():
            table = read_table(path, separator="\t")
            check_columns(f"table {str(path)!r}", table.columns, (label, column))
            pairs = zip(table[label].tolist(), table[column].tolist(), strict=True)
            names |= {f"{prefix}{short}": tidy(name) for short, name in pairs}
    return names


def _name(picture: str, ours: bool) -> str:
    """Return what a trial is called: the path without the suffix of a picture; of our own files, what is there."""
    path = PurePosixPath(picture)
    return picture if ours or path.suffix.lower() not in PICTURES else str(path.with_suffix(""))


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

        wide = math.degrees(2 * math.atan(self.size_m[0] / self.distance_m / 2))
        if not (WIDTH_M[0] < self.size_m[0] < WIDTH_M[1] and NARROWEST < wide < WIDEST):
            sizes = f"ScreenSize {list(self.size_m)} and ScreenDistance {self.distance_m:g}, both in m,"
            raise ValueError(f"{sizes} make {self.px_per_degree:.3g} px per degree, one may be in another unit")

    def __str__(self) -> str:
        return f"{self.resolution[0]}x{self.resolution[1]},{self.px_per_degree:.4g}"

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
    def of(
        cls,
        path: Path,
        root: Path,
        shown: str,
        trial_s: float | str | None,
        fixation_s: float | None,
        distance_m: float | None,
    ) -> "_Run":
        base = path.name.removesuffix(EVENTS).rpartition("_recording-")[0]
        described = _sidecar(path.with_name(f"{base}_events.json"), root)
        with published_layout(path.with_name(f"{base}_events.json")):
            screen = _screen(described["StimulusPresentation"], distance_m)
        fixations = _fixations(path, root, screen, fixation_s)
        trials = _trials(_inherited(path.with_name(f"{base}_events.tsv"), root), shown, trial_s)
        if not trials and len(fixations):
            task = next((part[5:] for part in base.split("_") if part.startswith("task-")), "recording")
            trials = [(float(fixations["onset"].min()), math.inf, task, "")]
        return cls(fixations, trials, screen)


def _trials(path: Path, shown: str, trial_s: float | str | None) -> list[tuple[float, float, str, str]]:
    check_file("events", path)
    table = read_table(path, separator="\t")
    if not len(table):
        return []
    check_columns(f"events {str(path)!r}", table.columns, ("onset", "duration", shown))
    with published_layout(path):
        table = table.loc[~table[shown].isin(["n/a", ""])]
        begin, lasts = (numbers(table, name, missing=["n/a"]) for name in ("onset", "duration"))
        if np.isnan(begin).any():
            raise ValueError(f"{np.isnan(begin).sum()} trials have no onset")
        if (without := np.isnan(lasts) | (lasts == 0)).any():
            if trial_s is None:
                how = "trial_s: 5 gives them seconds, trial_s: next lets each last until the next"
                raise ValueError(f"{without.sum()} of {len(lasts)} trials have no length (duration 0 or n/a): {how}")
            following = [float(min(begin[begin > start], default=np.inf)) - start for start in begin]
            lasts = np.where(without, following if trial_s == "next" else float(trial_s), lasts)
        found = table["found"].tolist() if "found" in table else [""] * len(table)
        return list(zip(begin.tolist(), (begin + lasts).tolist(), ids(table, shown).tolist(), found, strict=True))


def _screen(described: dict[str, Any], distance_m: float | None) -> Screen:
    if (origin := [str(side) for side in described["ScreenOrigin"]]) != ["top", "left"]:
        raise ValueError(f"ScreenOrigin is {origin}, expected ['top', 'left']")
    width, height = described["ScreenResolution"]
    across, down = described["ScreenSize"]
    distance = float(described["ScreenDistance"]) if distance_m is None else distance_m
    return Screen((int(width), int(height)), (float(across), float(down)), distance)


def _fixations(path: Path, root: Path, screen: Screen, fixation_s: float | None) -> pd.DataFrame:
    events, described = _headerless(path, root)
    with published_layout(path):
        if "trial_type" in events:
            events = events[events["trial_type"] == "fixation"]
        clock = described.get("OnsetSource", described.get("ForeignIndexColumn"))
        usual = "s"
        if clock == "timestamp" and "Units" not in described.get("onset", {}):  # then onsets are those of the samples
            sampled = _sidecar(path.with_name(path.name.replace(EVENTS, SAMPLES.replace(".tsv.gz", ".json"))), root)
            usual = sampled.get("timestamp", {}).get("Units", "s")
        for column in ("onset", "duration"):
            unit = described.get(column, {}).get("Units", usual)
            if unit not in SECONDS:
                raise ValueError(f"Units of {column} is {unit!r}, expected one of {', '.join(SECONDS)}")
            events = events.assign(**{column: events[column].astype(float) * SECONDS[unit]})
        if without := int(events["duration"].isna().sum()):
            if fixation_s is None:
                how = "fixation_s: 0.2 gives them one"
                raise ValueError(f"{without} of {len(events)} fixations have no length (duration n/a): {how}")
            events = events.fillna({"duration": fixation_s})
        if not set(POSITION) <= set(events.columns):
            events, described = _with_positions(events, path, root)
        events = events.dropna(subset=POSITION)
        events = events.assign(**dict(zip(POSITION, _px(events, described, screen).T, strict=True)))
        return events[["onset", "duration", *POSITION]].sort_values("onset", kind="stable")


def _px(events: pd.DataFrame, described: dict[str, Any], screen: Screen) -> NDArray[np.float64]:
    """Return positions (n, 2) as px of the screen, from the unit that their JSON declares."""
    units = [described.get(column, {}).get("Units", "pixel") for column in POSITION]
    for unit in units:
        if unit not in UNITS or units[0] != unit:
            raise ValueError(f"Units of {' and '.join(POSITION)} is {units}, expected one of {', '.join(UNITS)}")
    unit, factor = UNITS[units[0]]
    px_per_cm = screen.resolution[0] / screen.size_m[0] / 100 if unit == "cm" else None
    xy = events[POSITION].to_numpy(np.float64) * factor
    sizes = np.repeat([screen.resolution], len(xy), axis=0).astype(float)
    return Coordinates(unit, px_per_cm=px_per_cm).to_px(xy, sizes, np.full(len(xy), screen.px_per_degree))


def _with_positions(events: pd.DataFrame, path: Path, root: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return fixations with the mean of the samples that they span, and their JSON; without a sample it is NaN."""
    samples, described = _headerless(path.with_name(path.name.replace(EVENTS, SAMPLES)), root)
    for column in POSITION:
        described[column]["Units"]
    seconds = samples["timestamp"].to_numpy(float) * SECONDS[described.get("timestamp", {}).get("Units", "s")]
    seen = samples[POSITION].notna().all(axis=1).to_numpy()
    order = np.flatnonzero(seen)[np.argsort(seconds[seen], kind="stable")]
    xy, seconds = samples[POSITION].to_numpy(float)[order], seconds[order]
    sums = np.vstack([np.zeros(2), np.cumsum(xy, axis=0)])
    begin = np.searchsorted(seconds, events["onset"].to_numpy())
    end = np.searchsorted(seconds, (events["onset"] + events["duration"]).to_numpy())
    count: NDArray[Any] = np.where(end > begin, end - begin, np.nan)[:, None]
    return events.assign(**dict(zip(POSITION, ((sums[end] - sums[begin]) / count).T, strict=True))), described


def _headerless(path: Path, root: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a compressed table whose columns its JSON names, and that JSON."""
    check_file("table", path)
    described = _sidecar(path.with_name(path.name.replace(".tsv.gz", ".json")), root)
    with published_layout(path):
        text = gzip.decompress(path.read_bytes())
        table = pd.read_csv(io.BytesIO(text), sep="\t", names=described["Columns"], header=None, na_values=["n/a"])
    return table, described


def _inherited(path: Path, root: Path) -> Path:
    """Return the file at `path`, or the one higher up that stands for it with fewer entities."""
    *entities, suffix = path.stem.split("_")
    for folder in [parent for parent in path.parents if parent == root or root in parent.parents]:
        for file in sorted(folder.glob(f"*{suffix}{path.suffix}"), key=lambda file: -len(file.name)):
            if set(file.stem.split("_")[:-1]) <= set(entities) and file.stem.split("_")[-1] == suffix:
                return file
    return path


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
