"""Models that sample: several scanpaths a trial, and the energy form of measures, where smoother is not better."""

import numpy as np
import pandas as pd
import pytest

import gazesim
from gazesim.datasets import load_table
from gazesim.metrics import dtw, pairwise
from gazesim.runs.folder import RunFolder
from gazesim.scanpath import Scanpath
from gazesim.scoring.path_scores import score_paths
from gazesim.scoring.viewing import viewings

BOTH = ["dtw", "energy_dtw"]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def walks(names, sd, seed, places):
    """Return one scanpath of each name a display, of fixations normal about its place."""
    random = np.random.default_rng(seed)
    xy = (((trial, name), place + random.normal(0, sd, (4, 2))) for trial, place in places.items() for name in names)
    return [(trial, name, path) for (trial, name), path in xy]


@pytest.fixture
def experiment():
    """Twelve people on 20 displays, and models that draw from their distribution, from a smoother and a sharper one."""
    random = np.random.default_rng(5)
    places = {f"i{i}": place for i, place in enumerate(random.uniform([300, 250], [500, 350], (20, 2)))}
    rows = [
        {"trial": trial, "observer": name, "x": x, "y": y}
        for trial, name, path in walks([f"p{i}" for i in range(12)], 40, 0, places)
        for x, y in path
    ]
    data = load_table(pd.DataFrame(rows), width=800, height=600, px_per_degree=24)
    sessions = [str(number) for number in range(12)]
    models = {
        name: [Scanpath(path, trial=t, observer=name, session=s) for t, s, path in walks(sessions, sd, seed, places)]
        for seed, (name, sd) in enumerate({"smoother": 12, "alike": 40, "sharper": 90}.items(), 1)
    }
    return data, models


def test_a_model_that_draws_as_people_do_is_best_and_a_smoother_one_no_longer_beats_people(experiment):
    data, models = experiment
    scores = gazesim.score(models, data, BOTH)
    values = scores.summary.set_index(["metric", "model"])["value"]
    assert values["dtw", "smoother"] < 0.8 * values["dtw", "people"]
    energy = values["energy_dtw"]
    assert energy["alike"] == pytest.approx(energy["people"], rel=0.03)
    assert energy["alike"] < 0.95 * min(energy["smoother"], energy["sharper"])
    assert energy["people"] == pytest.approx(values["dtw", "people"] / 2)
    against = scores.comparisons.set_index(["metric", "first", "second"])
    assert against.loc[("energy_dtw", "alike", "people"), "p"] > 0.05
    assert against.loc[("energy_dtw", "smoother", "people"), "p"] < 0.001
    assert against.loc[("dtw", "smoother", "people"), "difference"] < 0


def test_the_samples_are_written_by_session_and_the_scores_are_theirs(own_set, tmp_path):
    data = own_set()
    scores = gazesim.score(["chance", "centre_bias"], data, BOTH, samples=3, out=tmp_path)
    paths = gazesim.read_scanpaths(tmp_path / "scanpaths.csv")
    assert [path.session for path in paths if path.observer == "chance"] == ["1", "2", "3"] * 5
    assert [path.session for path in paths if path.observer == "centre_bias"] == ["1"] * 5
    trials = scores.trials[scores.trials["trial"] == "i0"].set_index(["metric", "model", "observer"])["value"]
    person = next(path for path in data.scanpaths if path.key[:2] == ("i0", "p0"))
    own = [path for path in paths if path.key[:2] == ("i0", "chance")]
    with_person = pairwise(dtw, [person], own).mean()
    among = pairwise(dtw, own, own)[~np.eye(3, dtype=bool)].mean()
    assert trials["dtw", "chance", "p0"] == pytest.approx(with_person)
    assert trials["energy_dtw", "chance", "p0"] == pytest.approx(with_person - among / 2)
    assert trials["energy_dtw", "centre_bias", "p0"] == trials["dtw", "centre_bias", "p0"]


def test_sample_k_is_what_the_seed_plus_k_makes(own_set, tmp_path):
    data = own_set()
    gazesim.score("chance", data, "dtw", samples=2, seed=4, out=tmp_path / "both")
    both = gazesim.read_scanpaths(tmp_path / "both/scanpaths.csv")
    for number in (0, 1):
        gazesim.score("chance", data, "dtw", seed=4 + number, out=tmp_path / str(number))
        alone = gazesim.read_scanpaths(tmp_path / str(number) / "scanpaths.csv")
        assert [path.session for path in alone] == [None] * 5
        for one, other in zip(alone, both[number::2], strict=True):
            np.testing.assert_array_equal(one.xy, other.xy)


