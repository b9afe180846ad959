"""Downloading a data set as a whole: its folder appears when everything is there and is what it should be."""

import os
import shutil
from pathlib import Path

from gazesim.checksum import check_checksum, folder_checksum
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.definition import Definition, Source
from gazesim.datasets.unpacking import unpack
from gazesim.download import download
from gazesim.files import writable_folder


def fetch(entry: Definition, folder: Path) -> DataSet:
    """Download a data set into `folder`, which must not exist or be empty, and return it.

    What has been downloaded is kept in .<folder>.partial beside it until all is complete: run it again and it
    continues. What is wrong (another checksum, a web page, a damaged zip, other counts than published) is deleted.

    Raises
    ------
    FileNotFoundError
        If the set cannot be downloaded; the line says how else to get it.
    ValueError
        If something is in `folder`, a download fails, or what came is wrong.
    """
    if not entry.sources:
        raise FileNotFoundError(
            f"{entry.name} cannot be downloaded. {entry.obtain} ({entry.homepage}; {str(folder)!r})"
        )
    if (folder.is_symlink() or folder.exists()) and not folder.is_dir():
        raise ValueError(f"root {str(folder)!r} is a file or a link, expected a folder that can be made")
    if folder.is_dir() and any(folder.iterdir()):
        state = f"lacks {', '.join(missing)}" if (missing := entry.missing(folder)) else "is there already"
        raise ValueError(f"{entry.name} in {str(folder)!r} {state}; delete the folder to download it afresh")
    partial = writable_folder(folder.parent / f".{folder.name}.partial")
    try:
        for source in entry.sources:
            _fetch_source(entry.name, source, partial)
        _check(entry, partial)
        if folder.is_dir():
            folder.rmdir()
        os.replace(partial, folder)
    finally:
        if partial.is_dir() and not any(partial.iterdir()):
            partial.rmdir()
    return entry.load(folder)


def _fetch_source(name: str, source: Source, partial: Path) -> None:
    """Download one source into `partial`, unless a run before did."""
    stem = "all" if source.name == "." else source.name.replace("/", "-")
    done = partial / f".{stem}.done"
    if done.exists():
        return
    file = partial / f".{stem}.download"
    try:
        download(source.urls, file, source.size)
        if source.checksum:
            check_checksum(file, source.checksum)
        if source.unpack is None:
            target = partial / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target)
        else:
            _unpack(source, file, partial)
    except ValueError as error:
        raise ValueError(f"{name}, {source.name}: {error}") from error
    except OSError as error:
        raise ValueError(f"{name}, {source.name} cannot be written to {str(partial)!r}: {error.strerror}") from error
    finally:
        file.unlink(missing_ok=True)
    done.touch()


def _unpack(source: Source, file: Path, partial: Path) -> None:
    folder = partial / (".unpacked" if source.name == "." else source.name)
    shutil.rmtree(folder, ignore_errors=True)
    unpack(file, folder, source.unpack or "")
    if source.contents and (found := folder_checksum(folder)) != source.contents:
        shutil.rmtree(folder)
        raise ValueError(f"{source.unpack} in the zip has {found}, expected {source.contents}: another version")
    if source.name == ".":
        for path in folder.iterdir():
            os.replace(path, partial / path.name)
        folder.rmdir()


def _check(entry: Definition, partial: Path) -> None:
    """Read what came; if it is not the data set, delete it, as nothing else says which file is wrong."""
    try:
        entry.load(partial)
    except (ValueError, FileNotFoundError) as error:
        shutil.rmtree(partial)
        raise ValueError(f"what came is not {entry.name}, it was deleted: {error}") from error
    for mark in partial.glob(".*.done"):
        mark.unlink()
