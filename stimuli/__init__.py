"""Makes the displays of visual search: everything in degrees, everything seeded."""

from stimuli.display import Display
from stimuli.sets import SUMMARIES, StimulusSet, make

__all__ = ["SUMMARIES", "Display", "StimulusSet", "make"]
