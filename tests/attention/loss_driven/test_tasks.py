import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gazesim import Trial
from gazesim.attention.loss_driven.network import Network, stages_of
from gazesim.attention.loss_driven.tasks import classification, reconstruction, resized, similarity


@pytest.fixture
def network(tiny_trunk):
    torch.manual_seed(0)
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1000))
    return Network("tiny", tiny_trunk.to_input, stages_of(tiny_trunk.features), head.requires_grad_(False))


@pytest.fixture
def outputs(network, noise):
    return torch.cat([network.features(noise(32, 32, seed)) for seed in range(3)])


def test_reconstruction_is_the_share_of_squared_error(network, outputs):
    task = reconstruction(network)
    goal = task.goal(None, outputs[:1])
    found = task.loss(outputs, goal.expand_as(outputs)).numpy()
    expected = ((outputs - outputs[:1]) ** 2).sum((1, 2, 3)) / (outputs[0] ** 2).sum()
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5)
    assert found[0] == 0


def test_classification_is_the_cross_entropy_with_the_class_seen_or_named(network, outputs, noise):
    task, logits = classification(network), network.logits(outputs)
    free, named = (Trial(noise(32, 32), target_text=text, px_per_degree=4) for text in (None, "banana"))
    seen = task.goal(free, outputs[:1])
    assert seen.item() == logits[0].argmax()
    assert task.goal(named, outputs[:1]).item() == 954  # of ImageNet
    expected = -F.log_softmax(logits, dim=1)[:, 954]
    np.testing.assert_allclose(task.loss(outputs, torch.full((3,), 954)).numpy(), expected.numpy(), rtol=1e-5)


def test_similarity_is_one_minus_the_cosine(network, outputs, noise):
    display = noise(32, 32)
    trial = Trial(display, display, px_per_degree=4)
    task = similarity(network, 32)
    goal = task.goal(trial, outputs[:1])
    a, b = outputs.mean((2, 3)).numpy(), outputs[0].mean((1, 2)).numpy()
    expected = 1 - a @ b / np.linalg.norm(a, axis=1) / np.linalg.norm(b)
    np.testing.assert_allclose(task.loss(outputs, goal.expand(3, -1)).numpy(), expected, atol=1e-6)


def test_what_a_trial_lacks_is_named(network, tiny_trunk, noise):
    plain = Network("tiny", tiny_trunk.to_input, network.stages, None)
    sharp = network.features(noise(32, 32))
    for task, text, words in (
        (classification(network), "bannana", "target_text is 'bannana', .*ImageNet; did you mean 'banana'"),
        (classification(plain), "banana", "trial 'a' names a class, but weights of tiny have no classifier"),
        (similarity(network, 32), None, "trial 'a' is of free viewing, expected an image of the target"),
        (similarity(network, 32), "mug", "trial 'a' has its target in words only"),
    ):
        with pytest.raises(ValueError, match=f"^{words}") as caught:
            task.goal(Trial(noise(32, 32), target_text=text, px_per_degree=4, id="a"), sharp)
        assert "\n" not in str(caught.value)


def test_pictures_become_squares(noise):
    assert resized(noise(20, 80), 32).shape == resized(noise(8, 8), 32).shape == (32, 32, 3)
