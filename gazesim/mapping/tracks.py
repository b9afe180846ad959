"""Boxes that are the same thing from frame to frame, by overlap and looks, and what that says about their labels."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from gazesim.checks import check_shape
from gazesim.mapping.detections import Detections, Values, Whole, detections

GAP = 5  # frames that a thing may be missed
OVERLAP = 0.2  # least intersection over union of a box and the last one of its track


def tracks(found: Detections) -> Whole:
    """Return the track of each box, int64 (n,), counted from 0 in the order in which they begin.

    Frame by frame, boxes go to the tracks of the last five frames so that the sum over pairs of overlap (intersection
    over union) and likeness (cosine of the embeddings) is largest; pairs that overlap by less than .2 are none.
    """
    track = np.full(len(found), -1, np.int64)
    looks = found.embedding.astype(np.float64)
    looks = looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-12)
    last: Whole = np.zeros(0, np.int64)  # the last row of each track that may go on
    n_tracks = 0
    for frame in found.frames.tolist():
        own = np.arange(len(found))[found.rows(frame)]
        last = last[frame - found.frame[last] <= GAP + 1]
        if len(last):
            overlap = _overlaps(found.boxes[last], found.boxes[own])
            value = np.where(overlap >= OVERLAP, overlap + looks[last] @ looks[own].T, -1e3)
            before, now = linear_sum_assignment(value, maximize=True)
            linked = value[before, now] > -1e2
            track[own[now[linked]]] = track[last[before[linked]]]
        new = own[track[own] < 0]
        track[new] = np.arange(n_tracks, n_tracks + len(new))
        n_tracks += len(new)
        last = np.concatenate([last[~np.isin(track[last], track[own])], own])
    return track


def with_missed(found: Detections, track: Whole) -> tuple[Detections, Whole]:
    """Return the boxes and those that were missed within tracks, between the two next to them in time.

    Returns
    -------
    Detections
        With the missed boxes, whose numbers follow those of their frame.
    rows : int64 (m,)
        Which row of `found` each box is or comes from.
    """
    order = np.lexsort((found.frame, track))
    before, after = order[:-1], order[1:]
    steps = found.frame[after] - found.frame[before]
    gap = (track[before] == track[after]) & (steps > 1)
    frames, boxes, rows = [found.frame], [found.boxes], [np.arange(len(found))]
    for one, other, n in zip(before[gap], after[gap], steps[gap], strict=True):
        share = np.arange(1, n)[:, None] / n
        frames.append(found.frame[one] + np.arange(1, n))
        boxes.append(found.boxes[one] * (1 - share) + found.boxes[other] * share)
        rows.append(np.full(n - 1, one))
    frame, source = np.concatenate(frames), np.concatenate(rows)
    kept = np.argsort(frame, kind="stable")
    source = source[kept]
    every = detections(
        frame[kept],
        np.concatenate(boxes)[kept],
        found.size,
        n_frames=found.n_frames,
        embedding=found.embedding[source],
        scores=dict(zip(found.classes, found.scores[source].T, strict=True)),
        labels=found.labels[source].tolist(),
    )
    return every, source


def along_tracks(probabilities: Values, track: Whole, labels: NDArray[np.int64] | None = None) -> Values:
    """Return the mean probability of each label over the boxes of each track, for every box (n, labels).

    Parameters
    ----------
    probabilities : (n, labels)
    track : int64 (n,)
    labels : int64 (n,), optional
        Which label a person gave the box, -1 for none; such boxes keep it.
    """
    check_shape("probabilities", probabilities, (len(track), "labels"))
    sums = np.zeros((int(track.max()) + 1, probabilities.shape[1]))
    np.add.at(sums, track, probabilities)
    mean = np.asarray((sums / sums.sum(axis=1, keepdims=True))[track])
    if labels is not None:
        known = labels >= 0
        mean[known] = np.eye(probabilities.shape[1])[labels[known]]
    return mean


def _overlaps(first: Values, second: Values) -> Values:
    """Return intersection over union, (n, m), of boxes (n, 4) and (m, 4)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod((high - low).clip(0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(shared / (areas[0][:, None] + areas[1] - shared))
