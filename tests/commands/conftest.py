"""What the commands are tried on: a working folder, and a server of a small data set."""

import hashlib
import io
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image

import gazesim
from gazesim import Scanpath, Trial, stimuli, write_scanpaths, write_trials


@pytest.fixture
def working_folder(tmp_path, monkeypatch, noise):
    """A working folder with a trial list, a data set of fixations on it, and one of searches among objects."""
    monkeypatch.chdir(tmp_path)
    trials = [Trial(noise(60, 80, i), target_box=(10, 10, 29, 29), px_per_degree=8, id=f"t{i}") for i in range(6)]
    write_trials("set", trials)
    people = [path for seed in range(3) for path in gazesim.load_model("chance").search(trials, seed=seed)]
    named = [Scanpath(path.xy, trial=path.trial, observer=f"p{i // len(trials)}") for i, path in enumerate(people)]
    write_scanpaths("people.csv", named)
    Path("people.yaml").write_text("table: people.csv\ntrials: set\ntask: search\n")
    Path("pictures").mkdir()
    for i in range(8):
        Image.fromarray(noise(24, 24, i)).save(f"pictures/{i}.png")
    made = stimuli.make("object_array", n_per_set_size=5, px_per_degree=5, target="present", images="pictures")
    made.write("arrays")
    paths = [path for seed in (0, 1) for path in gazesim.load_model("chance").search(list(made), seed=seed)]
    write_scanpaths("arrays.csv", [Scanpath(p.xy, trial=p.trial, observer=f"s{i // 5}") for i, p in enumerate(paths)])
    Path("arrays.yaml").write_text("table: arrays.csv\ntrials: arrays\ntask: search\n")
    return tmp_path


class Slow(BaseHTTPRequestHandler):
    """Serves `files` a piece at a time, and the rest of one where that is asked for."""

    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self):
        content, asked = self.files[self.path], self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.end_headers()
        for piece in range(start, len(content), 4000):
            try:
                self.wfile.write(content[piece : piece + 4000])
            except OSError:  # the other side was killed
                return
            time.sleep(0.002)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def slow_url(noise):
    """A server of a small data set."""
    entry = {"cue": "clock", "fixations": {"1": [[200, 200], [30, 40]], "2": [[210, 190]]}}
    entry |= {"ground_truth": [{"xmin": 20, "ymin": 30, "xmax": 50, "ymax": 60}], "size": {"width": 405, "height": 405}}
    names = [f"image_r_{number}.jpg" for number in range(401, 441)]
    pictures = io.BytesIO()
    with zipfile.ZipFile(pictures, "w") as package:
        for name in names:
            package.writestr(f"images/{name}", noise(40, 40).tobytes())
    Slow.files = {
        "/VIU.json": json.dumps(dict.fromkeys(names, entry)).encode() + b" " * 100_000,
        "/images.zip": pictures.getvalue(),
    }
    running = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()
