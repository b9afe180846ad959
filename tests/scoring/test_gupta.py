"""The nine ScanMatch means of Gupta et al. (2021), from the files that hold them; see tests/reference."""

import numpy as np
import pytest

import gazesim

FOLDERS = {"object_arrays": "ObjArr", "natural_design": "NaturalDesign", "waldo": "Waldo"}


@pytest.mark.parametrize("dataset", FOLDERS)
def test_published_means(data, dataset):
    root = data / "vsa_saccades" / FOLDERS[dataset]
    scores = gazesim.score("published", dataset, "scanmatch_gupta", root=root)
    values = scores.summary.set_index("model")["value"]
    for model, file in (("people", "human"), ("published.eccnet", "eccNET"), ("published.ivsn", "IVSN")):
        assert values[model] == pytest.approx(np.load(root / f"ss_score/{file}.npy")[0], abs=1e-8), model
    assert values["uniform"] < values["people"]


def test_published_means_of_searchers(data):
    """The mean over displays of one searcher's scores is that searcher's score; the 15 of them have the stored SE."""
    root = data / "vsa_saccades" / "Waldo"
    trials = gazesim.score("published.eccnet", "waldo", "scanmatch_gupta", root=root).trials
    means = trials[trials["model"] == "published.eccnet"].groupby("observer")["value"].mean()
    assert len(means) == 15
    assert means.std(ddof=0) / np.sqrt(15) == pytest.approx(np.load(root / "ss_score/eccNET.npy")[1], abs=1e-8)
