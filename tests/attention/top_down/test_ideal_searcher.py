from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from gazesim import Trial, load_model
from gazesim.attention import Glance
from gazesim.attention.bottom_up.centre_bias import centre_bias
from gazesim.attention.top_down.ideal_searcher import IdealSearcher, IdealSearcherSettings, probability_correct
from gazesim.attention.top_down.template import TemplateAttention

TRUTH = IdealSearcherSettings(evidence="truth", cell_deg=2.0, visibility_deg=3.0)


def uniform(picture):
    return np.ones((1, 1))


def searcher(settings=TRUTH, prior=uniform):
    return IdealSearcher(TemplateAttention(), prior, settings)


@pytest.fixture
def trial(noise):
    return Trial(noise(40, 60), None, target_box=(44, 12, 48, 16), px_per_degree=5, id="t")


def glance(trial, *history):
    history = np.array(history or [(30.0, 20.0)], np.float64)
    return Glance(trial, trial.image, history[-1], history)


def test_the_places_are_a_grid_or_the_objects(trial, noise):
    places = searcher().places(trial)
    assert places.boxes.shape == (24, 4)  # cells of 2 degrees, 10 px
    np.testing.assert_array_equal(places.centres[7], [14.5, 14.5])
    np.testing.assert_array_equal(np.flatnonzero(places.truth > 0), [10])  # x 40 to 50, y 10 to 20
    assert places.prior == pytest.approx(np.full(24, 1 / 24))
    boxes = [[0, 0, 10, 10], [40, 10, 50, 20], [20.5, 3, 30, 9]]
    objects = trial.replace(objects=boxes)
    np.testing.assert_array_equal(searcher().places(objects).boxes, boxes)
    assert searcher().places(objects).truth.tolist() == [-0.5, 0.5, -0.5]
    assert searcher().places(Trial(noise(40, 60), px_per_degree=5)).truth.max() == -0.5


@pytest.mark.parametrize("prior", [uniform, centre_bias])
def test_the_posterior_is_bayes_rule_by_brute_force(trial, prior):
    """The product of the densities of all that was seen, under the hypothesis of each place in turn."""
    model = searcher(prior=prior)
    places = model.places(trial)
    history = [(30.0, 20.0), (44.0, 15.0), (7.0, 31.0)]
    likelihood = np.log(places.prior)
    for number, fixation in enumerate(history):
        visible = model.visibility(places.centres, np.array([fixation]), trial)[:, 0]
        seen = model.evidence(trial, visible, number)
        for i in range(len(likelihood)):
            mean = np.where(np.arange(len(likelihood)) == i, 0.5, -0.5)
            likelihood[i] += norm.logpdf(seen, mean, 1 / visible).sum()
    expected = np.exp(likelihood - likelihood.max())
    np.testing.assert_allclose(model.posterior(glance(trial, *history)), expected / expected.sum(), atol=1e-10)


def test_the_probability_of_being_correct_is_what_is_counted():
    """Against drawing the evidence 200,000 times and taking the most probable place."""
    random = np.random.default_rng(0)
    posterior = np.array([0.4, 0.3, 0.2, 0.07, 0.03])
    visible = np.array([[2.0, 0.5, 1e-9], [0.3, 1.5, 1e-9], [1.0, 2.5, 1e-9], [0.2, 0.1, 1e-9], [3.0, 0.4, 1e-9]])
    drawn, found = 200_000, []
    for d in visible.T:
        target = random.choice(5, drawn, p=posterior)
        truth = np.where(np.arange(5) == target[:, None], 0.5, -0.5)
        evidence = d**2 * truth + d * random.standard_normal((drawn, 5))
        found.append(((np.log(posterior) + evidence).argmax(axis=1) == target).mean())
    error = 4 * 0.5 / drawn**0.5
    np.testing.assert_allclose(probability_correct(posterior, visible), found, atol=error + 0.003)
    assert found[2] == pytest.approx(0.4, abs=error)  # nothing is seen: the prior's best


