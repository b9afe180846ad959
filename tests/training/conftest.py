"""People who look at bright blobs."""

from pathlib import Path

import numpy as np
import pytest

from gazesim import Scanpath, Trial
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.definition import Definition, Geometry

SHAPE = (6, 8)  # of the places, 8 px each


@pytest.fixture(scope="session")
def gaze_data():
    """Return a data set of free viewing: n pictures of 64 x 48 px with a blob, at which people look half the time."""

    def make(n=6, people=3, fixations=8, name="blobs"):
        random, trials, paths = np.random.default_rng(0), [], []
        for number in range(n):
            row, column = random.integers(SHAPE[0]), random.integers(SHAPE[1])
            picture = np.full((48, 64, 3), 40, np.uint8)
            picture[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 255
            trials.append(Trial(picture, px_per_degree=8, id=f"b{number}"))
            for person in range(people):
                xy = random.uniform([0, 0], [63, 47], (fixations, 2))
                there = random.random(fixations) < 0.5
                xy[there] = random.uniform([8 * column, 8 * row], [8 * column + 7, 8 * row + 7], (there.sum(), 2))
                ms = np.exp(random.normal(5.3, 0.4, fixations))
                paths.append(Scanpath(xy, trial=f"b{number}", observer=f"p{person}", duration_ms=ms))
        definition = Definition(
            name, "blobs", "free_viewing", "MIT", "", "", lambda root: None, (), Geometry(8.0, "made"), "px and ms", ""
        )
        return DataSet(definition, Path(), trials, paths)

    return make


@pytest.fixture(scope="session")
def blob_features():
    """Return the features (6, 8, 3) of such a picture: how bright each place is, and two of noise."""

    def make(trial, seed):
        import torch

        bright = trial.image[4::8, 4::8, 0] / 255.0
        noise = np.random.default_rng(seed).normal(size=(*SHAPE, 2))
        return torch.from_numpy(np.dstack([bright, noise])).half()

    return make
