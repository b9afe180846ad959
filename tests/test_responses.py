import numpy as np
import pandas as pd
import pytest

from gazesim.responses import COLUMNS, as_responses, read_responses, write_responses


def table(**columns):
    return pd.DataFrame({"trial": ["a", "b", "a"], "observer": [1, 1, 2], "rt_ms": [500.0, 612.25, 430.5], **columns})


def test_columns_and_kinds_are_those_stated():
    found = as_responses(table(extra=[1, 2, 3], correct=[1, 0, None], set_size=[6, 12, 6], present=["True", "0", ""]))
    assert {name: str(kind) for name, kind in found.dtypes.items()} == {**COLUMNS, **_strings(found)}
    assert found["observer"].tolist() == ["1", "1", "2"]
    assert found["correct"].tolist() == [True, False, pd.NA]
    assert found["present"].tolist() == [True, False, pd.NA]


def _strings(found):
    return {name: str(found[name].dtype) for name, kind in COLUMNS.items() if kind == "string"}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_written_and_read_is_the_same(tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    given = as_responses(table(correct=[True, False, None], index=[0, 1, 0], response=["present", "", "no, never"]))
    path = tmp_path / "new" / f"responses{suffix}"
    write_responses(path, given)
    again = read_responses(path)
    for name in COLUMNS:
        assert again[name].isna().tolist() == given[name].isna().tolist()
        assert again[name].dropna().tolist() == given[name].dropna().tolist()


def test_no_answer_has_no_time():
    assert np.isnan(as_responses(table(rt_ms=[np.nan, 1, 2]))["rt_ms"].iloc[0])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"rt_ms": ["fast", "1", "2"]}, "row 0: rt_ms is 'fast', expected a finite number, or nothing"),
        ({"rt_ms": [1, 2, -3]}, "row 2: rt_ms is '-3', expected a time of at least 0 ms"),
        ({"rt_ms": [1, float("inf"), 3]}, "row 1: rt_ms is 'inf', expected a finite number, or nothing"),
        ({"set_size": [6, 6.5, 6]}, "row 1: set_size is '6.5', expected a whole number, or nothing"),
        ({"set_size": [6, 0, 6]}, "row 1: set_size is '0', expected a whole number of at least 1"),
        ({"correct": [1, 2, 0]}, "row 1: correct is '2', expected true or false, 1 or 0, or nothing"),
        ({"observer": [1, None, 1]}, "row 1: observer is 'nan', expected text"),
        ({"trial": ["a", "a", "a"]}, "row 1: observer '1' answers trial 'a' a second time; session tells several"),
    ],
)
def test_bad_cells_are_named(columns, message):
    with pytest.raises(ValueError, match=r"row") as error:
        as_responses(table(**columns))
    assert str(error.value).startswith(message)


def test_file_and_line_are_named(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("trial,observer,rt_ms\na,1,500\nb,1,-2\n")
    with pytest.raises(ValueError, match="expected") as error:
        read_responses(path)
    assert str(error.value) == f"table {str(path)!r}: row 3: rt_ms is '-2', expected a time of at least 0 ms"
    path.write_text("trial,observer\na,1\n")
    with pytest.raises(ValueError, match="has no column 'rt_ms'"):
        read_responses(path)


def test_sessions_tell_repetitions_apart():
    assert len(as_responses(table(trial=["a", "a", "a"], session=["1", "2", "1"]))) == 3
