"""What must hold for every data set, whatever it is, and what its card says."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from gazesim import Scanpath
from gazesim.commands.data import card
from gazesim.datasets import (
    DATASETS,
    Contents,
    DataSet,
    Fingerprint,
    data_folder,
    list_datasets,
    load_dataset,
)
from gazesim.trial import Trial

COUNTS = {field.name for field in fields(Fingerprint)}
ANSWERS = {"responses", "observers", "conditions", "errors", "unanswered"}
ISSUED = (
    *("osie", "zhang_object_arrays", "zhang_natural_design", "waldo", "amazon_books", "viu", "oat_wine", "oat_yogurt"),
    *("coco_search18_tp", "coco_search18_ta", "coco_freeview", "mit1003", "capmit1003", "koehler_free_viewing"),
    *("koehler_object_search", "interiors", "natural_design", "people_search", "coco_search18", "hybrid_search"),
    *("object_arrays", "wolfe2010"),
)


def test_the_data_sets_that_are_promised_are_there():
    assert set(ISSUED) <= set(list_datasets())


@pytest.mark.parametrize("entry", DATASETS.values(), ids=DATASETS)
def test_a_definition_is_complete(entry):
    for name in ("title", "licence", "citation", "homepage", "units", "verified"):
        assert getattr(entry, name), name
    assert entry.geometry.basis
    assert entry.geometry.px_per_degree is None or 10 < entry.geometry.px_per_degree < 100
    assert set(entry.stated) <= (ANSWERS if entry.task == "reaction_times" else COUNTS)
    assert entry.needs
    assert entry.sources or entry.obtain
    for source in entry.sources:
        assert source.urls
        assert all(re.match(r"https?://\w", url) for url in source.urls)
        assert source.checksum is None or re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", source.checksum)
        assert source.contents is None or re.fullmatch(r"sha256:[0-9a-f]{64}", source.contents)
        assert not source.contents or source.unpack is not None


@pytest.mark.parametrize("entry", DATASETS.values(), ids=DATASETS)
def test_a_set_that_is_not_here_says_how_to_get_it(entry, tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"data set '{entry.name}' is not in .* lacks ") as error:
        load_dataset(entry.name, tmp_path)
    assert (f"gazesim data fetch={entry.name} downloads it" if entry.sources else entry.obtain) in str(error.value)
    assert "\n" not in str(error.value)
    assert entry.citation.split(".")[0] in " ".join(card(entry, tmp_path).split())


def test_where_data_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("GAZESIM_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("GAZESIM_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "gazesim" / "data"


def made(paths, trials=("a",)):
    entry = replace(DATASETS["osie"], stated={})
    return DataSet(entry, None, [Trial(id=name, width=90, height=90) for name in trials], paths)


@pytest.mark.parametrize(
    ("paths", "trials", "message"),
    [
        ([], "a", "no scanpaths"),
        (
            [Scanpath([[1, 2]], trial="b", observer="p")],
            "a",
            "is of trial 'b', which is not one of its trials",
        ),
        ([Scanpath([[1, 2]], trial="a")], "a", "a scanpath of trial 'a' has no observer"),
        ([Scanpath([[1, 2]], trial="a", observer="p")] * 2, "a", "an observer has two scanpaths of the same trial"),
        ([Scanpath([[1, 2]], trial="a", observer="p")], "aa", "2 trials have 1 ids"),
    ],
)
def test_what_is_no_data_set(paths, trials, message):
    with pytest.raises(ValueError, match=f"osie: .*{message}"):
        made(paths, trials)


def test_a_fingerprint_has_a_closed_form():
    paths = [Scanpath([[0, 10], [20, 30]], trial="a", observer="p", duration_ms=[100, 300])]
    paths.append(Scanpath([[40, 80]], trial="a", observer="q", duration_ms=[200]))
    found = made(paths, "ab").fingerprint()
    assert (found.trials, found.observers, found.scanpaths, found.fixations) == (2, 2, 2, 3)
    assert (found.length_mean, found.length_sd, found.length_min, found.length_max) == (1.5, 0.5, 1, 2)
    assert (found.x_mean, found.x_min, found.x_max) == (20, 0, 40)
    assert found.x_sd == pytest.approx(np.sqrt(800 / 3))
    assert (found.y_mean, found.y_min, found.y_max) == (40, 10, 80)
    assert (found.duration_mean, found.duration_min, found.duration_max) == (200, 100, 300)
    assert found.off_screen == 0


def test_reader_contents_default_to_people_only():
    assert Contents([], []).published == {}
