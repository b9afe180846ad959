import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gazesim import Scanpath
from gazesim.datasets import load_table

WIDTH, HEIGHT, PX_PER_DEGREE = 96, 72, 8


@pytest.fixture
def fixations():
    """Rows of four people on five displays, near a place of each display; times are there."""
    random = np.random.default_rng(3)
    rows = []
    for image, place in enumerate(random.uniform([20, 20], [76, 52], (5, 2))):
        for person in range(4):
            points = np.concatenate([[[48, 36]], random.normal(place, 8, (random.integers(2, 6), 2))])
            for x, y in points.clip([0, 0], [WIDTH - 1, HEIGHT - 1]):
                row = {"trial": f"i{image}", "observer": f"p{person}", "x": x, "y": y}
                rows.append({**row, "duration_ms": random.integers(150, 400)})
    return pd.DataFrame(rows)


@pytest.fixture
def own_set(tmp_path, fixations):
    """Return data sets of these people; search looks for a box of each picture."""

    def make(task="free_viewing", rows=fixations):
        folder = tmp_path / "pictures"
        folder.mkdir(exist_ok=True)
        lines = ["id,image,px_per_degree" + (",target_x0,target_y0,target_x1,target_y1" if task == "search" else "")]
        for i, name in enumerate(dict.fromkeys(fixations["trial"])):
            pixels = np.random.default_rng(i).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{name}.png")
            box = f",{10 + 8 * i},20,{34 + 8 * i},44" if task == "search" else ""
            lines.append(f"{name},{name}.png,{PX_PER_DEGREE}{box}")
        (folder / "trials.csv").write_text("\n".join(lines) + "\n")
        return load_table(rows, trials=folder / "trials.csv", task=task, name="own")

    return make


@pytest.fixture
def paths_for():
    """Return a scanpath of three fixations for every display of a data set."""

    def make(data, name="outside", seed=0):
        random = np.random.default_rng(seed)
        return [
            Scanpath(random.uniform(0, [s.width - 1, s.height - 1], (3, 2)), trial=s.id, observer=name)
            for s in data.trials
        ]

    return make
