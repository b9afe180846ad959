"""Scanpaths in the forms of other programs, and back."""

from gazesim.convert.bids import write_bids
from gazesim.convert.frames import from_frame, to_frame
from gazesim.convert.pymovements import from_pymovements, to_pymovements
from gazesim.convert.pysaliency import FixationTrains, from_pysaliency, to_pysaliency

__all__ = [
    "FixationTrains",
    "from_frame",
    "from_pymovements",
    "from_pysaliency",
    "to_frame",
    "to_pymovements",
    "to_pysaliency",
    "write_bids",
]
