"""What a stimulus set is made from: displays by number, and what is written beside them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from gazesim.trial import Trial

SHOWN = 12  # displays on a contact sheet, where they are all of one kind


class Displays(ABC):
    """The displays of a recipe, each made when asked for.

    Attributes
    ----------
    recipe
        A dataclass, what determines them.
    sheet_columns : int, optional
        How many displays a row of the contact sheet has; else each condition has rows of its own.
    """

    recipe: Any
    sheet_columns: int | None = None

    @abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @abstractmethod
    def display(self, number: int) -> Trial:
        """Make the display of that number, from 0."""

    def columns(self, number: int) -> dict[str, object]:
        """Return further columns of the display's row in trials.csv, the same ones for all."""
        return {}

    def samples(self) -> Sequence[int]:
        """Return the numbers of the displays that the contact sheet shows."""
        return range(len(self))[:SHOWN]

    def tables(self) -> dict[str, list[list[object]]]:
        """Return further tables for the folder of the set, by the name of the file; their first row is the header."""
        return {}

    def summary(self) -> list[str]:
        """Return lines about the set."""
        return []
