import numpy as np
import pytest

from gazesim.attention.objects.layout import Layout
from gazesim.trial import Trial

GRID = [[x, y, x + 10, y + 20] for y in (0, 20) for x in (0, 10, 20)]


def test_places_of_a_grid_are_columns_and_rows():
    assert Layout(GRID, 4).places().tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]


def test_objects_need_not_stand_on_a_grid():
    # 2.5 x 1.25 objects would fit where the two are: the unit is an object's side times sqrt(2.5 * 1.25 / 2)
    layout = Layout([[5, 5, 15, 25], [20, 10, 30, 30]], 0)
    np.testing.assert_allclose(layout.places(), [[0, 0], [1.2, 0.2]])


def test_places_of_many_scattered_objects_stay_few():
    corners = np.random.default_rng(0).uniform(0, 1000, (2000, 2))
    places = Layout(np.hstack([corners, corners + 4]), 0).places()
    assert 43 < places.max() < 46  # sqrt(2000) is 44.7


def test_a_fixation_belongs_to_the_box_that_holds_it_else_to_the_nearest():
    layout = Layout([[0, 0, 10, 10], [20, 0, 60, 10]], 0)
    xy = [[9, 9], [14, 5], [20, 0], [59, 9], [22, 5], [16, 5], [-50, 3]]
    assert layout.objects_at(np.array(xy, float)).tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_an_initial_fixation_on_no_object_is_left_out():
    layout = Layout([[0, 0, 10, 10], [20, 0, 60, 10]], 0)
    assert layout.path(np.array([[14.0, 5], [16, 5], [29, 9]])).tolist() == [0, 1]
    assert layout.path(np.array([[5.0, 5], [16, 5]])).tolist() == [0, 0]
    assert layout.path(np.array([[14.0, 5]])).tolist() == []


def test_where_boxes_overlap_the_nearer_centre_counts():
    layout = Layout([[0, 0, 100, 100], [60, 60, 80, 80]], 0)
    assert layout.objects_at(np.array([[70.0, 70], [61, 61], [50, 50], [85, 85]])).tolist() == [1, 1, 0, 0]


def test_the_target_is_the_object_that_holds_the_middle_of_its_box():
    assert Layout.around(GRID, [11, 21, 19, 39]).target == 4
    trial = Trial(np.zeros((40, 30, 3), np.uint8), None, target_box=[20, 0, 30, 20], objects=GRID, px_per_degree=5)
    assert Layout.of(trial).target == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Layout(np.empty((0, 4)), 0), "boxes is empty, expected at least one object"),
        (
            lambda: Layout([[0, 0, 1, 1], [3, 3, 3, 9]], 0, "a"),
            r"boxes of 'a' row 1 is \[3.0, 3.0, 3.0, 9.0\]",
        ),
        (lambda: Layout([[0, 0, 1, 1]] * 2, 0), r"boxes holds \[0.0, 0.0, 1.0, 1.0\] more than once"),
        (lambda: Layout([[0, 0, 1, np.nan]], 0), "boxes holds nan"),
        (lambda: Layout(GRID, 6), "target is 6, expected the number of an object, 0 to 5"),
        (lambda: Layout(GRID, -1), "target is -1"),
        (lambda: Layout(GRID, True), "target is True"),
        (lambda: Layout.around(GRID, [90, 90, 99, 99], "b"), "target_box of 'b' is .*, not on any of the 6 objects"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_trials_need_objects_and_a_target_box(noise):
    with pytest.raises(ValueError, match="trial 'a' has no objects"):
        Layout.of(Trial(noise(20, 20), None, target_box=[0, 0, 5, 5], px_per_degree=5, id="a"))
    with pytest.raises(ValueError, match="trial 'a' has no target_box"):
        Layout.of(Trial(noise(20, 20), noise(5, 5), objects=[[0, 0, 5, 5]], px_per_degree=5, id="a"))
