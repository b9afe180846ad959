import numpy as np
import pandas as pd
import pytest
from scipy.stats import nct, norm, ttest_1samp
from scipy.stats import t as student

from gazesim.datasets import load_responses
from gazesim.power.population import Condition, check_people, conditions_of
from gazesim.power.simulation import Design, effect_table, simulate

SIZES = np.array([3, 6, 12])


def powers(responses, names, **design):
    conditions = conditions_of(responses, names)
    given = {"effect": "set_size", "people": (5, 9), "trials": (8,), "repeats": 3000, **design}
    return simulate(conditions, Design(**given), check_people(conditions, "data")), conditions


@pytest.fixture(autouse=True)
def few(request, monkeypatch):
    """Fewer populations, which is faster; their intervals are not what is tested."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr("gazesim.power.simulation.POPULATIONS", 5)


def closed_form(effect, sd, n):
    """Power of the two-sided one-sample t test of normal values at .05: the noncentral t distribution."""
    limit, shift = student.ppf(0.975, n - 1), effect / sd * np.sqrt(n)
    return nct.sf(limit, n - 1, shift) + nct.cdf(-limit, n - 1, shift)


def quantiles(mean, sd, n):
    """Return n numbers that are spread as a normal variable."""
    values = norm.ppf((np.arange(n) + 0.5) / n)
    return mean + sd * values / values.std()


def normal(name, slope, same=True, people=200):
    """A condition in which slopes (sd 4) and times (sd 60) are normal."""
    times = [[quantiles(700 + own * size, 60, 100) for size in SIZES] for own in quantiles(slope, 4, people)]
    observers = tuple(f"{'' if same else name}{number}" for number in range(people))
    return Condition(name, tuple(SIZES.tolist()), observers, tuple(map(tuple, times)))


NOISE = 60**2 / 8 / ((SIZES - 7) ** 2).sum()  # variance of a slope, of 8 trials


def test_the_effect_of_set_size_has_the_power_of_a_t_test():
    design = Design(effect="set_size", people=(4, 9), trials=(8,), repeats=4000)
    power, _ = simulate([normal("a", 4)], design, True)
    for _, row in power.iterrows():
        assert row.power == pytest.approx(closed_form(4, np.sqrt(16 + NOISE), row.people), abs=0.025)


def test_different_people_are_compared_by_two_groups():
    """With equal variances the power is that of Student's test of two groups, of which Welch's loses little."""
    design = Design(effect="slope_difference", people=(9,), trials=(8,), repeats=4000)
    power, _ = simulate([normal("a", 11, False), normal("b", 5, False)], design, False)
    limit, shift = student.ppf(0.975, 16), 6 / np.sqrt(2 * (16 + NOISE) / 9)
    assert power.power[0] == pytest.approx(nct.sf(limit, 16, shift), abs=0.03)


@pytest.mark.parametrize("same", [True, False])
def test_without_an_effect_alpha_of_the_experiments_find_one(made, same):
    """The people of the data are made to have no effect on average: otherwise there is one in them."""
    responses = made(40, (8.0, 8.0), trials=60, same=same)
    conditions = conditions_of(responses, ["a", "b"])
    apart = conditions[0].slopes().mean() - conditions[1].slopes().mean()
    shift = np.where(responses["condition"] == "b", apart * responses["set_size"].astype(float), 0)
    moved = responses.assign(rt_ms=responses["rt_ms"] + shift)
    (power, _), _ = powers(moved, ["a", "b"], effect="slope_difference", people=(12,))
    assert power.power[0] == pytest.approx(0.05, abs=0.02)


def test_an_index_is_told_from_another_one(made):
    """(1 - r) H - (1 + r) L is 0 where r is the index of the means of H and L."""
    responses = made(40, (15.0, 5.0), sd=3, trials=60)
    first, second = (condition.slopes().mean() for condition in conditions_of(responses, ["a", "b"]))
    index = (first - second) / (first + second)
    found = {
        against: powers(responses, ["a", "b"], effect="asymmetry_index", against=against, people=(10,))[0][0].power[0]
        for against in (0, index)
    }
    assert found[index] == pytest.approx(0.05, abs=0.025)
    assert found[0] > 0.5
    table = effect_table(conditions_of(responses, ["a", "b"]), "asymmetry_index")
    assert table.value.tolist() == pytest.approx([first, second, index])


def test_more_people_and_more_trials_have_more_power(made):
    (power, needed), _ = powers(made(30, (4.0,)), ["a"], people=(4, 8, 16, 30), trials=(4, 30), wanted=0.7)
    curves = power.pivot(index="people", columns="trials", values="power")
    assert (np.diff(curves, axis=0) > 0).all()
    assert (curves[30] > curves[4]).all()
    for trials, people in zip(needed.trials, needed.people, strict=True):
        below, above = (curves[trials][[n for n in curves.index if (n >= people) == up]] for up in (False, True))
        assert (below < 0.7).all()
        assert (above >= 0.7).all()


def test_more_people_than_were_tried(made):
    (_, needed), _ = powers(made(30, (1.0,)), ["a"], people=(3, 4))
    assert np.isinf(needed.people[0])


def test_the_same_seed_gives_the_same_power(made):
    first, second, other = (powers(made(10), ["a"], seed=seed, repeats=50)[0][0] for seed in (1, 1, 2))
    assert first.equals(second)
    assert not first.equals(other)


def test_too_few_trials_for_the_errors(made):
    with pytest.raises(ValueError, match=r"^trials is 1: in \d+% of the draws a person of 'a' has no right answer"):
        powers(made(5, wrong=0.5), ["a"], trials=(1,))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"effect": "slope"}, r"effect is 'slope', expected one of 'set_size', 'slope_difference', 'asymmetry_index'"),
        ({"people": ()}, r"people is \[\], expected at least one, each once"),
        ({"people": (1,)}, r"people is 1, expected a whole number of at least 2"),
        ({"trials": (3, 3)}, r"trials is \[3, 3\], expected at least one, each once"),
        ({"wanted": 1.0}, r"wanted is 1.0, expected a number below 1"),
        ({"against": 1.0}, r"against is 1.0, expected a number between -1 and 1"),
    ],
)
def test_designs_that_are_not_accepted(wrong, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Design(**{"effect": "set_size", "people": (5,), "trials": (5,), **wrong})


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 28])
def test_the_interval_holds_the_power_in_the_population(made, n):
    """Of 100 sets of data, most have intervals that hold the power in the population, by the noncentral t."""
    noise = 60**2 / 10 / ((SIZES - 7) ** 2).sum()
    expected = closed_form(4.0, np.sqrt(4.0**2 + noise), 10)
    inside = []
    for seed in range(100):
        (power, _), _ = powers(made(n, (4.0,), wrong=0, seed=seed), ["a"], people=(10,), trials=(10,), repeats=300)
        inside.append(power.power_low[0] <= expected <= power.power_high[0])
    assert np.mean(inside) >= (0.85 if n == 10 else 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("people", [5, 10, 15])
def test_the_conjunction_slope_of_wolfe_2010(data, people):
    """Against experiments drawn one by one from the rows of the file, with numpy's line and scipy's test."""
    source = data / "wolfe2010"
    (condition,) = conditions_of(load_responses("wolfe2010", source).responses, ["conjunction present"])
    power, _ = simulate([condition], Design(effect="set_size", people=(people,), trials=(5,), repeats=4000), True)
    table = pd.read_csv(source / "wolfe2010.csv")
    own = table[(table["task"] == "RVvRHGV") & (table["target"] == 1)]
    counted = (own["error"] == 0) & own["rt"].between(200, 4000)
    cells = {key: cell.to_numpy() for key, cell in own["rt"].where(counted).groupby([own["subj"], own["size"]])}
    random = np.random.default_rng(1)
    found = []
    for _ in range(1000):
        slopes = []
        for person in random.choice(own["subj"].unique(), people):
            shown = [random.choice(cells[person, size], 5) for size in (3, 6, 12, 18)]
            if all(np.isfinite(times).any() for times in shown):
                slopes.append(np.polyfit((3, 6, 12, 18), [np.nanmean(times) for times in shown], 1)[0])
        found.append(ttest_1samp(slopes, 0).pvalue < 0.05)
    assert power.power[0] == pytest.approx(np.mean(found), abs=0.05)
    assert power.power_low[0] < np.mean(found) < power.power_high[0]
