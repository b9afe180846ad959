from dataclasses import replace

import numpy as np
import pytest

from gazesim.metrics import METRICS, auc, auc_judd, auc_shuffled, cc, information_gain, kl, log_likelihood, nss, sim
from gazesim.metrics.conditional import cauc, cig, cnss
from gazesim.metrics.maps import density, fixation_density
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.map_scores import score_maps, score_next
from gazesim.scoring.viewing import Person, few_blurred, viewings

COARSE = np.round(np.random.default_rng(0).random((72, 96)), 1)  # many ties, some zeros


@pytest.fixture
def viewing(own_set):
    data = own_set()
    return viewings(data, data.trials, 0)[1]


def by_model(rows):
    """{(model, metric): values of the people}."""
    found = {}
    for model, metric, part, _, value in rows:
        assert part == ""
        found.setdefault((model, metric), []).append(value)
    return found


def test_scores_are_those_of_the_measures(viewing):
    names = ["nss", "auc", "auc_judd", "auc_shuffled", "information_gain", "log_likelihood", "cc", "sim", "kl"]
    scores = by_model(score_maps(viewing, {"m": COARSE}, names))
    centre = viewing.centre_bias
    told = 0.9 * density(COARSE) + 0.1 * centre
    for number, person in enumerate(viewing.people):
        own = person.xy
        density_of_own = fixation_density(own, (72, 96), 8)
        expected = {
            "nss": nss(COARSE, own),
            "auc": auc(COARSE, own),
            "auc_judd": auc_judd(COARSE, own),
            "auc_shuffled": auc_shuffled(COARSE, own, viewing.elsewhere),
            "information_gain": information_gain(told, own, centre),
            "log_likelihood": log_likelihood(told, own),
            "cc": cc(COARSE, density_of_own),
            "sim": sim(COARSE, density_of_own),
            "kl": kl(COARSE, density_of_own),
        }
        for name, value in expected.items():
            assert scores["m", name][number] == pytest.approx(value, rel=1e-12), name


def test_ceiling_is_the_density_of_the_others_alone(viewing):
    scores = by_model(score_maps(viewing, {}, ["nss", "auc"]))
    for number, person in enumerate(viewing.people):
        others = np.concatenate([other.xy for other in viewing.people if other is not person])
        saliency = fixation_density(others, (72, 96), 8)
        assert scores["people", "nss"][number] == pytest.approx(nss(saliency, person.xy), rel=1e-9)
        assert scores["people", "auc"][number] == pytest.approx(auc(saliency, person.xy), rel=1e-9)


def test_uniform_is_chance_and_other_images_never_see_this_one(viewing):
    scores = by_model(score_maps(viewing, {}, ["nss", "auc", "auc_shuffled", "information_gain"]))
    n = len(viewing.people)
    assert scores["uniform", "nss"] == [0] * n
    assert scores["uniform", "auc"] == scores["uniform", "auc_shuffled"] == [0.5] * n
    assert scores["other_images", "information_gain"] == [0] * n
    here = {tuple(xy) for person in viewing.people for xy in person.xy[1:]}  # all share the first fixation
    assert not here & {tuple(xy) for xy in viewing.elsewhere}


def test_one_map_for_all_fixations_scores_as_the_conditional_measures_do(viewing):
    scores = by_model(score_maps(viewing, {}, ["cnss", "cig", "cauc"]))
    centre = viewing.centre_bias
    for number, person in enumerate(viewing.people):
        for name, values in (
            ("cnss", cnss(centre, person.path.xy)),
            ("cauc", cauc(centre, person.path.xy)),
            ("cig", cig(centre, person.path.xy, baseline=centre)),
        ):
            assert scores["other_images", name][number] == pytest.approx(values.mean(), abs=1e-9)


class NearTheLast:
    """A map that follows the eye, NaN in its first row."""

    name = "near"

    def priority(self, trial, history=None):
        xy = np.array([[48, 36]]) if history is None else history
        saliency = fixation_density(xy[-1:], (72, 96), 10)
        saliency[0] = np.nan
        return saliency


def test_models_predict_the_next_fixation_from_those_before(own_set):
    data = own_set()
    viewing = viewings(data, data.trials, 0)[0]
    model = Candidate("near", NearTheLast())
    trial = viewing.trial
    scores = by_model(score_next(viewing, [model], trial, ["cnss", "cig", "nss"]))
    assert set(scores) == {("near", "cnss"), ("near", "cig")}
    expected = [
        cnss(lambda history: model.next_map(trial, history), person.path.xy).mean() for person in viewing.people
    ]
    assert scores["near", "cnss"] == pytest.approx(expected)
    assert np.isfinite(scores["near", "cig"]).all()
    assert np.isfinite(model.first_map(trial)).all()


class Told:
    """A model with the map that it was given."""

    name = "told"

    def __init__(self, saliency, later=None):
        self.maps = saliency, saliency if later is None else later

    def priority(self, trial, history=None):
        return self.maps[history is not None and len(history) > 1]


NOTHING = np.full((72, 96), np.nan)


