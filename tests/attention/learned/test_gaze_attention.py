import pickle
from functools import partial

import numpy as np
import pytest
import torch

from gazesim import Trial
from gazesim.attention import Glance
from gazesim.attention.learned.gaze import GazeAttention, projected
from gazesim.search.loop import SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy


def same(value, trial):
    return value


@pytest.fixture
def attention(tiny_features, tiny_gaze):
    centre = tiny_gaze.centres["mine"]
    return GazeAttention(projected(tiny_features, tiny_gaze), partial(same, tiny_gaze.members), partial(same, centre))


@pytest.fixture
def model(attention):
    return SearchModel("gaze", attention, memory=Memory(inhibition="none"), policy=Policy(temperature=1.0))


@pytest.fixture
def trial(noise):
    return Trial(noise(48, 64), px_per_degree=8, id="a")


def glance(trial, *history):
    xy = np.array(history, float)
    return Glance(trial, trial.image, xy[-1], xy)


def test_maps_are_log_densities_over_px(attention, trial):
    for found in (attention.attend([glance(trial, (5, 5))])[0], attention.overview(glance(trial, (5, 5)))):
        assert found.map.shape == (48, 64)
        assert np.exp(found.map).sum() == pytest.approx(1)


def test_the_model_shows_densities(model, trial):
    assert model.first_priority(trial).sum() == pytest.approx(1)
    assert model.priority(trial, [(3, 4), (50, 9)]).sum() == pytest.approx(1)


def test_the_next_fixation_depends_on_the_last_ones_the_overview_does_not(attention, trial):
    first, second = (attention.attend([glance(trial, at)])[0].map for at in ((5, 5), (60, 40)))
    assert abs(first - second).max() > 0.01
    first, second = (attention.overview(glance(trial, at)).map for at in ((5, 5), (60, 40)))
    assert (first == second).all()


def test_without_history_each_fixation_has_the_density_of_all(attention, trial):
    attention.history = False
    assert (attention.attend([glance(trial, (5, 5))])[0].map == attention.overview(glance(trial, (9, 9))).map).all()


def test_members_are_averaged(tiny_features, tiny_gaze, trial):
    centre = partial(same, tiny_gaze.centres["mine"])
    sees = projected(tiny_features, tiny_gaze)
    alone = [GazeAttention(sees, partial(same, [each]), centre) for each in tiny_gaze.members]
    both = GazeAttention(sees, partial(same, tiny_gaze.members), centre)
    look = glance(trial, (20, 20))
    separate = np.mean([each.attend([look])[0].map for each in alone], axis=0)
    joined = both.attend([look])[0].map
    assert np.corrcoef(joined.ravel(), separate.ravel())[0, 1] > 0.99
    assert abs(alone[0].attend([look])[0].map - alone[1].attend([look])[0].map).max() > 0.1


def test_fixations_are_drawn_from_the_density(model, trial):
    paths = [model.search(trial, max_fixations=1, seed=seed) for seed in range(400)]
    xy = np.array([path.xy[1] for path in paths]).astype(int)
    density = model.priority(trial)
    halves = density[:, :32].sum(), density[:24].sum()
    drawn = (xy[:, 0] < 32).mean(), (xy[:, 1] < 24).mean()
    np.testing.assert_allclose(drawn, halves, atol=4 * 0.5 / 20)  # four standard errors


def test_scanpaths_have_durations_that_do_not_depend_on_batches(model, trial, noise):
    trials = [trial, Trial(noise(48, 64, 1), px_per_degree=8, id="b")]
    together = model.search(trials, max_fixations=4, batch_size=2)
    apart = [model.search(each, max_fixations=4) for each in trials]
    for one, other in zip(together, apart, strict=True):
        assert len(one.duration_ms) == 5
        assert (one.duration_ms > 0).all()
        np.testing.assert_array_equal(one.duration_ms, other.duration_ms)
        np.testing.assert_array_equal(one.xy, other.xy)


def test_durations_are_log_normal(model, trial, tiny_gaze):
    found = model.attention.overview(glance(trial, (5, 5)))
    random = np.random.default_rng(0)
    drawn = np.log([found.duration_ms(np.array([[5.0, 5.0]]), random) for _ in range(400)])
    sd = np.mean([float(member.log_duration_sd.exp()) for member in tiny_gaze.members])
    assert drawn.std() == pytest.approx(sd, rel=0.15)


def test_what_is_painted_out_is_not_seen(attention, trial):
    xy = np.array([[5.0, 5.0]])
    painted = Glance(trial, np.zeros_like(trial.image), xy[0], xy)
    assert abs(attention.attend([painted])[0].map - attention.attend([glance(trial, (5, 5))])[0].map).max() > 1e-3


def test_unknown_resolution_is_one_line(attention, noise):
    with pytest.raises(ValueError, match="px_per_degree"):
        attention.check(Trial(noise(48, 64)))


def test_it_can_be_pickled(model, trial):
    copy = pickle.loads(pickle.dumps(model))
    assert (copy.priority(trial) == model.priority(trial)).all()


def test_it_is_the_same_whatever_torch_is_set_to(model, trial):
    expected = model.priority(trial)
    torch.set_default_dtype(torch.float64)
    try:
        assert (model.priority(trial.replace()) == expected).all()
    finally:
        torch.set_default_dtype(torch.float32)
