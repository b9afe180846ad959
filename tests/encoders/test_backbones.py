from functools import partial
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from gazesim.encoders.backbones import TRUNKS, Trunk, TrunkSettings, load_trunk, torch_device, vgg_layers
from gazesim.encoders.named import NAMED


@pytest.fixture(scope="module")
def squeezenet():
    torch.manual_seed(0)
    return torchvision.models.squeezenet1_1(weights=None)


def spread(name, fill=2**-12):
    """The state dict of a trunk whose tensors hold one number each, so that its file is small."""
    with torch.device("meta"):
        state = TRUNKS[name](weights=None).features.state_dict()
    return {key: torch.full((), fill).expand(value.shape) for key, value in state.items()}


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_state_dict_gives_the_same_trunk(tmp_path, squeezenet, suffix, whole):
    path, state = tmp_path / f"w{suffix}", (squeezenet if whole else squeezenet.features).state_dict()
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    trunk = load_trunk(path)
    assert (trunk.name, trunk.preprocessing, trunk.source) == ("squeezenet1_1", "torchvision", str(path))
    x = torch.rand(1, 3, 40, 40)
    np.testing.assert_allclose(trunk.features(x), squeezenet.features.eval()(x).detach(), rtol=1e-4, atol=1e-5)
    assert not trunk.features.training
    assert not any(parameter.requires_grad for parameter in trunk.features.parameters())


@pytest.mark.parametrize("name", [name for name in TRUNKS if not name.startswith(("vgg13", "vgg16", "vgg19"))])
def test_the_architecture_is_inferred(tmp_path, name):
    torch.save(spread(name), tmp_path / "w.pt")
    trunk = load_trunk(str(tmp_path / "w.pt"))
    assert trunk.name == name
    kinds = [type(layer) for layer in trunk.features]
    with torch.device("meta"):
        assert kinds == [type(layer) for layer in TRUNKS[name](weights=None).features]


def test_half_precision_becomes_single(tmp_path):
    torch.save({key: value.half() for key, value in spread("squeezenet1_1").items()}, tmp_path / "w.pt")
    trunk = load_trunk(tmp_path / "w.pt", TrunkSettings(preprocessing="caffe"))
    assert {p.dtype for p in trunk.features.parameters()} == {torch.float32}
    assert trunk.preprocessing == "caffe"


def test_batch_norm_runs_without_its_counters(tmp_path):
    state = {key: value for key, value in spread("vgg11_bn").items() if "tracked" not in key}
    torch.save(state, tmp_path / "w.pt")
    assert load_trunk(tmp_path / "w.pt").name == "vgg11_bn"


def test_keras_files_are_vggs_with_caffes_preprocessing(tmp_path):
    h5py, state, layer = pytest.importorskip("h5py"), spread("vgg16"), None
    names = [f"block{b}_conv{c}" for b, count in enumerate((2, 2, 3, 3, 3), 1) for c in range(1, count + 1)]
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for (key, value), layer in zip(state.items(), np.repeat(names, 2), strict=True):
            part, shape = ("kernel", np.array(value.shape)[[2, 3, 1, 0]]) if "weight" in key else ("bias", value.shape)
            file.create_dataset(f"{layer}/{layer}/{part}:0", tuple(shape), np.float32, fillvalue=2**-12)
    trunk = load_trunk(tmp_path / "w.h5")
    assert (trunk.name, trunk.preprocessing) == ("vgg16", "caffe")
    assert {value.unique().item() for value in trunk.features.state_dict().values()} == {2**-12}


