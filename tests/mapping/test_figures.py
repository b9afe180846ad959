import numpy as np
from PIL import Image

from gazesim.mapping.assignment import assign
from gazesim.mapping.figures import annotated, colours_of, figure_timeline, figure_transitions, write_mapped_gif
from gazesim.plotting import save_figure


def mapped(desk, found):
    names = tuple(sorted(set(found.labels.tolist())))
    table = (found.labels[:, None] == np.array(names)).astype(float)
    gaze, _ = desk.gaze()
    return gaze, assign(gaze, found, table, names, px_per_degree=10)


def test_the_background_is_grey_and_objects_differ():
    colours = colours_of(["background", "cup", "pot"])
    assert colours["background"] == "#999999"
    assert len(set(colours.values())) == 3


def test_a_timeline_has_a_line_an_object_and_the_background_last(tmp_path, desk, found):
    gaze, assignment = mapped(desk, found)
    figure = figure_timeline(gaze, assignment)
    words = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [word.split("  ")[0] for word in words][-1] == "background"
    assert len(words) == len(assignment.names)
    shares = [int(word.split("  ")[1].rstrip("%")) for word in words]
    assert abs(sum(shares) - 100) <= 3
    png, _ = save_figure(figure, tmp_path / "timeline")
    with Image.open(png) as picture:
        assert picture.width == 2160


def test_transitions_are_written_where_they_are(tmp_path):
    figure = figure_transitions(["cup", "pot"], np.array([[0, 3.0], [0.01, 0]]))
    assert [text.get_text() for text in figure.axes[0].texts] == ["3.0"]


def test_boxes_and_gaze_are_drawn(desk, found):
    plain = desk[4]
    shown = np.asarray(annotated(plain, found, 4, xy=np.array([[300.0, 200.0]])))
    x0, y0, x1, _ = found.boxes[found.rows(4)][0].round().astype(int)
    assert (shown[y0, x0 + 40 if x0 + 40 < x1 else x0] != plain[y0, x0]).any()
    assert (shown[200 - 8 : 200 + 9, 300 - 8 : 300 + 9] == 0).any()


def test_the_animation_is_small_repeats_and_is_the_same_again(tmp_path, desk, found):
    gaze, _ = mapped(desk, found)
    for name in ("a.gif", "b.gif"):
        write_mapped_gif(tmp_path / name, desk, found, found.labels.tolist(), gaze, n=4)
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 4
        assert animation.width == 480
        assert animation.info["loop"] == 0
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
