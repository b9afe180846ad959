import numpy as np
import pytest
import torch

from gazesim import Scanpath, Trial
from gazesim.attention.learned.search import CHANNELS, past_of
from gazesim.training.gaze_search import Searched, centre_of, explained, fit, gains, weight_table

SHAPE = (6, 8)
TRUE = {"target_3": 0.0, "target_4": 0.5, "target_5": 1.0, "bottom_up": 0.7, "near_2_deg": -1.0, "return": -1.5}


@pytest.fixture(scope="module")
def simulated():
    """People whose next fixations are drawn with known weights: 12 pictures, 6 people, 10 fixations each."""
    random, found = np.random.default_rng(0), []
    weights = np.array([TRUE.get(name, 0.0) for name in CHANNELS])
    for number in range(12):
        trial = Trial(width=64, height=48, px_per_degree=4, id=str(number))
        seen, paths = torch.from_numpy(random.normal(size=(4, *SHAPE))).float(), []
        for person in range(6):
            xy = [(32.0, 24.0)]
            for _ in range(9):
                priority = (
                    np.tensordot(weights[:4], seen.numpy(), 1) + past_of(trial, [xy], SHAPE)[0].numpy() @ weights[5:]
                )
                p = np.exp(priority.ravel())
                row, column = divmod(int(random.choice(48, p=p / p.sum())), 8)
                xy.append((8 * column + 3.5, 8 * row + 3.5))
            paths.append(Scanpath(np.array(xy), trial=str(number), observer=f"p{person}"))
        found.append(Searched.of(trial, paths, seen, 54, 0))
    return found


def test_the_weights_of_simulated_people_come_back(simulated):
    fitted = fit(simulated, torch.zeros(24, 32))
    for name, weight, sd in zip(CHANNELS, fitted.weights, fitted.sd, strict=True):
        if name in ("target_3", "target_4", "target_5", "bottom_up", "return"):
            assert 0.01 < sd < 0.4
            assert abs(weight - TRUE[name]) < 4 * sd, name
    assert fitted.weights[CHANNELS.index("centre")] == 0


def test_at_the_fit_no_weight_can_be_bettered(simulated):
    centre = centre_of(simulated)
    fitted = fit(simulated, centre)

    def loss(weights):
        bits = sum(gains(picture, centre, weights).sum() for picture in simulated)
        return -bits * np.log(2) + 0.5 * (weights**2).sum()

    best = loss(fitted.weights)
    for i in range(len(CHANNELS)):
        for step in (-0.05, 0.05):
            moved = fitted.weights.copy()
            moved[i] += step
            assert loss(moved) > best


def test_channels_left_out_have_no_weight(simulated):
    fitted = fit(simulated, centre_of(simulated), ("target_5",))
    assert (fitted.weights != 0).tolist() == [name == "target_5" for name in CHANNELS]


@pytest.mark.slow
def test_a_part_that_matters_is_missed_one_that_does_not_is_not(simulated):
    whole = fit(simulated, centre_of(simulated))
    table, own = explained(simulated, 3, 0, whole)
    lost = table.set_index(["not_seen", "model"])["lost"]
    for split in ("pictures", "people"):
        assert lost[split, "without target"] > 0.3
        assert lost[split, "without bottom_up"] > 0.1
        assert abs(lost[split, "without centre"]) < 0.1
    assert len(own) == 12


def test_the_table_has_each_channel(simulated):
    table = weight_table(fit(simulated, centre_of(simulated)))
    assert tuple(table["channel"]) == CHANNELS
    assert (table["low"] <= table["high"]).all()
