"""The folder of an experiment: what is in it, that it is the same each time, and what stops."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazesim import Trial, read_trials, write_trials
from gazesim.cli import main
from gazesim.experiment.order import participant_order
from gazesim.experiment.plan import Settings
from gazesim.experiment.write import BEFORE, HERE, RELEASES, write_experiment
from gazesim.runs.record import trials_digest

# SHA-256 of dist/index.browser.min.js in the packages of the npm registry
RELEASED = {
    "jspsych.js": "b58c69e607f2ddbd282f2daec43d882cac18d9e3efdad816215b818d1406d6ce",
    "plugin-fullscreen.js": "c1be839ab496a5241f5df56a73e72ce0a5feae95b50033af1d14cf0367336354",
    "plugin-html-keyboard-response.js": "f3f127aab754316df5b91b550df3b996b914f8ff2032af25961f29ec9221af01",
    "plugin-image-keyboard-response.js": "7f05e7baa9d1b3bb898b8156cba00160821d8d3cf872c11dd16faa3d9b8e451c",
    "plugin-instructions.js": "06dc7d2b5c0874aa19c9f023051dad5c4076d837352b19dd790c044f231a684c",
    "plugin-preload.js": "57bc73acd351c42f73069611acaff8f65fb4c1d5754af7d6f9657051ce8dee66",
    "plugin-virtual-chinrest.js": "e3e19f85f2851ed5d8c7c36955ffe9a2d14115d1e1a2df99850dad453a174356",
}


def plan_of(folder):
    return json.loads((folder / "plan.js").read_text().removeprefix(BEFORE).rstrip(";\n"))


@pytest.fixture(scope="module")
def folder(small_set, tmp_path_factory):
    path = tmp_path_factory.mktemp("experiment") / "exp"
    main(["experiment", f"stimuli={small_set}", "program=jspsych", "practice=5", f"out={path}"])
    return path


def test_plan_has_all_trials_with_right_answers(folder, trials):
    plan = plan_of(folder)
    assert [row["trial"] for row in plan["trials"]] == [trial.id for trial in trials]
    assert [row["present"] for row in plan["trials"]] == [trial.present for trial in trials]
    assert plan["set_sha256"] == trials_digest(trials)
    assert (plan["width_deg"], plan["px_per_degree"]) == (6.0, 16.0)


def test_pictures_are_those_of_the_set(folder, trials):
    for row, trial in zip(plan_of(folder)["trials"], trials, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(folder / row["image"])), trial.image)
        np.testing.assert_array_equal(np.asarray(Image.open(folder / row["cue"]["image"])), trial.target)
        assert row["cue"]["width_deg"] == pytest.approx(trial.target.shape[1] / 16)


def test_practice_is_of_the_recipe_but_shows_no_display_of_the_set(folder, trials):
    practice = plan_of(folder)["practice"]
    assert len(practice) == 5
    assert {row["present"] for row in practice} == {True, False}
    shown = {trial.image.tobytes() for trial in trials}
    assert not {np.asarray(Image.open(folder / row["image"])).tobytes() for row in practice} & shown


def test_same_settings_same_bytes_and_an_interrupted_one_ends_alike(folder, small_set, tmp_path):
    again = tmp_path / "again"
    write_experiment(small_set, "jspsych", again, Settings(practice=5))
    (again / "index.html").unlink()
    shutil.rmtree(again / "images")
    write_experiment(small_set, "jspsych", again, Settings(practice=5))
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == files


def test_released_files_are_unchanged_and_their_licence_is_with_them(folder):
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (HERE / "page/jspsych").glob("*.js")}
    assert found == RELEASED
    assert set(RELEASES) == set(RELEASED)
    for name, (package, version) in RELEASES.items():
        assert f"unpkg.com/{package}@{version}/" in (folder / "jspsych" / name).read_text()
    assert "MIT License" in (folder / "jspsych" / "LICENSE.txt").read_text()


def test_page_asks_for_no_file_that_is_not_there(folder):
    page = (folder / "index.html").read_text()
    named = [part.split('"')[0] for mark in ('src="', 'href="') for part in page.split(mark)[1:]]
    assert all((folder / name).is_file() for name in named if name not in ("#", "data:,"))
    assert "http" not in page


def test_a_target_that_all_share_is_shown_once(tmp_path, noise):
    target = noise(8, 8, 1)
    own = [Trial(noise(32, 40, n), target, px_per_degree=8, present=bool(n % 2), id=str(n)) for n in range(4)]
    write_trials(tmp_path / "set", own)
    plan = write_experiment(tmp_path / "set", "jspsych", tmp_path / "exp", Settings(practice=0))
    assert plan["cue"]["image"] == "targets/0.png"
    assert [row["cue"] for row in plan["trials"]] == [None] * 4


def test_orders_differ_between_participants_and_seeds_and_are_fair():
    orders = np.array([participant_order(6, 0, f"p{number}") for number in range(3000)])
    assert sorted(orders[0]) == [*range(6)]
    counts = np.array([[np.sum(orders[:, place] == trial) for trial in range(6)] for place in range(6)])
    assert ((counts - 500) ** 2 / 500).sum() < 50  # chi-squared, 25 degrees of freedom: p = .002
    assert participant_order(6, 0, "a") != participant_order(6, 1, "a")


def test_order_in_a_browser_is_the_same(folder):
    if shutil.which("node") is None:
        pytest.skip("no node on the PATH")
    script = (folder / "experiment.js").read_text()
    start = script.index("function participantOrder")
    text = script[start : script.index("const escaped")]
    asked = "[[1, 0, 'a'], [9, 3, 'Zoë'], [240, 12345678901, 'p_7']]"
    text += f"console.log(JSON.stringify({asked}.map((each) => participantOrder(...each))))"
    found = json.loads(subprocess.run(["node", "-e", text], capture_output=True, text=True, check=True).stdout)
    assert found == [
        participant_order(1, 0, "a"),
        participant_order(9, 3, "Zoë"),
        participant_order(240, 12345678901, "p_7"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "stimuli is missing, expected the folder of a stimulus set"),
        (["stimuli=SET"], "program is missing, expected jspsych or psychopy"),
        (["stimuli=SET", "program=lab"], "program is 'lab', expected one of 'jspsych', 'psychopy'"),
        (["stimuli=SET", "program=psychopy"], "screen_cm and distance_cm are missing, expected for psychopy"),
        (["stimuli=SET", "program=jspsych", "screen_cm=50"], "belong together, expected both or neither"),
        (["stimuli=SET", "program=jspsych", "present_key=F"], "are both 'F', expected two keys"),
        (["stimuli=SET", "program=jspsych", "present_key=space"], "present_key is 'space', expected a letter or digit"),
        (["stimuli=SET", "program=jspsych", "feedback=some"], "feedback is 'some', expected one of 'all', 'practice'"),
        (["stimuli=none", "program=jspsych"], "does not exist"),
        (["stimuli=PLAIN", "program=jspsych"], "trial '0' lacks present, whether its target is there"),
        (["stimuli=SET", "program=jspsych", "practice_stimuli=SET", "practice=99"], "practice is 99, but practice_st"),
    ],
)
def test_what_is_not_accepted_is_said_in_one_line(arguments, words, small_set, tmp_path, capsys, noise, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_trials("plain", [Trial(noise(16, 16), noise(4, 4), px_per_degree=8)])
    before = sorted(Path().rglob("*"))
    given = [each.replace("SET", str(small_set)).replace("PLAIN", "plain") for each in arguments]
    with pytest.raises(SystemExit) as stop:
        main(["experiment", *given, "out=exp"])
    line = capsys.readouterr().err
    assert (stop.value.code, line.count("\n")) == (2, 1)
    assert words in line
    assert sorted(Path().rglob("*")) == before


def test_other_files_and_other_experiments_are_left_alone(folder, small_set, tmp_path):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="holds another experiment"):
        write_experiment(small_set, "jspsych", folder, Settings(practice=5, seed=1))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="holds other files"):
        write_experiment(small_set, "jspsych", tmp_path, Settings(practice=5))


def test_a_set_without_a_recipe_has_no_practice_of_its_own(tmp_path, noise, small_set):
    own = [Trial(noise(32, 32, n), noise(8, 8), px_per_degree=8, present=True, id=str(n)) for n in range(2)]
    write_trials(tmp_path / "set", own)
    with pytest.raises(ValueError, match="has no recipe to make further displays from: practice_stimuli=FOLDER"):
        write_experiment(tmp_path / "set", "jspsych", tmp_path / "exp", Settings())
    settings = Settings(practice=2, practice_stimuli=str(small_set))
    plan = write_experiment(tmp_path / "set", "jspsych", tmp_path / "exp", settings)
    assert [row["trial"] for row in plan["practice"]] == ["practice 0", "practice 1"]
    assert len(read_trials(tmp_path / "set")) == len(plan["trials"])
