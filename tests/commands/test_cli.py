"""The command line, as a user meets it: what it writes, and the one line it says when something is wrong."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from gazesim import Trial, list_models, read_scanpaths, write_trials
from gazesim.cli import main
from gazesim.commands import COMMANDS
from gazesim.commands.help import help_text
from gazesim.commands.search import Config

QUICK = ("model=template", "max_fixations=2")


@pytest.fixture
def photo(tmp_path, monkeypatch):
    """A small photograph photo.png and a target target.png in the working folder."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)
    Image.fromarray(pixels).save("photo.png")
    Image.fromarray(pixels[20:36, 70:90]).save("target.png")
    return tmp_path


def stopped(capsys, *arguments):
    """The one line that the command line stops with."""
    with pytest.raises(SystemExit) as stop:
        main(["search", *arguments])
    out, error = capsys.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert error.startswith("gazesim search: ")
    assert error.count("\n") == 1
    return error


def test_search_of_the_builtin_trial_writes_table_figures_and_animation(tmp_path, capsys):
    main(["search", f"out={tmp_path}/run"])
    written = {path.name for path in (tmp_path / "run").iterdir()}
    assert written == {
        *("run.json", "scanpaths.csv", "scanpath.png", "scanpath.pdf", "steps.png", "steps.pdf", "search.gif")
    }
    (path,) = read_scanpaths(tmp_path / "run" / "scanpaths.csv")
    assert (path.trial, path.observer, path.found) == ("hopper", "eccnet", True)
    assert path.xy[0].tolist() == [256, 300]
    out = capsys.readouterr().out
    assert f"hopper: found after {path.n_saccades} saccade" in out
    assert all(name in out for name in written)


def test_search_finds_a_target_given_as_image_or_box(photo, capsys):
    main(["search", "image=photo.png", "target=target.png", "px_per_degree=5", "out=a", *QUICK])
    main(["search", "image=photo.png", "target_box=[70,20,90,36]", "px_per_degree=5", "out=b", *QUICK])
    by_image, by_box = (read_scanpaths(f"{out}/scanpaths.csv")[0] for out in "ab")
    assert by_image.found is None
    assert by_box.found is True
    np.testing.assert_allclose(by_box.xy[1], [79, 27])
    np.testing.assert_array_equal(by_image.xy[:2], by_box.xy)


def test_free_viewing_needs_no_target_and_words_are_one(photo, capsys):
    main(["search", "image=photo.png", "px_per_degree=5", "out=a", "model=gbvs", "max_fixations=3"])
    assert "3 saccades" in capsys.readouterr().out
    main(["search", "image=photo.png", "px_per_degree=5", "out=c", "model=cle", "max_fixations=3", "settings.tau=2"])
    assert "3 saccades" in capsys.readouterr().out
    words = ("target_text=banana", "model=neva_classification", "settings.side_px=64", "settings.steps=2")
    line = stopped(capsys, "image=photo.png", "px_per_degree=5", "out=b", "settings.starts=1", *words)
    assert "names a class, but weights of vgg16 have no classifier" in line
    assert read_scanpaths("a/scanpaths.csv")[0].found is None


def test_search_of_a_trial_list_writes_one_table_and_some_figures(photo, capsys):
    write_trials("set", _trials(3))
    main(["search", "trials=set", "out=run", "figures=2", *QUICK])
    paths = read_scanpaths("run/scanpaths.csv")
    assert [path.trial for path in paths] == ["t0", "t1", "t2"]
    assert sorted(path.name for path in (photo / "run" / "figures").iterdir()) == ["t0", "t1"]
    assert "3 trials, target found in 3" in capsys.readouterr().out


def test_table_has_the_same_bytes_for_every_batch_size_and_number_of_threads(photo):
    write_trials("set", _trials(4))
    tables = []
    for model in ("eccnet", "eccnet_sampling"):
        for batch_size, threads in ((1, 2), (4, 2), (4, 1)):
            torch.set_num_threads(threads)
            out = f"out={model}-{batch_size}-{threads}"
            main(["search", "trials=set", f"model={model}", f"batch_size={batch_size}", "figures=0", "seed=3", out])
            tables.append((photo / out.removeprefix("out=") / "scanpaths.csv").read_bytes())
    assert tables[0] == tables[1] == tables[2] != tables[3]
    assert tables[3] == tables[4] == tables[5]


