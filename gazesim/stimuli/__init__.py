"""Makes the displays of visual search: everything in degrees, everything seeded."""

from gazesim.stimuli.sets import SUMMARIES, StimulusSet, make

__all__ = ["SUMMARIES", "StimulusSet", "make"]
