"""How well fixations of a moving desk are mapped to objects from a few labelled frames, against what is simpler.

    python experiments/gaze_mapping.py runs/gaze_mapping

For each of five seeds, three synthetic sequences of 600 frames (two equal tablets, two equal devices, a book,
background): accuracy on the frames that were not labelled for 1, 3, 5 and 10 labelled frames; contrasts with Student's
intervals over seeds, each of which has sequences, labelled frames and networks of its own; fixations of five viewers a
sequence against the error of the gaze; and the time that 10,000 frames of ten boxes take. Writes labels.csv and
fixations.csv, prints the tables. A run that was stopped continues.
"""

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import t

from gazesim.encoders.backbones import load_trunk
from gazesim.mapping.assignment import assign, calibration_curve, point_in_box
from gazesim.mapping.desk import Desk, DeskSettings
from gazesim.mapping.detections import Detections, detections
from gazesim.mapping.labelling import Labeller, LabellingSettings, train
from gazesim.mapping.looks import with_looks
from gazesim.mapping.proposing import propose_frames
from gazesim.mapping.tracks import along_tracks, tracks, with_missed

LABELLED = (1, 3, 5, 10)
ERRORS_DEG = (0.0, 0.5, 1.0, 2.0)
METHODS = ("looks", "boxes", "messages", "active", "active, tracks")
MAPPED_AFTER = 5  # labelled frames, for the fixations
VIEWERS = 5
CONTRASTS = (("messages", "looks"), ("messages", "boxes"), ("active", "messages"), ("active, tracks", "active"))


def labelled_rows(found: Detections, frames: Sequence[int]) -> np.ndarray:
    """Return the true labels of the boxes of `frames`, "" of others."""
    return np.where(np.isin(found.frame, frames), found.labels, "")


def scored(found: Detections, labels: np.ndarray, chosen: np.ndarray) -> tuple[float, float]:
    """Return the share of right labels in unlabelled frames: of all boxes, and of those that look alike."""
    rest = labels == ""
    alike = np.char.endswith(found.labels, "-left") | np.char.endswith(found.labels, "-right")
    right = chosen == found.labels
    return float(right[rest].mean()), float(right[rest & alike].mean())


def one_sequence(seed: int, sequence: int, settings: DeskSettings) -> tuple[list[tuple], list[tuple]]:
    """Return rows of labels.csv and fixations.csv."""
    desk = Desk(settings, 1000 * (seed + 1) + sequence)
    found = with_looks(desk.boxes, desk, load_trunk("places"))
    track = tracks(found)
    order = np.random.default_rng([seed, sequence]).permutation(found.frames)
    rows, fixations = [], []
    asked: list[int] = []
    probabilities = None
    for k in LABELLED:
        results: dict[str, tuple[np.ndarray, np.ndarray, tuple[str, ...]]] = {}
        labels = labelled_rows(found, order[:k])
        for kind in ("looks", "boxes", "messages"):
            labeller = train(found, labels, LabellingSettings(kind=kind), seed)
            results[kind] = labels, labeller.probabilities(found), labeller.names
        so_far = labelled_rows(found, asked)
        asked += propose_frames(found, k - len(asked), probabilities=probabilities, labels=so_far)
        labels = labelled_rows(found, asked)
        labeller = train(found, labels, LabellingSettings(), seed)
        probabilities = labeller.probabilities(found)
        results["active"] = labels, probabilities, labeller.names
        smooth = along_tracks(probabilities, track)
        results["active, tracks"] = labels, smooth, labeller.names
        for method, (labels, table, names) in results.items():
            rows.append((seed, sequence, k, method, *scored(found, labels, np.array(names)[table.argmax(axis=1)])))
        if k == MAPPED_AFTER:
            fixations = mapped(desk, found, track, smooth, labeller, (seed, sequence))
    return rows, fixations


def mapped(
    desk: Desk, found: Detections, track: np.ndarray, smooth: np.ndarray, labeller: Labeller, key: tuple[int, int]
) -> list[tuple]:
    """Return one row a fixation: whether the soft assignment and the point in the box are right, how sure it was."""
    every, source = with_missed(found, track)
    table = smooth[source]
    likeliest = np.array(labeller.names)[smooth.argmax(axis=1)]
    rows = []
    for error in ERRORS_DEG:
        for viewer in range(VIEWERS):
            gaze, truth = desk.gaze(error, viewer)
            degrees = desk.settings.px_per_degree
            soft = assign(
                gaze, every, table, labeller.names, px_per_degree=degrees, gaze_error_deg=error, empty="background"
            )
            pointed = point_in_box(gaze, found, likeliest)
            filled = point_in_box(gaze, every, likeliest[source])
            sure = soft.probabilities.max(axis=1)
            rows += [
                (*key, viewer, error, *row)
                for row in zip(sure, soft.likeliest == truth, pointed == truth, filled == truth, strict=True)
            ]
    return rows


def interval(values: np.ndarray) -> str:
    """Return "mean [low, high]" of the 95 % interval of Student's t over `values` (n,)."""
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return f"{values.mean():.3f} [{values.mean() - half:.3f}, {values.mean() + half:.3f}]"


def tables_of_labels(table: pd.DataFrame) -> list[str]:
    """Return accuracies and contrasts as Markdown."""
    lines = []
    means = table.groupby(["seed", "k", "method"])[["accuracy", "alike"]].mean()
    for column, title in (("accuracy", "all boxes"), ("alike", "look-alikes")):
        lines += [
            f"| {title} | " + " | ".join(f"{k} frames" for k in LABELLED) + " |",
            "|---" * (len(LABELLED) + 1) + "|",
        ]
        wide = means[column].unstack("seed")
        for method in METHODS:
            cells = [interval(wide.loc[k, method].to_numpy()) for k in LABELLED]
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
        for one, other in CONTRASTS:
            cells = [interval((wide.loc[k, one] - wide.loc[k, other]).to_numpy()) for k in LABELLED]
            lines.append(f"| {one} less {other} | " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def table_of_fixations(table: pd.DataFrame) -> list[str]:
    """Return accuracy and calibration by gaze error as Markdown."""
    names = ["gaze error", "fixations", "soft", "point in box", "point, missed boxes filled"]
    names += ["soft less point", "soft less point, filled", "calibration error"]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for error, own in table.groupby("error_deg"):
        seeds = own.groupby("seed")[["soft", "point", "filled"]].mean()
        _, off = calibration_curve(own["probability"], own["soft"])
        cells = [f"{error:g}°", str(len(own)), *(interval(seeds[name].to_numpy()) for name in seeds)]
        cells += [interval((seeds["soft"] - seeds[name]).to_numpy()) for name in ("point", "filled")]
        lines.append("| " + " | ".join([*cells, f"{off:.3f}"]) + " |")
    lines += ["", "| called | right | fixations |", "|---|---|---|"]
    curve, off = calibration_curve(table["probability"], table["soft"])
    lines += [f"| {mean:.3f} | {share:.3f} | {count:.0f} |" for mean, share, count in curve if count]
    return [*lines, f"calibration error of all: {off:.3f}", ""]


def speed(n_frames: int = 10_000, n_boxes: int = 10) -> str:
    """Return how long training and mapping take for a long video, in one line."""
    random = np.random.default_rng(0)
    frame = np.repeat(np.arange(n_frames), n_boxes)
    low = random.uniform(0, 500, (len(frame), 2))
    boxes = np.concatenate([low, low + random.uniform(20, 120, low.shape)], axis=1)
    embedding = random.normal(size=(len(frame), 256)).astype(np.float32)
    labels = np.array(["a", "b", "c", "d", "e", "background"])[np.arange(len(frame)) % 6]
    found = detections(frame, boxes, (640, 640), embedding=embedding)
    known = np.where(np.isin(frame, random.choice(n_frames, 10, replace=False)), labels, "")
    start = time.perf_counter()
    labeller = train(found, known)
    trained = time.perf_counter()
    labeller.probabilities(found)
    mapped_at = time.perf_counter()
    tracks(found)
    tracked = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"{n_frames} frames of {n_boxes} boxes, {torch.get_num_threads()} threads: training {trained - start:.1f} s, "
        f"mapping {mapped_at - trained:.1f} s, tracking {tracked - mapped_at:.1f} s; at most {peak:.1f} GiB"
    )


def append(path: Path, rows: list[tuple], columns: Sequence[str]) -> None:
    """Add rows to a table; the header first where it is new."""
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, mode="a", index=False, header=not path.exists())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what has not been run, print the tables; return the exit status."""
    parser = argparse.ArgumentParser(prog="gaze_mapping", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the results")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sequences", type=int, default=3)
    parser.add_argument("--frames", type=int, default=600)
    options = parser.parse_args(arguments)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    labels, fixations = out / "labels.csv", out / "fixations.csv"
    done = set()
    if labels.exists():
        done = set(pd.read_csv(labels)[["seed", "sequence"]].itertuples(index=False, name=None))
    for seed in range(options.seeds):
        for sequence in range(options.sequences):
            if (seed, sequence) in done:
                continue
            rows, looks = one_sequence(seed, sequence, DeskSettings(frames=options.frames))
            names = ("seed", "sequence", "viewer", "error_deg", "probability", "soft", "point", "filled")
            append(fixations, looks, names)
            append(labels, rows, ("seed", "sequence", "k", "method", "accuracy", "alike"))
            print(f"seed {seed}, sequence {sequence} done", file=sys.stderr, flush=True)
    print("\n".join([*tables_of_labels(pd.read_csv(labels)), *table_of_fixations(pd.read_csv(fixations)), speed()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
