import pytest
import torch
from safetensors.torch import save_file

from gazesim.attention.learned.features import TrunkFeatures
from gazesim.attention.learned.weights import read_gaze_weights, write_gaze_weights
from gazesim.encoders.backbones import Trunk


def test_what_was_written_is_read_back(tmp_path, tiny_gaze):
    write_gaze_weights(tmp_path / "a.safetensors", tiny_gaze)
    found = read_gaze_weights(tmp_path / "a.safetensors")
    assert (found.kind, found.trunk, found.long_side) == (tiny_gaze.kind, "tiny", 64)
    assert found.about == tiny_gaze.about
    assert list(found.centres) == ["mine"]
    for member, other in zip(found.members, tiny_gaze.members, strict=True):
        for name, tensor in member.state_dict().items():
            torch.testing.assert_close(tensor, other.state_dict()[name].half().float())
    write_gaze_weights(tmp_path / "b.safetensors", found)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_other_files_are_refused(tmp_path, tiny_gaze):
    with pytest.raises(FileNotFoundError, match=r"weights file .* does not exist"):
        read_gaze_weights(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(ValueError, match="is damaged or not safetensors"):
        read_gaze_weights(tmp_path / "text.safetensors")
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="is not of gaze, expected one that `gazesim train model=gaze` wrote"):
        read_gaze_weights(tmp_path / "other.safetensors")
    tiny_gaze.members[0].spatial.bias.data = torch.full((1,), torch.nan)
    write_gaze_weights(tmp_path / "nan.safetensors", tiny_gaze)
    tiny_gaze.members[0].spatial.bias.data = torch.zeros(1)
    with pytest.raises(ValueError, match="not finite"):
        read_gaze_weights(tmp_path / "nan.safetensors")


def test_another_trunk_is_refused(tiny_gaze, tiny_trunk):
    other = TrunkFeatures(Trunk("tiny", tiny_trunk.features, "caffe", "a.pt"))
    with pytest.raises(
        ValueError, match=r"trained on features of tiny, torchvision, found those of tiny, caffe \(a.pt\)"
    ):
        tiny_gaze.check_trunk(other)
