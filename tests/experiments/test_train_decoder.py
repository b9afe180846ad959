import numpy as np
import pytest
import torch
import train_decoder
from PIL import Image

from gazesim.encoders.backbones import Trunk, load_trunk, vgg_layers
from gazesim.perception.style import read_style


@pytest.fixture(scope="module")
def trunk():
    layers = vgg_layers([4, 4, "M", 4, 4, "M", 8, "M", 8]).requires_grad_(False)
    return Trunk("tiny", layers, "caffe", "random")


def test_inputs_are_those_of_the_trunk(trunk, noise):
    picture = noise(8, 8)
    made = train_decoder.as_input(trunk, torch.from_numpy(picture).permute(2, 0, 1)[None] / 255)
    torch.testing.assert_close(made, trunk.to_input(picture), atol=1e-3, rtol=0)


def test_the_first_two_blocks_end_at_their_first_relu(trunk):
    assert [len(part) for part in train_decoder.early(trunk)] == [2, 5]  # relu1_1 and relu2_1


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_bytes(tmp_path, noise, monkeypatch):
    (tmp_path / "photographs").mkdir()
    for i in range(12):
        Image.fromarray(np.kron(noise(9, 9, i), np.ones((8, 8, 1), np.uint8))).save(tmp_path / f"photographs/{i}.png")
    monkeypatch.setattr(train_decoder, "SAVE_EVERY", 1)
    monkeypatch.setattr(train_decoder, "HELD_OUT", 2)
    sizes = ["--steps", "4", "--batch", "1", "--side", "32", "--width", "8"]
    given = ["--photographs", str(tmp_path / "photographs"), *sizes]
    assert train_decoder.main([str(tmp_path / "a.safetensors"), *given]) == 0
    whole, calls = train_decoder.loss_of, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 4:  # one before the training, and two steps
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(train_decoder, "loss_of", killed)
    with pytest.raises(KeyboardInterrupt):
        train_decoder.main([str(tmp_path / "b.safetensors"), *given])
    monkeypatch.setattr(train_decoder, "loss_of", whole)
    assert train_decoder.main([str(tmp_path / "b.safetensors"), *given]) == 0
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    style = read_style(tmp_path / "a.safetensors", load_trunk)
    assert style.drawn(style.features(noise(24, 40)), 24, 40).shape == (24, 40, 3)
    with pytest.raises(ValueError, match="is of the recipe"):
        train_decoder.main([str(tmp_path / "a.safetensors"), *given, "--seed", "1"])
