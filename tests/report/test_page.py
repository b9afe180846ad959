"""The page of a run, read as HTML: whole, on its own, and with nothing in it that a browser could run."""

import csv
import hashlib
import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from report_runs import HOSTILE, MADE, MODELS, displays, scanpath, score_run, search_run

from gazesim import read_scanpaths, write_trials
from gazesim.cli import main
from gazesim.report.examples import observers_of, spread
from gazesim.report.page import write_report
from gazesim.scanpath import Scanpath

VOID = {"meta", "link", "img", "input", "wbr", "br"}


class Page(HTMLParser):
    """Every element as (tag, attributes, the tags around it), and the texts of the tables and elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.tables, self.texts, self._open = [], [], [], []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append([dict(attributes).get("title"), ""])

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), tuple(self._open)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag in ("dt", "dd", "td", "th"):
            self.texts.append(" ")

    def handle_data(self, text):
        if {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1][1] += text
        if not {"style", "script"} & set(self._open):
            self.texts.append(text)

    def all(self, tag):
        return [attributes for name, attributes, _ in self.elements if name == tag]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


@pytest.fixture
def run(tmp_path):
    return search_run(tmp_path, displays())


def page_of(run, **options):
    return Page(write_report(run, made=MADE, **options).read_text(encoding="utf-8"))


def test_nothing_comes_from_elsewhere(run):
    text = write_report(run, made=MADE).read_text(encoding="utf-8")
    page = Page(text)
    links = [value for _, a, _ in page.elements for key in ("src", "href", "srcset", "action") if (value := a.get(key))]
    assert links
    assert all(link.startswith(("data:image/", "data:,", "#")) for link in links)
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text)
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_policy_names_the_script_and_style_that_are_there(run):
    text = write_report(run, made=MADE).read_text(encoding="utf-8")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        (digest,) = re.findall(rf"{tag}-src 'sha256-([^']+)'", text)
        assert b64decode(digest) == hashlib.sha256(content.encode()).digest()


def test_hostile_names_are_text(run):
    page = page_of(run)
    assert len(page.all("script")) == 1
    assert not [key for _, attributes, _ in page.elements for key in attributes if key.startswith("on")]
    headings = [attributes for tag, attributes, around in page.elements if tag == "article"]
    assert len(headings) == 3
    assert page.text.count(HOSTILE) > 200  # the heading, the model, the rows of long.csv
    assert "figures/a&b/map" in page.text


@pytest.mark.parametrize("name", ["short.csv", "scanpaths.csv", "long.csv"])
def test_tables_have_every_value(run, name):
    page = page_of(run)
    with (run / name).open(newline="") as file:
        wanted = list(csv.reader(file))
    shown = page.tables[["short.csv", "scanpaths.csv", "long.csv"].index(name)]  # the shortest first
    assert [cell[1] for cell in shown[0]] == wanted[0]
    assert len(shown) == min(len(wanted), 201)
    assert [[text if exact is None else exact for exact, text in row] for row in shown[1:]] == wanted[1 : len(shown)]


def test_long_tables_say_what_is_left_out(run):
    text = page_of(run).text
    assert "long.csv 1,000 rows, the first 200 are shown" in text
    assert text.count("are shown") == 1


def test_settings_versions_and_hashes(run):
    text = page_of(run).text
    record = json.loads((run / "run.json").read_text())
    assert "settings.level 3" in text
    assert "Left as the program has them: image, target, target_box" in text
    assert all(version in text for version in record["versions"].values())
    assert f"trials {record['trials_sha256']}" in text
    table = (run.parent / "set" / "trials.csv").read_bytes()
    assert hashlib.sha256(table).hexdigest() in text


def test_figures_are_the_files(run):
    images = [image for image in page_of(run).all("img") if image["src"].startswith("data:image/png")]
    files = [run / "figures/a&b/map.png", run / "figures/curve.png"]
    assert [b64decode(image["src"].partition(",")[2]) for image in images] == [file.read_bytes() for file in files]
    assert [image["alt"] for image in images] == ["Figure figures/a&b/map", "Figure figures/curve"]


def test_marks_stand_at_the_fixations(run):
    page = page_of(run)
    circles = [a for tag, a, around in page.elements if tag == "circle" and around[-2:] == ("g", "g")]
    centres = [(float(a["cx"]), float(a["cy"])) for a in circles if a["fill"] != "none"]
    wanted = [scanpath(trial, model).xy for trial in displays() for model in MODELS]
    np.testing.assert_allclose(centres, np.concatenate(wanted), atol=0.006)
    rings = [(float(a["cx"]), float(a["cy"])) for a in circles if a["fill"] == "none" and a["stroke"] == "#d55e00"]
    assert rings == [(60, 30)] * 3  # template found the target
    radii = [float(a["r"]) for a in circles[:4]]
    assert len(set(radii)) > 1  # chance has durations
    boxes = [a for a in page.all("rect") if a.get("stroke") == "#d55e00"]
    assert [[float(box[key]) for key in ("x", "y", "width", "height")] for box in boxes] == [[49.5, 19.5, 20, 20]] * 3
    assert "found after 3 saccades" in page.text
    assert "not found in 3 saccades" in page.text


def test_displays_are_small_jpegs(tmp_path):
    page = page_of(search_run(tmp_path, displays(height=900, width=1200)))
    (first, *_) = page.all("image")
    picture = Image.open(BytesIO(b64decode(first["href"].removeprefix("data:image/jpeg;base64,"))))
    assert picture.size == (800, 600)
    assert (first["width"], first["height"]) == ("1200", "900")
    np.testing.assert_allclose(np.asarray(picture)[300, [100, 700]], [(200, 30, 30), (30, 30, 200)], atol=4)


def test_same_run_same_bytes(run, tmp_path):
    first = write_report(run, made=MADE).read_bytes()
    assert write_report(run, tmp_path / "again.html", made=MADE).read_bytes() == first


def test_number_of_trials(run):
    assert len(page_of(run, trials=2).all("article")) == 2
    assert "2 of 3 trials, evenly spaced" in page_of(run, trials=2).text
    none = page_of(run, trials=0)
    assert len(none.all("article")) == 0
    assert "None were asked for" in none.text


def test_examples_are_spread():
    assert spread(list("abcdefghi"), 3) == ["a", "e", "i"]
    assert spread(list("ab"), 3) == ["a", "b"]
    assert spread(list("ab"), 0) == []


def test_changed_displays_are_not_drawn(run, capsys):
    write_trials(run.parent / "set", displays(height=61))
    page = page_of(run)
    assert "the displays have changed since the run" in page.text
    assert not page.all("image")
    assert len(page.tables) == 3
    assert "the displays have changed" in capsys.readouterr().out


def test_missing_displays_are_not_drawn(run):
    (run.parent / "set" / "trials.csv").unlink()
    page = page_of(run)
    assert "its display was not found" in page.text
    assert not page.all("image")


def test_people_of_a_data_set_stand_beside_the_model(tmp_path):
    page = page_of(score_run(tmp_path))
    assert len(page.all("image")) == 2
    squares = [a for tag, a, around in page.elements if tag == "rect" and around[-2:] == ("g", "g")]
    centres = [tuple(float(a[p]) + float(a[s]) / 2 for p, s in (("x", "width"), ("y", "height"))) for a in squares]
    wanted = [(10 * i + 20, 6 * i + 8) for _ in "ab" for _ in ("p1", "p2") for i in range(4)]
    np.testing.assert_allclose(centres, wanted, atol=0.02)
    assert page.text.count("People") == 2
    chosen = [box["data-observer"] for box in page.all("input") if "checked" in box]
    assert chosen == ["0", "1"] * 2
    assert "ab" * 32 in page.text
    assert hashlib.sha256((tmp_path / "mine.yaml").read_bytes()).hexdigest() in page.text
    assert hashlib.sha256().hexdigest() not in page.text


def test_a_data_set_without_pictures_has_grey_displays(tmp_path):
    page = page_of(score_run(tmp_path, pictures=False))
    assert not page.all("image")
    assert len(page.all("article")) == 2
    assert "this copy of the data set has no pictures" in page.text


def test_a_score_without_scanpaths_shows_people(tmp_path):
    folder = score_run(tmp_path)
    (folder / "scanpaths.csv").rename(folder / "trials.csv")
    page = page_of(folder)
    assert len(page.all("image")) == 2
    assert "Models" not in page.text
    assert page.text.count("People") == 2


def test_observers_of_the_same_name_are_two():
    paths = [Scanpath(np.zeros((1, 2)), trial="t", observer=name) for name in "ab"]
    found = observers_of(paths, paths)
    assert [(o.name, o.person, o.chosen) for o in found] == [
        ("a", False, True),
        ("b", False, False),
        ("a", True, True),
        ("b", True, False),
    ]
    assert len({o.colour for o in found}) == 4


def test_command_reports_a_search_and_an_asymmetry(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["asymmetry", "model=chance", "paradigms=[curvature]", "n_per_set_size=1", "out=asymmetry"])
    main(["search", "model=chance", "out=search", "figures=0"])
    capsys.readouterr()
    main(["report", "run=asymmetry", "trials=3"])
    main(["report", "run=search", "out=pages/search.html"])
    assert capsys.readouterr().out.splitlines() == [
        "asymmetry/report.html: 6 tables, 3 figures, 3 example trials",
        "pages/search.html: 1 tables, 0 figures, 1 example trials",
    ]
    page = Page((tmp_path / "asymmetry/report.html").read_text(encoding="utf-8"))
    marks = [a for tag, a, around in page.elements if tag == "text"]
    paths = read_scanpaths("asymmetry/scanpaths.csv")
    assert len(marks) == sum(len(path) for path in spread(paths, 3))


def damaged(run, case):
    """Break the run, or the call; return the arguments."""
    parts = {"scanpaths.csv": b"trial,obs", "short.csv": b"a,b\n1\n", "run.json": b"{", "figures/curve.png": b"\x89PNG"}
    if case in parts:
        (run / case).write_bytes(parts[case])
    elif case == "not a record":
        (run / "run.json").write_text('{"config": 3}')
    elif case == "partial":
        (run / "scanpaths.csv").rename(run / "scanpaths.partial.csv")
    elif case == "no table":
        for table in run.glob("*.csv"):
            table.unlink()
    elif case == "no record":
        (run / "run.json").unlink()
    elif case == "suffix":
        return [f"run={run}", f"out={run}/page.pdf"]
    elif case == "out is a folder":
        (run / "page.html").mkdir()
        return [f"run={run}", f"out={run}/page.html"]
    elif case == "parent":
        return [f"run={run.parent}"]
    elif case == "trials":
        return [f"run={run}", "trials=-1"]
    elif case == "no run":
        return []
    elif case == "missing":
        return [f"run={run}/none"]
    return [f"run={run}"]


WRONG = {
    "missing": "none' does not exist",
    "no run": "run is missing, expected the folder of a run",
    "no record": "is not the folder of a run, it has no run.json",
    "parent": "it holds the runs run: name one of them",
    "partial": "has not finished, it has scanpaths.partial.csv",
    "no table": "has not finished, it has no table",
    "scanpaths.csv": "scanpaths.csv' has no column 'x'",
    "short.csv": "short.csv' row 2 has 1 values, expected 2",
    "run.json": "run.json' is damaged",
    "not a record": "run.json' is not the record of a run",
    "figures/curve.png": "curve.png",
    "suffix": "expected the path of a file with the suffix .html",
    "out is a folder": "expected the path of a file with the suffix .html",
    "trials": "trials is -1, expected a whole number of at least 0",
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_nothing_is_written(run, capsys, case):
    arguments = damaged(run, case)
    before = sorted(run.rglob("*"))
    with pytest.raises(SystemExit) as stop:
        main(["report", *arguments])
    out, error = capsys.readouterr()
    assert (stop.value.code, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("gazesim report: ")
    assert WRONG[case] in error
    assert sorted(run.rglob("*")) == before
