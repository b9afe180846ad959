"""What all measures of two scanpaths have in common: properties, batches, and input that cannot be scored."""

import json
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazesim import Scanpath
from gazesim.metrics import METRICS, batch, each, multimatch, paired, pairwise, recurrence, scanmatch, sequence_score

MEASURES = {
    name: measure
    for name, measure in METRICS.items()
    if measure.kind == "scanpaths" and name not in ("scanmatch_durations", "sequence_score_durations")
}
SIZE = (400, 300)
CENTRES = [[50, 50], [200, 150], [350, 60], [120, 260]]
LABELS = np.arange(12).reshape(3, 4).repeat(100, axis=0).repeat(100, axis=1)
SETTINGS = {
    "multimatch": {"size": SIZE},
    "scanmatch": {"size": SIZE},
    "string_edit_distance": {"size": SIZE},
    "string_edit_similarity": {"size": SIZE},
    "tde": {"k": 2},
    "sbtde": {"size": SIZE, "k": 2},
    "stde": {"size": SIZE},
    "stde_distance": {"size": SIZE},
    "sequence_score": {"centres": CENTRES},
    "fixation_edit_distance": {"centres": CENTRES},
    "semantic_sequence_score": {"labels": LABELS},
    "semantic_fixation_edit_distance": {"labels": LABELS},
    "mannan": {"size": SIZE},
    "cross_recurrence": {"radius_px": 40},
}
CALLS = {
    name: partial(MEASURES[name].function, **SETTINGS.get(name, {}))
    for name in (
        "multimatch",
        "scanmatch",
        "string_edit_distance",
        "string_edit_similarity",
        "tde",
        "sbtde",
        "stde",
        "stde_distance",
        "sequence_score",
        "fixation_edit_distance",
        "semantic_sequence_score",
        "semantic_fixation_edit_distance",
        "dtw",
        "frechet",
        "hausdorff",
        "hausdorff_directed",
        "eyeanalysis",
        "mannan",
        "pointwise_distance",
        "cross_recurrence",
        "amplitude_distance",
        "direction_distance",
    )
}
CALLS |= {
    "multimatch, irl": partial(multimatch, size=SIZE, compat="irl"),
    "scanmatch, times": partial(scanmatch, size=SIZE, temporal_bin_ms=50),
    "scanmatch, gap": partial(scanmatch, size=SIZE, gap=-1, binning="zero_based"),
    "scanmatch, port": partial(scanmatch, size=SIZE, gap=-1, compat="python_port"),
    "sequence_score, times": partial(sequence_score, centres=CENTRES, duration_bin_ms=50, gap=-0.5),
    "osa": partial(MEASURES["string_edit_distance"].function, size=SIZE, edits="osa"),
    "damerau": partial(MEASURES["string_edit_distance"].function, size=SIZE, edits="damerau"),
    "tde, hausdorff": partial(MEASURES["tde"].function, k=1, aggregate="hausdorff", window="l1"),
    "dtw, squares": partial(MEASURES["dtw"].function, cost="sqrt_sum_squares"),
}  # fmt: skip
PORT = "scanmatch, port"  # with a gap it scores a scanpath with itself below 1


def fact(name):
    return MEASURES[
        name.split(",")[0].replace("osa", "string_edit_distance").replace("damerau", "string_edit_distance")
    ]


@st.composite
def scanpaths(draw, least=3, most=9):
    """Whole px inside the image, so that shifts are exact and ties are frequent."""
    n = draw(st.integers(least, most))
    columns = [st.integers(0, 39).map(lambda x: 10 * x), st.integers(0, 29).map(lambda y: 10 * y), st.integers(60, 600)]
    return np.array([[draw(column) for column in columns] for _ in range(n)], float)


def many(n, seed=0, least=1, most=12):
    random = np.random.default_rng(seed)
    high = [*SIZE, 700]
    return [random.uniform([0, 0, 30], high, (random.integers(least, most + 1), 3)) for _ in range(n)]