def test_sweep_writes_a_folder_a_job(photo, capsys):
    trial = ("image=photo.png", "target=target.png", "px_per_degree=20")
    main(["search", "-m", "model=template,chance", *trial, "out=s"])
    assert sorted(path.name for path in (photo / "s").iterdir()) == ["0", "1", "sweep.csv"]
    assert (photo / "s" / "sweep.csv").read_text() == "job,model\n0,template\n1,chance\n"
    observers = [read_scanpaths(photo / "s" / job / "scanpaths.csv")[0].observer for job in "01"]
    assert observers == ["template", "chance"]
    assert sorted(path.name for path in photo.iterdir()) == ["photo.png", "s", "target.png"]


def test_no_argument_that_is_wrong_leaves_anything_behind(photo, capsys):
    before = sorted(photo.iterdir())
    stopped(capsys, "image=photo.png", "target=none.png", "px_per_degree=20")
    stopped(capsys, "max_fixations=0")
    stopped(capsys, "settings.levels=[9]")
    assert sorted(photo.iterdir()) == before


WRONG = {
    "missing image": (("image=no.png", "target=target.png", "px_per_degree=20"), "image 'no.png' does not exist"),
    "empty image": (("image=empty.png", "target=target.png", "px_per_degree=20"), "image 'empty.png' is empty"),
    "truncated image": (("image=cut.png", "target=target.png", "px_per_degree=20"), "cut.png"),
    "no image": (("image=text.png", "target=target.png", "px_per_degree=20"), "text.png"),
    "large target": (("image=target.png", "target=photo.png", "px_per_degree=20"), "target is 120 x 80 px"),
    "box outside": (("image=photo.png", "target_box=[100,0,130,20]", "px_per_degree=20"), "120 x 80 px"),
    "box inverted": (("image=photo.png", "target_box=[30,0,10,20]", "px_per_degree=20"), "expected x0 < x1"),
    "box of three": (("image=photo.png", "target_box=[30,0,10]", "px_per_degree=20"), "target_box"),
    "px_per_degree 0": (("image=photo.png", "target=target.png", "px_per_degree=0"), "px_per_degree is 0"),
    "px_per_degree -1": (("image=photo.png", "target=target.png", "px_per_degree=-1"), "px_per_degree is -1"),
    "px_per_degree nan": (("image=photo.png", "target=target.png", "px_per_degree=nan"), "px_per_degree is nan"),
    "px_per_degree missing": (("image=photo.png", "target=target.png"), "px_per_degree is missing"),
    "target missing": (("image=photo.png", "px_per_degree=20"), "is of free viewing, expected an image of the target"),
    "image and trials": (("image=photo.png", "trials=set"), "trials and image are both given"),
    "unknown model": (("model=ecnet",), "unknown model 'ecnet'; known: centre_bias, chance, cle, eccnet"),
    "near model": (("model=ecnet",), "did you mean 'eccnet'?"),
    "unknown weights": (("weights=embeded",), "did you mean 'embedded'?"),
    "missing weights": (("weights=none.pt",), "weights file none.pt does not exist"),
    "evil weights": (("weights=evil.pt",), "was not run"),
    "truncated weights": (("weights=cut.pt",), "cut.pt is damaged"),
    "other weights": (("weights=linear.pt",), "linear.pt fits no known trunk"),
    "weights not of trunk": (("weights=linear.pt", "settings.trunk=vgg16"), "is not of trunk 'vgg16'"),
    "unknown trunk": (("settings.trunk=vgg15",), "unknown trunk 'vgg15'"),
    "unknown key": (("max_fixation=3",), "did you mean 'max_fixations'?"),
    "unknown setting": (("settings.level=[3]",), "did you mean 'levels'?"),
    "setting of another model": (("model=chance", "settings.levels=[3]"), "unknown setting of model chance 'levels'"),
    "levels out of range": (("settings.levels=[9]",), "levels is (9,)"),
    "setting of another kind": (("settings.margin_deg=wide",), "margin_deg is 'wide', expected a finite number"),
    "max_fixations 0": (("max_fixations=0",), "max_fixations is 0"),
    "max_fixations text": (("max_fixations=many",), "max_fixations is 'many'"),
    "seed": (("seed=-1",), "seed is -1"),
    "device": (("device=gpu",), "device is 'gpu'"),
    "not a folder": (("out=photo.png/run",), "cannot be written: a file is in the way"),
    "no trial list": (("trials=nowhere",), "nowhere"),
    "two values without -m": (("model=template,chance",), "-m runs one after another"),
    "no value": (("image",), "'image' has no value, expected image=value"),
    "unknown option": (("--cfg", "job"), "unknown option '--cfg'"),
    "key taken away": (("~image",), "'~image' takes a key away"),
    "preset of none": (("+preset=quick",), "gazesim search has no presets"),
    "number for a text": (("image=1_1", "px_per_degree=20", "target=photo.png"), "image '1_1' does not exist"),
    "huge number for a text": (("trials=1e400",), "1e400"),
    "list for a text": (("model=[a]",), "model is ['a'], expected text"),
    "list for a device": (("device=[x]",), "device is ['x'], expected text"),
    "number for the settings": (("settings=5",), "settings is 5, expected settings.KEY=value"),
    "number with a fraction": (("seed=1.5",), "seed is 1.5, expected a whole number"),
    "text in a box": (
        ("target_box=[a,0,10,10]",),
        "target_box is ['a', 0, 10, 10], expected a list of numbers or null",
    ),
    "null for a number": (("seed=null",), "seed is None, expected a whole number"),
    "list that cannot be read": (("objects=[[photo (1).png]",), "objects=[[photo (1).png] cannot be read"),
    "number that cannot be read": (("seed=1 (2)",), "seed=1 (2) cannot be read, expected a whole number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_status_2(photo, capsys, case):
    (photo / "empty.png").touch()
    (photo / "text.png").write_text("no image")
    (photo / "cut.png").write_bytes((photo / "photo.png").read_bytes()[:2000])
    torch.save({"0.weight": torch.zeros(3, 3)}, "linear.pt")
    (photo / "cut.pt").write_bytes((photo / "linear.pt").read_bytes()[:200])
    (photo / "evil.pt").write_bytes(pickle.dumps(_Evil()))
    arguments, words = WRONG[case]
    assert words in stopped(capsys, *arguments)
    assert not (photo / "ran").exists()
    assert not (photo / "outputs").exists()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("id,image,target\na,photo.png,target.png\n", "px_per_degree"),
        ("id,image,target,px_per_degree\na,photo.png,target.png,20\nb,none.png,target.png,20\n", "row 3"),
        ("id,image,target,px_per_degree\na,photo.png,target.png,wide\n", "row 2"),
        ("id,image,target,px_per_degree\na,photo.png,target.png,20\na,photo.png,target.png,20\n", "row 3"),
    ],
)
def test_wrong_trial_list_names_the_row_or_column(photo, capsys, table, words):
    (photo / "trials.csv").write_text(table)
    assert words in stopped(capsys, "trials=trials.csv")


