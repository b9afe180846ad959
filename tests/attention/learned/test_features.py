import numpy as np
import pytest
import torch
from torch import nn

from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures, layers_read
from gazesim.attention.learned.projection import principal_components
from gazesim.encoders.backbones import Trunk, vgg_layers

VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]


def test_of_vgg16_the_layers_3_3_4_3_5_1_5_2_and_5_3_are_read():
    with torch.device("meta"):
        features = vgg_layers(VGG16)
    assert layers_read(features) == (15, 22, 25, 27, 29)  # torchvision's numbers of their ReLUs


def test_a_trunk_without_pools_is_read_at_its_end():
    assert layers_read(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())) == (1,)


def test_features_are_means_over_the_cells_of_the_deepest_layer():
    keep = nn.Conv2d(3, 3, 1)
    keep.weight.data.copy_(torch.eye(3)[:, :, None, None])
    keep.bias.data.zero_()
    layers = nn.Sequential(keep, nn.AvgPool2d(2), nn.Identity(), nn.AvgPool2d(2), nn.Identity())
    trunk = Trunk("means", layers.requires_grad_(False), "torchvision", "none")
    picture = np.random.default_rng(0).integers(0, 256, (32, 64, 3), dtype=np.uint8)
    found = TrunkFeatures(trunk, FeatureSettings(64))(picture)
    means = trunk.to_input(picture)[0].unflatten(1, (8, 4)).unflatten(3, (16, 4)).mean((2, 4)).permute(1, 2, 0)
    assert found.shape == (8, 16, 9)
    for part in found.split(3, 2):
        torch.testing.assert_close(part, means)


@pytest.mark.parametrize("size", [(800, 600), (1024, 681), (40, 300), (5, 900)])
def test_sides_are_multiples_of_16_px(tiny_features, size):
    width, height = tiny_features.scaled(*size)
    assert max(width, height) == 64
    assert width % 16 == height % 16 == 0
    assert min(width, height) >= 16


def test_bfloat16_is_near(tiny_trunk, tiny_features, noise):
    exact = tiny_features(noise(48, 64))
    near = TrunkFeatures(tiny_trunk, FeatureSettings(64, "bfloat16"))(noise(48, 64))
    assert 0 < float((near - exact).norm() / exact.norm()) < 0.02


def test_settings_are_checked():
    with pytest.raises(ValueError, match="precision is 'int8', expected one of 'float32', 'bfloat16'"):
        FeatureSettings(precision="int8")
    with pytest.raises(ValueError, match="long_side is 8"):
        FeatureSettings(8)


def test_principal_components_are_those_of_numpy():
    x = np.random.default_rng(0).normal(size=(10, 10, 4)) @ np.random.default_rng(1).normal(size=(4, 4))
    found = principal_components([torch.from_numpy(x).float()], 3)
    flat = x.reshape(100, 4)
    sd = flat.std(0)
    z = (flat - flat.mean(0)) / (sd + 1e-3 * sd.mean())
    _, _, vectors = np.linalg.svd(z, full_matrices=False)
    got = found(torch.from_numpy(flat).float()).numpy()
    expected = z @ vectors[:3].T
    signs = np.sign((got * expected).sum(0))
    np.testing.assert_allclose(got, expected * signs, atol=1e-4)


def test_channels_that_are_always_the_same_have_no_component():
    x = torch.zeros(10, 10, 3)
    x[..., 0] = torch.randn(10, 10, generator=torch.Generator().manual_seed(0))
    found = principal_components([x], 1)(x)
    assert found.isfinite().all()
    assert float(found.std(correction=0)) == pytest.approx(1, abs=0.01)
