import pickle

import numpy as np
import pytest
import torch
from torch import nn

from gazesim import Trial, load_model
from gazesim.attention import Glance
from gazesim.attention.top_down.field_of_view import FieldOfView
from gazesim.encoders.backbones import Trunk, load_trunk
from gazesim.encoders.eccentricity import Eccentricity
from gazesim.encoders.foveated import EncoderSettings
from gazesim.encoders.network_encoder import NetworkEncoder
from gazesim.encoders.pyramid import Pyramid


class Strided(nn.Module):
    """Strides 2, 4 and 8 by convolutions alone, as in networks without pooling layers."""

    def __init__(self):
        super().__init__()
        random = torch.Generator().manual_seed(0)
        self.stages = nn.Sequential()
        for before, channels in ((3, 8), (8, 16), (16, 16)):
            conv = nn.Conv2d(before, channels, 3, 2, 1)
            conv.weight.data.normal_(0, (before * 9) ** -0.5, generator=random)
            conv.bias.data.zero_()
            self.stages.append(nn.Sequential(conv, nn.ReLU()))

    def forward(self, x):
        return self.stages(x).mean(dim=(2, 3))


@pytest.fixture(scope="module")
def trunk():
    return load_trunk(Strided())


def encoder(trunk, slope=0.16, fovea_deg=4.0, **settings):
    return NetworkEncoder(trunk, EncoderSettings(**settings), Eccentricity(fovea_deg), Pyramid(slope))


def view_of(picture, side, corner, grey=128):
    view = np.full((side, side, 3), grey, np.uint8)
    view[corner : corner + len(picture), corner : corner + picture.shape[1]] = picture
    return view


def test_sharp_features_are_those_of_the_network_where_the_display_is(trunk, noise):
    picture = noise(64, 96)
    view = view_of(picture, 256, 64)
    found = encoder(trunk, eccentric=False).search_features([view], 4.0, (1, 2, 3))
    with torch.inference_mode():
        wanted = trunk.features.stages(trunk.to_input(view))
    assert found[3].shape == (1, 16, 32, 32)
    torch.testing.assert_close(found[3][0, :, 2:24, 2:28], wanted[0, :, 2:24, 2:28], rtol=1e-5, atol=1e-6)
    assert found[1].shape == (1, 8, 32, 32)
    np.testing.assert_allclose(found[3][0, :, 31, 31], wanted[0, :, 31, 31], rtol=1e-5, atol=1e-6)


def test_one_run_serves_all_fixations_on_a_display(trunk, noise, monkeypatch):
    eyes, picture, runs = encoder(trunk, 2, 1), noise(64, 96), []
    read = eyes._read
    monkeypatch.setattr(eyes, "_read", lambda *given: runs.append(given) or read(*given))
    first = eyes.search_features([view_of(picture, 256, 64)], 4.0, (1, 2, 3))
    second = eyes.search_features([view_of(picture, 256, 80)], 4.0, (1, 2, 3))
    assert len(runs) == 2  # the background and the display
    assert not torch.equal(first[3][..., 8:16, 8:20], second[3][..., 10:18, 10:22])
    alone = encoder(trunk, 2, 1).search_features([view_of(picture, 256, 80)], 4.0, (1, 2, 3))
    for level in (1, 2, 3):
        assert torch.equal(alone[level], second[level])


def test_far_from_the_fixation_features_are_pooled(trunk, noise):
    grey = np.full((256, 256, 3), 128, np.uint8)
    noisy = grey.copy()
    noisy[:32, :32] = noise(32, 32)
    changes = []
    for slope in (0.0, 2.0):
        features = encoder(trunk, slope, fovea_deg=1).search_features([grey, noisy], 2.0, (3,))[3]
        changes.append((features[1] - features[0])[:, :4, :4].std().item())
    assert 0 < changes[1] < 0.5 * changes[0]


