"""`gazesim score` and `gazesim fit` with reaction times."""

import pandas as pd
import pytest

from gazesim.cli import main


@pytest.mark.slow
def test_reaction_times_are_scored_and_fitted(data, tmp_path, capsys):
    root = f"root={data / 'wolfe2010'}"
    main(["score", "dataset=wolfe2010", root, "model=guided_search", "images=2", f"out={tmp_path / 'score'}"])
    cells = pd.read_csv(tmp_path / "score" / "cells.csv")
    assert len(cells) == 24
    assert (tmp_path / "score" / "figures" / "reaction_times.png").exists()
    line = ["fit", "dataset=wolfe2010", root, "model=guided_search", "images=1", "starts=1"]
    main([*line, "parameters=[nonsearch_ms,quit_weight]", f"out={tmp_path / 'fit'}"])
    assert len(pd.read_csv(tmp_path / "fit" / "parameters.csv")) == 6
    assert "nonsearch_ms" in capsys.readouterr().out


def test_what_is_of_gaze_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line, said in (
        (["score", "metric=nss"], "metric is given, but wolfe2010 has answers and no gaze"),
        (["fit", "recover=3"], "recover is given, but wolfe2010 has answers and no gaze"),
        (["score"], "model is missing, expected one that gives answers and times"),
    ):
        with pytest.raises(SystemExit):
            main([line[0], "dataset=wolfe2010", *line[1:]])
        assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