@pytest.mark.parametrize(
    ("change", "settings", "words"),
    [
        (lambda s: s, {"trunk": "vgg16"}, "is not of trunk 'vgg16'; it fits squeezenet1_1$"),
        (lambda s: dict(list(s.items())[:-1]), {}, r"fits no known trunk \(vgg11, .*, squeezenet1_1\)"),
        (lambda s: dict(list(s.items())[:-1]), {"trunk": "vgg16"}, "is not of trunk 'vgg16'; it fits no known trunk$"),
        (lambda s: s | {"13.weight": torch.zeros(1)}, {}, "fits no known trunk"),
        (lambda s: s | {"0.bias": torch.zeros(65)}, {}, "fits no known trunk"),
        (lambda s: s | {"0.bias": torch.full((64,), np.nan)}, {}, r": 0\.bias holds values that are not finite$"),
        (lambda s: s | {"0.bias": torch.full((64,), -np.inf)}, {}, r": 0\.bias holds values that are not finite$"),
    ],
)
def test_other_weights_are_refused(tmp_path, change, settings, words):
    torch.save(change(spread("squeezenet1_1")), tmp_path / "w.pt")
    with pytest.raises(ValueError, match=words) as caught:
        load_trunk(tmp_path / "w.pt", TrunkSettings(**settings))
    assert str(caught.value).startswith(f"weights file {tmp_path / 'w.pt'}")
    assert "\n" not in str(caught.value)


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^weights file .*gone\.pt does not exist$"):
        load_trunk(tmp_path / "gone.pt")
    with pytest.raises(ValueError, match=r"^weights .* is not a file$"):
        load_trunk(tmp_path)


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (partial(load_trunk, "embeded"), "^unknown weights 'embeded'; .*; did you mean 'embedded'.; or the path"),
        (partial(load_trunk, ""), "^unknown weights ''"),
        (partial(TrunkSettings, "vgg61"), "^unknown trunk 'vgg61'; known: alexnet, .*; did you mean 'vgg1"),
        (
            partial(TrunkSettings, None, "keras"),
            "^preprocessing is 'keras', expected one of None, 'torchvision', 'caffe', 'inception'$",
        ),
        (
            partial(load_trunk, "embedded", TrunkSettings("vgg16")),
            "have a trunk of their own, found trunk='vgg16'",
        ),
        (partial(torch_device, "gpu"), "^device is 'gpu', which cannot be used here: "),
        pytest.param(partial(torch_device, None), "^device is None"),
        pytest.param(partial(torch_device, "meta"), "^device is 'meta'"),
        pytest.param(partial(load_trunk, None), "^weights is None"),
    ],
)
def test_names_are_checked(load, words):
    with pytest.raises(ValueError, match=words) as caught:
        load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        URLError("no network"),
        TimeoutError("no network"),
        pytest.param(
            RuntimeError('invalid hash value (expected "1", got "2")'),
        ),
    ],
)
def test_a_download_that_fails_is_one_line(tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(ValueError, match=r"^weights 'torchvision' of squeezenet1_1 could not be downloaded") as caught:
        load_trunk("torchvision", TrunkSettings("squeezenet1_1"))
    assert "use weights=embedded or a weights file" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_torchvisions_own_weights_are_asked_for(monkeypatch, squeezenet):
    asked = {}

    def build(**settings):
        asked.update(settings)
        return squeezenet

    monkeypatch.setitem(TRUNKS, "vgg16", build)
    trunk = load_trunk("torchvision")
    assert asked == {"weights": "DEFAULT"}
    assert (trunk.name, trunk.preprocessing, trunk.source) == ("vgg16", "torchvision", "torchvision")


def test_preprocessing_in_closed_form():
    image = np.array([[[255, 0, 128], [10, 20, 30]]], np.uint8)
    layers = nn.Sequential(nn.Conv2d(3, 1, 1))
    caffe = Trunk("", layers, "caffe", "").to_input(image)
    assert (caffe.shape, caffe.dtype) == ((1, 3, 1, 2), torch.float32)
    # blue, green, red minus the means of Caffe's VGG
    expected = [[[128 - 103.939, 30 - 103.939]], [[-116.779, 20 - 116.779]], [[255 - 123.68, 10 - 123.68]]]
    np.testing.assert_allclose(caffe[0], expected, rtol=1e-5)
    ours = Trunk("", layers, "torchvision", "").to_input(image)
    normalise = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    theirs = normalise(torchvision.transforms.functional.to_tensor(image))
    np.testing.assert_allclose(ours[0], theirs, atol=1e-6)


def test_the_embedded_weights_are_vgg16():
    trunk = load_trunk()
    assert (trunk.name, trunk.preprocessing, trunk.source) == ("vgg16", "caffe", "embedded")
    with torch.device("meta"):
        published = torchvision.models.vgg16(weights=None).features.state_dict()
    shapes = [tuple(value.shape) for value in published.values()]
    assert [tuple(value.shape) for value in trunk.features.state_dict().values()] == shapes
    assert NAMED["embedded"].path.stat().st_size <= 12e6


def test_the_embedded_weights_are_the_published_ones(data):
    published = load_trunk(data / "vgg16" / "vgg16_imagenet_notop_float16.h5")
    for ours, theirs in zip(load_trunk().features.parameters(), published.features.parameters(), strict=True):
        if ours.ndim == 1:
            assert torch.equal(ours, theirs)
        else:
            assert (ours - theirs).square().mean() < 1e-3 * theirs.square().mean()


def test_places_is_a_small_vgg():
    trunk = load_trunk("places")
    assert (trunk.name, trunk.preprocessing, trunk.source) == ("places", "torchvision", "places")
    assert NAMED["places"].path.stat().st_size < 6e6
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in trunk.features) == 5
    assert {type(layer) for layer in trunk.features} == {nn.Conv2d, nn.ReLU, nn.MaxPool2d}
    assert all(p.isfinite().all() and p.std() > 0 for p in trunk.features.parameters())


def test_the_layers_of_a_vgg_follow_their_configuration():
    layers = vgg_layers([4, "M", 5])
    assert [type(layer) for layer in layers] == [nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.Conv2d, nn.ReLU]
    assert [layers[0].out_channels, layers[3].in_channels, layers[3].out_channels] == [4, 4, 5]
