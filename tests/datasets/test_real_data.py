"""Fingerprints of the data sets that are here; what they must be equal to stands beside its source.

README: the description that comes with the test data; papers: the counts that publications and our own reading of the
published files gave, with the digits printed there.
"""

from dataclasses import asdict, replace

import numpy as np
import pytest

from gazesim.checks import unknown
from gazesim.checksum import check_checksum, folder_checksum
from gazesim.datasets import DATASETS, load_dataset

FOLDERS = {
    "osie": "osie",
    "amazon_books": "amazon_books",
    "zhang_object_arrays": "vsa_saccades/ObjArr",
    "zhang_natural_design": "vsa_saccades/NaturalDesign",
    "waldo": "vsa_saccades/Waldo",
}
EXACT = {
    # README 1: counts, ranges; 3: shapes; 2: counts, lengths
    "osie": {
        "trials": 700,
        "observers": 15,
        "scanpaths": 10500,
        "fixations": 98321,
        "off_screen": 0,
        "length_min": 1,
        "length_max": 22,
        "x_min": 1.2,
        "x_max": 799.2,
        "y_min": 1.2,
        "y_max": 599.2,
        "duration_min": 20,
        "duration_max": 1975,
    },
    "amazon_books": {
        "trials": 100,
        "observers": 6,
        "scanpaths": 600,
        "fixations": 8683,
        "off_screen": 0,
        "length_min": 2,
        "length_max": 91,
    },
    "zhang_object_arrays": {"trials": 300, "observers": 15, "scanpaths": 4500, "length_max": 7, "off_screen": 0},
    "zhang_natural_design": {"trials": 240, "observers": 15, "scanpaths": 3600, "length_max": 65},
    "waldo": {
        "trials": 67,
        "observers": 15,
        "scanpaths": 1005,
        "length_max": 80,
        "x_min": -803,
        "x_max": 2226,
    },
}
PRINTED = {
    # value, half of the last digit printed. README 1, papers 7.5; README 2, papers 2.4; README 3: mean ifix
    "osie": {"length_mean": (9.36, 5e-3), "length_sd": (1.88, 5e-3), "duration_mean": (214, 0.5)},
    "amazon_books": {"length_mean": (14.47, 5e-3), "length_sd": (13.53, 5e-3)},
    "zhang_object_arrays": {"length_mean": (4.40, 5e-3)},
    "zhang_natural_design": {"length_mean": (6.32, 5e-3)},
    "waldo": {"length_mean": (28.57, 5e-3)},
}


@pytest.fixture(scope="module", params=FOLDERS)
def loaded(request, data):
    return load_dataset(request.param, data / FOLDERS[request.param])


def test_the_fingerprint_is_the_published_one(loaded):
    found = asdict(loaded.verify())
    for key, expected in EXACT[loaded.name].items():
        assert found[key] == expected, key
    for key, (expected, half_digit) in PRINTED[loaded.name].items():
        assert found[key] == pytest.approx(expected, abs=half_digit), key


def test_the_files_are_those_of_the_sources(loaded):
    checked = 0
    for source in loaded.definition.sources:
        if source.contents and (loaded.root / source.name).is_dir():
            assert folder_checksum(loaded.root / source.name) == source.contents
            checked += 1
        elif source.unpack is None:
            check_checksum(loaded.root / source.name, source.checksum)
            assert (loaded.root / source.name).stat().st_size == source.size
            checked += 1
    assert checked == len(loaded.definition.sources)


def test_swapped_axes_are_noticed_in_every_set_that_shows_them(loaded):
    """On the real data: whoever reads (row, column) for (x, y), or the reverse, is told."""
    reader = loaded.definition.reader

    def swapped(root):
        contents = reader(root)
        for path in contents.scanpaths:
            object.__setattr__(path, "xy", path.xy[:, ::-1])
        return contents

    entry = replace(DATASETS[loaded.name], reader=swapped)
    if loaded.name == "zhang_object_arrays":  # the ring fits the screen both ways
        assert entry.load(loaded.root).scanpaths[0].xy.shape == loaded.scanpaths[0].xy.shape
    else:
        with pytest.raises(ValueError, match=r"with x and y swapped: the columns look like \(y, x\)"):
            entry.load(loaded.root)


def test_osie_observers_have_the_published_mean_lengths(data):
    osie = load_dataset("osie", data / "osie")
    # README 1, subjects 0-14
    published = [9.93, 8.32, 8.84, 9.57, 8.94, 8.79, 8.35, 9.23, 9.64, 10.81, 10.22, 8.77, 10.97, 9.92, 8.15]
    lengths = {name: [] for name in osie.observers}
    for path in osie.scanpaths:
        lengths[path.observer].append(len(path))
    assert [np.mean(lengths[str(number)]) for number in range(1, 16)] == pytest.approx(published, abs=5e-3)
    first = np.array([path.xy[0] for path in osie.scanpaths])
    assert first.mean(0) == pytest.approx([367, 267], abs=0.5)  # README 1
    assert first.std(0) == pytest.approx([113, 70], abs=0.5)
    assert osie.trials[0].image.shape == (600, 800, 3)
    assert osie.trials[0].target is None
    assert osie.task == "free_viewing"


def test_loading_osie_reads_no_picture(data, monkeypatch):
    def opened(*arguments):
        raise AssertionError("a picture was opened")

    monkeypatch.setattr("gazesim.image.Image.open", opened)
    assert len(load_dataset("osie", data / "osie").scanpaths) == 10500


