"""The pictures of a folder."""

import hashlib
import os
from pathlib import Path


def picture_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a folder by name, hidden ones left out.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If it is no folder, cannot be read, or is empty.
    """
    if not Path(folder).exists():
        raise FileNotFoundError(f"images {str(folder)!r} does not exist")
    try:
        files = sorted(path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise ValueError(f"images {str(folder)!r} cannot be read: {error.strerror}") from error
    if not files:
        raise ValueError(f"images {str(folder)!r} holds no files, expected images")
    return files


def digest(files: list[Path]) -> str:
    """Return the SHA-256 of the names and contents of files."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
