"""The weights of an `ObjectTransformer` in a file: float16 safetensors that say what they are of."""

import json
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.encoders.backbones import torch_device
from gazesim.encoders.weight_files import check_tensors
from gazesim.files import atomic_path, check_file

KEY = "gazesim_objects"  # one key of metadata: safetensors writes several in random order


def write_object_weights(path: Path, model: ObjectTransformer, about: dict[str, object]) -> None:
    """Write the weights of `model`, rounded to float16, its sizes, and what they were trained on, `about`."""
    tensors = {name: tensor.detach().cpu().half() for name, tensor in model.state_dict().items()}
    facts = {"sizes": asdict(model.sizes), "top_down_weight": model.top_down_weight, "about": about}
    metadata = {KEY: json.dumps(facts, sort_keys=True)}
    with atomic_path(path) as partial:
        partial.write_bytes(save(tensors, metadata))


def as_in_file(model: ObjectTransformer) -> ObjectTransformer:
    """Return `model` with its weights rounded to float16, as a file has them, so that scores are those of the file."""
    model.load_state_dict({name: tensor.half().float() for name, tensor in model.state_dict().items()})
    return model


def read_object_weights(path: str | Path, device: str = "cpu") -> ObjectTransformer:
    """Return the model in a file that `gazesim train` wrote, ready to search.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such file, damaged, of other sizes than it says, or holds numbers that are not finite.
    """
    check_file("weights file", path)
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get(KEY, "{}"))
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(f"weights file {path} is damaged or not safetensors: {reason}") from None
    if "sizes" not in facts:
        raise ValueError(f"weights file {path} is not of a model of objects, expected one that `gazesim train` wrote")
    check_tensors(path, tensors)
    state = {name: tensor.float() for name, tensor in tensors.items()}
    try:
        sizes = facts["sizes"]
        if sizes.get("knows_target") == "looks":  # in older files
            sizes["knows_target"] = "appearance"
        model = ObjectTransformer(ObjectSizes(**sizes))
        model.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise ValueError(
            f"weights file {path} is of other sizes than it says: {lines[min(1, len(lines) - 1)]}"
        ) from None
    model.top_down_weight = facts.get("top_down_weight")
    return model.requires_grad_(False).eval().to(torch_device(device))