def test_a_target_of_any_size_has_features_one_pooling_further(trunk, noise):
    eyes, target = encoder(trunk), noise(40, 20)
    found = eyes.target_features(target, 4.0, (1, 2, 3))
    assert {features.shape[2:] for features in found.values()} == {(3, 2)}
    with torch.inference_mode():
        sharp = trunk.features.stages(trunk.to_input(target))
    torch.testing.assert_close(found[3][:, :, 0, 0], sharp[:, :, :2, :2].mean(dim=(2, 3)), rtol=1e-5, atol=1e-6)


def test_views_begin_on_the_grid_and_show_all_of_the_display():
    trial = Trial(np.zeros((60, 200, 3), np.uint8), px_per_degree=10)
    given = {"resample_px_per_degree": None, "field_of_view_deg": None, "margin_deg": 2.0}
    plain, field = FieldOfView.of(trial, **given), FieldOfView.of(trial, **given, grid=16)
    assert field.half % 16 == 0
    assert field.half >= 200
    for xy in ((0, 0), (199, 59), (77, 13)):
        centre = field.centre(np.array(xy, float), trial)
        assert all(at % 16 == 0 for at in centre)
        assert np.abs(np.subtract(centre, xy)).max() <= 8
        view = field.cut(np.full((60, 200, 3), 9, np.uint8), centre, np.zeros(3, np.uint8))
        assert (view == 9).all(axis=2).sum() == 60 * 200
    seen = [np.isfinite(f.spread(np.zeros((9, 9)), (96, 32), trial, "blocks")).sum() for f in (plain, field)]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", ["eccnet", "ivsn", "eccnet_0_0_1"])
def test_a_network_of_ones_own_finds_the_target(name, noise):
    picture = noise(96, 160)
    trial = Trial(picture, picture[56:80, 104:128], target_box=(104, 56, 128, 80), px_per_degree=8)
    model = load_model(name, weights=Strided(), similarity="cosine", sharpening=(), upsampling="linear")
    path = model.search(trial, max_fixations=3)
    assert path.found
    assert np.hypot(*(path.xy[1] - (115.5, 67.5))) < 9
    again = load_model(name, weights=Strided(), similarity="cosine", sharpening=(), upsampling="linear")
    np.testing.assert_array_equal(again.search(trial, max_fixations=3).xy, path.xy)


def test_loss_driven_models_take_a_network_too(noise):
    trial = Trial(noise(64, 64), px_per_degree=8)
    path = load_model("neva", weights=Strided(), side_px=64).search(trial, max_fixations=2)
    assert len(path) == 3


def test_free_viewing_goes_where_features_are_large(trunk, noise):
    picture = np.full((96, 160, 3), 128, np.uint8)
    picture[40:64, 120:144] = noise(24, 24)
    model = load_model("eccnet", weights=Strided(), network_levels=("stages.2",), levels=(1,))
    attention = model.attention.free_viewing()
    (found,) = attention.attend([Glance(Trial(picture, px_per_degree=8), picture, np.array([40.0, 48.0]))])
    y, x = np.unravel_index(np.nanargmax(found.map), found.map.shape)
    assert 36 <= y < 68
    assert 116 <= x < 148


def test_a_model_with_a_network_can_be_pickled(noise):
    picture = noise(64, 64)
    trial = Trial(picture, picture[40:56, 40:56], px_per_degree=8)
    model = load_model("eccnet", weights=Strided())
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.priority(trial, [(20, 20)]), model.priority(trial, [(20, 20)]))


def test_features_beyond_float32_are_one_line(noise):
    network = Strided()
    network.stages[1][0].weight.data *= 1e38
    picture = noise(64, 64)
    trial = Trial(picture, picture[40:56, 40:56], px_per_degree=8)
    with pytest.raises(ValueError, match=r"^trunk Strided: what a picture gives is too large for float32$"):
        load_model("eccnet", weights=network).check([trial])


