"""A fault of the program itself is one line that says how to report it; the traceback is in a file."""

import re
from pathlib import Path

import pytest

from gazesim import cli


def test_an_unforeseen_error_is_one_line_and_a_file_with_the_traceback(monkeypatch, capsys, tmp_path):
    def broken(name, arguments):
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(cli, "_main", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as stop:
        cli.main(["models"])
    error = capsys.readouterr().err
    assert (stop.value.code, error.count("\n")) == (2, 1)
    assert "a fault of gazesim, KeyError: 'nobody thought of this'; please report it" in error
    (file,) = re.findall(r"the file (\S+)", error)
    text = Path(file).read_text()
    assert text.startswith("gazesim ")
    assert "Traceback" in text
    assert "in broken" in text
