from dataclasses import replace

import numpy as np
import pytest

from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.datasets import DATASETS, DataSet, load_dataset
from gazesim.datasets.plausibility import CHECKS
from gazesim.metrics import behaviour, mean_behaviour
from gazesim.scanpath import Scanpath
from gazesim.training.object_paths import SPLITS, ObjectPath, object_paths, split_paths
from gazesim.trial import Trial

BOXES = [[x, 0, x + 10, 10] for x in range(0, 60, 10)]


@pytest.fixture
def paths():
    layouts = [Layout(BOXES, i % 6, f"d{i}") for i in range(30)]
    return [
        ObjectPath(np.array([i % 6, 2, 3]), ObjectArray(layout), f"p{person}", f"t{i % 5}")
        for i, layout in enumerate(layouts)
        for person in range(6)
    ]


# counted from the published file, fixations assigned to an even 6 x 14 grid; 585 paths within 3 deviations of the mean
# length, as in the code of Fang et al. (2024)
@pytest.mark.parametrize(
    ("deviations", "count", "longest", "expected"),
    [(None, 600, 91, (0.840, 14.47, 0.780, 0.170, 0.050)), (3.0, 585, 54, (0.850, 12.89, 0.783, 0.172, 0.045))],
)
def test_people_on_the_book_covers_behave_as_published(data, deviations, count, longest, expected):
    paths = object_paths(load_dataset("amazon_books", data / "amazon_books"), deviations)
    assert (len(paths), max(map(len, paths))) == (count, longest)
    found = mean_behaviour(behaviour(path.objects, path.layout.target) for path in paths)
    np.testing.assert_allclose(found, expected, atol=0.006)
    np.testing.assert_allclose(found[2:], expected[2:], atol=0.0006)
    assert [len(part) for part in split_paths(paths, "trial", 0)] == [
        count - 2 * round(count / 10),
        *[round(count / 10)] * 2,
    ]


@pytest.mark.parametrize("by", SPLITS)
def test_parts_share_nothing_that_they_should_not(paths, by):
    split = split_paths(paths, by, seed=3)
    assert sum(map(len, split)) == len(paths)
    assert {id(path) for part in split for path in part} == {id(path) for path in paths}
    groups = [{SPLITS[by](path) for path in part} for part in split]
    assert all(groups)
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    assert len(split.train) > len(split.test) > 0


def test_the_seed_deals(paths):
    one, again, other = (split_paths(paths, "trial", seed).test for seed in (0, 0, 1))
    assert [id(path) for path in one] == [id(path) for path in again] != [id(path) for path in other]
    reordered = split_paths(paths[::-1], "trial", 0).test
    assert {id(path) for path in reordered} == {id(path) for path in one}


def test_what_is_refused(paths, data):
    with pytest.raises(ValueError, match="split is 'person', expected one of 'trial', 'observer'"):
        split_paths(paths, "person", 0)
    few = [replace(path, observer="p1") for path in paths]
    with pytest.raises(ValueError, match="split is 'observer', but there are 1 to deal"):
        split_paths(few, "observer", 0)
    with pytest.raises(ValueError, match="osie: '1001' has no objects, expected search among objects"):
        object_paths(load_dataset("osie", data / "osie"))


def test_searches_for_what_is_absent_or_for_several_things_are_paths():
    entry = replace(DATASETS["amazon_books"], stated={}, accept=tuple(CHECKS))
    common = {"width": 60, "height": 10, "objects": BOXES}
    trials = [
        Trial(id="a", target_texts=["dog", "cat"], target_box=BOXES[2], **common),
        Trial(id="b", target_text="cat", present=False, **common),
        Trial(id="c", target_text="cat", **common),
    ]
    paths = [Scanpath([[5, 5], [25, 5]], trial=id, observer="p") for id in "ab"]
    found = object_paths(DataSet(entry, None, trials[:2], paths))
    assert [path.layout.target for path in found] == [2, None]
    assert [path.target for path in found] == ["cat or dog", "cat"]
    with pytest.raises(ValueError, match="'c' has no single target box"):
        object_paths(DataSet(entry, None, trials, paths))
