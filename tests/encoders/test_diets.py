import cv2
import numpy as np
import pytest
import torch

from gazesim import load_model
from gazesim.attention.loss_driven.network import load_network
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.diets import DIETS, TURNS


@pytest.fixture(params=["embedded", "places"])
def weights(request):
    return request.param


@pytest.mark.parametrize("diet", TURNS)
def test_features_of_the_turned_picture_are_the_turned_features(weights, diet, noise):
    picture = noise(96, 96)
    turned = np.ascontiguousarray(TURNS[diet](torch.from_numpy(picture).permute(2, 0, 1)).permute(1, 2, 0).numpy())
    x, y = load_trunk(weights), load_trunk(weights, TrunkSettings(diet=diet))
    for plain, other in zip(_levels(x, picture), _levels(y, turned), strict=True):
        scale = plain.abs().max()
        assert not torch.allclose(plain, other, atol=float(1e-2 * scale))
        torch.testing.assert_close(other / scale, TURNS[diet](plain) / scale, atol=1e-5, rtol=0)


def _levels(trunk, picture):
    x, found = trunk.to_input(picture), []
    for layer in trunk.features:
        if isinstance(layer, torch.nn.MaxPool2d):
            found.append(x)
        x = layer(x)
    return found


def test_four_quarter_turns_and_two_mirrors_are_none():
    x = torch.arange(36.0).reshape(1, 4, 3, 3)
    assert torch.equal(TURNS["rot90"](TURNS["rot270"](x)), x)
    assert torch.equal(TURNS["rot90"](TURNS["rot90"](x)), TURNS["rot180"](x))
    assert torch.equal(TURNS["mirror"](TURNS["light_from_below"](x)), TURNS["rot180"](x))


def test_what_is_lit_from_above_is_then_lit_from_below():
    lit_from_above = torch.arange(9.0).reshape(3, 3).flip(0)
    assert torch.equal(TURNS["light_from_below"](lit_from_above), torch.arange(9.0).reshape(3, 3))


def test_a_grey_diet_sees_no_colour(noise):
    picture = noise(64, 64)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    trunk, plain = load_trunk("places", TrunkSettings(diet="grey")), load_trunk("places")
    assert torch.equal(trunk.to_input(picture), plain.to_input(grey))
    assert not torch.equal(trunk.to_input(picture), plain.to_input(picture))


def test_a_diet_is_a_setting_of_every_model_with_a_trunk(noise):
    for name in ("eccnet", "ivsn", "neva"):
        load_model(name, weights="places", diet="rot90")
    turned, plain = (load_network("places", TrunkSettings(diet=diet)) for diet in ("rot90", None))
    assert not torch.equal(turned.features(noise(64, 64)), plain.features(noise(64, 64)))


def test_unknown_diets_are_named():
    with pytest.raises(ValueError, match=r"unknown diet 'rot91'; known: .*; did you mean 'rot90'"):
        load_model("eccnet", diet="rot91")
    assert set(TURNS) < set(DIETS)
