"""Checksums of downloaded files, and of folders whose archive differs each time it is made."""

import hashlib
from pathlib import Path

from gazesim.checks import check_option


def check_checksum(path: Path, expected: str) -> None:
    """Raise ValueError unless the file has the checksum `expected`, "sha256:<hex>" or "md5:<hex>"."""
    kind = expected.partition(":")[0]
    check_option("checksum", kind, ("sha256", "md5"))
    with open(path, "rb") as file:
        found = f"{kind}:{hashlib.file_digest(file, kind).hexdigest()}"
    if found != expected:
        raise ValueError(f"the download has {found}, expected {expected}: it is damaged or another version")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_checksum(folder: Path) -> str:
    """Return "sha256:<hex>" of the names and contents of all files below `folder`, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0{file_sha256(path)}\n".encode())
    return f"sha256:{total.hexdigest()}"
