"""The way back: what is read, checked, excluded and counted, and what stops."""

import csv
import shutil
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sessions import BEGAN, session_rows, write_session

from gazesim import Scanpath, write_scanpaths
from gazesim.cli import main
from gazesim.experiment.analysis import analyse
from gazesim.experiment.exclusions import Rules, exclude
from gazesim.experiment.results import read_results
from gazesim.responses import read_responses


@pytest.fixture
def collected(tmp_path, trials):
    """A folder with the sessions of four people."""
    for number, name in enumerate(("ann", "bob", "cid", "dee")):
        write_session(tmp_path / "in" / f"{name}.csv", session_rows(trials, name, seed=number))
    return tmp_path / "in"


def run(collected, small_set, out, *more):
    main(["results", f"results={collected}", f"stimuli={small_set}", f"out={out}", *more])
    return {path.stem: pd.read_csv(path) for path in out.glob("*.csv")}


def test_every_response_is_there_once_and_practice_is_not(collected, trials):
    found = read_results(collected, trials).responses
    assert len(found) == 4 * len(trials)
    assert not found["trial"].str.startswith("practice").any()
    with (collected / "ann.csv").open(newline="") as file:
        written = list(csv.DictReader(file))[2:]
    own = found[found["observer"] == "ann"]
    assert own["trial"].tolist() == [row["trial"] for row in written]
    assert own["rt_ms"].tolist() == [float(row["rt_ms"]) for row in written]
    assert own["index"].tolist() == [*range(len(trials))]


def test_tables_figure_and_report(collected, small_set, trials, tmp_path, capsys):
    tables = run(collected, small_set, tmp_path / "out")
    told = capsys.readouterr().out
    assert f"4 participants, {4 * len(trials)} responses, {4 * len(trials)} count" in told
    assert len(read_responses(tmp_path / "out" / "responses.csv")) == 4 * len(trials)
    assert tables["observers"]["observer"].tolist() == ["ann", "bob", "cid", "dee"]
    assert tables["slopes"]["searcher"].tolist() == ["people"] * 2
    assert tables["slopes"]["present"].tolist() == [True, False]
    np.testing.assert_allclose(tables["slopes"]["slope_ms_per_item"], (20, 40), atol=12)
    assert (tables["slopes"]["over"] == "observers and images").all()
    assert (tmp_path / "out" / "figures" / "reaction_times.png").stat().st_size > 1000
    (collected / "dee.csv").unlink()
    with pytest.raises(SystemExit):
        run(collected, small_set, tmp_path / "out")
    assert "holds a run with data_sha256=" in capsys.readouterr().err
    main(["report", f"run={tmp_path / 'out'}"])
    page = (tmp_path / "out" / "report.html").read_text()
    assert "slopes.csv" in page
    assert "figures/reaction_times" in page


def test_exclusions_are_each_counted_once_with_their_rule(collected, trials):
    rows = session_rows(trials, "eve", seed=9, errors=0)
    for place, changes in (
        (2, {"rt_ms": 90}),
        (3, {"rt_ms": 90, "longest_frame_ms": 400}),
        (4, {"longest_frame_ms": 240.5}),
        (5, {"rt_ms": 1400}),
    ):
        rows[place] |= changes
    write_session(collected / "eve.csv", rows)
    tables = analyse(read_results(collected, trials), Rules(max_rt_ms=1300))
    out = tables["excluded"][tables["excluded"]["observer"] == "eve"]
    assert out["rule"].tolist() == ["min_rt_ms", "min_rt_ms", "max_frame_ms", "max_rt_ms"]
    assert out["value"].tolist() == [90, 90, 240.5, 1400]
    assert len(tables["responses"]) + len(tables["excluded"]) == 5 * len(trials)
    assert tables["observers"].set_index("observer")["excluded"].to_dict()["eve"] == 4


def test_a_person_who_guesses_is_excluded_whole(collected, trials):
    write_session(collected / "gus.csv", session_rows(trials, "gus", seed=5, errors=0.6))
    kept, out = exclude(read_results(collected, trials).responses, Rules(min_correct=0.7))
    assert set(out["observer"]) == {"gus"}
    assert set(out["rule"]) == {"min_correct"}
    assert len(kept) == 4 * len(trials)


def changed(rows, place, **changes):
    rows[place] |= changes
    return rows


def late(rows, place, seconds):
    for row in rows[place:]:
        at = datetime.fromisoformat(row["clock"]) + timedelta(seconds=seconds)
        row["clock"] = at.isoformat(timespec="milliseconds")
    return rows


