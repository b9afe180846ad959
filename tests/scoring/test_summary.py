import numpy as np
import pandas as pd
import pytest

from gazesim import Scanpath
from gazesim.scoring.summary import compare, saccade_table, summarise
from gazesim.scoring.tables import latex, markdown, number, readable_comparisons, readable_summary


def trials(**scores):
    """A table of scores (observers, images) of models; NaN is a trial that could not be scored."""
    rows = [
        ("own", f"i{image}", f"p{person}", model, "nss", "", value)
        for model, table in scores.items()
        for person, row in enumerate(table)
        for image, value in enumerate(row)
    ]
    return pd.DataFrame(rows, columns=["dataset", "trial", "observer", "model", "metric", "part", "value"])


LEVELS = {"people": [[3.0, 5.0], [4.0, 4.0]], "other_images": [[1.0, 1.0], [2.0, 0.0]], "uniform": [[0.0] * 2] * 2}


def test_summary_by_hand():
    table = summarise(trials(m=[[1.0, 2.0], [3.0, np.nan]], **LEVELS)).set_index("model")
    assert table.index.tolist() == ["m", "people", "other_images", "uniform"]
    assert table.loc["m", ["value", "chance", "ceiling", "share_of_ceiling", "coverage", "trials"]].tolist() == [
        *(2.0, 0.0, 4.0, 0.5, 0.75, 4)
    ]
    assert table.loc["m", ["low", "high"]].isna().all()
    assert table.loc["m", "over"] == "none: 2 observers, 3 needed"
    assert table["share_of_ceiling"].tolist() == [0.5, 1.0, 0.25, 0.0]
    assert table.loc["m", "better"] == "higher"


def test_comparisons_are_paired_over_the_same_trials():
    """Where both were scored, a - b is 1 on each of three trials."""
    table = compare(trials(a=[[1.0, 2.0], [3.0, 9.0]], b=[[0.0, 1.0], [2.0, np.nan]], **LEVELS))
    assert list(zip(table["first"], table["second"], strict=True))[:3] == [
        ("a", "b"),
        ("a", "people"),
        ("a", "other_images"),
    ]
    row = table.iloc[0]
    assert row[["difference", "coverage"]].tolist() == [1, 0.75]
    assert row[["low", "high", "p", "p_holm"]].isna().all()
    assert row["over"] == "none: 2 observers, 3 needed"
    assert table.iloc[1]["difference"] == np.mean([-2, -3, -1, 5])


def test_a_model_without_a_person_is_compared_with_everybody():
    """As a search is: 5, 7 against people's means 4 and 6."""
    table = trials(people=[[3.0, 6.0], [5.0, 6.0]])
    table = pd.concat([trials(m=[[5.0, 7.0]]).assign(observer=""), table])
    row = compare(table).iloc[0]
    assert (row["second"], row["difference"], row["coverage"]) == ("people", 1, 1)


def test_intervals_do_not_depend_on_what_else_is_scored():
    scores = np.random.default_rng(0).normal(size=(3, 5))
    alone, beside = (
        summarise(trials(m=scores, **other)).iloc[0] for other in ({}, {"z": scores + 1, "people": scores})
    )
    assert alone[["value", "low", "high"]].equals(beside[["value", "low", "high"]])


def test_the_ceiling_and_what_is_compared_with_it_count_each_person_twice():
    """People who differ a lot, predicted by each other: taken for independent they would say half of the error."""
    people = np.random.default_rng(0).normal(0, 1, (15, 1)) + np.random.default_rng(1).normal(0, 0.1, (15, 40))
    means = (people * 13 + people.sum(axis=0)) / 14  # of sums of pairs
    scores = trials(m=people, people=means, other_images=means).assign(metric="scanmatch")
    table = summarise(scores).set_index("model")
    widths = table["high"] - table["low"]
    assert widths["people"] == pytest.approx(2 * widths["m"], rel=0.01)
    assert widths["other_images"] == widths["people"]
    row = compare(trials(m=np.zeros_like(people), people=means).assign(metric="scanmatch")).iloc[0]
    assert row["high"] - row["low"] == pytest.approx(widths["people"])
    of_maps = summarise(trials(m=means, people=means)).set_index("model")
    assert of_maps.loc["people", ["low", "high"]].tolist() == of_maps.loc["m", ["low", "high"]].tolist()


