import numpy as np
import pytest
import torch
from torch import nn

from gazesim.encoders.backbones import Trunk
from gazesim.perception.style import Style, StyleTexture, coloured_noise, decoder, encoder, read_style, write_decoder
from gazesim.perception.systems import Systems
from gazesim.perception.windows import Windows


@pytest.fixture(scope="module")
def style():
    """A VGG of a few random channels, and a random decoder."""
    torch.manual_seed(0)
    layers, before = [], 3
    for after in (4, 6, 8, 12):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        before = after
    trunk = Trunk("tiny", nn.Sequential(*layers).requires_grad_(False), "torchvision", "random")
    return Style(trunk, decoder(12, 8).eval().requires_grad_(False))


@pytest.fixture(scope="module")
def windows():
    return Windows(192, 160, (96, 80), 192 / 26, 0.5)


def test_the_encoder_ends_at_the_relu_after_the_third_pool(style, noise):
    assert len(encoder(style.trunk)) == 11
    assert style.features(noise(40, 52)).shape == (12, 5, 7)
    with pytest.raises(ValueError, match="trunk 'short' has no ReLU after a third pool"):
        encoder(Trunk("short", nn.Sequential(nn.ReLU()), "torchvision", "random"))


def test_features_get_the_moments_of_each_window(style, windows):
    """Windows that overlap with no other: all texture, the mean and deviation of every channel are the content's."""
    engine = StyleTexture(windows, style)
    random = np.random.default_rng(0)
    content, other = (random.gamma(2, scale, (12, 480)).astype(np.float32) for scale in (1, 3))
    weights = np.zeros((3, 480), np.float32)
    for number in range(3):
        weights[number, number * 160 : (number + 1) * 160] = 1
    engine.__dict__["_weights"] = weights
    windows = type("Mixed", (), {"mixing": np.array([0, 1, 0.5])})
    engine.windows = windows
    made = engine._textured(content, other)
    np.testing.assert_allclose(made[:, :160], content[:, :160], rtol=1e-4)
    np.testing.assert_allclose(made[:, 160:320].mean(axis=1), content[:, 160:320].mean(axis=1), rtol=1e-3)
    np.testing.assert_allclose(made[:, 160:320].std(axis=1), content[:, 160:320].std(axis=1), rtol=1e-3)
    own = other[:, 320:]
    texture = (own - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)  # AdaIN, Huang & Belongie (2017)
    part = content[:, 320:]
    expected = 0.5 * part + 0.5 * (texture * part.std(1, keepdims=True) + part.mean(1, keepdims=True))
    np.testing.assert_allclose(made[:, 320:], expected, rtol=2e-3, atol=1e-3)


def test_the_engine_is_deterministic_and_serves_systems(style, windows, noise):
    systems = Systems(windows, style.engine())
    picture = noise(160, 192)
    made = systems("foveation_texture", picture, seed=1)
    assert made.shape == picture.shape
    assert np.array_equal(made, systems("foveation_texture", picture, seed=1))
    assert np.array_equal(systems("reference", picture), style.drawn(style.features(picture), 160, 192))


def test_noise_has_the_colours_of_the_picture():
    picture = np.random.default_rng(0).normal((90, 120, 150), (10, 20, 5), (64, 64, 3)).astype(np.uint8)
    made = coloured_noise(picture, 0).reshape(-1, 3)
    np.testing.assert_allclose(made.mean(axis=0), picture.reshape(-1, 3).mean(axis=0), atol=0.5)
    np.testing.assert_allclose(np.cov(made.T), np.cov(picture.reshape(-1, 3).T), atol=4)


def test_a_decoder_is_written_and_read_again(style, tmp_path, noise):
    write_decoder(tmp_path / "a.safetensors", style.decoder, 12, 8, "tiny")
    write_decoder(tmp_path / "b.safetensors", style.decoder, 12, 8, "tiny")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    asked = []
    again = read_style(tmp_path / "a.safetensors", lambda name: asked.append(name) or style.trunk)
    assert asked == ["tiny"]
    one, other = (each.drawn(each.features(noise(40, 40)), 40, 40).astype(int) for each in (style, again))
    assert abs(one - other).max() <= 1  # kept as float16
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:400])
    with pytest.raises(ValueError, match=r"decoder '.*cut.safetensors' is damaged or none of"):
        read_style(tmp_path / "cut.safetensors", lambda name: style.trunk)
    with pytest.raises(FileNotFoundError, match="decoder 'none' does not exist"):
        read_style("none", lambda name: style.trunk)