CASES = [
    (
        lambda rows: [{**row, "set_sha256": "0" * 64} for row in rows],
        None,
        "is of other displays: its set_sha256 is 00000",
    ),
    (lambda rows: rows[:-3], "missing", "3 of 16 trials are missing, the first is "),
    (lambda rows: late(rows, 8, 3600), "clock", "row 10: the clock of the computer was set by +3600 s; accept=clock"),
    (lambda rows: late(rows, 8, -7), "clock", "row 10: the clock of the computer was set by -7 s"),
    (lambda rows: [*rows, dict(rows[-1], elapsed_ms=9e6, clock="2026-01-31T14:30:00Z")], None, "row 20: trial "),
    (lambda rows: changed(rows, 7, elapsed_ms=5), None, "row 9: elapsed_ms is 5, before the response to the display"),
    (lambda rows: changed(rows, 7, trial="other"), None, "row 9: trial 'other' is not one of the set"),
    (lambda rows: changed(rows, 7, rt_ms="fast"), None, "rt_ms is 'fast' in row 9, expected a finite number"),
    (lambda rows: changed(rows, 7, observer="zoe"), None, "has 2 different values of observer, expected one session"),
    (lambda rows: changed(rows, 7, clock="noon"), None, "row 9: clock is 'noon', expected a time as ISO 8601"),
    (
        lambda rows: changed(rows, 7, correct="true", response="perhaps"),
        None,
        "row 9: correct is true for the response",
    ),
]


@pytest.mark.parametrize(("damage", "accept", "words"), CASES)
def test_what_is_wrong_stops_in_one_line_unless_it_is_accepted(
    damage, accept, words, collected, small_set, trials, tmp_path, capsys
):
    write_session(collected / "eve.csv", damage(session_rows(trials, "eve", seed=9)))
    with pytest.raises(SystemExit) as stop:
        run(collected, small_set, tmp_path / "out")
    line = capsys.readouterr().err
    assert (stop.value.code, line.count("\n")) == (2, 1)
    assert words in line
    assert "eve.csv" in line
    assert not (tmp_path / "out").exists()
    if accept:
        found = read_results(collected, trials, [accept]).responses
        assert (found["observer"] == "eve").sum() == len(trials) - 3 * (accept == "missing")


def test_a_session_that_is_there_twice_counts_once(collected, trials):
    shutil.copy(collected / "ann.csv", collected / "ann (1).csv")
    with pytest.raises(ValueError, match=r"ann.csv' and .*ann \(1\).csv' are the same session; keep one of them"):
        read_results(collected, trials, ["twice"])
    with (collected / "ann (1).csv").open("a") as file:
        file.write("\n")
    with pytest.raises(ValueError, match="are the same session, but differ; keep the right one"):
        read_results(collected, trials, ["twice"])


def test_a_person_who_came_twice_counts_only_where_that_is_accepted(collected, trials):
    again = session_rows(trials, "ann", seed=8, began=BEGAN + timedelta(days=1))
    write_session(collected / "ann_2.csv", again)
    with pytest.raises(ValueError, match="are both of participant 'ann'; keep one, or accept=twice"):
        read_results(collected, trials)
    found = read_results(collected, trials, ["twice"]).responses
    assert found[found["observer"] == "ann"]["session"].nunique() == 2
    assert len(found) == 5 * len(trials)


def test_scanpaths_of_trials_come_along(collected, trials):
    session = session_rows(trials, "ann")[0]["session"]
    path = Scanpath(np.array([[48.0, 48.0], [20.0, 30.0]]), trial=trials[0].id, observer="ann", session=session)
    practice = Scanpath(np.array([[1.0, 1.0]]), trial="practice 0", observer="ann", session=session)
    write_scanpaths(collected / "ann_fixations.csv", [practice, path])
    (found,) = read_results(collected, trials).scanpaths
    np.testing.assert_array_equal(found.xy, path.xy)
    write_scanpaths(collected / "bob_fixations.csv", [path])
    with pytest.raises(ValueError, match="are of observer 'ann', another session"):
        read_results(collected, trials)


def test_rules_that_leave_nothing_and_folders_without_sessions_stop(collected, small_set, tmp_path, capsys):
    for words, more in (
        ("the rules exclude all", "min_rt_ms=9000"),
        ("min_correct is 3", "min_correct=3"),
        ("accept is 'all', expected one of 'missing', 'twice', 'clock'", "accept=all"),
    ):
        with pytest.raises(SystemExit):
            run(collected, small_set, tmp_path / "out", more)
        assert words in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        run(tmp_path / "empty", small_set, tmp_path / "out")
    assert "has no .csv file of a session" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
