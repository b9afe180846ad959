import os
import re

import numpy as np
import pytest
from PIL import Image

from gazesim.runs.record import trials_digest
from gazesim.trial import Trial
from gazesim.trial_table import read_trials, write_trials


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def trials(photo):
    return [
        Trial(photo, None, target_box=[1, 2, 11.5, 12], px_per_degree=1 / 3, id='a, "b"/é', background=9),
        Trial(photo, photo[:5, :6], objects=[[0, 0, 5, 5.25], [5, 0, 10, 5]], px_per_degree=30, id="007"),
        Trial(photo[:, :20, 0], photo[:9, :9, 0], target_box=[0, 0, 5, 5], px_per_degree=30, id="NA"),
    ]


def assert_same(trials, others):
    assert len(trials) == len(others)
    for trial, other in zip(trials, others, strict=True):
        assert (trial.id, trial.px_per_degree) == (other.id, other.px_per_degree)
        for name in ("image", "target", "target_box", "objects", "background"):
            np.testing.assert_array_equal(getattr(trial, name), getattr(other, name), strict=True)


def test_reading_gives_what_was_written(tmp_path, trials):
    table = write_trials(tmp_path / "new" / "set", trials)
    assert table == tmp_path / "new" / "set" / "trials.csv"
    for path in (table, str(table), table.parent):
        assert_same(read_trials(path), trials)


def test_the_files_of_a_set(tmp_path, trials):
    write_trials(tmp_path, trials)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    images = {f"{folder}/{n}.png" for folder in ("images", "targets") for n in range(3)}
    assert files == {"trials.csv", "objects/1.csv"} | images
    assert (tmp_path / "trials.csv").read_bytes().decode() == (
        "id,image,target,target_x0,target_y0,target_x1,target_y1,px_per_degree,background,objects\n"
        '"a, ""b""/é",images/0.png,targets/0.png,1.0,2.0,11.5,12.0,0.3333333333333333,9 9 9,\n'
        f"007,images/1.png,targets/1.png,,,,,30.0,{' '.join(map(str, trials[1].background))},objects/1.csv\n"
        "NA,images/2.png,targets/2.png,0.0,0.0,5.0,5.0,30.0,0 0 0,\n"
    )
    assert (tmp_path / "objects/1.csv").read_text() == "x0,y0,x1,y1\n0.0,0.0,5.0,5.25\n5.0,0.0,10.0,5.0\n"


def test_the_same_trials_give_the_same_bytes(tmp_path, trials):
    for name in "aab":
        write_trials(tmp_path / name, trials)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 8
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_trials_without_an_id_are_called_by_their_number(tmp_path, photo):
    trials = [Trial(photo[:2, :3], photo[:1, :1], px_per_degree=1) for _ in range(11)]
    assert [trial.id for trial in read_trials(write_trials(tmp_path, trials))] == [str(n) for n in range(11)]
    assert (tmp_path / "images/03.png").is_file()


def test_trials_that_cannot_be_told_apart(tmp_path, photo):
    anonymous, named = (Trial(photo, photo, px_per_degree=1, id=id) for id in (None, "0"))
    with pytest.raises(ValueError, match=r"the 2 trials have 1 ids, expected another id for each"):
        write_trials(tmp_path / "a", [anonymous, named])
    with pytest.raises(ValueError, match=r"trials is empty"):
        write_trials(tmp_path / "a", [])
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_written(tmp_path, trials):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"output folder .* cannot be written: a file is in the way$"):
        write_trials(tmp_path / "file", trials)


def test_a_table_comes_last(tmp_path, trials, monkeypatch):
    saved = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda image, path: saved(image, path) if image.width > 50 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_trials(tmp_path, trials)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["0.png"]


@pytest.fixture
def listed(tmp_path, photo):
    """Write trials.csv with the given text, beside a photograph, a target and an object table."""
    Image.fromarray(photo).save(tmp_path / "photo.png")
    Image.fromarray(photo[:5, :6]).save(tmp_path / "target.png")
    (tmp_path / "cells.csv").write_text("x0,y0,x1,y1\n0,0,5,5\n5,0,10,5\n")
    whole = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "torn.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "none.csv").write_text("x0,y0,x1,y1\n")
    (tmp_path / "text.csv").write_text("x0,y0,x1,y1\n0,0,5,5\n5,0,wide,5\n")

    def write(text):
        (tmp_path / "trials.csv").write_text(text)
        return tmp_path / "trials.csv"

    return write


