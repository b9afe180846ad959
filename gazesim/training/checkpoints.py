"""Checkpoints of a training: written so that a killed run goes on, and known by what they are of."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from gazesim.files import atomic_path


def read_checkpoint(path: Path, identity: str, device: str = "cpu") -> dict[str, Any] | None:
    """Return what `write_checkpoint` wrote into `path`, None if there is nothing.

    Raises
    ------
    ValueError
        If it is damaged, or of another `identity`.
    """
    if not path.exists():
        return None
    try:
        state: Any = torch.load(path, map_location=device, weights_only=True)
        found = state["identity"]
    except Exception as error:  # torch raises whatever it meets in a damaged file
        raise ValueError(f"{path} is no checkpoint: {str(error).splitlines()[0] if str(error) else error!r}") from None
    if found != identity:
        raise ValueError(f"{path} is of another training (sizes, recipe or paths); choose another out")
    return dict(state)


def write_checkpoint(path: Path, identity: str, state: Mapping[str, Any]) -> None:
    """Write `state`, which torch can save, whole or not at all."""
    content = io.BytesIO()  # torch does not say that a disk is full
    torch.save({"identity": identity, **state}, content)
    with atomic_path(path) as partial:
        partial.write_bytes(content.getbuffer())
