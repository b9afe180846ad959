"""One reader of tables: every row and cell as it stands, or one line."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazesim.table import ids, numbers, read_table, row


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def refused(source, message, **options):
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        read_table(source, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("a.csv", "id,x\n007,1.5\nNA,2\n", "utf-8"),
        ("a.CSV", "\ufeffid,x\r\n007,1.5\r\n\r\nNA,2", "utf-8"),
        ("a.csv", "id;x\n007;1,5\nNA;2\n", "utf-8"),
        ("a.tsv", "id\tx\n007\t1.5\nNA\t2\n", "utf-8"),
        ("a.TXT", " id |x\n007|1.5\nNA|2\n", "utf-8"),
        ("a.csv", "id,x\n007,1.5\nNA,2\n", "utf-16"),
        ("a.csv", '"id","x"\n\n\n"007","1.5"\n"NA","2"\n', "utf-8"),
        ("a.csv", "id,x,\n007,1.5,\nNA,2,\n", "utf-8"),
        ("a.csv", '"id","x"\r"007","1.5"\r"NA","2"\r', "utf-8"),
    ],
)
def test_text_files(tmp_path, name, text, encoding):
    for floats in ((), ("x",)):
        table = read_table(write(tmp_path / name, text, encoding), floats=floats)
        assert table.columns.tolist() == ["id", "x"]
        assert ids(table, "id").tolist() == ["007", "NA"]
        assert numbers(table, "x").tolist() == [1.5, 2]
        blank = text.count("\r\n\r\n") + 2 * text.count("\n\n\n")
        assert row(table, 1) == f"row {3 + blank}"


def test_other_encodings_are_declared(tmp_path):
    path = write(tmp_path / "a.csv", "id,x\na,1\nräum,2\n", "cp1252")
    refused(path, r"row 3 is not utf-8; encoding: cp1252 or another declares it")
    assert ids(read_table(path, encoding="cp1252"), "id")[1] == "räum"
    refused(path, r"encoding is 'none', which Python does not know", encoding="none")


def test_ids_are_composed_text_without_blanks_at_the_ends(tmp_path):
    table = read_table(write(tmp_path / "a.csv", "id,x\na,1\na ,2\nra\u0308um,3\nr\u00e4um,4\n1.50,5\n"))
    assert ids(table, "id").tolist() == ["a", "a", "r\u00e4um", "r\u00e4um", "1.50"]
    numbered = pd.DataFrame({"id": [1.0, 2.0, 10.0]})
    assert ids(read_table(numbered), "id").tolist() == ["1", "2", "10"]
    with pytest.raises(ValueError, match=r"id is missing in 2 of 3 rows, first in row 1"):
        ids(read_table(pd.DataFrame({"id": ["a", None, " "]})), "id")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2,\n", r"a.csv' row 2 has 3 values, expected 2 as in the header"),
        ("a,b\n1,2\n\n1\n", r"a.csv' row 4 has 1 values, expected 2 as in the header"),
        ('a,b\n"1",2,3\n', r"row 2 has 3 values, expected 2"),
        ('a,b\n1,"2\n', r"cannot be read as CSV|has 2 values"),
        ("a,a\n1,2\n", r"has 2 columns 'a', expected one"),
        ("a, a\n1,2\n", r"has 2 columns 'a', expected one"),
        ("a,b\n1,\0\n", r"it holds null bytes"),
        ("\n \n", r"is empty"),
    ],
)
def test_rows_that_do_not_fit(tmp_path, text, message):
    path = write(tmp_path / "a.csv", text)
    if text == 'a,b\n1,"2\n':  # a quotation mark that is part of the word
        assert read_table(path).iloc[0].tolist() == ["1", '"2']
        return
    refused(path, message)


def test_words_that_begin_with_a_quotation_mark(tmp_path):
    path = write(tmp_path / "a.tsv", 'id\tword\na\t"Hello\nb\tyou"\nc\t"x" he said\n')
    assert read_table(path)["word"].tolist() == ['"Hello', 'you"', '"x" he said']
    spanning = write(tmp_path / "b.csv", 'id,word\na,"two\nlines, and, commas"\nb,x\n')
    table = read_table(spanning)
    assert table["word"].tolist() == ["two\nlines, and, commas", "x"]
    assert table.index.tolist() == [3, 4]
    refused(write(path, 'id\tword\na\t"Hello\nb\tyou"\n'), r"row 3 may be a cell over several lines, or several rows")


@given(
    st.lists(st.lists(st.text("ab ,;\t\"'\u00e9|01.", max_size=6), min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
)
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read(tmp_path_factory, cells, separator):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["first", "second", "third"], *cells])
    path = write(tmp_path_factory.mktemp("t") / "a.csv", file.getvalue())
    assert read_table(path).to_numpy().tolist() == cells


def test_numbers(tmp_path):
    table = read_table(write(tmp_path / "a.csv", "x,y,z\n1e3, 2,.\n-.5,NA,-1\n3,4,5\n"))
    assert numbers(table, "x").tolist() == [1000, -0.5, 3]
    np.testing.assert_array_equal(numbers(table, "z", missing=[".", -1]), [np.nan, np.nan, 5])
    with pytest.raises(ValueError, match=r"y is 'NA' in row 3, expected a finite number"):
        numbers(table, "y")
    for cell in ("inf", "nan", "1e400", "1_0", "0x10", "True", "1,5"):
        with pytest.raises(ValueError, match=rf"x is '{cell}' in row 3, expected a finite number"):
            numbers(read_table(pd.DataFrame({"x": ["1", cell]}, index=[2, 3])), "x")


def test_decimal_commas(tmp_path):
    semicolons = read_table(write(tmp_path / "a.csv", "x;y\n1,5;1,250\n-2;2,000\n"))
    assert numbers(semicolons, "x").tolist() == [1.5, -2]
    with pytest.raises(ValueError, match=r"y is '1,250': decimal: ',' declares"):
        numbers(semicolons, "y")
    assert numbers(semicolons, "y", decimal=",").tolist() == [1.25, 2]


def test_the_same_table_of_every_kind(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b"], "x": [1.5, 2]})
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "a.Parquet")
    frame.to_excel(tmp_path / "a.XLSX", index=False)
    kinds = [
        frame,
        frame.to_dict("records"),
        polars.from_dict(frame.to_dict("list")),
        pyarrow.table(frame.to_dict("list")),
        tmp_path / "a.Parquet",
        tmp_path / "a.XLSX",
    ]
    for kind in kinds:
        table = read_table(kind)
        assert ids(table, "id").tolist() == ["a", "b"]
        assert numbers(table, "x").tolist() == [1.5, 2]


def test_things_that_are_no_tables(tmp_path):
    refused(3, r"table is int, expected a path, a data frame")
    refused([{"x": 1}, {"y": 1}], r"record 1 and record 0 differ: one of them has no field 'x'")
    refused(tmp_path / "a.xls", r"suffix of .*a.xls' is '.xls', expected one of '.csv'")
    refused(tmp_path / "a.csv", r"a.csv' does not exist")
    for suffix, kind in ((".parquet", "Parquet"), (".xlsx", "xlsx")):
        refused(write(tmp_path / f"a{suffix}", "no"), rf"cannot be read as {kind}, it is damaged or another format")
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        for name in ("first", "second"):
            pd.DataFrame({"x": [name]}).to_excel(book, sheet_name=name, index=False)
    refused(tmp_path / "two.xlsx", r"has 2 sheets \('first', 'second'\): give sheet")
    assert read_table(tmp_path / "two.xlsx", sheet="second")["x"].tolist() == ["second"]