def test_only_what_is_needed(listed, photo):
    trial, other = read_trials(
        listed("px_per_degree,target,image,condition\n30,target.png,photo.png,easy\n" * 1 + "20,photo.png,photo.png,\n")
    )
    np.testing.assert_array_equal(trial.image, photo)
    np.testing.assert_array_equal(trial.target, photo[:5, :6])
    assert (trial.id, other.id, trial.px_per_degree, other.px_per_degree) == ("0", "1", 30, 20)
    assert trial.target_box is trial.objects is None
    assert trial.background.tolist() == [0, 0, 0]
    assert (trial.condition, other.condition, trial.present, trial.set_size) == ("easy", None, None, None)


def test_px_per_degree_of_rows_that_do_not_say_it(listed):
    path = listed("image,px_per_degree\nphoto.png,30\nphoto.png,\n")
    assert [trial.has_px_per_degree for trial in read_trials(path)] == [True, False]
    assert [trial.px_per_degree for trial in read_trials(path, px_per_degree=20)] == [30, 20]


def test_pictures_are_decoded_unless_it_is_said_otherwise(listed, monkeypatch):
    path = listed("image,target\nphoto.png,target.png\ntorn.png,target.png\n")
    monkeypatch.setattr("gazesim.image.as_image", lambda *arguments: 1 / 0)
    first, torn = read_trials(path, check_pictures=False)
    assert (first.width, first.height, torn.width, torn.height) == (60, 40, 60, 40)
    with pytest.raises(ZeroDivisionError):
        read_trials(path)


BOXED = "image,px_per_degree,target_x0,target_y0,target_x1,target_y1\n"
FULL = "image,px_per_degree,target,target_x0,target_y0,target_x1,target_y1,background,objects,id\n"


def test_a_box_cuts_the_target(listed, photo):
    (trial,) = read_trials(listed(f"{BOXED}photo.png,30,1,2,11,12\n"))
    np.testing.assert_array_equal(trial.target, photo[2:12, 1:11])


