"""Scanpath measures against vectors computed by other projects' implementations and checked references.

The folder metric_vectors of GAZESIM_TEST_DATA holds them, with definitions and tolerances in its README: 1e-6 absolute
for similarities and scores, 1e-6 relative for distances, exact for whole numbers.
"""

import json
import math

import numpy as np
import pytest

from gazesim.metrics import (
    Grouping,
    cross_recurrence,
    dtw,
    fixation_edit_distance,
    frechet,
    group_saccades,
    hausdorff,
    hausdorff_directed,
    multimatch,
    pointwise_distance,
    pointwise_distances,
    recurrence,
    sbtde,
    scanmatch,
    sequence_score,
    stde,
    stde_distance,
    string_edit_distance,
    string_edit_similarity,
    tde,
)


@pytest.fixture(scope="module")
def vectors(data):
    """Read a file of the folder."""

    def read(name):
        return json.loads((data / "metric_vectors" / f"{name}.json").read_text())

    return read


@pytest.fixture(scope="module")
def pairs(vectors):
    """The image size and two scanpaths (x, y, ms) of each pair, by its id."""
    found = {}
    for pair in vectors("pairs"):
        a, b = (np.array([pair[side][axis] for axis in "xyt"], float).T for side in "ab")
        found[pair["id"]] = (pair["image"]["width"], pair["image"]["height"]), a, b
    assert len(found) == 8
    return found


def score_of(wanted):
    return pytest.approx(math.nan if wanted is None else wanted, abs=1e-6, rel=0, nan_ok=True)


def distance_of(wanted):
    return pytest.approx(math.nan if wanted is None else wanted, rel=1e-6, nan_ok=True)


def grouping(settings, size):
    if not settings["grouping"]:
        return None
    amplitude = settings["amplitude_fraction_of_diagonal"] * math.hypot(*size)
    return Grouping(settings["direction_deg"], amplitude, settings["duration_ms"])


def test_multimatch(vectors, pairs):
    expected = vectors("multimatch")
    for name, by_setting in expected["pairs"].items():
        size, a, b = pairs[name]
        for setting, wanted in by_setting.items():
            found = multimatch(a, b, size=size, grouping=grouping(expected["settings"][setting], size))
            if None in wanted.get("value", [None]):
                assert np.isnan(found).all()
            else:
                assert (found >= np.array(wanted["min"]) - 1e-6).all()
                assert (found <= np.array(wanted["max"]) + 1e-6).all()


def test_multimatch_of_the_matlab_toolbox(vectors):
    case = vectors("peer_tests")["multimatch_matlab"]
    a, b = (np.array(case[side]) * [1, 1, 1000] for side in ("a_xyd_seconds", "b_xyd_seconds"))
    plain, grouped = case["no_grouping"], case["grouping"]
    found = multimatch(a, b, size=case["screen"])
    assert found == pytest.approx(plain["matlab"], abs=case["tolerance"])
    assert found == pytest.approx(plain["python"], abs=1e-9)
    thresholds = Grouping(grouped["direction_deg"], grouped["amplitude_px"], 1000 * grouped["duration_s"])
    found = multimatch(a, b, size=case["screen"], grouping=thresholds)
    assert found == pytest.approx(grouped["matlab"], abs=case["tolerance"])
    assert found == pytest.approx(grouped["python"], abs=1e-9)


def test_multimatch_of_a_scanpath_with_itself(vectors):
    case = vectors("peer_tests")["multimatch_identical"]
    path, settings = np.array(case["a_xyd_seconds"]) * [1, 1, 1000], case["grouping"]
    thresholds = Grouping(settings["direction_deg"], settings["amplitude_px"], 1000 * settings["duration_s"])
    for grouping in (None, thresholds):
        assert multimatch(path, path, size=(720, 1280), grouping=grouping).tolist() == case["expected"]


def test_grouping_ends_where_the_python_program_ends(vectors):
    case = vectors("peer_tests")["multimatch_simplification_terminates"]
    path = np.array(case["xyd_seconds"])
    saccades = np.column_stack([np.diff(path[:, :2], axis=0), path[:-1]])
    thresholds = Grouping(case["direction_deg"], case["amplitude_px"], case["duration_s"])
    found = group_saccades(saccades, path[-1, 2], thresholds)
    wanted = case["simplified"]
    np.testing.assert_allclose(found[:, :4].T, [wanted[key] for key in ("lenx", "leny", "x", "y")], rtol=1e-12)
    np.testing.assert_array_equal(found[:, 4], wanted["duration"][: len(found)])


def test_scanmatch(vectors, pairs):
    expected = vectors("scanmatch")
    assert len(expected["configs"]) == 6
    for name, by_setting in expected["pairs"].items():
        size, a, b = pairs[name]
        for setting, wanted in by_setting.items():
            given = expected["configs"][setting]
            settings = {
                "size": size,
                "bins": (given["Xbin"], given["Ybin"]),
                "threshold": given["Threshold"],
                "gap": given["GapValue"],
                "temporal_bin_ms": given["TempBin"],
            }
            assert scanmatch(a, b, **settings) == score_of(wanted["toolbox_convention"])
            assert scanmatch(a, b, **settings, binning="zero_based") == score_of(wanted["zero_based"])
            assert scanmatch(a, b, **settings, compat="python_port") == score_of(wanted["python_port"])


