import pytest
import torch
import torchvision
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

from gazesim.encoders.levels import AnySizeTransformer, LevelReader


class Blocks(nn.Module):
    """Strides 2, 4, 8 and 32, the channels of the second one last, and a classifier."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU())
        self.second = nn.Conv2d(4, 5, 3, 2, 1)
        self.third = nn.Conv2d(5, 6, 3, 2, 1)
        self.fourth = nn.Conv2d(6, 7, 3, 4, 1)
        self.head = nn.Linear(7, 10)
        self.asks = False

    def forward(self, x):
        x = torch.relu(self.third(self.second(self.first(x))))
        if self.asks and x.sum() > 0:  # which no trace can follow
            x = x + 0
        return self.head(self.fourth(x).mean(dim=(2, 3)))


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 4, 4)
        self.turned = nn.LayerNorm(8)
        self.again = nn.Conv2d(8, 9, 2, 2)

    def forward(self, x):
        x = self.turned(self.down(x).permute(0, 2, 3, 1))
        return self.again(x.permute(0, 3, 1, 2)).mean(dim=(2, 3))


def shown(reader):
    return [(level.name, level.stride, level.channels) for level in reader.levels]


@pytest.mark.parametrize("asks", [False, True])
def test_the_last_layer_of_each_stride_is_a_level(asks):
    network = Blocks()
    network.asks = asks
    reader = LevelReader(network)
    assert shown(reader) == [("first", 2, 4), ("second", 4, 5), ("third", 8, 6)]
    x = torch.rand(2, 3, 64, 96)
    found = reader(x)
    torch.testing.assert_close(found["second"], network.second(network.first(x)))
    assert found["third"].shape == (2, 6, 8, 12)
    assert list(reader(x, ["second"])) == ["second"]


def test_traced_or_not_the_features_are_the_same():
    network, x = Blocks(), torch.rand(1, 3, 64, 64)
    traced = LevelReader(network)
    network.asks = True
    hooked = LevelReader(network)
    assert traced._extract is not None
    assert hooked._extract is None
    for name, features in traced(x).items():
        assert torch.equal(features, hooked(x)[name])


def test_levels_by_name_may_be_deep_ones_or_nodes_of_the_trace():
    assert shown(LevelReader(Blocks(), ["third", "fourth"])) == [("third", 8, 6), ("fourth", 32, 7)]
    reader, x = LevelReader(Blocks(), ["second", "relu"]), torch.rand(1, 3, 32, 32)
    assert shown(reader) == [("second", 4, 5), ("relu", 8, 6)]
    assert torch.equal(reader(x)["relu"], reader.network.third(reader(x)["second"]).relu())


def test_channels_that_come_last_are_put_first():
    network, x = ChannelsLast(), torch.rand(1, 3, 32, 64)
    reader = LevelReader(network)
    assert shown(reader) == [("turned", 4, 8), ("again", 8, 9)]
    torch.testing.assert_close(
        reader(x)["turned"].permute(0, 2, 3, 1), network.turned(network.down(x).permute(0, 2, 3, 1))
    )


@pytest.mark.parametrize("asks", [False, True])
def test_the_callers_network_keeps_its_mode_its_weights_its_statistics_and_no_hooks(asks):
    network = Blocks().train()
    network.third = nn.Sequential(network.third, nn.BatchNorm2d(6))
    network.asks = asks
    before = {key: value.clone() for key, value in network.state_dict().items()}
    reader = LevelReader(network)
    reader(torch.rand(1, 3, 32, 32))
    assert all(module.training for module in network.modules())
    assert not any(module.training for module in reader.network.modules())
    assert not any(module._forward_hooks for module in network.modules())
    assert next(reader.network.parameters()) is next(network.parameters())
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


def tiny_transformer(side):
    torch.manual_seed(0)
    network = VisionTransformer(side, 16, num_layers=4, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=3).eval()
    nn.init.normal_(network.encoder.pos_embedding)
    return network


def test_a_transformer_takes_any_size_as_torchvision_interpolates():
    """Source: torchvision.models.vision_transformer.interpolate_embeddings, which takes squares."""
    network, x = tiny_transformer(64), torch.rand(1, 3, 96, 96)
    wanted = tiny_transformer(96)
    wanted.load_state_dict(interpolate_embeddings(96, 16, dict(network.state_dict())))
    tokens = AnySizeTransformer(network)(x)
    torch.testing.assert_close(network.heads(tokens[:, 0]), wanted(x), rtol=1e-5, atol=1e-6)


def test_the_tokens_of_a_transformer_are_laid_out_over_the_picture():
    network = tiny_transformer(64)
    reader = LevelReader(network)
    assert shown(reader) == [(f"encoder.layers.encoder_layer_{block}", 16, 8) for block in range(4)]
    x = torch.rand(1, 3, 32, 64)
    found = reader(x)["encoder.layers.encoder_layer_0"]
    assert found.shape == (1, 8, 2, 4)
    tokens = torch.cat([network.class_token, network.conv_proj(x).flatten(2).transpose(1, 2)], 1)
    first = network.encoder.layers[0](tokens + AnySizeTransformer(network)._positions(2, 4))
    torch.testing.assert_close(found[0, :, 1, 2], first[0, 1 + 1 * 4 + 2])


@pytest.mark.parametrize(
    ("network", "levels", "words"),
    [
        (nn.Sequential(nn.Flatten(), nn.LazyLinear(3)), None, "^network Sequential has no features laid out over"),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(12, 3)),
            None,
            "^network Sequential does not take pictures of 448x224 px: ",
        ),
        (
            Blocks(),
            ["fifth"],
            "^unknown level 'fifth'; known: first, second, third; did you mean 'first'.; or another layer$",
        ),
        (Blocks(), ["head"], "^level 'head' is not laid out over the picture$"),
        (Blocks(), "third", "^levels is 'third', expected names of layers$"),
        (Blocks(), [], r"^levels is \[\], expected names of layers$"),
        ("resnet18", None, "^network is 'resnet18', expected a torch.nn.Module$"),
    ],
)
def test_what_does_not_fit_is_one_line(network, levels, words):
    with pytest.raises(ValueError, match=words) as caught:
        LevelReader(network, levels)
    assert "\n" not in str(caught.value)


def test_pictures_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"^pictures are 40x32 px, expected multiples of 16 px$"):
        LevelReader(tiny_transformer(32))(torch.rand(1, 3, 32, 40))
    found = LevelReader(Blocks())(torch.rand(1, 3, 33, 40))
    assert [features.shape[2:] for features in found.values()] == [(17, 20), (9, 10), (5, 5)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "strides"),
    [
        ("vgg11", [1, 2, 4, 8, 16]),
        ("resnet18", [2, 4, 8, 16]),
        ("convnext_tiny", [4, 8, 16]),
        ("efficientnet_b0", [2, 4, 8, 16]),
        ("mobilenet_v2", [2, 4, 8, 16]),
        ("mobilenet_v3_small", [2, 4, 8, 16]),
        ("swin_t", [4, 8, 16]),
        ("swin_v2_t", [4, 8, 16]),
        ("vit_b_16", [16] * 4),
        ("densenet121", [2, 4, 8, 16]),
        ("regnet_y_400mf", [2, 4, 8, 16]),
        ("squeezenet1_0", [2, 4, 8, 16]),
    ],
)
def test_families_of_torchvision(name, strides):
    reader = LevelReader(torchvision.models.get_model(name, weights=None))
    assert [level.stride for level in reader.levels] == strides
    x = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        for level, features in zip(reader.levels, reader(x).values(), strict=True):
            assert features.shape == (1, level.channels, 64 // level.stride, 96 // level.stride)
            assert features.isfinite().all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "convnext_atto", "tf_efficientnet_lite0"])
def test_features_are_those_that_timm_itself_returns(name):
    timm = pytest.importorskip("timm")
    network = timm.create_model(name).eval()
    theirs = timm.create_model(name, features_only=True).eval()
    own = {key.replace("_", "."): value for key, value in network.state_dict().items()}
    theirs.load_state_dict({key: own[key.replace("_", ".")] for key in theirs.state_dict()})
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        wanted = {features.shape[-1]: features for features in theirs(x)}
        found = LevelReader(network)(x)
        for features in found.values():
            if features.shape[1] == wanted[features.shape[-1]].shape[1]:
                torch.testing.assert_close(features, wanted[features.shape[-1]], rtol=1e-4, atol=1e-5)
    assert len(found) >= 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of timm and torch, about their own code
@pytest.mark.parametrize(
    ("name", "prefix"),
    [("vit_tiny_patch16_224", 1), ("vit_small_patch14_reg4_dinov2", 5), ("swin_tiny_patch4_window7_224", None)],
)
def test_transformers_of_timm_take_pictures_of_any_size(name, prefix):
    timm = pytest.importorskip("timm")
    network = timm.create_model(name).eval()
    reader = LevelReader(network)
    assert {level.prefix for level in reader.levels} == {prefix}
    own = timm.create_model(name, img_size=(reader.unit * 4, reader.unit * 6)).eval()
    x = torch.rand(1, 3, reader.unit * 4, reader.unit * 6)
    with torch.inference_mode():
        assert all(features.isfinite().all() for features in reader(x).values())
    assert own.num_features == reader.levels[-1].channels or prefix is None
