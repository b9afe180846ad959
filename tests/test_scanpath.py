import os
import time
from dataclasses import FrozenInstanceError
from importlib.util import find_spec

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from gazesim.scanpath import COLUMNS, Scanpath, from_columns, from_table, read_scanpaths, to_table, write_scanpaths

FIELDS = ("xy", "found", "trial", "observer", "session", "onset_ms", "duration_ms")


def assert_same(paths, others):
    assert len(paths) == len(others)
    for path, other in zip(paths, others, strict=True):
        for name in FIELDS:
            a, b = getattr(path, name), getattr(other, name)
            assert type(a) is type(b), name
            if isinstance(a, np.ndarray):
                assert a.tobytes() == b.tobytes(), name  # equal to the last bit, -0.0 too
            else:
                assert a == b, name


@pytest.fixture
def paths():
    return [
        Scanpath([[30, 20], [0.1, 1 / 3]], True, "007", "NA", onset_ms=[0, 210.5], duration_ms=[200, 250]),
        Scanpath([[30, 20]], False, "1e5", "True"),
        Scanpath(
            [[30, 20], [-5, 1e-300], [1e300, 7]], None, 'a,"b" é', None, onset_ms=[5, 5, 6], duration_ms=[1, 0, 3]
        ),
        Scanpath([[1, 2]]),
    ]


def test_fields_are_checked_copies():
    xy, onset = np.array([[1, 2], [3, 4]]), np.array([0.0, 5.0])
    path = Scanpath(xy, np.bool_(True), onset_ms=onset)
    xy[:] = onset[:] = 0
    np.testing.assert_array_equal(path.xy, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(path.onset_ms, [0, 5])
    assert path.xy.dtype == np.float64
    assert path.found is True
    assert (len(path), path.n_saccades, path.duration_ms) == (2, 1, None)


def test_nothing_can_be_changed():
    path = Scanpath([[1, 2]])
    with pytest.raises(FrozenInstanceError):
        path.found = True
    with pytest.raises(ValueError, match=r"read-only"):
        path.xy[0, 0] = 3


def test_amplitudes():
    path = Scanpath([[0, 0], [30, 40], [30, 40], [30, 30]])
    np.testing.assert_allclose(path.amplitudes_deg(px_per_degree=10), [5, 0, 1])
    assert Scanpath([[1, 2]]).amplitudes_deg(10).shape == (0,)
    with pytest.raises(ValueError, match=r"px_per_degree is 0"):
        path.amplitudes_deg(0)


def test_repr_says_what_is_known(paths):
    assert repr(paths[0]) == "Scanpath(2 fixations, trial='007', observer='NA', found=True)"
    assert repr(paths[3]) == "Scanpath(1 fixations)"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"xy": np.zeros((0, 2))}, "xy is empty, expected at least the initial fixation"),
        ({"xy": [[1, 2, 3]]}, r"xy has shape \(1, 3\), expected \(n, 2\)"),
        ({"xy": [[1, np.nan], [1, 2]]}, "xy holds nan"),
        ({"found": 1}, "found is 1, expected True, False or None"),
        ({"found": "yes"}, "found is 'yes'"),
        ({"trial": 7}, "trial is 7, expected text or None"),
        ({"observer": ""}, "observer is ''"),
        ({"onset_ms": [0]}, r"onset_ms has shape \(1,\), expected \(2\)"),
        ({"onset_ms": [0, np.nan]}, "onset_ms holds nan"),
        ({"onset_ms": [5, 4]}, "onset_ms decreases"),
        ({"duration_ms": [0, 1, 2]}, r"duration_ms has shape \(3,\), expected \(2\)"),
        ({"duration_ms": [1, -2]}, "duration_ms holds -2.0, expected no negative duration"),
    ],
)
def test_bad_input_is_named_in_one_line(arguments, found):
    with pytest.raises(ValueError, match=f"^{found}"):
        Scanpath(**{"xy": [[1, 2], [3, 4]]} | arguments)


def test_the_table_has_a_row_a_fixation(paths):
    table = to_table(paths)
    assert list(table.columns) == [name for name in COLUMNS if name not in ("session", "answer")]
    assert list(map(str, table.dtypes)) == ["string"] * 2 + ["int64"] + ["float64"] * 4 + ["boolean"]
    assert table["index"].tolist() == [0, 1, 0, 0, 1, 2, 0]
    assert table["found"].isna().tolist() == [False] * 3 + [True] * 4
    assert list(map(str, to_table([]).dtypes)) == list(map(str, table.dtypes))
    assert_same(from_table(table), paths)


