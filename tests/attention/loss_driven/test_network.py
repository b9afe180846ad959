import numpy as np
import pytest
import torch
import torchvision

from gazesim.attention.loss_driven.network import ClassifierSettings, imagenet_classes, load_network, pooled
from gazesim.encoders.backbones import TrunkSettings


@pytest.fixture(scope="module")
def squeezenet(tmp_path_factory):
    torch.manual_seed(0)
    model = torchvision.models.squeezenet1_1(weights=None, num_classes=7).eval()
    path = tmp_path_factory.mktemp("weights") / "squeezenet.pt"
    torch.save(model.state_dict(), path)
    return model, path


def test_the_embedded_trunk_has_its_channels_as_classes(noise):
    network = load_network()
    features = network.features(noise(64, 64))
    assert (len(network.stages), network.head, features.shape) == (5, None, (1, 512, 2, 2))
    assert torch.equal(network.logits(features), pooled(features))


def test_the_stages_and_the_head_are_torchvisions_model(squeezenet, noise):
    model, path = squeezenet
    network = load_network(path)
    picture = noise(64, 64)
    expected = model(network.to_input(picture))
    np.testing.assert_allclose(network.logits(network.features(picture)).numpy(), expected.detach().numpy(), atol=1e-5)
    assert len(network.stages) == 4


def test_alexnet_pools_between(tmp_path, noise):
    torch.manual_seed(0)
    model = torchvision.models.alexnet(weights=None, num_classes=5).eval()
    torch.save(model.state_dict(), tmp_path / "alexnet.pt")
    network = load_network(tmp_path / "alexnet.pt", TrunkSettings("alexnet"))
    picture = noise(96, 96)
    expected = model(network.to_input(picture))
    np.testing.assert_allclose(network.logits(network.features(picture)).numpy(), expected.detach().numpy(), atol=1e-5)


def test_any_torchvision_classifier_is_one_stage(tmp_path, noise):
    torch.manual_seed(0)
    model = torchvision.models.shufflenet_v2_x0_5(weights=None).eval()
    torch.save(model.state_dict(), tmp_path / "w.pt")
    network = load_network(tmp_path / "w.pt", settings=ClassifierSettings("shufflenet_v2_x0_5"))
    picture = noise(64, 64)
    expected = model(network.to_input(picture))
    assert len(network.stages) == 1
    assert torch.equal(network.logits(network.features(picture)), expected)


def test_a_file_without_classifier_has_no_head(squeezenet, tmp_path):
    state = {key: value for key, value in squeezenet[0].state_dict().items() if key.startswith("features.")}
    torch.save(state, tmp_path / "trunk.pt")
    assert load_network(tmp_path / "trunk.pt").head is None


@pytest.mark.parametrize(
    ("weights", "settings", "words"),
    [
        ("embedded", ClassifierSettings("resnet18"), "weights 'embedded' are not of resnet18"),
        ("squeezenet", ClassifierSettings("resnet18"), "weights file .* does not fit the classifier of resnet18"),
        ("broken", ClassifierSettings("resnet18"), "weights file .* is damaged or not a torch file$"),
    ],
)
def test_bad_weights_are_named(squeezenet, tmp_path, weights, settings, words):
    (tmp_path / "broken.pt").write_bytes(b"nothing")
    path = {"squeezenet": squeezenet[1], "broken": tmp_path / "broken.pt"}.get(weights, weights)
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        load_network(path, settings=settings)
    assert "\n" not in str(caught.value)


def test_unknown_classifiers_and_files_are_named():
    with pytest.raises(ValueError, match=r"unknown classifier 'resnet19'; .*did you mean 'resnet18'"):
        ClassifierSettings("resnet19")
    with pytest.raises(FileNotFoundError, match=r"^weights file /nowhere.pt does not exist$"):
        load_network("/nowhere.pt", settings=ClassifierSettings("resnet18"))


def test_the_classes_are_imagenets():
    assert (len(imagenet_classes()), imagenet_classes()[207]) == (1000, "golden retriever")
