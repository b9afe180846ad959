"""Maps from the nearest point of a lattice."""

import numpy as np
import pytest

from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.lattice import OnLattice
from gazesim.trial import Trial


class Seen(Attention):
    """The distance from the fixation, counted."""

    depends_on = "fixation"

    def __init__(self):
        self.asked = []

    def attend(self, glances):
        y, x = np.mgrid[:20, :30]
        self.asked += [tuple(glance.fixation) for glance in glances]
        return [Priority(-np.hypot(x - g.fixation[0], y - g.fixation[1])) for g in glances]


TRIAL = Trial(np.zeros((20, 30, 3), np.uint8), px_per_degree=2, id="a")


def glance(x, y):
    return Glance(TRIAL, TRIAL.image, np.array([x, y], float))


def test_each_map_is_made_once_from_the_nearest_point():
    """30 x 20 px at 2 px per degree hold 3 x 2 points at a distance of 5 degrees."""
    inner = Seen()
    attention = OnLattice(inner, 5)
    for x, y in ((0, 0), (9, 9), (10, 9), (29, 19), (40, -3), (8, 1)):
        attention.attend([glance(x, y)])
    assert inner.asked == [(4.5, 4.5), (14.5, 4.5), (24.5, 14.5), (24.5, 4.5)]
    found = attention.attend([glance(1, 1)])[0].map
    np.testing.assert_array_equal(found, Seen().attend([glance(4.5, 4.5)])[0].map)
    np.testing.assert_array_equal(attention.components([glance(1, 1)])[0][0], found)


def test_maps_of_a_history_have_no_lattice():
    class Remembers(Seen):
        depends_on = "history"

    with pytest.raises(ValueError, match=r"^lattice_deg is given, but this model's maps depend on all fixations"):
        OnLattice(Remembers(), 5)
