import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gazesim.proposals.boxes import OVERLAP, distinct, within


def test_boxes_are_cut_at_the_border_and_those_without_a_px_are_told():
    boxes = np.array([[-3.2, 1.4, 5.6, 9.9], [2, 2, 2.3, 8], [20, 2, 30, 8], [4, 4, 9, 5]], float)
    found, covers = within(boxes, 10, 8)
    assert found[covers].tolist() == [[0, 1, 6, 8], [4, 4, 9, 5]]
    assert covers.tolist() == [True, False, False, True]


def test_the_stronger_of_two_that_are_nearly_the_same_is_kept():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 5], [20, 0, 30, 10]], float)
    assert distinct(boxes, np.array([0.1, 0.5, 0.2, 0.9])).tolist() == [boxes[3].tolist(), boxes[1].tolist()]
    assert distinct(boxes, np.array([0.5, 0.1, 0.2, 0.9])).tolist() == boxes[[3, 0, 2]].tolist()  # a half is not more
    assert distinct(np.empty((0, 4)), np.empty(0)).shape == (0, 4)


def test_of_ties_the_first_is_kept():
    boxes = np.array([[k, 0, k + 40, 40] for k in range(10)], float)
    assert distinct(boxes, np.ones(10)).tolist() == [boxes[0].tolist()]


def overlap(a, b):
    inner = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return inner / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - inner)


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_no_two_that_are_kept_are_nearly_the_same_and_each_other_is_one_that_is(seed, n):
    random = np.random.default_rng(seed)
    corners = random.integers(0, 12, (n, 2)).astype(float)
    boxes, strengths = np.hstack([corners, corners + random.integers(1, 12, (n, 2))]), random.permutation(n)
    kept = distinct(boxes, strengths)
    assert all(overlap(a, b) <= OVERLAP for i, a in enumerate(kept) for b in kept[:i])
    for box in boxes:
        assert any((box == other).all() or overlap(box, other) > OVERLAP for other in kept)
