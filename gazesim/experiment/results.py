"""What experiments saved, read back: checked against the stimulus set, nothing lost, nothing counted twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gazesim.checks import check_columns, check_option
from gazesim.checksum import file_sha256
from gazesim.experiment.session import FILE_COLUMNS, FIXATIONS
from gazesim.responses import as_responses
from gazesim.runs.record import trials_digest
from gazesim.scanpath import Scanpath, read_scanpaths
from gazesim.table import numbers, read_table, row
from gazesim.trial import Trial

ACCEPTED = {
    "missing": "sessions without all trials of the set",
    "twice": "a participant who did the experiment twice: both sessions count",
    "clock": "a clock of the computer that was set during a session: times are by another one",
}
CLOCK_S = 1.0  # by which both clocks may differ from one trial to the next
FACTS = ("condition", "set_size", "present")


@dataclass(frozen=True, eq=False)
class Results:
    """What people did.

    Attributes
    ----------
    responses : DataFrame
        As `gazesim.responses`, without practice; and the columns longest_frame_ms and screen_px_per_degree.
    scanpaths : list of Scanpath
        Where eyes were tracked.
    """

    responses: pd.DataFrame
    scanpaths: list[Scanpath]


def read_results(folder: str | Path, trials: Sequence[Trial], accept: Iterable[str] = ()) -> Results:
    """Read all sessions in a folder.

    Parameters
    ----------
    folder : path
        With the files that the experiment saved, `gazesim.experiment.session`.
    trials : sequence of Trial
        The stimulus set of which the experiment was made.
    accept
        What stops otherwise and is so: names of `ACCEPTED`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no session in it.
    ValueError
        If a file is of other displays, is damaged, is there twice, lacks trials, or its clock was set; one line that
        names the file.
    """
    accepted = set(accept)
    for name in accepted:
        check_option("accept", name, ACCEPTED)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"results folder {str(folder)!r} does not exist")
    paths = [path for path in sorted(folder.glob("*.csv")) if not path.stem.endswith(FIXATIONS)]
    if not paths:
        raise FileNotFoundError(f"results folder {str(folder)!r} has no .csv file of a session")
    _check_copies(paths)
    digest = trials_digest(trials)
    sessions = {path: _read_session(path, trials, digest, accepted) for path in paths}
    _check_sessions(sessions, accepted)
    rows = pd.concat(sessions.values(), ignore_index=True)
    responses = as_responses(rows)
    for name in ("longest_frame_ms", "screen_px_per_degree"):
        responses[name] = rows[name].to_numpy(np.float64)
    return Results(responses, _scanpaths(sessions, {str(trial.id): trial for trial in trials}))


def _check_copies(paths: list[Path]) -> None:
    """Raise ValueError if the same session lies in two files."""
    seen: dict[str, Path] = {}
    for path in paths:
        other = seen.setdefault(file_sha256(path), path)
        if other != path:
            raise ValueError(f"{str(path)!r} and {str(other)!r} are the same session; keep one of them")


def _read_session(path: Path, trials: Sequence[Trial], digest: str, accepted: set[str]) -> pd.DataFrame:
    """Return the rows of a session without practice, checked."""
    what = f"session {str(path)!r}"
    table = read_table(path)
    check_columns(what, table.columns, FILE_COLUMNS)
    if not len(table):
        raise ValueError(f"{what} has no rows")
    for found in table["set_sha256"].unique():
        if found != digest:
            raise ValueError(
                f"{what} is of other displays: its set_sha256 is {found[:12]}, that of stimuli {digest[:12]}"
            )
    for name in ("observer", "session"):
        if len(several := table[name].unique()) > 1:
            raise ValueError(f"{what} has {len(several)} different values of {name}, expected one session a file")
    try:
        _check_clocks(table, "clock" in accepted)
        table = table[table["practice"].str.lower() != "true"].copy()
        _check_trials(table, trials, "missing" in accepted)
        for name in ("longest_frame_ms", "screen_px_per_degree"):
            table[name] = numbers(table, name)
        as_responses(table)
    except ValueError as error:
        raise ValueError(f"{what}: {str(error).removeprefix('table ')}") from error
    return table


def _check_clocks(table: pd.DataFrame, accepted: bool) -> None:
    """Raise ValueError if time went back, a response is later than the next display, or the clock was set."""
    elapsed, rt = numbers(table, "elapsed_ms"), numbers(table, "rt_ms", missing=[""])
    late = elapsed[1:] < elapsed[:-1] + np.nan_to_num(rt[:-1])
    if late.any():
        at = int(late.argmax()) + 1
        raise ValueError(
            f"{row(table, at)}: elapsed_ms is {elapsed[at]:.0f}, before the response to the display that came on at "
            f"{elapsed[at - 1]:.0f}: rows were moved or changed"
        )
    clock = pd.to_datetime(table["clock"], utc=True, format="ISO8601", errors="coerce")
    if clock.isna().any():
        at = int(clock.isna().to_numpy().argmax())
        raise ValueError(f"{row(table, at)}: clock is {table['clock'].iloc[at]!r}, expected a time as ISO 8601")
    apart = np.diff((clock - clock.iloc[0]).dt.total_seconds().to_numpy()) - np.diff(elapsed) / 1000
    if (abs(apart) > CLOCK_S).any() and not accepted:
        at = int((abs(apart) > CLOCK_S).argmax()) + 1
        raise ValueError(
            f"{row(table, at)}: the clock of the computer was set by {apart[at - 1]:+.0f} s; accept=clock takes the "
            "times, which are by another clock"
        )


def _check_trials(table: pd.DataFrame, trials: Sequence[Trial], accepted: bool) -> None:
    """Raise ValueError unless each trial of the set was answered once, and its facts are those of the set."""
    known = {str(trial.id): trial for trial in trials}
    again = table["trial"].duplicated().to_numpy()
    if again.any():
        at = int(again.argmax())
        raise ValueError(f"{row(table, at)}: trial {table['trial'].iloc[at]!r} is answered a second time")
    for at, (name, present, response, correct) in enumerate(
        table[["trial", "present", "response", "correct"]].itertuples(index=False)
    ):
        if name not in known:
            raise ValueError(f"{row(table, at)}: trial {name!r} is not one of the set")
        if (present.lower() == "true") != known[name].present:
            raise ValueError(f"{row(table, at)}: present is {present}, but {known[name].present} in the set")
        right = response == ("present" if known[name].present else "absent")
        if response and (correct.lower() == "true") != right:
            raise ValueError(f"{row(table, at)}: correct is {correct} for the response {response!r}")
    missing = [name for name in known if name not in set(table["trial"])]
    if missing and not accepted:
        raise ValueError(
            f"{len(missing)} of {len(known)} trials are missing, the first is {missing[0]!r}; "
            "accept=missing takes the rest"
        )


def _check_sessions(sessions: Mapping[Path, pd.DataFrame], accepted: set[str]) -> None:
    """Raise ValueError if a session lies in two files, or a participant has two sessions."""
    begun: dict[tuple[str, str], Path] = {}
    people: dict[str, Path] = {}
    for path, table in sessions.items():
        if not len(table):
            continue
        observer, session = (str(table[name].iloc[0]) for name in ("observer", "session"))
        if (other := begun.setdefault((observer, session), path)) != path:
            raise ValueError(f"{str(path)!r} and {str(other)!r} are the same session, but differ; keep the right one")
        if (other := people.setdefault(observer, path)) != path and "twice" not in accepted:
            raise ValueError(
                f"{str(path)!r} and {str(other)!r} are both of participant {observer!r}; keep one, or accept=twice"
            )


def _scanpaths(sessions: Mapping[Path, pd.DataFrame], trials: Mapping[str, Trial]) -> list[Scanpath]:
    """Return the scanpaths of all sessions whose fixations were saved, px of the displays."""
    found: list[Scanpath] = []
    for path, table in sessions.items():
        fixations = path.with_name(f"{path.stem}{FIXATIONS}.csv")
        if not fixations.exists():
            continue
        kept = set(table["trial"])
        whose: dict[str, Any] = {name: table[name].iloc[0] for name in ("observer", "session")} if len(table) else {}
        for scanpath in read_scanpaths(fixations):
            if scanpath.trial not in trials and not str(scanpath.trial).startswith("practice "):
                raise ValueError(f"fixations {str(fixations)!r}: trial {scanpath.trial!r} is not one of the set")
            if {name: getattr(scanpath, name) for name in whose} != whose:
                raise ValueError(f"fixations {str(fixations)!r} are of observer {scanpath.observer!r}, another session")
            if scanpath.trial in kept:
                found.append(scanpath)
    return found
