"""No attention: every place is as good as any other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Glance


class ChanceAttention:
    """The same priority everywhere; with a policy that samples, a random searcher."""

    def priorities(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return one map (H, W) of zeros per glance."""
        return [np.zeros(glance.picture.shape[:2]) for glance in glances]