@pytest.mark.parametrize("name", [name for name in CALLS if name != PORT])
@settings(max_examples=25, deadline=None)
@given(path=scanpaths())
def test_a_scanpath_is_most_alike_itself(name, path):
    found = np.atleast_1d(CALLS[name](path, path))
    if name == "cross_recurrence":
        assert found[0] >= 100 / len(path) - 1e-9
        assert found[1] == pytest.approx(100) or found[0] > 100 / len(path)
    elif name == "direction_distance" and not np.diff(path[:, :2], axis=0).any():
        assert np.isnan(found).all()
    else:
        assert found == pytest.approx(np.full(len(found), fact(name).best), abs=1e-12)


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=25, deadline=None)
@given(a=scanpaths(), b=scanpaths())
def test_values_lie_in_the_range(name, a, b):
    found = np.atleast_1d(CALLS[name](a, b))
    known = found[~np.isnan(found)]
    assert (known >= fact(name).low - 1e-12).all()
    assert (known <= fact(name).high + 1e-12).all()
    if name == "multimatch":
        assert (known >= 0).all()  # all fixations are inside the image


@pytest.mark.parametrize("name", [name for name in CALLS if fact(name).symmetric and not name.startswith("multimatch")])
@settings(max_examples=25, deadline=None)
@given(a=scanpaths(), b=scanpaths())
def test_arguments_of_symmetric_measures_can_be_exchanged(name, a, b):
    assert CALLS[name](a, b) == pytest.approx(CALLS[name](b, a), rel=1e-12, abs=1e-12, nan_ok=True)


def test_arguments_of_multimatch_can_be_exchanged_where_no_paths_are_equally_cheap():
    a, b = many(50, seed=1, least=3), many(50, seed=2, least=3)
    np.testing.assert_allclose(paired(multimatch, a, b, size=SIZE), paired(multimatch, b, a, size=SIZE), rtol=1e-12)


def test_asymmetric_measures_are_not_symmetric():
    a, b = many(2, seed=3, least=6)
    for name in CALLS:
        if not fact(name).symmetric:
            assert not np.allclose(CALLS[name](a, b), CALLS[name](b, a))


SHIFTABLE = ("multimatch", "tde", "stde", "stde_distance", "dtw", "frechet", "hausdorff", "hausdorff_directed",
             "eyeanalysis", "mannan", "pointwise_distance", "cross_recurrence", "amplitude_distance",
             "direction_distance")  # fmt: skip


@pytest.mark.parametrize("name", SHIFTABLE)
@settings(max_examples=25, deadline=None)
@given(a=scanpaths(), b=scanpaths(), shift=st.tuples(st.integers(-90, 90), st.integers(-90, 90)))
def test_a_joint_shift_changes_nothing(name, a, b, shift):
    moved = [path + np.array([*shift, 0]) for path in (a, b)]
    assert CALLS[name](*moved) == pytest.approx(CALLS[name](a, b), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=25, deadline=None)