def test_string_edit_distances(vectors, pairs):
    for name, by_grid in vectors("string_edit")["pairs"].items():
        size, a, b = pairs[name]
        for grid, wanted in by_grid.items():
            settings = {"size": size, "grid": int(grid.removeprefix("grid"))}
            for key, edits in (("levenshtein", "levenshtein"), ("osa", "osa"), ("damerau_levenshtein", "damerau")):
                assert string_edit_distance(a, b, **settings, edits=edits) == wanted[key]
            assert string_edit_similarity(a, b, **settings) == score_of(wanted["normalised_similarity"])
            wrapped = string_edit_distance(a, b, **settings, edits="damerau", compat="fixatons")
            assert wrapped == wanted["fixatons"]


def test_time_delay_embeddings(vectors, pairs):
    for name, expected in vectors("time_delay")["pairs"].items():
        size, a, b = pairs[name]
        found = {
            "stde_similarity_l2": stde(a, b, size=size),
            "stde_similarity_l1": stde(a, b, size=size, window="l1"),
            "stde_similarity_l2_swapped": stde(b, a, size=size),
        }
        for key, value in found.items():
            assert value == score_of(expected.pop(key))
        assert stde_distance(a, b, size=size) == distance_of(expected.pop("stde_distance_l1"))
        assert len(expected) >= 14
        for key, wanted in expected.items():
            *_, k, aggregate = key.split("_")
            settings = {"k": int(k.removeprefix("k")), "aggregate": aggregate.lower()}
            if key.startswith("sbtde_grid4"):
                assert sbtde(a, b, size=size, grid=4, **settings) == distance_of(wanted)
            else:
                assert tde(a, b, **settings, window="l2") == distance_of(wanted["l2_window"])
                assert tde(a, b, **settings, window="l1") == distance_of(wanted["l1_window"])


def test_trajectories(vectors, pairs):
    for name, wanted in vectors("trajectory")["pairs"].items():
        _, a, b = pairs[name]
        found = {
            "dtw_sum": dtw(a, b),
            "dtw_sqrt_sum_squares": dtw(a, b, cost="sqrt_sum_squares"),
            "hausdorff": hausdorff(a, b),
            "hausdorff_a_to_b": hausdorff_directed(a, b),
            "hausdorff_b_to_a": hausdorff_directed(b, a),
            "frechet_discrete": frechet(a, b),
        }
        if len(a) == len(b):
            found["pointwise_euclidean_sum"] = pointwise_distance(a, b)
            found["pointwise_euclidean"] = pointwise_distances(a, b)
        else:
            assert math.isnan(pointwise_distance(a, b))
        assert set(found) == {key for key, value in wanted.items() if value is not None}
        for key, value in found.items():
            assert value == distance_of(wanted[key])


def test_sequence_scores(vectors, pairs):
    expected = vectors("sequence_score")
    for name, wanted in expected["pairs"].items():
        _, a, b = pairs[name]
        centres = {"centres": expected["cluster_centres"][wanted["clusters"]]}
        assert sequence_score(a, b, **centres) == score_of(wanted["ss"])
        assert sequence_score(a, b, **centres, gap=-1) == score_of(wanted["ss_gap-1"])
        assert fixation_edit_distance(a, b, **centres) == wanted["fed"]
        assert sequence_score(a[:6], b[:6], **centres) == score_of(wanted["ss_first6"])
        assert fixation_edit_distance(a[:6], b[:6], **centres) == wanted["fed_first6"]
        assert sequence_score(a, b, **centres, duration_bin_ms=50) == score_of(wanted["ss_time50"])
        assert fixation_edit_distance(a, b, **centres, duration_bin_ms=50) == wanted["fed_time50"]


def test_recurrences(vectors, pairs):
    parts = ("recurrence", "determinism", "laminarity", "corm")
    for name, by_radius in vectors("recurrence")["pairs"].items():
        size, a, b = pairs[name]
        radii = {"r60": 60, "r10pct": 0.1 * math.hypot(*size), "r5pct": 0.05 * math.hypot(*size)}
        for suffix, radius in radii.items():
            for key, found in (
                ("cross", cross_recurrence(a, b, radius_px=radius)),
                ("self_a", recurrence(a, radius_px=radius)),
            ):
                wanted = by_radius[f"{key}_{suffix}"]
                assert found == score_of([math.nan if wanted[part] is None else wanted[part] for part in parts])


def test_identical_scanpaths_of_the_peers(vectors):
    by_metric = {case["metric"]: case for case in vectors("peer_tests")["fixatons"]}
    case = by_metric["string_edit"]
    size = case["width"], case["height"]
    assert string_edit_distance(case["a"], case["b"], size=size, grid=case["grid"]) == case["peer_expected"]
    case = by_metric["tde"]
    assert tde(case["a"], case["b"], k=case["k"]) == case["peer_expected"]
    case = by_metric["stde"]
    assert stde(case["a"], case["b"], size=size) == case["peer_expected"]
    case = by_metric["scanmatch"]
    settings = {"bins": (case["xbins"], case["ybins"]), "temporal_bin_ms": case["temporal_bin_ms"]}
    found = scanmatch(case["a_xyt"], case["b_xyt"], size=(case["width"], case["height"]), **settings)
    assert found == case["peer_expected"]
