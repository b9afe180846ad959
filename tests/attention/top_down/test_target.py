import cv2
import numpy as np
import pytest
import torch
from scipy.signal import convolve2d, correlate2d
from torch import nn

from gazesim.attention import Glance
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.trial import Trial

PLAIN = EncoderSettings(eccentric=False)
WIDE = {"field_of_view_deg": 48.0, "margin_deg": 0.0}  # reaches every target here


@pytest.fixture
def attention(tiny_trunk):
    def make(encoder=EncoderSettings(), **settings):  # noqa: B008
        return TargetAttention(FoveatedEncoder(tiny_trunk, encoder), TargetSettings(**settings))

    return make


def hidden(picture, x, y, size=16, **settings):
    """The search for a patch of `picture` with its top left px at (x, y)."""
    box = (x, y, x + size, y + size)
    return Trial(picture, None, target_box=box, **{"px_per_degree": 4, "background": 128} | settings)


@pytest.fixture
def pasted(noise):
    """Return a search among faint grey noise for a red square with a blue bar at (x, y), all `times` as large."""

    def make(x, y, times=1):
        picture = 108 + noise(80, 112) // 6
        picture[y : y + 16, x : x + 16] = 220, 30, 40
        picture[y : y + 16, x + 6 : x + 10] = 30, 40, 220
        large = np.kron(picture, np.ones((times, times, 1), np.uint8))
        return hidden(large, x * times, y * times, 16 * times, px_per_degree=4 * times)

    return make