@given(a=scanpaths(), b=scanpaths())
def test_units_do_not_matter(name, a, b):
    """Twice as many px, with all settings in px doubled, give the same score, or twice the distance in px."""
    if "scanmatch" in name or name in ("string_edit_distance", "osa", "damerau", "string_edit_similarity", "sbtde"):
        return  # rounded to px; tested with whole cells below
    doubled = dict(CALLS[name].keywords)
    for key in ("size", "radius_px", "centres"):
        if key in doubled:
            doubled[key] = tuple(np.multiply(doubled[key], 2)) if key == "size" else np.multiply(doubled[key], 2)
    if "labels" in doubled:
        doubled["labels"] = LABELS.repeat(2, axis=0).repeat(2, axis=1)
    if name == "multimatch, irl":
        return
    if "radius_px" in doubled:
        doubled["radius_px"] = float(doubled["radius_px"])
    found = CALLS[name].func(a * [2, 2, 1], b * [2, 2, 1], **doubled)
    in_px = name.split(",")[0] in ("tde", "dtw", "frechet", "hausdorff", "hausdorff_directed", "eyeanalysis",
                                   "pointwise_distance", "amplitude_distance")  # fmt: skip
    assert found == pytest.approx(CALLS[name](a, b) * (2 if in_px else 1), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", CALLS)
def test_a_batch_gives_the_bytes_of_single_pairs_whatever_the_chunks_and_threads(name, monkeypatch):
    a, b = many(12, seed=4), many(9, seed=5)
    a[3], b[2] = a[3][:0], b[2] * [np.nan, 1, 1]
    if name == "pointwise_distance":
        b[1] = b[1][:5].repeat(3, axis=0)[: len(a[0])]
    single = np.array([[CALLS[name](one, other) for other in b] for one in a])
    assert np.isnan(single[3]).all()
    assert np.isnan(single[:, 2]).all()
    assert np.isfinite(single).any()
    for cells, threads in ((1 << 18, 1), (1 << 18, 4), (200, 1), (200, 4), (1, 3)):
        monkeypatch.setattr(batch, "CELLS", cells)
        np.testing.assert_array_equal(pairwise(CALLS[name], a, b, threads=threads), single)
        np.testing.assert_array_equal(paired(CALLS[name], a[:9], b, threads=threads), single[range(9), range(9)])


def test_within_one_list_a_path_is_not_compared_with_itself():
    paths = many(5, least=3)
    table = pairwise(multimatch, paths, size=SIZE)
    assert table.shape == (5, 5, 5)
    other = ~np.eye(5, dtype=bool)
    assert np.isnan(table[~other]).all()
    np.testing.assert_array_equal(table[other], pairwise(multimatch, paths, paths, size=SIZE)[other])


def test_a_function_of_measures_is_a_measure():
    paths = many(4, least=3)
    table = pairwise(lambda a, b: multimatch(a, b, size=SIZE)[..., :4].mean(axis=-1), paths)
    np.testing.assert_array_equal(table, pairwise(multimatch, paths, size=SIZE)[..., :4].mean(axis=-1))


def test_no_pairs():
    assert pairwise(scanmatch, [], [], size=SIZE).shape == (0, 0)
    assert pairwise(multimatch, many(2), [], size=SIZE).shape == (2, 0, 5)
    assert paired(scanmatch, [], [], size=SIZE).shape == (0,)


def test_a_scanpath_object_is_its_array():
    a, b = many(2, least=4)
    paths = [Scanpath(path[:, :2], duration_ms=path[:, 2]) for path in (a, b)]
    np.testing.assert_array_equal(multimatch(*paths, size=SIZE), multimatch(a, b, size=SIZE))
    untimed = multimatch(Scanpath(a[:, :2]), paths[1], size=SIZE)
    np.testing.assert_array_equal(untimed[:4], multimatch(a, b, size=SIZE)[:4])
    assert np.isnan(untimed[4])


def test_each_scores_the_paths_of_a_list():
    paths = many(6)
    single = [recurrence(path, radius_px=60) for path in paths]
    np.testing.assert_array_equal(each(recurrence, paths, radius_px=60), single)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "path",
    [
        np.empty((0, 3)),
        [],
        [[10, 10, 90], [np.nan, 20, 90], [30, 30, 90], [90, 10, 90]],
        [[10, 10, 90], [None, 20, 90], [30, 30, 90], [90, 10, 90]],
        [[10, 10, 90], [10, np.inf, 90], [30, 30, 90], [90, 10, 90]],
    ],
    ids=["empty", "list", "NaN", "None", "infinite"],
)
def test_what_cannot_be_scored_is_nan(name, path):
    (other,) = many(1, least=5)
    for pair in ((path, other), (other, path), (path, path)):
        assert np.isnan(CALLS[name](*pair)).all()


@pytest.mark.parametrize(
    ("name", "fixations", "known"),
    [
        *((name, 1, True) for name in CALLS),
        ("multimatch", 1, False),
        ("multimatch", 2, False),
        ("tde", 1, False),
        ("tde", 2, True),
        ("sbtde", 1, False),
        ("amplitude_distance", 1, False),
        ("amplitude_distance", 2, True),
        ("direction_distance", 1, False),
        ("direction_distance", 2, True),
    ],
)
def test_short_scanpaths(name, fixations, known):
    if fixations == 1 and known and name in ("multimatch", "tde", "sbtde", "amplitude_distance", "direction_distance"):
        return
    (a,) = many(1, seed=6, least=5)
    for pair in ((a[:fixations], a), (a, a[:fixations])):
        if name != "pointwise_distance":
            assert np.isfinite(np.atleast_1d(CALLS[name](*pair))[:1]).all() == known


