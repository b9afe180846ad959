"""The page of a sweep: every job beside its overrides, and what has not finished is told."""

import pytest

from gazesim.cli import main


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["search", "-m", "model=template,chance", "max_fixations=2", "figures=1", "out=sweep"])
    return tmp_path / "sweep"


def test_a_sweep_is_one_page(sweep, capsys):
    main(["report", "run=sweep"])
    assert "sweep/report.html: 2 of 2 jobs" in capsys.readouterr().out
    text = (sweep / "report.html").read_text(encoding="utf-8")
    assert all(words in text for words in ("0: model=template", "1: model=chance", "mean_<wbr>saccades"))
    assert text.count("<figure>") == 4
    assert "Not finished" not in text
    (sweep / "1" / "scanpaths.csv").rename(sweep / "1" / "scanpaths.partial.csv")
    main(["report", "run=sweep", "out=page.html"])
    assert "Not finished, and so not shown: 1: model=chance." in (sweep.parent / "page.html").read_text(
        encoding="utf-8"
    )


def test_stimulus_sets_are_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["stimuli", "-m", "paradigm=landolt,size", "set_sizes=[2]", "n_per_set_size=1", "out=sets"])
    main(["report", "run=sets"])
    text = (tmp_path / "sets" / "report.html").read_text(encoding="utf-8")
    assert text.index("landolt") < text.index('<td class="number">8</td>') < text.index('<td class="number">4</td>')


def test_a_sweep_without_a_finished_job_has_no_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep.csv").write_text("job,model\n0,chance\n")
    with pytest.raises(SystemExit):
        main(["report", "run=."])
    assert "no job of the sweep in '.' has finished" in capsys.readouterr().err
