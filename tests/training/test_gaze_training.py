import math

import numpy as np
import pandas as pd
import pytest
import torch

from gazesim.attention.learned.readout import ReadoutSizes
from gazesim.datasets.dataset import DataSet
from gazesim.scoring import score
from gazesim.training.gaze import Fold, GazeRecipe, centres_of, held_out, losses, train_folds
from gazesim.training.gaze_scores import calibration, held_out_model
from gazesim.training.viewed import Viewed, deal, viewed_trials

SIZES = ReadoutSizes(channels=3, hidden=32, salient=16, past=2, fused=8)
RECIPE = GazeRecipe(folds=3, epochs=8, patience=8, learning_rate=0.02, batch_size=1, per_picture=6)


@pytest.fixture(scope="module")
def blobs(gaze_data, blob_features):
    data: DataSet = gaze_data(30, 2, 12)
    pictures = [Viewed(trial, name, paths, (6, 8)) for trial, name, paths in viewed_trials([data])]
    features = [blob_features(picture.trial, i) for i, picture in enumerate(pictures)]
    return data, pictures, features, deal(30, 3, 0)


@pytest.fixture(scope="module")
def trained(blobs, tmp_path_factory):
    _, pictures, features, dealt = blobs
    folder = tmp_path_factory.mktemp("trained")
    return (*train_folds(pictures, features, dealt, SIZES, RECIPE, folder), folder)


def test_no_picture_is_learned_from_and_tested_on():
    dealt = deal(20, 4, 0)
    for number in range(4):
        fold = Fold.of(dealt, number)
        assert sorted([*fold.train, *fold.validation, *fold.test]) == list(range(20))
    assert sorted(i for number in range(4) for i in Fold.of(dealt, number).test) == list(range(20))


def over_uniform(blobs, trained):
    """Return the bits (fixations, next ones) that held-out pictures gain over uniform."""
    _, pictures, features, dealt = blobs
    found = []
    for number, member in enumerate(trained[0]):
        fold = Fold.of(dealt, number)
        centre = centres_of([pictures[i] for i in fold.train])["blobs"]
        found += [losses(member, pictures[i], features[i], centre)[:2] for i in fold.test]
    return (math.log(12 * 16) - np.array(found).mean(0)) / math.log(2)


def test_what_people_look_at_is_learned(blobs, trained):
    """Half of the fixations are on one of 48 places, all others anywhere: the true density gains what follows.

    What is missing is the blur, and the centre bias of ten pictures, of which there is none in truth.
    """
    on = 0.5 + 0.5 / 48
    true_gain = on * math.log2(48 * on) + (1 - on) * math.log2(48 * (1 - on) / 47)
    assert 0.45 * true_gain < min(over_uniform(blobs, trained)) < max(over_uniform(blobs, trained)) < 1.1 * true_gain


def test_held_out_has_each_picture_once(blobs, trained):
    _, pictures, features, dealt = blobs
    table, ranks = held_out(pictures, features, dealt, trained[0])
    assert list(table["trial"]) == [picture.trial.id for picture in pictures]
    assert len(ranks) == sum(len(picture.nexts[0]) for picture in pictures)
    assert ((ranks > 0) & (ranks < 1)).all()


def test_durations_are_learned(trained):
    for member in trained[0]:
        assert float(member.log_duration_sd.exp()) == pytest.approx(0.4, abs=0.1)


def test_stopped_training_ends_the_same(blobs, trained, tmp_path, monkeypatch):
    _, pictures, features, dealt = blobs
    from gazesim.training import gaze

    original, left = gaze._Training.run_epoch, iter(range(5))

    def stop(self, number):
        original(self, number)
        if next(left, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(gaze._Training, "run_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        train_folds(pictures, features, dealt, SIZES, RECIPE, tmp_path)
    monkeypatch.setattr(gaze._Training, "run_epoch", original)
    torch.set_num_threads(2)
    members, history = train_folds(pictures, features, dealt, SIZES, RECIPE, tmp_path)
    torch.set_num_threads(1)
    for member, other in zip(members, trained[0], strict=True):
        for name, tensor in member.state_dict().items():
            assert torch.equal(tensor, other.state_dict()[name]), name
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), trained[1].drop(columns="seconds"))


def test_a_checkpoint_of_another_training_is_refused(blobs, trained):
    _, pictures, features, dealt = blobs
    with pytest.raises(ValueError, match="is of another training"):
        train_folds(pictures, features, dealt, SIZES, GazeRecipe(folds=3, seed=1), trained[2])


def test_the_score_of_the_held_out_model_is_its_gain(blobs, trained):
    """Places of 4 px against px: the two agree but for what lies between places."""
    data, pictures, features, dealt = blobs
    model = held_out_model(pictures, features, dealt, trained[0])
    found = score([model], data, ["nss", "log_likelihood"]).summary.set_index(["metric", "model"])["value"]
    bits = (found["log_likelihood", "gaze"] - found["log_likelihood", "uniform"]) / math.log(2)
    assert bits == pytest.approx(over_uniform(blobs, trained)[0], abs=0.25)
    assert found["nss", "gaze"] > 1.2


def test_calibration_of_ranks_that_are_uniform():
    found = calibration((np.arange(1000) + 0.5) / 1000)
    np.testing.assert_allclose(found["share"], 0.1)
    assert found["fixations"].sum() == 1000


def test_a_density_too_wide_shows():
    assert calibration(np.random.default_rng(0).random(1000) ** 3)["share"][0] > 0.3


def test_recipes_are_checked():
    with pytest.raises(ValueError, match="folds is 2"):
        GazeRecipe(folds=2)
    with pytest.raises(ValueError, match="learning_rate is 0"):
        GazeRecipe(learning_rate=0)
