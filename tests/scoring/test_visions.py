import json

import numpy as np
import pytest

import gazesim
from gazesim import Scanpath
from gazesim.metrics.statistics import crossed_mean
from gazesim.scoring.visions import (
    LIMITS,
    VISIONS,
    area_shares,
    correlation_shares,
    cut_at_target,
    found_area,
    limited_shares,
    merged,
    next_fixation,
)


def test_their_formula_on_ten_found_trials(data):
    """Their curve: at each number of fixations, the share found in as many or fewer; trapezoids over 0 to 1."""
    root = data / "natural_design"
    if not root.is_dir():
        pytest.skip("natural_design is not in the data")
    people = json.loads(sorted((root / "human_scanpaths").glob("*.json"))[0].read_text())
    found = [path for path in people.values() if path["target_found"]][:10]
    assert len(found) == 10
    curve = [np.mean([len(path["X"]) <= k for path in found]) for k in range(1, 26)]
    theirs = np.trapezoid(curve, np.linspace(0, 1, 25))
    assert np.mean([found_area(len(path["X"]), True, 25) for path in found]) == pytest.approx(theirs)
    for path in found:
        y0, x0, y1, x1 = path["target_bbox"]
        xy, hit = cut_at_target(np.column_stack([path["X"], path["Y"]]), np.array([[x0, y0, x1, y1]]), 45)
        assert hit
        assert len(xy) == len(path["X"])


@pytest.mark.slow
def test_people_of_the_set_are_at_the_published_value(data):
    root = data / "natural_design"
    if not root.is_dir():
        pytest.skip("natural_design is not in the data")
    own = gazesim.load_dataset("natural_design", root)
    model = {"first": [path for path in own.scanpaths if path.observer == own.observers[0]]}
    summary = gazesim.score(model, own, "visions").summary
    row = summary[(summary["model"] == "people") & (summary["part"] == "AUCperf")]
    assert row["value"].item() == pytest.approx(0.527, abs=0.001)


def test_near_fixations_are_merged_in_order():
    path = np.array([[0.0, 0.0], [10, 4], [14, 2], [60, 2], [100, 90]])
    np.testing.assert_array_equal(merged(path, 30), [[9.5, 2], [60, 2], [100, 90]])
    np.testing.assert_array_equal(merged(path, 8), path)


def test_the_window_finds_the_target_at_its_border():
    box, path = np.array([[100.0, 50, 120, 70]]), np.array([[0.0, 0], [78, 60], [110, 60]])
    assert [len(cut_at_target(path, box, window)[0]) for window in (44, 45, 43)] == [2, 2, 3]
    assert cut_at_target(path[:1], box, 45) == (pytest.approx(path[:1]), False)


def test_the_shares_of_a_correlation_have_it_as_their_mean():
    x, y = np.random.default_rng(0).normal(size=(2, 30))
    a, b = ({str(i): v for i, v in enumerate(values)} for values in (x, x + y))
    shares = correlation_shares({**a, "none": np.nan}, {**b, "none": 1.0})
    assert np.mean(list(shares.values())) == pytest.approx(np.corrcoef(x, x + y)[0, 1])
    assert "none" not in shares
    assert correlation_shares({"a": 1.0, "b": 2.0, "c": 4.0}, {"a": 1.0, "b": 3.0, "c": 2.0}) == {}


@pytest.mark.parametrize("skewed", [False, True])
def test_the_interval_of_a_correlation_covers_with_ten_displays(skewed):
    """Taken for a mean of influences, as it was before, it covers .85."""
    within, covered = VISIONS.within["Corr"], []
    random = np.random.default_rng(0)
    for _ in range(400):
        x, noise = random.exponential(size=(2, 10)) if skewed else random.normal(size=(2, 10))
        shares = correlation_shares(*(dict(enumerate(values)) for values in (x, 0.5 * x + np.sqrt(0.75) * noise)))
        _, low, high, *_ = crossed_mean([list(shares.values())], within=within)
        covered.append(low <= 0.5 <= high)
    assert 0.91 <= np.mean(covered) <= 0.975


def test_the_mean_of_peoples_curves_whatever_number_of_searches_each_made():
    """Of curves .5 and 1: the mean of all searches would be .6."""
    assert np.mean(area_shares([0.25, 0.75, 0.25, 0.75, 1.0], ["a", "a", "a", "a", "b"])) == pytest.approx(0.75)