def test_the_text_of_a_csv(tmp_path, paths):
    write_scanpaths(tmp_path / "a.csv", paths)
    assert (tmp_path / "a.csv").read_bytes().decode() == (
        "trial,observer,index,x,y,onset_ms,duration_ms,found\n"
        "007,NA,0,30.0,20.0,0.0,200.0,True\n"
        "007,NA,1,0.1,0.3333333333333333,210.5,250.0,True\n"
        "1e5,True,0,30.0,20.0,,,False\n"
        '"a,""b"" é",,0,30.0,20.0,5.0,1.0,\n'
        '"a,""b"" é",,1,-5.0,1e-300,5.0,0.0,\n'
        '"a,""b"" é",,2,1e+300,7.0,6.0,3.0,\n'
        ",,0,1.0,2.0,,,\n"
    )


needs_pyarrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow")
every_suffix = pytest.mark.parametrize("suffix", [".csv", pytest.param(".parquet", marks=needs_pyarrow)])


@every_suffix
def test_reading_gives_what_was_written(tmp_path, paths, suffix):
    for content in (paths, paths[::-1], paths[2:], []):
        write_scanpaths(tmp_path / f"new/a{suffix}", content)
        assert_same(read_scanpaths(str(tmp_path / f"new/a{suffix}")), content)
    assert os.listdir(tmp_path / "new") == [f"a{suffix}"]


@every_suffix
def test_the_same_scanpaths_give_the_same_bytes(tmp_path, paths, suffix):
    for name in "ab":
        write_scanpaths(tmp_path / f"{name}{suffix}", paths)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


numbers = st.floats(allow_nan=False, allow_infinity=False)
ids = st.none() | st.sampled_from(["NA", "nan", "None", "<NA>", "007", "1e5", "True", " a ", '"', ",", "'", "#"])
ids |= st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).filter(str.strip)


@st.composite
def scanpaths(draw):
    n = draw(st.integers(1, 4))
    column = st.lists(numbers, min_size=n, max_size=n)
    return Scanpath(
        np.column_stack([draw(column), draw(column)]),
        draw(st.sampled_from([True, False, None])),
        draw(ids),
        draw(ids),
        onset_ms=draw(st.none() | column.map(sorted)),
        duration_ms=draw(st.none() | column.map(np.abs)),
    )


@every_suffix
@settings(max_examples=60, deadline=None)
@given(paths=st.lists(scanpaths(), max_size=4, unique_by=lambda path: (path.trial, path.observer)))
def test_any_scanpaths_survive_the_round_trip(tmp_path_factory, suffix, paths):
    path = tmp_path_factory.getbasetemp() / f"round_trip{suffix}"
    write_scanpaths(path, paths)
    assert_same(read_scanpaths(path), paths)


def test_interleaved_rows_and_other_columns_are_fine(paths):
    table = to_table(paths).assign(condition="easy", index=lambda t: t["index"].astype(float))
    shuffled = table.iloc[[3, 0, 4, 1, 2, 5, 6]]
    assert_same(from_table(shuffled), [paths[i] for i in (2, 0, 1, 3)])


def test_plain_pandas_columns_are_fine(paths):
    table = to_table(paths).astype(object)
    assert_same(from_table(table.where(table.notna(), None)), paths)
    assert_same(from_table(table.where(table.notna(), np.nan)), paths)


def test_two_scanpaths_with_the_same_ids(tmp_path, paths):
    with pytest.raises(ValueError, match=r"^two scanpaths have trial '007', observer 'NA', expected one of each$"):
        write_scanpaths(tmp_path / "a.csv", [*paths, paths[0]])
    assert os.listdir(tmp_path) == []


HEADER = "trial,observer,index,x,y,onset_ms,duration_ms,found\n"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("a,b,0,1,2,,,\na,b,2,1,2,,,\n", "row 3: index is 2, expected 1 .trial 'a', observer 'b'.$"),
        ("a,b,0,1,2,,,\na,b,0,1,2,,,\n", "row 3: index is 0, expected 1"),
        ("a,b,1,1,2,,,\n", "row 2: index is 1, expected 0"),
        ("a,b,x,1,2,,,\n", "row 2: index is 'x', expected a whole number$"),
        ("a,b,0.5,1,2,,,\n", "row 2: index is 0.5, expected a whole number$"),
        ("a,b,0,,2,,,\n", "row 2: x is '', expected a finite number$"),
        ("a,b,0,1,inf,,,\n", "row 2: y is inf, expected a finite number$"),
        ("a,b,0,1,2,soon,,\n", "row 2: onset_ms is 'soon', expected a finite number, or nothing$"),
        ("a,b,0,1,2,,,yes\n", "row 2: found is 'yes', expected True, False or nothing$"),
        ("a,b,0,1,2,5,,\n\na,b,1,1,2,,,\n", "row 4: onset_ms is None, but 5.0 in row 2 of this scanpath$"),
        ("a,b,0,1,2,,5,\na,b,1,1,2,,,\n", "row 3: duration_ms is None, but 5.0 in row 2"),
        ("a,b,0,1,2,,,True\na,b,1,1,2,,,False\n", "row 3: found is False, but True in row 2"),
        ("a,b,0,1,2,,,\na,b,1,1,2,,,False\n", "row 3: found is False, but None in row 2"),
        ("a,b,0,1,2,,-1,\n", "trial 'a', observer 'b': duration_ms holds -1.0"),
        ("a,b,0,1,2,9,,\na,b,1,1,2,8,,\n", "trial 'a', observer 'b': onset_ms decreases"),
        ("a,b,0\n", "row 2 has 3 values, expected 8 as in the header$"),
    ],
)
def test_rows_that_do_not_fit_are_named(tmp_path, rows, found):
    (tmp_path / "a.csv").write_text(HEADER + rows)
    with pytest.raises(ValueError, match=found) as error:
        read_scanpaths(tmp_path / "a.csv")
    assert str(error.value).startswith(f"table '{tmp_path / 'a.csv'}'")
    assert "\n" not in str(error.value)


