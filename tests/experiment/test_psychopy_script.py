"""The script of an experiment for PsychoPy: with stubs of its window, keyboard and ioHub; and with PsychoPy itself.

For the latter the environment variable GAZESIM_TEST_PSYCHOPY names the Python that has it.
"""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from gazesim.experiment.order import participant_order
from gazesim.experiment.plan import Settings
from gazesim.experiment.results import read_results
from gazesim.experiment.write import write_experiment

DEGREE = 20.0  # px of the screen


@pytest.fixture
def folder(small_set, tmp_path):
    known = {"screen_cm": 40.0, "distance_cm": 57.0, "fixation_ms": 20}
    write_experiment(small_set, "psychopy", tmp_path / "exp", Settings(practice=2, break_every=5, **known))
    return tmp_path / "exp"


class Clock:
    """A clock that the window turns on, 10 ms a picture."""

    now = 0.0

    def __init__(self):
        self.start = 0.0

    def reset(self):
        self.start = Clock.now

    def getTime(self):  # noqa: N802
        return Clock.now - self.start


class Window:
    size = (1000, 800)

    def __init__(self, **settings):
        assert settings["units"] == "pix"
        self.after, self.shown = [], []

    def callOnFlip(self, function):  # noqa: N802
        self.after.append(function)

    def flip(self):
        Clock.now += 0.010
        for function in self.after:
            function()
        self.after.clear()

    def close(self):
        pass


class Stimulus(SimpleNamespace):
    def __init__(self, window, *what, **settings):
        super().__init__(what=what, **settings)
        if what and str(what[0]).endswith(".png"):
            assert Path(what[0]).is_file()
            assert settings["units"] == "deg"

    def draw(self):
        pass


class Keys:
    """Answers "present" 250 ms after the display came on."""

    def __init__(self):
        self.clock = Clock()

    def clearEvents(self):  # noqa: N802
        pass

    def getKeys(self, wanted, waitRelease=True):  # noqa: N802, N803
        if wanted == ["escape"] or (wanted != ["space"] and self.clock.getTime() < 0.25):
            return []
        return [SimpleNamespace(name=wanted[0], rt=self.clock.getTime())]


class Tracker:
    """Two fixations a trial, the first before the display came on; the second is 2 degrees right and 1 up."""

    def runSetupProcedure(self):  # noqa: N802
        pass

    def setRecordingState(self, state):  # noqa: N802
        pass

    def clearEvents(self):  # noqa: N802
        pass

    def getEvents(self, event_type_id):  # noqa: N802
        assert event_type_id == "FIXATION_END"
        times = {"long_before": (-0.5, 0.1), "first": (-0.15, 0.1), "second": (-0.01, 0.12)}
        places = {"long_before": (0, 0), "first": (0, 0), "second": (2 * DEGREE, DEGREE)}
        return [
            SimpleNamespace(
                time=Clock.now + time, duration=took, average_gaze_x=places[name][0], average_gaze_y=places[name][1]
            )
            for name, (time, took) in times.items()
        ]


@pytest.fixture
def stubs(monkeypatch):
    """PsychoPy without a screen."""
    Clock.now = 100.0
    parts = {
        "psychopy": {},
        "psychopy.visual": {"Window": Window, "ImageStim": Stimulus, "TextStim": Stimulus, "ShapeStim": Stimulus},
        "psychopy.core": {"getTime": lambda: Clock.now},
        "psychopy.monitors": {"Monitor": lambda name, **given: SimpleNamespace(setSizePix=lambda size: None, **given)},
        "psychopy.hardware": {},
        "psychopy.hardware.keyboard": {"Keyboard": Keys},
        "psychopy.tools": {},
        "psychopy.tools.monitorunittools": {"deg2pix": lambda degrees, monitor: degrees * DEGREE},
        "psychopy.iohub": {
            "launchHubServer": lambda **given: SimpleNamespace(devices=SimpleNamespace(tracker=Tracker()))
        },
        "psychopy.iohub.constants": {"EventConstants": SimpleNamespace(FIXATION_END="FIXATION_END")},
    }
    for name, contents in parts.items():
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
        if "." in name:
            setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    monkeypatch.delitem(sys.modules, "order", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))


def run(folder, monkeypatch, name="ann"):
    monkeypatch.setattr(sys, "argv", ["experiment.py", name])
    runpy.run_path(str(folder / "experiment.py"), run_name="__main__")


def test_with_stubs_answers_are_saved_in_the_order_of_the_seed(folder, trials, stubs, monkeypatch):
    run(folder, monkeypatch)
    found = read_results(folder / "data", trials, ["clock"]).responses  # the clock of the stubs is a faster one
    assert found["trial"].tolist() == [trials[n].id for n in participant_order(len(trials), 0, "ann")]
    assert set(found["response"]) == {"present"}
    assert found["correct"].tolist() == found["present"].tolist()
    np.testing.assert_allclose(found["rt_ms"], 250, atol=10.1)
    np.testing.assert_allclose(found["longest_frame_ms"], 10)
    assert set(found["screen_px_per_degree"]) == {DEGREE}


def test_with_stubs_fixations_are_px_of_the_display_and_ms_from_its_onset(folder, trials, stubs, monkeypatch):
    (folder / "tracker.json").write_text(json.dumps({"eyetracker.hw.mouse.EyeTracker": {"name": "tracker"}}))
    run(folder, monkeypatch)
    found = read_results(folder / "data", trials, ["clock"]).scanpaths
    assert {path.trial for path in found} == {trial.id for trial in trials}
    middle, degree = trials[0].width / 2 - 0.5, trials[0].px_per_degree
    for path in found:
        np.testing.assert_allclose(path.xy, [(middle, middle), (middle + 2 * degree, middle - degree)])
        np.testing.assert_allclose(path.duration_ms, [100, 120])
        np.testing.assert_allclose(path.onset_ms, [0, 120], atol=20)


def test_with_stubs_a_name_that_is_no_name_of_a_file_stops(folder, stubs, monkeypatch):
    with pytest.raises(SystemExit, match="expected letters, digits"):
        run(folder, monkeypatch, "../ann")


@pytest.mark.slow
def test_with_psychopy_itself(folder, trials):
    python = os.environ.get("GAZESIM_TEST_PSYCHOPY")
    if not python:
        pytest.skip("GAZESIM_TEST_PSYCHOPY does not name a Python with PsychoPy")
    program = Path(__file__).with_name("headless_psychopy.py")
    given = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, program, folder / "experiment.py", "ann"], capture_output=True, text=True, env=given)
    assert done.returncode == 0, done.stderr
    found = read_results(folder / "data", trials).responses
    assert found["rt_ms"].tolist() == [160 + 10 * size for size in found["set_size"]]
    assert (~found["correct"]).sum() == len(trials) // 5
