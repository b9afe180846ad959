"""The folder of a run: what it is called, rows that are appended as trials finish, and how a killed run continues."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gazesim.files import atomic_path, clear_partial, writable_folder
from gazesim.runs.record import RUN, check_same, trials_digest, write_record
from gazesim.scanpath import Scanpath, read_scanpaths, to_table, write_scanpaths
from gazesim.trial import Trial

WITHOUT_EFFECT = ("out", "figures", "batch_size", "view", "workers")  # what may change when a run is continued


def named_folder(command: str, out: str | None) -> Path:
    """Return `out`, or outputs/<command>/<date>_<time>, which does not exist yet."""
    if out:
        return Path(out)
    folder = Path("outputs") / command / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    names = [folder, *(folder.with_name(f"{folder.name}-{number}") for number in range(2, 1000))]
    return next(name for name in names if not name.exists())


def results_folder(command: str, out: str | None) -> Path:
    """Return the folder of `named_folder`, made if need be; ValueError if it cannot be written."""
    folder = named_folder(command, out)
    writable_folder(folder)
    clear_partial(folder, deep=(folder / RUN).exists())  # without, a run was killed before its first file was whole
    return folder


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of a run that wrote nothing; of outputs/<command>/<date>_<time> also what else is empty."""
    named = [folder, *folder.parents[:2]] if folder.parts[:1] == ("outputs",) and len(folder.parts) == 3 else [folder]
    for each in named:
        if any(each.iterdir()):
            return
        each.rmdir()


class RunFolder:
    """The results of one run in `folder`: of one or several observers, each of which searches the same trials.

    Attributes
    ----------
    run.json : see `gazesim.runs.record`
    scanpaths.csv : one row a fixation, there once all trials are done
    scanpaths.partial.csv : the same, as trials finish

    Parameters
    ----------
    folder : Path
        Exists and can be written.
    command : str
        What makes the run, such as "search".
    config : mapping
        What determines the results; its keys in `WITHOUT_EFFECT` may differ when a run is continued.
    trials : iterable of Trial
        Their ids differ.

    Raises
    ------
    ValueError
        If the folder holds a run of another config or of other trials.
    """

    def __init__(self, folder: Path, command: str, config: Mapping[str, Any], trials: Iterable[Trial]) -> None:
        self.table, self.partial = folder / "scanpaths.csv", folder / "scanpaths.partial.csv"
        config = {key: value for key, value in config.items() if key not in WITHOUT_EFFECT}
        trials_sha256 = trials_digest(trials)
        if (folder / RUN).exists():
            check_same(folder, config, trials_sha256)
            self.done = {path.key: path for path in self._read()}
            return
        write_record(folder, command, config, trials_sha256=trials_sha256)
        self.done = {}

    def left(self, trials: Sequence[Trial], observer: str, *, adapts: bool = False) -> list[Trial]:
        """Return the trials that `observer` has not searched yet; all of them if it `adapts` and one is left."""
        left = [trial for trial in trials if (trial.id, observer, None) not in self.done]
        return list(trials) if adapts and left else left

    def append(self, path: Scanpath) -> None:
        """Add the scanpath of a trial that has just finished, unless it is there."""
        if path.key in self.done:
            return
        with self.partial.open("a", encoding="utf-8", newline="") as file:
            to_table([path]).to_csv(file, index=False, header=file.tell() == 0)
        self.done[path.key] = path

    def finish(self, trials: Sequence[str | None], observers: Sequence[str]) -> list[Scanpath]:
        """Write scanpaths.csv and return the scanpaths, observer by observer in the order of the ids `trials`."""
        paths = [self.done[trial, observer, None] for observer in observers for trial in trials]
        write_scanpaths(self.table, paths)
        self.partial.unlink(missing_ok=True)
        return paths

    def _read(self) -> list[Scanpath]:
        if self.table.exists():
            return read_scanpaths(self.table)
        if not self.partial.exists():
            return []
        lines = self.partial.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        searches = [row[:2] for row in csv.reader(whole)]  # trial and observer
        # whether the last trial was written to its end cannot be seen: it is searched again
        keep = [line for line, search in zip(whole, searches, strict=True) if search != searches[-1]]
        with atomic_path(self.partial) as file:
            file.write_text("".join(keep), encoding="utf-8")
        return read_scanpaths(self.partial) if len(keep) > 1 else []
