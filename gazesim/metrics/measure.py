"""What is to be known of a measure beside its function, for tables and figures to read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Measure:
    """A function with its direction, range and chance level.

    Parameters
    ----------
    name : str
        What tables call it: the name of the function.
    function : callable
    direction : {"higher", "lower"}
        Which is better.
    low, high : float
        The range, infinite where there is no bound.
    about : str
        What it measures, in a line.
    source : str
        Who defined it.
    chance : float, optional
        What can be expected by chance; None where it depends on the data.
    symmetric : bool
        Whether exchanging the two things compared changes nothing.
    needs_durations : bool
        Whether it needs the durations of fixations.
    """

    name: str
    function: Callable[..., Any]
    direction: Literal["higher", "lower"]
    low: float
    high: float
    about: str
    source: str
    chance: float | None = None
    symmetric: bool = True
    needs_durations: bool = False
