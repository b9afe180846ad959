"""Labels of boxes by message passing: each box hears from all others of its frame what they are and where they stand.

Boxes are nodes, all pairs of a frame are edges. Two layers aggregate by the mean (GraphSAGE: Hamilton, Ying & Leskovec,
NeurIPS 2017, arXiv 1706.02216), as in I-MPN (arXiv 2406.06239), whose code and sizes are not published; here a message
is computed from the neighbour and the relative place and size of the two boxes. Nothing depends on which frames or
how many boxes were seen in training.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Kind = Literal["messages", "boxes", "looks"]
KINDS: tuple[Kind, ...] = ("messages", "boxes", "looks")
N_GEOMETRY, N_RELATION = 5, 7


class Frames(NamedTuple):
    """Frames with up to N boxes each.

    looks : float32 (F, N, d), components of embedding and scores
    boxes : float32 (F, N, 4), x0, y0, x1, y1 as shares of the frame's width
    there : bool (F, N), which boxes exist
    shape : height of the frames as a share of their width
    """

    looks: Tensor
    boxes: Tensor
    there: Tensor
    shape: float


def geometry(frames: Frames) -> Tensor:
    """Return place and size of each box, (F, N, 5): the middle from the frame's middle, log width, height and shape."""
    sides = (frames.boxes[..., 2:] - frames.boxes[..., :2]).clamp(min=1e-4)
    middles = (frames.boxes[..., 2:] + frames.boxes[..., :2]) / 2
    centred = middles - middles.new_tensor([0.5, frames.shape / 2])
    logs = sides.log()
    return torch.cat([4 * centred, logs + 2, (logs[..., :1] - logs[..., 1:])], dim=-1)


def relations(frames: Frames) -> Tensor:
    """Return where each box stands from each other one, and how large it is by comparison, (F, N, N, 7).

    [f, i, j] is box j as seen from i. Distances count the typical side of the frame's boxes, so that zoom does not
    matter: dx, dy, their direction (2), log distance, and the log ratios of width and height.
    """
    sides = (frames.boxes[..., 2:] - frames.boxes[..., :2]).clamp(min=1e-4)
    middles = (frames.boxes[..., 2:] + frames.boxes[..., :2]) / 2
    there = frames.there.to(sides.dtype)
    scale = ((sides.log().mean(dim=-1) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)).exp()
    away = (middles[:, None] - middles[:, :, None]) / scale[:, None, None, None]
    distance = away.square().sum(dim=-1, keepdim=True).add(1e-4).sqrt()
    ratios = sides.log()[:, None] - sides.log()[:, :, None]
    return torch.cat([away / 3, away / distance, distance.log(), ratios], dim=-1)


class SageLayer(nn.Module):
    """One round of messages: ReLU(W h_i + U mean_j ReLU(V h_j + E e_ij)), with layer normalisation."""

    def __init__(self, incoming: int, width: int) -> None:
        super().__init__()
        self.own, self.heard = nn.Linear(incoming, width), nn.Linear(width, width)
        self.said, self.seen = nn.Linear(incoming, width), nn.Linear(N_RELATION, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, nodes: Tensor, edges: Tensor, neighbours: Tensor) -> Tensor:
        """Return (F, N, width) from nodes (F, N, c), edges (F, N, N, 7) and which pairs exist (F, N, N, 1)."""
        messages = F.relu(self.said(nodes)[:, None] + self.seen(edges)) * neighbours
        mean = messages.sum(dim=2) / neighbours.sum(dim=2).clamp(min=1)
        return F.relu(self.norm(self.own(nodes) + self.heard(mean)))


@dataclass(frozen=True)
class NetworkSizes:
    """What a network is built from.

    kind     : "messages" (looks, geometry, neighbours), "boxes" (looks and geometry) or "looks"
    n_looks  : components of embedding and scores
    n_labels : labels that it tells apart
    width    : of its layers
    """

    kind: Kind
    n_looks: int
    n_labels: int
    width: int = 64


class BoxNetwork(nn.Module):
    """Log-probabilities of the labels of boxes; without messages a multilayer perceptron of the same depth."""

    def __init__(self, sizes: NetworkSizes) -> None:
        super().__init__()
        self.sizes = sizes
        first = sizes.n_looks + (0 if sizes.kind == "looks" else N_GEOMETRY)
        incoming = (first, sizes.width)
        if sizes.kind == "messages":
            self.layers = nn.ModuleList(SageLayer(size, sizes.width) for size in incoming)
        else:
            self.layers = nn.ModuleList(
                nn.Sequential(nn.Linear(size, sizes.width), nn.LayerNorm(sizes.width), nn.ReLU()) for size in incoming
            )
        self.last = nn.Linear(sizes.width, sizes.n_labels)

    def forward(self, frames: Frames) -> Tensor:
        """Return (F, N, labels); rows of boxes that do not exist mean nothing."""
        nodes = frames.looks
        if self.sizes.kind != "looks":
            nodes = torch.cat([nodes, geometry(frames)], dim=-1)
        if self.sizes.kind == "messages":
            pairs = frames.there[:, None] & frames.there[:, :, None]
            pairs = pairs & ~torch.eye(pairs.shape[-1], dtype=torch.bool)
            edges, neighbours = relations(frames), pairs[..., None].to(nodes.dtype)
            for layer in self.layers:
                nodes = layer(nodes, edges, neighbours)
        else:
            for layer in self.layers:
                nodes = layer(nodes)
        return F.log_softmax(self.last(nodes), dim=-1)


class Changes(NamedTuple):
    """How far the camera and the boxes of labelled frames are varied in training."""

    turn_rad: float = 0.6
    zoom: float = 1.5
    shift: float = 0.25
    missed: float = 0.3
    box_error: float = 0.05
    looks: float = 0.8


def changed(frames: Frames, changes: Changes, random: torch.Generator) -> Frames:
    """Return frames as another view of the same things could have given them.

    Each frame is turned, zoomed and shifted as a whole; single boxes are missed, are imprecise and look a little
    different. Boxes keep their places in the table, so labels stay.
    """
    n, most = frames.there.shape

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random) * 2 - 1

    angle = changes.turn_rad * uniform(n, 1)
    cos, sin = angle.cos(), angle.sin()
    middles = (frames.boxes[..., 2:] + frames.boxes[..., :2]) / 2 - torch.tensor([0.5, frames.shape / 2])
    sides = frames.boxes[..., 2:] - frames.boxes[..., :2]
    x, y = middles.unbind(dim=-1)
    zoom = changes.zoom ** uniform(n, 1, 1)
    turned = torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1) * zoom
    shift = changes.shift * uniform(n, 1, 2)
    # the box around a turned box, if that was not turned before
    width, height = sides.unbind(dim=-1)
    around = torch.stack([cos * width + sin.abs() * height, sin.abs() * width + cos * height], dim=-1) * zoom
    around = around * (changes.box_error * torch.randn(n, most, 2, generator=random)).exp()
    turned = turned + shift + changes.box_error * around * torch.randn(n, most, 2, generator=random)
    middles = turned + torch.tensor([0.5, frames.shape / 2])
    share = changes.missed * torch.rand(n, 1, generator=random)
    kept = frames.there & (torch.rand(n, most, generator=random) >= share)
    looks = frames.looks + changes.looks * torch.randn(frames.looks.shape, generator=random)
    return Frames(looks, torch.cat([middles - around / 2, middles + around / 2], dim=-1), kept, frames.shape)
