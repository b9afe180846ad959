"""What killed runs left half-written is not read, and goes when the run is continued."""

from gazesim.cli import main

LINE = ["search", "out=run", "model=template", "max_fixations=1", "figures=0"]


def test_a_report_ignores_leftovers_and_the_next_run_clears_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(LINE)
    table = (tmp_path / "run" / "scanpaths.csv").read_bytes()
    for name in (".partial-0123456789abcdef.csv", ".partial-fedcba9876543210.png"):
        (tmp_path / "run" / name).write_text("half")
    main(["report", "run=run"])
    main(LINE)
    assert not list((tmp_path / "run").glob(".partial-*"))
    assert (tmp_path / "run" / "scanpaths.csv").read_bytes() == table
