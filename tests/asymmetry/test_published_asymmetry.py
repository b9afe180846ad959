"""The conditions, people's times and the reading of the authors' outputs.

Values are from kreimanlab/VisualSearchAsymmetry, commit 5c1b64f (Gupta et al., NeurIPS 2021), whose outputs lie in the
folder vsa_asymmetry of GAZESIM_TEST_DATA.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from gazesim.asymmetry.analysis import analyse
from gazesim.asymmetry.published import EXPERIMENTS, choose, counted_saccades, read_results
from gazesim.search.loop import Course
from gazesim.stimuli import make

# Slope (ms per item) and intercept (ms) of people, easier and harder condition.
PEOPLE = {
    "curvature": ((0.80, 503.6), (7.59, 510.0)),
    "shading": ((4.21, 416.9), (23.88, 487.9)),
    "intersection": ((45, 510), (96, 541)),
    "t_among_l": ((14, 499), (33, 474)),
    "orientation_homogeneous": ((2.38, 419.6), (9.86, 460.8)),
    "orientation_heterogeneous": ((23.73, 436.9), (71.12, 497.6)),
}
# The asymmetry index of each experiment, in their order, and the mean. Those of the authors' notebook
# vs_exp/generateAsymIndex.ipynb; of the four last models computed from the outputs by the same rule.
INDICES = {
    "people": ((0.809, 0.701, 0.362, 0.404, 0.611, 0.500), 0.564),
    "eccNET": ((1.000, 1.000, 0.495, 0.789, -1.000, 0.791), 0.513),
    "IVSN": ((0.830, 0.988, -0.631, 0.290, -0.581, 1.000), 0.316),
    "eccNET_MNIST": ((0.997, 0.274, 0.060, -0.108, 0.040, -0.153), 0.185),
    "eccNET_0_0_1": ((-0.008, 0.970, -0.276, 0.392, -0.528, -0.046), 0.084),
    "eccNET_noecc": ((0.962, -0.771, -0.679, 0.803, 1.000, -1.000), 0.052),
    "chance": ((0.414, -0.261, 0.400, 0.129, -0.294, -0.407), -0.003),
    "pixelMatch": ((-1.000, -0.568, 0, -1.000, 1.000, 0.502), -0.178),
    "eccNET_Rot90": ((-1.000, -1.000, -0.092, -0.173, -1.000, 0.834), -0.405),
    "eccNET_places365_90": ((0, 1.000, 0.714, 0.906, 0, 1.000), 0.603),
    "eccNET_places365": ((0.831, 0, -0.352, 0.902, -1.000, 0.896), 0.213),
    "eccNET_lines": ((0.441, 0, 0.098, 0.010, 0.136, -0.034), 0.109),
    "eccNET_fisheye": ((-0.988, 1.000, 0.273, 0.429, -1.000, 0.123), -0.027),
}
# 95 % intervals of the mean index over 1,000 resamples, from another random stream.
INTERVALS = {
    "eccNET": (0.42, 0.58),
    "IVSN": (0.04, 0.45),
    "eccNET_MNIST": (0.10, 0.27),
    "eccNET_0_0_1": (-0.07, 0.22),
    "eccNET_noecc": (-0.02, 0.35),
    "chance": (-0.31, 0.31),
    "pixelMatch": (-0.55, 0.37),
    "eccNET_Rot90": (-0.45, -0.22),
    "eccNET_places365_90": (0.28, 0.66),
    "eccNET_places365": (-0.07, 0.30),
    "eccNET_lines": (-0.07, 0.22),
    "eccNET_fisheye": (-0.26, 0.06),
}
# Pearson's r of a model's 12 slopes and people's; that of chance, -0.1345, was rounded twice.
SLOPE_R = {
    "eccNET_fisheye": 0.48,
    "eccNET": 0.40,
    "eccNET_lines": 0.40,
    "eccNET_places365_90": 0.40,
    "eccNET_Rot90": 0.36,
    "eccNET_0_0_1": 0.35,
    "IVSN": 0.23,
    "eccNET_noecc": 0.22,
    "eccNET_MNIST": 0.16,
    "eccNET_places365": 0.09,
    "chance": -0.14,
    "pixelMatch": -0.34,
}
# Mean saccades at each set size, and the slope in ms per item.
SACCADES = {
    ("eccNET", "curve_in_lines"): ((1, 1, 1), 0.0),
    ("eccNET", "line_in_curves"): ((1.17, 1.37, 1.6), 4.43),
    ("eccNET", "non_cross"): ((1.53, 1.86, 2.31), 32.71),
    ("eccNET", "homo_t20"): ((1, 1.97, 3.63, 5.33), 100.39),
    ("eccNET", "hetero_t20"): ((1, 1.17, 1.4, 1.6), 13.86),
    ("IVSN", "left_right"): ((1, 3.53, 6.9), 135.56),
    ("IVSN", "Ls"): ((1.31, 1.61, 1.86), 23.37),
    ("eccNET_noecc", "top_down"): ((1.4, 1.67, 2.27), 20.06),
    ("chance", "curve_in_lines"): ((11.9, 13.6, 15.7), 38.98),
    ("chance", "Ts"): ((3.25, 3.33, 4.75), 63.09),
    ("chance", "homo_t0"): ((4.13, 4.97, 5.63, 5), 21.05),
    ("pixelMatch", "cross"): ((0.97, 0.92, 0.86), -4.67),
    ("eccNET_fisheye", "hetero_t0"): ((1, 1.77, 2.73, 4), 68.12),
}
# As in vs_exp/data_utils.py: the most fixations after the initial one, and (side, sigma) of the two Gaussians.
MOST_FIXATIONS = dict(zip(EXPERIMENTS, (37, 17, 10, 10, 17, 17), strict=True))
FINE, COARSE, SMALL = ((3, 1), (5, 3)), ((5, 3), (7, 5)), ((3, 0), (5, 1))
SHARPENING = dict(zip(EXPERIMENTS, (FINE, SMALL, COARSE, COARSE, FINE, FINE), strict=True))


@pytest.fixture(scope="module")
def tables(data):
    return analyse(read_results(data / "vsa_asymmetry", choose(None)), choose(None))


def of(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def test_every_stored_model_is_read(tables):
    assert set(tables.models["model"]) == set(INDICES)
    assert (tables.trials.groupby("model").size() == 1272).all()


@pytest.mark.parametrize("model", INDICES)
def test_indices_equal_the_published_ones(tables, model):
    wanted, mean = INDICES[model]
    found = of(tables.experiments, model=model)
    assert tuple(found["experiment"]) == tuple(EXPERIMENTS)
    np.testing.assert_allclose(found["index"], wanted, rtol=0, atol=5.01e-4)
    assert of(tables.models, model=model)["index"].item() == pytest.approx(mean, abs=5.01e-4)


@pytest.mark.parametrize("experiment", PEOPLE)
def test_slopes_and_intercepts_of_people_equal_the_published_ones(tables, experiment):
    found = of(tables.conditions, model="people", experiment=experiment)
    assert list(found["people_find"]) == ["easier", "harder"]
    np.testing.assert_allclose(found["slope_ms_per_item"], [slope for slope, _ in PEOPLE[experiment]], atol=0.0051)
    np.testing.assert_allclose(found["intercept_ms"], [intercept for _, intercept in PEOPLE[experiment]], atol=0.051)


def test_times_of_people_are_those_of_the_data_set(data):
    stored = json.loads((data / "vsa_asymmetry" / "human_rt.json").read_text())["experiments"]
    for experiment, wanted in zip(EXPERIMENTS.values(), stored.values(), strict=True):
        assert experiment.task == wanted["task"]
        assert list(experiment.set_sizes) == wanted["set_sizes"]
        assert experiment.n_per_set_size == wanted["trials_per_set_size"]
        assert experiment.harder.name == wanted["harder_for_humans"]
        for condition in experiment.conditions:
            np.testing.assert_allclose(condition.rt_ms, wanted["conditions"][condition.name]["reaction_time"])


@pytest.mark.parametrize(("model", "condition"), SACCADES)
def test_mean_saccades_and_slopes_equal_the_published_ones(tables, model, condition):
    saccades, slope = SACCADES[model, condition]
    found = of(tables.set_sizes, model=model, condition=condition)
    np.testing.assert_allclose(found["n_saccades"], saccades, rtol=0, atol=0.0051)
    assert of(tables.conditions, model=model, condition=condition)["slope_ms_per_item"].item() == pytest.approx(
        slope, abs=0.0051
    )


@pytest.mark.parametrize("model", INTERVALS)
def test_intervals_hold_those_of_the_bootstrap(tables, model):
    """Which are too narrow: redrawn slopes near 0 make an index jump between 1 and -1 around where it was found."""
    found = of(tables.models, model=model)
    low, high = INTERVALS[model]
    assert -1 <= found["index_low"].item() < low + 0.08
    assert high - 0.08 < found["index_high"].item() <= 1


def test_correlation_of_slopes(tables):
    found = tables.models.set_index("model")["slope_r"]
    assert {model: found[model] for model in SLOPE_R} == pytest.approx(SLOPE_R, abs=0.0056)


def test_reversed_asymmetry_of_eccnet_is_significant(tables):
    row = of(tables.experiments, model="eccNET", experiment="orientation_homogeneous").iloc[0]
    assert row["index"] == -1
    assert (row["easier_slope"], row["harder_slope"]) == pytest.approx((100.39, 0), abs=0.0051)
    assert row["df_within"] == 236
    assert row["p"] < 1e-10
    assert of(tables.experiments, model="chance", experiment="curvature")["p"].item() > 0.05


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_displays_and_settings_are_the_published_ones(name):
    experiment = EXPERIMENTS[name]
    made = make(name, n_per_set_size=1, set_sizes=experiment.set_sizes)
    assert {display.condition for display in made} == {condition.name for condition in experiment.conditions}
    assert {Course().limit(display) for display in made} == {MOST_FIXATIONS[name]}
    assert experiment.sharpening == SHARPENING[name]


def test_search_that_failed_counts_with_its_own_set_size():
    found = counted_saccades(np.array([3, 17, 17]), np.array([True, False, False]), np.array([12, 1, 12]))
    assert found.tolist() == [3, 1, 12]


@pytest.fixture
def outputs(tmp_path):
    """Outputs of a made-up model in the authors' layout: found after 1 saccade, in 3 of the columns."""
    folder = tmp_path / "out" / "mine" / "out_data"
    folder.mkdir(parents=True)
    for experiment in EXPERIMENTS.values():
        for condition in experiment.conditions:
            rows = len(experiment.set_sizes) * experiment.n_per_set_size
            (folder / f"{experiment.task}_{condition.name}.csv").write_text("0,1,0\n" * rows)
    return folder


