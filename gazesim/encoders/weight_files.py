"""Reading the weights of a trunk from a file, in torchvision's or Keras' layout, without running any of its code."""

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

VGG_BLOCKS = ((2, 2, 3, 3, 3), (2, 2, 4, 4, 4))  # convolutions per block of VGG16 and VGG19
KERAS_SUFFIXES = (".h5", ".hdf5")
COUNTER = "num_batches_tracked"  # of batch normalisation, which only training needs
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
FLOATS_SHOWN = "float16, bfloat16, float32 or float64"
MOST_NUMBERS = 3 * 3 * 512 * 512  # in a convolution of VGG
KERAS_LAYER = re.compile(r"block(\d)_conv(\d)$")


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a trunk as {"0.weight": ..., "0.bias": ...}, keys as in torchvision's `features`.

    Accepts a torchvision state dict (.safetensors, or .pt/.pth as written by `torch.save`), with or without
    the classifier and the prefix "features.", and Keras HDF5 (.h5, .hdf5) of VGG16 or VGG19.

    Raises
    ------
    ValueError
        If the file is of no such kind, damaged, a pickle that holds more than tensors, or `check_tensors` refuses.
    """
    state = _read_keras(path) if path.suffix in KERAS_SUFFIXES else read_tensors(path)
    prefixed = {k.removeprefix("features."): v for k, v in state.items() if k.startswith("features.")}
    return prefixed or state


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the state dict in a file of torch or safetensors, keys as they are; see `read_state_dict`."""
    if path.suffix == ".safetensors":
        try:
            state: Any = load_file(path)
        except (SafetensorError, OSError) as error:
            raise ValueError(f"weights file {path} is damaged or not safetensors: {_line(error)}") from None
    elif path.suffix in (".pt", ".pth"):
        state = _read_torch(path)
    else:
        raise ValueError(f"weights file {path} is {path.suffix!r}, expected .pt, .pth, .safetensors, .h5 or .hdf5")
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if (
        not isinstance(state, dict)
        or not state
        or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in state.items())
    ):
        raise ValueError(f"weights file {path} holds no state dict of tensors")
    check_tensors(path, state)
    return state


def check_tensors(path: str | Path, state: Mapping[str, Tensor]) -> None:
    """Raise ValueError unless all tensors of a file are arrays of finite numbers with a fraction, but for counters."""
    for key, value in state.items():
        if key.endswith(COUNTER):
            continue
        if value.is_nested or value.is_quantized or value.layout is not torch.strided or value.is_meta:
            kinds = {"nested": value.is_nested, "quantized": value.is_quantized, "without values": value.is_meta}
            kind = next((name for name, found in kinds.items() if found), "sparse")
            raise ValueError(f"weights file {path}: {key} is {kind}, expected an array of {FLOATS_SHOWN}")
        if value.dtype not in FLOATS:
            found = str(value.dtype).removeprefix("torch.")
            raise ValueError(f"weights file {path}: {key} is {found}, expected {FLOATS_SHOWN}")
        if not value.isfinite().all():
            raise ValueError(f"weights file {path}: {key} holds values that are not finite")


def _read_torch(path: Path) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of pickle protocols, which say nothing to users
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        more = "weights_only" in str(error).lower() or "Unsupported" in str(error)
        if more and path.stat().st_size > 8:
            raise ValueError(
                f"weights file {path} is a pickle that holds more than tensors and was not run; save a plain state dict"
            ) from None
        raise ValueError(f"weights file {path} is damaged or not a torch file") from None
    except Exception as error:  # torch raises nearly anything on a damaged file
        raise ValueError(f"weights file {path} is damaged or not a torch file: {_line(error)}") from None


def _read_keras(path: Path) -> dict[str, Tensor]:
    """Read convolutions named block{b}_conv{c}; kernels (3, 3, in, out) become (out, in, 3, 3)."""
    try:
        import h5py
    except ImportError:
        raise ValueError(f'weights file {path} needs h5py: pip install "gazesim[keras]"') from None
    arrays: dict[tuple[int, int], dict[str, np.ndarray[Any, Any]]] = {}

    def visit(name: str, item: object) -> None:
        layer = next((m for part in name.split("/") if (m := KERAS_LAYER.match(part))), None)
        if layer and isinstance(item, h5py.Dataset) and item.ndim in (1, 4):
            part = "weight" if item.ndim == 4 else "bias"
            if item.dtype.kind != "f" or item.size > MOST_NUMBERS:
                found = f"{item.dtype} {item.shape}"
                raise ValueError(f"weights file {path}: {name} is {found}, expected floats of VGG16 or VGG19")
            arrays.setdefault((int(layer[1]), int(layer[2])), {})[part] = np.asarray(item, np.float32)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"weights file {path} is damaged or not HDF5: {_line(error)}") from None
    blocks = tuple(sum(b == block for b, _ in arrays) for block in range(1, 6))
    if blocks not in VGG_BLOCKS or not all(len(parts) == 2 for parts in arrays.values()):
        raise ValueError(f"weights file {path} is not Keras' VGG16 or VGG19: convolutions per block are {blocks}")
    state = _to_torchvision(arrays, blocks)
    check_tensors(path, state)
    return state


def _to_torchvision(
    arrays: dict[tuple[int, int], dict[str, np.ndarray[Any, Any]]], blocks: tuple[int, ...]
) -> dict[str, Tensor]:
    state, index = {}, 0
    for block, count in enumerate(blocks, start=1):
        for conv in range(1, count + 1):
            parts = arrays[block, conv]
            state[f"{index}.weight"] = torch.from_numpy(np.ascontiguousarray(parts["weight"].transpose(3, 2, 0, 1)))
            state[f"{index}.bias"] = torch.from_numpy(parts["bias"])
            index += 2
        index += 1
    return state


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
