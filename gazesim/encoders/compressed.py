"""Convolutions as whole multiples of one step a layer, their codes compressed: the form of weights that ship."""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gazesim.files import atomic_path

Codes = Mapping[str, tuple[NDArray[np.int64], float]]


def write_compressed(
    path: Path, config: Sequence[int | str], codes: Codes, biases: Mapping[str, Tensor], about: Mapping[str, str]
) -> None:
    """Write the codes and steps of each convolution as safetensors; the same input gives the same bytes.

    Parameters
    ----------
    path : Path
    config : sequence of int or "M"
        The widths of the convolutions and the places of the pools, as torchvision's `make_layers` takes them.
    codes : mapping of layer -> (integers (out, in, 3, 3) in -32768..32639, step)
        The kernel is integers times step. Layers are named as in torchvision's `features`, such as "0".
    biases : mapping of layer -> Tensor (out,)
    about : mapping of str to str
        What else the file says of itself.

    Raises
    ------
    ValueError
        If codes lie outside of that range.
    """
    tensors = {f"{layer}.bias": bias.float().contiguous() for layer, bias in biases.items()}
    for layer, (values, step) in codes.items():
        if values.min() < -32768 or values.max() > 32639:
            raise ValueError(f"layer {layer} has codes from {values.min()} to {values.max()}, expected -32768 to 32639")
        flat = values.reshape(-1)
        for name, octets in (("low", flat & 255), ("high", (flat >> 8) + (flat >> 7 & 1))):
            stream = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY if name == "low" else 0)
            packed = stream.compress(octets.astype(np.uint8).tobytes()) + stream.flush()
            tensors[f"{layer}.{name}"] = torch.from_numpy(np.frombuffer(packed, np.uint8).copy())
        tensors[f"{layer}.step"] = torch.tensor([step], dtype=torch.float64)
    with atomic_path(path) as partial:
        partial.write_bytes(with_sorted_header(save(tensors, {"config": json.dumps(list(config)), **about})))


def with_sorted_header(file: bytes) -> bytes:
    """Return the safetensors `file` with the keys of its header in order, as the library writes them at random."""
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[end:]


def read_compressed(path: Path) -> tuple[list[int | str], dict[str, Tensor]]:
    """Return the config and the state dict, float32, of a file of `write_compressed`; keys are as in `features`."""
    state: dict[str, Tensor] = {}
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
        for layer in sorted({key.split(".")[0] for key in file.keys()}, key=int):  # noqa: SIM118
            bias = file.get_tensor(f"{layer}.bias")
            low, high = (_octets(file.get_tensor(f"{layer}.{name}")).view(np.int8) for name in ("low", "high"))
            kernel = torch.from_numpy(
                (low.astype(np.float32) + 256 * high.astype(np.float32)).reshape(len(bias), -1, 3, 3)
            )
            state[f"{layer}.weight"] = kernel * file.get_tensor(f"{layer}.step").float()
            state[f"{layer}.bias"] = bias
    return config, state


def _octets(packed: Tensor) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(packed.numpy().tobytes()), np.uint8)
