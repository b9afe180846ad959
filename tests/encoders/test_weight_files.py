import pickle
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from gazesim.encoders.weight_files import read_state_dict

STATE = {"0.weight": torch.arange(54.0).reshape(2, 3, 3, 3), "0.bias": torch.tensor([0.5, -1.0])}
BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


def write(path, state):
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    return path


def assert_one_line(caught, path):
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
@pytest.mark.parametrize("prefix", ["", "features."])
def test_a_state_dict_comes_back(tmp_path, suffix, prefix):
    found = read_state_dict(write(tmp_path / f"w{suffix}", {prefix + key: value for key, value in STATE.items()}))
    assert found.keys() == STATE.keys()
    assert all(torch.equal(found[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_the_classifier_is_left_out(tmp_path, suffix):
    state = {f"features.{key}": value for key, value in STATE.items()} | {"classifier.0.weight": torch.zeros(2, 2)}
    assert read_state_dict(write(tmp_path / f"w{suffix}", state)).keys() == STATE.keys()


def test_a_training_checkpoint_is_opened(tmp_path):
    state = {"state_dict": STATE, "epoch": 3}
    assert read_state_dict(write(tmp_path / "w.pt", state)).keys() == STATE.keys()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".h5"])
@pytest.mark.parametrize("keep", [0, 1, -60])
def test_empty_and_truncated_files_are_refused(tmp_path, suffix, keep):
    path = tmp_path / f"w{suffix}"
    keras_file(path, "vgg16") if suffix == ".h5" else write(path, STATE)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"^weights file ") as caught:
        read_state_dict(path)
    assert_one_line(caught, path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".h5"])
def test_another_kind_of_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    path.write_text("not weights at all, though long enough to hold a header of some kind\n" * 10)
    with pytest.raises(ValueError, match=r"^weights file ") as caught:
        read_state_dict(path)
    assert_one_line(caught, path)


@pytest.mark.parametrize("suffix", ["", ".npz", ".PT"])
def test_unknown_suffixes_are_refused(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    path.touch()
    with pytest.raises(ValueError, match=rf"is '{suffix}', expected \.pt, \.pth, \.safetensors, \.h5 or \.hdf5$"):
        read_state_dict(path)


class Intruder:
    """An object that makes a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def torch_zip(state, path):
    torch.save(state, path)


def torch_legacy(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


def plain_pickle(state, path):
    path.write_bytes(pickle.dumps(state))


@pytest.mark.parametrize("writer", [torch_zip, torch_legacy, plain_pickle])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_pickle_that_runs_code_is_refused_unrun(tmp_path, writer, hidden):
    path, marker = tmp_path / "w.pt", tmp_path / "marker"
    writer({**STATE, "extra": Intruder(marker)} if hidden else Intruder(marker), path)
    with pytest.raises(ValueError, match="a pickle that holds more than tensors and was not run") as caught:
        read_state_dict(path)
    assert_one_line(caught, path)
    assert not marker.exists()
    with suppress(RuntimeError):
        torch.load(path, weights_only=False)
    assert marker.exists()


@pytest.mark.parametrize(
    "content",
    [
        {"a": 1},
        {},
        [torch.zeros(1)],
        {"state_dict": {}},
        "text",
        pytest.param({0: torch.zeros(1)}),
    ],
)
def test_other_content_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match=r"w\.pt holds no state dict of tensors$"):
        read_state_dict(write(tmp_path / "w.pt", content))


def keras_arrays(name, seed=0):
    """Kernels (3, 3, in, out) and biases of a VGG that is two to four channels wide."""
    random, channels, arrays = np.random.default_rng(seed), 3, {}
    for block, count in enumerate(BLOCKS[name], start=1):
        for conv in range(1, count + 1):
            width = 2 + (block + conv) % 3
            arrays[block, conv] = random.normal(size=(3, 3, channels, width)), random.normal(size=width)
            channels = width
    return arrays


LAYOUTS = {
    "keras 2": "{layer}/{layer}/{part}:0",
    "keras 1": "{layer}/{layer}_{short}_1:0",
    "whole model": "model_weights/{layer}/{layer}/{part}:0",
}


def keras_file(path, name, layout="keras 2", drop=()):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file["model_weights/top/kernel:0" if "model" in layout else "predictions/kernel:0"] = np.zeros((4, 4))
        for (block, conv), parts in keras_arrays(name).items():
            for part, short, array in zip(("kernel", "bias"), "Wb", parts, strict=True):
                if (block, conv, part) not in drop:
                    key = LAYOUTS[layout].format(layer=f"block{block}_conv{conv}", part=part, short=short)
                    file[key] = array.astype(np.float32)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BLOCKS)
def test_keras_kernels_convolve_as_keras_does(tmp_path, name, layout):
    found = read_state_dict(keras_file(tmp_path / "w.hdf5", name, layout))
    picture = np.random.default_rng(1).normal(size=(6, 7, 4))
    index = [int(key.split(".")[0]) for key in found if key.endswith("weight")]
    # positions of the convolutions in torchvision's vgg16 and vgg19
    assert (
        index
        == {
            "vgg16": [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28],
            "vgg19": [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34],
        }[name]
    )
    for i, (kernel, bias) in zip(index, keras_arrays(name).values(), strict=True):
        x = picture[:, :, : kernel.shape[2]]
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
        expected = np.einsum("hwcij,ijco->ohw", windows, kernel) + bias[:, None, None]
        weight, bias = found[f"{i}.weight"].double(), found[f"{i}.bias"].double()
        actual = F.conv2d(torch.from_numpy(x).permute(2, 0, 1)[None], weight, bias)[0]
        np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("drop", "blocks"),
    [
        ([(5, 3, "kernel"), (5, 3, "bias")], r"\(2, 2, 3, 3, 2\)"),
        ([(1, 1, "bias")], r"\(2, 2, 3, 3, 3\)"),
    ],
)
def test_keras_files_of_other_networks_are_refused(tmp_path, drop, blocks):
    path = keras_file(tmp_path / "w.h5", "vgg16", drop=drop)
    with pytest.raises(ValueError, match=rf"is not Keras' VGG16 or VGG19: convolutions per block are {blocks}$"):
        read_state_dict(path)


def test_without_h5py_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ValueError, match=r'needs h5py: pip install "gazesim\[keras\]"$'):
        read_state_dict(tmp_path / "w.h5")
