"""Tables that users have: read as they are meant, or refused with one line that says how to declare it."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gazesim.cli import main
from gazesim.datasets import load_dataset

N = 24


def fixations(**columns):
    """Twenty-four plausible fixations of two displays of 800 x 600 px."""
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "trial": np.repeat(["a", "b"], N // 2),
            "observer": np.tile(np.repeat(["p", "q"], N // 4), 2),
            "x": random.integers(60, 760, N).astype(float),
            "y": random.integers(60, 560, N).astype(float),
            "duration_ms": random.integers(150, 400, N),
            **columns,
        }
    )


@pytest.fixture
def load(tmp_path):
    """Write a table and its description, and load them as `gazesim data verify=` does."""

    def write(table, text="", name="fix.csv", yaml="width: 800\nheight: 600\npx_per_degree: 24\n"):
        if isinstance(table, str):
            (tmp_path / name).write_bytes(table.encode())
        else:
            table.to_csv(tmp_path / name, index=False)
        (tmp_path / "data.yaml").write_text(f"table: {name}\n{yaml}{text}")
        return load_dataset(tmp_path / "data.yaml")

    return write


@pytest.fixture
def refused(load, tmp_path, capsys):
    def check(message, *arguments, **options):
        with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
            load(*arguments, **options)
        assert "\n" not in str(error.value)
        with pytest.raises(SystemExit) as stop:
            main(["data", f"verify={tmp_path / 'data.yaml'}"])
        out, line = capsys.readouterr()
        assert (stop.value.code, out, line.count("\n")) == (2, "", 1)

    return check


def text(table):
    return table.to_csv(index=False)


def test_trailing_comma(refused):
    lines = text(fixations()).splitlines()
    table = "\n".join([lines[0], *(f"{line}," for line in lines[1:])])
    refused(r"row 2 has 6 values, expected 5 as in the header", table)


def test_quote_in_word_column(load):
    table = fixations(word=['"Hello' if n % 5 == 0 else "w" for n in range(N)])
    written = "\n".join("\t".join(map(str, row)) for row in [table.columns, *table.to_numpy().tolist()])
    data = load(written, name="fix.tsv")
    assert sum(map(len, data.scanpaths)) == N


def test_shares_some_beyond_1(refused, load):
    table = fixations().assign(x=lambda t: t["x"] / 800, y=lambda t: t["y"] / 600)
    table.loc[3, "x"] = 1.08
    refused(r"they look like shares of the display, expected px; unit: share declares them", table)
    data = load(table, "unit: share\n")
    np.testing.assert_allclose(data.scanpaths[0].xy[0], fixations()[["x", "y"]].iloc[0] - 0.5)


@pytest.mark.parametrize("share", [0.15, 0.35])
def test_zeros_for_missing(refused, load, share):
    table = fixations()
    rows = np.arange(0, int(N * share))
    table.loc[rows, ["x", "y"]] = 0
    refused(rf"{len(rows)} of 24 fixations \(\d+%\) are exactly \(0, 0\), .*; missing: \[0\] declares one", table)
    assert sum(map(len, load(table, "missing: [0]\n").scanpaths)) == N - len(rows)
    assert sum(map(len, load(table, "accept: [missing]\n").scanpaths)) == N


@pytest.mark.parametrize("code", [-32768, -9999, 1e8])
def test_codes_far_off_the_display(refused, load, code):
    table = fixations()
    table.loc[[2, 9], "x"] = code
    refused(r"x is .* in 2 of 24 fixations, it looks like a code for what was lost; missing: \[", table)
    assert sum(map(len, load(table, f"missing: [{code:.0f}]\n").scanpaths)) == N - 2


@pytest.mark.parametrize("code", [".", "NA"])
def test_codes_of_text(refused, load, code):
    table = fixations().astype({"x": object, "y": object})
    table.loc[[2, 9], ["x", "y"]] = code
    refused(rf"x is '{code}' in row 4, expected a finite number; 2 rows are not, missing: \[...\] declares", table)
    assert sum(map(len, load(table, f"missing: ['{code}']\n").scanpaths)) == N - 2


@pytest.mark.parametrize("name", ["session", "run", "Block"])
def test_two_sessions(refused, load, name):
    table = pd.concat([fixations(**{name: 1}), fixations(**{name: 2}).assign(x=lambda t: t["x"] + 3)])
    refused(rf"{name} is 1 and 2 for observer 'p' in trial 'a': session: {name} makes a scanpath of each", table)
    data = load(table, f"session: {name}\n")
    assert len(data.scanpaths) == 8
    assert {path.session for path in data.scanpaths} == {"1", "2"}
    assert len(load(table, f"where: {{{name}: 2}}\n").scanpaths) == 4


@pytest.mark.parametrize("timed", [True, False])
def test_raw_samples(refused, timed):
    t = np.arange(600)
    table = pd.DataFrame({"trial": "a", "observer": np.repeat(["p", "q"], 300), "x": 400 + t / 2, "y": 300 + t / 3})
    if timed:
        table["onset_ms"] = t % 300 * 16.7
    refused(r"half of the scanpaths have 300 rows or more, .* apart: it looks like samples", table)


def test_two_eyes(refused, load):
    table = fixations(onset_ms=np.arange(N) * 400.0)
    both = pd.concat([table.assign(eye="L"), table.assign(eye="R", onset_ms=table["onset_ms"] + 8)])
    both = both.sort_values(["trial", "observer", "onset_ms"])
    refused(r"eye has rows of two eyes \(24 of 'l' and 24 of 'r'\), expected one: eye: left or eye: right", both)
    assert sum(map(len, load(both, "eye: right\n").scanpaths)) == N
    refused(r"begin before the one before them is half over, .* two eyes or of two sessions", both.drop(columns="eye"))


def test_blanks_make_no_other_id(load):
    table = fixations()
    table.loc[::2, "trial"] += " "
    assert [trial.id for trial in load(table).trials] == ["a", "b"]


def pictures(folder, names, size=(800, 600), **options):
    for name in names:
        Image.new("RGB", size, (90, 120, 30)).save(folder / name, **options)


LIST = "trials: trials.csv\n"


def test_exif_rotated_photographs(load, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    pictures(tmp_path, ["a.jpg", "b.jpg"], (600, 800), exif=exif)
    (tmp_path / "trials.csv").write_text("id,image,px_per_degree\na,a.jpg,20\nb,b.jpg,20\n")
    data = load(fixations(), yaml=LIST)
    assert {(trial.width, trial.height) for trial in data.trials} == {(800, 600)}
    data.verify()


def test_pictures_counted_from_1(refused, load, tmp_path):
    pictures(tmp_path, ["a.png", "b.png", "c.png"])
    (tmp_path / "trials.csv").write_text("image,px_per_degree\na.png,20\nb.png,20\nc.png,20\n")
    table = fixations(trial=np.repeat(["1", "2"], N // 2))
    refused(
        r"the fixations are of trials 1, 2, but .*trials.csv' numbers 0, 1, 2, they may be counted", table, yaml=LIST
    )
    assert load(table, "accept: [ids]\n", yaml=LIST).scanpaths[0].trial == "1"
    strangers = fixations(trial=np.repeat(["2", "3"], N // 2))
    refused(r"1 trials are not in .*trials.csv', the first is '3'; its 3 ids are 0, 1, 2", strangers, yaml=LIST)


def test_duplicate_ids_in_trials(refused, tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "trials.csv").write_text("id,image,px_per_degree\na,a.png,20\na ,b.png,20\nb,b.png,20\n")
    refused(r"trials.csv' row 3: id is 'a' a second time", fixations(), yaml=LIST)


def test_box_off_display(refused, tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    boxes = "target_x0,target_y0,target_x1,target_y1"
    (tmp_path / "trials.csv").write_text(
        f"id,image,px_per_degree,{boxes}\na,a.png,20,1,1,9,9\nb,b.png,20,700,500,801,550\n"
    )
    refused(
        r"trials.csv' row 3: target_box is .*, outside the image of 800 x 600 px",
        fixations(),
        "task: search\n",
        yaml=LIST,
    )


def test_displays_without_pictures(load, tmp_path):
    (tmp_path / "trials.csv").write_text("id,width,height,px_per_degree\na,800,600,20\nb,790,580,20\n")
    assert [trial.width for trial in load(fixations(), yaml=LIST).trials] == [800, 790]


def test_stated_unknown_field(refused):
    refused(r"unknown count in stated 'subjects'; known: ", fixations(), "stated: {subjects: 3}\n")


def test_suffix_in_capitals(load):
    assert len(load(text(fixations()), name="UP.CSV").scanpaths) == 4


def test_separators_and_decimal_commas(load):
    written = fixations().assign(x=lambda t: t["x"] + 0.25).to_csv(index=False, sep=";", decimal=",")
    assert load(written).scanpaths[0].xy[0, 0] % 1 == 0.25


def test_px_per_degree_of_another_unit(refused):
    refused(
        r"px_per_degree is 0.21 .* which makes .* degrees",
        fixations(),
        yaml="width: 800\nheight: 600\npx_per_degree: 0.21\n",
    )


def test_half_the_size(refused):
    table = fixations().assign(x=lambda t: t["x"] * 0.4, y=lambda t: t["y"] * 0.4)
    refused(r"they look like px of a smaller picture or degrees", table)


def test_seconds(refused, load):
    table = fixations().assign(duration_ms=lambda t: t["duration_ms"] / 1000)
    refused(r"the median duration is 0.\d+ ms, it looks like seconds, expected ms; columns: \{duration_s: ...\}", table)
    assert load(table.rename(columns={"duration_ms": "duration_s"})).scanpaths[0].duration_ms.min() > 100
