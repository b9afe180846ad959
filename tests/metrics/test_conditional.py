"""Measures of the next fixation: the same as those of maps, step by step, and what cannot be scored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.information import information_gain
from gazesim.metrics.roc import auc
from gazesim.metrics.saliency import nss
from gazesim.metrics.statistics import coverage

MAPS = arrays(np.float64, (4, 4, 5), elements=st.integers(0, 9))
PATH = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=5, max_size=5)
CONDITIONAL = (cnss, cig, cauc)


@given(MAPS, PATH)
def test_each_step_is_scored_like_a_map_with_one_fixation(maps, path):
    baseline = np.arange(1.0, 21).reshape(4, 5)
    steps = list(zip(maps, path[1:], strict=True))
    np.testing.assert_array_equal(cnss(maps, path), [nss(each, [at]) for each, at in steps])
    np.testing.assert_array_equal(cnss(maps, path, ddof=1), [nss(each, [at], ddof=1) for each, at in steps])
    np.testing.assert_allclose(
        cig(maps, path, baseline), [information_gain(each, [at], baseline) for each, at in steps]
    )
    np.testing.assert_allclose(cig(maps, path), [information_gain(each, [at]) for each, at in steps])
    np.testing.assert_allclose(cauc(maps, path), [auc(each, [at], negatives="all") for each, at in steps])


@given(MAPS, PATH)
def test_a_callable_sees_the_fixations_so_far_and_scores_as_its_maps_do(maps, path):
    for measure in CONDITIONAL:
        seen = []

        def predict(history, seen=seen):
            seen.append(history.tolist())
            return maps[len(history) - 1]

        np.testing.assert_array_equal(measure(predict, path), measure(maps, path))
        assert seen == [[list(at) for at in path[:i]] for i in range(1, 5)]


@given(MAPS, PATH)
def test_bounds_and_invariance(maps, path):
    for compat in (None, "hat"):
        shares = cauc(maps, path, compat=compat)
        assert shares.min() >= 0
        assert shares.max() <= 1
        np.testing.assert_array_equal(cauc(np.exp(maps / 3), path, compat=compat), shares)
    np.testing.assert_allclose(cnss(3 * maps - 4, path), cnss(maps, path), atol=1e-9)
    np.testing.assert_allclose(cig(7 * maps, path), cig(maps, path), atol=1e-9)


def test_hat_does_not_count_equal_pixels():
    path = [[0, 0], [1, 1]]
    assert cauc([[1, 1], [2, 4]], path, compat="hat").tolist() == [0.75]
    assert cauc(np.ones((2, 2)), path, compat="hat").tolist() == [0]
    assert cauc(np.ones((2, 2)), path).tolist() == [0.5]


def test_durations_reach_the_callable_and_nothing_else():
    timed = [[0, 0, 200], [1, 1, 250]]
    seen = []
    cnss(lambda history: seen.append(history.tolist()) or [[0, 1], [2, 3]], timed)
    assert seen == [[[0, 0, 200]]]
    assert cnss([[0, 1], [2, 3]], timed).tolist() == cnss([[0, 1], [2, 3]], [[0, 0], [1, 1]]).tolist()


def test_a_callable_cannot_change_the_scanpath():
    def spoil(history):
        history[:] = 0
        return [[0, 1], [2, 3]]

    path = np.array([[0.0, 0], [1, 1], [0, 1]])
    np.testing.assert_array_equal(cauc(spoil, path), cauc([[0, 1], [2, 3]], path))


@pytest.mark.parametrize("measure", CONDITIONAL)
def test_only_the_fixation_off_the_map_is_nan(measure):
    maps = np.arange(60.0).reshape(3, 4, 5) ** 2
    scores = measure(maps, [[np.nan, 0], [1, 1], [5, 1], [np.nan, 2]])
    assert np.isnan(scores).tolist() == [False, True, True]
    assert coverage(scores) == pytest.approx(1 / 3)
    assert scores[0] == measure(maps, [[0, 0], [1, 1], [2, 2], [3, 3]])[0]


@pytest.mark.parametrize("measure", CONDITIONAL)
@pytest.mark.parametrize("path", [[], [[1, 1]], np.empty((0, 3))])
def test_one_fixation_or_none_gives_no_value(measure, path):
    assert measure(np.ones((4, 5)), path).shape == (0,)
    assert np.isnan(coverage(measure(np.ones((4, 5)), path)))


def test_maps_that_tell_nothing():
    path = [[0, 0], [1, 1], [1, 1]]
    maps = np.stack([np.zeros((4, 5)), np.ones((4, 5))])
    assert cnss(maps, path).tolist() == [0, 0]
    assert np.isnan(cig(maps, path)).tolist() == [True, False]
    hole = np.ones((4, 5))
    hole[1, 1] = 0
    assert cig(hole, path).tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cnss(np.ones((3, 4, 5)), [[0, 0], [1, 1]]), "maps has shape (3, 4, 5), expected (1, height, width)"),
        (lambda: cnss(np.ones(5), [[0, 0], [1, 1]]), "maps has shape (5,), expected (height, width)"),
        (lambda: cnss([[np.nan]], [[0, 0], [0, 0]]), "maps holds nan"),
        (lambda: cnss(lambda history: [1, 2], [[0, 0], [0, 0]]), "maps has shape (2,), expected (height, width)"),
        (lambda: cauc(np.ones((4, 5)), [0, 1]), "scanpath has shape (2,), expected (n, 2)"),
        (lambda: cauc(np.ones((4, 5)), [[0, 1]], compat="mit"), "compat is 'mit'"),
        (lambda: cig(np.ones((4, 5)), [[0, 0], [1, 1]], np.ones((5, 4))), "baseline has shape (5, 4), expected (4, 5)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
