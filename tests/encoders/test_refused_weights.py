"""Weights that are no weights: each is refused by one line, however it is stored."""

import h5py
import pytest
import torch
from safetensors.torch import save_file

from gazesim import load_model
from gazesim.encoders.backbones import TRUNKS

CHANGES = {
    "complex": (lambda value: value.to(torch.complex64), "complex64, expected float16"),
    "bool": (lambda value: value > 0, "bool, expected float16"),
    "integers": (lambda value: (100 * value).long(), "int64, expected float16"),
    "float8": (lambda value: value.to(torch.float8_e4m3fn), "float8_e4m3fn, expected float16"),
    "sparse": (lambda value: value.to_sparse(), "is sparse, expected an array"),
    "meta": (lambda value: value.to("meta"), "is without values, expected an array"),
    "nan": (lambda value: value / 0, "not finite"),
    "huge": (lambda value: value * 1e30, "too large for float32"),
}
KERAS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}


@pytest.fixture(scope="module")
def state():
    return TRUNKS["squeezenet1_1"](weights=None).features.state_dict()


@pytest.mark.parametrize("change", CHANGES)
def test_tensors_that_are_no_weights_are_refused(state, tmp_path, change):
    convert, words = CHANGES[change]
    path = tmp_path / "weights.pt"
    torch.save({key: convert(value) for key, value in state.items()}, path)
    with pytest.raises(ValueError, match=words):
        load_model("eccnet", weights=path)
    with pytest.raises(ValueError, match="weights file"):
        load_model("neva_classification", weights=path, classifier="squeezenet1_1")


def test_safetensors_are_checked_too(state, tmp_path):
    save_file({key: value.bool() for key, value in state.items()}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="is bool"):
        load_model("eccnet", weights=tmp_path / "weights.safetensors")


@pytest.mark.parametrize("content", [b"abcd", b"PK\x03\x04", b"\0\0\0\0", b"\x80\x02}.", b"\x80\x04\x95\x00"])
def test_files_of_four_bytes_are_refused(tmp_path, content):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged") as error:
        load_model("eccnet", weights=path)
    assert "\n" not in str(error.value)


def test_hdf5_that_declares_more_than_a_network_is_refused_unread(tmp_path):
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        for block, layers in KERAS.items():
            for layer in range(1, layers + 1):
                group = file.create_group(f"block{block}_conv{layer}")
                group.create_dataset("kernel", (3, 3, 60000, 60000), "f4", chunks=(3, 3, 64, 64))
    with pytest.raises(ValueError, match="60000"):
        load_model("eccnet", weights=path)
