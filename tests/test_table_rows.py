"""Rows of tables as they stand."""

import pytest

from gazesim.table import read_rows


def test_rows_of_csv_rows_are_text_by_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffb,a\r\n1,"x, ""y"""\r\n\r\n007,\r\n'.encode())
    assert read_rows(path, ("a",)) == {2: {"b": "1", "a": 'x, "y"'}, 4: {"b": "007", "a": ""}}


def test_rows_of_csv_with_a_header_only(tmp_path):
    (tmp_path / "a.csv").write_text("a,b")
    assert read_rows(tmp_path / "a.csv", ("a", "b")) == {}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty$"),
        (b"\n1\n", "has no column 'a'; it has '1'$"),
        (b"b,c\n1,2\n", "has no column 'a'; it has 'b', 'c'$"),
        (b"a,b,a\n1,2,3\n", "has 2 columns 'a', expected one$"),
        (b"a,b,b\n1,2,3\n", "has 2 columns 'b', expected one$"),
        (b"a,b\n1,2\n1\n", "row 3 has 1 values, expected 2 as in the header$"),
        (b"a,b\n1,2,3\n", "row 2 has 3 values, expected 2 as in the header$"),
        (b"a,b\n\xff,2\n", "cannot be read as CSV: "),
    ],
)
def test_rows_of_csv_that_cannot_be_used(tmp_path, content, found):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=found) as error:
        read_rows(tmp_path / "a.csv", ("a",))
    assert str(error.value).startswith(f"table '{tmp_path / 'a.csv'}' ")
    assert "\n" not in str(error.value)


def test_rows_of_csv_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^table '.*a\.csv' does not exist$"):
        read_rows(tmp_path / "a.csv")


def test_rows_of_a_spreadsheet_of_another_country(tmp_path):
    path = tmp_path / "trials.TSV"
    path.write_bytes("\ufeffid;px_per_degree;condition\nb\u00fccher ;30,5;NA\nz;1;a,b\n".encode("utf-16-le"))
    rows = read_rows(path, decimals=["px_per_degree"], missing=["NA"])
    assert rows[2] == {"id": "b\u00fccher ", "px_per_degree": "30.5", "condition": ""}
    assert rows[3] == {"id": "z", "px_per_degree": "1", "condition": "a,b"}
