import os
import stat

import pytest

from gazesim.files import atomic_path, check_file, read_csv, writable_folder


def test_atomic_path_replaces_the_file_at_the_end(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with atomic_path(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
        assert (partial.parent, partial.suffix) == (tmp_path, ".csv")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_atomic_path_leaves_nothing_behind_on_failure(tmp_path, failure):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail():
        with atomic_path(path) as partial:
            partial.write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_atomic_path_onto_a_folder_leaves_nothing_behind(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match=r"a"), atomic_path(tmp_path / "a") as partial:
        partial.write_text("new")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_atomic_path_gives_the_mode_of_an_ordinary_file(tmp_path):
    with atomic_path(tmp_path / "a") as partial:
        partial.touch()
    (tmp_path / "b").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert len(modes) == 1


def test_writable_folder_makes_parents_and_takes_what_exists(tmp_path):
    for _ in range(2):
        assert writable_folder(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
    assert os.listdir(tmp_path / "a" / "b") == []


def test_writable_folder_names_what_is_in_the_way(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "a" / "b"):
        with pytest.raises(ValueError, match=r"a file is in the way") as error:
            writable_folder(path)
        assert str(error.value) == f"output folder '{path}' cannot be written: a file is in the way"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder in which even root cannot write")
def test_writable_folder_without_permission():
    with pytest.raises(ValueError, match=r"output folder '/proc/self' cannot be written: ") as error:
        writable_folder("/proc/self")
    assert "\n" not in str(error.value)


def test_check_file(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(FileNotFoundError, match=r"^weights 'nowhere' does not exist$"):
        check_file("weights", "nowhere")
    with pytest.raises(ValueError, match=r"is a folder, expected a file$"):
        check_file("weights", tmp_path)
    with pytest.raises(ValueError, match=r"is empty$"):
        check_file("weights", tmp_path / "empty")
    (tmp_path / "empty").write_text("no longer")
    check_file("weights", tmp_path / "empty")


def test_csv_rows_are_text_by_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffb,a\r\n1,"x, ""y"""\r\n\r\n007,\r\n'.encode())
    assert read_csv(path, ("a",)) == {2: {"b": "1", "a": 'x, "y"'}, 4: {"b": "007", "a": ""}}


def test_csv_with_a_header_only(tmp_path):
    (tmp_path / "a.csv").write_text("a,b")
    assert read_csv(tmp_path / "a.csv", ("a", "b")) == {}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty$"),
        (b"\n1\n", "has no column 'a'; it has none$"),
        (b"b,c\n1,2\n", "has no column 'a'; it has 'b', 'c'$"),
        (b"a,b,a\n1,2,3\n", "has 2 columns 'a', expected one$"),
        (b"a,b,b\n1,2,3\n", "has 2 columns 'b', expected one$"),
        (b"a,b\n1,2\n1\n", "row 3 has 1 values, expected 2$"),
        (b"a,b\n1,2,3\n", "row 2 has 3 values, expected 2$"),
        (b'a,b\n1,"2\n', "cannot be read as CSV: "),
        (b"a,b\n\xff,2\n", "cannot be read as CSV: "),
        (b"a,b\n" + b"1" * 200_000 + b",2\n", "cannot be read as CSV: "),
    ],
)
def test_csv_that_cannot_be_used(tmp_path, content, found):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=found) as error:
        read_csv(tmp_path / "a.csv", ("a",))
    assert str(error.value).startswith(f"table '{tmp_path / 'a.csv'}' ")
    assert "\n" not in str(error.value)


def test_csv_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^table '.*a\.csv' does not exist$"):
        read_csv(tmp_path / "a.csv", ())
