"""A loaded set of people's answers and their times, without gaze."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from gazesim.datasets.definition import Definition


@dataclass(frozen=True, eq=False, repr=False)
class ResponseSet:
    """Answers and reaction times; checked on construction.

    Attributes
    ----------
    definition : Definition
        Licence, citation, units: what `gazesim data dataset=NAME` shows.
    root : Path
        The folder it was read from.
    responses : DataFrame
        A row a response, in the columns of `gazesim.responses.COLUMNS`.

    Raises
    ------
    ValueError
        If the counts are not those that the publication states.
    """

    definition: "Definition"
    root: Path
    responses: pd.DataFrame

    def __post_init__(self) -> None:
        counts = self.counts()
        for key, stated in self.definition.stated.items():
            if counts[key] != stated:
                raise ValueError(
                    f"{self.name} in {str(self.root)!r} has {counts[key]} {key}, its publication states {stated}: "
                    "the copy is incomplete or of another version"
                )

    @property
    def name(self) -> str:
        """What `load_responses` calls it."""
        return self.definition.name

    def counts(self) -> dict[str, int]:
        """Return how many responses, observers, conditions, wrong answers and answers without a time there are."""
        return {
            "responses": len(self.responses),
            "observers": self.responses["observer"].nunique(),
            "conditions": self.responses["condition"].nunique(),
            "errors": int((~self.responses["correct"]).sum()),
            "unanswered": int(self.responses["rt_ms"].isna().sum()),
        }

    def __repr__(self) -> str:
        return f"ResponseSet({self.name!r}, {len(self.responses)} responses)"
