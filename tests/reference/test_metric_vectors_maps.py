"""Map and search measures against values of other projects' published implementations and checked references.

Source: the folder metric_vectors of GAZESIM_TEST_DATA; its README gives the definitions, and as tolerances 1e-6
absolute for similarities and scores, 1e-6 relative for distances.
"""

import json

import numpy as np
import pytest

from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.information import information_gain, log_likelihood
from gazesim.metrics.maps import unique_pixels
from gazesim.metrics.roc import auc, auc_borji, auc_judd, auc_shuffled
from gazesim.metrics.saliency import cc, kl, nss, sim
from gazesim.metrics.search_behaviour import behaviour, mean_behaviour
from gazesim.metrics.search_curves import fixations_to_target, scanpath_ratio

CASES = ("c00", "c02", "c04", "c06", "c07", "c10", "c11", "c14")


def scores_of(case, maps):
    """Every expected value of a case by the name that the file gives it."""
    saliency, truth, baseline = (maps[f"{case['case']}_{kind}"] for kind in ("saliency", "gt_density", "baseline"))
    at = np.column_stack([case["fixations_x"], case["fixations_y"]])
    others = np.column_stack([case["nonfixations_x"], case["nonfixations_y"]])
    return {
        "NSS_population_std": nss(saliency, at),
        "NSS_sample_std": nss(saliency, at, ddof=1),
        "NSS_unique_locations": nss(saliency, unique_pixels(at)),
        "CC": cc(saliency, truth),
        "SIM": sim(saliency, truth),
        "SIM_minmax": sim(saliency, truth, compat="mit"),
        "KL_eps1e20": kl(saliency, truth),
        "KL_mit": kl(saliency, truth, compat="mit"),
        "AUC_uniform": auc(saliency, at, negatives="all"),
        "AUC_unfixated": auc(saliency, at),
        "AUC_Judd_unfixated_thresholds": auc_judd(saliency, at),
        "AUC_Judd_classic": auc_judd(saliency, at, compat="mit"),
        "sAUC_given_nonfixations": auc_shuffled(saliency, at, others),
        "AUC_Borji_given_samples": auc_borji(saliency, at, case["borji_sample_indices"]),
        "IG_vs_baseline_bits": information_gain(saliency, at, baseline),
        "IG_vs_uniform_bits": information_gain(saliency, at),
        "IG_eps_matlab": information_gain(saliency, at, baseline, compat="mit"),
        "sAUC_step0.1_reference": auc_shuffled(saliency, at, others[: case["n_other_for_step_sauc"]], compat="mit"),
    }


