"""Search for any of several targets, a memory set, by attention that knows of one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from gazesim.attention import Attention, Glance, OfTrials, Priority
from gazesim.trial import Trial

OverTargets = Literal["max", "sum"]


class SeveralTargets:
    """Asks attention about each target of a trial, and combines the priorities.

    Parameters
    ----------
    over : {"max", "sum"}
        A place has the largest of its priorities for the targets, or their sum; so has the end.
    """

    def __init__(self, over: OverTargets) -> None:
        self.over = over
        self._single = OfTrials[list[Trial]]()

    def singles(self, trial: Trial, attention: Attention) -> list[Trial]:
        """Return `trial` with each of its targets alone; itself where it has one, or `attention` takes several."""
        if attention.takes_several or not trial.is_multi_target:
            return [trial]
        if trial not in self._single:
            pictures, texts = trial.targets, trial.target_texts
            alone = [{"target": picture} for picture in pictures] or [{} for _ in texts]
            named = [{"target_text": text} for text in texts] or [{} for _ in pictures]
            self._single[trial] = [trial.replace(**own, **name) for own, name in zip(alone, named, strict=True)]
        return self._single[trial]

    def attend(self, attention: Attention, glances: Sequence[Glance]) -> list[Priority]:
        """Return one answer per glance."""
        asked = [self._about_each(attention, glance) for glance in glances]
        answers = iter(attention.attend([each for own in asked for each in own]))
        return [self._combined([next(answers) for _ in own]) for own in asked]

    def overview(self, attention: Attention, glance: Glance) -> Priority:
        """Return the answer about the whole display, whenever its places are fixated."""
        return self._combined([attention.overview(each) for each in self._about_each(attention, glance)])

    def _about_each(self, attention: Attention, glance: Glance) -> list[Glance]:
        own = self.singles(glance.trial, attention)
        return [glance] if own == [glance.trial] else [replace(glance, trial=trial) for trial in own]

    def _combined(self, answers: list[Priority]) -> Priority:
        if len(answers) == 1:
            return answers[0]
        maps = np.stack([answer.map for answer in answers])
        endings = [answer.ending for answer in answers]
        if self.over == "max":
            return Priority(np.fmax.reduce(maps, axis=0), max(endings))
        total = np.where(np.isnan(maps).all(axis=0), np.nan, np.nansum(maps, axis=0))
        return Priority(total, float(sum(endings)))
