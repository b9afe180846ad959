import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from gazesim import Trial, load_model
from gazesim.attention.bottom_up.relevance import RelevanceSettings, _back, layers_of, propagate, salient_relevance
from gazesim.attention.loss_driven.network import Network, load_network, stages_of


def small(*layers, head=None):
    network = nn.Sequential(*layers).requires_grad_(False)
    return Network("small", lambda p: torch.tensor(p).permute(2, 0, 1)[None].float() / 127.5 - 1, (network,), head)


def sums(found):
    return np.array([relevance.double().sum().item() for relevance in found])


def test_relevance_is_conserved_by_the_embedded_trunk(noise):
    total = sums(propagate(load_network(), noise(96, 64)))
    assert len(total) == 32  # 13 convolutions with ReLU, five pools, the answer
    np.testing.assert_allclose(total / total[0], 1, atol=1e-4)


@pytest.mark.parametrize("picture", ["noise", "black", "uniform"])
def test_relevance_is_conserved_by_squeezenet(data, noise, picture):
    level = {"black": 0, "uniform": 77}.get(picture)
    shown = noise(96, 96) if level is None else np.full((96, 96, 3), level, np.uint8)
    network = load_network(data / "squeezenet" / "squeezenet1_0_imagenet.pt")
    total = sums(propagate(network, shown))
    assert total[0] > 0
    np.testing.assert_allclose(total / total[0], 1, atol=1e-4)


def test_relevance_is_conserved_by_a_vgg_with_batch_normalisation(noise):
    torch.manual_seed(0)
    model = torchvision.models.vgg11_bn(weights=None, num_classes=4).eval().requires_grad_(False)
    for layer in model.features:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
    network = small(*model.features, head=nn.Sequential(model.avgpool, nn.Flatten(), nn.Linear(512 * 49, 4)))
    picture = noise(64, 64)
    x = network.to_input(picture)
    fused = x
    for layer in layers_of(network):
        fused = layer(fused)
    np.testing.assert_allclose(fused.detach(), network.head(model.features(x)).detach(), rtol=1e-3, atol=1e-5)
    total = sums(propagate(network, picture))
    np.testing.assert_allclose(total / total[0], 1, atol=1e-4)


def test_z_plus_is_the_formula():
    """R_i = sum_j x_i w_ij+ / (sum_k x_k w_kj+) R_j, by hand."""
    random = np.random.default_rng(0)
    x, weight, relevance = random.random((1, 5)), random.normal(size=(3, 5)), random.random((1, 3))
    layer = nn.Linear(5, 3).double().requires_grad_(False)
    layer.weight.data = torch.from_numpy(weight)
    contribution = x * weight.clip(min=0)
    expected = (contribution / contribution.sum(axis=1, keepdims=True) * relevance.T).sum(axis=0)
    found = _back(layer, torch.from_numpy(x), torch.from_numpy(relevance), "z+")
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-12)


def test_where_nothing_contributes_relevance_is_spread_evenly():
    layer = nn.Linear(4, 2).requires_grad_(False)
    layer.weight.data = torch.tensor([[-1.0, -1, -1, -1], [1.0, 0, 0, 1]])
    found = _back(layer, torch.tensor([[1.0, 1, 1, 3]]), torch.tensor([[8.0, 4.0]]), "z+")
    assert found.tolist() == [[3, 2, 2, 5]]


def test_px_share_by_what_exceeds_the_least_possible_contribution():
    """z^B: R_i in proportion to x_i w_i - l_i w_i+ - h_i w_i-, here with l = -1 and h = 1."""
    layer = nn.Conv2d(3, 1, 1).requires_grad_(False)
    layer.weight.data = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1)
    x = torch.tensor([0.5, 0.0, -1.0]).view(1, 3, 1, 1)
    ones = torch.ones_like(x)
    found = _back(layer, x, torch.tensor(7.0).view(1, 1, 1, 1), "z+", (-ones, ones))
    np.testing.assert_allclose(found.flatten(), 7 * np.array([1.5, 2.0, 0.0]) / 3.5, rtol=1e-6)


def test_the_z_rule_without_biases_is_the_gradient_times_the_input(tiny_trunk, noise):
    network = Network("tiny", tiny_trunk.to_input, stages_of(tiny_trunk.features), None)
    picture = noise(32, 32)
    x = network.to_input(picture).requires_grad_()
    (gradient,) = torch.autograd.grad(tiny_trunk.features(x).sum(), x)
    found = propagate(network, picture, "z")[-1]
    np.testing.assert_allclose(found, (x * gradient).detach(), atol=1e-4)


def test_the_z_rule_with_biases_does_not_conserve(noise):
    torch.manual_seed(0)
    total = sums(propagate(small(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU()), noise(16, 16), "z"))
    assert abs(total[-1] / total[0] - 1) > 0.01


def test_maxima_take_all_and_averages_share():
    x = torch.tensor([[[[1.0, 3.0], [4.0, 0.0]]]])
    relevance = torch.full((1, 1, 1, 1), 8.0)
    assert _back(nn.MaxPool2d(2), x, relevance, "z+").flatten().tolist() == [0, 0, 8, 0]
    assert _back(nn.AvgPool2d(2), x, relevance, "z+").flatten().tolist() == [1, 3, 4, 0]


def test_networks_without_rules_are_named():
    with pytest.raises(ValueError, match=r"^relevance has no rule for GELU of small, expected a trunk$"):
        layers_of(small(nn.Conv2d(3, 3, 1), nn.GELU()))


def test_the_map_is_high_where_something_is(noise):
    display = np.full((120, 160, 3), 128, np.uint8)
    display[20:60, 90:140] = noise(40, 50)
    for context in (True, False):
        trial = Trial(display, px_per_degree=8)
        found = load_model("relevance", inhibition="none", relevance_px=96, context=context).priority(trial)
        inside = found[20:60, 90:140].mean()
        assert inside > 3 * np.delete(found, np.s_[90:140], axis=1).mean()


def test_the_map_keeps_the_proportions(noise):
    network = load_network()
    settings = RelevanceSettings(relevance_px=64, context=False)
    assert salient_relevance(noise(50, 100), network, settings).shape == (64, 128)
    assert salient_relevance(noise(200, 100), network, RelevanceSettings(relevance_px=64)).shape == (128, 64)
