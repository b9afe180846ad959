"""From boxes, labels and gaze to tables and figures: the whole way in two calls."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.files import atomic_path, writable_folder
from gazesim.mapping.assignment import Assignment, Empty, assign
from gazesim.mapping.detections import Detections, Values, Whole
from gazesim.mapping.figures import figure_timeline, figure_transitions, write_mapped_gif
from gazesim.mapping.gaze import Gaze
from gazesim.mapping.labelling import LabellingSettings, train
from gazesim.mapping.times import draws, dwell_times, time_course, transitions
from gazesim.mapping.tracks import along_tracks, tracks, with_missed
from gazesim.mapping.video import Video
from gazesim.plotting.search_figures import save_figure


@dataclass(frozen=True, eq=False)
class Labelled:
    """Boxes with the probability of each label.

    found         : the boxes that were given, and after them in each frame those that were missed within tracks
    names         : of the labels
    probabilities : float64 (n, labels), the same along each track but for boxes that a person labelled
    track         : int64 (n,)
    """

    found: Detections
    names: tuple[str, ...]
    probabilities: Values
    track: Whole

    @property
    def likeliest(self) -> NDArray[np.str_]:
        """The likeliest label of each box, text (n,)."""
        return np.asarray(np.array(self.names)[self.probabilities.argmax(axis=1)], np.str_)


def label_boxes(
    found: Detections,
    labels: Sequence[str] | NDArray[np.str_],
    settings: LabellingSettings | None = None,
    seed: int = 0,
) -> Labelled:
    """Label all boxes: learn from those that have a label, average along tracks, fill in boxes that were missed.

    Where every box has a label, as areas of interest have, nothing is learned or filled in.

    Parameters
    ----------
    found : Detections
    labels : text (n,)
        "" of boxes without one.
    settings : LabellingSettings, optional
    seed : int

    Raises
    ------
    ValueError
        See `labelling.train`.
    """
    words = np.asarray(labels, dtype=np.str_)
    track = tracks(found)
    if len(words) == len(found) and (words != "").all():
        names = tuple(sorted(set(words.tolist())))
        return Labelled(found, names, (words[:, None] == np.array(names)).astype(np.float64), track)
    labeller = train(found, words, settings or LabellingSettings(), seed)
    known = np.array([labeller.names.index(word) if word else -1 for word in words.tolist()])
    table = along_tracks(labeller.probabilities(found), track, known)
    every, source = with_missed(found, track)
    return Labelled(every, labeller.names, table[source], track[source])


def classes_as_scores(found: Detections) -> Detections:
    """Return boxes whose labels are classes of a detector: scores from which the labels of a person are learned."""
    names = tuple(sorted(set(found.labels.tolist()) - {""}))
    own = (found.labels[:, None] == np.array(names)).astype(np.float32).reshape(len(found), -1)
    return replace(
        found,
        scores=np.concatenate([found.scores, own], axis=1),
        classes=(*found.classes, *names),
        labels=np.full(len(found), "", dtype="<U1"),
    )


@dataclass(frozen=True, eq=False)
class Mapped:
    """Gaze on labelled boxes: see `times` for what the draws say."""

    boxes: Labelled
    gaze: Gaze
    assignment: Assignment
    drawn: NDArray[np.int16]


def map_gaze(
    boxes: Labelled,
    gaze: Gaze,
    *,
    px_per_degree: float,
    gaze_error_deg: float = 1.0,
    empty: Empty = "refuse",
    seed: int = 0,
) -> Mapped:
    """Assign gaze to labelled boxes; see `assignment.assign` for parameters and what is raised."""
    assignment = assign(
        gaze,
        boxes.found,
        boxes.probabilities,
        boxes.names,
        px_per_degree=px_per_degree,
        gaze_error_deg=gaze_error_deg,
        empty=empty,
    )
    return Mapped(boxes, gaze, assignment, draws(assignment, boxes.probabilities, boxes.track, seed))


def write_labelled(path: str | os.PathLike[str], boxes: Labelled) -> None:
    """Write boxes with label, probability and track as a CSV, one row a box."""
    found = boxes.found
    table = pd.DataFrame({"frame": found.frame, "box": found.number})
    table[["x0", "y0", "x1", "y1"]] = found.boxes.round(2)
    table["track"], table["label"] = boxes.track, boxes.likeliest
    table["probability"] = boxes.probabilities.max(axis=1).round(4)
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")


def write_mapped(
    folder: str | os.PathLike[str],
    mapped: Mapped,
    *,
    video: Video | None = None,
    window_ms: float = 1000,
    gif_frames: int = 60,
) -> list[Path]:
    """Write what is known of the gaze into `folder`, and return the files.

    fixations.csv has one row a fixation with the probability of each object; dwell.csv, transitions.csv and
    time_course.csv are those of `times`; timeline and transitions are figures (PNG and PDF); mapped.gif shows the
    video, if there is one, with labels and gaze.
    """
    folder = writable_folder(folder)
    gaze, assignment = mapped.gaze, mapped.assignment
    moves = transitions(assignment, mapped.drawn)
    tables = {
        "fixations": fixation_table(mapped),
        "dwell": dwell_times(gaze, assignment, mapped.drawn),
        "transitions": moves,
        "time_course": time_course(gaze, assignment, mapped.drawn, window_ms),
    }
    files = [folder / f"{name}.csv" for name in tables]
    for file, table in zip(files, tables.values(), strict=True):
        with atomic_path(file) as partial:
            table.to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")
    files += save_figure(figure_timeline(gaze, assignment), folder / "timeline")
    counts = moves.pivot(index="first", columns="second", values="count")
    square = counts.reindex(index=list(assignment.names), columns=list(assignment.names)).fillna(0.0)
    figure = figure_transitions(assignment.names, square.to_numpy(np.float64))
    files += save_figure(figure, folder / "transitions")
    if video is not None and gif_frames:
        files.append(folder / "mapped.gif")
        write_mapped_gif(files[-1], video, mapped.boxes.found, mapped.boxes.likeliest.tolist(), gaze, gif_frames)
    return files


def fixation_table(mapped: Mapped) -> pd.DataFrame:
    """Return one row a fixation: when, where, the likeliest object and the probability of each."""
    gaze, assignment = mapped.gaze, mapped.assignment
    table = pd.DataFrame(
        {
            "onset_ms": gaze.onset_ms,
            "duration_ms": gaze.duration_ms,
            "frame": gaze.frame,
            "x": gaze.xy[:, 0],
            "y": gaze.xy[:, 1],
            "object": assignment.likeliest,
            "probability": assignment.probabilities.max(axis=1),
        }
    )
    for number, name in enumerate(assignment.names):
        table[f"p_{name}"] = assignment.probabilities[:, number]
    return table