def test_the_plan_is_the_full_integral_over_all_places():
    """The sum of the paper of 2005 over every place, with 181 nodes, where 40 places would hold a third of the mass."""
    random = np.random.default_rng(0)
    posterior = random.dirichlet(np.full(150, 2.0))
    distance = random.uniform(0, 12, (150, 8))
    visible = 3 * np.exp(-((distance / 2) ** 2) / 2) + 1e-6
    nodes, weights = np.polynomial.hermite_e.hermegauss(181)
    expected = np.zeros(8)
    for i, own in enumerate(visible):
        odds = np.log(posterior[i] / posterior)[:, None, None]
        deviation = (odds + visible[..., None] ** 2 / 2 + own[:, None] * nodes + own[:, None] ** 2 / 2) / visible[
            ..., None
        ]
        others = np.delete(norm.cdf(deviation), i, axis=0).prod(axis=0)
        expected += posterior[i] * others @ weights / np.sqrt(2 * np.pi)
    found = probability_correct(posterior, visible)
    np.testing.assert_allclose(found, expected, rtol=0.02)
    assert np.corrcoef(found, expected)[0, 1] > 0.999


def test_the_prior_is_14_parts_of_the_map_and_one_of_all_places(trial):
    centre = searcher(prior=lambda picture: np.array([[0.0, 0.0, 1.0, 1.0]] * 4)).places(trial)
    assert centre.prior.sum() == pytest.approx(1)
    assert centre.prior.min() == pytest.approx(1 / 15 / 24)
    assert centre.prior.max() == pytest.approx(14 / 15 / 12 + 1 / 15 / 24, rel=0.2)  # 12 cells and a linear edge


def test_what_is_certain_stays_certain():
    posterior = np.array([1.0, 0.0, 0.0])
    assert probability_correct(posterior, np.full((3, 2), 1.0)) == pytest.approx([1, 1])


@pytest.mark.parametrize("plan", ["correct", "entropy", "greedy"])
def test_the_plan_chooses_the_next_place(trial, plan):
    model = searcher(replace(TRUTH, plan=plan))
    one = glance(trial)
    places, posterior = model.places(trial), model.posterior(one)
    visible = model.visibility(places.centres, places.centres, trial)
    value = {
        "correct": probability_correct(posterior, visible),
        "entropy": [sum(posterior[i] * visible[i, k] ** 2 / 2 for i in range(24)) for k in range(24)],
        "greedy": posterior,
    }[plan]
    found = model.attend([one])[0].map
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert np.abs([x, y] - places.centres[np.argmax(value)]).max() <= 0.5
    assert found.max() == pytest.approx(1, abs=1e-3)


def test_evidence_from_pictures_is_as_published(trial):
    """(t (v + 0.5) + s (1.5 - v)) / 2 with deviation 1 / (3 v + 4), v the share of the highest visibility."""
    model = searcher(replace(TRUTH, evidence="mixed"))
    places = model.places(trial)
    v = np.linspace(0, 1, 24)
    seen = model.evidence(trial, 3.0 * v, 0)
    noise = (seen - (places.truth * (v + 0.5) + places.similarity * (1.5 - v)) / 2) * (3 * v + 4)
    again = searcher().evidence(trial, np.ones(24), 0) - searcher().places(trial).truth
    np.testing.assert_allclose(noise, again, atol=1e-12)  # the same stream
    assert (places.similarity.min(), places.similarity.max()) == (-0.5, 0.5)
    assert places.similarity.argmax() == 10  # where the target was cut from


def test_noise_belongs_to_trial_fixation_and_seed(trial):
    def noise(seed=0, number=0, name="t"):
        model = searcher(replace(TRUTH, noise_seed=seed))
        return model.evidence(trial.replace(id=name), np.ones(24), number)

    np.testing.assert_array_equal(noise(), noise())
    assert not any(np.array_equal(noise(), other) for other in (noise(seed=1), noise(number=1), noise(name="u")))


def test_similarity_needs_no_truth(noise):
    trial = Trial(noise(40, 60), noise(40, 60)[12:16, 44:48], px_per_degree=5)
    path = load_model("ibs", evidence="similarity").search(trial, max_fixations=3)
    assert path.found is None
    assert len(path) == 4


