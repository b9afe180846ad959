"""`gazesim data`, as a user meets it."""

import json

import pytest

from gazesim.cli import main
from gazesim.datasets import DATASETS
from gazesim.image import picture_size

ENTRY = {
    "cue": "clock",
    "fixations": {str(person): [[200, 200], [30, 40]] for person in range(1, 20)},
    "ground_truth": [{"xmin": 20, "ymin": 30, "xmax": 50, "ymax": 60}],
    "size": {"width": 405, "height": 405},
}


@pytest.fixture(autouse=True)
def data_here(tmp_path, monkeypatch):
    """Data sets lie in a folder of the test, which holds none."""
    monkeypatch.setenv("GAZESIM_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def viu(data_here):
    """A file in the layout of VIU with as many photographs and people."""
    (data_here / "viu").mkdir(parents=True)
    (data_here / "viu/VIU.json").write_text(json.dumps({f"image_r_{n}.jpg": ENTRY for n in range(401, 798)}))
    return data_here / "viu"


def stopped(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["data", *arguments])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert error.startswith("gazesim data: ")
    assert error.count("\n") == 1
    return error


def test_all_data_sets_are_listed(capsys, viu):
    main(["data"])
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split() for line in lines[1:] if line}
    assert set(DATASETS) <= set(rows)
    assert (rows["viu"][1], rows["osie"][1]) == ("yes", "no")
    assert (rows["osie"][2], rows["oat_wine"][2]) == ("fetch", "hand")
    assert str(viu.parent) in lines[-1]


def test_one_is_shown_in_full(capsys):
    main(["data", "dataset=osie"])
    out = " ".join(capsys.readouterr().out.split())
    for words in (
        "licence: MIT",
        "Predicting human gaze beyond pixels",
        "sha256:2aab9133",
        "24.0 (the authors' Gaussian",
    ):
        assert words in out
    main(["data", "dataset=koehler_object_search"])
    assert "Fill in the form on the homepage" in " ".join(capsys.readouterr().out.split())


def test_a_copy_is_verified(capsys, viu, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["data", "verify=viu"])
    out = capsys.readouterr().out
    assert "trials      397" in out
    assert "observers   19" in out
    viu.rename(tmp_path / "mine")
    main(["data", "verify=viu", f"root={tmp_path}/mine"])
    assert "397" in capsys.readouterr().out


def test_own_data_are_verified(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("trial,observer,x,y\na,p,1,2\na,p,70,40\n")
    (tmp_path / "a.yaml").write_text("table: a.csv\nwidth: 80\nheight: 50\n")
    main(["data", f"verify={tmp_path}/a.yaml"])
    out = capsys.readouterr().out
    assert "fixations   2" in out
    assert "units: positions in px from top_left, y down" in out
    assert "displays: 80 x 50 px (1)" in out
    assert picture_size("fixations.png")[0] > 300
    assert "expected a path that ends in .png" in stopped(capsys, f"verify={tmp_path}/a.yaml", "figure=x.jpg")
    main(["data", f"describe={tmp_path}/a.csv"])
    assert "observer: observer" in capsys.readouterr().out
    assert "itself says where its data lie" in stopped(capsys, f"verify={tmp_path}/a.yaml", "root=x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dataset=osi"], "unknown data set 'osi'"),
        (["fetch=viu", "dataset=viu"], "dataset and fetch are given, expected one of them"),
        (["root=x"], "root is given, expected dataset, fetch or verify with it"),
        (["verify=osie"], "data set 'osie' is not in"),
        (["fetch=oat_wine"], "oat_wine cannot be downloaded. The repository links to a Google Drive folder"),
        (["fetsh=osie"], "unknown key 'fetsh'"),
    ],
)
def test_what_is_refused(capsys, arguments, message):
    assert message in stopped(capsys, *arguments)


def test_fetching_what_is_here(capsys, viu):
    assert "is there already; delete the folder to download it afresh" in stopped(capsys, "fetch=viu")


def test_fetching_offline(capsys, data_here, monkeypatch):
    import requests

    def nothing(*arguments, **keywords):
        raise requests.ConnectionError("refused")

    monkeypatch.setattr(requests, "get", nothing)
    assert "no connection to raw.githubusercontent.com, is this machine offline?" in stopped(
        capsys, "fetch=amazon_books"
    )
    assert list(data_here.iterdir()) == []