def test_a_map_that_predicts_nothing_is_not_scored(viewing):
    model = Candidate("told", Told(NOTHING))
    trial = viewing.trial
    names = ["nss", "auc", "auc_shuffled", "information_gain", "log_likelihood", "cc", "sim", "kl"]
    for name, values in by_model(score_maps(viewing, {"m": model.first_map(trial)}, names)).items():
        assert np.isnan(values).all() == (name[0] == "m"), name
    assert np.isnan([row[4] for row in score_next(viewing, [model], trial, ["cnss", "cig", "cauc"])]).all()


def test_a_model_that_predicts_nothing_of_one_fixation_does_not_choose_its_fixations(viewing):
    later = Candidate("told", Told(COARSE, later=NOTHING))
    rows = list(score_next(viewing, [later], viewing.trial, ["cnss"]))
    several = [len(person.path) > 2 for person in viewing.people]
    assert any(several)
    assert [np.isnan(row[4]) for row in rows] == several


@pytest.mark.parametrize("value", [0, 1, -3])
def test_a_constant_map_is_chance(viewing, value):
    model = Candidate("told", Told(np.full((72, 96), value)))
    trial = viewing.trial
    names = ["nss", "auc", "information_gain", "log_likelihood", "kl", "cig"]
    scores = by_model(score_maps(viewing, {"told": model.first_map(trial)}, names))
    scores |= by_model(score_next(viewing, [model], trial, names))
    for name in names:
        assert scores["told", name] == pytest.approx(scores["uniform", name], rel=1e-9), name
    assert np.mean(scores["told", "information_gain"]) < -0.1


@pytest.mark.parametrize(
    ("saliency", "words"),
    [
        (np.ones((96, 72)), "has shape (96, 72), expected (72, 96)"),
        (np.where(np.eye(72, 96), np.inf, 0), "holds inf, expected finite numbers, or NaN"),
        (np.full((72, 96), "a"), "has dtype <U1, expected numbers"),
    ],
)
def test_a_map_that_is_wrong_is_one_line_with_model_and_trial(viewing, saliency, words):
    trial = viewing.trial
    for call in (
        lambda: Candidate("told", Told(saliency)).first_map(trial),
        lambda: list(score_next(viewing, [Candidate("told", Told(saliency))], trial, ["cnss"])),
    ):
        with pytest.raises(ValueError, match="map of model 'told' on trial 'i1'") as error:
            call()
        assert str(error.value) == f"map of model 'told' on trial 'i1' {words}"


@pytest.mark.parametrize("n", [1, 7, 40])
def test_few_fixations_are_blurred_as_many_are(n):
    xy = np.random.default_rng(n).uniform(0, [95, 71], (n, 2))
    found, expected = few_blurred(xy, (72, 96), 5.3), fixation_density(xy, (72, 96), 5.3)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-18)
    np.testing.assert_array_equal(found == 0, expected == 0)


def test_a_person_with_one_fixation_has_none_to_predict(own_set, fixations):
    first = fixations.groupby(["trial", "observer"]).cumcount() == 0
    keep = first | (fixations["observer"] != "p0")
    data = own_set(rows=fixations[keep])
    viewing = viewings(data, data.trials, 0)[0]
    scores = by_model(score_maps(viewing, {}, ["cnss", "nss"]))
    assert np.isnan(scores["people", "cnss"][0])
    assert np.isfinite(scores["people", "cnss"][1:]).all()
    assert np.isfinite(scores["people", "nss"]).all()


def test_osie_scores_are_those_of_the_measures(data):
    from gazesim import load_dataset

    osie = load_dataset("osie", data / "osie")
    viewing = viewings(osie, osie.trials[5:6], 0)[0]
    scores = by_model(score_maps(viewing, {}, ["nss", "auc"]))
    own, *others = [person.xy for person in viewing.people]
    saliency = fixation_density(np.concatenate(others), (600, 800), 24)
    assert scores["people", "nss"][0] == pytest.approx(nss(saliency, own), rel=1e-9)
    assert scores["people", "auc"][0] == pytest.approx(auc(saliency, own), rel=1e-9)
    assert scores["other_images", "nss"][0] == pytest.approx(nss(viewing.centre_bias, own), rel=1e-9)
    assert len(viewing.elsewhere) == 98321 - sum(len(person.xy) for person in viewing.people)


def test_judd_area_of_a_small_display_is_that_of_the_measure(own_set):
    """Where every pixel is fixated there is nothing to tell fixations from."""
    data = own_set()
    path = Scanpath(np.argwhere(np.ones((4, 3)))[:, ::-1])  # all of a display of 3 x 4 px
    viewing = replace(viewings(data, data.trials, 0)[1])
    trial = viewing.trial.replace(width=3, height=4, image=None)
    for path_of in (path, Scanpath(path.xy[:5])):
        small = replace(viewing, trial=trial, people=[Person("a", path_of, (4, 3))])
        (value,) = by_model(score_maps(small, {"m": COARSE[:4, :3]}, ["auc_judd"]))["m", "auc_judd"]
        np.testing.assert_equal(value, float(auc_judd(COARSE[:4, :3], path_of.xy)))


def test_every_measure_of_maps_has_a_score(viewing):
    names = [name for name, measure in METRICS.items() if measure.kind == "map" and not measure.missing]
    names.remove("emd")
    scores = by_model(score_maps(viewing, {"m": COARSE}, names))
    assert {metric for _, metric in scores} == set(names)
    assert np.isfinite(list(scores.values())).all()