@pytest.mark.parametrize("objects", [None, [[0, 0, 10, 10], [44, 12, 48, 16], [20, 3, 30, 9]]])
def test_without_a_box_the_truth_is_not_known(noise, objects):
    """Not that the target is absent: it is searched for by similarity alone, and may be there."""
    shown = {"objects": objects, "px_per_degree": 5, "id": "t"}
    trial = Trial(noise(40, 60), noise(40, 60)[12:16, 44:48], **shown)
    mixed, alike = (searcher(replace(TRUTH, evidence=evidence)) for evidence in ("mixed", "similarity"))
    visible = np.ones(len(mixed.places(trial).boxes))
    np.testing.assert_array_equal(mixed.evidence(trial, visible, 0), alike.evidence(trial, visible, 0))


def test_one_place_is_all_there_is_to_look_at(noise):
    trial = Trial(noise(40, 60), target_box=(44, 12, 48, 16), objects=[[42, 10, 50, 18]], px_per_degree=5)
    for model in ("ibs", "ibs_entropy", "ibs_greedy"):
        path = load_model(model).search(trial)
        assert path.found
        np.testing.assert_array_equal(path.xy[1:], [[45, 13]])


@pytest.mark.parametrize(("target", "reason"), [({}, "is of free viewing"), ({"target_text": "a cup"}, "in words")])
def test_pictures_are_compared_with_an_image_of_the_target(noise, target, reason):
    trial = Trial(noise(40, 60), px_per_degree=5, id="t", **target)
    with pytest.raises(ValueError, match=f"^trial 't' .*{reason}.*, expected an image of the target"):
        load_model("ibs").search(trial)
    with pytest.raises(ValueError, match=f"^trial 't' .*{reason}.*, expected an image of the target"):
        load_model("ibs").check([trial])


def test_without_the_similarity_no_target_is_needed(noise):
    trial = Trial(noise(40, 60), px_per_degree=5)
    model = IdealSearcher(TemplateAttention(), uniform, TRUTH)
    assert model.needs == frozenset()
    model.check(trial)
    assert np.isfinite(model.attend([glance(trial)])[0].map).all()


def test_a_batch_gives_what_one_at_a_time_gives(noise):
    trials = [Trial(noise(40, 60, n), None, target_box=(44, 12, 48, 16), px_per_degree=5, id=str(n)) for n in range(3)]
    model = load_model("ibs", cell_deg=2.0)
    for one, other in zip(
        model.search(trials, max_fixations=4, batch_size=3), model.search(trials, max_fixations=4), strict=True
    ):
        np.testing.assert_array_equal(one.xy, other.xy)


@pytest.mark.parametrize("plan", ["entropy", "greedy"])
def test_more_is_found_where_more_is_visible(plan):
    """In displays of noise the share of found targets rises with d', as for the ideal searcher of 2005."""
    grey, random = np.full((60, 80, 3), 128, np.uint8), np.random.default_rng(0)
    corners = random.integers(0, [74, 54], (40, 2))
    trials = [
        Trial(grey, grey[:6, :6], target_box=(x, y, x + 6, y + 6), px_per_degree=5, id=str(n))
        for n, (x, y) in enumerate(corners.tolist())
    ]
    found = []
    for visibility in (0.5, 2.0, 6.0):
        settings = {
            "plan": plan,
            "evidence": "truth",
            "visibility": visibility,
            "cell_deg": 2.0,
            "centre_variance": 1e6,
        }
        model = load_model("ibs", recognition_deg=1.0, **settings)
        found.append(sum(bool(path.found) for path in model.search(trials, max_fixations=6, progress=False)))
    assert found[0] < found[1] < found[2]
    assert found[2] > len(trials) / 2


@pytest.mark.parametrize("plan", ["correct", "entropy", "greedy"])
def test_a_place_that_is_nearly_certain_is_looked_at(trial, plan):
    """Where the posterior is sure, every look has the same probability to be correct: the plan must not wander."""
    model = searcher(replace(TRUTH, plan=plan, visibility=30.0, visibility_deg=100.0))
    one = glance(trial)
    assert model.posterior(one)[10] > 0.999
    found = model.attend([one])[0].map
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert np.abs([x, y] - model.places(trial).centres[10]).max() <= 0.5
