"""A model of gaze on a tiny trunk, with two readouts drawn at random."""

import numpy as np
import pytest
import torch

from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.attention.learned.projection import principal_components
from gazesim.attention.learned.readout import Readout, ReadoutSizes, centre_bias
from gazesim.attention.learned.weights import GazeWeights


@pytest.fixture(scope="session")
def tiny_features(tiny_trunk):
    return TrunkFeatures(tiny_trunk, FeatureSettings(64))


@pytest.fixture(scope="session")
def tiny_gaze(tiny_features):
    """Weights of two readouts, whose last layers are large enough to matter."""
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    projection, members = principal_components([tiny_features(picture)], 6), []
    for seed in (0, 1):
        member = Readout(ReadoutSizes(channels=6, hidden=8, salient=4, past=2, fused=5))
        member.initialise(seed)
        for layer in (member.spatial, member.fused):
            layer.weight.data.mul_(20)
        members.append(member.requires_grad_(False).eval())
    centre = centre_bias(np.random.default_rng(1).normal(0.5, 0.15, (400, 2)))
    about = {"datasets": {"mine": "MIT"}}
    return GazeWeights(tiny_features.kind, "tiny", 64, projection, tuple(members), {"mine": centre}, about)


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield
