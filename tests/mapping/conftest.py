from dataclasses import replace

import numpy as np
import pytest

from gazesim.mapping.desk import Desk, DeskSettings


def _with_kinds(found, seed=0):
    """Give boxes an embedding by their kind, so that equal things look equal."""
    random = np.random.default_rng(seed)
    kinds = np.array([label.split("-")[0] for label in found.labels.tolist()])
    means = {kind: random.normal(size=8) for kind in sorted(set(kinds.tolist()))}
    looks = np.stack([means[kind] for kind in kinds.tolist()]) + random.normal(0, 0.2, (len(found), 8))
    return replace(found, embedding=looks.astype(np.float32))


@pytest.fixture(scope="session")
def with_kinds():
    """Return boxes with an embedding by their kind."""
    return _with_kinds


@pytest.fixture(scope="session")
def desk():
    """A sequence of 200 frames."""
    return Desk(DeskSettings(frames=200), 7)


@pytest.fixture(scope="session")
def found(desk):
    """Its boxes, whose embedding tells kinds but not left from right."""
    return _with_kinds(desk.boxes)
