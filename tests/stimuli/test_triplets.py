import csv

import numpy as np
import pytest
from PIL import Image

from gazesim import stimuli
from gazesim.metrics.choices import choice_r2
from gazesim.stimuli.object_arrays import levels_of_similarity
from gazesim.stimuli.pictures import picture_files
from gazesim.stimuli.similarity import similarities, similarity_settings
from gazesim.stimuli.triplets import select_triplets
from gazesim.trial_table import read_trials


@pytest.fixture(scope="module")
def similarity():
    """Of 160 things whose early and late features are correlated, as those of pictures are."""
    random = np.random.default_rng(0)
    shared, own = random.normal(size=(160, 12)), random.normal(size=(2, 160, 12))
    return np.stack([np.corrcoef(1.2 * shared + each) for each in own])


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(1)
    for number in range(24):
        coarse = random.integers(0, 256, (2 + number % 4, 3, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((70, 50 + number)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(autouse=True)
def coarse(request, monkeypatch):
    """Networks see pictures with 32 px, which is faster."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr("gazesim.stimuli.similarity.NETWORK_PX", 32)


def chosen_by(difference, random):
    """Return which of two a simulated person takes who goes by a difference, with noise."""
    return random.random(len(difference)) < 1 / (1 + np.exp(-2 * difference))


def test_differences_are_decorrelated_and_levels_filled_equally(similarity):
    selection = select_triplets(similarity, 50, seed=3)
    levels = np.array([triplet.level for triplet in selection.triplets])
    assert np.bincount(levels @ [5, 1], minlength=25).tolist() == [2] * 25
    assert selection.r_before > 0.3
    assert abs(selection.r_after) < 0.02
    assert max(selection.uses.values()) == 1  # 150 of 160
    for triplet in selection.triplets:
        to_root = similarity[:, triplet.root]
        apart = (to_root[:, triplet.first] - to_root[:, triplet.second]) / selection.deviations
        np.testing.assert_allclose(apart, triplet.difference)
        assert np.hypot(*(apart - (np.array(triplet.level) - 2) * 0.75)) <= 0.1


@pytest.mark.parametrize(("n", "levels"), [(120, 5), (7, 3), (33, 4)])
def test_what_is_left_over_is_spread(similarity, n, levels):
    found = select_triplets(similarity, n, levels=levels, step=0.6)
    grid = np.zeros((levels, levels), int)
    for triplet in found.triplets:
        grid[triplet.level] += 1
    assert np.ptp(grid) == 1
    assert max(np.ptp(grid.sum(axis=0)), np.ptp(grid.sum(axis=1))) <= 1
    assert abs(found.r_after) < 0.05 or n < 10


def test_pictures_are_used_again_only_when_they_must(similarity):
    selection = select_triplets(similarity[:, :60, :60], 50, levels=3, step=0.5)
    uses = selection.uses
    assert sum(uses.values()) == 150
    assert max(uses.values()) <= 4  # 2.5 on average
    again = select_triplets(similarity[:, :60, :60], 50, levels=3, step=0.5)
    assert again.triplets == selection.triplets


def test_a_chooser_is_recovered(similarity):
    selection = select_triplets(similarity, 50)
    low, high = np.array([triplet.difference for triplet in selection.triplets]).T
    random = np.random.default_rng(0)
    low, high = np.tile(low, 20), np.tile(high, 20)
    for used, other in ((low, high), (high, low)):
        chosen = chosen_by(used, random)
        assert choice_r2(chosen, used) > 0.3
        assert choice_r2(chosen, other) < 0.01


def test_levels_that_cannot_be_filled(similarity):
    with pytest.raises(ValueError, match=r"^step is 9: no triplet of the 160 images has differences of .*smaller step"):
        select_triplets(similarity, 25, step=9)
    with pytest.raises(ValueError, match=r"^images: all are equally similar in the late layer"):
        select_triplets(np.stack([similarity[0], np.ones((160, 160))]), 25)


@pytest.mark.parametrize("distance", ["correlation", "cosine", "euclidean"])
def test_similarities_of_pictures(photos, distance):
    files = picture_files(photos)[:4]
    found = similarities(files, similarity_settings([1, 2], "places", distance))
    assert found.shape == (2, 4, 4)
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
    itself = np.diagonal(found, axis1=1, axis2=2)
    np.testing.assert_allclose(itself, 0 if distance == "euclidean" else 1, atol=0.02)
    assert (found[:, ~np.eye(4, dtype=bool)] < itself.min()).all()


def test_a_set_of_triplets(photos, tmp_path):
    settings = {"images": photos, "n": 9, "levels": 3, "step": 0.4, "weights": "places", "layers": [1, 3]}
    triplets = stimuli.make("triplets", **settings, item_deg=1)
    trials = read_trials(triplets.write(tmp_path / "set", "jspsych"))
    assert [trial.id for trial in trials[:2]] == ["triplet-000", "triplet-001"]
    with open(tmp_path / "set" / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, trial in zip(rows, trials, strict=True):
        assert len({row["root"], row["first"], row["second"]}) == 3
        assert trial.present is None
        assert trial.condition == f"low{row['low_level']}_high{row['high_level']}"
        assert abs(float(row["low_difference"]) - 0.4 * float(row["low_level"])) <= 0.1
        for name, (x0, y0, x1, y1) in zip(("first", "second"), trial.objects.astype(int), strict=True):
            found, picture = trial.image[y0:y1, x0:x1], Image.open(photos / row[name])
            assert found.shape == (30, 30, 3)
            assert abs(found.mean(axis=(0, 1)) - np.asarray(picture).mean(axis=(0, 1))).max() < 40
    fill = (tmp_path / "set" / "levels.csv").read_text().splitlines()
    assert fill == ["low_level,high_level,n", *(f"{a},{b},1" for a in ("-1", "0", "+1") for b in ("-1", "0", "+1"))]
    assert triplets.summary().splitlines()[2] == "9 pairs of levels with 1 triplets each"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"images": None}, r"images is missing, expected with triplets: a folder of photographs$"),
        ({"n": 0}, r"n is 0, expected a whole number of at least 1$"),
        ({"levels": 1}, r"levels is 1, expected a whole number of at least 2$"),
        ({"layers": [1, 2, 3]}, r"layers is \[1, 2, 3\], expected two levels of the trunk"),
        ({"layers": [1, 9]}, r"layers has 9, expected at most \d, the levels of weights 'places'$"),
        ({"distance": "city"}, r"distance is 'city', expected one of 'correlation', 'cosine', 'euclidean'$"),
        ({"weights": ["a", "b", "c"]}, r"weights is \['a', 'b', 'c'\], expected one, or one for each"),
        ({"set_sizes": [3]}, r"unknown setting of triplets 'set_sizes'"),
    ],
)
def test_what_is_not_accepted(photos, wrong, message):
    with pytest.raises(ValueError, match=message):
        stimuli.make("triplets", **{"images": photos, "weights": "places", **wrong})


def test_levels_of_similarity_leave_the_other_layer_alone(similarity):
    """For each target the levels differ in the layer that is asked for, and on average not in the other one."""
    for kind, own, other in (("low", 0, 1), ("high", 1, 0)):
        found = levels_of_similarity(similarity, kind, 3)
        assert found.shape == (3, 160, 53)
        means = np.array([[layer[np.arange(160)[:, None], level].mean() for level in found] for layer in similarity])
        assert (np.diff(means[own]) > 0.2).all()
        assert abs(np.diff(means[other])).max() < 0.02
    both = levels_of_similarity(similarity, "both", 2)
    assert not (both == np.arange(160)[:, None]).any()
    assert all(len(set(level[target])) == 79 for level in both for target in (0, 99))


def test_distractors_by_similarity(photos):
    settings = {"images": photos, "similarity": "low", "weights": "places", "layers": [1, 3], "n_per_set_size": 2}
    displays = stimuli.make("object_array", **settings, set_sizes=[4], levels=3)
    assert [display.condition for display in displays[::4]] == ["level_1", "level_2", "level_3"]
    files = picture_files(photos)
    similarity = similarities(files, similarity_settings([1, 3], "places"))
    levels = levels_of_similarity(similarity, "low", 3)
    names = [file.name for file in files]
    for display in displays:
        if display.present:
            target = names.index(display.items.looks[display.items.target])
            shown = {names.index(look) for look in display.items.looks} - {target}
            assert shown <= set(levels[int(display.condition[-1]) - 1, target].tolist())
            assert len(shown) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"similarity": "mid"}, r"similarity is 'mid', expected one of None, 'low', 'high', 'both'$"),
        ({"similarity": None, "levels": 3}, r"levels is 3, expected none without similarity=low, high or both$"),
        ({"levels": 1}, r"levels is 1, expected a whole number of at least 2$"),
        ({"levels": 6}, r"levels is 6, which leaves 3 of the 24 images for each, expected at least 6"),
        ({"conditions": ["objects"]}, r"unknown condition of object_array 'objects'; known: level_1"),
    ],
)
def test_what_is_not_accepted_of_distractors(photos, wrong, message):
    with pytest.raises(ValueError, match=message):
        stimuli.make("object_array", **{"images": photos, "similarity": "low", "weights": "places", **wrong})


@pytest.mark.slow
def test_a_thousand_photographs(data, tmp_path):
    """|r| below .05 in triplets of photographs that VGG16 compares, all of 5 x 5 levels filled equally."""
    folder, weights = data / "natural_images" / "images", data / "vgg16" / "vgg16_imagenet_notop_float16.h5"
    found = similarities(picture_files(folder), similarity_settings([1, 5], str(weights)))
    selection = select_triplets(found, 125)
    levels = np.array([triplet.level for triplet in selection.triplets])
    assert np.bincount(levels @ [5, 1], minlength=25).tolist() == [5] * 25
    assert selection.r_before > 0.1
    assert abs(selection.r_after) < 0.05
    assert max(selection.uses.values()) == 1
    low, high = np.tile([triplet.difference for triplet in selection.triplets], (16, 1)).T
    random = np.random.default_rng(0)
    for used, other in ((low, high), (high, low)):
        chosen = chosen_by(used, random)
        assert choice_r2(chosen, used) > 0.3
        assert choice_r2(chosen, other) < 0.01
