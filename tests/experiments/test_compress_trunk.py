from copy import deepcopy

import compress_trunk
import numpy as np
import pytest
import torch
from compress_trunk import (
    best_steps,
    codes_of,
    costs,
    entropy_bits,
    main,
    photographs,
    products,
    rounded,
    step_of,
    walk,
)
from PIL import Image
from torch import nn

from gazesim.encoders.backbones import Trunk
from gazesim.encoders.compressed import read_compressed


@pytest.fixture
def folder(tmp_path):
    """Six pictures whose neighbouring px are alike, as in photographs."""
    random = np.random.default_rng(0)
    for n in range(6):
        walk = random.normal(0, 6, (70, 90, 3)).cumsum(0).cumsum(1)
        Image.fromarray(np.uint8(np.clip(128 + walk, 0, 255))).save(tmp_path / f"{n}.jpg")
    return tmp_path


@pytest.fixture
def trunk(monkeypatch):
    monkeypatch.setattr(compress_trunk, "SIDE_PX", 32)
    monkeypatch.setattr(compress_trunk, "LEVELS", (1, 2))
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return Trunk("tiny", nn.Sequential(*layers).requires_grad_(False), "caffe", "seed 0")


def test_rounding_with_the_inputs_in_view_errs_less_on_them(trunk, folder):
    inputs, kernel = photographs(trunk, folder, 6), trunk.features[0].weight
    product, step = products(inputs, np.random.default_rng(0)), 0.05

    def error(codes):
        difference = (torch.from_numpy(codes) * step - kernel).flatten(1).float()
        return float(((difference @ product) * difference).sum())

    codes = rounded(kernel, product, step)
    assert abs(codes * step - kernel.numpy()).max() < 4 * step
    assert error(codes) < 0.2 * error(codes_of(kernel, step))
    alone = rounded(kernel, torch.eye(27), step)  # where inputs do not go together, it is plain rounding
    np.testing.assert_array_equal(alone, codes_of(kernel, step))


def test_every_other_photograph_is_seen_with_average_pools(trunk, folder):
    inputs = photographs(trunk, folder, 2)
    (second,) = (list(seen) for index, _, seen in walk(trunk.features, inputs) if index == 3)
    first = [torch.relu(trunk.features[0](x)) for x in inputs]
    assert torch.equal(second[0], nn.functional.avg_pool2d(first[0], 2))
    assert torch.equal(second[1], nn.functional.max_pool2d(first[1], 2))


def test_steps_take_the_bits_and_are_finer_where_it_costs_more(trunk, folder):
    kernels = {i: torch.randn(8, 40, 3, 3) for i in (0, 3)}
    steps = best_steps(kernels, {0: 16.0, 3: 1.0}, 6.0)
    assert steps[3] / steps[0] == pytest.approx(4)
    assert np.mean([entropy_bits(codes_of(kernels[i], steps[i])) for i in (0, 3)]) == pytest.approx(6, abs=0.02)
    assert entropy_bits(codes_of(kernels[0], step_of(kernels[0], 5.0))) == pytest.approx(5, abs=0.02)
    kernel = trunk.features[0].weight.data.clone()
    found = costs(trunk.features, photographs(trunk, folder, 2), {0: 0.01, 3: 0.01})
    assert min(found.values()) > 0
    assert torch.equal(trunk.features[0].weight, kernel)


def test_the_same_files_give_the_same_bytes(trunk, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compress_trunk, "load_trunk", lambda *_: deepcopy(trunk))
    monkeypatch.setattr(compress_trunk, "VGG16", [8, "M", 8, "M"])
    keras = tmp_path / "keras.h5"
    keras.write_bytes(b"")
    made = []
    for run in ("first", "second"):
        arguments = [str(keras), str(folder), "--count", "4", "--bits", "6", "--out", str(tmp_path / run)]
        assert main(arguments) == 0
        made.append((tmp_path / run / "embedded.safetensors").read_bytes())
    assert made[0] == made[1]
    config, state = read_compressed(tmp_path / "first" / "embedded.safetensors")
    assert config == [8, "M", 8, "M"]
    torch.testing.assert_close(state["3.weight"], trunk.features[3].weight, atol=0.03, rtol=0)
    assert f"{len(made[0])} bytes, SHA-256" in capsys.readouterr().out


def test_too_few_photographs_are_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "gone.h5"), str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "compress_trunk: weights file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="holds 0 photographs"):
        photographs(None, tmp_path, 5)
