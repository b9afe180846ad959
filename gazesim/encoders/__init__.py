"""Encoders: image and fixation -> feature maps, sharp at the fixation and pooled more with eccentricity."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gazesim.encoders.pyramid import foveate

__all__ = ["foveate"]


def __getattr__(name: str) -> Any:  # what needs torch is imported on first use
    if name == "foveate":
        from gazesim.encoders.pyramid import foveate

        return foveate
    raise AttributeError(f"module 'gazesim.encoders' has no attribute {name!r}")
