import numpy as np
import pytest

from gazesim.mapping.assignment import Assignment, assign
from gazesim.mapping.desk import Desk, DeskSettings
from gazesim.mapping.gaze import gaze_table
from gazesim.mapping.times import draws, dwell_times, time_course, transitions


def certain(numbers, lasts):
    """Fixations whose objects are known, each on a box of its own."""
    n = len(numbers)
    names = ("cup", "pot", "background")
    table = np.eye(3)[numbers]
    boxes, on_box = np.arange(n)[:, None], np.tile([1.0, 0.0], (n, 1))
    gaze = gaze_table(np.arange(n), np.zeros((n, 2)), np.cumsum([0, *lasts[:-1]]), lasts)
    return gaze, Assignment(names, table, boxes, on_box, 0.1), table


def test_certain_fixations_have_certain_times():
    gaze, assignment, table = certain([0, 0, 1, 2, 0], [100, 200, 300, 50, 50])
    drawn = draws(assignment, table, np.arange(5), n=50)
    times = dwell_times(gaze, assignment, drawn).set_index("object")
    for column in ("dwell_ms", "dwell_low", "dwell_high"):
        assert times[column].tolist() == [350, 300, 50]
    assert times["fixations"].tolist() == [3, 1, 1]
    assert times["share"].sum() == pytest.approx(1)
    moves = transitions(assignment, drawn)
    assert moves[["first", "second", "count", "low", "high"]].values.tolist() == [
        ["cup", "pot", 1, 1, 1],
        ["pot", "background", 1, 1, 1],
        ["background", "cup", 1, 1, 1],
    ]


def test_a_fixation_counts_in_each_window_by_its_time():
    gaze, assignment, table = certain([0, 1], [150, 50])
    course = time_course(gaze, assignment, draws(assignment, table, np.arange(2), n=5), window_ms=100)
    shares = course.pivot(index="start_ms", columns="object", values="share")
    assert shares.loc[0, "cup"] == 1
    assert shares.loc[100, ["cup", "pot"]].tolist() == [0.5, 0.5]


def test_boxes_of_a_track_get_one_label_in_a_draw():
    n = 40
    names, table = ("cup", "pot", "background"), np.tile([0.5, 0.5, 0.0], (n, 1))
    assignment = Assignment(names, table, np.arange(n)[:, None], np.tile([1.0, 0.0], (n, 1)), 0.1)
    together = draws(assignment, table, np.zeros(n, int), n=200)
    assert (together == together[:, :1]).all()
    assert abs((together == 0).mean() - 0.5) < 0.1
    apart = draws(assignment, table, np.arange(n), n=200)
    assert (apart == 0).sum(axis=1).std() < 5


def test_the_same_seed_gives_the_same_draws():
    _, assignment, table = certain([0, 1, 2], [100] * 3)
    soft = np.full_like(table, 1 / 3)
    one, again = (draws(assignment, soft, np.arange(3), seed=3) for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_intervals_of_dwell_times_cover_the_truth():
    """Desks whose labels are known, gaze with 1.5 degrees of error: 95 % intervals hold the true dwell time."""
    inside = []
    for seed in range(25):
        desk = Desk(DeskSettings(frames=300, missed=0, gaze_error_deg=1.5), 100 + seed)
        found = desk.boxes
        gaze, truth = desk.gaze()
        names = tuple(sorted(set(found.labels.tolist())))
        table = (found.labels[:, None] == np.array(names)).astype(float)
        assignment = assign(gaze, found, table, names, px_per_degree=10, gaze_error_deg=1.5, empty="background")
        times = dwell_times(gaze, assignment, draws(assignment, table, np.arange(len(found)), n=200))
        for row in times.itertuples():
            true = gaze.duration_ms[truth == row.object].sum()
            inside.append(row.dwell_low - 1e-6 <= true <= row.dwell_high + 1e-6)
    assert np.mean(inside) > 0.88