def test_ids_are_text(paths):
    (path,) = from_table(to_table(paths[:1]).assign(trial=7, observer=" ra\u0308um "))
    assert (path.trial, path.observer) == ("7", "r\u00e4um")
    assert Scanpath([[1, 2]], trial=" a ").trial == "a"
    with pytest.raises(ValueError, match=r"^observer is '', expected text"):
        Scanpath([[1, 2]], observer=" ")


def test_sessions_tell_scanpaths_apart(tmp_path):
    paths = [Scanpath([[n, 2]], trial="a", observer="b", session=session) for n, session in enumerate(("1", "2", None))]
    write_scanpaths(tmp_path / "a.csv", paths)
    back = read_scanpaths(tmp_path / "a.csv")
    assert [path.key for path in back] == [("a", "b", "1"), ("a", "b", "2"), ("a", "b", None)]
    assert "session" not in to_table(paths[2:])
    one, two = from_columns(["a", "a"], ["b", "b"], [[1, 2], [3, 4]], session=["1", "2"])
    assert (one.session, two.session) == ("1", "2")
    with pytest.raises(ValueError, match=r"two scanpaths have trial 'a', observer 'b', session '1', expected one"):
        to_table([paths[0], paths[0]])


def test_trial_x_and_y_are_enough(tmp_path):
    (tmp_path / "a.CSV").write_text("x;y;trial\n1,5;2;a\n3;4;a\n5;6;b\n")
    with pytest.raises(ValueError, match="x is '1,5', expected a finite number"):
        read_scanpaths(tmp_path / "a.CSV")
    (tmp_path / "a.CSV").write_text("x;y;trial\n1.5;2;a\n3;4;a\n5;6;b\n")
    a, b = read_scanpaths(tmp_path / "a.CSV")
    assert (a.trial, a.observer, a.xy.tolist(), b.found) == ("a", None, [[1.5, 2], [3, 4]], None)


@pytest.mark.slow
def test_a_million_fixations_are_read_in_seconds(tmp_path):
    random, n = np.random.default_rng(0), 10
    paths = [
        Scanpath(random.uniform(0, 600, (n, 2)), True, f"t{t}", f"o{o}", np.arange(n) * 250.0, np.full(n, 200.5))
        for t in range(1000)
        for o in range(100)
    ]
    for suffix in (".csv", ".parquet"):
        write_scanpaths(tmp_path / f"a{suffix}", paths)
        start = time.process_time()
        back = read_scanpaths(tmp_path / f"a{suffix}")
        assert time.process_time() - start < 5
        assert len(back) == len(paths)


@pytest.mark.parametrize("column", ["trial", "x", "y"])
def test_a_missing_column_is_named(tmp_path, paths, column):
    table = to_table(paths).drop(columns=column)
    with pytest.raises(ValueError, match=f"^table has no column '{column}'; it has "):
        from_table(table)
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ValueError, match=rf"^table '.*a\.csv' has no column '{column}'; it has "):
        read_scanpaths(tmp_path / "a.csv")


def test_a_column_that_is_there_twice(paths):
    table = to_table(paths)
    with pytest.raises(ValueError, match=r"^table has 2 columns 'x', expected one$"):
        from_table(pd.concat([table, table[["x"]]], axis=1))


@pytest.mark.parametrize("name", ["a.json", "a", "a.xls"])
def test_other_suffixes(tmp_path, paths, name):
    found = r"^suffix of '.*' is '.*', expected one of '\.csv', "
    with pytest.raises(ValueError, match=found):
        write_scanpaths(tmp_path / name, paths)
    with pytest.raises(ValueError, match=found):
        read_scanpaths(tmp_path / name)


