"""Recurrence measures against a count of lines as the papers define them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.metrics import cross_recurrence, recurrence

POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=8)


def on_runs(line):
    """How many ones of a line lie in runs of at least two."""
    runs = "".join("1" if one else "0" for one in line).split("0")
    return sum(len(run) for run in runs if len(run) > 1)


def plain(ones, possible):
    n, total = len(ones), ones.sum()
    if not total:
        return [0, np.nan, np.nan, np.nan]
    diagonal = sum(on_runs(np.diagonal(ones, k)) for k in range(1 - n, n))
    across = sum(on_runs(row) for row in ones) + sum(on_runs(column) for column in ones.T)
    i, j = np.nonzero(ones)
    mass = 100 * (j - i).sum() / ((n - 1) * total)
    return [100 * total / possible, 100 * diagonal / total, 100 * across / (2 * total), mass]


@given(a=POINTS, b=POINTS)
def test_of_two_scanpaths(a, b):
    n = min(len(a), len(b))
    near = np.hypot(*(np.array(a[:n])[:, None] - np.array(b[:n])).transpose(2, 0, 1)) <= 1
    assert cross_recurrence(a, b, radius_px=1) == pytest.approx(plain(near, n * n), nan_ok=True)


@given(a=POINTS)
def test_of_one_scanpath(a):
    near = np.hypot(*(np.array(a)[:, None] - np.array(a)).transpose(2, 0, 1)) <= 1
    possible = len(a) * (len(a) - 1) / 2
    assert recurrence(a, radius_px=1) == pytest.approx(plain(np.triu(near, 1), possible), nan_ok=True)


def test_one_fixation():
    np.testing.assert_array_equal(cross_recurrence([[1, 1]], [[1, 1]], radius_px=1), [100, 0, 0, np.nan])
    np.testing.assert_array_equal(cross_recurrence([[1, 1]], [[9, 1]], radius_px=1), [0, np.nan, np.nan, np.nan])
    assert np.isnan(recurrence([[1, 1]], radius_px=1)).all()


def test_roles():
    a, b = [[0, 0], [50, 0], [90, 0]], [[90, 0], [300, 0], [600, 0]]
    assert cross_recurrence(a, b, radius_px=5)[3] == -100
    assert cross_recurrence(b, a, radius_px=5)[3] == 100
