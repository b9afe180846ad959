import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision

from gazesim.encoders.backbones import Trunk
from gazesim.encoders.eccentricity import Eccentricity, foveate
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder

LEVELS = (1, 2, 3)


def halved(x, times):
    for _ in range(times):
        x = F.avg_pool2d(x, 2)
    return x


def test_features_are_those_of_the_foveated_trunk(tiny_trunk, noise):
    view = noise(64, 64)
    found = FoveatedEncoder(tiny_trunk).search_features([view], 2.0, LEVELS)
    layers, x = foveate(tiny_trunk.features, 2.0), tiny_trunk.to_input(view)
    for level in LEVELS:
        before_pool = layers[: 3 * level - 1](x)
        np.testing.assert_allclose(found[level], halved(before_pool, 3 - level), rtol=1e-5, atol=1e-6)


def test_target_features_are_pooled_once_more_by_the_levels_own_pool(tiny_trunk, noise):
    target = noise(32, 32)
    found = FoveatedEncoder(tiny_trunk).target_features(target, 2.0, LEVELS)
    layers, x = foveate(tiny_trunk.features, 2.0), tiny_trunk.to_input(target)
    for level in LEVELS:
        np.testing.assert_allclose(found[level], halved(layers[: 3 * level](x), 3 - level), rtol=1e-5, atol=1e-6)


def test_a_level_does_not_depend_on_which_others_are_read(tiny_trunk, noise):
    encoder, view = FoveatedEncoder(tiny_trunk), noise(32, 32)
    every = encoder.search_features([view], 2.0, LEVELS)
    assert list(every) == [1, 2, 3]
    for level in LEVELS:
        alone = encoder.search_features([view], 2.0, (level,))
        assert list(alone) == [level]
        assert torch.equal(alone[level], every[level])


@pytest.mark.parametrize("eccentric", [True, False])
def test_a_batch_gives_what_one_at_a_time_gives(tiny_trunk, noise, eccentric):
    encoder = FoveatedEncoder(tiny_trunk, EncoderSettings(eccentric=eccentric))
    views = [noise(40, 40, seed) for seed in range(3)]
    together = encoder.search_features(views, 2.0, LEVELS)
    for i, view in enumerate(views):
        for level, features in encoder.search_features([view], 2.0, LEVELS).items():
            np.testing.assert_allclose(together[level][i], features[0], rtol=1e-5, atol=1e-6)


def test_far_from_the_fixation_less_is_seen(tiny_trunk, noise):
    """Noise far out changes an eccentric encoder's features less than it does those of a uniform one."""
    grey = np.full((96, 96, 3), 128, np.uint8)
    noisy = grey.copy()
    noisy[:16, :16] = noise(16, 16)
    changes = []
    for eccentric in (True, False):
        encoder = FoveatedEncoder(tiny_trunk, EncoderSettings(eccentric=eccentric), Eccentricity(1, 1, (0.5, 0.5, 0.5)))
        features = encoder.search_features([grey, noisy], 2.0, (3,))[3]
        changes.append((features[1] - features[0]).std().item())
    assert 0 < changes[0] < 0.5 * changes[1]


def test_max_pooling_is_used_throughout(tiny_trunk, noise):
    view, plain = noise(32, 32), tiny_trunk.features
    encoder = FoveatedEncoder(tiny_trunk, EncoderSettings(eccentric=False, pooling="max"))
    expected = plain[:8](tiny_trunk.to_input(view))
    np.testing.assert_allclose(encoder.search_features([view], 2.0, (3,))[3], expected, rtol=1e-5, atol=1e-6)
    low = encoder.search_features([view], 2.0, (1,))[1]
    np.testing.assert_array_equal(low, F.max_pool2d(plain[:2](tiny_trunk.to_input(view)), 4))


def test_a_trunk_that_does_not_end_with_a_pool_has_one_more_level(tiny_trunk, noise):
    trunk = Trunk("open", tiny_trunk.features[:8], "torchvision", "seed 0")
    open_ended, ended = FoveatedEncoder(trunk), FoveatedEncoder(tiny_trunk)
    assert open_ended.levels == ended.levels == LEVELS
    view = noise(32, 32)
    assert torch.equal(open_ended.search_features([view], 2.0, (3,))[3], ended.search_features([view], 2.0, (3,))[3])
    assert open_ended.target_features(view, 2.0, (3,))[3].shape == (1, 8, 4, 4)


def test_one_slope_per_stride_is_asked_for_at_once(tiny_trunk):
    with pytest.raises(ValueError, match=r"^slopes has 2 entries, pooling at stride 4 needs 3$"):
        FoveatedEncoder(tiny_trunk, eccentricity=Eccentricity(slopes=(0.1, 0.2)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"eccentric": "yes"}, "eccentric is 'yes', expected one of True, False"),
        ({"pooling": "mean"}, "pooling is 'mean', expected one of 'average', 'max'"),
    ],
)
def test_settings_are_checked(settings, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        EncoderSettings(**settings)


def test_a_target_too_small_for_the_trunk_is_named(noise):
    torch.manual_seed(0)
    features = torchvision.models.alexnet(weights=None).features.eval().requires_grad_(False)
    encoder = FoveatedEncoder(Trunk("alexnet", features, "torchvision", "seed 0"))
    with pytest.raises(ValueError, match="target is 4x3 px, too small for trunk alexnet"):
        encoder.target_features(noise(3, 4), 30, (3,))


def test_an_error_of_another_kind_is_not_blamed_on_the_target(tiny_trunk, noise, monkeypatch):
    encoder = FoveatedEncoder(tiny_trunk)

    def out_of_memory(*_):
        raise RuntimeError("CUDA out of memory, see max_split_size_mb")

    monkeypatch.setattr(encoder, "_run", out_of_memory)
    with pytest.raises(RuntimeError, match="out of memory"):
        encoder.target_features(noise(16, 16), 30, (3,))
