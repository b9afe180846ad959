import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gazesim.attention.learned.readout import (
    Readout,
    ReadoutSizes,
    centre_bias,
    led_channels,
    past_channels,
    places,
)
from gazesim.trial import Trial

TRIAL = Trial(width=80, height=60, px_per_degree=8.0)
SIZES = ReadoutSizes(channels=6, hidden=8, salient=4, past=2, fused=5)


@pytest.fixture
def readout():
    made = Readout(SIZES)
    made.initialise(0)
    return made.requires_grad_(False)


def test_densities_sum_to_1(readout):
    salient = readout.salient(torch.randn(6, 8, 6, generator=torch.Generator().manual_seed(0)))
    centre = centre_bias(np.full((3, 2), 0.5))
    assert float(readout.density(salient, centre).exp().sum()) == pytest.approx(1, abs=1e-5)
    past = past_channels(TRIAL, [[(3.0, 4.0)], []], (6, 8), 2)
    found = readout.next_density(salient, past, centre)
    assert found.shape == (2, 12, 16)
    np.testing.assert_allclose(found.exp().sum((1, 2)), 1, atol=1e-5)


def test_without_anything_seen_the_density_is_the_centre_bias(readout):
    readout.spatial.weight.zero_()
    centre = centre_bias(np.random.default_rng(0).normal(0.5, 0.1, (200, 2)))
    found = readout.density(torch.zeros(12, 16, 4), centre)
    expected = F.log_softmax(centre.flatten(), 0).view(24, 32)
    torch.testing.assert_close(found, expected)


def test_the_blur_is_the_learned_gaussian(readout):
    readout.log_blur[0] = float(np.log(1.5))
    readout.spatial.weight[:] = torch.tensor([[1.0, 0, 0, 0]])
    readout.spatial.bias.zero_()
    salient = torch.zeros(21, 25, 4)
    salient[10, 12, 0] = 100.0
    found = readout.density(salient, torch.zeros(24, 32))
    # two finer places lie a quarter to each side of a place: their mean is 3/4 of it and 1/8 of each neighbour
    columns = found[20:22].mean(0).view(25, 2).mean(1)
    gauss = np.exp(-0.5 * ((np.arange(25) - 12) / 1.5) ** 2)
    gauss /= gauss.sum()
    line = 0.75 * gauss + 0.125 * (np.roll(gauss, 1) + np.roll(gauss, -1))
    peak = 0.75 * gauss[12] + 0.25 * gauss[13]
    shown = (columns - columns[0]).numpy()
    np.testing.assert_allclose(shown[5:20], 100 * peak * line[5:20], atol=0.02)


def test_past_channels_are_distances_in_ten_degrees():
    found = past_channels(TRIAL, [[(9.0, 9.0), (39.5, 29.5)], [(0.0, 0.0)], []], (6, 8), 2).unflatten(3, (2, 4))
    # place (0, 0) is centred on px (4.5, 4.5)
    last, before = found[0, 0, 0]
    np.testing.assert_allclose(last, [-35 / 80, -25 / 80, np.hypot(35, 25) / 80, 1], rtol=1e-5)
    np.testing.assert_allclose(before, [-4.5 / 80, -4.5 / 80, np.hypot(4.5, 4.5) / 80, 1], rtol=1e-5)
    assert (found[1, :, :, 1] == 0).all()
    assert (found[2] == 0).all()


def test_only_the_last_fixations_count():
    long = past_channels(TRIAL, [[(1.0, 2.0), (9.0, 9.0), (30.0, 30.0)]], (6, 8), 2)
    assert (long == past_channels(TRIAL, [[(9.0, 9.0), (30.0, 30.0)]], (6, 8), 2)).all()


def test_led_channels():
    xy = np.array([[0.0, 0.0], [40.0, 0.0], *[[40.0, 30.0]] * 12])
    found = led_channels(TRIAL, xy)
    np.testing.assert_allclose(found[:3], [[0, 1, 0], [0.5, 0, 0.1], [0.375, 0, 0.2]], rtol=1e-6)
    assert float(found[-1, 2]) == 1


def test_places_hold_their_px():
    xy = np.array([[0, 0], [9.4, 0], [9.6, 9.6], [79, 59], [79.4, -0.4]])
    assert places(TRIAL, xy, (6, 8)).tolist() == [0, 0, 9, 47, 7]


def test_the_centre_bias_of_evenly_spread_fixations_is_0():
    x, y = np.meshgrid((np.arange(64) + 0.5) / 64, (np.arange(48) + 0.5) / 48)
    np.testing.assert_allclose(centre_bias(np.column_stack([x.ravel(), y.ravel()])), 0, atol=1e-6)


def test_the_centre_bias_is_a_density_over_uniform():
    found = centre_bias(np.random.default_rng(0).normal(0.5, 0.1, (500, 2)))
    assert float(found.exp().mean()) == pytest.approx(1, abs=1e-6)
    assert float(found.exp().min()) == pytest.approx(0.01, abs=1e-3)


def test_durations_follow_what_is_seen(readout):
    readout.duration.weight[:] = torch.tensor([[1.0, 0, 0, 0, 2.0, 0, 0]])
    readout.duration.bias[:] = 5.0
    found = readout.log_duration(torch.tensor([[0.5, 0, 0, 0]]), torch.tensor([[0.1, 0.0, 0.3]]))
    assert float(found) == pytest.approx(5.7)
