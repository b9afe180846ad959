"""No attention: every place is as good as any other."""

from collections.abc import Sequence

import numpy as np

from gazesim.attention import Attention, Glance, ModelSpec, Priority


class ChanceAttention(Attention):
    """The same priority everywhere; with a policy that samples, a random searcher."""

    depends_on = "trial"

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) of zeros per glance."""
        return [Priority(np.zeros(glance.picture.shape[:2])) for glance in glances]


CHANCE = ModelSpec(lambda *_: ChanceAttention(), settings={"temperature": 1.0, "test_first": True})
