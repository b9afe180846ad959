"""Weights by name, fetched from a server on this machine."""

import hashlib
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from gazesim.cli import main
from gazesim.encoders import named
from gazesim.encoders.backbones import NAMED_TRUNKS, load_trunk
from gazesim.encoders.named import NAMED, fetch_weights, list_weights, named_weights


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Make vgg16 be a file of the given bytes on a server, and the user's cache an empty folder."""
    (tmp_path / "server").mkdir()
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "server"))
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def serve(content, **changes):
        (tmp_path / "server" / "w.h5").write_bytes(content)
        stated = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | changes
        url = f"http://127.0.0.1:{running.server_port}/w.h5"
        monkeypatch.setitem(NAMED, "vgg16", replace(NAMED["vgg16"], urls=(url,), file="w.h5", **stated))

    yield serve
    running.shutdown()
    running.server_close()


def keras_file(path):
    h5py, random = pytest.importorskip("h5py"), np.random.default_rng(0)
    widths = iter([3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512])
    before = next(widths)
    with h5py.File(path, "w") as file:
        for block, count in enumerate((2, 2, 3, 3, 3), 1):
            for conv in range(1, count + 1):
                layer, width = f"block{block}_conv{conv}", next(widths)
                kernel = random.normal(scale=0.02, size=(3, 3, before, width)).astype(np.float32)
                file.create_dataset(f"{layer}/{layer}/kernel:0", data=kernel)
                file.create_dataset(f"{layer}/{layer}/bias:0", data=np.zeros(width, np.float32))
                before = width
    return path.read_bytes()


def test_every_name_can_be_loaded_and_says_whose_it_is():
    assert set(NAMED_TRUNKS) | {"torchvision"} == set(list_weights())
    for weights in NAMED.values():
        assert weights.about
        assert weights.licence
        assert weights.citation
        assert bool(weights.urls) == (weights.sha256 is not None) == (weights.size is not None)
    assert [weights.name for weights in NAMED.values() if weights.here] >= ["embedded", "places"]


def test_vgg16_is_fetched_once_and_shows_its_licence(publish, tmp_path, capsys):
    publish(keras_file(tmp_path / "w.h5"))
    assert named_weights("vgg16").here is False
    trunk = load_trunk("vgg16")
    assert (trunk.name, trunk.preprocessing, trunk.source) == ("vgg16", "caffe", "vgg16")
    said = capsys.readouterr().err
    assert "CC BY" in said
    assert "Simonyan" in said
    path = tmp_path / "cache" / "gazesim" / "weights" / "w.h5"
    assert fetch_weights("vgg16") == path
    assert [each.name for each in path.parent.iterdir()] == ["w.h5"]
    assert capsys.readouterr().err == ""
    assert torch.equal(trunk.features[0].weight, load_trunk(path).features[0].weight)


def test_the_command_lists_and_fetches(publish, tmp_path, capsys):
    publish(b"weights" * 100)
    main(["weights"])
    out = capsys.readouterr().out
    assert all(f"{name}: " in out for name in NAMED)
    assert "not here, 0.0 MB; CC BY" in out
    main(["weights", "fetch=vgg16"])
    assert str(tmp_path / "cache" / "gazesim" / "weights" / "w.h5") in capsys.readouterr().out


def test_another_file_than_the_published_one_is_refused(publish, tmp_path):
    publish(b"other" * 100, sha256="0" * 64)
    with pytest.raises(
        ValueError, match=r"'vgg16' could not be fetched: .*expected sha256:0000.*weights=embedded"
    ) as error:
        fetch_weights("vgg16")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "cache" / "gazesim" / "weights").iterdir()) == []
    publish(b"other" * 100, size=7)
    with pytest.raises(ValueError, match="the server has 500 bytes, expected 7"):
        fetch_weights("vgg16")


def test_no_network_is_one_line(publish, monkeypatch):
    publish(b"x")
    monkeypatch.setitem(NAMED, "vgg16", replace(NAMED["vgg16"], urls=("http://127.0.0.1:9/w.h5",)))
    with pytest.raises(ValueError, match=r"offline.*weights=embedded needs no network") as error:
        load_trunk("vgg16")
    assert "\n" not in str(error.value)


def test_what_cannot_be_fetched():
    with pytest.raises(ValueError, match=r"unknown weights 'vgg61'; .* did you mean 'vgg16'"):
        fetch_weights("vgg61")
    with pytest.raises(ValueError, match="fetched by torchvision"):
        fetch_weights("torchvision")
    assert fetch_weights("places") == named.SHIPPED / "places.safetensors"
