import numpy as np
import pytest

from gazesim import Trial
from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.training.picture_features import picture_features


@pytest.fixture
def trials(noise):
    return [Trial(noise(48, 64, i), px_per_degree=8, id=str(i)) for i in range(4)]


class Counting(TrunkFeatures):
    seen = 0

    def __call__(self, picture):
        self.seen += 1
        return super().__call__(picture)


def test_what_was_computed_is_not_computed_again(trials, tiny_trunk, tmp_path):
    counting = Counting(tiny_trunk, FeatureSettings(64))
    projection, features = picture_features(trials, counting, 5, tmp_path)
    assert counting.seen == 8  # all four are the basis
    again, kept = picture_features(trials, counting, 5, tmp_path)
    assert counting.seen == 8
    assert (projection.matrix == again.matrix).all()
    assert all((one == other).all() for one, other in zip(features, kept, strict=True))
    next(tmp_path.glob("*.npy")).unlink()
    assert (picture_features(trials, counting, 5, tmp_path)[1][0] == features[0]).all()
    assert counting.seen == 9


def test_they_are_the_projection_of_the_features(trials, tiny_trunk, tmp_path):
    sees = TrunkFeatures(tiny_trunk, FeatureSettings(64))
    projection, features = picture_features(trials, sees, 5, tmp_path)
    expected = projection(sees(trials[2].image))
    assert features[2].shape == (*expected.shape[:2], 5)
    np.testing.assert_allclose(features[2].float(), expected, rtol=2e-3, atol=2e-3)


def test_other_settings_have_files_of_their_own(trials, tiny_trunk, tmp_path):
    picture_features(trials, TrunkFeatures(tiny_trunk, FeatureSettings(64)), 5, tmp_path)
    picture_features(trials, TrunkFeatures(tiny_trunk, FeatureSettings(32)), 5, tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 8


def test_a_damaged_file_is_named(trials, tiny_trunk, tmp_path):
    sees = TrunkFeatures(tiny_trunk, FeatureSettings(64))
    picture_features(trials, sees, 5, tmp_path)
    broken = next(tmp_path.glob("*.npy"))
    broken.write_bytes(b"x")
    with pytest.raises(ValueError, match=rf"{broken.name} is damaged: .*; delete it"):
        picture_features(trials, sees, 5, tmp_path)
