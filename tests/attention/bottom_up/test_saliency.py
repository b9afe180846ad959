import numpy as np
import pytest

from gazesim import Trial, load_model
from gazesim.attention import Glance
from gazesim.attention.bottom_up.saliency import SaliencyAttention, as_planes, spread_over

BOTTOM_UP = ("itti", "gbvs", "spectral_residual", "centre_bias")


def glance(trial, picture=None):
    return Glance(trial, trial.image if picture is None else picture, np.zeros(2))


@pytest.mark.parametrize("name", BOTTOM_UP)
def test_free_viewing_needs_no_target(name, noise):
    trial = Trial(noise(48, 64), px_per_degree=4, id="free")
    path = load_model(name).search(trial, max_fixations=4)
    assert len(path) == 5
    assert path.found is None
    assert len(np.unique(path.xy, axis=0)) == 5  # inhibition of return


@pytest.mark.parametrize("name", BOTTOM_UP)
def test_the_map_covers_the_display_from_0_to_1(name, noise):
    trial = Trial(noise(48, 64), px_per_degree=4)
    found = load_model(name, inhibition="none").priority(trial)
    assert found.shape == (48, 64)
    assert (found.min(), found.max()) == (0, 1)


@pytest.mark.parametrize("name", BOTTOM_UP)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (300, 2), (40, 40)])
def test_every_size_of_display_is_seen(name, shape, noise):
    trial = Trial(noise(*shape), px_per_degree=1)
    assert np.isfinite(load_model(name, inhibition="none").priority(trial)).all()


@pytest.mark.parametrize("name", BOTTOM_UP)
def test_a_uniform_display_is_no_error(name):
    trial = Trial(np.full((48, 64, 3), 90, np.uint8), px_per_degree=4)
    found = load_model(name, inhibition="none").priority(trial)
    assert np.isfinite(found).all()
    if name == "itti":
        assert not found.any()


@pytest.mark.parametrize("name", BOTTOM_UP)
def test_a_batch_gives_what_one_at_a_time_gives(name, noise):
    trials = [Trial(noise(40, 60, seed), px_per_degree=4, id=str(seed)) for seed in range(3)]
    model = load_model(name)
    for one, other in zip(
        model.search(trials, max_fixations=3, batch_size=3), model.search(trials, max_fixations=3), strict=True
    ):
        np.testing.assert_array_equal(one.xy, other.xy)


@pytest.mark.parametrize("name", BOTTOM_UP)
def test_sampling_goes_through_the_policy(name, noise):
    trial = Trial(noise(40, 60), px_per_degree=4, id="a")
    model = load_model(name, temperature=0.2)
    first, again, other = (model.search(trial, max_fixations=5, seed=seed).xy for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_picture_is_looked_at_once_and_a_painted_one_anew(noise):
    seen = []

    def count(picture):
        seen.append(picture)
        return picture[:2, :3, 0].astype(float)

    attention, trial = SaliencyAttention(count), Trial(noise(8, 9), px_per_degree=4)
    painted = np.zeros_like(trial.image)
    found = attention.attend([glance(trial), glance(trial), glance(trial, painted)])
    assert len(seen) == 2
    assert seen[1] is painted
    assert not found[2].map.any()


def test_maps_are_spread_linearly():
    trial = Trial(np.zeros((2, 6, 3), np.uint8), px_per_degree=4)
    # two nodes over six px: centres at 1 and 4, constant beyond
    expected = np.array([0, 0, 1 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose(spread_over(np.array([[3.0, 5.0]]), trial), [expected, expected], atol=1e-6)


def test_planes_are_means_of_the_px_they_cover(noise):
    picture = noise(4, 6)
    planes = as_planes(picture, 3, 2).numpy()
    expected = picture.reshape(2, 2, 3, 2, 3).mean(axis=(1, 3)).transpose(2, 0, 1) / 255
    np.testing.assert_allclose(planes, expected, atol=1e-12)
