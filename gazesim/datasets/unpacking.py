"""Unpacking a zip from an untrusted source: no file outside the folder, no bomb, no half-unpacked folder."""

import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

MOST_BYTES = 20 * 2**30
MOST_FILES = 200_000
JUNK = ("__MACOSX", ".DS_Store", ".svn")


def unpack(archive: Path, folder: Path, below: str = "") -> None:
    """Unpack the files of a zip that lie under the path `below` into `folder`, which appears only when all is done.

    `below` may begin under any folder of the zip, as archives of repositories have one folder around everything.

    Raises
    ------
    ValueError
        If it is no zip or a damaged one, names a file outside the folder, holds links, is encrypted or too large,
        or has nothing under `below`.
    """
    partial = folder.with_name(f".unpacking-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as package:
            members = _members(package, below)
            for member, path in members.items():
                target = partial / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with package.open(member) as source, open(target, "wb") as file:
                    shutil.copyfileobj(source, file, 2**20)
        os.replace(partial, folder)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"the download is no zip, or a damaged one: {error}") from error
    except OSError as error:
        raise ValueError(f"the download cannot be unpacked into {str(folder)!r}: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _members(package: zipfile.ZipFile, below: str) -> dict[zipfile.ZipInfo, PurePosixPath]:
    files = [member for member in package.infolist() if not member.is_dir()]
    _check(files)
    wanted = PurePosixPath(below).parts
    kept = {}
    for member in files:
        parts = PurePosixPath(member.filename).parts
        if any(part in JUNK for part in parts):
            continue
        start = next((at for at in range(len(parts)) if parts[at : at + len(wanted)] == wanted), None)
        if start is not None and len(parts) > start + len(wanted):
            kept[member] = PurePosixPath(*parts[start + len(wanted) :] if wanted else parts)
    if not kept:
        raise ValueError(f"the zip holds nothing under {below or 'its top'!r}")
    return kept


def _check(files: list[zipfile.ZipInfo]) -> None:
    for member in files:
        path = member.filename
        parts = PurePosixPath(path.replace("\\", "/")).parts
        if path.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0]):
            raise ValueError(f"the zip names {path!r}, a file outside its folder; nothing was unpacked")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"the zip holds the link {path!r}, expected files only; nothing was unpacked")
        if member.flag_bits & 1:
            raise ValueError("the zip is encrypted")
    size = sum(member.file_size for member in files)
    if size > MOST_BYTES or len(files) > MOST_FILES:
        raise ValueError(
            f"the zip would unpack to {len(files)} files of {size / 2**30:.3g} GiB, expected at most {MOST_FILES} of "
            f"{MOST_BYTES / 2**30:.3g} GiB; nothing was unpacked"
        )
