"""Downloads from a server on this machine that breaks off, lies, and comes back."""

import hashlib
import io
import itertools
import json
import threading
import zipfile
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gazesim import download
from gazesim.checksum import folder_checksum
from gazesim.cli import main
from gazesim.datasets import DATASETS, Source, load_dataset
from gazesim.datasets.fetching import fetch
from gazesim.datasets.sti import VIU

ENTRY = {
    "cue": "clock",
    "fixations": {"1": [[200, 200], [30, 40]], "2": [[210, 190]]},
    "ground_truth": [{"xmin": 20, "ymin": 30, "xmax": 50, "ymax": 60}],
    "size": {"width": 405, "height": 405},
}
CONTENT = json.dumps({f"image_r_{number}.jpg": ENTRY for number in range(401, 421)}).encode()
SHA = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@dataclass
class Server:
    """What the server does: files by path, after how many bytes it breaks off, which status it answers."""

    files: dict = field(default_factory=dict)
    break_after: list = field(default_factory=list)  # one for each request, None serves all
    status: int = 200
    etag: str = '"one"'
    drip: str = ""  # "headers" or "content": that comes a byte at a time, and headers never end
    stop: threading.Event = field(default_factory=threading.Event)  # of dripping
    skew: int = 0  # by how much it continues elsewhere than asked
    ranges: list = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, server, *arguments):
        self.does = server
        super().__init__(*arguments)

    def do_GET(self):
        does, content = self.does, self.does.files.get(self.path)
        asked = self.headers.get("Range")
        does.ranges.append(asked)
        if does.drip == "headers":
            self.drip(itertools.chain(b"HTTP/1.1 200 OK\r\n", itertools.cycle(b"X-More: 1\r\n" + b"y" * 80)))
            return
        if content is None or does.status != 200:
            self.send_error(404 if content is None else does.status)
            return
        start = 0
        if asked and self.headers.get("If-Range") == does.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.send_error(416)
                return
        rest = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + does.skew}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(rest)))
        if does.etag:
            self.send_header("ETag", does.etag)
        self.end_headers()
        if does.drip == "content":
            self.drip(rest)
            return
        stop = does.break_after.pop(0) if does.break_after else None
        self.wfile.write(rest[:stop])
        self.wfile.flush()
        self.close_connection = True

    def drip(self, content):
        for byte in content:
            if self.does.stop.wait(0.01):
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:  # the other side has had enough
                return

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    does = Server(files={"/VIU.json": CONTENT})
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, does))
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    does.url = f"http://127.0.0.1:{running.server_port}"
    yield does
    does.stop.set()
    running.shutdown()
    running.server_close()
    thread.join()


def viu(server, *urls, **changes):
    """The VIU set with its JSON from the server."""
    source = {"checksum": SHA, "size": len(CONTENT)} | changes
    source = Source("VIU.json", urls or (f"{server.url}/VIU.json",), **source)
    return replace(VIU, sources=(source,), stated={"trials": 20, "observers": 2})


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def refused(entry, folder, message):
    """Fetching stops with one line, and leaves nothing behind."""
    with pytest.raises(ValueError, match=message) as error:
        fetch(entry, folder)
    assert "\n" not in str(error.value)
    assert list(folder.parent.iterdir()) == []


