import numpy as np
import pandas as pd
import pytest

from gazesim.power.population import (
    check_people,
    conditions_of,
    labels,
    model_responses,
    read_means,
    slope_weights,
    with_means,
)
from gazesim.responses import as_responses, write_responses


def test_conditions_are_told_apart_by_presence():
    rows = {"trial": list("abcd"), "observer": "p", "rt_ms": 500, "present": [True, False, None, True]}
    table = as_responses(pd.DataFrame(rows).assign(condition=["x", "x", "x", None]))
    assert labels(table).tolist() == ["x present", "x absent", "x", "present"]


def test_what_counts(made):
    responses = made(4, wrong=0)
    odd = responses.copy()
    mine = (odd["observer"] == "p0") & (odd["set_size"] == 6)
    odd.loc[mine, "rt_ms"] = [150.0, 5000.0, np.nan, *[600.0] * 37]
    odd.loc[odd.index[mine][-1], "correct"] = False
    (condition,) = conditions_of(odd, ["a"])
    cell = condition.times[0][1]
    assert np.isnan(cell).tolist() == [True] * 3 + [False] * 36 + [True]
    assert condition.means()[0, 1] == 600
    assert condition.wrong() == pytest.approx(4 / (4 * 3 * 40))
    assert conditions_of(odd, ["a"], set_sizes=[12, 3])[0].set_sizes == (3, 12)
    lost = odd[~mine]
    assert conditions_of(lost, ["a"])[0].observers == ("p1", "p2", "p3")


def test_the_weights_give_the_least_squares_slope():
    sizes, times = [1, 4, 9], np.array([310.0, 345.0, 420.0])
    assert times @ slope_weights(sizes) == pytest.approx(np.polyfit(sizes, times, 1)[0])


@pytest.mark.parametrize(
    ("names", "sizes", "message"),
    [
        (["c"], None, r"unknown condition of data 'c'; known: a, b"),
        (["a"], [3, 7], r"set_sizes has 7, expected some of \[3, 6, 12\], those of 'a' in data$"),
        (["a"], [3], r"condition 'a' of data has the set sizes \[3\], expected at least two$"),
    ],
)
def test_conditions_that_are_not_there(made, names, sizes, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        conditions_of(made(4, (1, 2)), names, set_sizes=sizes)


def test_people_are_the_same_or_others(made):
    assert check_people(conditions_of(made(4, (1, 2)), ["a", "b"]), "data")
    assert not check_people(conditions_of(made(4, (1, 2), same=False), ["a", "b"]), "data")
    responses = made(5, (1, 2))
    some = responses[~((responses["condition"] == "b") & (responses["observer"] == "p0"))]
    with pytest.raises(ValueError, match=r"^4 people of data did all of the conditions .* and 1 some, expected"):
        check_people(conditions_of(some, ["a", "b"]), "data")
    with pytest.raises(ValueError, match=r"^condition 'a' of data has 2 people with at least 2 right answers"):
        check_people(conditions_of(made(2), ["a"]), "data")


def test_means_of_a_model_with_the_spreads_of_people(made):
    (people,) = conditions_of(made(6), ["a"])
    rows = [(size, 300 + 40 * size) for size in (2, 6, 11)]
    table = pd.DataFrame(rows, columns=["set_size", "rt_ms"]).assign(trial=list("abc"), observer="model", condition="m")
    doubled = as_responses(pd.concat([table, table.assign(trial=list("def"))]))
    (model,) = conditions_of(doubled, ["m"], rt_range_ms=(0, np.inf))
    found = with_means(people, model)
    assert found.observers == people.observers
    np.testing.assert_allclose(found.means().mean(axis=0), [380, 540, 740])
    for own, theirs in zip(found.times[2], people.times[2], strict=True):
        np.testing.assert_allclose(np.nanstd(own) / np.nanmean(own), np.nanstd(theirs) / np.nanmean(theirs))
        np.testing.assert_array_equal(np.isnan(own), np.isnan(theirs))


def test_a_model_s_run_gives_responses(tmp_path, monkeypatch):
    from gazesim import stimuli
    from gazesim.commands.search import Config, run

    stimuli.make("curvature", conditions=["curve_in_lines"], set_sizes=[8, 16], n_per_set_size=1, target="both").write(
        tmp_path / "set"
    )
    folder = run(Config(trials=str(tmp_path / "set"), model="chance", figures=0, out=str(tmp_path / "run")))
    responses = read_means(str(folder))
    assert labels(responses).unique().tolist() == ["curve_in_lines present", "curve_in_lines absent"]
    assert responses["set_size"].tolist() == [8, 8, 16, 16]
    assert responses["correct"][1::2].all()
    steps = (responses["rt_ms"] - 376.271) / 252.359
    np.testing.assert_allclose(steps, steps.round())
    write_responses(tmp_path / "table.csv", responses)
    assert read_means(str(tmp_path / "table.csv")).reset_index(drop=True).equals(responses)
    (tmp_path / "run" / "run.json").write_text('{"command": "score", "config": {}, "versions": {}}')
    with pytest.raises(ValueError, match=r"is no run of `gazesim search trials=SET`, expected one, or a table"):
        model_responses(folder)
