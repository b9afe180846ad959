import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.stimuli.placement import Grid, Ring, Scatter


def overlapping(boxes):
    x0, y0, x1, y1 = boxes.T
    wide = (x0[:, None] < x1) & (x0 < x1[:, None])
    high = (y0[:, None] < y1) & (y0 < y1[:, None])
    return (wide & high).sum() - len(boxes)


def check(placement, display, n, seed):
    places = placement.places(np.random.default_rng(seed), n)
    boxes = np.column_stack([places.corners, places.corners + placement.item])
    assert boxes.shape == (n, 4)
    assert boxes.min() >= 0
    assert boxes.max() <= display
    assert overlapping(boxes) == 0
    own = places.candidates[places.chosen]
    assert len(set(places.chosen.tolist())) == n
    assert (own[:, :2] <= boxes[:, :2]).all()
    assert (own[:, 2:] >= boxes[:, 2:]).all()
    assert overlapping(places.candidates) == 0
    return places


@given(st.integers(1, 7), st.integers(1, 7), st.integers(5, 40), st.integers(0, 20), st.data())
def test_grid(columns, rows, item, room, data):
    cell = item + room
    grid = Grid(columns, rows, cell, item, room)
    assert grid.capacity == columns * rows
    n = data.draw(st.integers(1, columns * rows))
    places = check(grid, max(columns, rows) * cell, n, data.draw(st.integers(0, 99)))
    assert len(places.candidates) == columns * rows
    assert places.candidates[:, 2].max() <= columns * cell


@given(st.integers(20, 400), st.integers(4, 60), st.data())
def test_ring(display, item, data):
    item = min(item, display)
    ring = Ring(display, item)
    n = data.draw(st.integers(1, min(ring.capacity, 60)))
    places = check(ring, display, n, data.draw(st.integers(0, 99)))
    middles = places.corners + item / 2 - display / 2
    if display > item + 4:
        assert abs(np.hypot(*middles.T) - (display - item - 1) / 2).max() <= 1


@given(st.integers(60, 300), st.integers(10, 60), st.data())
def test_scatter(display, item, data):
    scatter = Scatter(display, item)
    n = data.draw(st.integers(1, scatter.capacity))
    check(scatter, display, n, data.draw(st.integers(0, 99)))


def test_a_full_scatter_ends():
    for seed in range(5):
        check(Scatter(339, 30), 339, Scatter(339, 30).capacity, seed)


@pytest.mark.parametrize("placement", [Grid(4, 4, 84, 69, 15), Ring(339, 30), Scatter(339, 30)])
def test_the_seed_decides(placement):
    first, same, other = (placement.places(np.random.default_rng(seed), 5).corners for seed in (0, 0, 1))
    assert (first == same).all()
    assert (first != other).any()


def test_all_cells_and_shifts_are_used():
    random, grid = np.random.default_rng(0), Grid(2, 2, 10, 7, 3)
    corners = np.concatenate([grid.places(random, 1).corners for _ in range(600)])
    assert len(np.unique(corners, axis=0)) == 4 * 9


def test_ring_items_are_not_in_order():
    places = Ring(339, 30).places(np.random.default_rng(0), 12)
    angles = np.unwrap(np.arctan2(*(places.corners - places.corners.mean(axis=0)).T))
    assert abs(np.diff(angles)).max() > 2 * np.pi / 11