def test_a_data_set_is_fetched(server, tmp_path, capsys):
    data = fetch(viu(server), tmp_path / "viu")
    assert (len(data.trials), len(data.scanpaths), data.root) == (20, 40, tmp_path / "viu")
    assert [path.name for path in (tmp_path / "viu").iterdir()] == ["VIU.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["viu"]
    with pytest.raises(ValueError, match=r"viu in .* is there already; delete the folder"):
        fetch(viu(server), tmp_path / "viu")
    assert server.ranges == [None]


def test_the_command_line_fetches(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(DATASETS._loaded, "viu", viu(server))
    monkeypatch.setenv("GAZESIM_DATA", str(tmp_path))
    main(["data", "fetch=viu"])
    out = capsys.readouterr().out
    assert "licence: CC BY-NC-SA 4.0" in out
    assert "scanpaths   40" in out
    assert len(load_dataset("viu").scanpaths) == 40


def test_a_wrong_checksum(server, tmp_path):
    refused(
        viu(server, checksum="sha256:" + "0" * 64), tmp_path / "viu", r"the download has sha256:\w+, expected sha256:0+"
    )
    server.files["/VIU.json"] = CONTENT.replace(b"clock", b"cluck")
    refused(viu(server), tmp_path / "viu", r"it is damaged or another version")


def test_an_md5(server, tmp_path):
    data = fetch(viu(server, checksum=f"md5:{hashlib.md5(CONTENT).hexdigest()}"), tmp_path / "viu")
    assert len(data.scanpaths) == 40


def test_another_size(server, tmp_path):
    refused(viu(server, size=7), tmp_path / "viu", rf"the server has {len(CONTENT)} bytes, expected 7")


def test_a_missing_file(server, tmp_path):
    refused(viu(server, f"{server.url}/gone"), tmp_path / "viu", r"/gone: the server answers 404 Not Found")
    server.status = 503
    refused(viu(server), tmp_path / "viu", r"the server answers 503")


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>sign in</title>", b"\xef\xbb\xbf\n <HTML>gone</HTML>", b""])
def test_a_web_page_instead_of_the_file(server, tmp_path, page):
    server.files["/VIU.json"] = page
    what = "an empty file" if not page else r"a web page \(HTML\)"
    refused(viu(server, size=None), tmp_path / "viu", f"the server sends {what}")


def test_no_network(tmp_path):
    with pytest.raises(ValueError, match=r"no connection to 127.0.0.1:9, is this machine offline\?") as error:
        fetch(viu(None, "http://127.0.0.1:9/VIU.json"), tmp_path / "viu")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_headers_that_never_end(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "ANSWER_S", 0.1)
    server.drip = "headers"
    refused(viu(server), tmp_path / "viu", r"no complete answer from 127\.0\.0\.1:\d+ in 0\.1 s")


def test_a_server_that_is_too_slow(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "SLOW_S", 0.1)
    server.drip = "content"
    with pytest.raises(ValueError, match=r"less than 1000 bytes a second came for 0\.1 s.*run it again") as error:
        fetch(viu(server), tmp_path / "viu")
    assert "\n" not in str(error.value)
    server.drip = ""
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["viu"]


def test_a_mirror_helps(server, tmp_path):
    data = fetch(viu(server, f"{server.url}/gone", "http://127.0.0.1:9/", f"{server.url}/VIU.json"), tmp_path / "viu")
    assert len(data.scanpaths) == 40


def test_a_download_that_breaks_off_is_continued_at_once(server, tmp_path):
    server.break_after = [500, 300]
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert server.ranges == [None, "bytes=500-", "bytes=800-"]


def test_a_download_that_breaks_off_each_time_is_continued_by_the_next_run(server, tmp_path):
    server.break_after = [100] * download.ATTEMPTS
    with pytest.raises(ValueError, match=r"broke off after 300 .*run it again to continue") as error:
        fetch(viu(server), tmp_path / "viu")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "viu").exists()  # only what is begun is there, under another name
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert server.ranges[-1] == "bytes=300-"
    assert [path.name for path in tmp_path.iterdir()] == ["viu"]


def test_a_truncated_download_without_a_length_is_caught_by_the_checksum(server, tmp_path):
    server.files["/VIU.json"] = CONTENT[:-1]
    refused(viu(server, size=None), tmp_path / "viu", "expected sha256")


def test_a_beginning_survives_that_the_mirror_fails_too(server, tmp_path):
    server.break_after = [100] * download.ATTEMPTS
    urls = (f"{server.url}/VIU.json", f"{server.url}/gone", "http://127.0.0.1:9/")
    with pytest.raises(ValueError, match=r"broke off after 300 .*; .*404 Not Found; .*no connection"):
        fetch(viu(server, *urls), tmp_path / "viu")
    assert len(fetch(viu(server, *urls), tmp_path / "viu").scanpaths) == 40
    assert server.ranges[-1] == "bytes=300-"
    assert sorted(path.name for path in (tmp_path / "viu").iterdir()) == ["VIU.json"]


def test_a_server_that_continues_elsewhere(server, tmp_path):
    server.break_after, server.skew = [500], 7
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert server.ranges == [None, "bytes=500-", None]


def test_a_beginning_as_long_as_the_file(server, tmp_path, monkeypatch):
    store = download._store

    def interrupted(response, part, start, total):
        store(response, part, start, total)
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(viu(server), tmp_path / "viu")
    monkeypatch.setattr(download, "_store", store)
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40


def test_a_file_that_changed_meanwhile_is_downloaded_afresh(server, tmp_path):
    server.break_after = [100] * download.ATTEMPTS
    server.files["/VIU.json"] = b"x" * len(CONTENT)
    with pytest.raises(ValueError, match="broke off"):
        fetch(viu(server), tmp_path / "viu")
    server.files["/VIU.json"], server.etag = CONTENT, '"two"'
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40


def test_without_a_version_nothing_is_continued(server, tmp_path):
    server.etag, server.break_after = "", [100]
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert server.ranges == [None, None]


def test_an_interrupted_run_is_continued(server, tmp_path, monkeypatch):
    store = download._store

    def interrupted(response, part, start, total):
        part.write_bytes(CONTENT[:700])
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(viu(server), tmp_path / "viu")
    monkeypatch.setattr(download, "_store", store)
    assert not (tmp_path / "viu").exists()
    assert len(fetch(viu(server), tmp_path / "viu").scanpaths) == 40
    assert server.ranges == [None, "bytes=700-"]


def test_what_is_complete_is_not_downloaded_again(server, tmp_path):
    server.files["/images.zip"] = zipped({"repo-1/images/image_r_401.jpg": b"no picture, never decoded here"})
    whole = viu(server)
    images = Source("images", (f"{server.url}/images.zip",), unpack="images")
    broken = replace(images, urls=(f"{server.url}/gone.zip",))
    with pytest.raises(ValueError, match=r"viu, images: .*404"):
        fetch(replace(whole, sources=(*whole.sources, broken)), tmp_path / "viu")
    data = fetch(replace(whole, sources=(*whole.sources, images)), tmp_path / "viu")
    assert len(server.ranges) == 3
    assert data.trials[0].image_path == tmp_path / "viu/images/image_r_401.jpg"


def test_other_counts_than_published_are_deleted(server, tmp_path):
    entry = replace(viu(server), stated={"trials": 397})
    refused(
        entry, tmp_path / "viu", r"what came is not viu, it was deleted: .* has 20 trials, its publication states 397"
    )


def test_a_zip_of_the_whole_folder(server, tmp_path):
    files = {
        "r-1/VIU/VIU.json": CONTENT,
        "r-1/README.md": b"x",
        "__MACOSX/r-1/VIU/VIU.json": b"",
        "r-1/VIU/images/a.jpg": b"x",
    }
    server.files["/all.zip"] = zipped(files)
    source = Source(".", (f"{server.url}/all.zip",), unpack="VIU")
    data = fetch(replace(viu(server), sources=(source,)), tmp_path / "viu")
    assert sorted(path.name for path in data.root.iterdir()) == ["VIU.json", "images"]
    listing = f"a.jpg\0{hashlib.sha256(b'x').hexdigest()}\n".encode()
    assert folder_checksum(data.root / "images") == f"sha256:{hashlib.sha256(listing).hexdigest()}"


def test_another_content_in_the_zip(server, tmp_path):
    server.files["/all.zip"] = zipped({"VIU/VIU.json": CONTENT})
    source = Source("folder", (f"{server.url}/all.zip",), unpack="VIU", contents="sha256:00")
    refused(
        replace(viu(server), sources=(source,)), tmp_path / "viu", r"VIU in the zip has sha256:\w+, expected sha256:00"
    )


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (b"PK\3\4 but damaged", "is no zip, or a damaged one"),
        (zipped({"../../evil.json": b"x"}), "a file outside its folder; nothing was unpacked"),
        (zipped({"other/x": b"x"}), "the zip holds nothing under 'VIU'"),
        (zipped({"VIU/VIU.json": CONTENT})[:-40], "is no zip, or a damaged one"),
    ],
)
def test_zips_that_are_refused(server, tmp_path, archive, message):
    server.files["/all.zip"] = archive
    source = Source(".", (f"{server.url}/all.zip",), unpack="VIU")
    refused(replace(viu(server), sources=(source,)), tmp_path / "viu", message)


def test_a_set_that_cannot_be_downloaded_says_where_it_is(tmp_path):
    for entry in DATASETS.values():
        if not entry.sources:
            with pytest.raises(FileNotFoundError, match=rf"{entry.name} cannot be downloaded\. .*\.") as error:
                fetch(entry, tmp_path / entry.name)
            assert entry.homepage in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line(server, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "_store", full)
    with pytest.raises(ValueError, match=r"viu, VIU.json cannot be written to .*: No space left on device"):
        fetch(viu(server), tmp_path / "viu")
    assert not (tmp_path / "viu").exists()


def test_downloading_needs_requests(monkeypatch, tmp_path):
    monkeypatch.setattr(download, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'gazesim\[data\]'"):
        download.download(("http://127.0.0.1:9/",), tmp_path / "x")