@every_suffix
def test_files_that_are_no_table(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(FileNotFoundError, match=f"^table '{path}' does not exist$"):
        read_scanpaths(path)
    path.touch()
    with pytest.raises(ValueError, match=f"^table '{path}' is empty$"):
        read_scanpaths(path)
    path.write_bytes(b"\x89PNG" * 20)
    with pytest.raises(ValueError, match=f"^table '{path}' cannot be read as ") as error:
        read_scanpaths(path)
    assert "\n" not in str(error.value)


def test_without_pyarrow_parquet_says_how_to_get_it(tmp_path, paths, monkeypatch):
    monkeypatch.setattr("gazesim.table.find_spec", lambda name: None)
    (tmp_path / "b.parquet").write_text("something")
    for name, use in (("a", lambda path: write_scanpaths(path, paths)), ("b", read_scanpaths)):
        with pytest.raises(ValueError, match=r"needs pyarrow: pip install 'gazesim\[parquet\]'"):
            use(tmp_path / f"{name}.parquet")
    assert os.listdir(tmp_path) == ["b.parquet"]


def test_a_folder_that_cannot_be_written(tmp_path, paths):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"output folder .* cannot be written: a file is in the way$"):
        write_scanpaths(tmp_path / "file" / "a.csv", paths)


def columns_of(paths):
    """The columns that `from_columns` takes, of scanpaths that all have or lack the same fields."""
    names = ("onset_ms", "duration_ms")
    given = {
        name: np.concatenate([getattr(path, name) for path in paths])
        for name in names
        if getattr(paths[0], name) is not None
    }
    ids = [
        np.repeat([getattr(path, name) for path in paths], [len(path) for path in paths])
        for name in ("trial", "observer")
    ]
    return [*ids, np.concatenate([path.xy for path in paths])], given


@settings(deadline=None, max_examples=50)
@given(
    lengths=st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(1, 4), min_size=1),
    timed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_columns_give_what_a_table_gives(lengths, timed, seed):
    random = np.random.default_rng(seed)
    paths = [
        Scanpath(
            random.normal(size=(n, 2)),
            None,
            *name,
            onset_ms=np.sort(random.uniform(0, 9, n)) if timed else None,
            duration_ms=random.uniform(0, 9, n) if timed else None,
        )
        for name, n in lengths.items()
    ]
    given_columns, given_fields = columns_of(paths)
    assert_same(from_columns(*given_columns, **given_fields), paths)
    assert_same(from_columns(*given_columns, **given_fields), from_table(to_table(paths)))


def test_rows_of_a_scanpath_need_not_be_adjacent():
    a, b = from_columns(["t", "u", "t"], ["p", "p", "p"], [[1, 2], [3, 4], [5, 6]], onset_ms=[0, 7, 9])
    assert (a.xy.tolist(), b.xy.tolist()) == ([[1, 2], [5, 6]], [[3, 4]])
    assert a.onset_ms.tolist() == [0, 9]
    with pytest.raises(ValueError, match=r"read-only"):
        a.xy[0, 0] = 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"trial": ["t", None, "t"]}, "trial is missing in 1 of 3 rows, the first is row 1"),
        ({"observer": ["p", "p", 3]}, "observer is 3, expected text or None"),
        ({"trial": ["t"]}, r"trial has shape \(1,\), expected \(3\)"),
        ({"xy": [[1, 2], [3, np.nan], [5, 6]]}, "xy holds nan, expected finite numbers"),
        ({"onset_ms": [0, 5, 4]}, "trial 't', observer 'p': onset_ms decreases"),
        ({"duration_ms": [0, 5, -4]}, "trial 't', observer 'p': duration_ms is negative"),
    ],
)
def test_columns_that_do_not_fit(fields, message):
    columns = {"trial": ["t"] * 3, "observer": ["p"] * 3, "xy": [[1, 2], [3, 4], [5, 6]], **fields}
    with pytest.raises(ValueError, match=message):
        from_columns(columns.pop("trial"), columns.pop("observer"), columns.pop("xy"), **columns)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_answers_are_kept(tmp_path, suffix):
    given = [Scanpath([[0, 0], [1, 1]], trial="a", answer="absent"), Scanpath([[0, 0]], trial="b")]
    write_scanpaths(tmp_path / f"a{suffix}", given)
    assert [path.answer for path in read_scanpaths(tmp_path / f"a{suffix}")] == ["absent", None]
    table = to_table(given)
    table.loc[1, "answer"] = "present"
    with pytest.raises(ValueError, match=r"^row 1: answer is present, but absent in row 0 of this scanpath"):
        from_table(table)
    with pytest.raises(ValueError, match=r"^answer is 'no', expected one of 'present', 'absent', None"):
        Scanpath([[0, 0]], answer="no")
