import os
import stat

import pytest

from gazesim.files import atomic_path, check_file, writable_folder


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
