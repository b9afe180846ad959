"""Shares of search, refixation and revisit, guidance, detection and quitting: a plain count and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazesim.metrics.search_behaviour import (
    Behaviour,
    answers,
    behaviour,
    behaviour_delta,
    detection,
    guidance_ratio,
    mean_behaviour,
    quitting_step,
)

CELLS = st.lists(st.integers(0, 5), min_size=1, max_size=20)
PEOPLE = Behaviour(0.8, 10, 0.5, 0.25, 0.25)


@given(CELLS)
def test_shares_agree_with_a_count_fixation_by_fixation(cells):
    seen, counts, previous = set(), {"search": 0, "refixation": 0, "revisit": 0}, None
    for cell in cells:
        kind = "refixation" if cell == previous else "revisit" if cell in seen else "search"
        counts[kind] += 1
        seen.add(cell)
        previous = cell
    got = behaviour(cells, target=3)
    assert got.length == len(cells)
    assert got.correct == (cells[-1] == 3)
    assert got._asdict() == pytest.approx(
        {"correct": got.correct, "length": got.length, **{kind: n / len(cells) for kind, n in counts.items()}}
    )
    assert got.search + got.refixation + got.revisit == pytest.approx(1)


@given(CELLS)
def test_names_of_cells_do_not_matter(cells):
    assert behaviour([100 - 7 * cell for cell in cells])[1:] == behaviour(cells)[1:]


def test_no_target_and_no_fixations():
    assert np.isnan(behaviour([1, 2]).correct)
    assert np.isnan(behaviour([], 3)).all()
    assert np.isnan(behaviour(np.empty(0, int))).all()


def test_means_leave_out_what_is_not_known():
    trials = [behaviour([1, 1], 1), behaviour([1, 2], 1), behaviour([], 1)]
    assert mean_behaviour(trials) == (0.5, 2, 0.75, 0.25, 0)
    assert np.isnan(mean_behaviour([])).all()


def test_delta():
    assert behaviour_delta(PEOPLE, PEOPLE) == 0
    assert behaviour_delta(Behaviour(*(1.2 * value for value in PEOPLE)), PEOPLE) == pytest.approx(0.2)
    assert behaviour_delta(Behaviour(0.4, 10, 0.5, 0.25, 0.25), PEOPLE) == pytest.approx(0.5 / 5)
    assert np.isnan(behaviour_delta(PEOPLE, PEOPLE._replace(revisit=0)))
    assert np.isnan(behaviour_delta(behaviour([1, 2]), PEOPLE))


def test_guidance_is_one_by_chance_and_its_largest_without_error():
    random = np.random.default_rng(0)
    sizes = random.integers(2, 10, 20_000)
    assert guidance_ratio(random.random(20_000) < 1 / sizes, 1 / sizes) == pytest.approx(1, abs=0.05)
    assert guidance_ratio(np.ones(4), 0.25) == 4
    assert guidance_ratio(np.zeros(4), 0.25) == 0
    assert np.isnan(guidance_ratio([], 0.25))
    assert np.isnan(guidance_ratio([0, 0], 0))


def test_stopping_rule():
    assert quitting_step([0.1, 0.5, 0.6], 0.5) == 3
    assert quitting_step([0.9, 0]) == 1
    assert np.isinf(quitting_step([0.1, 0.2]))
    assert np.isnan(quitting_step([]))


def test_answers_are_given_by_what_comes_first():
    said = answers([3, 3, 3, np.inf, np.inf, 2, np.nan, 2], [2, 3, 4, 5, np.inf, np.inf, 2, np.nan])
    np.testing.assert_array_equal(said, [0, 1, 1, 0, np.nan, 1, np.nan, np.nan])


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 1, np.nan])), min_size=1, max_size=30))
def test_rates_are_counts(trials):
    present, said = map(list, zip(*trials, strict=True))
    got = detection(present, said)
    for rate, there in ((got.hit_rate, True), (got.false_alarm_rate, False)):
        answered = [answer for is_there, answer in trials if is_there == there and not np.isnan(answer)]
        assert rate == pytest.approx(np.mean(answered) if answered else np.nan, nan_ok=True)
    assert got.coverage == pytest.approx(np.mean(~np.isnan(said)))


def test_a_stricter_stopping_rule_trades_misses_for_false_alarms():
    """Evidence for a target that is not there makes false alarms of those who search on."""
    random = np.random.default_rng(0)
    claimed = np.where(np.arange(200) < 100, random.integers(1, 8, 200), random.integers(4, 20, 200))
    present = np.arange(200) < 100
    early, late = (detection(present, answers(claimed, np.full(200, stop))) for stop in (3, 12))
    assert early.hit_rate < late.hit_rate
    assert early.false_alarm_rate < late.false_alarm_rate
    assert early.coverage == 1


def test_no_trials():
    assert np.isnan(detection([], [])).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: behaviour([1, 2.5]), "cells holds 2.5, expected whole numbers"),
        (lambda: behaviour([1, np.nan]), "cells holds nan"),
        (lambda: behaviour([[1, 2]]), "cells has shape (1, 2), expected (n)"),
        (lambda: guidance_ratio([2, 1], 0.5), "landed holds 2.0, expected 0 and 1"),
        (lambda: guidance_ratio([0, 1], 1.5), "expected holds 1.5..1.5, expected probabilities from 0 to 1"),
        (lambda: guidance_ratio([0, 1], [0.5, 0.5, 0.5]), "expected has shape (3,), expected (2)"),
        (lambda: quitting_step([0.1, np.nan]), "stop holds nan"),
        (lambda: answers([1, 2], [1]), "quitted has shape (1,), expected (2)"),
        (lambda: detection([1, 0], [1]), "said_present has shape (1,), expected (2)"),
        (lambda: detection([1, 0], [1, 2]), "said_present holds 2.0, expected 0 and 1"),
        (lambda: detection([1, np.nan], [1, 1]), "present holds nan, expected 0 and 1"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