@pytest.mark.parametrize("level", [0, 1, 2])
def test_results_of_one_model_or_several(outputs, level):
    folder = (outputs, outputs.parent, outputs.parents[1])[level]
    searches = read_results(folder, choose(["shading"]))
    assert set(searches["model"]) == {"mine"}
    assert searches["n_saccades"].tolist() == [1] * 180
    assert searches["set_size"].tolist() == ([1] * 30 + [6] * 30 + [12] * 30) * 2
    assert searches["found"].all()


def test_row_of_zeros_is_not_found(outputs):
    (outputs / "lightning_dir_top_down.csv").write_text("0,1,0\n" * 29 + "0,0,0\n" + "1,0,0\n" * 59 + "0,0,0\n")
    searches = read_results(outputs, choose(["shading"]))
    assert searches["found"].sum() == 178
    assert searches["n_saccades"][[0, 29, 30, 89]].tolist() == [1, 1, 0, 12]


WRONG = {
    "short": (
        "0,1\n" * 87,
        "lightning_dir_top_down.csv' has 87 rows, expected 90: 30 for each of the set sizes 1, 6, 12",
    ),
    "ragged": ("0,1\n" * 89 + "0\n", "row 90 has 1 columns, expected 2"),
    "no number": ("0,1\n" * 89 + "0,x\n", "row 90 holds 'x', expected 0 and 1"),
    "two ones": ("0,1\n" * 89 + "1,1\n", "row 90 has 2 ones, expected at most one"),
    "empty": ("", "is empty"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_results_are_one_line(outputs, case):
    text, words = WRONG[case]
    (outputs / "lightning_dir_top_down.csv").write_text(text)
    with pytest.raises(ValueError) as error:  # noqa: PT011
        read_results(outputs, choose(None))
    assert words in str(error.value)


def test_missing_results_are_one_line(outputs):
    (outputs / "intersection_Ls.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"intersection_Ls\.csv' does not exist"):
        read_results(outputs, choose(None))
    with pytest.raises(FileNotFoundError, match="'nowhere' is no folder"):
        read_results(Path("nowhere"), choose(None))
    empty = outputs.parents[2] / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="has no file such as curvature_curve_in_lines"):
        read_results(empty, choose(None))


def test_two_models_of_one_name_are_refused(outputs):
    other = outputs.parents[1] / "other" / "mine"
    other.mkdir(parents=True)
    (other / "curvature_curve_in_lines.csv").write_text("0,1\n")
    with pytest.raises(ValueError, match="two models 'mine'"):
        read_results(outputs.parents[1], choose(None))


def test_experiments_are_chosen_by_paradigm_in_the_published_order():
    assert [experiment.name for experiment in choose(["shading", "curvature"])] == ["curvature", "shading"]
    assert len(choose([])) == 6
    with pytest.raises(ValueError, match=r"unknown paradigm 'shadin'.*did you mean 'shading'"):
        choose(["shadin"])
