"""The command `search` where it finds the objects itself."""

import json
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image

from gazesim import Trial, read_scanpaths, write_trials
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.attention.objects.weights import write_object_weights
from gazesim.cli import main
from gazesim.commands.search import searched_trials
from gazesim.report.record import read_record
from gazesim.report.shown import find_trials
from gazesim.table import read_rows

OAT = ("model=oat", "weights=oat.safetensors", "max_fixations=3")
ONE = ("image=discs.png", "target_box=[176,86,204,114]", "px_per_degree=20")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a picture discs.png and untrained weights of objects, oat.safetensors."""
    monkeypatch.chdir(tmp_path)
    sizes = {"position_size": 12, "appearance_size": 4, "feed_forward": 8, "encoder_layers": 1, "decoder_layers": 1}
    model = ObjectTransformer(ObjectSizes(appearance="none", knows_target="place", extent=8, channels=8, **sizes))
    model.initialise(0)
    write_object_weights(tmp_path / "oat.safetensors", model.eval(), {})
    Image.fromarray(discs()).save("discs.png")
    return tmp_path


def discs(shift=0):
    """A grey picture with a red, a green and a blue disc."""
    y, x = np.mgrid[:160, :240]
    pixels = np.full((160, 240, 3), 128, np.uint8)
    for at, colour in (((60, 50), (230, 30, 30)), ((190, 100), (30, 200, 30)), ((100, 130), (20, 20, 230))):
        pixels[(x - at[0] - shift) ** 2 + (y - at[1]) ** 2 < 14**2] = colour
    return pixels


def boxes(path):
    """By trial, the boxes in a table of objects."""
    found = {}
    for row in read_rows(path, ("trial", "x0", "y0", "x1", "y1")).values():
        found.setdefault(row["trial"], []).append([float(row[edge]) for edge in ("x0", "y0", "x1", "y1")])
    return found


def _stopped(capsys, *arguments):
    """The one line that the search stops with."""
    with pytest.raises(SystemExit) as stop:
        main(["search", *arguments])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert error.startswith("gazesim search: ")
    assert error.count("\n") == 1
    return error


def test_objects_are_found_recorded_and_walked_over(folder, capsys):
    main(["search", *ONE, *OAT, "objects=segmented", "out=run"])
    assert "run/objects.csv" in capsys.readouterr().out
    (found,) = boxes("run/objects.csv").values()
    assert found[0] == [176, 86, 204, 114]
    assert len(found) > 2
    (path,) = read_scanpaths("run/scanpaths.csv")
    middles = {((x0 + x1) // 2, (y0 + y1) // 2) for x0, y0, x1, y1 in found}
    assert {tuple(xy) for xy in path.xy[1:].tolist()} <= middles
    given = f"objects={json.dumps(found).replace(' ', '')}"
    main(["search", *ONE, *OAT, given, "background=0", "out=given"])
    assert (folder / "given" / "scanpaths.csv").read_bytes() == (folder / "run" / "scanpaths.csv").read_bytes()
    assert not (folder / "given" / "objects.csv").exists()
    record = json.loads((folder / "run" / "run.json").read_text())
    assert (record["config"]["objects"], record["config"]["detector"]) == ("segmented", "torchvision")


def test_objects_are_found_in_those_trials_of_a_list_that_have_none(folder, capsys):
    box, own = [176, 86, 204, 114], [[170, 80, 210, 120], [10, 10, 60, 60]]
    trials = [Trial(discs(k), None, target_box=box, px_per_degree=20, id=f"t{k}") for k in range(2)]
    marked = Trial(discs(), None, target_box=box, objects=own, px_per_degree=20, id="marked")
    write_trials("set", [trials[0], marked, trials[1]])
    run = ["search", "trials=set", *OAT, "objects=segmented", "figures=0", "out=run"]
    main(run)
    assert list(boxes("run/objects.csv")) == ["t0", "t1"]
    table, objects = (folder / "run" / "scanpaths.csv"), (folder / "run" / "objects.csv")
    before, found = table.read_bytes(), objects.read_bytes()
    lines = before.decode().splitlines(keepends=True)
    table.unlink()
    (folder / "run" / "scanpaths.partial.csv").write_text("".join(lines[: len(lines) // 2]))
    main(run)
    assert (table.read_bytes(), objects.read_bytes()) == (before, found)
    objects.write_text(objects.read_text().replace("176.0", "175.0"))
    capsys.readouterr()
    assert "objects.csv has other objects than were found now" in _stopped(capsys, *run[1:])


def test_a_report_of_found_objects_shows_its_trials(folder):
    main(["search", *ONE, *OAT, "objects=segmented", "out=run"])
    record = read_record(Path("run"))
    shown = find_trials(record, record.trials, {"search": searched_trials})
    assert shown.note == ""
    assert list(shown.trials) == ["discs"]
    assert "objects.csv" in [table.name for table in record.tables]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            (*ONE, "objects=segmentd"),
            "unknown objects 'segmentd'; known: detected, segmented; did you mean 'segmented'",
        ),
        ((*ONE, "objects=detected", "detector=none.pt"), "detector 'none.pt' does not exist, expected 'torchvision'"),
        ((*ONE, "objects=detected", "detector=linear.pt"), "linear.pt fits no known detector"),
        ((*ONE, "objects=detected"), "use detector=FILE with its weights, or objects=segmented"),
        ((*ONE, "objects=segmented", "device=gpu"), "device is 'gpu'"),
        (("image=flat.png", *ONE[1:], "objects=segmented"), "no objects were found in trial 'flat'"),
        (ONE, "trial 'discs' has no objects, expected their boxes: this model attends to objects; objects=segmented"),
        (("trials=set", "objects=[[0,0,9,9]]"), "trials and objects are both given"),
    ],
)
def test_objects_that_cannot_be_found_are_one_line(folder, capsys, monkeypatch, arguments, words):
    def fail(*_, **__):
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(folder))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    Image.fromarray(np.full((160, 240, 3), 90, np.uint8)).save("flat.png")
    torch.save({"0.weight": torch.zeros(3, 3)}, "linear.pt")
    assert words in _stopped(capsys, *OAT, *arguments)
    assert not any(folder.glob("outputs/search/*/scanpaths.csv"))


def test_a_list_with_a_trial_that_the_model_cannot_search_leaves_nothing(folder, capsys):
    fine = {"target_box": [176, 86, 204, 114], "px_per_degree": 20}
    trials = [Trial(discs(), objects=[[170, 80, 210, 120]], id="fine", **fine), Trial(discs(), id="bare", **fine)]
    write_trials(folder / "set", trials)
    assert "trial 'bare' has no objects" in _stopped(capsys, "trials=set", *OAT, "out=run")
    assert not (folder / "run").exists()
