"""eccNET and IVSN against the original program, fixation by fixation.

Source: kreimanlab/VisualSearchAsymmetry, commit 2e41a9ed (Gupta et al., NeurIPS 2021), run with TensorFlow
2.15.1 on seeded VGG16 weights; the outputs lie in the folder eccnet_oracle of GAZESIM_TEST_DATA. Its README
asks for the same fixations up to the first step whose margin (peak against the best competitor) is below 1e-4.
"""

import json

import numpy as np
import pytest
import torch

from gazesim import Trial, load_model
from gazesim.attention import Glance
from gazesim.encoders.backbones import load_trunk
from gazesim.encoders.eccentricity import EccentricityPool2d, zones
from gazesim.encoders.foveated import FoveatedEncoder

SLOPES = (0, 0, 0.07, 0.16, 0.32)
GROUP = {"background": 255, "px_per_degree": 30}


@pytest.fixture(scope="module")
def oracle(data):
    return data / "eccnet_oracle"


@pytest.fixture(scope="module")
def weights(oracle, tmp_path_factory):
    """The oracle's weights as a Keras HDF5 file, the layout in which the authors publish theirs."""
    h5py = pytest.importorskip("h5py")
    path = tmp_path_factory.mktemp("weights") / "weights_B.h5"
    with np.load(oracle / "weights_B.npz") as arrays, h5py.File(path, "w") as file:
        for key in arrays.files:
            layer, part = key.split("/")
            file[f"{layer}/{layer}/{part}:0"] = arrays[key].astype(np.float32)
    return path


def box_of(mask):
    """The box of a mask that is a filled rectangle, but for a few px at its border."""
    rows, columns = np.nonzero(mask)
    box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert mask[box[1] : box[3], box[0] : box[2]].mean() > 0.9
    return box


def decided(record):
    """The original's fixations (x, y) up to the first step whose margin is within rounding."""
    close = [step for step, margin in enumerate(record["margin"]) if margin < 1e-4]
    return np.array(record["fixations"], float)[: close[0] + 1 if close else None, ::-1]


def assert_same_path(record, path):
    wanted = decided(record)
    np.testing.assert_array_equal(path.xy[: len(wanted)], wanted)
    if len(wanted) == len(record["fixations"]):
        assert len(path) == len(wanted)
        assert path.found == record["found"]


def array_trial(oracle, record):
    with np.load(oracle / "stimuli_categorization_hetero_t20.npz") as arrays:
        cells, key = arrays["cells"], f"hetero_t20/{record['trial']}"
        objects = [box_of(cells == cell) for cell in range(1, cells.max() + 1)]
        stimulus, target, mask = (arrays[f"{key}/{name}"] for name in ("stim", "target", "gt"))
        return Trial(stimulus, target, target_box=box_of(mask), objects=objects, **GROUP)


def scene_trial(oracle, record):
    with np.load(oracle / "stimuli_natural.npz") as arrays:
        stimulus, target, mask = (
            arrays[f"{record['size']}/img{record['image']}/{name}"] for name in ("stim", "target", "gt")
        )
        return Trial(stimulus, target, target_box=box_of(mask), px_per_degree=30)


def scene_model(record, weights):
    name = {"eccNET": "eccnet", "IVSN": "ivsn"}[record["model"]]
    size = record["ior_size"] / 30
    level_weights = {"l": "equal", "nl": "maximum"}[record["weight_pattern"]]
    return load_model(name, weights=weights, inhibition_deg=size, recognition_deg=size, level_weights=level_weights)


def read_records(oracle, name):
    return json.loads((oracle / f"fixations_{name}.json").read_text())