TIMED = ("scanmatch, times", "sequence_score, times")


@pytest.mark.parametrize("name", CALLS)
def test_unknown_durations(name):
    a, b = many(2, seed=7, least=5)
    partly = a.copy()
    partly[1, 2] = np.nan
    timed, found = np.atleast_1d(CALLS[name](a, b)), np.atleast_1d(CALLS[name](partly, b))
    if name in TIMED:
        assert np.isnan(found).all()
        with pytest.raises(ValueError, match=r"^b has no durations, expected \(n, 3\)"):
            CALLS[name](a, b[:, :2])
        with pytest.raises(ValueError, match=r"^a\[1\] has no durations"):
            pairwise(CALLS[name], [a, b[:, :2]], [b])
    else:
        untimed = np.atleast_1d(CALLS[name](a[:, :2], b[:, :2]))
        of_time = 4 if name.startswith("multimatch") else len(timed)
        np.testing.assert_array_equal(found[:of_time], timed[:of_time])
        np.testing.assert_array_equal(untimed[:of_time], timed[:of_time])
        assert np.isnan(found[of_time:]).all()
        assert np.isnan(untimed[of_time:]).all()


CELLS_OF_THE_IMAGE = ("scanmatch", "scanmatch, times", "scanmatch, gap", "scanmatch, port", "string_edit_distance",
                      "string_edit_similarity", "osa", "damerau", "sbtde")  # fmt: skip


@pytest.mark.parametrize("name", CELLS_OF_THE_IMAGE)
def test_scanpaths_off_the_screen(name):
    a, b = many(2, seed=8, least=5)
    assert np.isnan(CALLS[name](a - [900, 900, 0], b))
    assert np.isfinite(CALLS[name](a - [900, 900, 0], b, clip_all=True))
    one_off = a.copy()
    one_off[2, :2] = [-700, 950]
    at_edge = a.copy()
    at_edge[2, :2] = [0, 299.4]
    assert CALLS[name](one_off, b) == CALLS[name](at_edge, b)


@pytest.mark.parametrize("name", ["semantic_sequence_score", "semantic_fixation_edit_distance"])
def test_a_fixation_without_a_label(name):
    (a,) = many(1, seed=8, least=5)
    for x, y, known in ((399.4, 299.4, True), (399.5, 10, False), (-0.6, 10, False), (10, -3, False), (10, 300, False)):
        a[1, :2] = x, y
        assert np.isfinite(CALLS[name](a, a)) == known


@pytest.mark.parametrize("name", CALLS)
def test_awkward_inputs(data, name):
    cases = json.loads((data / "metric_vectors" / "degenerate_inputs.json").read_text())
    unscorable = {
        "one_vs_one_same": ("multimatch", "tde", "sbtde", "amplitude_distance", "direction_distance"),
        "two_vs_five": ("multimatch", "pointwise_distance"),
        "nan_x": tuple(CALLS),
        "negative_coords": (*CELLS_OF_THE_IMAGE, "semantic_sequence_score", "semantic_fixation_edit_distance"),
        "zero_durations": TIMED,
        "exactly_on_far_edge": ("pointwise_distance",),
    }
    for case, paths in cases.items():
        found = np.atleast_1d(CALLS[name](paths["a_xyt"], paths["b_xyt"]))
        assert np.isnan(found[:1]).all() == (name in unscorable.get(case, ())), case
        if case == "zero_durations" and name.startswith("multimatch"):
            assert np.isnan(found).tolist() == [False] * 4 + [True]
        if case == "five_identical" and name not in (PORT, "cross_recurrence"):
            assert found == pytest.approx(np.full(len(found), fact(name).best))


