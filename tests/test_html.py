"""What notebooks show of the public objects: well-formed, escaped, and with what the object holds."""

from xml.etree import ElementTree

import numpy as np
import pytest

import gazesim
from gazesim import Scanpath, Trial
from gazesim.html import facts_html, path_svg, picture_html
from gazesim.scoring import Scores
from gazesim.stimuli import make


def test_facts_are_escaped_and_what_is_none_is_left_out():
    html = facts_html("a & b", {"x<y": "<script>", "nothing": None})
    root = ElementTree.fromstring(html)
    assert [cell.text for cell in root.iter() if cell.tag in ("caption", "th", "td")] == ["a & b", "x<y", "<script>"]


def test_a_trial_shows_display_and_target():
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    html = Trial(picture, target_box=(5, 5, 20, 15), px_per_degree=10, id="a<b")._repr_html_()
    assert html.count("<img") == 2
    assert "a&lt;b" in html
    assert "60 x 40 px" in html
    assert Trial(width=60, height=40)._repr_html_().count("<img") == 0


def test_pictures_are_made_smaller_never_larger():
    assert len(picture_html(np.zeros((2000, 100, 3), np.uint8), "x")) < 2000
    assert 'alt="&quot;"' in picture_html(np.zeros((4, 4, 3), np.uint8), '"')


@pytest.mark.parametrize("xy", [[[3.0, 4.0]], [[3.0, 4.0], [3.0, 4.0]], [[0.0, 0.0], [300.0, 10.0], [20.0, 900.0]]])
def test_a_scanpath_is_drawn_with_a_number_a_fixation(xy):
    root = ElementTree.fromstring(path_svg(np.array(xy)))
    assert [text.text for text in root.iter("text")] == [str(number) for number in range(len(xy))]
    assert all(0 < float(dot.get("cx")) < float(root.get("width")) for dot in root.iter("circle"))
    assert f"<td>{len(xy)}</td>" in Scanpath(np.array(xy))._repr_html_()


def test_models_sets_and_scores_show_what_they_are():
    assert "<th>memory</th>" in gazesim.load_model("chance")._repr_html_()
    shown = make("curvature", set_sizes=[8], n_per_set_size=1)._repr_html_()
    assert "<img" in shown
    assert "<th>set_sizes</th>" in shown
    tables = [gazesim.to_table([Scanpath([[1.0, 2.0]])])] * 5
    assert Scores(*tables)._repr_html_().count("<table") == 4
