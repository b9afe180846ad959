"""The readout: from features to the density of fixations, to that of the next one after others, and to durations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from gazesim.checks import check_at_least
from gazesim.trial import Trial

FINER = 2  # densities have so many places for one of the features, along each side
CENTRE_SHAPE = (24, 32)
CENTRE_BLUR, UNIFORM_SHARE = 1.2, 0.01
FAR_DEG = 10.0  # distances enter in this unit
LATEST = 10  # from this fixation on, its number no longer counts


@dataclass(frozen=True)
class ReadoutSizes:
    """What a readout is made of.

    channels : of the projected features
    hidden   : units of the first layer over them
    salient  : channels of the second, which all that follows shares
    past     : fixations that the next one depends on
    fused    : units of the layer that joins what is seen and what was fixated
    """

    channels: int = 256
    hidden: int = 32
    salient: int = 16
    past: int = 4
    fused: int = 24

    def __post_init__(self) -> None:
        for name in ("channels", "hidden", "salient", "past", "fused"):
            check_at_least(name, getattr(self, name), 1)


class Readout(nn.Module):
    """Densities of fixations from the projected features of a picture.

    Two layers of 1 x 1 convolutions give `salient` channels. A third one gives the density of all fixations; another,
    joined with where the last fixations were, that of the next one, as in DeepGaze III (Kümmerer, Bethge & Wallis,
    Journal of Vision 22(5):7, 2022). Each is blurred, both widths are learned, and the logarithm of the centre bias is
    added with a learned weight.
    The logarithm of a fixation's duration is Gaussian about a linear function of what is seen there, the length of
    the saccade that led there and the fixation's number.

    Parameters
    ----------
    sizes : ReadoutSizes
    """

    def __init__(self, sizes: ReadoutSizes = ReadoutSizes()) -> None:
        super().__init__()
        self.sizes = sizes
        self.first = nn.Linear(sizes.channels, sizes.hidden)
        self.second = nn.Linear(sizes.hidden, sizes.salient)
        self.spatial = nn.Linear(sizes.salient, 1)
        self.seen = nn.Linear(sizes.salient, sizes.fused, bias=False)
        self.past = nn.Linear(4 * sizes.past, sizes.fused)
        self.past_second = nn.Linear(sizes.fused, sizes.fused)
        self.fused = nn.Linear(sizes.fused, 1)
        self.duration = nn.Linear(sizes.salient + 3, 1)
        self.log_duration_sd = nn.Parameter(torch.tensor(-0.7))
        self.log_blur = nn.Parameter(torch.tensor([-0.5, -0.5]))
        self.centre_weight = nn.Parameter(torch.tensor([1.0, 0.5]))

    def initialise(self, seed: int) -> None:
        """Draw the weights anew; those of the last layers are small, so that all begins at the centre bias."""
        random = torch.Generator().manual_seed(seed)
        for layer in (each for each in self.modules() if isinstance(each, nn.Linear)):
            layer.weight.data.normal_(0, layer.in_features**-0.5, generator=random)
            if layer.bias is not None:
                layer.bias.data.zero_()
        for layer in (self.spatial, self.fused, self.duration):
            layer.weight.data.mul_(0.1)

    def salient(self, features: Tensor) -> Tensor:
        """Return the channels (rows, columns, salient) of projected features (rows, columns, channels)."""
        return F.softplus(self.second(F.softplus(self.first(features))))

    def density(self, salient: Tensor, centre: Tensor) -> Tensor:
        """Return the log density of fixations over finer places, (2 rows, 2 columns); `centre` is `centre_bias`."""
        return self._finish(self.spatial(salient)[None, ..., 0], centre, 0)[0]

    def next_density(self, salient: Tensor, past: Tensor, centre: Tensor) -> Tensor:
        """Return the log density (m, 2 rows, 2 columns) of the fixation after each of m histories, `past_channels`."""
        then = self.past_second(F.relu(self.past(past)))
        joined = self.fused(F.relu(self.seen(salient) + then))[..., 0]
        return self._finish(joined + self.spatial(salient)[..., 0], centre, 1)

    def log_duration(self, salient: Tensor, led: Tensor) -> Tensor:
        """Return the mean (m,) of the log of the duration in ms, of channels (m, salient) and `led_channels` (m, 3)."""
        found: Tensor = self.duration(torch.cat([salient, led], dim=1))[:, 0]
        return found

    def _finish(self, priority: Tensor, centre: Tensor, which: int) -> Tensor:
        sd = self.log_blur[which].exp()
        down, across = (_blurred(side, sd) for side in priority.shape[1:])
        x = down @ priority @ across.T
        spread = F.interpolate(centre[None, None], x.shape[1:], mode="bilinear", align_corners=False)[0, 0]
        return F.log_softmax((x + self.centre_weight[which] * spread).flatten(1), dim=1).view_as(x)


def _blurred(side: int, sd: Tensor) -> Tensor:
    """Return the matrix (2 n, n) that blurs n values with a Gaussian and puts twice as many linearly between them."""
    away = torch.arange(side, device=sd.device)
    blur = torch.exp(-0.5 * ((away[:, None] - away) / sd) ** 2)
    blur = blur / blur.sum(1, keepdim=True)  # at the border over what is there
    return _between(side).to(sd.device) @ blur


@lru_cache(maxsize=16)
def _between(side: int) -> Tensor:
    one = torch.eye(side)[:, None]
    return F.interpolate(one, FINER * side, mode="linear", align_corners=False)[:, 0].T.contiguous()


def past_channels(trial: Trial, histories: Sequence[ArrayLike], shape: tuple[int, int], past: int) -> Tensor:
    """Return what each place knows of the last fixations, float32 (m, rows, columns, 4 past).

    For each of them, the last first: how far the place lies to its right and below, how far away, all in ten degrees,
    and 1; zeros where there were fewer.

    Parameters
    ----------
    trial : Trial
        Its size, and its px_per_degree.
    histories : sequence of (n, 2)
        Fixations, px of the display; n may differ, and be 0.
    shape : (rows, columns)
        Of the places.
    past : int
    """
    rows, columns = shape
    xy, known = np.zeros((len(histories), past, 2)), np.zeros((len(histories), past))
    for own, held, history in zip(xy, known, histories, strict=True):
        last = np.asarray(history, np.float64).reshape(-1, 2)[: -past - 1 : -1]
        own[: len(last)], held[: len(last)] = last, 1
    at = torch.from_numpy(xy).float()[:, None, None]
    y = ((torch.arange(rows) + 0.5) * trial.height / rows - 0.5)[None, :, None, None]
    x = ((torch.arange(columns) + 0.5) * trial.width / columns - 0.5)[None, None, :, None]
    there = torch.from_numpy(known).float()[:, None, None].expand(-1, rows, columns, -1)
    unit = FAR_DEG * trial.px_per_degree
    dx, dy = (x - at[..., 0]) * (there / unit), (y - at[..., 1]) * (there / unit)
    return torch.stack([dx, dy, torch.hypot(dx, dy), there], dim=-1).flatten(3)


def led_channels(trial: Trial, xy: NDArray[np.float64]) -> Tensor:
    """Return for each fixation of `xy` (n, 2) the length of its saccade, whether it is the first, and its number."""
    lengths = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T) / (FAR_DEG * trial.px_per_degree)
    number = np.arange(len(xy))
    return torch.from_numpy(np.stack([lengths, number == 0, np.minimum(number, LATEST) / LATEST], 1)).float()


def places(trial: Trial, xy: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the flat place (n,) of a grid (rows, columns) over the display that holds each fixation (n, 2)."""
    rows, columns = shape
    row = np.floor((xy[:, 1] + 0.5) * rows / trial.height).clip(0, rows - 1)
    column = np.floor((xy[:, 0] + 0.5) * columns / trial.width).clip(0, columns - 1)
    return np.asarray(row * columns + column, np.int64)


def centre_bias(relative: NDArray[np.float64]) -> Tensor:
    """Return the log of the density of fixations (n, 2), in parts of width and height, over uniform; (24, 32)."""
    rows, columns = CENTRE_SHAPE
    at = np.floor(relative * (columns, rows)).clip(0, (columns - 1, rows - 1)).astype(int)
    counts = np.zeros(CENTRE_SHAPE)
    np.add.at(counts, (at[:, 1], at[:, 0]), 1)
    reach = math.ceil(4 * CENTRE_BLUR)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / CENTRE_BLUR) ** 2)
    for axis in (0, 1):
        padded = np.pad(counts, [(reach, reach) if axis == each else (0, 0) for each in (0, 1)], mode="symmetric")
        counts = np.apply_along_axis(lambda line: np.convolve(line, kernel / kernel.sum(), "valid"), axis, padded)
    share = (1 - UNIFORM_SHARE) * counts / counts.sum() * counts.size + UNIFORM_SHARE
    return torch.from_numpy(np.log(share)).float()