def test_amazon_ends_in_the_target_as_often_as_published(data):
    amazon = load_dataset("amazon_books", data / "amazon_books")
    boxes = {trial.id: trial.target_box for trial in amazon.trials}

    def inside(points, box):
        return ((points >= box[:2]) & (points <= box[2:])).all(-1)

    last = np.mean([inside(path.xy[-1], boxes[path.trial]) for path in amazon.scanpaths])
    ever = np.mean([inside(path.xy, boxes[path.trial]).any() for path in amazon.scanpaths])
    assert (last, ever) == pytest.approx((0.827, 0.938), abs=5e-4)  # README 2
    first = np.array([path.xy[0] for path in amazon.scanpaths])
    assert first.mean(0) == pytest.approx([1138, 621], abs=0.5)
    assert first.std(0) == pytest.approx([374, 223], abs=0.5)
    assert {len(trial.objects) for trial in amazon.trials} == {84}
    whole = 0
    for trial in amazon.trials:
        centre = (trial.target_box[:2] + trial.target_box[2:]) / 2
        (cell,) = [cell for cell in trial.objects if inside(centre, cell)]
        whole += bool((cell[:2] <= trial.target_box[:2]).all() and (trial.target_box[2:] <= cell[2:]).all())
    assert whole == 50  # README 2: with the plain grid 50 of 100 boxes stay wholly inside their cell


@pytest.mark.parametrize(
    ("name", "people", "eccnet", "ivsn"),
    [  # README 3: fraction found, mean ifix
        ("zhang_object_arrays", None, (1.000, 3.59), (1.000, 3.87)),
        ("zhang_natural_design", 0.901, (0.971, 17.41), (0.979, 14.85)),
        ("waldo", 0.752, (0.776, 41.15), (0.836, 35.36)),
    ],
)
def test_found_and_lengths_of_the_search_sets(data, name, people, eccnet, ivsn):
    loaded = load_dataset(name, data / FOLDERS[name])
    if people is not None:
        assert np.mean([path.found for path in loaded.scanpaths]) == pytest.approx(people, abs=5e-4)
    for model, (found, length) in (("eccnet", eccnet), ("ivsn", ivsn)):
        paths = loaded.published[model]
        assert {path.observer for path in paths} == {model}
        assert np.mean([path.found for path in paths]) == pytest.approx(found, abs=5e-4)
        assert np.mean([len(path) for path in paths]) == pytest.approx(length, abs=5e-3)


def test_saccade_sizes_of_the_search_sets_are_the_published_ones(data):
    # papers 1.6: mean (median) of people's saccades, degrees
    for name, mean, median in (
        ("zhang_natural_design", 7.68, 6.22),
        ("waldo", 6.39, 4.79),
        ("zhang_object_arrays", 10.56, 9.62),
    ):
        loaded = load_dataset(name, data / FOLDERS[name])
        assert {trial.px_per_degree for trial in loaded.trials} == {31.2}
        amplitudes = np.concatenate([path.amplitudes_deg(31.2) for path in loaded.scanpaths])
        assert (amplitudes.mean(), np.median(amplitudes)) == pytest.approx((mean, median), abs=5e-3), name


def test_people_end_at_the_target_of_the_search_sets(data):
    # README 3: median distance of the last fixation to the target in found trials, px
    for name, expected in (("zhang_natural_design", 95), ("waldo", 48)):
        loaded = load_dataset(name, data / FOLDERS[name])
        centres = {trial.id: trial.target_centre for trial in loaded.trials}
        distances = [np.hypot(*(path.xy[-1] - centres[path.trial])) for path in loaded.scanpaths if path.found]
        assert np.median(distances) == pytest.approx(expected, abs=0.5), name


def test_people_visit_the_target_of_the_arrays_as_often_as_published(data):
    arrays = load_dataset("zhang_object_arrays", data / FOLDERS["zhang_object_arrays"])
    boxes = {trial.id: trial.target_box for trial in arrays.trials}

    def hits(path):
        box = boxes[path.trial]
        return ((path.xy >= box[:2]) & (path.xy < box[2:])).all(1)

    ever, last = np.mean([[hits(path).any(), hits(path)[-1]] for path in arrays.scanpaths], axis=0)
    assert (ever, last) == pytest.approx((0.94, 0.81), abs=5e-3)  # README 3
    radius = {round(float(np.hypot(*(box[:2] + 78 - (640, 512))))) for box in arrays.trials[0].objects}
    assert radius == {300}  # README 3: after translation the six objects lie on a circle of radius 300 px


def test_a_copy_that_lost_a_person_is_refused(data, tmp_path):
    for name in ("fix/human_all", "ifix/I_human_all", "cp/CP_human_all"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / f"{name}.npy", np.load(data / FOLDERS["waldo"] / f"{name}.npy")[67:])
    for folder in ("fix", "ifix", "cp"):
        for path in (data / FOLDERS["waldo"] / folder).glob("*[NT].npy"):
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "target_pos.npy").write_bytes((data / FOLDERS["waldo"] / "target_pos.npy").read_bytes())
    with pytest.raises(ValueError, match=r"938 rows, expected those of 15 people") as error:
        load_dataset("waldo", tmp_path)
    assert "\n" not in str(error.value)


def test_a_name_that_is_none():
    with pytest.raises(ValueError, match="did you mean 'osie'") as error:
        load_dataset("osi")
    assert str(error.value) == unknown("data set", "osi", DATASETS)
