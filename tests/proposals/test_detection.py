from urllib.error import URLError

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gazesim.proposals.detection import DETECTORS, DOWNLOADED, DetectionSettings, detected, load_detector


class Told(nn.Module):
    """Detects what it was told, like a detector of torchvision."""

    def __init__(self, boxes, scores):
        super().__init__()
        self.scores = nn.Parameter(torch.tensor(scores))
        self.boxes = torch.tensor(boxes)

    def forward(self, pictures):
        self.seen = pictures
        return [{"boxes": self.boxes, "scores": self.scores, "labels": torch.arange(len(self.scores))}]


def test_sure_detections_are_kept_once_within_the_picture(noise):
    boxes = [[10.2, 5.1, 30.4, 25.0], [10.0, 5.0, 31.0, 25.0], [-4, 30, 8, 99], [40, 3, 40.3, 20], [2, 2, 9, 9.0]]
    told = Told(boxes, [0.6, 0.8, 0.9, 0.99, 0.4])
    picture = noise(40, 60)
    assert detected(picture, told).tolist() == [[0, 30, 8, 40], [10, 5, 31, 25]]
    np.testing.assert_allclose(told.seen[0].permute(1, 2, 0) * 255, picture, atol=1e-4)  # RGB from 0 to 1
    assert detected(picture, told, DetectionSettings(0.3)).tolist()[-1] == [2, 2, 9, 9]
    assert detected(picture, told, DetectionSettings(1.0)).shape == (0, 4)


@pytest.fixture(scope="module")
def untrained():
    """A detector of three classes that finds something, as it is unsure about everything."""
    torch.manual_seed(0)
    model = DETECTORS[DOWNLOADED](weights=None, weights_backbone=None, num_classes=3)
    model.roi_heads.box_predictor.cls_score.bias.data = torch.tensor([-3.0, 2.0, 2.0])
    return model.eval()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_state_dict_gives_the_same_detector(tmp_path, untrained, noise, suffix):
    state = {k: v for k, v in untrained.state_dict().items() if suffix == ".pt" or "num_batches" not in k}
    path = tmp_path / f"detector{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    before = torch.get_rng_state()
    detector = load_detector(path)
    assert torch.equal(torch.get_rng_state(), before)
    assert not detector.training
    for name, value in untrained.state_dict().items():
        torch.testing.assert_close(detector.state_dict()[name], value)
    if suffix == ".pt":
        picture = noise(60, 80)
        found = detected(picture, detector, DetectionSettings(0.1))
        assert len(found)
        assert (found[:, :2] >= 0).all()
        assert (found[:, 2:] <= [80, 60]).all()
        assert (found[:, :2] < found[:, 2:]).all()
        np.testing.assert_array_equal(detected(picture, untrained, DetectionSettings(0.1)), found)


def test_the_architecture_is_inferred(tmp_path):
    with torch.device("meta"):
        model = DETECTORS["fasterrcnn_resnet50_fpn_v2"](weights=None, weights_backbone=None, num_classes=91)
    # one number for each tensor, so that the file is small
    state = {key: torch.full((), 0.25).expand(value.shape) for key, value in model.state_dict().items()}
    torch.save(state, tmp_path / "w.pt")
    assert len(load_detector(tmp_path / "w.pt").backbone.body.layer3) == 6  # blocks of ResNet-50
    state["backbone.body.conv1.weight"] = torch.full((), torch.inf).expand(64, 3, 7, 7)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(ValueError, match=r"backbone.body.conv1.weight holds values that are not finite"):
        load_detector(tmp_path / "w.pt")


@pytest.mark.parametrize("error", [URLError("no network"), RuntimeError("invalid hash value")])
def test_a_download_that_fails_says_what_to_do(tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(ValueError, match=r"^detector 'torchvision' could not be downloaded \(") as caught:
        load_detector()
    assert "use detector=FILE with its weights, or objects=segmented" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_detector(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none.pt' does not exist, expected 'torchvision' or a weights file"):
        load_detector(tmp_path / "none.pt")
    with pytest.raises(ValueError, match="is not a file"):
        load_detector(tmp_path)
    (tmp_path / "cut.pt").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(ValueError, match=r"cut.pt is damaged"):
        load_detector(tmp_path / "cut.pt")
    torch.save({"0.weight": torch.zeros(3, 3)}, tmp_path / "linear.pt")
    with pytest.raises(ValueError, match=r"linear.pt fits no known detector \(fasterrcnn_mobilenet_v3_large_fpn, "):
        load_detector(tmp_path / "linear.pt")
    with pytest.raises(ValueError, match="least_score is -1"):
        DetectionSettings(-1)