@pytest.mark.parametrize("design", [(15, 20), (15, 40), (6, 40)])
def test_the_interval_of_peoples_areas_covers_and_stays_within_0_and_1(design):
    """Everybody misses a fifth of the displays."""
    random = np.random.default_rng(0)

    def areas(n, m):
        effort = random.normal(0, 1.2, m) + random.normal(0, 0.4, (n, 1)) - 1.5
        return np.maximum(25 - random.geometric(1 / (1 + np.exp(-effort))), 0) / 24

    truth, covered = areas(400, 4000).mean(), []
    for _ in range(300):
        table, looked = areas(*design), random.random(design) > 0.2
        table[looked] = area_shares(table[looked].tolist(), [str(k) for k in np.nonzero(looked)[0]])
        value, low, high, *_ = crossed_mean(np.where(looked, table, np.nan), within=VISIONS.within["AUCperf"])
        assert 0 < low < value < high < 1
        covered.append(low <= truth <= high)
    assert 0.91 <= np.mean(covered) <= 0.985


def test_people_who_were_stopped_have_the_published_area(data):
    if not (data / "interiors").is_dir():
        pytest.skip("interiors is not in the data")
    own = gazesim.load_dataset("interiors", data / "interiors")
    found = [bool(p.found) and len(p) <= own.limits[p.key] for p in own.scanpaths]
    shares = limited_shares(found, [p.observer for p in own.scanpaths], [own.limits[p.key] for p in own.scanpaths])
    assert len(shares) == 7313
    assert np.mean(shares) == pytest.approx(0.4201, abs=5e-5)  # Travi et al. 2022: .420


def test_the_shares_of_limits_by_hand():
    """Two persons: one found in 1 of 2 searches of limit 3 and in none of 13, the other in all of 5."""
    found, limits = [True, False, False, True], [3, 3, 13, 5]
    shares = limited_shares(found, ["a", "a", "a", "b"], limits)
    a, b = 0.5 / 6, 1 / 3
    assert np.mean(shares) == pytest.approx((a + b) / 2)
    assert shares[3] == pytest.approx((a + b) / 2 + 4 / 2 * (b - (a + b) / 2))
    assert shares[0] - shares[1] == pytest.approx(4 / 2 / 6 / 2)


@pytest.mark.slow
def test_the_interval_of_stopped_people_covers():
    random, weights = np.random.default_rng(3), np.array([1, 2, 2, 1]) / 6
    people, displays, covered = 25, 60, []

    def share(person, display, limit):
        return 1 / (1 + np.exp(-(person + display + limit / 4 - 2)))

    effects = random.normal(0, 0.5, 20_000), random.normal(0, 1, 20_000)
    truth = sum(w * share(*effects, limit).mean() for w, limit in zip(weights, LIMITS, strict=True))
    for _ in range(200):
        person, display = random.normal(0, 0.5, (people, 1)), random.normal(0, 1, displays)
        limit = random.choice(LIMITS, (people, displays))
        found = random.random((people, displays)) < share(person, display, limit)
        names = np.repeat(np.arange(people), displays).astype(str).tolist()
        table = np.reshape(limited_shares(found.ravel().tolist(), names, limit.ravel().tolist()), (people, displays))
        _, low, high, *_ = crossed_mean(table, within=VISIONS.within["AUCperf"])
        covered.append(low <= truth <= high)
    assert 0.91 <= np.mean(covered) <= 0.995


def test_several_scanpaths_of_a_trial_are_refused(data):
    root = data / "natural_design"
    if not root.is_dir():
        pytest.skip("natural_design is not in the data")
    own = gazesim.load_dataset("natural_design", root)
    path = own.scanpaths[0]
    with pytest.raises(ValueError, match="samples is 2, expected 1 for metric 'visions'"):
        gazesim.score({"m": [path]}, own, "visions", samples=2)
    twice = [Scanpath(path.xy, trial=path.trial, observer="m", session=session) for session in "ab"]
    with pytest.raises(ValueError, match="m: several scanpaths of a trial, expected one for metric 'visions'"):
        gazesim.score({"m": twice}, own, "visions")


def test_the_next_fixation_by_hand():
    priority, bias = np.array([[1.0, 2, 3, 4]]), np.full((1, 4), 0.25)
    area, z, gain, bits = next_fixation(priority, bias, np.array([2, 0]))
    assert (area, z) == (pytest.approx(0.625), pytest.approx(0.5 / np.std([1, 2, 3, 4])))
    assert gain == pytest.approx(np.log2(0.3 / 0.25))
    assert bits == pytest.approx(gain)
    assert next_fixation(priority, bias, np.array([0, 0]))[1] == 0  # below the mean counts as 0