@pytest.mark.parametrize(
    ("a", "words"),
    [
        ([[1, 2, 3, 4]], "a has shape (1, 4), expected (n, 2) or (n, 3)"),
        ([1, 2, 3], "a has shape (3,), expected (n, 2) or (n, 3)"),
        ([["x", "y"]], "a has dtype <U1, expected numbers"),
        ([[1, 2], [3]], "a is not an array of numbers (n, 2) or (n, 3)"),
        ([[1, 2, -5]], "a holds a negative duration, expected none"),
        ([[1e200, 2]], "a holds a number beyond 1e+09, expected px and ms"),
        ([[True, False]], "a has dtype bool, expected numbers"),
        ([[1j, 2]], "a has dtype complex128, expected numbers"),
        ([[object(), 2]], "a holds something that is not a number"),
    ],
)
def test_wrong_scanpaths_are_one_line(a, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        MEASURES["dtw"].function(a, [[1, 2]])
    assert str(error.value) == words
    with pytest.raises(ValueError) as error:  # noqa: PT011
        pairwise(MEASURES["dtw"].function, [[[1, 2]]], [[[1, 2]], a])
    assert str(error.value) == words.replace("a ", "b[1] ", 1)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("multimatch", {"size": (400, 0)}, "size[1] is 0, expected a finite number above 0"),
        ("multimatch", {"size": 400}, "size has shape (), expected (2)"),
        ("multimatch", {"compat": "mit"}, "compat is 'mit', expected one of None, 'irl'"),
        ("scanmatch", {"bins": (12, 0)}, "bins[1] is 0, expected a whole number of at least 1"),
        ("scanmatch", {"threshold": 0}, "threshold is 0, expected a finite number above 0"),
        ("scanmatch", {"gap": np.nan}, "gap is nan, expected a finite number"),
        ("scanmatch", {"temporal_bin_ms": -50}, "temporal_bin_ms is -50, expected a finite number of at least 0"),
        ("scanmatch", {"binning": "matlab"}, "binning is 'matlab', expected one of 'toolbox', 'zero_based'"),
        ("string_edit_distance", {"grid": 301}, "grid is 301, expected at most the 300 px of the image"),
        ("string_edit_distance", {"edits": "hamming"}, "edits is 'hamming', expected one of 'levenshtein'"),
        ("tde", {"k": 0}, "k is 0, expected a whole number of at least 1"),
        ("tde", {"window": "l3"}, "window is 'l3', expected one of 'l2', 'l1'"),
        ("sbtde", {"aggregate": "max"}, "aggregate is 'max', expected one of 'mean', 'hausdorff'"),
        ("sequence_score", {"centres": np.empty((0, 2))}, "centres is empty"),
        ("sequence_score", {"duration_bin_ms": -1}, "duration_bin_ms is -1"),
        ("semantic_sequence_score", {"labels": [[0.5]]}, "labels is float64 (1, 1), expected whole numbers"),
        ("dtw", {"cost": "max"}, "cost is 'max', expected one of 'sum', 'sqrt_sum_squares'"),
        ("cross_recurrence", {"radius_px": 0}, "radius_px is 0, expected a finite number above 0"),
    ],
)
def test_wrong_settings_are_one_line(name, wrong, words):
    a, b = many(2, least=4)
    with pytest.raises(ValueError) as error:  # noqa: PT011
        CALLS[name](a, b, **wrong)
    assert str(error.value).startswith(words)


def test_lists_of_unequal_length_and_threads():
    with pytest.raises(ValueError, match=r"^b has 2 scanpaths, expected 3 as a$"):
        paired(scanmatch, many(3), many(2), size=SIZE)
    with pytest.raises(ValueError, match=r"^threads is 0, expected a whole number of at least 1$"):
        pairwise(scanmatch, many(3), size=SIZE, threads=0)


def test_every_measure_is_in_the_tests_of_its_properties():
    untested = {name for name in MEASURES if name not in CALLS}
    assert not untested


def test_facts():
    for name, measure in MEASURES.items():
        assert name == measure.function.__name__
        assert measure.low < measure.high
        assert METRICS.about(name)
        assert not math.isnan(measure.best)
