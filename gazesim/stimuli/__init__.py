"""Makes the displays of visual search: everything in degrees, everything seeded."""

from gazesim.stimuli.arrays import PARADIGMS, register_paradigm
from gazesim.stimuli.paradigm import Paradigm
from gazesim.stimuli.sets import StimulusSet, list_paradigms, make

__all__ = ["PARADIGMS", "Paradigm", "StimulusSet", "list_paradigms", "make", "register_paradigm"]
