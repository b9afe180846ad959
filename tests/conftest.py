import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gazesim.encoders.backbones import Trunk


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data that the environment variable GAZESIM_TEST_DATA names."""
    folder = Path(os.environ.get("GAZESIM_TEST_DATA", ""))
    if not (folder / "osie").is_dir():
        pytest.skip("GAZESIM_TEST_DATA does not name the folder with the real data sets")
    return folder


@pytest.fixture(autouse=True)
def one_thread():
    """One thread, which is fastest for small maps, whatever the test before has set."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_trunk():
    """Three levels of eight random channels, stride 4 at the deepest, fast enough for any test."""
    random, layers = torch.Generator().manual_seed(0), []
    for channels in (3, 8, 8):
        conv = nn.Conv2d(channels, 8, 3, padding=1)
        conv.weight.data.normal_(0, (channels * 9) ** -0.5, generator=random)
        conv.bias.data.zero_()
        layers += [conv, nn.ReLU(), nn.MaxPool2d(2)]
    return Trunk("tiny", nn.Sequential(*layers).requires_grad_(False), "torchvision", "seed 0")


@pytest.fixture
def noise():
    """Return pictures (height, width, 3) of coloured noise."""

    def make(height, width, seed=0):
        return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)

    return make