def test_cells_may_be_empty(listed, photo):
    rows = "photo.png,30,target.png,,,,,,,\nphoto.png,30,,0,0,3,4,1 2 3,cells.csv,x\n"
    first, second = read_trials(listed(FULL + rows))
    assert (first.target_box, first.objects, first.id, second.id) == (None, None, "0", "x")
    assert second.background.tolist() == [1, 2, 3]
    assert second.objects.tolist() == [[0, 0, 5, 5], [5, 0, 10, 5]]
    assert second.target.shape == (4, 3, 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", " is empty$"),
        ("target,px_per_degree\na,1\n", " has no column 'image'; it has 'target', 'px_per_degree'$"),
        ("image,px_per_degree,target_x0\nphoto.png,1,1\n", " has no column 'target_y0'; it has "),
        ("image,px_per_degree,target\n", " has no rows, expected at least one trial$"),
        ("image,px_per_degree,target\nphoto.png,1\n", " row 2 has 2 values, expected 3 as in the header$"),
        (
            f"{BOXED}photo.png,30,1,2,11,12\nphoto.png,thirty,1,2,3,4\n",
            " row 3: px_per_degree is 'thirty', expected",
        ),
        (
            f"{BOXED}photo.png,nan,1,2,11,12\n",
            " row 2: px_per_degree is nan, expected a finite number above 0$",
        ),
        ("image,present\nphoto.png,maybe\n", " row 2: present is 'maybe', expected 1 or 0$"),
        ("image,set_size\nphoto.png,4.5\n", " row 2: set_size is '4.5', expected a whole number"),
        ("image,set_size\nphoto.png,0\n", " row 2: set_size is 0, expected a whole number of at least 1$"),
        (f"{BOXED[:-1]},present\nphoto.png,30,1,2,11,12,0\n", " row 2: present is False, but the place"),
        ("image\ntorn.png\n", " row 2: image '.*torn.png' is damaged, truncated"),
        ("image,target\nphoto.png,torn.png\n", " row 2: target '.*torn.png' is damaged, truncated"),
        ("image,target\ntarget.png,photo.png\n", " row 2: target is 60 x 40 px, expected no more than"),
        (f"{BOXED},30,1,2,11,12\n", " row 2: image is empty, expected a path, or the width and height of the display$"),
        (f"{BOXED}cells.csv,30,1,2,11,12\n", " row 2: image '.*cells.csv' is not an image"),
        (f"{BOXED}photo.png,30,1,2,,12\n", " row 2: target_x1 is '', expected a number$"),
        (f"{BOXED}photo.png,30,1,2,1,12\n", " row 2: target_box is .* expected x0 < x1 and y0 < y1$"),
        (f"{BOXED}photo.png,30,1,2,61,12\n", " row 2: target_box is .* outside the image of 60 x 40 px$"),
        (
            f"{FULL}photo.png,30,target.png,,,,,red,,\n",
            " row 2: background is 'red', expected a grey value or 'r g b'",
        ),
        (f"{FULL}photo.png,30,target.png,,,,, ,,\n", " row 2: background is "),
        (f"{FULL}photo.png,30,target.png,,,,,1 2,,\n", " row 2: background is "),
        (
            f"{FULL}photo.png,30,target.png,,,,,,text.csv,\n",
            " row 2: table '.*text.csv' row 3: x1 is 'wide', expected",
        ),
        (
            f"{FULL}photo.png,30,target.png,,,,,,photo.png,\n",
            " row 2: suffix of '.*photo.png' is '.png', expected one of '.csv'",
        ),
        (
            f"{FULL}photo.png,30,target.png,,,,,,trials.csv,\n",
            " row 2: table '.*trials.csv' has no column 'x0'",
        ),
        (f"{FULL}photo.png,30,target.png,,,,,,none.csv,\n", " row 2: objects "),
        (
            f"{FULL}photo.png,30,target.png,,,,,,,a\n" + "photo.png,30,target.png,,,,,,,a\n",
            " row 3: id is 'a' a second",
        ),
        (
            f"{FULL}photo.png,30,target.png,,,,,,,1\n" + "photo.png,30,target.png,,,,,,,\n",
            " row 3: id is '1' a second",
        ),
    ],
)
def test_bad_tables_are_named_in_one_line(listed, text, found):
    path = listed(text)
    with pytest.raises(ValueError, match=f"^table '{re.escape(str(path))}'{found}") as error:
        read_trials(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "row",
    [
        "gone.png,30,target.png,,,,,,,",
        "photo.png,30,gone.png,,,,,,,",
        "photo.png,30,target.png,,,,,,gone.png,",
    ],
)
def test_a_row_that_points_nowhere(listed, row):
    path = listed(f"{FULL}photo.png,30,target.png,,,,,,,\n{row}\n")
    with pytest.raises(FileNotFoundError, match=r" row 3: (image|target|table) '.*gone.png' does not exist$") as error:
        read_trials(path)
    assert str(error.value).startswith(f"table '{path}'")


def test_no_table(tmp_path):
    for path in (tmp_path, tmp_path / "trials.csv", tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=r"^table '.*' does not exist$"):
            read_trials(path)


def test_free_viewing_and_words_are_read_back(tmp_path, photo):
    free, words = Trial(photo, px_per_degree=30, id="a"), Trial(photo, target_text="a mug", px_per_degree=30, id="b")
    path = write_trials(tmp_path, [free, words])
    header = path.read_text().splitlines()[0]
    assert header.endswith(",objects,target_text")
    assert [(t.target, t.target_text) for t in read_trials(path)] == [(None, None), (None, "a mug")]
    assert not (tmp_path / "targets").exists()
    plain = write_trials(tmp_path / "plain", [free])
    assert "target_text" not in plain.read_text()
    assert read_trials(plain)[0].target is None


