"""Graph-based visual saliency: Harel, Koch & Perona, NIPS 19, 2006."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention.bottom_up.channels import fit, intensity, opponency, orientation, pyramid
from gazesim.attention.bottom_up.saliency import as_planes, saliency_model
from gazesim.checks import check_at_least, check_positive

LONGEST_PX, LEVELS = 640, (2, 3, 4)


@dataclass(frozen=True)
class GBVSSettings:
    """The choices of `gbvs`.

    Parameters
    ----------
    nodes : int
        How many nodes of the graph lie along the longer side of the display.
    activation_spread, concentration_spread : float
        How far the edges of the graph of the first and the second step reach: the deviation of the Gaussian of
        the distance between two nodes, as a share of the longer side.
    """

    nodes: int = 32
    activation_spread: float = 0.15
    concentration_spread: float = 0.06

    def __post_init__(self) -> None:
        check_at_least("nodes", self.nodes, 2)
        check_positive("activation_spread", self.activation_spread)
        check_positive("concentration_spread", self.concentration_spread)


def gbvs(picture: NDArray[np.uint8], settings: GBVSSettings = GBVSSettings()) -> NDArray[np.float64]:
    """Return the saliency map (h, w) of `picture` (H, W, 3), one value per node.

    Intensity, two colour opponencies and four orientations at three scales each make a graph. Its edges weigh
    the difference of two nodes and their nearness; the time that a random walker spends at a node is its
    activation. A second walk, drawn to activated nodes nearby, concentrates it. Maps are averaged within each
    kind of channel, and the three kinds are added.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, LONGEST_PX / max(height, width))
    rgb = as_planes(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    rows, columns = (max(1, round(settings.nodes * side / max(height, width))) for side in (height, width))
    spreads = settings.activation_spread * settings.nodes, settings.concentration_spread * settings.nodes
    near, nearer = (nearness(rows, columns, spread) for spread in spreads)
    total = rgb.new_zeros(rows * columns)
    for planes in _kinds(rgb):
        nodes = [fit(plane, rows, columns).flatten() for plane in planes]
        total += torch.stack([concentrate(activate(node, near), nearer) for node in nodes]).mean(dim=0)
    return np.asarray(total.view(rows, columns).numpy(), np.float64)


def _kinds(rgb: Tensor) -> tuple[list[Tensor], ...]:
    """Return the planes of intensity, colour and orientation, at all levels."""
    light = pyramid(intensity(rgb), LEVELS[-1] + 1)
    colours = [pyramid(plane, LEVELS[-1] + 1) for plane in opponency(rgb)]
    return (
        [light[level] for level in LEVELS],
        [colour[level] for colour in colours for level in LEVELS],
        [bars for level in LEVELS for bars in orientation(light[level])],
    )


def nearness(rows: int, columns: int, spread: float) -> Tensor:
    """Return exp(-d^2 / (2 spread^2)) of the distances d between all nodes, float64 (n, n)."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    places = torch.stack([y.flatten(), x.flatten()], dim=1).double()
    return torch.exp(-(places[:, None] - places).square().sum(dim=2) / (2 * spread**2))


def activate(values: Tensor, near: Tensor) -> Tensor:
    """Return where a walker on the graph with edges |v_i - v_j| F_ij stays, (n,), sum 1; uniform if all are alike.

    Its transition probabilities are the edges divided by their sum at each node. As the edges are symmetric,
    the equilibrium is that sum itself, over the sum of all: no iteration is needed.
    """
    return _shares(((values[:, None] - values).abs() * near).sum(dim=1))


def concentrate(activation: Tensor, near: Tensor) -> Tensor:
    """Return where a walker drawn to activated nodes stays, (n,), sum 1: edges from i to j are a_j F_ij.

    The walk is reversible, like one on the symmetric edges a_i a_j F_ij, so its equilibrium is a_i (F a)_i over
    the sum of all.
    """
    return _shares(activation * (near @ activation))


def _shares(weights: Tensor) -> Tensor:
    total = weights.sum()
    return weights / total if total > 1e-12 else torch.full_like(weights, 1 / len(weights))


GBVS = saliency_model(gbvs, GBVSSettings)
