import pytest

from gazesim.commands.stimuli import Config, overview, run
from gazesim.image import as_image
from gazesim.stimuli.recipe import Recipe
from gazesim.stimuli.scene_search import SceneRecipe
from gazesim.stimuli.sets import list_paradigms
from gazesim.stimuli.triplets import TripletRecipe
from gazesim.trial_table import read_trials


def test_a_run(tmp_path, capsys):
    out = tmp_path / "set"
    asked = Config(paradigm="curvature", set_sizes=[8], n_per_set_size=2, out=str(out), export="jspsych")
    assert run(asked) == out
    assert len(read_trials(out)) == 4
    lines = capsys.readouterr().out.splitlines()
    names = ("trials.csv", "set.yaml", "contact_sheet.png", "jspsych.json")
    assert lines == ["4 displays of curvature", *(f"  {out / name}" for name in names)]


def test_a_folder_by_date(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = run(Config(paradigm="landolt", conditions=["gap_up"], set_sizes=[2], n_per_set_size=1))
    assert folder.parent.as_posix() == "outputs/stimuli"


def test_without_a_paradigm_there_is_a_list(capsys):
    assert run(Config()) is None
    printed = capsys.readouterr().out
    assert printed == overview() + "\n"
    assert all(f"\n{name} " in f"\n{printed}" for name in list_paradigms())
    assert "difference=20: tilt, degrees" in printed


def test_and_a_picture(tmp_path):
    run(Config(out=str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["paradigms.png"]
    assert as_image(tmp_path / "paradigms.png").shape[1] > 1000


def test_nothing_is_written_for_a_bad_config(tmp_path):
    with pytest.raises(ValueError, match="unknown paradigm 'curve'"):
        run(Config(paradigm="curve", out=str(tmp_path / "set")))
    with pytest.raises(ValueError, match="set_sizes has 40"):
        run(Config(paradigm="curvature", set_sizes=[40], out=str(tmp_path / "set")))
    assert not (tmp_path / "set").exists()


def test_the_config_has_every_setting():
    recipes = set().union(*(recipe.__dataclass_fields__ for recipe in (Recipe, SceneRecipe, TripletRecipe)))
    assert Config.__dataclass_fields__.keys() == recipes - {"images_sha256", "sha256"} | {"recipe", "export", "out"}