def test_present_condition_and_set_size_are_read_back(tmp_path, photo):
    trials = [
        Trial(photo, photo[:5, :5], present=False, condition="easy", px_per_degree=30, id="a"),
        Trial(photo, target_box=[0, 0, 5, 5], set_size=7, px_per_degree=30, id="b"),
        Trial(photo, photo[:5, :5], id="c"),
    ]
    path = write_trials(tmp_path, trials)
    assert path.read_text().splitlines()[0].endswith(",objects,condition,set_size,present")
    read = read_trials(path)
    assert [trial.present for trial in read] == [False, True, None]
    assert [trial.condition for trial in read] == ["easy", None, None]
    assert [trial.set_size for trial in read] == [None, 7, None]
    assert [trial.has_px_per_degree for trial in read] == [True, True, False]
    again = write_trials(tmp_path / "again", read)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("place", "found"),
    [({"target_boxes": [[0, 0, 5, 5], [5, 5, 9, 9]]}, "2 boxes"), ({"target_centre": [3, 4]}, "only a point")],
)
def test_targets_that_a_list_cannot_hold(tmp_path, photo, place, found):
    with pytest.raises(ValueError, match=f"^the target of trial 'a' has {found}, expected one box"):
        write_trials(tmp_path, [Trial(photo, photo[:2, :2], px_per_degree=30, id="a", **place)])


def test_a_list_as_a_spreadsheet_of_another_country_writes_it(tmp_path):
    path = tmp_path / "LIST.TSV"
    path.write_bytes("id;width;height;px_per_degree;condition\nbu\u0308cher ;64;48;30,5;NA\n".encode("utf-16"))
    (trial,) = read_trials(path, missing=["NA"])
    assert (trial.id, trial.px_per_degree, trial.condition) == ("b\u00fccher", 30.5, None)


def test_memory_sets_are_read_as_they_were_written(tmp_path, photo):
    several = [photo[:5, :5], photo[5:9, :6], photo[:3, :3]]
    trials = [
        Trial(photo, targets=several, target_box=[0, 0, 5, 5], px_per_degree=30, id="pictures"),
        Trial(photo, target_texts=["mug", "a red pen"], px_per_degree=30, present=False, id="words"),
        Trial(photo, photo[:4, :4], target_text="cup", px_per_degree=30, id="one"),
    ]
    read = read_trials(write_trials(tmp_path, trials))
    assert [[target.shape for target in trial.targets] for trial in read] == [
        [(5, 5, 3), (4, 6, 3), (3, 3, 3)],
        [],
        [(4, 4, 3)],
    ]
    np.testing.assert_array_equal(read[0].targets[1], several[1])
    assert [trial.target_texts for trial in read] == [(), ("mug", "a red pen"), ("cup",)]
    header, row, *_ = (tmp_path / "trials.csv").read_text().splitlines()
    assert header.endswith(",present,target_text,targets,target_texts")
    assert row.endswith(",,targets/0-0.png|targets/0-1.png|targets/0-2.png,")
    assert trials_digest(read) == trials_digest(trials)
    assert trials_digest(read[:1]) != trials_digest([trials[0].replace(targets=several[::-1])])


def test_words_that_a_list_cannot_hold(tmp_path, photo):
    with pytest.raises(ValueError, match=r"^target_texts of trial 'a' has 'b\|c', expected no \|"):
        write_trials(tmp_path, [Trial(photo, target_texts=["b|c", "d"], id="a")])


def test_a_missing_target_of_a_memory_set(listed):
    with pytest.raises(FileNotFoundError, match=r"row 2: targets 1 .* does not exist$"):
        read_trials(listed("image,targets\nphoto.png,target.png | missing.png\n"))


def test_names_of_objects_come_back(tmp_path, trials):
    named = [trials[0], trials[1].replace(object_texts=["a, b", "c"])]
    write_trials(tmp_path, named)
    assert (tmp_path / "objects/1.csv").read_text().startswith("x0,y0,x1,y1,text\n")
    found = read_trials(tmp_path)
    assert [trial.object_texts for trial in found] == [(), ("a, b", "c")]
    assert trials_digest(named) != trials_digest([trials[0], trials[1].replace(object_texts=["a", "c"])])