def glance(trial, x=None, y=None):
    eye = (trial.width // 2 if x is None else x, trial.height // 2 if y is None else y)
    return Glance(trial, trial.image, np.array(eye, float))


def peak(priority):
    y, x = np.unravel_index(np.nanargmax(priority), priority.shape)
    return np.array([x, y])


@pytest.mark.parametrize("upsampling", ["blocks", "linear"])
@pytest.mark.parametrize("corner", [(16, 16), (64, 24)])
@pytest.mark.parametrize("fixation", [(0, 0), (99, 20)])
def test_a_copy_of_the_target_is_found_in_noise(attention, pasted, corner, fixation, upsampling):
    trial = pasted(*corner)
    model = attention(PLAIN, similarity="cosine", upsampling=upsampling, sharpening=(), **WIDE)
    priority = model.attend([glance(trial, *fixation)])[0].map
    assert abs(peak(priority) - trial.target_centre).max() <= 8.5  # the target's features have a stride of 8


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("fixation", [(0.5, 0.5), (0.9, 0.2)])
def test_fixations_are_px_of_the_display_whatever_the_resolution(attention, pasted, times, fixation):
    """The same picture at three sizes is searched at 4 px per degree."""
    trial = pasted(64, 24, times)
    model = attention(
        PLAIN, similarity="cosine", upsampling="linear", sharpening=(), resample_px_per_degree=4.0, **WIDE
    )
    priority = model.attend([glance(trial, fixation[0] * trial.width, fixation[1] * trial.height)])[0].map
    assert priority.shape == (trial.height, trial.width)
    assert abs(peak(priority) - trial.target_centre).max() <= 8 * times


def test_display_and_target_are_both_seen_at_the_resolution(attention, pasted):
    """Means of 2 x 2 equal px are these px, so nothing is lost."""
    small, large = (
        attention(resample_px_per_degree=4.0).similarities([glance(pasted(64, 24, times))])[0] for times in (1, 2)
    )
    np.testing.assert_allclose(large, small, rtol=1e-4, atol=1e-5)


def test_priorities_are_zero_at_least_and_nan_out_of_reach(attention, noise):
    trial = hidden(noise(60, 100), 40, 20)
    priority = attention(field_of_view_deg=10.0, margin_deg=1.0).attend([glance(trial, 90, 10)])[0].map
    assert np.nanmin(priority) >= 0
    assert np.nanmax(priority) > 0
    x, y = np.arange(100), np.arange(60)
    np.testing.assert_array_equal(~np.isnan(priority), ((y >= -6) & (y < 26))[:, None] & ((x >= 74) & (x < 106)))


def test_a_batch_of_glances_gives_what_one_at_a_time_gives(attention, noise):
    trials = [hidden(noise(60, 100, seed), 40, 20) for seed in (0, 1)] + [hidden(noise(40, 50, 2), 8, 8)]
    glances = [glance(trial, x, 10) for trial in trials for x in (12, 40)]
    glances = [glances[i] for i in (4, 0, 3, 5, 1, 2)]
    together = attention().attend(glances)
    for one, priority in zip(glances, together, strict=True):
        np.testing.assert_array_equal(attention().attend([one])[0].map, priority.map)


def test_memory_s_picture_is_looked_at_and_not_the_trials(attention, noise):
    trial = hidden(noise(60, 100), 40, 20)
    painted = noise(60, 100, seed=1)
    (changed,) = attention().similarities([Glance(trial, painted, np.array([50.0, 30.0]))])
    other = Trial(painted, trial.target, px_per_degree=4, background=128)
    np.testing.assert_array_equal(changed, attention().similarities([glance(other, 50, 30)])[0])


@pytest.mark.parametrize("size", [(60, 100), (40, 40)])
def test_a_target_as_large_as_the_display_or_larger_than_the_view(attention, noise, size):
    trial = Trial(noise(*size), noise(*size, seed=1), px_per_degree=4)
    priority = attention(field_of_view_deg=5.0, margin_deg=0.0).attend([glance(trial)])[0].map
    assert np.isfinite(priority[~np.isnan(priority)]).all()
    assert (~np.isnan(priority)).sum() == 20 * 20


@pytest.mark.parametrize(("height", "width"), [(2, 2), (4, 6), (6, 8), (8, 4), (10, 2)])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_similarity_is_a_correlation_whose_odd_px_lies_right_and_below(noise, height, width, similarity):
    """The features of this trunk are the picture's px, the target's are 2 x 2 means of them."""
    pixels = nn.Conv2d(3, 3, 1, bias=False)
    pixels.weight.data = torch.eye(3)[:, :, None, None]
    trunk = Trunk("px", nn.Sequential(pixels, nn.MaxPool2d(2)).requires_grad_(False), "torchvision", "none")
    trial = Trial(noise(20, 20), noise(height, width, 1), px_per_degree=4, background=90)
    settings = TargetSettings(levels=(1,), similarity=similarity, field_of_view_deg=6, margin_deg=0)
    (found,) = TargetAttention(FoveatedEncoder(trunk, PLAIN), settings).similarities([glance(trial, 9, 11)])
    view = np.full((24, 24, 3), 90, np.uint8)
    view[1:21, 3:23] = trial.image
    kernel = trunk.to_input(trial.target)[0].double().numpy()
    kernel = kernel.reshape(3, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    x = trunk.to_input(view)[0].double().numpy()

    def correlated(x, kernel):
        full, (rows, columns) = correlate2d(x, kernel), kernel.shape
        return full[rows // 2 :, columns // 2 :][:24, :24]

    expected = sum(map(correlated, x, kernel))
    if similarity == "cosine":
        energy = correlated((x**2).sum(axis=0), np.ones_like(kernel[0]))
        expected /= np.sqrt(energy * (kernel**2).sum())
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-4)


def with_gain(trunk, gain):
    """The same trunk whose last level answers `gain` times as strongly."""
    layers = [*trunk.features[:6], nn.Conv2d(8, 8, 3, padding=1), *trunk.features[7:]]
    layers[6].weight.data, layers[6].bias.data = trunk.features[6].weight * gain, trunk.features[6].bias * gain
    return Trunk("gain", nn.Sequential(*layers).requires_grad_(False), trunk.preprocessing, "seed 0")


@pytest.mark.parametrize(("similarity", "factor"), [("cosine", 1), ("dot", 49)])
def test_the_cosine_does_not_depend_on_the_features_gain(tiny_trunk, noise, similarity, factor):
    trial = hidden(noise(60, 100), 40, 20)
    maps = []
    for trunk in (tiny_trunk, with_gain(tiny_trunk, 7)):
        settings = TargetSettings(levels=(-1,), similarity=similarity)
        maps.append(TargetAttention(FoveatedEncoder(trunk), settings).similarities([glance(trial)])[0])
    np.testing.assert_allclose(maps[1], factor * maps[0], rtol=1e-3, atol=1e-6)


def test_the_cosine_is_at_most_one(attention, noise):
    trial = hidden(noise(60, 100), 40, 20)
    (maps,) = attention(similarity="cosine", **WIDE).similarities([glance(trial)])
    assert maps.shape[0] == 3
    assert maps.min() >= -1 - 1e-5
    assert 0.5 < maps.max() <= 1 + 1e-5


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_a_display_without_features_gives_a_constant_map(similarity, noise):
    """All features are zero where the picture is the mean of ImageNet; no warning, no NaN."""
    conv = nn.Conv2d(3, 4, 1, bias=False)
    conv.weight.data.zero_()
    trunk = Trunk("zero", nn.Sequential(conv, nn.ReLU(), nn.MaxPool2d(2)).requires_grad_(False), "torchvision", "none")
    model = TargetAttention(FoveatedEncoder(trunk), TargetSettings(similarity=similarity, margin_deg=0))
    priority = model.attend([glance(hidden(noise(40, 40), 4, 4, 8))])[0].map
    assert not priority.any()


def test_levels_count_from_either_end(attention, noise):
    trial = hidden(noise(60, 100), 40, 20)
    every = attention().similarities([glance(trial)])[0]
    for levels, expected in (((1, 2, 3), [0, 1, 2]), ((-1,), [2]), ((-3, 2), [0, 1]), ((3, 1), [2, 0])):
        found = attention(levels=levels).similarities([glance(trial)])[0]
        np.testing.assert_array_equal(found, every[expected])


def test_published_rounds_of_blurring_on_an_impulse(attention, noise):
    impulse = np.zeros((1, 41, 41), np.float32)
    impulse[0, 20, 20] = 5  # scaled to 1
    found = attention(sharpening=((3, 0.0), (5, 1.0))).combine(impulse, hidden(noise(40, 40), 4, 4))
    narrow = np.array([0, 0.25, 0.5, 0.25, 0])  # OpenCV's kernel for sigma 0 and 3 px
    wide = np.exp(-np.array([4, 1, 0, 1, 4]) / 2)
    once = -np.outer(wide, wide) / wide.sum() ** 2 + np.outer(narrow, narrow)
    once[2, 2] += 1
    expected = np.zeros((41, 41))
    expected[14:27, 14:27] = convolve2d(convolve2d(once, once), once)
    np.testing.assert_allclose(found, expected, atol=1e-7)


MAPS = np.array([[[0, 1], [2, 4]], [[-1, 0], [1, 0]], [[3, 3], [3, 3]]], np.float32)
SCALED = np.array([[[0, 0.25], [0.5, 1]], [[0, 0.5], [1, 0.5]], [[0, 0], [0, 0]]])


@pytest.mark.parametrize("objects", [None, [(0, 0, 9, 9)]])
@pytest.mark.parametrize(
    ("rule", "weights"),
    [
        ("equal", (1 / 3, 1 / 3, 1 / 3)),
        ("maximum", (4 / 8, 1 / 8, 3 / 8)),
        ((0.0, 6.0, 2.0), (0, 0.75, 0.25)),
        (None, None),
    ],
)
def test_weights_of_the_levels(attention, noise, rule, weights, objects):
    if weights is None:
        weights = (1 / 3, 1 / 3, 1 / 3) if objects is None else (4 / 8, 1 / 8, 3 / 8)
    trial = hidden(noise(40, 40), 4, 4, objects=objects)
    found = attention(level_weights=rule, sharpening=()).combine(MAPS, trial)
    np.testing.assert_allclose(found, np.tensordot(weights, SCALED, axes=1), atol=1e-7)


def test_maxima_below_zero_weigh_nothing_and_none_above_weigh_alike(attention, noise):
    model, trial = attention(level_weights="maximum", sharpening=()), hidden(noise(40, 40), 4, 4)
    np.testing.assert_allclose(model.combine(MAPS - [[[0]], [[3]], [[0]]], trial), SCALED[0] * 4 / 7, atol=1e-7)
    np.testing.assert_allclose(model.combine(MAPS - 9, trial), SCALED.mean(axis=0), atol=1e-7)


def test_the_map_equals_the_steps_it_is_described_by(attention, noise):
    trial = hidden(noise(60, 100), 40, 20)
    model = attention()
    (maps,) = model.similarities([glance(trial)])
    total = sum((m - m.min()) / (m.max() - m.min()) for m in maps.astype(float)) / 3
    for _ in range(3):
        total = total + cv2.GaussianBlur(total, (3, 3), 0) - cv2.GaussianBlur(total, (5, 5), 1)
    np.testing.assert_allclose(model.combine(maps, trial), total, atol=1e-6)
    side = 2 * (60 + round(4 * 64 / 30))
    area = cv2.resize(total - total.min(), (side, side), interpolation=cv2.INTER_AREA)
    middle = area[side // 2 - 30 : side // 2 + 30, side // 2 - 50 : side // 2 + 50]
    np.testing.assert_allclose(model.attend([glance(trial)])[0].map, middle, atol=1e-6)


REPORTED = {
    "levels": [(True,)],
    "level_weights": [(), (1.0, np.inf)],
    "sharpening": [((3, 1), (5,)), ((-1, 1.0), (5, 1.0)), ((3.0, 1.0), (5, 1.0)), ((3, np.nan), (5, 1.0))],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("levels", ()),
        ("levels", (3.0,)),
        ("levels", ("3",)),
        ("level_weights", "max"),
        ("level_weights", (0.0, 0.0)),
        ("level_weights", (1.0, -1.0)),
        ("level_weights", (np.nan, 1.0)),
        ("sharpening", ((3, 1.0),)),
        ("sharpening", ((4, 1.0), (5, 1.0))),
        ("sharpening", ((3, -1.0), (5, 1.0))),
        ("similarity", "euclid"),
        ("upsampling", "nearest"),
        ("field_of_view_deg", 0),
        ("field_of_view_deg", np.nan),
        ("resample_px_per_degree", -1),
        ("margin_deg", -0.1),
        ("margin_deg", np.nan),
        ("margin_deg", np.inf),
        *(pytest.param(name, value) for name, values in REPORTED.items() for value in values),
    ],
)
def test_settings_are_checked(name, value):
    with pytest.raises(ValueError, match=rf"^{name} is ") as caught:
        TargetSettings(**{name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"levels": (4,)}, r"levels is \(4,\), expected some of \(1, 2, 3\) or negative ones"),
        ({"levels": (0,)}, r"levels is \(0,\), expected"),
        ({"levels": (-4,)}, r"levels is \(-4,\), expected"),
        ({"level_weights": (1.0, 2.0)}, "level_weights has 2 entries, expected 3, one per level"),
    ],
)
def test_settings_are_checked_against_the_trunk(attention, settings, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        attention(**settings)


def test_scenes_finer_than_published_are_seen_as_published(attention, noise):
    picture = noise(100, 120)
    fine = Trial(picture, None, target_box=(10, 20, 70, 70), px_per_degree=60)
    searcher = attention(PLAIN)
    with pytest.warns(UserWarning, match=r"60 px per degree and is seen at 30, as published; .*=60 sees all"):
        searcher.check(fine)
    seen = searcher.similarities([Glance(fine, picture, np.array([60.0, 50.0]))])[0]  # says nothing any more
    given = attention(PLAIN, resample_px_per_degree=30.0)
    np.testing.assert_array_equal(seen, given.similarities([Glance(fine, picture, np.array([60.0, 50.0]))])[0])
    for trial, settings in (
        (fine, {"resample_px_per_degree": None}),
        (fine, {"resample_px_per_degree": 60.0}),
        (Trial(picture, None, target_box=(10, 20, 70, 70), px_per_degree=30), {}),
        (Trial(picture, None, target_box=(0, 0, 60, 50), objects=[(0, 0, 60, 50)], px_per_degree=60), {}),
    ):
        assert attention(PLAIN, **settings)._field(trial).width == 120


def test_the_components_weighted_are_the_map(tiny_trunk, noise):
    """Up to a constant, for weights that are given and for equal ones, and with the sharpening."""
    picture = noise(40, 52)
    trial = Trial(picture, picture[8:24, 8:24], px_per_degree=4)
    glance = Glance(trial, picture, np.array([20.0, 15.0]))
    for weights in ((0.2, 0.5, 0.3), "equal"):
        attention = TargetAttention(FoveatedEncoder(tiny_trunk), TargetSettings(level_weights=weights, margin_deg=1))
        shares = [1 / 3] * 3 if weights == "equal" else weights
        summed = np.tensordot(shares, attention.components([glance])[0], axes=1)
        difference = summed - attention.attend([glance])[0].map
        assert np.nanmax(difference) - np.nanmin(difference) < 1e-6
