from functools import partial

import numpy as np
import pytest
import torch

from gazesim import Trial
from gazesim.attention import Glance
from gazesim.attention.learned.search import (
    CHANNELS,
    PAST,
    GazeSearchAttention,
    SearchWeights,
    past_of,
    read_search_weights,
    seen_by,
)
from gazesim.attention.learned.similarity import cosine, resemblance


def same(value, trial):
    return value


def weights(**given):
    return SearchWeights(np.array([given.get(name, 0.0) for name in CHANNELS]), torch.zeros(24, 32), {})


@pytest.fixture
def trial(noise):
    picture = np.full((48, 64, 3), 128, np.uint8)
    picture[16:32, 32:48] = noise(16, 16)
    return Trial(picture, target_box=(32, 16, 48, 32), px_per_degree=8, id="a")


def test_the_cosine_is_that_of_the_numbers_beneath_the_kernel():
    x = torch.randn(5, 6, 4, generator=torch.Generator().manual_seed(0))
    found = cosine(x, x[1:4, 2:5])
    assert float(found[2, 3]) == pytest.approx(1)
    assert float(found.max()) == pytest.approx(1)
    patch, kernel = x[0:3, 0:3].numpy().ravel(), x[1:4, 2:5].numpy().ravel()
    expected = patch @ kernel / np.linalg.norm(patch) / np.linalg.norm(kernel)
    assert float(found[1, 1]) == pytest.approx(expected, rel=1e-5)


def test_a_target_resembles_its_own_place(tiny_features, trial):
    _, similar = resemblance(tiny_features, trial.image, trial.target)
    rows, columns = similar.shape[1:]
    y, x = np.unravel_index(int(similar[-1].argmax()), (rows, columns))
    assert abs((y + 0.5) * 48 / rows - 24) < 9
    assert abs((x + 0.5) * 64 / columns - 40) < 9


def test_the_past_is_gaussians_of_distance(trial):
    found = past_of(trial, [[(4.0, 4.0), (35.5, 19.5)], [(35.5, 19.5)]], (6, 8))
    # place (2, 4) is centred on px (35.5, 19.5), place (0, 0) on (3.5, 3.5)
    assert found[0, 2, 4, :4].tolist() == [1, 1, 1, 1]
    square = (32**2 + 16**2) / 8**2
    np.testing.assert_allclose(found[0, 0, 0, :4], [np.exp(-square / 2 / deg**2) for deg in (1, 2, 4, 8)], rtol=1e-4)
    assert float(found[0, 0, 0, 4]) == pytest.approx(np.exp(-0.5 * 0.5 / 8**2 / 1.5**2), rel=1e-5)
    assert (found[1, ..., 4] == 0).all()


@pytest.fixture
def attention(tiny_features, tiny_gaze):
    def make(**given):
        return GazeSearchAttention(partial(seen_by, tiny_features, tiny_gaze), partial(same, weights(**given)))

    return make


def density(attention, trial, *history):
    xy = np.array(history, float)
    return np.exp(attention.attend([Glance(trial, trial.image, xy[-1], xy)])[0].map)


def test_without_weights_all_places_are_alike(attention, trial):
    np.testing.assert_allclose(density(attention(), trial, (5, 5)), 1 / (48 * 64))


def test_the_target_attracts(attention, trial):
    found = density(attention(target_5=3.0), trial, (5, 5))
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert 24 <= x < 56
    assert 8 <= y < 40
    assert found.sum() == pytest.approx(1)


def test_what_was_fixated_is_left(attention, trial):
    found = density(attention(near_1_deg=-2.0, **{"return": -2.0}), trial, (8, 8), (56, 40))
    assert found[8, 8] < 0.5 * found[24, 32]
    assert found[40, 56] < 0.5 * found[24, 32]


def test_a_target_and_the_resolution_are_needed(attention, noise):
    with pytest.raises(ValueError, match="is of free viewing, expected an image of the target"):
        attention().check(Trial(noise(48, 64), px_per_degree=8, id="a"))
    with pytest.raises(ValueError, match="px_per_degree"):
        attention().check(Trial(noise(48, 64), target_box=(1, 1, 9, 9)))


def test_weights_are_read_back(tmp_path):
    given = weights(target_4=0.25, near_2_deg=-1.5)
    (tmp_path / "w.json").write_text(given.to_json())
    found = read_search_weights(tmp_path / "w.json")
    np.testing.assert_array_equal(found.weights, given.weights)
    assert (found.centre == 0).all()
    assert len(PAST) == 5


@pytest.mark.parametrize("text", ["{}", "no", '{"gaze_search": {}, "centre": []}', "[1]"])
def test_other_files_are_one_line(tmp_path, text):
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(ValueError, match="is not of gaze_search, expected one that `gazesim train model=gaze_search`"):
        read_search_weights(tmp_path / "w.json")
