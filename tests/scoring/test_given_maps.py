"""Maps from outside: functions, arrays and files score as the same maps from a model do."""

import numpy as np
import pytest
from PIL import Image

import gazesim
from gazesim import Scanpath
from gazesim.scoring.given_maps import GivenMaps

METRICS = ["nss", "information_gain"]


def brightness(trial):
    return trial.image.mean(axis=2) / 255 + 0.5


def values(scores, model):
    rows = scores.trials[scores.trials["model"] == model]
    return rows["value"].to_numpy()


def maps_of(data, function=brightness):
    return {trial.id: function(trial) for trial in data.trials}


def test_a_function_a_dict_of_maps_and_files_of_them_score_alike(own_set, tmp_path):
    data = own_set()
    maps = maps_of(data)
    for trial, values_of in maps.items():
        np.save(tmp_path / f"{trial}.npy", values_of)
    given = {"dict": maps, "folder": tmp_path, "files": {trial: tmp_path / f"{trial}.npy" for trial in maps}}
    scores = gazesim.score([brightness, given], data, METRICS)
    for name in given:
        np.testing.assert_array_equal(values(scores, name), values(scores, "brightness"))


def test_grey_pictures_are_maps_of_8_and_16_bits(own_set, tmp_path):
    data = own_set()
    for bits, kind in ((8, np.uint8), (16, np.uint16)):
        folder = tmp_path / str(bits)
        folder.mkdir()
        for trial, found in maps_of(data).items():
            Image.fromarray((found / 1.5 * (2**bits - 1)).round().astype(kind)).save(folder / f"{trial}.png")
    scores = gazesim.score([brightness, {"eight": tmp_path / "8", "sixteen": tmp_path / "16"}], data, "nss")
    np.testing.assert_allclose(values(scores, "eight"), values(scores, "brightness"), atol=0.02)
    np.testing.assert_allclose(values(scores, "sixteen"), values(scores, "brightness"), atol=1e-4)


def test_log_densities_score_as_their_densities(own_set):
    data = own_set()
    densities = {trial: found / found.sum() for trial, found in maps_of(data).items()}
    logs = {trial: np.log(density) for trial, density in densities.items()}
    scores = gazesim.score([GivenMaps("log", logs, log_density=True), {"plain": densities}], data, METRICS)
    np.testing.assert_allclose(values(scores, "log"), values(scores, "plain"), rtol=1e-9)


def test_scanpaths_and_models_are_given_by_name(own_set, paths_for):
    data = own_set()
    model = gazesim.load_model("chance")
    scores = gazesim.score({"mine": paths_for(data), "by chance": model}, data, "scanmatch")
    assert set(scores.summary["model"]) >= {"mine", "by chance"}
    assert np.isfinite(values(scores, "by chance")).all()


def test_pictures_are_not_needed_where_maps_are_given(own_set, tmp_path, fixations):
    data = own_set()
    maps = {trial: found.round(3) for trial, found in maps_of(data).items()}
    blind = gazesim.datasets.load_table(fixations, name="own", width=96, height=72, px_per_degree=8)
    scores = gazesim.score({"mine": maps}, blind, "nss")
    np.testing.assert_array_equal(values(scores, "mine"), values(gazesim.score({"mine": maps}, data, "nss"), "mine"))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda trial: np.ones((3, 4)), r"has shape \(3, 4\), expected \(72, 96\)"),
        (lambda trial: "map", "is a str, expected an array of numbers"),
        ({"mine": {"i0": np.ones((72, 96))}}, "has no map of trial 'i1'"),
        ({"mine": "nowhere"}, "folder of maps 'nowhere' does not exist"),
        ({"mine": 5}, "model 'mine' is int, expected a function"),
        ({"mine": [Scanpath([[1, 1]]), 5]}, "model 'mine' is list, expected a function"),
    ],
)
def test_what_is_no_map_is_one_line(own_set, model, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        gazesim.score(model, own_set(), "nss")


def test_files_that_are_no_maps_are_named(own_set, tmp_path):
    data = own_set()
    for trial in data.trials:
        (tmp_path / f"{trial.id}.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match=r"i0\.npy' cannot be read"):
        gazesim.score({"mine": tmp_path}, data, "nss")
    for trial in data.trials:
        (tmp_path / f"{trial.id}.npy").unlink()
        Image.new("RGB", (96, 72)).save(tmp_path / f"{trial.id}.png")
    with pytest.raises(ValueError, match=r"i0\.png' cannot be read: it is in colour"):
        gazesim.score({"mine": tmp_path}, data, "nss")
    with pytest.raises(ValueError, match=r"declared a log density, but exp sums to"):
        gazesim.score(GivenMaps("mine", brightness, log_density=True), data, "nss")
