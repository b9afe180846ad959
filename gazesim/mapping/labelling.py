"""From a few labelled boxes to the probability of each label of every box of a video."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.mapping.detections import Detections, Values, Whole
from gazesim.mapping.network import KINDS, BoxNetwork, Changes, Frames, Kind, NetworkSizes, changed

N_COMPONENTS = 12  # of embedding and scores
FRAMES_AT_ONCE = 256


@dataclass(frozen=True)
class LabellingSettings:
    """How a network is trained.

    Parameters
    ----------
    kind : {"messages", "boxes", "looks"}
        What it knows of a box: also the other boxes of the frame, its looks and place, its looks.
    steps : int
    frames_a_step : int
        Labelled frames, each varied anew (see `network.changed`).
    rate : float
        Of Adam at the start; it falls to 0 as a cosine.
    weight_decay : float
    """

    kind: Kind = "messages"
    steps: int = 300
    frames_a_step: int = 32
    rate: float = 0.005
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        check_option("kind", self.kind, KINDS)
        check_at_least("steps", self.steps, 1)
        check_at_least("frames_a_step", self.frames_a_step, 1)
        check_positive("rate", self.rate)


@dataclass(frozen=True, eq=False)
class Labeller:
    """A trained network with what prepares its input; works on any frames, also of other videos.

    names        : of the labels, in the order of the probabilities
    centre, axes : of embedding and scores together, float32 (d,) and (d, components)
    """

    network: BoxNetwork
    names: tuple[str, ...]
    centre: NDArray[np.float32]
    axes: NDArray[np.float32]

    @torch.inference_mode()
    def probabilities(self, found: Detections) -> Values:
        """Return the probability of each label of each box, float64 (n, labels)."""
        described = _described(found)
        if described.shape[1] != len(self.centre):
            raise ValueError(
                f"embedding and scores are {described.shape[1]} numbers a box, expected {len(self.centre)} as "
                "in training"
            )
        looks = (described - self.centre) @ self.axes
        result = np.empty((len(found), len(self.names)))
        places = _places(found, found.frames)
        for start in range(0, len(places), FRAMES_AT_ONCE):
            own = places[start : start + FRAMES_AT_ONCE]
            frames = _frames(found, looks, own)
            result[own[own >= 0]] = self.network(frames).exp().double().numpy()[own >= 0]
        return result


def train(
    found: Detections,
    labels: Sequence[str] | NDArray[np.str_],
    settings: LabellingSettings = LabellingSettings(),
    seed: int = 0,
) -> Labeller:
    """Train a network on the labelled boxes of a video.

    Embeddings and scores are reduced to their main components over all boxes, labelled or not. Boxes without a label
    still speak to the labelled ones of their frame.

    Parameters
    ----------
    found : Detections
    labels : text (n,)
        "" of boxes without one.
    settings : LabellingSettings
    seed : int

    Raises
    ------
    ValueError
        If fewer than two labels are there, or the boxes have nothing from which `kind` could tell them apart.
    """
    words = np.asarray(labels, dtype=np.str_)
    if words.shape != (len(found),):
        raise ValueError(f"labels have shape {words.shape}, expected ({len(found)},), one a box")
    names = tuple(sorted(set(words.tolist()) - {""}))
    if len(names) < 2:
        told = f"one label only, {names[0]!r}" if names else "none"
        raise ValueError(f"labels are {told}, expected at least two: label other objects, or boxes as 'background'")
    if settings.kind == "looks" and not found.embedding.shape[1] + found.scores.shape[1]:
        raise ValueError("boxes have no embedding and no scores, expected one of them for kind='looks'")
    described = _described(found)
    centre, axes = _components(described)
    places = _places(found, np.unique(found.frame[words != ""]))
    frames = _frames(found, (described - centre) @ axes, places)
    index = np.array([names.index(word) if word else -1 for word in words.tolist()])
    wanted = torch.from_numpy(np.where(places >= 0, index[places], -1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = BoxNetwork(NetworkSizes(settings.kind, axes.shape[1], len(names)))
    _fit(network, frames, wanted, settings, torch.Generator().manual_seed(seed))
    return Labeller(network.eval(), names, centre, axes)


def _fit(
    network: BoxNetwork, frames: Frames, wanted: torch.Tensor, settings: LabellingSettings, random: torch.Generator
) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.rate, weight_decay=settings.weight_decay)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    for _ in range(settings.steps):
        chosen = torch.randint(len(wanted), (settings.frames_a_step,), generator=random)
        own = Frames(frames.looks[chosen], frames.boxes[chosen], frames.there[chosen], frames.shape)
        varied = changed(own, Changes(), random)
        target = torch.where(varied.there, wanted[chosen], -1)
        if not (target >= 0).any():
            continue
        loss = F.nll_loss(network(varied).flatten(0, 1), target.flatten(), ignore_index=-1)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()


@dataclass(frozen=True)
class Expected:
    """What to expect of boxes without a label, from labelled frames that were held out in turn.

    frames, boxes : labelled ones
    accuracy      : share of held-out boxes whose likeliest label was right; NaN with one labelled frame
    """

    frames: int
    boxes: int
    accuracy: float


def expected_accuracy(
    found: Detections,
    labels: Sequence[str] | NDArray[np.str_],
    settings: LabellingSettings = LabellingSettings(),
    seed: int = 0,
    folds: int = 5,
) -> Expected:
    """Train without some of the labelled frames, and see how many of their boxes get the right label.

    Frames that were proposed because they are hard make this too low rather than too high.
    """
    words = np.asarray(labels, dtype=np.str_)
    labelled = np.unique(found.frame[words != ""])
    known = int((words != "").sum())
    if len(labelled) < 2:
        return Expected(len(labelled), known, float("nan"))
    parts = np.random.default_rng(seed).permutation(len(labelled)) % min(folds, len(labelled))
    right = 0
    for part in np.unique(parts):
        out = np.isin(found.frame, labelled[parts == part]) & (words != "")
        rest = np.where(out, "", words)
        names = sorted(set(rest.tolist()) - {""})
        if len(names) < 2:
            right += int((words[out] == names[0]).sum()) if names else 0
            continue
        labeller = train(found, rest, settings, seed)
        chosen = np.array(labeller.names)[labeller.probabilities(found)[out].argmax(axis=1)]
        right += int((chosen == words[out]).sum())
    return Expected(len(labelled), known, right / known)


def _described(found: Detections) -> NDArray[np.float32]:
    """Return embedding and scores side by side, (n, d)."""
    return np.concatenate([found.embedding, found.scores], axis=1)


def _components(described: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean (d,) and the main axes (d, m), scaled so that a component of average variance is 1."""
    centre = described.mean(axis=0)
    if not len(centre):
        return centre, np.zeros((0, 0), np.float32)
    values, vectors = np.linalg.eigh(np.cov((described - centre).T.astype(np.float64)).reshape(len(centre), -1))
    m = min(N_COMPONENTS, len(centre))
    axes = vectors[:, ::-1][:, :m]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(m)])  # eigenvectors have no sign of their own
    scale = np.sqrt(max(values[::-1][:m].mean(), 1e-12))
    return centre, (axes / scale).astype(np.float32)


def _places(found: Detections, frames: Whole) -> Whole:
    """Return the rows of the boxes of `frames`, int64 (k, most), -1 where a frame has fewer."""
    first, last = np.searchsorted(found.frame, frames), np.searchsorted(found.frame, frames, side="right")
    steps = np.arange((last - first).max())
    return np.where(steps < (last - first)[:, None], first[:, None] + steps, -1)


def _frames(found: Detections, looks: NDArray[np.floating], places: Whole) -> Frames:
    there = places >= 0
    width, height = found.size
    boxes = np.where(there[..., None], found.boxes[places] / width, 0).astype(np.float32)
    own = np.where(there[..., None], looks[places], 0).astype(np.float32)
    return Frames(torch.from_numpy(own), torch.from_numpy(boxes), torch.from_numpy(there), height / width)
