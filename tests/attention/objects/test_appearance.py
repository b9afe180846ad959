import numpy as np
import pytest
import torch

from gazesim.attention.objects.appearance import (
    NAME_SIZE,
    PatchCNN,
    SharpFeatures,
    cut_patches,
    name_features,
    pool_features,
)
from gazesim.attention.objects.layout import Layout
from gazesim.encoders.eccentricity import Eccentricity
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.trial import Trial


@pytest.fixture
def trial(noise):
    boxes = [[0, 0, 16, 24], [40, 8, 56, 32], [80, 40, 96, 64]]
    return Trial(noise(64, 96), None, target_box=boxes[1], objects=boxes, px_per_degree=4, id="t")


def test_patches_are_those_of_the_objects_and_then_the_target(trial):
    patches = cut_patches(trial, Layout.of(trial))
    assert patches.shape == (4, 3, 150, 93)
    assert -1 <= patches.min() < patches.max() <= 1
    np.testing.assert_array_equal(patches[1], patches[3])
    assert not np.allclose(patches[0], patches[1])
    box = [0, 0, 9, 9]
    grey = Trial(np.full((64, 96, 3), 255, np.uint8), None, target_box=box, objects=[box], px_per_degree=4)
    np.testing.assert_array_equal(cut_patches(grey, Layout.of(grey)), 1)


def test_the_cnn_keeps_the_axes_before_the_picture():
    cnn = PatchCNN(7)
    patches = torch.randn(2, 3, 3, 150, 93)
    assert cnn(patches).shape == (2, 3, 7)
    torch.testing.assert_close(cnn(patches)[1, 2], cnn(patches[1, 2:])[0], atol=1e-5, rtol=1e-4)


def test_patches_go_through_the_cnn_in_parts_of_a_size_that_fits_memory(monkeypatch):
    cnn, together, seen = PatchCNN(7), PatchCNN._together, []
    monkeypatch.setattr("gazesim.attention.objects.appearance.TOGETHER", 2)
    monkeypatch.setattr(PatchCNN, "_together", lambda self, part: seen.append(len(part)) or together(self, part))
    patches = torch.randn(5, 3, 150, 93)
    found = cnn(patches)
    assert seen == [2, 2, 1]
    torch.testing.assert_close(found, together(cnn, patches), atol=1e-5, rtol=1e-4)


def test_pooled_features_are_of_the_object_and_blur_with_distance(trial, tiny_trunk):
    steep = Eccentricity(fovea_deg=1.0, slopes=(0.5, 0.5, 0.5))
    encoder, layout = FoveatedEncoder(tiny_trunk, eccentricity=steep), Layout.of(trial)
    found = pool_features(trial, layout, layout.centres, encoder)
    assert found.shape == (3, 4, 8)
    np.testing.assert_allclose((found**2).mean(-1), 1, rtol=1e-4)
    near, far = (np.linalg.norm(found[view, 1] - found[view, 3]) for view in (1, 2))  # object 1 is the target
    assert near < far
    sharp = pool_features(trial, layout, layout.centres, FoveatedEncoder(tiny_trunk, EncoderSettings(eccentric=False)))
    assert np.abs(found - sharp).max() > 1e-3


def test_features_change_with_the_object(noise, tiny_trunk, trial):
    encoder, layout = FoveatedEncoder(tiny_trunk), Layout.of(trial)
    image = trial.image.copy()
    image[40:64, 80:96] = 0
    settings = {"target_box": trial.target_box, "objects": trial.objects, "px_per_degree": 4, "background": 128}
    trials = (Trial(pixels, trial.target, **settings) for pixels in (trial.image, image))
    one, two = (pool_features(t, layout, layout.centres[:1], encoder)[0] for t in trials)
    assert np.abs(one[2] - two[2]).max() > 0.1
    np.testing.assert_allclose(one[[0, 3]], two[[0, 3]], atol=1e-4)


def named(trial, **names):
    given = {"object_texts": ["bird213", "bird246", "cat 7"], "target_texts": ["bird1", "bird2", "cat9", "cat8"]}
    return trial.replace(**{**given, **names})


def test_names_of_one_kind_have_one_code(trial):
    found = name_features(named(trial))
    assert found.shape == (4, NAME_SIZE)
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0.1
    np.testing.assert_allclose(found[3, :-1], (found[0, :-1] + found[2, :-1]) / 2, rtol=1e-5)
    assert found[:, -1].tolist() == [0, 0, 0, 2]  # of four targets
    np.testing.assert_array_equal(name_features(named(trial, target_texts=["bird"]))[3], found[0])
    assert len({name_features(named(trial, object_texts=[str(n), "a", "b"]))[0].tobytes() for n in (1, 2)}) == 2
    with pytest.raises(ValueError, match=r"'t' has no object_texts, expected names"):
        name_features(trial)


def test_sharp_features_are_of_the_picture_wherever_it_is(tiny_trunk, noise):
    patch, image = noise(16, 16, seed=5), np.full((64, 96, 3), 128, np.uint8)
    boxes = [[0, 0, 16, 16], [40, 8, 56, 24], [70, 40, 86, 56]]
    image[:16, :16] = image[40:56, 70:86] = patch
    trial = Trial(image, targets=[patch, noise(16, 16, seed=6)], objects=boxes, present=False, px_per_degree=4)
    sharp = SharpFeatures(FoveatedEncoder(tiny_trunk))
    found = sharp.of(trial, Layout.of(trial))
    assert found.shape == (4, 8)
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_allclose((found[:3] ** 2).mean(-1), 1, rtol=1e-4)
    alone = sharp.of(trial.replace(target=patch), Layout.of(trial))
    np.testing.assert_allclose(alone[3], found[0], rtol=1e-5)
    assert len(sharp._known) == 3
