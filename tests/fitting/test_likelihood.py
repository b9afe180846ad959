"""The probability of the next fixation: against the model's own draws, a full sum over px, and differences."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.special import logsumexp

from gazesim.fitting.cells import Places
from gazesim.fitting.parameters import KNOWN, chosen, settings_of
from gazesim.fitting.problem import Problem, Subject
from gazesim.models import load_model
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

ALL = ["temperature", "saccade_cost", "lapse", "inhibition_strength", "inhibition_decay"]


@pytest.fixture(scope="module")
def trials():
    random = np.random.default_rng(1)
    found = []
    for i in range(3):
        picture = np.clip(128 + 60 * cv2.resize(random.normal(size=(6, 8, 3)), (48, 36)), 0, 255).astype(np.uint8)
        found.append(Trial(picture, target_box=(4, 4, 12, 12), px_per_degree=4, id=f"d{i}"))
    return found


def searched(subject, trials, people=3):
    model = subject.model()
    return [
        replace(path, observer=f"p{k}") for k in range(people) for path in model.search(trials, seed=k, max_fixations=5)
    ]


@pytest.mark.parametrize(
    ("name", "parameters", "settings"),
    [
        ("gbvs", ALL, {}),
        ("centre_bias", ["temperature", "centre_variance"], {"inhibition": "none"}),
        ("ibs", ["temperature", "visibility", "visibility_deg"], {"cell_deg": 3.0}),
    ],
)
def test_derivatives_are_those_of_differences(trials, name, parameters, settings):
    subject = Subject.of(name, parameters, {"temperature": 0.3, **settings})
    problem = Problem(subject, trials, searched(subject, trials))
    units = np.array([0.45, 0.4, 0.5, 0.55, 0.5][: len(subject.parameters)])
    value, slopes = problem(units)
    assert value == pytest.approx(-problem.log_shares(units).sum())
    for i in range(len(units)):
        up, down = units.copy(), units.copy()
        up[i], down[i] = units[i] + 5e-4, units[i] - 5e-4
        assert slopes[i] == pytest.approx((problem(up)[0] - problem(down)[0]) / 1e-3, rel=5e-3, abs=0.1)


def test_probabilities_are_those_of_all_px(trials):
    """On cells of four px, with lapses, a cost, and inhibition: as summed over the model's own map."""
    settings = {"saccade_cost": 0.03, "inhibition_strength": 0.5, "inhibition_decay": 2.0, "lapse": 0.1}
    subject = Subject.of("gbvs", ["temperature"], {**settings, "temperature": 0.2}, cell_deg=0.5)
    path = Scanpath([[24, 18], [30, 10], [5, 20], [29, 11]], trial="d0", observer="a")
    problem = Problem(subject, trials[:1], [path])
    found = problem.log_shares(np.array([subject.parameters[0].unit(0.2)]))
    model = load_model("gbvs", temperature=0.2, **settings)
    for n in range(1, 4):
        value = model.priority(trials[0], path.xy[:n]) / 0.2
        x, y = path.xy[n].astype(int)
        drawn = np.exp(value[y, x] - logsumexp(value))
        assert found[n - 1] == pytest.approx(np.log(4 * (0.9 * drawn + 0.1 / value.size)), abs=4e-3)


def test_shares_of_px_add_up_to_the_models_draws(trials):
    """150 first saccades of the loop, counted by cells of 3 degrees, against what the likelihood says of their px."""
    settings = {"temperature": 0.3, "lapse": 0.1, "test_first": False}
    subject = Subject.of("gbvs", ["temperature"], settings, cell_deg=0.5)
    y, x = np.divmod(np.arange(36 * 48), 48)
    everywhere = [Scanpath([[24, 18], xy], trial="d0", observer=str(xy)) for xy in np.column_stack([x, y]).tolist()]
    problem = Problem(subject, trials[:1], everywhere)
    shares = np.exp(problem.log_shares(np.array([subject.parameters[0].unit(0.3)]))) / 4  # cells have four px
    assert shares.sum() == pytest.approx(1, abs=3e-3)
    places = Places.of(trials[0], 3.0, objects=True)
    expected = 150 * np.bincount([places.place_of(np.array(xy)) for xy in zip(x, y, strict=True)], shares)
    model = subject.model([0.3])
    copies = [trials[0].replace(id=f"c{i}") for i in range(150)]
    landed = [places.place_of(path.xy[1]) for path in model.search(copies, max_fixations=1)]
    counts = np.bincount(landed, minlength=len(expected))
    assert ((counts - expected) ** 2 / expected).sum() < 2 * len(expected)


def test_no_density_is_beyond_that_of_one_px(trials):
    """At the peak, between the points at which the map is read, with a temperature near 0."""
    model = load_model("gbvs")
    y, x = np.unravel_index(np.argmax(model.first_priority(trials[0])), (36, 48))
    settings = {"test_first": False, "inhibition": "none"}
    subject = Subject.of("gbvs", ["temperature"], settings, cell_deg=3.0)
    problem = Problem(subject, trials[:1], [Scanpath([[24, 18], [x, y]], trial="d0", observer="a")])
    assert problem.log_shares(np.array([0.0]))[0] <= np.log(12 * 12) + 1e-9


def test_objects_are_the_places_where_there_are_some():
    boxes = [(2, 2, 8, 8), (20, 2, 32, 14), (10, 20, 16, 26)]
    trial = Trial(np.zeros((36, 48, 3), np.uint8), objects=boxes, target_box=boxes[0], px_per_degree=4, id="a")
    places = Places.of(trial, 1.0, objects=True)
    assert np.exp(places.log_area).sum() == pytest.approx(36 + 144 + 36)
    assert [places.place_of(np.array(xy)) for xy in ((3.0, 3.0), (25, 9), (40, 30))] == [0, 1, -1]
    subject = Subject.of("chance", ["temperature"], {})
    path = Scanpath([[24, 30], [25, 9], [40, 30], [3, 3]], trial="a", observer="p")
    problem = Problem(subject, [trial], [path])
    assert problem.table.left_out == 1
    found = problem.log_shares(subject.starts)
    assert np.exp(found) == pytest.approx([144 / 216, 36 / 72])  # what was looked at is painted out


def test_weights_sum_to_one_and_are_ratios():
    parameters = chosen(["level_weights", "temperature"], "level_weights", 3, ["temperature"])
    assert [each.name for each in parameters] == ["level_weights[1]", "level_weights[2]", "temperature"]
    settings = settings_of(parameters, [np.log(2), np.log(3), 0.4])
    assert settings["level_weights"] == pytest.approx((1 / 6, 2 / 6, 3 / 6))
    assert settings["temperature"] == 0.4
    for each in KNOWN.values():
        assert each.value(each.unit(each.start)) == pytest.approx(each.start)


@pytest.mark.parametrize(
    ("names", "settings", "said"),
    [
        (["temprature"], {}, "unknown parameter 'temprature'; known: .*; did you mean 'temperature'"),
        (["temperature", "temperature"], {}, "parameters has 'temperature' 2 times, expected once"),
        (["visibility"], {"temperature": 0.1}, r"parameters is \['visibility'\], of which gbvs has none"),
        (["lapse"], {}, "temperature of gbvs is None, which draws nothing; expected it among the parameters"),
        (["temperature", "inhibition_decay"], {}, "parameters has inhibition_decay, expected inhibition_strength too"),
    ],
)
def test_what_cannot_be_fitted_is_said(names, settings, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        Subject.of("gbvs", names, settings)
