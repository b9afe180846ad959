"""Readers of data that are not here, on small files written in the real layout."""

import json
import sqlite3
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import savemat

from gazesim.datasets import DATASETS, load_dataset
from gazesim.datasets.oat import WINE, YOGURT

RANDOM = np.random.default_rng(0)


def small(name, root, **stated):
    """Load a small copy: the counts that the publication states are those of `stated` instead."""
    return replace(DATASETS[name], stated=stated).load(root)


def picture(path, width, height):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "grey").save(path)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


# --- OSIE ---


def osie_files(root, names=("1001.jpg", "1002.jpg"), people=3, shift=0):
    """The struct of cells of structs, with the mixture of dtypes of the real file."""
    root.mkdir(exist_ok=True)
    images = np.empty((len(names), 1), object)
    for number, name in enumerate(names):
        subjects = np.empty((people, 1), object)
        for person in range(people):
            subjects[person, 0] = {
                "fix_x": np.array([[400.5 + shift, 790.0 + shift, 20.2 + person + shift]]),
                "fix_y": np.array([[250, 30, 7]], np.uint8),
                "fix_duration": np.array([[300, 250, 1975]], np.uint16),
            }
        images[number, 0] = {"img": name, "subjects": subjects}
    savemat(root / "fixations.mat", {"fixations": images})
    return root


def test_osie(tmp_path):
    data = small("osie", osie_files(tmp_path), trials=2, observers=3, scanpaths=6, fixations=18)
    path = data.scanpaths[4]
    assert (path.trial, path.observer) == ("1002", "2")
    assert path.xy.tolist() == [[400.5, 250], [790, 30], [21.2, 7]]
    assert path.duration_ms.tolist() == [300, 250, 1975]
    assert not data.trials[0].has_image
    with pytest.raises(FileNotFoundError, match=r"the picture of '1001' is not part of this copy"):
        _ = data.trials[0].image


def test_osie_with_pictures_names_those_that_are_missing(tmp_path):
    osie_files(tmp_path)
    picture(tmp_path / "stimuli/1001.jpg", 800, 600)
    with pytest.raises(ValueError, match=r"lacks 1 of 2 photographs: 1002.jpg"):
        small("osie", tmp_path)
    picture(tmp_path / "stimuli/1002.jpg", 400, 300)
    data = small("osie", tmp_path)
    with pytest.raises(ValueError, match=r"1002.jpg' is 400 x 300 px, expected 800 x 600"):
        data.verify()


