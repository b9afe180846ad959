"""The ScanMatch scores that Gupta et al. (NeurIPS 2021) stored with their programs, recomputed from their fixations.

Source: kreimanlab/VisualSearchAsymmetry, commit 2e41a9e, vs_saccade_exp/out: `ss_score` holds the mean and standard
error over the 105 pairs of people, or over the 15 people for a model. Their program gives ScanMatch the stored columns
as x and y, scaled from 1280 x 1024 to 1024 x 768 px, without the first fixation unless it is the only one. The score
of two searchers is the mean, over k, of the mean over stimuli of the score of the first k fixations of both. The
standard error has the population deviation.
"""

from itertools import combinations

import numpy as np
import pytest

from gazesim.metrics import paired, scanmatch

PEOPLE = 15


def paths(folder, who):
    """The scanpaths of each searcher, in the order of the stimuli, as they were given to ScanMatch."""
    fixations, counts = np.load(folder / f"fix/{who}.npy"), np.load(folder / f"ifix/I_{who}.npy")[:, 0]
    scaled = fixations * [1024 / 1280, 768 / 1024]
    found = [path[1 if n > 1 else 0 : n] for path, n in zip(scaled, counts.astype(int), strict=True)]
    stimuli = len(found) // (PEOPLE if who == "human_all" else 1)
    return [found[i : i + stimuli] for i in range(0, len(found), stimuli)]


def mean_and_error(searchers):
    """Mean and standard error, over pairs of searchers, of the average over k and stimuli."""
    prefixes = [
        (number, k, first[:k], second[:k])
        for number, (one, other) in enumerate(searchers)
        for first, second in zip(one, other, strict=True)
        for k in range(1, min(len(first), len(second)) + 1)
    ]
    number, k, first, second = zip(*prefixes, strict=True)
    scores = paired(scanmatch, first, second, size=(1024, 768), clip_all=True)
    totals, counts = np.zeros((2, len(searchers), max(k) + 1))
    np.add.at(totals, (number, k), scores)
    np.add.at(counts, (number, k), 1)
    each = [np.mean(total[n > 0] / n[n > 0]) for total, n in zip(totals, counts, strict=True)]
    return float(np.mean(each)), float(np.std(each) / np.sqrt(len(each)))


@pytest.mark.parametrize("task", ["ObjArr", "NaturalDesign", "Waldo"])
@pytest.mark.parametrize("who", ["human", "eccNET", "IVSN"])
def test_published_scores(data, task, who):
    folder = data / "vsa_saccades" / task
    people = paths(folder, "human_all")
    assert len(people) == PEOPLE
    if who == "human":
        searchers = list(combinations(people, 2))
    else:
        (model,) = paths(folder, who)
        searchers = [(person, model) for person in people]
    assert mean_and_error(searchers) == pytest.approx(np.load(folder / f"ss_score/{who}.npy"), abs=1e-6)
