"""One file over HTTP: with progress, from mirrors, continued where it broke off, and never half there."""

import hashlib
import json
import os
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tqdm.auto import tqdm

if TYPE_CHECKING:
    import requests

ATTEMPTS = 3
TIMEOUT_S = 30  # between two bytes
ANSWER_S = 60  # until the headers are complete, redirections included
LEAST_BYTES_PER_S = 1000
SLOW_S = 60  # over how long the speed is taken
CHUNK = 2**17
MOST_BYTES = 100 * 2**30


class InterruptedDownloadError(Exception):
    """The connection was lost before the end; what came so far is kept."""


def download(urls: tuple[str, ...], path: Path, size: int | None = None) -> None:
    """Download one file from the first of `urls` that has it.

    While it comes, `path` does not exist. Its beginning is kept beside it, one for each url, and is continued by the
    next call if the server still has the same file.

    Parameters
    ----------
    urls
        Tried in their order.
    path : Path
        In a folder that exists.
    size : int, optional
        How many bytes are expected.

    Raises
    ------
    ValueError
        If none of them gives the file; one line that says for each why.
    """
    if find_spec("requests") is None:
        raise ValueError("downloading needs requests: pip install 'gazesim[data]'")
    faults: dict[str, str] = {}
    for url in urls:
        try:
            os.replace(_from_one(url, path, size), path)
        except (ValueError, InterruptedDownloadError) as error:
            faults.setdefault(str(error), url)
        else:
            _forget(*path.parent.glob(f"{path.name}.*.part*"))
            return
    raise ValueError("; ".join(f"{url}: {fault}" for fault, url in faults.items()))


def _from_one(url: str, path: Path, size: int | None) -> Path:
    """Return the complete download from `url`; what came of it so far is continued, what is wrong deleted."""
    part = path.with_name(f"{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
    note = part.with_suffix(".part.json")
    for attempt in range(ATTEMPTS):
        try:
            _receive(url, part, note, size)
            break
        except InterruptedDownloadError:
            if attempt == ATTEMPTS - 1:
                raise
        except ValueError:
            _forget(part, note)
            raise
    return part


def _receive(url: str, part: Path, note: Path, size: int | None) -> None:
    import requests
    from urllib3.exceptions import HTTPError

    begun = _begun(part, note)
    headers = {"Accept-Encoding": "identity"}
    if begun:
        headers |= {"Range": f"bytes={begun['bytes']}-", "If-Range": begun["version"]}
    try:
        with _answer(url, headers) as response:
            if begun and not _continues(response, begun["bytes"]):
                _forget(part, note)
                raise InterruptedDownloadError("it cannot be continued, run it again")
            if response.status_code not in (200, 206):
                raise ValueError(f"the server answers {response.status_code} {response.reason}")
            start = begun["bytes"] if begun and response.status_code == 206 else 0
            total = _total(response, start, size)
            note.write_text(json.dumps({"version": _version(response)}))
            _store(response, part, start, total)
    except (requests.RequestException, HTTPError) as error:
        raise InterruptedDownloadError(_why(url, error, part)) from error
    if total is not None and part.stat().st_size != total:
        raise InterruptedDownloadError(
            f"it broke off after {part.stat().st_size} of {total} bytes; run it again to continue"
        )
    _refuse_page(part)


def _answer(url: str, headers: dict[str, str]) -> "requests.Response":
    """Return the response to a request, its content still to be read; no server can hold the headers back for ever."""
    import requests

    found: list[requests.Response | Exception] = []
    late = threading.Event()

    def ask() -> None:
        try:
            response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
        except Exception as error:
            found.append(error)
            return
        found.append(response)
        if late.is_set():
            response.close()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(ANSWER_S)
    if not found:
        late.set()
        raise InterruptedDownloadError(f"no complete answer from {urlsplit(url).netloc} in {ANSWER_S} s")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _begun(part: Path, note: Path) -> dict[str, Any] | None:
    """Return how much of which version is here, if it can be continued; else forget it."""
    try:
        known = json.loads(note.read_text())
        if known["version"] and (length := part.stat().st_size):
            return {"bytes": length, "version": known["version"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    _forget(part, note)
    return None


def _continues(response: "requests.Response", start: int) -> bool:
    """Return whether a server that was asked for the rest sends it, or the whole, or says that there is no rest."""
    if response.status_code == 206:
        return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    return response.status_code != 416


def _version(response: "requests.Response") -> str | None:
    """Return what tells this file from a later one: a strong ETag or the date; without, nothing is continued."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _total(response: "requests.Response", start: int, size: int | None) -> int | None:
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else None
    if size is not None and total is not None and total != size:
        raise ValueError(f"the server has {total} bytes, expected {size}")
    if (total or 0) > MOST_BYTES:
        raise ValueError(f"the server has {total} bytes, expected at most {MOST_BYTES}")
    return total


def _store(response: "requests.Response", part: Path, start: int, total: int | None) -> None:
    bar = tqdm(desc=part.name.split(".")[1], total=total, initial=start, unit="B", unit_scale=True, disable=None)
    with bar, open(part, "r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        response.raw.enforce_content_length = False  # else what came before the connection broke is thrown away
        since, before = time.monotonic(), start
        while chunk := response.raw.read1(CHUNK):  # what has come, where read() waits for as much as was asked for
            file.write(chunk)
            bar.update(len(chunk))
            if file.tell() > (total or MOST_BYTES):
                raise ValueError(f"the server sends more than {total or MOST_BYTES} bytes")
            if (passed := time.monotonic() - since) >= SLOW_S:
                if file.tell() - before < LEAST_BYTES_PER_S * passed:
                    raise InterruptedDownloadError(
                        f"less than {LEAST_BYTES_PER_S} bytes a second came for {SLOW_S} s; run it again to continue"
                    )
                since, before = time.monotonic(), file.tell()


def _refuse_page(part: Path) -> None:
    """Raise ValueError if what came is a web page: what servers send for links that need a click, or are gone."""
    with open(part, "rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        raise ValueError("the server sends a web page (HTML) instead of the file")
    if not head:
        raise ValueError("the server sends an empty file")


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _why(url: str, error: Exception, part: Path) -> str:
    import requests

    host = urlsplit(url).netloc or url
    if part.is_file() and part.stat().st_size:
        return f"it broke off after {part.stat().st_size} bytes; run it again to continue"
    if isinstance(error, requests.Timeout):
        return f"no answer from {host} in {TIMEOUT_S} s"
    if isinstance(error, requests.ConnectionError):
        return f"no connection to {host}, is this machine offline?"
    return f"{host} cannot be asked: {type(error).__name__}"
