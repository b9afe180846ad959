import numpy as np
import pytest

from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.training.baselines import BASELINES, Baseline, Centre, NearestWalk, Random, SaccadeChain, TargetChain
from gazesim.training.object_paths import ObjectPath

ROW = Layout([[x, 0, x + 10, 10] for x in range(0, 70, 10)], 5, "row")


def path(*objects):
    return ObjectPath(np.array(objects), ObjectArray(ROW), "p", "t")


PATHS = [path(3, 4, 5), path(3, 2, 1, 0), path(2, 3, 4, 5, 5)]


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("history", [(), (0,), (3, 4), (0, 1, 2, 3, 4, 5, 6)])
def test_baselines_give_probabilities(name, history):
    baseline = Baseline.fit(BASELINES[name](PATHS), PATHS)
    found = baseline.probabilities(ROW, np.array(history, np.int64))
    assert found.shape == (8,)
    assert found.sum() == pytest.approx(1)
    assert (found[:-1] > 0).all() or (name == "nearest_walk" and (found >= 0).all())
    assert (found[-1] == 0) == (not history)


def test_the_end_is_counted_on_the_target_and_elsewhere():
    baseline = Baseline.fit(Random(), PATHS)
    assert baseline.end_on_target == pytest.approx((2 + 0.5) / (3 + 1))
    assert baseline.end_elsewhere == pytest.approx((1 + 0.5) / (9 + 1))
    assert baseline.probabilities(ROW, np.array([5]))[-1] == pytest.approx(0.625)
    assert baseline.probabilities(ROW, np.array([5, 1]))[-1] == pytest.approx(0.15)


def test_the_centre_draws():
    found = Centre(PATHS).weights(ROW, np.array([], np.int64))
    assert found.argmax() == 3
    assert found[2] == pytest.approx(found[4])


def test_the_walk_goes_to_the_nearest_new_object():
    walk = NearestWalk(PATHS)
    assert walk.share == pytest.approx((8 + 0.5) / (9 + 1))  # all steps but the last refixation
    found = walk.weights(ROW, np.array([3, 2]))
    assert found.argmax() == 1
    assert found[1] == pytest.approx(0.85)
    found = walk.weights(ROW, np.array([3]))
    assert found[2] == found[4] == pytest.approx(0.425)


def test_the_chain_counts_saccades():
    found = SaccadeChain(PATHS).weights(ROW, np.array([6, 3]))
    assert found.tolist() == [0.5, 0.5, 3.5, 1.5, 5.5, 0.5, 0.5]


def test_the_chain_that_knows_the_target_is_pulled_as_often_as_people_went_there():
    # two objects, both equally often first and next by the chain; people go to the target in 3 of 4 steps
    pair = Layout([[0, 0, 10, 10], [10, 0, 20, 10]], 1)
    paths = [ObjectPath(np.array(objects), ObjectArray(pair), "p", "t") for objects in ([1, 1], [0, 1])]
    chain = TargetChain(paths)
    expected = sum((found := chain.weights(pair, own.objects[:t]))[1] / found.sum() for own in paths for t in range(2))
    assert expected == pytest.approx(3, abs=1e-3)  # at the maximum of the likelihood the counts are met
    assert chain.pull > 1
    alone = TargetChain([ObjectPath(np.array([0, 0]), ObjectArray(Layout([[0, 0, 10, 10]], 0)), "p", "t")])
    assert alone.pull == 1


def test_likelihood_and_samples_agree_with_the_probabilities():
    baseline = Baseline.fit(SaccadeChain(PATHS), PATHS)
    own = path(3, 4)
    expected = [baseline.probabilities(ROW, own.objects[:t])[c] for t, c in enumerate((3, 4, 7))]
    np.testing.assert_allclose(baseline.log_likelihood(own), np.log(expected))
    random = np.random.default_rng(0)
    drawn = [baseline.sample(ROW, random, 3) for _ in range(2000)]
    assert max(map(len, drawn)) == 3
    first = np.bincount([one[0] for one in drawn], minlength=7) / 2000
    np.testing.assert_allclose(first, baseline.probabilities(ROW, np.array([], int))[:-1], atol=0.05)