def test_a_target_smaller_than_a_place_has_features(trunk, noise):
    assert encoder(trunk).target_features(noise(3, 4), 4.0, (3,))[3].shape == (1, 16, 1, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda trunk: encoder(trunk, precision="bfloat16"),
            "^precision is 'bfloat16', expected 'float32' with trunk Strided$",
        ),
        (
            lambda _: load_model("eccnet", weights=Strided(), levels=(4,)),
            r"^levels is \(4,\), expected some of \(1, 2, 3\)",
        ),
        (
            lambda _: load_model("eccnet", weights=Strided(), network_levels=("stages.9",)),
            "^unknown level 'stages.9'; known: stages, stages.0, stages.1;",
        ),
        (
            lambda _: load_model("eccnet", weights="places", network_levels=("3",)),
            r"^network_levels is \('3',\), which foveation=pyramid reads$",
        ),
        (
            lambda _: load_model("eccnet", weights=Strided(), trunk="vgg16"),
            "^weights are a network of their own, found trunk",
        ),
        (
            lambda _: load_model("eccnet", weights=Strided(), foveation="pools"),
            "^trunk has no pooling layer to replace",
        ),
        (
            lambda _: load_model("eccnet", weights=Strided(), diet="rot90"),
            "^diet is 'rot90', which trunk Strided cannot",
        ),
        (
            lambda _: load_model("itti", weights=Strided()),
            "^weights is Strided, expected a name or a file: model itti has no",
        ),
        (
            lambda _: load_model("oat_eccnet", weights=Strided()),
            "^weights is a Strided, but models of objects ship none",
        ),
        (lambda _: load_model("relevance", weights=Strided()), "^[^\n]*$"),
    ],
)
def test_what_does_not_fit_is_one_line(trunk, make, words):
    with pytest.raises(ValueError, match=words) as caught:
        make(trunk)
    assert "\n" not in str(caught.value)


def test_strides_that_are_no_doubles_are_refused():
    features = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 7, 7))
    with pytest.raises(
        ValueError, match=r"^levels have strides of 0 2, 1 14 px, expected the coarsest 1, 2, 4, \.\.\. times each$"
    ):
        NetworkEncoder(Trunk("odd", features, "torchvision", "none"))


def vgg(**settings):
    return load_model("eccnet", weights="places", sharpening=(), field_of_view_deg=16, **settings).attention


def test_without_eccentricity_a_network_of_pools_is_seen_alike_both_ways(noise):
    """Where the display is, but for its border, and the fixation is on the grid."""
    picture = noise(160, 160)
    trial = Trial(picture, picture[20:61, 30:65], px_per_degree=16)
    glance = Glance(trial, picture, np.array([80.0, 80.0]))
    pools, pyramid = vgg(eccentric=False), vgg(foveation="pyramid", pyramid_slope=0.0)
    field = pools._field(trial), pyramid._field(trial)
    maps = []
    for attention, seen in zip((pools, pyramid), field, strict=True):
        (found,) = attention.similarities([glance])
        middle = seen.half // 16
        maps.append(found[:, middle - 3 : middle + 3, middle - 3 : middle + 3])
    np.testing.assert_allclose(maps[0], maps[1], rtol=1e-3, atol=1e-3 * np.abs(maps[0]).max())


@pytest.mark.slow
def test_on_vgg_pyramids_and_pools_give_nearly_the_same_priority(data):
    """As far as the idea allows: deeper layers see what pools have averaged, but not what a pyramid has."""
    import photo_search

    from gazesim.attention import Glance

    trial = photo_search.photo_trials(data / "osie", 1)[0]
    # 240, 176 at 14 px per degree, where both see the same grid
    glance = Glance(trial, trial.image, np.array([411.5, 302.1]))
    maps = [
        load_model("eccnet", resample_px_per_degree=14.0, field_of_view_deg=768 / 14, foveation=foveation)
        .attention.attend([glance])[0]
        .map
        for foveation in ("pools", "pyramid")
    ]
    both = np.isfinite(maps).all(axis=0)
    assert np.corrcoef(maps[0][both], maps[1][both])[0, 1] > 0.9
