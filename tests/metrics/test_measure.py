import math

import pytest

from gazesim.metrics import Measure, dtw
from gazesim.metrics.measure import registry


def fact(name, direction="lower", low=0.0, high=math.inf):
    return Measure(name, dtw, direction, low, high, "about", "source")


def test_best():
    assert fact("a").best == 0
    assert math.isnan(fact("a", "higher").best)
    assert fact("a", "higher", high=1.0).best == 1


def test_names_are_unique():
    assert list(registry((fact("a"),), (fact("b"), fact("c")))) == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"^two measures are named 'a'$"):
        registry((fact("a"),), (fact("a"),))