def read(data, name):
    return json.loads((data / "metric_vectors" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def vectors(data):
    with np.load(data / "metric_vectors" / "saliency_maps.npz") as maps:
        return {case["case"]: case for case in read(data, "saliency.json")}, dict(maps)


@pytest.mark.parametrize("name", CASES)
def test_saliency(vectors, name):
    cases, maps = vectors
    assert tuple(cases) == CASES
    expected = cases[name]["expected"]
    scores = scores_of(cases[name], maps)
    assert scores.keys() == expected.keys()
    assert {key: float(score) for key, score in scores.items()} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_conditional_measures_with_one_map_for_all_are_those_of_the_map(vectors, name):
    cases, maps = vectors
    case, expected = cases[name], cases[name]["expected"]
    saliency, baseline = maps[f"{name}_saliency"], maps[f"{name}_baseline"]
    path = np.column_stack([[0, *case["fixations_x"]], [0, *case["fixations_y"]]])
    assert cnss(saliency, path).mean() == pytest.approx(expected["NSS_population_std"], abs=1e-6)
    assert cnss(saliency, path, ddof=1).mean() == pytest.approx(expected["NSS_sample_std"], abs=1e-6)
    assert cig(saliency, path, baseline).mean() == pytest.approx(expected["IG_vs_baseline_bits"], abs=1e-6)
    assert cig(saliency, path).mean() == pytest.approx(expected["IG_vs_uniform_bits"], abs=1e-6)
    assert cauc(saliency, path).mean() == pytest.approx(expected["AUC_uniform"], abs=1e-6)


def test_pysaliency_suite(data):
    suite = read(data, "peer_tests.json")["pysaliency_gaussian_suite"]
    with np.load(data / "metric_vectors" / "peer_tests.npz") as maps:
        gauss, golds = maps["gauss"], [maps["gold_0"], maps["gold_1"]]
    expected, fixations = suite["expected"], np.array(suite["fixations"])
    image, xy = fixations[:, 0], fixations[:, 1:]
    by_image, other = [xy[image == i] for i in (0, 1)], [xy[image != i] for i in (0, 1)]

    def over_fixations(score):
        return np.average([score(i) for i in (0, 1)], weights=[len(at) for at in by_image])

    got = {
        "AUCs_uniform": [auc(gauss, [at], negatives="all") for at in xy],
        "AUCs_shuffled": [auc_shuffled(gauss, [at], other[i]) for i, at in zip(image, xy, strict=True)],
        "AUC_uniform": auc(gauss, xy, negatives="all"),
        "AUC_uniform_image_average": np.mean([auc(gauss, at, negatives="all") for at in by_image]),
        "AUC_per_image": [auc(gauss, at, negatives="all") for at in by_image],
        "AUC_unfixated": over_fixations(lambda i: auc(gauss, by_image[i])),
        "AUC_judd_no_jitter": np.mean([auc_judd(gauss, at) for at in by_image]),
        "NSSs": [nss(gauss, [at]) for at in xy],
        "NSS": nss(gauss, xy),
        "NSS_image_average": np.mean([nss(gauss, at) for at in by_image]),
        "CC_vs_gold": np.mean([cc(gauss, gold) for gold in golds]),
        "SIM_vs_constant": sim(gauss, np.ones_like(gauss)),
        "SIM_vs_gold": np.mean([sim(gauss, gold) for gold in golds]),
        "KL_vs_constant": kl(gauss, np.ones_like(gauss)),
        "KL_vs_gold": np.mean([kl(gauss, gold) for gold in golds]),
        "KL_self": kl(gauss, gauss),
        "log_likelihoods": [log_likelihood(gauss, [at]) for at in xy],
        "information_gain_vs_uniform_bits": information_gain(gauss, xy),
    }
    assert expected.keys() - got.keys() == {"AUCs_unfixated"}  # AUC_unfixated is their mean
    for key, value in got.items():
        np.testing.assert_allclose(value, expected[key], atol=1e-6, err_msg=key)


def test_peers_auc_of_one_positive(data):
    for case in read(data, "peer_tests.json")["auc_one_positive"]:
        saliency = [[case["positive"], *case["negatives"]]]
        assert float(auc(saliency, [[0, 0]])) == case["expected"]
        others = [[1 + i, 0] for i in range(len(case["negatives"]))]
        assert float(auc_shuffled(saliency, [[0, 0]], others)) == case["expected"]


def test_fixatons_suite(data):
    tests = {test["metric"]: test for test in read(data, "peer_tests.json")["fixatons"]}

    def marked(name):
        rows, columns = np.nonzero(tests[name]["fixations"])
        return np.column_stack([columns, rows])

    judd, normalised = tests["auc_judd"], tests["nss"]
    for compat in (None, "mit"):
        assert float(auc_judd(judd["saliency"], marked("auc_judd"), compat=compat)) == pytest.approx(judd["correct"])
    assert float(nss(normalised["saliency"], marked("nss"))) == pytest.approx(normalised["population_std"])
    assert float(nss(normalised["saliency"], marked("nss"), ddof=1)) == pytest.approx(normalised["sample_std"])
    assert float(kl(tests["kl"]["a"], tests["kl"]["b"])) == pytest.approx(tests["kl"]["peer_expected"], abs=1e-9)


def test_behaviour(data):
    wanted = read(data, "behaviour.json")
    names = ("correct", "length", "search", "refix", "revisit")
    for name, case in wanted["single"].items():
        got = behaviour(case["cells"], case["target"])
        assert got == pytest.approx([case[key] for key in names], abs=1e-6), name
    for case in wanted["ensembles"]:
        got = mean_behaviour(behaviour(cells, case["target"]) for cells in case["sequences"])
        assert got == pytest.approx([case[f"mean_{key}"] for key in names], abs=1e-6)


def test_search_efficiency(data):
    pairs = {pair["id"]: pair for pair in read(data, "pairs.json")}
    cases = read(data, "search_efficiency.json")["scanpath_ratio"]
    assert len(cases) == 8
    for case in cases:
        name, side = case["scanpath"].rsplit("/", 1)
        path = np.column_stack([pairs[name][side]["x"], pairs[name][side]["y"]])
        x, y, width, height = case["bbox_xywh"]
        box = [x, y, x + width, y + height]
        steps = np.inf if case["num_steps"] == 1000 else case["num_steps"]
        assert fixations_to_target(path, box) == steps
        assert scanpath_ratio(path, box, whole=True) == pytest.approx(case["ratio_full"], abs=1e-6)
        assert scanpath_ratio(path, box) == pytest.approx(case.get("ratio_to_target", np.nan), abs=1e-6, nan_ok=True)
