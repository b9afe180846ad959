import io
import stat
import zipfile

import pytest

from gazesim.datasets import unpacking
from gazesim.datasets.unpacking import unpack


@pytest.fixture
def archive(tmp_path):
    """Write a zip of names and contents, or of ZipInfo and contents."""

    def write(*members):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in members:
                package.writestr(name, content)
        return path

    return write


def test_only_what_lies_below(tmp_path, archive):
    path = archive(("r/a/b/x.txt", b"x"), ("r/a/b/c/y.txt", b"y"), ("r/a/z.txt", b"z"), ("r/.DS_Store", b""))
    unpack(path, tmp_path / "out", "a/b")
    found = {
        file.relative_to(tmp_path / "out").as_posix(): file.read_bytes() for file in (tmp_path / "out").rglob("*.txt")
    }
    assert found == {"x.txt": b"x", "c/y.txt": b"y"}
    unpack(path, tmp_path / "all")
    assert (tmp_path / "all/r/a/z.txt").read_bytes() == b"z"


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("../evil.txt", b"x")], r"names '../evil.txt', a file outside its folder"),
        ([("ok.txt", b"x"), ("a/../../evil.txt", b"x")], "a file outside its folder"),
        ([("/etc/evil.txt", b"x")], "a file outside its folder"),
        ([("..\\evil.txt", b"x")], "a file outside its folder"),
        ([("C:\\evil.txt", b"x")], "a file outside its folder"),
        ([(link("ok"), b"/etc/passwd")], "holds the link 'ok'"),
        ([], "holds nothing"),
    ],
)
def test_what_could_leave_the_folder_is_refused(tmp_path, archive, members, message):
    path = archive(*members)
    with pytest.raises(ValueError, match=message):
        unpack(path, tmp_path / "sub" / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_a_bomb_is_not_unpacked(tmp_path, archive, monkeypatch):
    path = archive(("zeros", bytes(10**6)))
    assert path.stat().st_size < 2000
    monkeypatch.setattr(unpacking, "MOST_BYTES", 10**6 - 1)
    with pytest.raises(ValueError, match=r"would unpack to 1 files of .* GiB, expected at most"):
        unpack(path, tmp_path / "out")
    monkeypatch.setattr(unpacking, "MOST_BYTES", 10**6)
    unpack(path, tmp_path / "out")
    monkeypatch.setattr(unpacking, "MOST_FILES", 0)
    with pytest.raises(ValueError, match=r"would unpack to 1 files"):
        unpack(path, tmp_path / "other")


def test_a_bomb_that_lies_about_its_size_stops_where_it_said(tmp_path, archive):
    path = archive(("zeros", bytes(10**6)))
    content = path.read_bytes().replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is no zip, or a damaged one"):
        unpack(path, tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_a_folder_in_the_way(tmp_path, archive):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(ValueError, match=r"cannot be unpacked into"):
        unpack(archive(("a", b"a")), tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine"]


def test_an_encrypted_zip(tmp_path, archive):
    path = archive(("a", b"a"))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as package:
        start = package.start_dir
    content[6] |= 1
    content[start + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="the zip is encrypted"):
        unpack(path, tmp_path / "out")
