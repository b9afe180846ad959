"""What a fixation costs, estimated before it: memory and time."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

PROGRAM_BYTES = 0.85e9  # torch, the other libraries and the weights
COPIES = 2.5  # of the largest map that a layer makes
BYTES_PER_VIEW_PX = 175  # of the features of the background, which are kept
BYTES_PER_DISPLAY_PX = 32  # of the picture and the priority maps
BYTES_PER_RUN_PX = 600  # of the largest maps of a network within
WORTH_TELLING_BYTES, WORTH_TELLING_MULTIPLY_ADDS = 2e9, 2e11


@dataclass(frozen=True)
class Cost:
    """The memory of a search in bytes, and the multiplications with addition that each of its fixations takes."""

    memory_bytes: float
    multiply_adds: float

    @property
    def worth_telling(self) -> bool:
        """Whether people who wait would ask."""
        return self.memory_bytes >= WORTH_TELLING_BYTES or self.multiply_adds >= WORTH_TELLING_MULTIPLY_ADDS

    def described(self, device: str) -> str:
        """Return it in words, with the time where that is this processor's."""
        words = f"needs about {self.memory_bytes / 1e9:.1f} GB of memory"
        if device == "cpu":
            words += f", and about {self.multiply_adds / multiply_adds_per_second():.0f} s for each fixation"
        return words


def cost_of_view(stages: Iterable[nn.Module], side: int, display_share: float, display_px: int) -> Cost:
    """Return the cost of a view.

    Parameters
    ----------
    stages : iterable of Module
        The layers of each level; between two of them the side halves.
    side : int
        Of the view, px.
    display_share : float
        Share of it that the display takes up: of the background nothing is computed in the first three levels.
    display_px : int
        How many px the display itself has.
    """
    largest = multiply_adds = 0.0
    for level, stage in enumerate(stages, start=1):
        px = (side / 2 ** (level - 1)) ** 2 * (display_share if level <= 3 else 1)
        for layer in stage.modules():
            if isinstance(layer, nn.Conv2d):
                largest = max(largest, 4 * px * layer.out_channels)
                multiply_adds += px * layer.weight.numel()
    memory = PROGRAM_BYTES + COPIES * largest + BYTES_PER_VIEW_PX * side**2 + BYTES_PER_DISPLAY_PX * display_px
    return Cost(memory, multiply_adds)


def cost_of_network(multiply_adds: float, kept_numbers: float, display_px: int) -> Cost:
    """Return the cost of one run of a network on a display of `display_px` px, of which `kept_numbers` are kept."""
    memory = (
        PROGRAM_BYTES + BYTES_PER_RUN_PX * display_px + 4 * COPIES * kept_numbers + BYTES_PER_DISPLAY_PX * display_px
    )
    return Cost(memory, multiply_adds)


def multiply_adds_per_second() -> float:
    """Return how fast this processor convolves now, from a small convolution."""
    x, kernel = torch.zeros(1, 128, 64, 64), torch.zeros(128, 128, 3, 3)
    with torch.inference_mode():
        F.conv2d(x, kernel, padding=1)
        start = time.perf_counter()
        for _ in range(4):
            F.conv2d(x, kernel, padding=1)
    return float(4 * kernel.numel() * 64 * 64 / (time.perf_counter() - start))
