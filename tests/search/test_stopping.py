"""Rules that end a search as absent, against closed forms and the calibration of posterior odds."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import chisquare

from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.bottom_up.centre_bias import centre_bias
from gazesim.attention.top_down.ideal_searcher import IdealSearcher, IdealSearcherSettings
from gazesim.attention.top_down.template import TemplateAttention
from gazesim.search.loop import Course, SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition
from gazesim.search.stopping import Stopping
from gazesim.trial import Trial

BOXES = [(2 * column, 2 * row, 2 * column + 2, 2 * row + 2) for row in range(2) for column in range(3)]
TIMES = 300


class Flat(Attention):
    """Priority of each object; all its px have it."""

    def __init__(self, values=(0.0,) * 6):
        self.values = values

    def attend(self, glances):
        found = np.full((4, 6), np.nan)
        for (x0, y0, x1, y1), value in zip(BOXES, self.values, strict=True):
            found[y0:y1, x0:x1] = value
        return [Priority(found.copy()) for _ in glances]


def array(target=None, name="a"):
    box = None if target is None else BOXES[target]
    picture = np.zeros((4, 6, 3), np.uint8)
    return Trial(picture, objects=BOXES, target_box=box, present=target is not None, px_per_degree=1, id=name)


def searcher(attention=Flat(), temperature=1.0, memory=Memory(), **stopping):  # noqa: B008
    return SearchModel(
        "tiny", attention, policy=Policy(temperature), memory=memory, stopping=Stopping(**stopping), course=Course()
    )


def checks(paths):
    return np.array([path.n_saccades for path in paths])


def test_without_a_rule_nothing_is_answered():
    assert searcher().search(array(2)).answer is None


def test_the_quitting_unit_competes_as_published():
    """Moran et al. 2013: after k of N equal distractors the unit has k * weight against N - k."""
    paths = searcher(stopping="quitting", quit_weight=0.4).search([array(name=f"a{i}") for i in range(TIMES)])
    goes_on, expected = 1.0, []
    for k in range(1, 7):
        quits = 0.4 * k / (0.4 * k + 6 - k)
        expected.append(goes_on * quits)
        goes_on *= 1 - quits
    found = np.bincount(checks(paths), minlength=7)[1:]
    assert chisquare(found, TIMES * np.array(expected)).pvalue > 0.01
    assert {path.answer for path in paths} == {"absent"}


def test_the_weight_of_quitting_is_in_weights_of_a_mean_place():
    """Other priorities by a constant, or twice with twice the temperature, change nothing."""
    trials = [array(name=f"a{i}") for i in range(60)]

    def lengths(values, temperature):
        model = searcher(Flat(values), temperature, stopping="quitting", quit_weight=0.3)
        return checks(model.search(trials)).tolist()

    values = np.arange(6) / 3
    assert lengths(values, 1.0) == lengths(values + 7, 1.0) == lengths(2 * values, 2.0)


def test_a_threshold_leaves_what_is_below_it():
    path = searcher(Flat((0.1, 0.9, 0.4, 0.6, 0.2, 0.8)), None, stopping="threshold", least_priority=0.5).search(
        array(0)
    )
    assert (path.n_saccades, path.answer, path.found) == (3, "absent", False)


@pytest.mark.parametrize(("most", "answer"), [(2, "absent"), (3, "present")])
def test_a_number_of_places(most, answer):
    """Ties are taken row by row, so the third place is looked at third."""
    path = searcher(temperature=None, stopping="number", most_checked=most).search(array(2))
    assert (path.n_saccades, path.answer) == (most, answer)


def test_the_odds_are_what_the_map_leaves():
    values = np.log([0.4, 0.3, 0.1, 0.1, 0.05, 0.05])
    path = searcher(Flat(values), None, stopping="odds", least_odds=0.25).search(array())
    assert path.n_saccades == 3  # 0.6, 0.3, 0.2
    assert searcher(Flat(values), None, stopping="odds", least_odds=0.35).search(array()).n_saccades == 2


def test_the_share_adapts_to_errors_and_batches_do_not_matter():
    """The last place is the target: it is missed unless all six are looked at."""
    rule = {"stopping": "adaptive", "quit_share": 0.5, "quit_rise": 0.35, "quit_fall": 0.17}
    trials = [array(5 if i % 3 == 0 else None, f"a{i}") for i in range(9)]
    paths = searcher(temperature=None, **rule).search(trials)
    share, expected = 0.5, []
    for i in range(9):
        n = int(np.ceil(max(1, share * 6) - 1e-9))
        expected.append(n)
        if i % 3 == 0 and n < 6:
            share = min(1, share + 0.35)
        elif i % 3:
            share = max(0, share - 0.17)
    assert checks(paths).tolist() == expected
    assert len(set(expected)) > 2
    assert checks(searcher(temperature=None, **rule).search(trials, batch_size=4)).tolist() == expected


def test_rise_and_fall_set_the_misses():
    """In the long run misses * rise = correct rejections * fall: with 1 : 9 a tenth of present trials, half of all."""
    rule = {"stopping": "adaptive", "quit_share": 0.9, "quit_rise": 0.18, "quit_fall": 0.02}
    model = searcher(stopping="adaptive", **{k: v for k, v in rule.items() if k != "stopping"})
    random = np.random.default_rng(0)
    trials = [array(int(random.integers(6)) if i % 2 else None, f"a{i}") for i in range(400)]
    paths = model.search(trials)
    missed = np.mean([path.answer == "absent" for path in paths[1::2]])
    assert missed == pytest.approx(1 / 9, abs=0.05)


def test_the_spread_of_the_limit():
    rule, random = Stopping(stopping="number", most_checked=40, quit_spread=0.25), np.random.default_rng(1)
    drawn = np.array([rule.limit(0, 1, random) for _ in range(4000)])
    assert drawn.mean() == pytest.approx(40, rel=0.02)
    assert drawn.std() == pytest.approx(10, rel=0.05)


def test_posterior_odds_of_the_ideal_searcher_are_calibrated():
    """Where log odds are said to be L, the target is there in a share of 1 / (1 + exp(-L)) of the trials (Bayes)."""
    settings = IdealSearcherSettings(evidence="truth", visibility=2.5, cell_deg=4, visibility_deg=6)
    attention, random = IdealSearcher(TemplateAttention(), lambda p: np.ones(p.shape[:2]), settings), []
    picture, truth = np.zeros((16, 16, 3), np.uint8), np.arange(1000) % 2 == 0
    for i, present in enumerate(truth):
        x, y = 4 * (i // 2 % 4), 4 * (i // 8 % 4)
        box = (x, y, x + 4, y + 4) if present else None
        trial = Trial(picture, picture[:2, :2], target_box=box, present=bool(present), px_per_degree=1, id=f"t{i}")
        path = np.array([(8.0, 8.0), (3.0, 12.0)])
        random.append(attention._log_odds(Glance(trial, picture, path[-1], path)))
    log_odds = np.log(np.exp(random).sum(axis=1))
    assert np.mean(expit(log_odds[truth])) > np.mean(expit(log_odds[~truth])) + 0.1
    for low, high in ((0, 0.4), (0.4, 0.6), (0.6, 1)):
        said = expit(log_odds)
        of = (said >= low) & (said < high)
        assert of.sum() > 100
        assert truth[of].mean() == pytest.approx(said[of].mean(), abs=3 * 0.5 / np.sqrt(of.sum()))


def test_the_ideal_searcher_says_its_odds_through_the_loop():
    settings = IdealSearcherSettings(evidence="truth", cell_deg=4)
    attention = IdealSearcher(TemplateAttention(), centre_bias, settings)
    model = SearchModel("ideal", attention, memory=Memory(inhibition="none"), stopping=Stopping(stopping="odds"))
    picture = np.zeros((16, 16, 3), np.uint8)
    absent = [Trial(picture, picture[:2, :2], present=False, px_per_degree=1, id=f"t{i}") for i in range(5)]
    answered = model.search(absent)
    assert {path.answer for path in answered} == {"absent"}
    assert max(checks(answered)) < 30


def test_misses_and_false_alarms_are_drawn_at_their_rates():
    recognition = OracleRecognition(miss_rate=0.3, false_alarm_rate=0.05)
    model = SearchModel("erring", Flat(), policy=Policy(1.0), recognition=recognition)
    absent = model.search([array(name=f"a{i}") for i in range(TIMES)])
    wrong = np.mean([path.answer == "present" for path in absent])
    assert wrong == pytest.approx(1 - 0.95**6, abs=0.085)
    present = model.search([array(2, f"a{i}") for i in range(TIMES)])
    expected = np.mean([0.7 * 0.95**k for k in range(6)])  # all earlier places without a false alarm
    assert np.mean([path.found for path in present]) == pytest.approx(expected, abs=0.085)


def test_several_items_are_checked_at_a_fixation():
    """From the first of three in a row the one beside it and the one below are nearest."""
    memory = Memory(items_per_fixation=3)
    checked = memory.checked(array(), np.array([(3.0, 2.0), (0.0, 0.0)]))
    assert sorted(map(tuple, checked.tolist())) == sorted(BOXES[i] for i in (0, 1, 3))
    assert searcher(temperature=None, memory=memory).search(array(3)).n_saccades == 1
    assert searcher(temperature=None).search(array(3)).n_saccades == 4


def test_drawing_against_places_needs_a_policy_that_draws():
    with pytest.raises(ValueError, match=r"^stopping is 'quitting', which is drawn against places, but temperature is"):
        searcher(temperature=None, stopping="quitting")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stopping": "never"}, "stopping is 'never', expected one of 'threshold'"),
        ({"least_odds": 0}, "least_odds is 0, expected a finite number above 0"),
        ({"quit_fall": -1}, "quit_fall is -1, expected a finite number of at least 0"),
        ({"most_checked": 0}, "most_checked is 0, expected a whole number of at least 1"),
    ],
)
def test_settings_are_checked(settings, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        Stopping(**settings)
