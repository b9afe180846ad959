import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import gazesim
from gazesim import stimuli
from gazesim.attention import Attention, Priority
from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer, join
from gazesim.cli import main
from gazesim.training.joining import fit_on_paths, fit_weight, read_top_down
from gazesim.training.oat import negative_log_likelihood
from gazesim.training.object_paths import ObjectPath, without_top_down
from gazesim.trial import Trial


def draw(chances, random):
    return torch.tensor([int(random.choice(len(p) - 1, p=p[:-1] / p[:-1].sum())) for p in chances.exp().numpy()])


def test_the_weight_is_found_again():
    random = np.random.default_rng(0)
    chances = [torch.from_numpy(np.log(random.dirichlet(np.ones(n + 1), 20))) for n in (4, 6) * 30]
    priorities = [torch.from_numpy(random.random((20, n))) for n in (4, 6) * 30]
    chosen = [draw(join(a, 3.0 * b), random) for a, b in zip(chances, priorities, strict=True)]
    assert fit_weight(chances, priorities, chosen) == pytest.approx(3.0, abs=0.4)
    chosen = [draw(a, random) for a in chances]
    assert fit_weight(chances, priorities, chosen) == pytest.approx(0.0, abs=0.4)


def test_people_who_follow_the_map_are_likelier_with_the_fitted_weight():
    model = ObjectTransformer(ObjectSizes(appearance="none", knows_target="fixated", position_size=12, feed_forward=8))
    model.initialise(0)
    model.eval()
    layout = Layout([[x, 0, x + 10, 10] for x in range(0, 60, 10)], 3, "d")
    priority = np.random.default_rng(0).random((7, 6)).astype(np.float32)
    walk, at = [], 6
    for _ in range(8):
        at = int(priority[at].argmax())
        walk.append(at)
    paths = [ObjectPath(np.array(walk[:n]), ObjectArray(layout, top_down=priority), str(n), "t") for n in (3, 5, 8)]
    model.top_down_weight = fit_on_paths(model, paths)
    assert model.top_down_weight > 5
    alone = without_top_down(paths)
    assert negative_log_likelihood(model, paths) < negative_log_likelihood(model, alone) - 0.5
    with pytest.raises(ValueError, match="display 'd' has no top_down"):
        fit_on_paths(model, alone)


def test_the_top_down_priority_is_of_the_map_seen_from_each_object_and_the_centre():
    class Far(Attention):
        """Priority grows with the distance from the fixation."""

        def attend(self, glances):
            y, x = np.mgrid[:20, :60]
            return [Priority(np.hypot(x - g.fixation[0], y - g.fixation[1])) for g in glances]

    boxes = [[0, 0, 20, 20], [20, 0, 40, 20], [40, 0, 60, 20]]
    trial = Trial(np.zeros((20, 60, 3), np.uint8), None, target_box=boxes[0], objects=boxes, px_per_degree=5, id="t")
    found = read_top_down({"t": ObjectArray(Layout.of(trial))}, {"t": trial}, Far())["t"].top_down
    assert found.shape == (4, 3)
    assert [row.argmax() for row in found[[0, 2]]] == [2, 0]
    assert [row.argmin() for row in found[:3]] == [0, 1, 2]
    assert found[3].argmin() == 1
    assert found.min() == 0
    assert found.max() == 1


@pytest.fixture
def arrays(tmp_path, noise):
    """A set of object arrays with two simulated people, as a data set of one's own."""
    (tmp_path / "pictures").mkdir()
    for i in range(8):
        Image.fromarray(noise(24, 24)).save(tmp_path / "pictures" / f"{i}.png")
    settings = {"n_per_set_size": 5, "px_per_degree": 5, "target": "present", "images": str(tmp_path / "pictures")}
    made = stimuli.make("object_array", seed=0, **settings)
    made.write(tmp_path / "set")
    paths = []
    for seed in (0, 1):
        for path in gazesim.load_model("chance").search(list(made), seed=seed):
            paths.append(gazesim.Scanpath(path.xy, trial=path.trial, observer=f"s{seed}"))
    gazesim.write_scanpaths(tmp_path / "people.csv", paths)
    (tmp_path / "arrays.yaml").write_text("table: people.csv\ntrials: set\ntask: search\n")
    return tmp_path


@pytest.mark.slow
def test_the_command_fits_a_weight_that_the_search_uses(arrays, capsys):
    small = ["sizes.position_size=8", "sizes.feed_forward=8", "samples=1", "training.epochs=1", "training.monitor=nll"]
    main(["train", "model=oat_eccnet", f"dataset={arrays / 'arrays.yaml'}", f"out={arrays / 'run'}", *small])
    assert "top_down_weight " in capsys.readouterr().out
    scores = pd.read_csv(arrays / "run" / "scores.csv", index_col="model")
    assert scores.loc["oat_joined", "nll"] != scores.loc["oat", "nll"]
    record = json.loads((arrays / "run" / "run.json").read_text())
    assert record["top_down_weight"] >= 0
    weights = f"weights={arrays / 'run' / 'weights.safetensors'}"
    main(["search", f"trials={arrays / 'set'}", "model=oat_eccnet", weights, f"out={arrays / 'out'}", "figures=0"])
    assert len(gazesim.read_scanpaths(arrays / "out" / "scanpaths.csv")) == 5
