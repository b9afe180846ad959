"""The page of a run in a browser that has no network: no error, no request, and every control does what it says."""

from io import BytesIO

import numpy as np
import pytest
from chromium import Chromium, find_chromium
from PIL import Image
from report_runs import BLUE, MADE, RED, displays, scanpath, score_run, search_run

from gazesim.report.page import write_report

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the PATH: apt-get install chromium")

CURRENT = "[...document.querySelectorAll('.trial')].findIndex((t) => getComputedStyle(t).display !== 'none') + 1"
SHOWN = "[...document.querySelectorAll('.trial')].filter((t) => t.offsetParent !== null).length"
POSITION = "document.getElementById('position').textContent"
DISABLED = "[document.getElementById('previous').disabled, document.getElementById('next').disabled]"


@pytest.fixture(scope="module")
def browser():
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    return write_report(search_run(tmp_path_factory.mktemp("search"), displays()), made=MADE).as_uri()


@pytest.fixture
def page(browser, url):
    """The browser with the page open, nothing seen before; in the end it must have had no error and no request."""
    browser.resize(1280, 900)
    browser.send("Emulation.setEmulatedMedia", media="", features=[])
    browser.open("about:blank")
    browser.requests.clear()
    browser.errors.clear()
    browser.open(url)
    yield browser
    assert browser.errors == []
    assert {request for request in browser.requests if not request.startswith("data:")} == {url}


def pixels(png):
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def test_errors_and_requests_would_be_seen(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='http://example.org/x.png'><script>console.error('no'); none()</script>")
    browser.errors.clear()
    browser.open(bad.as_uri())
    assert "http://example.org/x.png" in browser.requests
    assert len(browser.errors) == 3  # the message, the exception, the picture that is not there


def test_policy_stops_what_a_page_must_not_do(browser, tmp_path):
    path = write_report(search_run(tmp_path, displays()), made=MADE)
    added = "<img src='http://example.org/y.png'><script>window.ran = 1</script></main>"
    path.write_text(path.read_text(encoding="utf-8").replace("</main>", added), encoding="utf-8")
    browser.errors.clear()
    browser.open(path.as_uri())
    assert ["Content Security Policy" in error for error in browser.errors] == [True, True]
    assert browser.value("window.ran === undefined")


def test_everything_is_drawn(page):
    assert page.value("document.title") == "gazesim report: run"
    assert page.value("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    assert page.value("document.styleSheets.length") == 1
    assert page.value("document.documentElement.scrollWidth") <= 1280


def test_picture_and_marks_are_where_they_belong(page):
    page.value("document.querySelector('.trial.current svg').scrollIntoView()")
    box = page.value("document.querySelector('.trial.current image').getBoundingClientRect().toJSON()")
    frame = page.value("document.querySelector('.trial.current svg').getBoundingClientRect().toJSON()")
    np.testing.assert_allclose([box[side] for side in box], [frame[side] for side in box], atol=2.1)  # its border
    shot = pixels(page.screenshot())
    for part, colour in ((0.25, RED), (0.75, BLUE)):
        y, x = round(box["y"] + 0.95 * box["height"]), round(box["x"] + part * box["width"])
        np.testing.assert_allclose(shot[y, x], colour, atol=6)
    marks = page.value(
        "[...document.querySelectorAll('.trial.current g[data-observer=\"0\"] > g > circle')]"
        ".map((c) => c.getBoundingClientRect()).map((r) => [r.x + r.width / 2, r.y + r.height / 2])"
    )
    wanted = (scanpath(displays()[0], "chance").xy + 0.5) / (80, 60)  # integers are pixel centres
    np.testing.assert_allclose(
        (np.array(marks) - (box["x"], box["y"])) / (box["width"], box["height"]), wanted, atol=1e-3
    )


def test_arrow_keys_turn_pages_and_stop_at_the_ends(page):
    seen = [page.value(CURRENT)]
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.press(key)
        seen.append(page.value(CURRENT))
        assert page.value(POSITION) == f"{seen[-1]} of 3"
        assert page.value(SHOWN) == 1
    assert seen == [1, 1, 2, 3, 3, 2]
    assert page.value("location.hash") == "#trial=2"


def test_arrow_keys_in_a_table_scroll_the_table(page):
    page.value("document.querySelector('.scroll').focus()")
    page.press("ArrowRight")
    assert page.value(CURRENT) == 1


def test_buttons_turn_pages(page):
    turns = []
    for button in ("next", "next", "previous"):
        page.click(f"#{button}")
        turns.append((page.value(CURRENT), page.value(DISABLED)))
    assert turns == [(2, [False, False]), (3, [False, True]), (2, [False, False])]


@pytest.mark.parametrize(("hash", "shown"), [("#trial=3", 3), ("#trial=9", 3), ("#trial=0", 1), ("#tables", 1)])
def test_address_names_a_trial(page, url, hash, shown):
    page.open("about:blank")
    page.open(url + hash)
    page.requests[:] = [request.partition("#")[0] for request in page.requests if request != "about:blank"]
    assert page.value(CURRENT) == shown


def test_observers_are_chosen_for_all_trials(page):
    visible = (
        "[...document.querySelectorAll('.trial')].map((t) => [...t.querySelectorAll('g.marks')]"
        ".map((g) => getComputedStyle(g).display !== 'none'))"
    )
    assert page.value(visible) == [[True, False]] * 3
    page.click(".trial.current input[data-observer='1']")
    page.click(".trial.current input[data-observer='0']")
    page.press("ArrowRight")
    assert page.value(visible) == [[False, True]] * 3
    assert page.value("[...document.querySelectorAll('.trial.current input')].map((i) => i.checked)") == [False, True]


def test_tables_are_sorted_by_value_empty_cells_last(page):
    cells = "[...document.querySelectorAll('table')][0].tBodies[0].rows"
    order = f"[...{cells}].map((row) => row.cells[0].textContent).join('')"
    assert page.value(order) == "bacd"
    page.click("th:nth-child(2) button")
    assert page.value(order) == "dcba"  # -0.25, 1e-9, 0.5, nothing
    page.click("th:nth-child(2) button")
    assert page.value(order) == "bcda"
    assert page.value("document.querySelector('th:nth-child(2)').ariaSort") == "descending"
    page.click("th:nth-child(1) button")
    assert page.value(order) == "abcd"
    assert page.value("document.querySelectorAll('th[aria-sort]').length") == 1


def test_print_has_all_trials_and_no_controls(page):
    page.send("Emulation.setEmulatedMedia", media="print")
    assert page.value(SHOWN) == 3
    assert page.value("[...document.querySelectorAll('.controls, nav')].every((c) => c.offsetParent === null)")
    assert page.value("[...document.querySelectorAll('.scroll')].every((s) => s.scrollHeight <= s.clientHeight + 1)")
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("width", [360, 800])
def test_narrow_windows_need_no_sideways_scrolling(page, width):
    page.resize(width, 700)
    assert page.value("document.documentElement.scrollWidth") <= width


def test_dark_and_light_follow_the_system(page):
    backgrounds = []
    for scheme in ("light", "dark"):
        page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        backgrounds.append(pixels(page.screenshot())[5, 5].mean())
    assert backgrounds[0] > 240
    assert backgrounds[1] < 40


def test_people_and_model_of_a_data_set(browser, tmp_path):
    browser.open(write_report(score_run(tmp_path)).as_uri())
    browser.errors.clear()
    assert browser.value("document.querySelectorAll('.trial.current g.marks:not(.off)').length") == 2
    assert browser.value("document.querySelectorAll('.trial.current fieldset').length") == 2
    assert browser.errors == []
