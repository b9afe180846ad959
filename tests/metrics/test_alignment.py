"""Dynamic programmes against plain recursions over every path or edit."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.metrics import Grouping, dtw, frechet, group_saccades, multimatch, scanmatch
from gazesim.metrics.alignment import edit_distances

WORDS = st.lists(st.integers(0, 3), max_size=6)
SIZE = (80, 60)
POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6)


def restricted(a, b):
    """Optimal string alignment by recursion from the end."""

    @cache
    def cost(i, j):
        if not i or not j:
            return i + j
        options = [cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + (a[i - 1] != b[j - 1])]
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            options.append(cost(i - 2, j - 2) + 1)
        return min(options)

    return cost(len(a), len(b))


def unrestricted(a, b):
    """Damerau-Levenshtein with every transposition over what is deleted and inserted between."""

    @cache
    def cost(i, j):
        if not i or not j:
            return i + j
        options = [cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + (a[i - 1] != b[j - 1])]
        for k, m in product(range(1, i), range(1, j)):
            if a[i - 1] == b[m - 1] and a[k - 1] == b[j - 1]:
                options.append(cost(k - 1, m - 1) + (i - k - 1) + 1 + (j - m - 1))
        return min(options)

    return cost(len(a), len(b))


@given(a=WORDS, b=WORDS)
def test_edits(a, b):
    first, second = np.array(a, float)[:, None], np.array(b, float)[:, None]
    assert edit_distances(first, second, "neighbours")[-1, -1, 0] == restricted(tuple(a), tuple(b))
    assert edit_distances(first, second, "any")[-1, -1, 0] == unrestricted(tuple(a), tuple(b))


def test_transpositions_differ_where_what_was_exchanged_is_edited_again():
    first, second = np.array([2.0, 0])[:, None], np.array([0, 1.0, 2])[:, None]
    assert edit_distances(first, second, "neighbours")[-1, -1, 0] == 3
    assert edit_distances(first, second, "any")[-1, -1, 0] == 2


def walks(n, m):
    """All monotone paths from (0, 0) to (n - 1, m - 1)."""
    if (n, m) == (1, 1):
        yield [(0, 0)]
    for down, right in ((1, 0), (0, 1), (1, 1)):
        if n > down and m > right:
            yield from ([*walk, (n - 1, m - 1)] for walk in walks(n - down, m - right))


@given(a=POINTS, b=POINTS)
def test_warping(a, b):
    apart = np.hypot(*(np.array(a)[:, None] - np.array(b)).transpose(2, 0, 1))
    costs = [[apart[step] for step in walk] for walk in walks(*apart.shape)]
    assert dtw(a, b) == pytest.approx(min(map(sum, costs)))
    assert frechet(a, b) == min(map(max, costs))
    squares = [sum(cost**2 for cost in walk) for walk in costs]
    assert dtw(a, b, cost="sqrt_sum_squares") == pytest.approx(np.sqrt(min(squares)))


@given(a=POINTS, b=POINTS, gap=st.sampled_from([0, -0.5, -2, 0.5]))
def test_scanmatch(a, b, gap):
    @cache
    def best(i, j):
        if not i or not j:
            return gap * (i + j)
        near = 2 - np.hypot(a[i - 1][0] - b[j - 1][0], a[i - 1][1] - b[j - 1][1])
        return max(best(i - 1, j - 1) + near, best(i - 1, j) + gap, best(i, j - 1) + gap)

    paths = [np.array(path) * [20, 15] + [10, 7] for path in (a, b)]
    found = scanmatch(*paths, size=SIZE, bins=(4, 4), threshold=2, gap=gap)
    assert found == pytest.approx(best(len(a), len(b)) / (2 * max(len(a), len(b))))


def similarities(a, b, walk):
    """The five dimensions of MultiMatch along one path."""
    diagonal = np.hypot(*SIZE)
    (i, j), (u, v) = np.transpose(walk), (np.diff(path[:, :2], axis=0) for path in (a, b))
    u, v, angle = u[i], v[j], np.arctan2(*u[i].T[::-1]) - np.arctan2(*v[j].T[::-1])
    differences = [
        np.hypot(*(u - v).T) / (2 * diagonal),
        np.abs((angle + np.pi) % (2 * np.pi) - np.pi) / np.pi,
        np.abs(np.hypot(*u.T) - np.hypot(*v.T)) / diagonal,
        np.hypot(*(a[i, :2] - b[j, :2]).T) / diagonal,
        np.abs(a[i, 2] - b[j, 2]) / np.maximum(a[i, 2], b[j, 2]),
    ]
    return 1 - np.median(differences, axis=1)


@given(a=POINTS, b=POINTS)
def test_multimatch_is_that_of_one_of_the_cheapest_paths(a, b):
    paths = [np.column_stack([np.array(path) * 20.0, 100 + np.arange(len(path))]) for path in (a, b)]
    u, v = (np.diff(path[:, :2], axis=0) for path in paths)
    apart = np.hypot(*(u[:, None] - v).transpose(2, 0, 1))
    totals = {tuple(walk): sum(apart[step] for step in walk[1:]) for walk in walks(*apart.shape)}
    cheapest = [walk for walk, total in totals.items() if total <= min(totals.values()) + 1e-9]
    found = multimatch(*paths, size=SIZE)
    assert any(np.allclose(found, similarities(*paths, walk)) for walk in cheapest)


def test_direction_of_a_zero_saccade_is_to_the_right():
    a, b = [[10, 10, 90], [10, 10, 90], [50, 10, 90]], [[10, 10, 90], [10, 10, 90], [10, 50, 90]]
    up = [[10, 50, 90], [10, 10, 90], [10, 10, 90]]
    assert multimatch(a, b, size=SIZE)[1] == pytest.approx(0.75)  # the median of 0 and a right angle
    assert multimatch(a, up, size=SIZE)[1] == pytest.approx(0.75)
    zero, negative = np.zeros((3, 2)), np.array([[0.0, 0.0], [-0.0, 0.0], [0.0, 0.0]])
    assert multimatch(zero, negative, size=SIZE)[1] == 1


def test_filling_up_short_scanpaths_makes_them_three_fixations():
    a, b = np.array([[20.0, 30, 200], [60, 10, 150]]), np.array([[50.0, 30, 90], [10, 20, 80], [40, 40, 70]])
    filled = np.vstack([a, [[1, 1, 1]]])
    assert np.isnan(multimatch(a, b, size=SIZE)).all()
    np.testing.assert_array_equal(multimatch(a, b, size=SIZE, compat="irl"), multimatch(filled, b, size=SIZE))
    one = np.vstack([a[:1], [[1, 1, 1]] * 2])
    np.testing.assert_array_equal(multimatch(a[:1], b, size=SIZE, compat="irl"), multimatch(one, b, size=SIZE))
    assert np.isnan(multimatch(a[:0], b, size=SIZE, compat="irl")).all()


def grouped(path, **thresholds):
    path = np.array(path, float)
    saccades = np.column_stack([np.diff(path[:, :2], axis=0), path[:-1]])
    return group_saccades(saccades, path[-1, 2], Grouping(**thresholds))


def test_collinear_saccades_with_short_fixations_between_become_one():
    line = [[0, 0, 300], [100, 0, 50], [200, 0, 50], [300, 0, 50], [400, 0, 300]]
    found = grouped(line, direction_deg=10, amplitude_px=1, duration_ms=100)
    assert found.tolist() == [[400, 0, 0, 0, 300]]
    kept = grouped(line, direction_deg=10, amplitude_px=1, duration_ms=50)
    assert kept[:, 0].tolist() == [100] * 4


def test_a_single_small_saccade_stays():
    found = grouped([[0, 0, 50], [1, 0, 50], [2, 0, 50]], direction_deg=10, amplitude_px=30, duration_ms=100)
    assert found.tolist() == [[2, 0, 0, 0, 50]]


def test_a_saccade_of_length_zero_has_no_angle():
    path = [[0, 0, 50], [100, 0, 50], [100, 0, 50], [200, 0, 50]]
    found = grouped(path, direction_deg=180, amplitude_px=1e-3, duration_ms=10)
    assert len(found) == 3


def test_grouping_by_direction_keeps_the_ends():
    random = np.random.default_rng(0)
    for _ in range(50):
        path = np.column_stack([random.uniform(0, 100, (12, 2)), random.uniform(20, 400, 12)])
        found = grouped(path, direction_deg=60, amplitude_px=1e-6, duration_ms=300)
        assert len(found) <= 11
        assert found[0, 2:4].tolist() == path[0, :2].tolist()
        np.testing.assert_allclose(found[-1, :2] + found[-1, 2:4], path[-1, :2])
        np.testing.assert_allclose(found[:-1, :2] + found[:-1, 2:4], found[1:, 2:4])
