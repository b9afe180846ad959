"""Search data on the real files: counts and shares of the description that comes with them, beside what is read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gazesim.attention.objects.appearance import name_features
from gazesim.datasets import DATASETS, Contents, load_dataset, load_responses
from gazesim.datasets.object_arrays import BOXES, CENTRES

# trials, people, scanpaths, fixations, share found, least and most fixations, search paths with durations
COUNTS = {
    "interiors": ("interiors", 134, 57, 7313, 43346, 0.5140, 2, 14, 5714),
    "natural_design": ("natural_design", 234, 15, 3485, 46304, 0.7905, 2, 75, 1406),
    "people_search": ("people_search", 453, 14, 6333, 20131, 0.7969, 2, 16, 4925),
    "coco_search18": ("coco_search18_tp", 612, 10, 5949, 16762, 0.9311, 2, 19, 2545),
    "hybrid_search": ("hybrid_search", 102, 34, 3446, 36995, 0.7885, 2, 41, 0),
}


@pytest.fixture(scope="module", params=COUNTS)
def searched(request, data):
    folder = data / COUNTS[request.param][0]
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not in the data")
    return load_dataset(request.param, folder)


@pytest.fixture(scope="session")
def arrays(data):
    if not (data / "object_arrays_absent").is_dir():
        pytest.skip("object_arrays_absent is not in the data")
    return load_dataset("object_arrays", data / "object_arrays_absent")


def test_the_counts_are_those_stated(searched):
    _, trials, people, paths, fixations, found, least, most, timed = COUNTS[searched.name]
    counts = searched.fingerprint()
    assert (counts.trials, counts.observers, counts.scanpaths, counts.fixations) == (trials, people, paths, fixations)
    assert (counts.length_min, counts.length_max, counts.off_screen) == (least, most, 0)
    assert np.mean([path.found for path in searched.scanpaths]) == pytest.approx(found, abs=5e-5)
    assert sum(path.duration_ms is not None for path in searched.scanpaths) == timed
    searched.check_stated()


def test_swapped_axes_are_noticed(searched):
    def swapped(root):
        contents = searched.definition.reader(root)
        for path in contents.scanpaths:
            object.__setattr__(path, "xy", path.xy[:, ::-1])
        return contents

    with pytest.raises(ValueError, match=r"with x and y swapped: the columns look like \(y, x\)"):
        replace(DATASETS[searched.name], reader=swapped).load(searched.root)


def test_found_scanpaths_end_at_the_box(searched):
    """Rows and columns of the boxes are the right way round: a found path ends within a window of the target."""
    window = {"interiors": 32, "natural_design": 45, "people_search": 42, "coco_search18": 52, "hybrid_search": 68}
    boxes = {trial.id: trial.target_box for trial in searched.trials}
    ends = np.array([[*path.xy[-1], *boxes[path.trial]] for path in searched.scanpaths if path.found])
    half = window[searched.name] / 2 + 1
    near = (ends[:, :2] >= ends[:, 2:4] - half) & (ends[:, :2] <= ends[:, 4:] + half)
    assert near.all(axis=1).mean() > 0.99


def test_limits_of_interiors(data):
    if not (data / "interiors").is_dir():
        pytest.skip("interiors is not in the data")
    interiors = load_dataset("interiors", data / "interiors")
    counts = pd.Series(list(interiors.limits.values())).value_counts()
    assert counts.to_dict() == {3: 993, 5: 1220, 9: 2155, 13: 2945}
    assert interiors.trials[0].image.shape == (768, 1024, 3)
    assert interiors.trials[0].target.shape == (72, 72, 3)


def test_memory_sets(data):
    if not (data / "hybrid_search").is_dir():
        pytest.skip("hybrid_search is not in the data")
    hybrid = load_dataset("hybrid_search", data / "hybrid_search")
    assert {len(trial.objects) for trial in hybrid.trials} == {16}
    assert pd.Series([trial.condition for trial in hybrid.trials]).value_counts().to_dict() == {
        "memory_1": 35,
        "memory_2": 34,
        "memory_4": 33,
    }
    for trial in hybrid.trials:
        assert trial.condition == f"memory_{len(trial.target_texts)}"
        assert sum((box == trial.target_box).all() for box in trial.objects) == 1


@pytest.mark.slow
def test_arrays_are_those_stated(arrays):
    counts = arrays.fingerprint()
    assert (counts.observers, counts.scanpaths) == (16, 12760)
    assert counts.fixations - counts.scanpaths == 35798  # of objects: each scanpath begins in the middle
    assert {path.session for path in arrays.scanpaths} == {"1", "2"}
    assert len({path.observer for path in arrays.scanpaths if path.session == "2"}) == 13
    trials = {trial.id: trial for trial in arrays.trials}
    present = [path for path in arrays.scanpaths if trials[path.trial].present]
    absent = [path for path in arrays.scanpaths if not trials[path.trial].present]
    assert (len(present), len(absent)) == (8700, 4060)
    assert np.mean([len(path) - 1 for path in absent]) == pytest.approx(5.41, abs=5e-3)
    at = np.array([len(path) - 1 if path.found else 0 for path in present])
    shares = [np.mean(at == number) for number in (1, 2, 3, 0)]
    assert shares == pytest.approx([0.651, 0.222, 0.067, 0.010], abs=5e-4)
    for path in present[:50]:
        if path.found:
            box = trials[path.trial].target_box
            assert ((path.xy[-1] >= box[:2]) & (path.xy[-1] < box[2:])).all()


@pytest.mark.slow
def test_arrays_are_drawn(arrays):
    trial = arrays.trials[5]
    assert trial.image.shape == (768, 1024, 3)
    assert (trial.image[:60] == 128).all()
    if trial.present:
        x0, y0, x1, y1 = trial.target_box.astype(int)
        assert (trial.image[y0:y1, x0:x1] == trial.target).all()
    assert (trial.image == trial.replace().image).all()


def test_the_ring_by_hand():
    assert CENTRES.tolist()[1] == [742, 384]  # the second object is full East
    assert CENTRES.tolist()[4] == [282, 384]
    assert np.hypot(*(CENTRES - [512, 384]).T) == pytest.approx(230, abs=0.6)
    assert CENTRES[0].tolist() == [627, 185]  # 30 degrees right of the top
    assert ((BOXES[:, 2:] - BOXES[:, :2]) == 156).all()


def test_no_data_set_has_the_limits_of_others():
    assert Contents([], []).limits == {}


@pytest.fixture(scope="session")
def wolfe(data):
    if not (data / "wolfe2010").is_dir():
        pytest.skip("wolfe2010 is not in the data")
    return load_responses("wolfe2010", data / "wolfe2010")


def test_reaction_times_are_those_stated(wolfe):
    # the description that comes with the file: slope, intercept, least and most errors of a set size
    assert wolfe.counts() == {"responses": 111777, "observers": 28, "conditions": 3, "errors": 2675, "unanswered": 0}
    table = wolfe.responses
    assert set(table["set_size"]) == {3, 6, 12, 18}
    stated = {
        ("feature", True): (1.0, 396, 0.022, 0.031),
        ("feature", False): (-0.7, 435, None, None),
        ("conjunction", True): (9.2, 485, 0.022, 0.049),
        ("conjunction", False): (25.7, 482, None, None),
        ("2_among_5", True): (41.7, 580, 0.019, 0.092),
        ("2_among_5", False): (88.1, 618, None, None),
    }
    for (condition, present), (slope, intercept, least, most) in stated.items():
        own = table[(table["condition"] == condition) & (table["present"] == present)]
        right = own[own["correct"] & own["rt_ms"].between(200, 4000)]
        means = right.groupby("set_size")["rt_ms"].mean()
        found = np.polyfit(means.index.to_numpy(float), means, 1)
        assert found == pytest.approx([slope, intercept], abs=0.5), (condition, present)
        if least is not None:
            errors = 1 - own.groupby("set_size")["correct"].mean()
            assert (errors.min(), errors.max()) == pytest.approx((least, most), abs=7e-4)


def test_answers_and_gaze_have_a_door_each(wolfe, data):
    with pytest.raises(ValueError, match=r"has answers and no gaze: gazesim.datasets.load_responses reads it"):
        load_dataset("wolfe2010", wolfe.root)
    with pytest.raises(ValueError, match="has gaze and no table of answers: load_dataset reads it"):
        load_responses("osie", data / "osie")


def test_answers_by_hand(tmp_path):
    (tmp_path / "wolfe2010.csv").write_text(
        "subj,task,trial,size,target,error,message,rt,setsize\n"
        "1,RVvGV,1.0,3,1,0,HIT,556,3.0\n1,RVvGV,2.0,12,0,1,FA,426,12.0\n1,RVvGV,1.0,6,1,1,MISS,500,6.0\n"
    )
    table = DATASETS["wolfe2010"].reader(tmp_path)
    assert table["response"].tolist() == ["present", "present", "absent"]
    assert table["session"].tolist() == ["1", "1", "2"]
    assert table["trial"].tolist() == ["feature_1_1_1", "feature_1_1_2", "feature_1_2_1"]
    with pytest.raises(ValueError, match="has 3 responses, its publication states 111777"):
        load_responses("wolfe2010", tmp_path)


def test_objects_of_hybrid_scenes_have_names_of_few_kinds(data):
    if not (data / "hybrid_search").is_dir():
        pytest.skip("hybrid_search is not in the data")
    hybrid = load_dataset("hybrid_search", data / "hybrid_search")
    for trial in hybrid.trials[::20]:
        place = [bool((box == trial.target_box).all()) for box in trial.objects].index(True)
        assert trial.object_texts[place] == trial.target_texts[0]
        features = name_features(trial)
        kind = features[place, :-1]
        alike = [name.rstrip("0123456789") == trial.target_texts[0].rstrip("0123456789") for name in trial.object_texts]
        assert [bool((row == kind).all()) for row in features[:-1, :-1]] == alike