def test_a_run_stopped_between_samples_ends_with_the_same_bytes(own_set, tmp_path, monkeypatch):
    data, models = own_set(), ["centre_bias", "chance"]
    gazesim.score(models, data, BOTH, samples=3, out=tmp_path / "whole")
    real = RunFolder.append
    for stops, batch_size in ((3, 2), (9, 1), (9, 2), (19, 2)):
        calls = iter(range(100))

        def stop(folder, path, calls=calls, stops=stops):
            if next(calls) == stops:
                raise KeyboardInterrupt
            real(folder, path)

        out = tmp_path / f"{stops}_{batch_size}"
        with monkeypatch.context() as patch:
            patch.setattr(RunFolder, "append", stop)
            with pytest.raises(KeyboardInterrupt):
                gazesim.score(models, data, BOTH, samples=3, out=out, batch_size=batch_size)
        gazesim.score(models, data, BOTH, samples=3, out=out, batch_size=batch_size)
        assert contents(out) == contents(tmp_path / "whole")


def test_files_and_dicts_tell_samples_apart_by_session(experiment, tmp_path):
    data, models = experiment
    gazesim.write_scanpaths(tmp_path / "model.csv", models["alike"])
    from_file = gazesim.score(None, data, BOTH, scanpaths=tmp_path / "model.csv")
    pd.testing.assert_frame_equal(from_file.trials, gazesim.score({"alike": models["alike"]}, data, BOTH).trials)
    twice = [Scanpath(path.xy, trial=path.trial) for path in models["alike"]]
    with pytest.raises(ValueError, match="12 scanpaths of trial 'i0', expected one, or samples each with its session"):
        gazesim.score({"alike": twice}, data, BOTH)


def test_one_scanpath_of_a_model_that_samples_has_no_energy_form(own_set):
    with pytest.raises(ValueError, match="samples is 1, expected at least 2 for metric 'energy_dtw' of chance"):
        gazesim.score(["centre_bias", "chance"], own_set(), "energy_dtw")
    with pytest.raises(ValueError, match="samples is 0"):
        gazesim.score("chance", own_set(), "dtw", samples=0)


def test_people_who_saw_a_display_twice_predict_themselves_but_are_no_others():
    """Single fixations: dynamic time warping is their distance. a looks at 10 and 14, b at 20, c at 40."""
    places = [("a", "1", 10), ("a", "2", 14), ("b", "1", 20), ("c", "1", 40)]
    rows = [{"trial": "i", "observer": who, "session": when, "x": x, "y": 10} for who, when, x in places]
    data = load_table(pd.DataFrame(rows), width=100, height=80, session="session")
    rows = list(score_paths(viewings(data, data.trials, 0)[0], [], BOTH))
    found = {key: [r[4] for r in rows if r[:2] == key] for key in {r[:2] for r in rows}}
    assert found["people", "dtw"] == pytest.approx([20, 16, (10 + 6 + 20) / 3, (30 + 26 + 20) / 3])
    assert found["people", "energy_dtw"][:2] == pytest.approx([20 - 20 / 2, 16 - 20 / 2])
    assert found["people", "energy_dtw"][2] == pytest.approx(12 - (30 + 26) / 2 / 2)
    np.testing.assert_allclose(found["same_person", "dtw"], [4, 4, np.nan, np.nan])
    np.testing.assert_allclose(found["same_person", "energy_dtw"], [2, 2, np.nan, np.nan])


def test_sessions_of_a_person_are_one_trial_of_the_summary(fixations, paths_for):
    again = fixations.assign(session="2", x=fixations["x"] * 0.95)
    rows = pd.concat([fixations.assign(session="1"), again], ignore_index=True)
    data = load_table(rows, width=96, height=72, px_per_degree=8, session="session")
    scores = gazesim.score({"m": paths_for(data)}, data, "dtw")
    assert scores.summary["model"].tolist() == ["m", "people", "other_images", "uniform", "same_person"]
    assert scores.summary["low"].notna().all()
    values = scores.summary.set_index("model")["value"]
    assert values["same_person"] < values["people"] < values["uniform"]
