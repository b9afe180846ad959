import numpy as np
import pytest
import torch

from gazesim.encoders.compressed import read_compressed, write_compressed


@pytest.fixture
def layers():
    random = np.random.default_rng(0)
    codes = {
        "0": (random.integers(-128, 128, (4, 3, 3, 3)), 0.5),
        "2": (random.integers(-32768, 32640, (5, 4, 3, 3)), 2.0**-9),
    }
    return codes, {"0": torch.arange(4.0), "2": torch.full((5,), 0.1)}


def test_what_is_written_is_read(tmp_path, layers):
    codes, biases = layers
    write_compressed(tmp_path / "w", [4, "M", 5], codes, biases, {"about": "x"})
    config, state = read_compressed(tmp_path / "w")
    assert config == [4, "M", 5]
    assert set(state) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    for layer, (values, step) in codes.items():
        np.testing.assert_array_equal(state[f"{layer}.weight"].numpy(), (values * step).astype(np.float32))
        assert torch.equal(state[f"{layer}.bias"], biases[layer])
        assert state[f"{layer}.weight"].dtype == torch.float32


def test_the_same_codes_give_the_same_bytes(tmp_path, layers):
    for name in "ab":
        write_compressed(tmp_path / name, [4, "M", 5], *layers, {"c": "1", "a": "2", "b": "3"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_small_codes_take_little(tmp_path):
    codes = np.random.default_rng(0).normal(0, 4, (64, 64, 3, 3)).round().astype(np.int64)
    write_compressed(tmp_path / "w", [64], {"0": (codes, 0.1)}, {"0": torch.zeros(64)}, {})
    assert (tmp_path / "w").stat().st_size < 0.55 * codes.size  # entropy: 4.05 bits a code


def test_codes_that_do_not_fit_are_refused(tmp_path):
    codes = {"0": (np.full((1, 1, 3, 3), 40000), 1.0)}
    with pytest.raises(ValueError, match="layer 0 has codes from 40000 to 40000, expected -32768 to 32639"):
        write_compressed(tmp_path / "w", [1], codes, {"0": torch.zeros(1)}, {})
