"""The ScanMatch scores of Gupta et al. (2021), from the files that hold them; see tests/reference."""

import numpy as np
import pytest

import gazesim

FOLDERS = {"zhang_object_arrays": "ObjArr", "zhang_natural_design": "NaturalDesign", "waldo": "Waldo"}


@pytest.mark.parametrize("dataset", FOLDERS)
def test_published_means_and_errors(data, dataset):
    """The mean over displays of one person's values is that person's score; the 15 of them have the stored SE."""
    root = data / "vsa_saccades" / FOLDERS[dataset]
    scores = gazesim.score("published", dataset, "scanmatch_gupta", root=root)
    summary = scores.summary.set_index("model")
    for model, file in (("people", "human"), ("published.eccnet", "eccNET"), ("published.ivsn", "IVSN")):
        mean, error = np.load(root / f"ss_score/{file}.npy")
        assert summary.loc[model, "value"] == pytest.approx(mean, abs=1e-8), model
        people = scores.trials[scores.trials["model"] == model].groupby("observer")["value"].mean()
        if model != "people":  # their error is over the pairs
            assert people.std(ddof=0) / np.sqrt(15) == pytest.approx(error, abs=1e-8), model
        assert summary.loc[model, "low"] < mean < summary.loc[model, "high"]
    assert summary.loc["uniform", "value"] < summary.loc["people", "low"]