def test_displays_that_share_a_partner_widen_the_interval_of_other_images():
    """Of displays that differ by themselves alone, each the partner of the next, a mean has twice their variance."""
    displays = np.random.default_rng(0).normal(size=40)
    noise = np.random.default_rng(1).normal(0, 0.01, (15, 40))
    scores = trials(m=displays + noise, other_images=displays + np.roll(displays, 1) + noise).assign(metric="scanmatch")
    cycle = {f"i{i}": f"i{(i - 1) % 40}" for i in range(40)}
    known, unknown = (summarise(scores, partners).set_index("model") for partners in (cycle, None))
    widths, alone = (table["high"] - table["low"] for table in (known, unknown))
    assert widths["other_images"] > 1.2 * alone["other_images"]
    assert widths["m"] == alone["m"]
    against = (compare(scores, partners).iloc[0] for partners in (cycle, {}))
    assert len({row["high"] - row["low"] for row in against}) == 2


def test_people_who_search_alone_are_not_pairs():
    scores = np.random.default_rng(0).normal(size=(6, 20))
    table = summarise(trials(m=scores, people=scores).assign(metric="tfp_auc")).set_index("model")
    assert table.loc["people", ["low", "high"]].tolist() == table.loc["m", ["low", "high"]].tolist()


def test_p_is_adjusted_for_all_comparisons_of_a_measure():
    random = np.random.default_rng(0)
    scores = {name: random.normal(gain, 1, (6, 20)) for name, gain in (("a", 0), ("b", 0.3), ("people", 0.5))}
    one, other = trials(**scores), trials(**scores).assign(metric="auc")
    table = compare(pd.concat([one, other]))
    p = table["p"][:3].sort_values()
    adjusted = table.loc[p.index, "p_holm"]
    assert adjusted.tolist() == pytest.approx(np.minimum(np.maximum.accumulate(p.to_numpy() * [3, 2, 1]), 1))
    assert table["p_holm"][3:].tolist() == table["p_holm"][:3].tolist()


def test_saccades_by_hand():
    people = [Scanpath(np.array([[0.0, 0], [30, 0], [30, 40]]), trial="a")]
    model = [Scanpath(np.array([[0.0, 0], [50, 0]]), trial="a")]
    table = saccade_table({"m": model, "people": people, "none": []}, {"a": 10.0}).set_index("model")
    assert table.loc["people", ["saccades", "amplitude_mean", "amplitude_distance"]].tolist() == [2, 3.5, 0]
    assert table.loc["m", ["saccades", "amplitude_mean", "unit", "amplitude_distance"]].tolist() == [1, 5, "deg", 1.5]
    assert table.loc["m", "direction_distance"] == pytest.approx(np.pi / 4)
    assert np.isnan(table.loc["none", "amplitude_mean"])
    assert saccade_table({"people": people}, None)["unit"].tolist() == ["px"]


def test_readable_tables():
    scores = trials(m=[[1.0, 2.0], [3.0, np.nan]], **LEVELS)
    text = markdown(readable_summary(summarise(scores)))
    assert text.splitlines()[0] == (
        "| metric | model | value | interval over | chance | ceiling | share of ceiling | scored |"
    )
    assert text.splitlines()[2].startswith("| nss | m | 2.00 | none: 2 observers, 3 needed |")
    assert text.splitlines()[2].endswith("| 0 | 4.00 | 0.50 | 75 % |")
    text = latex(readable_comparisons(compare(scores)), "a & b")
    assert r"\caption{a \& b}" in text
    assert r"m - other\_images" in text
    assert text.count(r"\\") == 4


def test_what_nobody_scored_is_left_out_of_readable_tables_but_not_a_model():
    nothing = [[np.nan] * 2] * 2
    table = summarise(trials(m=nothing, **{**LEVELS, "other_images": nothing}))
    assert readable_summary(table)["model"].tolist() == ["m", "people", "uniform"]
    assert readable_summary(summarise(trials(m=nothing, people=nothing)))["scored"].tolist() == ["0 %"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.41, "0.410"), (-12.34, "-12.3"), (1234.5, "1234"), (0.00001, "0.0000"), (-0.0, "0"), (np.inf, "inf")],
)
def test_numbers_are_short(value, text):
    assert number(value) == text
