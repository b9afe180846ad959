"""The page of an experiment in a browser without network: a scripted participant goes through to the end."""

import time

import numpy as np
import pytest
from chromium import Chromium, find_chromium
from participant import answer, begin, measure_screen, wait_for

from gazesim import read_trials
from gazesim.cli import main
from gazesim.experiment.order import participant_order
from gazesim.experiment.plan import Settings
from gazesim.experiment.results import read_results
from gazesim.experiment.write import write_experiment
from gazesim.metrics.efficiency import slope_table
from gazesim.stimuli import make

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the PATH: apt-get install chromium")


def downloaded(folder):
    """The one file of answers, when it is whole."""
    end = time.monotonic() + 20
    while not (found := list(folder.glob("*.csv"))):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found[0]


def test_a_session_from_start_to_end(small_set, trials, tmp_path):
    known = {"screen_cm": 30.0, "distance_cm": 57.0}
    settings = Settings(practice=2, fixation_ms=50, break_every=6, feedback="practice", **known)
    plan = write_experiment(small_set, "jspsych", tmp_path / "exp", settings)
    with Chromium() as browser:
        begin(browser, tmp_path / "exp", tmp_path / "in", "ann-1")
        browser.value("PLAN.cue_ms = PLAN.feedback_ms = 50")  # which are no settings
        meant = answer(browser, "ann-1", intercept=(160, 160), slope=(10, 20), noise=0, errors=0.2)
        screen = browser.value("[screen.width, session.screen]")
        assert browser.errors == []
        page = (tmp_path / "exp").as_uri()
        assert all(request.startswith((page, "data:", "blob:")) for request in browser.requests)
        path = downloaded(tmp_path / "in")
        assert browser.value("localStorage.length") == 0
    assert path.name.startswith("ann-1_20")
    found = read_results(tmp_path / "in", trials).responses
    order = participant_order(len(trials), plan["seed"], "ann-1")
    assert found["trial"].tolist() == [trials[number].id for number in order]
    measured = found["rt_ms"].to_numpy() - meant[2:]
    assert measured.min() > -5  # a timer of a browser is never early by more
    assert np.median(measured) < 60
    assert not found["correct"].all()
    assert (found["response"] == np.where(found["present"] == found["correct"], "present", "absent")).all()
    degree = 2 * 57 * np.tan(np.radians(0.5))
    assert screen[1] == pytest.approx(screen[0] / 30 * degree)
    assert found["screen_px_per_degree"].to_numpy() == pytest.approx(screen[1])


@pytest.mark.slow
def test_a_session_that_is_left_is_kept(small_set, tmp_path):
    settings = Settings(practice=0, fixation_ms=50, screen_cm=30, distance_cm=57)
    write_experiment(small_set, "jspsych", tmp_path / "exp", settings)
    with Chromium() as browser:
        begin(browser, tmp_path / "exp", tmp_path / "in", "bob")
        with pytest.raises(AssertionError):
            answer(browser, "bob", intercept=(160, 160), slope=(0, 0), seconds=6)
        done = browser.value("session.rows")
        assert done > 0
        browser.open((tmp_path / "exp" / "index.html").as_uri())
        words = browser.value("document.querySelector('#unfinished a').innerText")
        assert words.startswith("save bob_")
        browser.value("document.querySelector('#unfinished a').click()")
        rows = downloaded(tmp_path / "in").read_text().strip().splitlines()
    assert len(rows) == int(words.split()[-2]) + 1 >= done


@pytest.mark.slow
def test_slope_of_a_t_among_ls_is_recovered(tmp_path):
    """6, 12 and 24 items, target present and absent, 40 displays of each; the screen measured, card and blind spot."""
    displays = make("rotated_t", conditions=["t_among_l"], set_sizes=[6, 12, 24], n_per_set_size=40)
    displays.write(tmp_path / "set")
    settings = Settings(fixation_ms=200, break_every=80)
    write_experiment(tmp_path / "set", "jspsych", tmp_path / "exp", settings)
    trials = read_trials(tmp_path / "set")
    with Chromium() as browser:
        begin(browser, tmp_path / "exp", tmp_path / "in", "ann")
        measure_screen(browser)
        wait_for(browser, "document.getElementById('jspsych-instructions-next')")
        browser.value("PLAN.cue_ms = PLAN.feedback_ms = 100")
        answer(browser, "ann", intercept=(450, 450), slope=(20, 40), noise=120, seconds=1500)
        assert browser.errors == []
        downloaded(tmp_path / "in")
    slopes = slope_table(read_results(tmp_path / "in", trials).responses)
    for truth, (_, slope) in zip((20, 40), slopes.iterrows(), strict=True):
        assert slope["slope_low"] < truth < slope["slope_high"]
        assert slope["slope_high"] - slope["slope_low"] < 12
    main(["results", f"results={tmp_path / 'in'}", f"stimuli={tmp_path / 'set'}", f"out={tmp_path / 'out'}"])