def test_the_real_counts_are_demanded(tmp_path):
    with pytest.raises(ValueError, match=r"osie in .* has 2 trials, its publication states 700") as error:
        load_dataset("osie", osie_files(tmp_path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 but no more", b"\0" * 500])
def test_a_damaged_matlab_file_is_one_line(tmp_path, content):
    (tmp_path / "fixations.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"fixations.mat' (is empty|cannot be read as a MATLAB file)") as error:
        load_dataset("osie", tmp_path)
    assert "\n" not in str(error.value)


def test_another_matlab_file_is_not_the_layout(tmp_path):
    savemat(tmp_path / "fixations.mat", {"other": 1})
    with pytest.raises(ValueError, match=r"is not in the published layout: no 'fixations'"):
        load_dataset("osie", tmp_path)


# --- Amazon, VIU ---


def test_viu_with_several_boxes(tmp_path):
    entry = {
        "cue": "clock",
        "fixations": {"1": [[200, 200], [30, 40]], "2": [[210, 190]], "3": []},
        "ground_truth": [{"xmin": 20, "ymin": 30, "xmax": 50, "ymax": 60}],
        "size": {"width": 405, "height": 405},
    }
    two = {**entry, "ground_truth": entry["ground_truth"] * 2}
    write_json(tmp_path / "VIU.json", {"image_r_500.jpg": two, "image_r_401.jpg": entry})
    picture(tmp_path / "images/image_r_401.jpg", 405, 405)
    data = small("viu", tmp_path, trials=2, observers=2)
    assert [trial.id for trial in data.trials] == ["image_r_401", "image_r_500"]
    assert data.trials[0].target_text == "clock"
    assert data.trials[1].target_boxes.shape == (2, 4)
    assert data.trials[1].target_box is None
    assert [path.xy.tolist() for path in data.scanpaths[:2]] == [[[200, 200], [30, 40]], [[210, 190]]]
    with pytest.raises(ValueError, match=r"px_per_degree of 'image_r_401' is not known"):
        _ = data.trials[0].px_per_degree
    known = load_dataset_of(data, 27)
    trial = known.trials[0]
    assert (trial.width, trial.target.shape, trial.target_box.tolist()) == (405, (30, 30, 3), [20, 30, 50, 60])
    assert known.trials[1].target is None  # there are two boxes, and no picture of it


def load_dataset_of(data, px_per_degree):
    return replace(data, trials=[trial.replace(px_per_degree=px_per_degree) for trial in data.trials])


def test_amazon_rejects_what_is_not_its_layout(tmp_path):
    write_json(tmp_path / "Amazon.json", {"1.jpg": {"fixations": {"1": [[3, 4]]}}})
    with pytest.raises(ValueError, match=r"Amazon.json' is not in the published layout: no 'size'"):
        load_dataset("amazon_books", tmp_path)
    (tmp_path / "Amazon.json").write_text("{")
    with pytest.raises(ValueError, match=r"cannot be read as JSON"):
        load_dataset("amazon_books", tmp_path)


# --- COCO ---


def coco_item(name="000000478726.jpg", task="stop sign", subject=1, condition="present", split="train", **changes):
    x = RANDOM.uniform(0, 1679, 5).round(1).tolist()
    y = RANDOM.uniform(0, 1049, 5).round(1).tolist()
    item = {"name": name, "subject": subject, "task": task, "condition": condition, "X": [840.0, *x], "Y": [525.0, *y]}
    item |= {"T": [168, 157, 67, 208, 643, 100], "length": 6, "correct": 1, "RT": 920, "split": split}
    if condition == "present":
        item["bbox"] = [377, 0, 288, 213]
    return item | changes


def test_coco_search_target_present(tmp_path):
    train = [coco_item(subject=person, correct=person % 2) for person in range(1, 11)]
    other = [coco_item(task="bottle", subject=person, split="valid") for person in range(1, 11)]
    write_json(tmp_path / "fixations/coco_search18_fixations_TP_train_split1.json", train)
    write_json(tmp_path / "fixations/deep/coco_search18_fixations_TP_validation_split1.json", other)
    picture(tmp_path / "images/images/bottle/000000478726.jpg", 1680, 1050)
    data = load_dataset("coco_search18_tp", tmp_path, px_per_degree=30)
    assert [trial.id for trial in data.trials] == ["bottle_000000478726", "stop-sign_000000478726"][::-1]
    trial = data.trials[0]
    assert trial.target_box.tolist() == [377, 0, 665, 213]  # the file has x, y, width, height
    assert (trial.target_text, trial.present, trial.split) == ("stop sign", True, "train")
    assert [path.found for path in data.scanpaths[:3]] == [True, False, True]
    assert data.scanpaths[0].duration_ms.tolist() == [168, 157, 67, 208, 643, 100]
    assert len(data.trials[0].target) == 213
    valid = data.subset("valid")
    assert ([each.id for each in valid.trials], len(valid.scanpaths)) == (["bottle_000000478726"], 10)
    with pytest.raises(ValueError, match=r"split is 'test', expected one of 'train', 'valid'"):
        data.subset("test")


def test_coco_search_target_absent(tmp_path):
    items = [coco_item(subject=person, condition="absent") for person in range(1, 11)]
    write_json(tmp_path / "fixations/coco_search18_fixations_TA_trainval.json", items)
    data = load_dataset("coco_search18_ta", tmp_path)
    assert (data.trials[0].present, data.trials[0].target_boxes) == (False, None)
    assert {path.found for path in data.scanpaths} == {None}


def test_coco_freeview(tmp_path):
    items = [coco_item(subject=person) for person in range(1, 11)]
    for item in items:
        del item["task"], item["condition"], item["bbox"], item["correct"]
    write_json(tmp_path / "COCOFreeView_fixations_trainval.json", items)
    data = small("coco_freeview", tmp_path, trials=1, observers=10)
    assert data.trials[0].id == "000000478726"
    with pytest.raises(ValueError, match=r"has 1 trials, its publication states 4337"):
        load_dataset("coco_freeview", tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "zebra"}, "task is 'zebra', expected one of 'bottle'"),
        ({"condition": "absent"}, "condition is 'absent', expected one of 'present'"),
        ({"T": [1, 2]}, "X, Y, T and length differ"),
        ({"bbox": [1500, 900, 300, 300]}, "as x, y, width, height outside 1680 x 1050 px"),
        ({"subject": None, "X": ["a"] * 6}, "xy has dtype"),
    ],
)
def test_coco_rows_that_do_not_fit(tmp_path, changes, message):
    write_json(tmp_path / "fixations/coco_search18_fixations_TP_train_split1.json", [coco_item(**changes)])
    with pytest.raises(ValueError, match="is not in the published layout") as error:
        load_dataset("coco_search18_tp", tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_person_too_few(tmp_path):
    items = [coco_item(subject=person) for person in range(1, 10)]
    write_json(tmp_path / "fixations/coco_search18_fixations_TP_train_split1.json", items)
    with pytest.raises(ValueError, match=r"has 9 observers, its publication states 10"):
        load_dataset("coco_search18_tp", tmp_path)


def test_a_trial_that_is_there_twice(tmp_path):
    write_json(tmp_path / "fixations/coco_search18_fixations_TP_train_split1.json", [coco_item(), coco_item()])
    with pytest.raises(ValueError, match=r"an observer has two scanpaths of the same trial"):
        small("coco_search18_tp", tmp_path)


# --- MIT1003, CapMIT1003 ---


def mit1003_files(root, seconds=1.0):
    for name, size in (("i1", (1024, 768)), ("i2", (405, 1024))):
        picture(root / f"STIMULI/{name}.jpeg", *size)
        for person in ("ajs", "hp"):
            path = root / "SCANPATHS" / name / person
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [[200, 384, 0.0, 0.25], [300.5, 700.25, 0.3, 0.55], [12, 15, 0.6, 0.9]]
            path.write_text("".join(f"{x} {y} {a * seconds} {b * seconds}\n" for x, y, a, b in rows))
    (root / "SCANPATHS/i2/zb").write_text("")
    (root / "SCANPATHS/i2/.DS_Store").write_text("?")
    return root


def test_mit1003(tmp_path):
    data = small("mit1003", mit1003_files(tmp_path), trials=2, observers=2, scanpaths=4)
    assert [(trial.id, trial.width, trial.height) for trial in data.trials] == [
        ("i1", 1024, 768),
        ("i2", 405, 1024),
    ]
    path = data.scanpaths[0]
    assert (path.trial, path.observer) == ("i1", "ajs")
    assert path.onset_ms == pytest.approx([0, 300, 600])
    assert path.duration_ms == pytest.approx([250, 250, 300])
    data.verify()


def test_mit1003_in_milliseconds_is_noticed(tmp_path):
    with pytest.raises(ValueError, match=r"mit1003: the median duration is 250000 ms, it looks like microseconds"):
        small("mit1003", mit1003_files(tmp_path, seconds=1000))


def test_mit1003_raw_samples_are_explained(tmp_path):
    (tmp_path / "DATA").mkdir()
    with pytest.raises(ValueError, match=r"DATA/ holds raw samples at 240 Hz"):
        DATASETS["mit1003"].reader(tmp_path)


def test_mit1003_without_its_parts(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"lacks SCANPATHS: gazesim data fetch=mit1003 downloads it"):
        load_dataset("mit1003", tmp_path)
    mit1003_files(tmp_path)
    (tmp_path / "SCANPATHS/i1/hp").write_text("1 2 3\n")
    with pytest.raises(ValueError, match=r"hp' is not in the published layout: its table has shape \(1, 3\)"):
        small("mit1003", tmp_path)


def capmit1003_files(root):
    picture(root / "ALLSTIMULI/i1.jpeg", 1024, 768)
    with sqlite3.connect(root / "capmit1003.db") as database:
        database.executescript(
            """
            CREATE TABLE images (img_uid TEXT, img_path TEXT);
            CREATE TABLE captions (obs_uid TEXT, usr_uid TEXT, start_time TIMESTAMP, caption TEXT, img_uid TEXT);
            CREATE TABLE clicks (click_id INTEGER, obs_uid TEXT, x INTEGER, y INTEGER, click_time TIMESTAMP);
            INSERT INTO images VALUES ('u1', 'i1.jpeg');
            INSERT INTO captions VALUES ('b', 'anna', '2022-05-01 10:00:00.000', 'a street', 'u1');
            INSERT INTO captions VALUES ('a', 'bert', '2022-05-01 11:00:00.000', 'two cars', 'u1');
            INSERT INTO captions VALUES ('c', 'cleo', '2022-05-01 12:00:00.000', 'no click', 'u1');
            INSERT INTO clicks VALUES (2, 'b', 40, 700, '2022-05-01 10:00:02');
            INSERT INTO clicks VALUES (1, 'b', 900, 30, '2022-05-01 10:00:01.250');
            INSERT INTO clicks VALUES (3, 'a', 5, 6, '2022-05-01 11:00:00.750');
            """
        )
    database.close()
    return root


def test_capmit1003(tmp_path):
    data = small("capmit1003", capmit1003_files(tmp_path), scanpaths=2)
    first = data.scanpaths[0]
    assert (first.trial, first.observer, data.trials[0].target_text) == ("b", "anna", "a street")
    assert first.xy.tolist() == [[900, 30], [40, 700]]
    assert first.onset_ms.tolist() == [1250, 2000]
    assert first.duration_ms is None
    with pytest.raises(ValueError, match=r"has 2 scanpaths, its publication states 3848"):
        load_dataset("capmit1003", tmp_path)


def test_capmit1003_needs_photographs_and_its_tables(tmp_path):
    (tmp_path / "capmit1003.db").write_bytes(b"SQLite format 3\0 or so")
    with pytest.raises(FileNotFoundError, match=r"has no photographs in STIMULI/ or ALLSTIMULI/"):
        load_dataset("capmit1003", tmp_path)
    picture(tmp_path / "STIMULI/i1.jpeg", 10, 10)
    with pytest.raises(ValueError, match=r"cannot be read as the database of CapMIT1003") as error:
        load_dataset("capmit1003", tmp_path)
    assert "\n" not in str(error.value)


# --- Koehler ---


def koehler_files(root, people=2, images=3, fixations=4):
    x, y = (RANDOM.uniform(1, 405, (people, images, fixations)) for _ in "xy")
    x[0, 1, 2:] = y[0, 1, 2:] = np.nan
    x[1, 2] = y[1, 2] = np.nan
    names = ("freeview", "objsearch", "salview")
    savemat(root / "ObserverData.mat", {f"{name}_{axis}": xy for name in names for axis, xy in (("x", x), ("y", y))})
    return x, y


@pytest.mark.parametrize("task", ["free_viewing", "object_search", "saliency_search"])
def test_koehler(tmp_path, task):
    x, y = koehler_files(tmp_path)
    data = small(f"koehler_{task}", tmp_path, trials=3, scanpaths=5)
    assert data.task == ("search" if task == "object_search" else "free_viewing")
    path = data.scanpaths[1]
    assert (path.trial, path.observer) == ("2", "1")
    np.testing.assert_array_equal(path.xy, np.column_stack([x[0, 1, :2] - 1, y[0, 1, :2] - 1]))
    with pytest.raises(ValueError, match=r"has 3 trials, its publication states 800"):
        load_dataset(f"koehler_{task}", tmp_path)


def test_koehler_images_from_401_hold_the_object(tmp_path):
    koehler_files(tmp_path, images=402, fixations=2)
    data = small("koehler_object_search", tmp_path)
    assert [trial.present for trial in data.trials[399:]] == [False, True, True]


def test_koehler_whose_axes_disagree(tmp_path):
    x, y = koehler_files(tmp_path)
    y[0, 0, 0] = np.nan
    savemat(tmp_path / "ObserverData.mat", {"freeview_x": x, "freeview_y": y})
    with pytest.raises(ValueError, match=r"freeview_x and freeview_y are NaN in different places"):
        small("koehler_free_viewing", tmp_path)


# --- OAT ---


def oat_files(root, shelf, swap=False):
    rows = []
    boxes = shelf.boxes()
    for number, (person, layout) in enumerate([("p1", 1), ("p2", 1), ("p1", 2)]):
        for choice in (3, 1, 12, 5):
            x, y = (boxes[choice - 1, :2] + boxes[choice - 1, 2:]) / 2 + 5
            rows.append(
                {
                    "ID": number,
                    "Sub_ID": person,
                    "Question": f"{shelf.file[5:7]}_{layout}",
                    "Target": "T3_1",
                    "T_Package": 5,
                    "Choice": choice,
                    "X": y if swap else x,
                    "Y": x if swap else y,
                }
            )
    pd.DataFrame(rows).to_excel(root / shelf.file, index=False)


@pytest.mark.parametrize(("name", "shelf", "cells"), [("oat_wine", WINE, 22), ("oat_yogurt", YOGURT, 27)])
def test_oat(tmp_path, name, shelf, cells):
    oat_files(tmp_path, shelf)
    picture(tmp_path / f"img/Question/{shelf.file[5:7]}_1.png", 1680, 1050)
    data = small(name, tmp_path, trials=2, observers=2, scanpaths=3)
    trial = data.trials[0]
    assert (len(trial.objects), trial.has_image, data.trials[1].has_image) == (cells, True, False)
    assert trial.target_box.tolist() == shelf.boxes()[4].tolist()
    inside = [(trial.objects[:, :2] <= xy).all(1) & (xy < trial.objects[:, 2:]).all(1) for xy in data.scanpaths[0].xy]
    assert [int(np.flatnonzero(each)[0]) + 1 for each in inside] == [3, 1, 12, 5]


def test_the_shelves_fill_the_picture():
    # papers 2.4: 22 packages of 152 x 449 px in 2 x 11, 27 of 186 x 305 px in 3 x 9, title strips of 152 and 135 px
    assert (WINE.boxes()[0].tolist(), WINE.boxes()[-1].tolist()) == ([0, 152, 152, 601], [1520, 601, 1672, 1050])
    assert (YOGURT.boxes()[0].tolist(), YOGURT.boxes()[-1].tolist()) == ([0, 135, 186, 440], [1488, 745, 1674, 1050])


def test_oat_with_swapped_axes(tmp_path):
    oat_files(tmp_path, WINE, swap=True)
    with pytest.raises(ValueError, match=r"of X, Y lie near the cell that Choice names"):
        small("oat_wine", tmp_path)


def test_oat_counts_trials(tmp_path):
    oat_files(tmp_path, YOGURT)
    with pytest.raises(ValueError, match=r"has 3 scanpaths, its publication states 439"):
        load_dataset("oat_yogurt", tmp_path)
    (tmp_path / YOGURT.file).write_bytes(b"PK no sheet")
    with pytest.raises(ValueError, match=r"cannot be read as an Excel sheet"):
        load_dataset("oat_yogurt", tmp_path)


# --- ViSioNS ---


def visions_files(root, people=("02", "04"), count=1):
    """One trial, with the numbers of the first one of Unrestricted."""
    info = {
        "dataset_name": "Unrestricted Dataset",
        "number_of_images": count,
        "image_height": 1024,
        "image_width": 1280,
    }
    info |= {"images_dir": "stimuli/", "targets_dir": "targets/", "scanpaths_dir": "human_scanpaths/"}
    trial = {"image": "img212.jpg", "target": "t212.jpg", "dataset": "x", "target_object": "TBD"}
    trial |= {"target_matched_row": 661, "target_matched_column": 294, "target_height": 40, "target_width": 52}
    trial |= {"image_height": 1024, "image_width": 1280, "initial_fixation_row": 510, "initial_fixation_column": 651}
    path = {"subject": "02", "image_height": 1024, "image_width": 1280, "target_found": True}
    path |= {"target_bbox": [661, 294, 701, 346], "X": [651, 641, 346], "Y": [510, 569, 714], "T": [193, 168, 216, 99]}
    write_json(root / "dataset_info.json", info)
    write_json(root / "trials_properties.json", [trial])
    for person in people:
        entry = path | {"subject": person}
        if person == "04":
            entry["T"] = entry["T"][:3]
        write_json(root / f"human_scanpaths/subj{person}_scanpaths.json", {"img212.jpg": entry})
    return path


def test_visions(tmp_path):
    visions_files(tmp_path)
    data = small("natural_design", tmp_path, trials=1, observers=2)
    assert data.trials[0].target_box.tolist() == [294, 661, 346, 701]  # the file has rows first
    assert data.trials[0].target_text is None
    cut, whole = data.scanpaths
    assert (cut.observer, cut.found, cut.duration_ms) == ("02", True, None)  # more durations than fixations
    assert whole.duration_ms.tolist() == [193, 168, 216]
    assert whole.xy.tolist() == [[651, 510], [641, 569], [346, 714]]
    with pytest.raises(ValueError, match=r"has 1 trials, its publication states 234"):
        load_dataset("natural_design", tmp_path)


def test_visions_files_that_disagree(tmp_path):
    path = visions_files(tmp_path, count=2)
    with pytest.raises(ValueError, match=r"1 trials, dataset_info.json states 2"):
        small("people_search", tmp_path)
    visions_files(tmp_path)
    swapped = path | {"target_bbox": [294, 661, 346, 701]}
    write_json(tmp_path / "human_scanpaths/subj02_scanpaths.json", {"img212.jpg": swapped})
    with pytest.raises(ValueError, match=r"target_bbox of img212 is not that of trials_properties.json"):
        small("people_search", tmp_path)


# --- hybrid search and object arrays ---


def hybrid_files(root):
    visions_files(root, people=("S1",))
    boxes = {"toy1.png": (10, 20, 30, 40), "toy2.png": (661, 294, 40, 52)}
    things = [
        dict(zip([f"stimulus_{key}" for key in MATCHED], box, strict=True), stim_name=name)
        for name, box in boxes.items()
    ]
    trial = json.loads((root / "trials_properties.json").read_text())[0]
    trial |= {"target": "toy2.png", "memory_set": ["toy2.png", "toy9.png"], "stimulus_info": things}
    write_json(root / "trials_properties.json", [trial])
    file = root / "human_scanpaths/subjS1_scanpaths.json"
    entry = json.loads(file.read_text())["img212.jpg"] | {"memory_set": ["toy9.png", "toy2.png"]}
    del entry["T"]
    write_json(file, {"img212.jpg": entry})
    return trial, entry, file


MATCHED = ("matched_row", "matched_column", "height", "width")


def test_hybrid_search(tmp_path):
    trial, entry, file = hybrid_files(tmp_path)
    data = small("hybrid_search", tmp_path)
    assert data.trials[0].objects.tolist() == [[20, 10, 60, 40], [294, 661, 346, 701]]
    assert data.trials[0].target_texts == ("toy2", "toy9")
    assert (data.trials[0].condition, data.scanpaths[0].duration_ms) == ("memory_2", None)
    write_json(file, {"img212.jpg": entry | {"memory_set": ["toy2.png", "toy8.png"]}})
    with pytest.raises(ValueError, match=r"memory_set of img212, S1, is not that of trials_properties.json"):
        small("hybrid_search", tmp_path)
    write_json(tmp_path / "trials_properties.json", [trial | {"target_matched_row": 1}])
    with pytest.raises(ValueError, match=r"the box of the target 'toy2.png' in img212.jpg is not that of stim"):
        small("hybrid_search", tmp_path)


def array_files(root, name="A_blk3", **changes):
    """A target that is present and found, and one that is absent; the number of a single place has no brackets."""
    found = {"probes": [31, 13, 7, 19, 26, 3], "target": 7, "targetpos": 3, "fixatedobjects": [5, 5, 3]}
    found |= {"fixationstarts": [0.2, 0.3, 0.4], "fixationends": [0.29, 0.39], "timetofind": 0.41, "oldnumber": 65}
    absent = {"probes": [17, 24, 32, 13, 12, 10], "target": 21, "targetpos": -10, "fixatedobjects": []}
    absent |= {"fixationstarts": [], "fixationends": [], "timetofind": -1, "oldnumber": 321}
    results = np.empty((1, 2), object)
    results[0, :] = found | changes, absent
    (root / "subjectsdata").mkdir(exist_ok=True)
    savemat(root / f"subjectsdata/ResultsSaccades_{name}.mat", {"results": results})


def test_object_arrays(tmp_path):
    array_files(tmp_path)
    array_files(tmp_path, "A2_blk3", probes=[31, 13, 19, 7, 26, 3], targetpos=4, fixatedobjects=[5, 5, 4])
    data = small("object_arrays", tmp_path)
    assert [trial.id for trial in data.trials] == [
        "blk3_65_31-13-19-7-26-3",
        "blk3_321_17-24-32-13-12-10",
        "blk3_65_31-13-7-19-26-3",
    ]
    assert [(path.observer, path.session, path.found) for path in data.scanpaths] == [
        ("A", "2", True),
        ("A", "2", None),
        ("A", "1", True),
        ("A", "1", None),
    ]
    path, trial = data.scanpaths[2], data.trials[2]
    assert path.xy.tolist() == [[512, 384], [282, 384], [282, 384], [627, 583]]
    assert path.onset_ms.tolist() == [0, 200, 300, 400]
    assert (trial.target_text, trial.condition, trial.target_box.tolist()) == ("7", "present", [549, 505, 705, 661])
    assert (data.trials[1].present, data.trials[1].target_box, len(data.scanpaths[1])) == (False, None, 1)
    assert not trial.has_image


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targetpos": 2}, r"targetpos of blk3_65 is 2, where the target 7 is not"),
        ({"fixatedobjects": [5, 9, 3]}, r"fixatedobjects of blk3_65 are \[5, 9, 3\] with 3 starts"),
        ({"fixatedobjects": [5, 3, 5]}, r"timetofind of blk3_65 is 0.41, but its last fixation is not on the target"),
    ],
)
def test_object_arrays_that_disagree(tmp_path, changes, message):
    array_files(tmp_path, **changes)
    with pytest.raises(ValueError, match=message):
        small("object_arrays", tmp_path)