def test_a_run_of_another_config_is_not_mixed(photo, capsys):
    arguments = ["image=photo.png", "target=target.png", "px_per_degree=20", "out=run"]
    main(["search", *arguments, *QUICK])
    table = (photo / "run" / "scanpaths.csv").read_bytes()
    capsys.readouterr()
    assert "holds a run with model=template" in stopped(capsys, *arguments, "model=chance")
    assert (photo / "run" / "scanpaths.csv").read_bytes() == table


def test_help_teaches_and_names_every_key(capsys):
    main(["--help"])
    overview = capsys.readouterr().out
    assert all(f"gazesim {command}" in overview for command in COMMANDS)
    main(["search", "--help"])
    text = capsys.readouterr().out
    assert "gazesim search image=photo.jpg target=mug.jpg px_per_degree=30" in text
    assert all(f"  {name}" in text for name in Config.__dataclass_fields__)


def test_unknown_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["serch"])
    assert stop.value.code == 2
    assert "unknown command 'serch'" in capsys.readouterr().err


def test_models_lists_all_and_shows_one(capsys):
    main(["models"])
    out = capsys.readouterr().out
    assert all(name in out for name in list_models())
    main(["models", "model=ivsn"])
    assert "levels = (-1,)" in capsys.readouterr().out


def test_doctor_reports(capsys):
    main(["doctor"])
    assert "torchvision" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_its_name_first(command):
    assert help_text(command).startswith(f"gazesim {command}: ")


def test_the_package_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "gazesim", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gazesim ")


def test_run_json_has_the_full_config_and_versions(photo):
    main(["search", "image=photo.png", "target=target.png", "px_per_degree=20", "out=run", "seed=5", *QUICK])
    record = json.loads((photo / "run" / "run.json").read_text())
    assert record["command"] == "search"
    assert record["config"]["seed"] == 5
    assert record["config"]["image"] == "photo.png"
    assert {"gazesim", "torch", "numpy"} <= set(record["versions"])


class _Evil:
    """A pickle of it writes the file `ran` when it is loaded."""

    def __reduce__(self):
        return exec, ("open('ran', 'w').close()",)


def _trials(n):
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (n, 64, 80, 3), np.uint8)
    box = (10, 20, 30, 40)
    return [Trial(image, None, target_box=box, px_per_degree=16, id=f"t{i}") for i, image in enumerate(images)]
