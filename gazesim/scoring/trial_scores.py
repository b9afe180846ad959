"""The scores of all displays, one after another; a stopped run goes on with the display where it stopped."""

import csv
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from gazesim.datasets.dataset import DataSet
from gazesim.files import atomic_path
from gazesim.progress import progress_bar
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.choice import Choice
from gazesim.scoring.map_scores import Row, score_maps, score_next
from gazesim.scoring.path_scores import score_paths
from gazesim.scoring.viewing import Map, Viewing
from gazesim.table import read_rows
from gazesim.workers import in_workers

TrialRow = tuple[str, str, str, str, str, float]  # trial, model, metric, part, observer, value
COLUMNS = ("trial", "model", "metric", "part", "observer", "value")
PARTIAL = "scores.partial.csv"
AHEAD = 4  # displays whose maps wait to be scored


def score_displays(
    looked: list[Viewing], models: list[Candidate], data: DataSet, choice: Choice, folder: Path, workers: int | None
) -> list[TrialRow]:
    """Return the scores of maps and scanpaths on every display, each as soon as it is known also in `folder`.

    Models run in this thread, one display after another, and threads score what they found; or each of `workers`
    processes does both.
    """
    if not (choice.maps or choice.paths):
        return []
    rows = _read(folder, [*choice.maps, *choice.paths])
    done = {row[0] for row in rows}
    left = [viewing for viewing in looked if viewing.trial_id not in done]
    if not left:
        return rows
    bar = progress_bar(total=len(looked), initial=len(looked) - len(left), unit="image", desc=data.name)
    with (folder / PARTIAL).open("a", encoding="utf-8", newline="") as file, bar:
        writer = csv.writer(file, lineterminator="\n")
        for found in (
            _in_turn(left, models, choice)
            if workers is None
            else in_workers(partial(_asked_and_scored, models, choice), left, workers)
        ):
            writer.writerows(found)
            file.flush()
            rows += found
            bar.update()
    return rows


def _in_turn(left: list[Viewing], models: list[Candidate], choice: Choice) -> Iterator[list[TrialRow]]:
    waiting: deque[Future[list[TrialRow]]] = deque()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for viewing in map(replace, left):  # copies, which are let go with what they keep
            maps, rows = _ask_models(viewing, models, choice)
            waiting.append(pool.submit(_score, viewing, maps, rows, models, choice))
            if len(waiting) == AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _asked_and_scored(models: list[Candidate], choice: Choice, viewing: Viewing) -> list[TrialRow]:
    return _score(viewing, *_ask_models(viewing, models, choice), models, choice)


def _ask_models(viewing: Viewing, models: list[Candidate], choice: Choice) -> tuple[dict[str, Map], list[Row]]:
    """Return the models' maps of the display, and the scores that take other maps for each fixation."""
    mapped = [model for model in models if model.has_maps]
    if not (mapped and choice.maps):
        return {}, []
    trial = viewing.trial.replace()  # a copy, which is let go with what models keep of it
    maps = {model.name: model.first_map(trial) for model in mapped} if choice.needs_first_maps else {}
    return maps, list(score_next(viewing, mapped, trial, choice.maps))


def _score(
    viewing: Viewing, maps: dict[str, Map], rows: list[Row], models: list[Candidate], choice: Choice
) -> list[TrialRow]:
    found: Iterable[Row] = [
        *rows,
        *(score_maps(viewing, maps, choice.maps) if choice.maps else ()),
        *(score_paths(viewing, [model for model in models if model.has_paths], choice.paths) if choice.paths else ()),
    ]
    return [(viewing.trial_id, *row[:4], rounded(row[4])) for row in found]


def rounded(value: float) -> float:
    """Return 10 significant digits: what a table holds, so that a run that goes on ends with the same."""
    return float(f"{value:.10g}")


def _read(folder: Path, metrics: list[str]) -> list[TrialRow]:
    """Return the rows of `metrics` of a run that is complete, or was stopped.

    Of the latter without the last display, which may not be complete.
    """
    if (folder / "trials.csv").exists():
        table = read_rows(folder / "trials.csv", COLUMNS).values()
        return [_row([row[name] for name in COLUMNS]) for row in table if row["metric"] in metrics]
    partial = folder / PARTIAL
    if not partial.exists():
        return []
    text = partial.read_text(encoding="utf-8")
    whole = list(csv.reader(line for line in text.splitlines(keepends=True) if line.endswith("\n")))
    keep = [row for row in whole if row[0] != whole[-1][0]]
    with atomic_path(partial) as path, path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(keep)
    return [_row(row) for row in keep]


def _row(texts: list[str]) -> TrialRow:
    trial, model, metric, part, observer, value = texts
    return trial, model, metric, part, observer, float(value or "nan")
