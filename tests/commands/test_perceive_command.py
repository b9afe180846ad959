import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazesim import Scanpath, Trial, write_scanpaths
from gazesim.cli import main
from gazesim.perception.views import view_of

GIVEN = ("image=photo.png", "px_per_degree=4")


@pytest.fixture
def photo(tmp_path, monkeypatch, noise):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(noise(48, 64)).save("photo.png")
    return tmp_path


def test_all_systems_at_one_fixation(photo, capsys):
    main(["perceive", *GIVEN, "fixation=[20,20]", "system=all", "measure=mse", "out=a"])
    written = {path.name for path in (photo / "a").iterdir()}
    names = ("reference", "foveation_texture", "foveation_blur", "uniform_blur")
    figures = {f"{name}.{kind}" for name in ("windows", "systems") for kind in ("png", "pdf")}
    assert written == {f"{name}.png" for name in names} | figures | {"run.json", "matching.csv"}
    assert np.array_equal(np.asarray(Image.open("a/reference.png")), np.asarray(Image.open("photo.png")))
    assert json.loads((photo / "a/run.json").read_text())["command"] == "perceive"
    assert "uniform_blur: strength" in capsys.readouterr().out


def test_a_strip_and_an_animation_over_a_scanpath(photo, capsys):
    paths = [Scanpath([[9, 9], [50, 30]], trial="photo"), Scanpath([[1, 1]], trial="other")]
    write_scanpaths("paths.csv", paths)
    main(["perceive", *GIVEN, "scanpath=paths.csv", "out=a"])
    written = {path.name for path in (photo / "a").iterdir()}
    assert {"steps.png", "steps.pdf", "foveation_texture.gif", "foveation_texture_01.png"} <= written
    picture = np.asarray(Image.open("photo.png"))
    seen = view_of("foveation_texture")(Trial(picture, px_per_degree=4, id="a"), (50, 30))
    assert np.array_equal(np.asarray(Image.open("a/foveation_texture_01.png")), seen)
    with Image.open("a/foveation_texture.gif") as animation:
        assert animation.n_frames == 2


def test_a_large_picture_is_reduced_and_the_fixation_with_it(photo, noise):
    Image.fromarray(noise(96, 128)).save("large.png")
    main(["perceive", "image=large.png", "px_per_degree=8", "fixation=[40,40]", "longest=64", "out=a"])
    with Image.open("a/foveation_texture.png") as made:
        assert made.size == (64, 48)


WRONG = {
    "no px_per_degree": (("image=photo.png",), "px_per_degree is missing, expected with image"),
    "no image": (("fixation=[1,2]",), "image is missing, expected with fixation"),
    "all fovea": (("image=photo.png", "px_per_degree=100"), "all of it in the fovea"),
    "scale": ((*GIVEN, "scale=2"), "scale is 2, expected a number from 0.1 to 1"),
    "system": ((*GIVEN, "system=texture"), "system is 'texture', expected one of 'reference'"),
    "no system": ((*GIVEN, "system=[]"), "system is [], expected at least one"),
    "strength": ((*GIVEN, "strength=2"), "strength is given, expected with one blur"),
    "negative strength": ((*GIVEN, "strength=-2", "system=uniform_blur"), "strength is -2"),
    "outside": ((*GIVEN, "fixation=[64,3]"), "fixation (64, 3) is not on the picture of 64 x 48 px"),
    "three numbers": ((*GIVEN, "fixation=[64,3,1]"), "fixation is [64, 3, 1], expected [x,y]"),
    "ragged": ((*GIVEN, "fixation=[[1,2],[3]]"), "fixation is [[1, 2], [3]], expected [x,y]"),
    "both": ((*GIVEN, "fixation=[1,3]", "scanpath=a.csv"), "scanpath and fixation are both given"),
    "no table": ((*GIVEN, "scanpath=a.csv"), "a.csv"),
    "no picture": (("image=none.png", "px_per_degree=4"), "image 'none.png' does not exist"),
    "seed": ((*GIVEN, "seed=-1"), "seed is -1"),
    "no decoder": ((*GIVEN, "decoder=none"), "decoder 'none' does not exist"),
    "no decoder's file": ((*GIVEN, "decoder=photo.png"), "decoder 'photo.png' is damaged"),
    "longest": ((*GIVEN, "longest=3"), "longest is 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_nothing(photo, capsys, case):
    arguments, words = WRONG[case]
    with pytest.raises(SystemExit) as stop:
        main(["perceive", *arguments])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert error.count("\n") == 1
    assert words in error
    assert sorted(path.name for path in photo.iterdir()) == ["photo.png"]


def test_a_search_shows_texture_as_what_was_seen(photo):
    search = ["search", *GIVEN, "target_box=[40,30,52,42]", "model=template", "max_fixations=1"]
    main([*search, "out=a", "view=texture"])
    table, strip = (Path("a", name).read_bytes() for name in ("scanpaths.csv", "steps.png"))
    main([*search, "out=a"])  # a run goes on, however its figures are drawn
    assert Path("a/scanpaths.csv").read_bytes() == table
    assert Path("a/steps.png").read_bytes() != strip
