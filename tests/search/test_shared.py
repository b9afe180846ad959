"""Searches by several processes and in parts give the bytes of a search by one."""

import json
import shutil
from dataclasses import asdict, replace

import pytest

import gazesim
from gazesim import Trial
from gazesim.cli import main
from gazesim.search.shared import in_shard


@pytest.fixture
def trials(tmp_path, noise):
    found = [Trial(noise(120, 160, n), target_box=(2, 2, 12, 12), px_per_degree=8, id=f"t{n}") for n in range(5)]
    gazesim.write_trials(tmp_path / "set", found)
    return found


def run(*words):
    try:
        main(list(words))
    except SystemExit as end:
        return end.code
    return 0


def test_workers_make_the_scanpaths_of_one_process(trials):
    model = gazesim.load_model("chance")
    alone = model.search(trials, seed=3, max_fixations=4)
    shared = model.search(trials, seed=3, max_fixations=4, workers=2, batch_size=2)
    assert all(len(path) > 2 for path in alone)
    assert [path.xy.tolist() for path in shared] == [path.xy.tolist() for path in alone]
    with pytest.raises(ValueError, match="has no id"):
        model.search([Trial(trials[0].image, target_box=(20, 10, 30, 20), px_per_degree=8)], workers=1)


def test_shards_hold_each_trial_once():
    assert sorted(number for k in (1, 2, 3) for number in in_shard(range(10), f"{k}/3")) == list(range(10))
    assert in_shard("ab", None) == ["a", "b"]
    for wrong in ("0/3", "4/3", "3", "a/b", "1/0", "-1/2"):
        with pytest.raises(ValueError, match=f"shard is '{wrong}', expected such as 3/16"):
            in_shard("ab", wrong)


def test_merged_shards_are_the_bytes_of_a_whole_run(trials, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    common = ("trials=set", "model=chance", "seed=2", "max_fixations=4", "figures=0")
    assert run("search", *common, "out=whole") == 0
    assert run("search", "-m", "shard=1/2,2/2", *common, "out=parts") == 0
    assert run("merge", "runs=parts", "out=joined", "figures=0") == 0
    for name in ("scanpaths.csv", "run.json"):
        assert (tmp_path / "joined" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    capsys.readouterr()

    assert run("merge", "runs=parts", "out=joined") == 2
    assert "holds a run already" in capsys.readouterr().err
    assert run("merge", "runs=parts/0", "out=other") == 2
    assert "shard 2/2 missing" in capsys.readouterr().err
    shutil.copytree("parts/0", "again")
    assert run("merge", "runs=[parts/0,again]", "out=other") == 2
    assert "both shard 1/2" in capsys.readouterr().err
    assert run("merge", "runs=whole", "out=other") == 2
    assert "a run of all trials" in capsys.readouterr().err
    record = json.loads((tmp_path / "parts/1/run.json").read_text())
    record["config"]["seed"] = 7
    (tmp_path / "parts/1/run.json").write_text(json.dumps(record))
    assert run("merge", "runs=parts", "out=other") == 2
    assert "another seed" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_scores_of_workers_are_those_of_one_process(trials, tmp_path):
    from gazesim.datasets import load_table

    people = [
        replace(path, observer=f"p{seed}")
        for seed in range(3)
        for path in gazesim.load_model("chance").search(trials, seed=seed, max_fixations=4)
    ]
    data = load_table(gazesim.to_table(people), trials=tmp_path / "set", task="search")
    alone, shared = (
        gazesim.score(["centre_bias", "chance"], data, ["nss", "scanmatch"], workers=workers) for workers in (None, 2)
    )
    assert all(shown.equals(vars(alone)[name]) for name, shown in vars(shared).items())
    assert asdict(alone).keys() == asdict(shared).keys()
