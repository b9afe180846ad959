import gaze_mapping
import numpy as np
import pandas as pd
import pytest


@pytest.mark.slow
def test_a_small_run_ends_with_tables_and_continues(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gaze_mapping, "LABELLED", (1, 5))
    monkeypatch.setattr(gaze_mapping, "VIEWERS", 1)
    monkeypatch.setattr(gaze_mapping, "speed", lambda: "")
    arguments = [str(tmp_path), "--sequences", "1", "--frames", "60"]
    assert gaze_mapping.main([*arguments, "--seeds", "1"]) == 0
    first = (tmp_path / "labels.csv").read_text()
    assert gaze_mapping.main([*arguments, "--seeds", "2"]) == 0
    assert (tmp_path / "labels.csv").read_text().startswith(first)
    table = pd.read_csv(tmp_path / "labels.csv")
    assert table["accuracy"].between(0, 1).all()
    assert len(table) == 2 * 2 * len(gaze_mapping.METHODS)
    assert "| active less messages |" in capsys.readouterr().out


def test_intervals_are_those_of_student():
    assert gaze_mapping.interval(np.array([1.0, 2.0, 3.0])) == "2.000 [-0.484, 4.484]"
