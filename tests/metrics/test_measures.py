import math

import numpy as np
import pytest

from gazesim.metrics import METRICS, Measure, dtw, register_metric
from gazesim.metrics.measures import FACTS


def fact(direction="lower", **more):
    return Measure(function=dtw, kind="scanpaths", direction=direction, low=0.0, **more)


@pytest.fixture
def forget():
    """Take back what a test registers."""
    before = dict(METRICS._registered)
    yield
    METRICS._registered.clear()
    METRICS._registered.update(before)


def test_best():
    assert fact().best == 0
    assert math.isnan(fact("higher").best)
    assert fact("higher", high=1.0).best == 1


@pytest.mark.parametrize("name", METRICS)
def test_facts_agree(name):
    measure = METRICS[name]
    assert METRICS.about(name)
    assert measure.low < measure.high
    assert measure.chance is None or measure.low <= measure.chance <= measure.high
    assert (measure.kind in ("map", "next_map")) >= (measure.prepare is not None)
    assert measure.kind == "scanpaths" or not (measure.batched or measure.parts)
    assert set(measure.default_for) <= {"free_viewing", "search"}
    assert not measure.default_for or not measure.missing
    if measure.chance == 0.5:
        assert (measure.low, measure.high) == (0, 1)


def test_what_no_data_set_has_is_known():
    assert [name for name in METRICS if METRICS[name].missing] == [
        "auc_borji",
        "semantic_sequence_score",
        "semantic_fixation_edit_distance",
    ]
    assert {fact for name in METRICS for fact in METRICS[name].needs.values()} >= set(FACTS) - {"px_per_degree"} - {
        "centre_bias"
    }


@pytest.mark.usefixtures("forget")
def test_a_registered_measure_is_in_the_list():
    register_metric("mine", lambda a, b: 0.0, "scanpaths", "lower", about="nothing", low=0.0)
    assert METRICS["mine"].low == 0
    assert METRICS.about("mine") == "nothing"
    assert "mine" in list(METRICS)


@pytest.mark.usefixtures("forget")
@pytest.mark.parametrize(
    ("arguments", "facts", "words"),
    [
        (("nss", np.mean, "map", "higher"), {}, "metric 'nss' exists already, expected another name"),
        (("m", np.mean, "maps", "higher"), {}, "kind is 'maps', expected one of 'map', 'next_map'"),
        (("m", np.mean, "map", "up"), {}, "direction is 'up', expected one of 'higher', 'lower'"),
        (("m", 3, "map", "higher"), {}, "function is 3, expected something to call"),
        (("m", np.mean, "map", "higher"), {"low": 1.0, "high": 0.0}, "low is 1.0 and high 0.0, expected low < high"),
        (("m", np.mean, "map", "higher"), {"lowest": 0}, "metric 'm': "),
        (("m", np.mean, "next_map", "higher"), {"of": "density"}, "of is 'density' for kind 'next_map'"),
        (("", np.mean, "map", "higher"), {}, "name of a metric is ''"),
    ],
)
def test_a_wrong_measure_is_one_line(arguments, facts, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        register_metric(*arguments, **facts)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