@pytest.mark.parametrize("case", range(15))
def test_pooling_zones_and_values_equal_the_originals(oracle, case):
    with np.load(oracle / "pool_cases.npz") as arrays:
        key = next(k.split("/")[0] for k in arrays.files if k.startswith(f"case{case:02}_"))
        x, y, ring = (arrays[f"{key}/{name}"] for name in ("x", "y", "ring"))
        windows, borders = (tuple(arrays[f"{key}/{name}"].tolist()) for name in ("rf_sizes", "ecc_border"))
    layer, kind = int(key.split("_")[1][1]), {"avg": "average", "max": "max"}[key.split("_")[-1]]
    pool = EccentricityPool2d(30 / 2 ** (layer - 1), SLOPES[layer - 1], kind=kind)
    found = pool.zones(max(x.shape[:2]))
    np.testing.assert_array_equal(found.ring, ring)
    assert (found.windows, found.borders) == (windows, borders)
    pooled = pool(torch.from_numpy(x).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(pooled, y, rtol=0, atol=1e-4 * np.abs(y).max())


def test_zones_of_every_view_and_target_equal_the_originals(oracle):
    described = json.loads((oracle / "rings.json").read_text())
    with np.load(oracle / "rings.npz") as rings:
        assert len(rings.files) == 5 * len(described)
        for key in rings.files:
            view, layer = key.removesuffix("_ring").rsplit("/L", 1)
            facts = next(d for name, d in described.items() if view.startswith(name))[f"L{layer}"]
            per_degree, slope = 30 / 2 ** (int(layer) - 1), SLOPES[int(layer) - 1]
            found = zones(facts["in_size"], per_degree, slope, 4.0, 1.0, 2)
            np.testing.assert_array_equal(found.ring, rings[key])
            assert list(found.windows) == facts["rf_sizes"]
            assert list(found.borders) == facts["ecc_border_in_px"]


def test_features_equal_the_originals(oracle, weights):
    with np.load(oracle / "features400_eccNET_B.npz") as arrays:
        wanted = {key: arrays[key] for key in arrays.files}
    encoder = FoveatedEncoder(load_trunk(weights))
    search = encoder.search_features([wanted["stim_rgb_uint8"]], 30, (3, 4, 5))
    target = encoder.target_features(wanted["target_rgb_uint8"], 30, (3, 4, 5))
    for level in (3, 4, 5):
        for features, key in ((search[level], f"stim/out{level}"), (target[level], f"target/out{level}")):
            found, expected = features[0].permute(1, 2, 0).numpy(), wanted[key]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("case", range(4))
def test_fixations_on_search_arrays_equal_the_originals(oracle, weights, case):
    record = read_records(oracle, "categorization_hetero_t20")[case]
    model = load_model("eccnet", weights=weights, sharpening=((3, 1), (5, 3)))
    path = model.search(array_trial(oracle, record), max_fixations=record["max_steps"])
    assert_same_path(record, path)


@pytest.mark.parametrize("case", [0, 2, 4, 7, *(pytest.param(i, marks=pytest.mark.slow) for i in (1, 3, 5, 6, 8, 9))])
def test_fixations_on_small_photographs_equal_the_originals(oracle, weights, case):
    small = [record for record in read_records(oracle, "natural") if record["size"] == "small"]
    assert len(small) == 10
    record = small[case]
    path = scene_model(record, weights).search(scene_trial(oracle, record), max_fixations=record["max_steps"])
    assert_same_path(record, path)


@pytest.mark.slow
def test_fixations_on_large_photographs_equal_the_originals(oracle, weights):
    full = [record for record in read_records(oracle, "natural") if record["size"] == "full"]
    assert full
    for record in full:
        path = scene_model(record, weights).search(scene_trial(oracle, record), max_fixations=record["max_steps"])
        assert_same_path(record, path)


def test_maps_of_every_level_and_the_combined_map_equal_the_originals(oracle, weights):
    record = next(r for r in read_records(oracle, "natural") if r["run"] == "small_eccNET_B_ior40_nl")
    attention = scene_model(record, weights).attention
    trial = scene_trial(oracle, record)
    with np.load(oracle / "maps_natural.npz") as arrays:
        key = f"{record['run']}/img{record['image']}"
        similarities, combined = arrays[f"{key}/sim"], arrays[f"{key}/low"]
    for step, fixation in enumerate(decided(record)[: len(combined)]):
        found = attention.similarities([Glance(trial, trial.image, fixation)])[0]
        np.testing.assert_allclose(found, similarities[step], rtol=0, atol=1e-4 * similarities[step].max())
        np.testing.assert_allclose(attention.combine(found, trial), combined[step], rtol=0, atol=1e-4)


def test_priority_map_equals_the_originals(oracle, weights):
    record = next(r for r in read_records(oracle, "natural") if r["run"] == "small_eccNET_B_ior40_l")
    model, trial = scene_model(record, weights), scene_trial(oracle, record)
    with np.load(oracle / "maps_natural.npz") as arrays:
        outs = arrays[f"{record['run']}/img{record['image']}/out"]
    height, width = trial.height, trial.width
    half = height + 64
    for step, out in enumerate(outs):
        history = decided(record)[: step + 1]
        x, y = history[-1].astype(int)
        found = model.priority(trial, history)
        wanted = out[half - y : half - y + height, half - x : half - x + width]
        free = ~np.isnan(found)
        np.testing.assert_allclose(found[free], wanted[free], rtol=0, atol=1e-4 * wanted.max())
        assert (wanted[~free] == 0).all()
