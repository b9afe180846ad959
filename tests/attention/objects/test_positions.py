import math

import numpy as np
import pytest
import torch

from gazesim.attention.objects.positions import CODES, Positions, fit_distance_code, sinusoids


def cosines(vectors):
    unit = vectors / vectors.norm(dim=-1, keepdim=True)
    return unit @ unit.T


def gaussian(x, sigma=2.0):
    return torch.exp(-((x[:, None] - x) ** 2) / (2 * sigma**2))


# computed from the tables that the authors publish (14 x 86, 11 x 86, sigma 2; 11 x 86, sigma 2.5): the cosine of two
# vectors is the Gaussian of their distance, to the given deviation, and all norms are alike
@pytest.mark.parametrize(("n", "sigma", "deviation"), [(14, 2.0, 0.0005), (11, 2.0, 0.00005), (11, 2.5, 0.0001)])
def test_cosines_of_the_learned_code_are_the_gaussian_of_the_distance(n, sigma, deviation):
    table = fit_distance_code(n, 86, sigma)
    assert table.shape == (n, 86)
    assert (cosines(table) - gaussian(torch.arange(n).float(), sigma)).abs().max() < deviation
    norms = table.norm(dim=1)
    assert norms.mean() == pytest.approx(math.sqrt(86), rel=1e-4)
    assert norms.std() < 1e-3


def test_with_few_numbers_the_code_is_a_compromise():
    wanted, index = gaussian(torch.arange(32).double()), torch.arange(32)
    error = (cosines(fit_distance_code(32, 22).double()) - wanted).abs()
    assert error.max() < 0.0005
    strengths, directions = torch.linalg.eigh(wanted)
    components = directions[:, -8:] * strengths[-8:].sqrt()
    error, of_components = (cosines(code) - wanted for code in (fit_distance_code(32, 8).double(), components))
    assert error.square().mean() < of_components.square().mean()
    assert error.abs()[(index[:, None] - index).abs() == 1].max() < 0.1


def test_the_fit_is_kept():
    assert fit_distance_code(14, 86) is fit_distance_code(14, 86)


@pytest.fixture(scope="module")
def distance():
    positions = Positions("distance", 48, extent=8)
    positions.fit()
    return positions


def test_the_learned_code_keeps_distances_between_its_indices_too(distance):
    x = torch.linspace(0, 7, 71)
    code = distance(torch.stack([x, torch.zeros(71)], dim=1), torch.zeros(71))
    assert (cosines(code[:, :16]) - gaussian(x)).abs().max() < 0.02
    np.testing.assert_allclose(code[::10, :16], distance.table, atol=1e-5)


def test_axes_and_flag_have_numbers_of_their_own(distance):
    place, other = torch.tensor([[2.0, 3.0]]), torch.tensor([[2.0, 5.5]])
    same, moved, target = (
        distance(place, torch.zeros(1)),
        distance(other, torch.zeros(1)),
        distance(place, torch.ones(1)),
    )
    assert torch.equal(same[:, :16], moved[:, :16])
    assert not torch.allclose(same[:, 16:32], moved[:, 16:32])
    assert torch.equal(same[:, 32:], moved[:, 32:])
    assert torch.equal(same[:, :32], target[:, :32])
    assert not torch.allclose(same[:, 32:], target[:, 32:])


def test_a_display_beyond_the_extent_is_refused(distance):
    with pytest.raises(ValueError, match=r"9 objects wide or high, .* extent 8; train with a larger one"):
        distance(torch.tensor([[0.0, 8.0]]), torch.zeros(1))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("size", [7, 12])
def test_every_code_has_its_size_and_tells_the_target(code, size):
    positions = Positions(code, size, extent=4)
    positions.fit()
    places = torch.tensor([[[0.0, 0.0], [1.5, 2.0]], [[3.0, 1.0], [0.0, 2.0]]])
    plain, target = positions(places, torch.zeros(2, 2)), positions(places, torch.ones(2, 2))
    assert plain.shape == (2, 2, size)
    assert not torch.allclose(plain, target)
    if code == "none":
        assert torch.equal(plain[0, 0], plain[1, 1])
    else:
        assert not torch.allclose(plain[0, 0], plain[0, 1])


def test_sinusoids_are_those_of_the_transformer():
    # Vaswani et al. (2017), section 3.5: PE(pos, 2i) = sin(pos / 10000^(2i / d)), PE(pos, 2i + 1) its cosine
    found = sinusoids(torch.tensor([3.0]), 4)[0]
    np.testing.assert_allclose(found, [math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)], rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Positions("learned", 6), "position is 'learned', expected one of 'distance', 'sinusoidal'"),
        (lambda: Positions("none", 0), "position_size is 0"),
        (lambda: Positions("distance", 6, extent=1), "extent is 1"),
        (lambda: fit_distance_code(3, 2, -1.0), "sigma is -1.0"),
    ],
)
def test_settings_are_checked(call, words):
    with pytest.raises(ValueError, match=words):
        call()
