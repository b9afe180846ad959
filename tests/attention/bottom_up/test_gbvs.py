import numpy as np
import pytest
import torch

from gazesim.attention.bottom_up.gbvs import GBVSSettings, activate, concentrate, gbvs, nearness


def equilibrium(edges):
    """The left eigenvector of the transition matrix for the eigenvalue 1, by a dense decomposition."""
    transition = edges / edges.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(transition.T)
    nearest = np.abs(values - 1).argmin()
    assert abs(values[nearest] - 1) < 1e-10
    vector = vectors[:, nearest].real
    return vector / vector.sum()


def test_nearness_is_a_gaussian_of_the_distance():
    near = nearness(3, 4, 2.0).numpy()
    assert near.shape == (12, 12)
    assert near[1, 10] == pytest.approx(np.exp(-(2**2 + 1**2) / 8))  # (row 0, column 1) and (row 2, column 2)
    np.testing.assert_array_equal(near, near.T)


@pytest.mark.parametrize("spread", [0.7, 3.0])
def test_activation_is_the_equilibrium_of_the_walk(spread):
    values = torch.from_numpy(np.random.default_rng(0).random(30))
    near = nearness(5, 6, spread)
    edges = (values[:, None] - values).abs() * near
    np.testing.assert_allclose(activate(values, near).numpy(), equilibrium(edges.numpy()), atol=1e-10)


@pytest.mark.parametrize("spread", [0.7, 3.0])
def test_concentration_is_the_equilibrium_of_the_second_walk(spread):
    activation = torch.from_numpy(np.random.default_rng(1).random(30))
    near = nearness(5, 6, spread)
    edges = activation[None, :] * near
    np.testing.assert_allclose(concentrate(activation, near).numpy(), equilibrium(edges.numpy()), atol=1e-10)


def test_where_all_is_alike_the_walker_is_anywhere():
    near = nearness(2, 3, 1.0)
    np.testing.assert_allclose(activate(torch.ones(6, dtype=torch.float64), near).numpy(), 1 / 6)
    np.testing.assert_allclose(concentrate(torch.zeros(6, dtype=torch.float64), near).numpy(), 1 / 6)


def test_one_odd_place_takes_the_most():
    values = torch.zeros(25, dtype=torch.float64)
    values[13] = 1
    assert activate(values, nearness(5, 5, 1.0)).argmax() == 13


def test_the_map_has_a_value_for_each_node(noise):
    assert gbvs(noise(60, 90)).shape == (21, 32)
    assert gbvs(noise(90, 60), GBVSSettings(nodes=12)).shape == (12, 8)
    assert gbvs(noise(60, 90)).sum() == pytest.approx(3)  # one for each kind of channel


def test_a_red_spot_among_green_stands_out():
    display = np.zeros((120, 160, 3), np.uint8)
    display[:] = (60, 160, 60)
    display[80:100, 110:130] = (160, 60, 60)
    y, x = np.unravel_index(gbvs(display).argmax(), (24, 32))
    assert (80 <= (y + 0.5) * 5 < 100, 110 <= (x + 0.5) * 5 < 130) == (True, True)
