"""Attention seen from the nearest point of a lattice, so that its maps can be kept."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance, Of, OfTrials, Priority
from gazesim.checks import check_degrees
from gazesim.trial import Trial


class OnLattice(Attention):
    """An attention whose maps are those from the nearest of a few fixations; each is made once and kept.

    Parameters
    ----------
    attention : Attention
        Its map depends on the fixation (`depends_on`), not on those before it.
    lattice_deg : float
        Distance of the points; as many as fit the display, at equal distances from each other.

    Raises
    ------
    ValueError
        If its map depends on all fixations so far.
    """

    def __init__(self, attention: Attention, lattice_deg: float) -> None:
        check_degrees("lattice_deg", lattice_deg)
        if attention.depends_on == "history":
            raise ValueError(
                "lattice_deg is given, but this model's maps depend on all fixations so far, expected null"
            )
        self.attention, self.lattice_deg = attention, lattice_deg
        self.needs, self.depends_on = attention.needs, attention.depends_on
        self.weights_setting, self.n_components = attention.weights_setting, attention.n_components
        self._kept = OfTrials[dict[tuple[int, int], Priority]]()
        self._parts = OfTrials[dict[tuple[int, int], NDArray[np.float64]]]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError as the attention itself."""
        self.attention.check(trial)

    def point(self, trial: Trial, fixation: NDArray[np.float64]) -> tuple[tuple[int, int], NDArray[np.float64]]:
        """Return the column and row of the point nearest to `fixation` (2,), and its position, px."""
        size = np.array([trial.width, trial.height], np.float64)
        counts = np.maximum(1, np.round(size / (self.lattice_deg * trial.px_per_degree)))
        step = size / counts
        cell = np.clip(np.floor((fixation + 0.5) / step), 0, counts - 1)
        return (int(cell[0]), int(cell[1])), (cell + 0.5) * step - 0.5

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return the answer of the attention at the nearest point for each glance at an unchanged picture."""
        return [self._answer(glance) for glance in glances]

    def components(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return those of the attention at the nearest point for each glance."""
        return [
            self._once(self._parts, glance, lambda moved: self.attention.components([moved])[0]) for glance in glances
        ]

    def _answer(self, glance: Glance) -> Priority:
        return self._once(self._kept, glance, lambda moved: self.attention.attend([moved])[0])

    def _once(self, kept: OfTrials[dict[tuple[int, int], Of]], glance: Glance, make: Callable[[Glance], Of]) -> Of:
        """Return what `make` makes of the glance at the nearest point, kept unless the picture is changed."""
        number, place = self.point(glance.trial, glance.fixation)
        moved = Glance(glance.trial, glance.picture, place)
        if glance.picture is not glance.trial.image:
            return make(moved)
        own = kept.setdefault(glance.trial, {})
        if number not in own:
            own[number] = make(moved)
        return own[number]
