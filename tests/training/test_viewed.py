from dataclasses import replace

import numpy as np
import pytest

from gazesim import Scanpath, Trial
from gazesim.training.viewed import Viewed, deal, viewed_trials


@pytest.fixture
def free(gaze_data):
    return gaze_data()


def test_fixations_off_the_picture_are_not_predicted_but_remembered(noise):
    trial = Trial(noise(48, 64), px_per_degree=8, id="a")
    path = Scanpath(np.array([[1, 1], [70, 1], [2, 3]]), trial="a", observer="p", duration_ms=np.array([200, 0, 300]))
    picture = Viewed(trial, "mine", (path,), (6, 8))
    assert picture.xy.tolist() == [[1, 1], [2, 3]]
    assert float(picture.counts.sum()) == 2
    before, targets = picture.nexts
    assert [each.tolist() for each in before] == [[[1, 1], [63, 1]]]
    assert targets.tolist() == [0]
    at, led, log_ms = picture.durations
    assert len(at) == len(led) == 2
    np.testing.assert_allclose(log_ms, np.log([200, 300]), rtol=1e-6)


def test_folds_are_even_and_drawn_by_the_seed():
    dealt = deal(23, 5, 0)
    assert sorted(np.bincount(dealt).tolist()) == [4, 4, 5, 5, 5]
    assert (dealt == deal(23, 5, 0)).all()
    assert (dealt != deal(23, 5, 1)).any()


def test_folds_have_pictures():
    with pytest.raises(ValueError, match="folds is 5, but there are 4 pictures"):
        deal(4, 5, 0)
    with pytest.raises(ValueError, match="folds is 2"):
        deal(9, 2, 0)


def test_all_that_was_looked_at_comes_back(free):
    found = viewed_trials([free])
    assert len(found) == 6
    assert {name for _, name, _ in found} == {"blobs"}
    assert all(len(paths) == 3 for _, _, paths in found)


def one_place(path):
    return replace(path, xy=np.full((2, 2), 30.0), duration_ms=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: replace(d, scanpaths=[p for p in d.scanpaths if p.trial == d.trials[0].id]),
            "1 pictures were looked at, expected at least 3",
        ),
        (
            lambda d: replace(d, scanpaths=[p for p in d.scanpaths if p.observer == "p0"]),
            "1 person looked at the pictures, expected at least 2",
        ),
        (lambda d: replace(d, scanpaths=[one_place(p) for p in d.scanpaths]), r"fixations are at \[30.0, 30.0\]"),
        (
            lambda d: replace(d, trials=[t.replace(px_per_degree=None) for t in d.trials]),
            "px_per_degree is not known, expected px_per_degree=NUMBER",
        ),
    ],
)
def test_bad_data_are_one_line(free, change, message):
    with pytest.raises(ValueError, match=f"blobs: .*{message}"):
        viewed_trials([change(free)])


def test_a_missing_picture_is_one_line(free):
    trials = [Trial(id=free.trials[0].id, width=64, height=48, px_per_degree=8), *free.trials[1:]]
    with pytest.raises(FileNotFoundError, match="the picture of 'b0' is not here"):
        viewed_trials([replace(free, trials=trials)])
