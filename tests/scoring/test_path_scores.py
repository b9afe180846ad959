import numpy as np
import pandas as pd
import pytest

from gazesim import Scanpath
from gazesim.datasets import load_table
from gazesim.metrics import METRICS, dtw, leave_one_out_pairs, pairwise, scanmatch, tde
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.path_scores import score_paths
from gazesim.scoring.viewing import viewings


def table(paths):
    rows = [
        {"trial": trial, "observer": observer, "x": x, "y": y} for (trial, observer), xy in paths.items() for x, y in xy
    ]
    return load_table(pd.DataFrame(rows), width=100, height=80)


def values(rows, model, metric):
    return [value for name, measure, _, _, value in rows if (name, measure) == (model, metric)]


def test_ceiling_is_the_mean_over_the_others_and_never_with_oneself():
    """The dynamic time warping of single fixations is their distance: 10 between a and b, 30 and 20 to c."""
    data = table({("i", "a"): [[10, 10]], ("i", "b"): [[20, 10]], ("i", "c"): [[40, 10]], ("j", "a"): [[50, 50]]})
    viewing = viewings(data, data.trials, 0)[0]
    rows = list(score_paths(viewing, [], ["dtw"]))
    assert values(rows, "people", "dtw") == [20, 15, 25]


def test_other_images_leave_out_oneself():
    """On the other display a looks at (10, 10), b at (10, 40): a is compared with b there and b with a."""
    data = table({("i", "a"): [[10, 10]], ("i", "b"): [[20, 10]], ("j", "a"): [[10, 10]], ("j", "b"): [[10, 40]]})
    rows = list(score_paths(viewings(data, data.trials, 0)[0], [], ["dtw"]))
    assert values(rows, "other_images", "dtw") == [30, 10]


def test_models_are_compared_with_each_person(own_set, paths_for):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[2]
    path = paths_for(data)[2]
    rows = list(score_paths(viewing, [Candidate("m", paths={"i2": path})], ["scanmatch", "dtw"]))
    expected = [scanmatch(person.path, path, size=(96, 72)) for person in viewing.people]
    assert values(rows, "m", "scanmatch") == pytest.approx(expected)
    assert values(rows, "m", "dtw") == pytest.approx([dtw(person.path, path) for person in viewing.people])


def test_a_missing_scanpath_is_nan_for_everybody(own_set):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[0]
    rows = list(score_paths(viewing, [Candidate("m", paths={"i1": Scanpath(np.zeros((1, 2)))})], ["dtw"]))
    assert np.isnan(values(rows, "m", "dtw")).all()
    assert len(values(rows, "m", "dtw")) == 4


def test_measures_of_durations_score_models_that_have_them(own_set):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[0]
    xy = np.array([[48.0, 36], [20, 20], [60, 50]])
    timed = Candidate("timed", paths={"i0": Scanpath(xy, duration_ms=np.full(3, 200.0))})
    plain = Candidate("plain", paths={"i0": Scanpath(xy)})
    rows = list(score_paths(viewing, [plain, timed], ["scanmatch_durations"]))
    expected = [scanmatch(p.path, timed.paths["i0"], size=(96, 72), temporal_bin_ms=50) for p in viewing.people]
    assert values(rows, "timed", "scanmatch_durations") == pytest.approx(expected)
    assert np.isnan(values(rows, "plain", "scanmatch_durations")).all()
    assert np.isfinite(values(rows, "people", "scanmatch_durations")).all()


def test_every_measure_of_scanpaths_has_a_score(own_set, paths_for):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[0]
    model = Candidate("m", paths={"i0": paths_for(data)[0]})
    names = [name for name, measure in METRICS.items() if measure.kind == "scanpaths" and not measure.missing]
    names.remove("pointwise_distance")  # of paths as long only
    rows = list(score_paths(viewing, [model], names))
    assert {row[1] for row in rows} == set(names)
    for name in names:
        for level in ("people", "other_images"):
            assert np.isfinite(values(rows, level, name)).any(), name


def test_scanpaths_by_chance_start_where_people_start_and_are_as_long(own_set):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[3]
    paths = viewing.random_paths()
    assert [len(path) for path in paths] == [len(person.path) for person in viewing.people]
    for path, person in zip(paths, viewing.people, strict=True):
        np.testing.assert_array_equal(path.xy[0], person.path.xy[0])
        assert (path.xy >= -0.5).all()
        assert (path.xy < [95.5, 71.5]).all()
    assert all((a.xy == b.xy).all() for a, b in zip(paths, viewing.random_paths(), strict=True))
    assert [len(path) for path in viewing.random_paths(9)] == [9] * 4


def test_displays_of_another_size_are_scaled(own_set, paths_for):
    rows = [("i", "a", 10, 10), ("j", "a", 99, 79), ("j", "b", 0, 0), ("i", "b", 4, 5)]
    data = load_table(pd.DataFrame(rows, columns=["trial", "observer", "x", "y"]), width=100, height=80)
    small = data.trials[0]
    object.__setattr__(small, "width", 50)
    viewing = viewings(data, [small], 0)[0]
    np.testing.assert_allclose(viewing.partner[0].xy, [[49.5, 79]])
    assert len(viewing.elsewhere) == 1 or viewing.elsewhere.max() < 79.5


def test_people_are_compared_both_ways_where_the_measure_is_not_symmetric(own_set):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[0]
    paths = [person.path for person in viewing.people]
    pairs = pairwise(tde, paths, paths)
    got = values(list(score_paths(viewing, [], ["tde"])), "people", "tde")
    assert np.abs(pairs - pairs.T).max() > 1
    assert got == pytest.approx(leave_one_out_pairs((pairs + pairs.T) / 2))
    assert np.mean(got) == pytest.approx(leave_one_out_pairs(pairs).mean())
