import numpy as np
import object_appearance
import object_scores
import pandas as pd
import pytest
from PIL import Image


def test_the_table_has_means_and_intervals(tmp_path, capsys):
    folders = []
    for i, value in enumerate((1.0, 2.0, 3.0)):
        folders.append(tmp_path / str(i))
        folders[-1].mkdir()
        table = pd.DataFrame(value, ["random", "oat", "people"], object_scores.COLUMNS)
        table.loc["random", "delta"] = 5.0
        table.loc["people", "nll"] = np.nan
        table.rename_axis("model").to_csv(folders[-1] / "scores.csv")
    assert object_scores.main([str(folder) for folder in folders]) == 0
    header, _, _, oat, people, _, _, _, difference, _ = capsys.readouterr().out.splitlines()
    assert header.startswith("| model | sequence_score | ")
    # Student's t of 2 degrees of freedom at .975 is 4.303; 4.303 * 1 / sqrt(3) = 2.484
    assert oat == "| oat | " + " | ".join(["2.000 ± 2.484"] * 11) + " |"
    assert people.endswith("|  |")
    assert difference == "| random | -3.000 ± 2.484 | 0.000 ± 0.000 |"
    assert object_scores.main([str(folders[0])]) == 0
    assert "| oat | 1.000 | 1.000" in capsys.readouterr().out
    assert object_scores.main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("object_scores: scores ")


@pytest.mark.slow
def test_appearance_is_trained_in_three_ways(tmp_path):
    random = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for i in range(8):
        pixels = random.integers(0, 256, (6, 6, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{i}.png")
    sizes = ["--displays", "6", "--observers", "1", "--seeds", "1", "--epochs", "1"]
    assert object_appearance.main(["--images", str(tmp_path / "images"), "--out", str(tmp_path / "out"), *sizes]) == 0
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index("model")
    assert {"none", "patches", "foveated", "people", "saccade_chain"} <= set(scores.index)
    assert np.isfinite(scores.loc[["none", "patches", "foveated"], ["nll", "paths_per_s"]]).all(axis=None)
    assert object_appearance.main(["--images", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
