"""Finding files and writing them so that nothing is ever half-written."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial-"  # what files are called while they are written
_LEFT = PARTIAL + "[0-9a-f]" * 16 + "*"


def clear_partial(folder: Path, *, deep: bool = True) -> None:
    """Delete what killed runs left half-written in `folder`, also in the folders in it if `deep`."""
    for path in folder.rglob(_LEFT) if deep else folder.glob(_LEFT):
        path.unlink(missing_ok=True)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`, with its suffix, that replaces `path` at the end.

    If the block raises, the temporary file is deleted and whatever was at `path` stays as it was.
    """
    path = Path(path)
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(8)}{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def writable_folder(path: str | os.PathLike[str]) -> Path:
    """Make the folder `path`, its parents too, and return it.

    Raises
    ------
    ValueError
        If it cannot be made, or no file can be written into it.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file is in the way" if blocked else error.strerror
        raise ValueError(f"output folder {str(folder)!r} cannot be written: {reason}") from error


def check_file(name: str, path: str | os.PathLike[str]) -> None:
    """Raise FileNotFoundError or ValueError unless `path` is a file that holds something.

    `name` says in the message what the file is: ``image 'photo.jpg' does not exist``.
    """
    shown = f"{name} {os.fspath(path)!r}"
    if not os.path.exists(path):
        raise FileNotFoundError(f"{shown} does not exist")
    if not os.path.isfile(path):
        raise ValueError(f"{shown} is {'a folder' if os.path.isdir(path) else 'a device'}, expected a file")
    if os.path.getsize(path) == 0:
        raise ValueError(f"{shown} is empty")
