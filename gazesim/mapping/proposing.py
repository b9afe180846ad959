"""Which frames to label next: those the network is unsure about, unlike each other and unlike the labelled ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least
from gazesim.mapping.detections import Detections, Values, Whole


def propose_frames(
    found: Detections,
    n: int,
    *,
    probabilities: Values | None = None,
    labels: Sequence[str] | NDArray[np.str_] | None = None,
) -> list[int]:
    """Return the `n` frames whose labels would help most, the most helpful first.

    Without probabilities the first frame is the one with most boxes, nearest to what frames look like on average.
    Each next frame is the one with the largest product of the entropy of its boxes' labels, summed, and its distance
    to the labelled and the chosen frames, in the mean and the spread of places and looks. Without probabilities the
    number of boxes stands for the entropy.

    Parameters
    ----------
    found : Detections
    n : int
    probabilities : (boxes, labels), optional
        Of a network that was trained on the labels so far.
    labels : text (boxes,), optional
        "" of boxes without one; frames with a label are not proposed.

    Raises
    ------
    ValueError
        If there are fewer than `n` frames with boxes and without labels.
    """
    check_at_least("n", n, 1)
    frames = found.frames
    labelled = np.zeros(len(frames), bool)
    if labels is not None:
        labelled = np.isin(frames, found.frame[np.asarray(labels, dtype=np.str_) != ""])
    if (~labelled).sum() < n:
        raise ValueError(f"{(~labelled).sum()} frames have boxes and no label, {n} were asked for")
    place = np.searchsorted(frames, found.frame)
    counts = np.asarray(np.bincount(place), np.float64)
    described = _descriptions(found, place, counts)
    if probabilities is None:
        unsure = counts.copy()
    else:
        entropy = -(probabilities * np.log(np.clip(probabilities, 1e-12, 1))).sum(axis=1)
        unsure = np.bincount(place, entropy).astype(np.float64)
    nearest = np.full(len(frames), np.inf)
    for known in described[labelled]:
        nearest = np.minimum(nearest, np.linalg.norm(described - known, axis=1))
    chosen: list[int] = []
    while len(chosen) < n:
        if np.isinf(nearest).all():
            value = unsure - 1e-3 * np.linalg.norm(described, axis=1)
        else:
            value = (unsure + 1e-9) * nearest
        value[labelled] = -np.inf
        best = int(value.argmax())
        labelled[best] = True
        chosen.append(int(frames[best]))
        nearest = np.minimum(nearest, np.linalg.norm(described - described[best], axis=1))
    return chosen


def _descriptions(found: Detections, place: Whole, counts: Values) -> Values:
    """Return mean and spread of places, sizes and looks of the boxes of each frame, standardised (frames, d)."""
    width = found.size[0]
    middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2 / width
    sides = np.log((found.boxes[:, 2:] - found.boxes[:, :2]) / width)
    values = np.concatenate([middles, sides, found.scores, found.embedding], axis=1)
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-9)
    n_looks = max(values.shape[1] - 4, 1)
    values[:, 4:] *= np.sqrt(4 / n_looks)  # looks together count as much as place and size
    sums = np.zeros((len(counts), values.shape[1]))
    squares = np.zeros_like(sums)
    np.add.at(sums, place, values)
    np.add.at(squares, place, values**2)
    mean = sums / counts[:, None]
    spread = np.sqrt((squares / counts[:, None] - mean**2).clip(0))
    both = np.concatenate([mean, spread], axis=1)
    return np.asarray((both - both.mean(axis=0)) / max(float(both.std()), 1e-9))
