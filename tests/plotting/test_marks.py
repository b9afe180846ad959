import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from gazesim.plotting import marks
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

CENTRE, CORNER = (200.0, 150.0), (10.0, 10.0)


def display(width=400, height=300, px_per_degree=20.0, **options):
    return Trial(
        np.full((height, width, 3), 128, np.uint8),
        np.zeros((4, 6, 3), np.uint8),
        px_per_degree=px_per_degree,
        **options,
    )


@pytest.fixture
def ax():
    figure = Figure((4, 3))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    marks.show_image(ax, display(), display().image)
    return ax


def numbers(ax):
    return {int(text.get_text()): text for text in ax.texts}


def in_points(ax, text):
    """Where a number stands, and where its fixation is, in points."""
    at = ax.transData.transform(text.xy) * 72 / ax.figure.dpi
    return at + text.get_position(), at


def test_the_axes_count_px_of_the_display_whatever_the_picture_has(ax):
    marks.show_image(ax, display(), np.zeros((30, 40, 3), np.uint8))
    assert ax.images[-1].get_extent() == [-0.5, 399.5, 299.5, -0.5]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 399.5), (299.5, -0.5))
    assert not len(ax.get_xticks())
    assert not len(ax.get_yticks())


def test_the_target_is_shown_as_it_was_given(ax):
    target = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    marks.show_target(ax, Trial(np.zeros((9, 9, 3), np.uint8), target, px_per_degree=1))
    assert np.array_equal(ax.images[-1].get_array(), target)


def test_the_target_box_frames_the_pixels_it_covers(ax):
    marks.draw_target_box(ax, display(target_box=[10, 20, 14, 26]))
    assert ax.patches[0].get_bbox().extents == pytest.approx([9.5, 19.5, 13.5, 25.5])


def test_without_a_target_box_there_is_no_frame(ax):
    marks.draw_target_box(ax, display())
    assert not ax.patches


@pytest.mark.parametrize(
    ("width", "px_per_degree", "degrees"),
    [(800, 24, 5), (400, 20, 5), (399, 20, 2), (64, 4, 2), (4000, 120, 5), (64, 200, 0.05), (8000, 10, 200)],
)
def test_the_scale_bar_is_a_round_number_of_degrees_below_a_quarter_of_the_width(ax, width, px_per_degree, degrees):
    marks.draw_scale_bar(ax, display(width, 50, px_per_degree))
    start, end = ax.lines[0].get_xdata()
    assert end - start == pytest.approx(degrees * px_per_degree)
    assert end - start <= width / 4
    assert ax.texts[0].get_text() == f"{degrees:g}°"


def test_fixations_are_numbered_from_0_where_they_are(ax):
    xy = [CENTRE, (50, 40), (350, 280)]
    marks.draw_scanpath(ax, Scanpath(xy))
    assert {number: text.xy for number, text in numbers(ax).items()} == dict(enumerate(xy))
    assert all(text.get_position() == (0, 0) for text in ax.texts)
    assert np.array_equal(ax.lines[0].get_xydata(), xy)


def fills(ax):
    """The colour of each mark by its place."""
    points = ax.collections[0]
    return {
        tuple(xy): to_hex(colour).upper()
        for xy, colour in zip(points.get_offsets().tolist(), points.get_facecolors(), strict=True)
    }


@pytest.mark.parametrize(
    ("found", "last"),
    [(True, marks.TARGET_COLOUR), (False, marks.PATH_COLOUR), (None, marks.PATH_COLOUR)],
)
def test_the_first_fixation_is_light_and_the_one_that_found_has_the_colour_of_the_target(ax, found, last):
    marks.draw_scanpath(ax, Scanpath([CENTRE, (50, 40), (350, 280)], found=found))
    assert fills(ax) == {CENTRE: marks.LIGHT, (50.0, 40.0): marks.PATH_COLOUR, (350.0, 280.0): last}


def test_a_search_that_ends_at_once_is_one_mark(ax):
    marks.draw_scanpath(ax, Scanpath([CENTRE], found=True))
    assert fills(ax) == {CENTRE: marks.TARGET_COLOUR}


def test_longer_fixations_have_larger_marks_and_without_durations_all_are_equal(ax):
    xy = [CENTRE, (50, 40), (350, 280)]
    marks.draw_scanpath(ax, Scanpath(xy, duration_ms=[200, 300, 400]))
    marks.draw_scanpath(ax, Scanpath(xy))
    timed, untimed = (
        dict(zip(map(tuple, c.get_offsets().tolist()), c.get_sizes(), strict=True)) for c in ax.collections
    )
    assert timed[xy[2]] / timed[xy[1]] == pytest.approx(400 / 300)
    assert timed[xy[0]] < timed[xy[1]]
    assert len(set(untimed.values())) == 1


def test_durations_of_0_are_drawn_like_none(ax):
    marks.draw_scanpath(ax, Scanpath([CENTRE, CORNER], duration_ms=[0, 0]))
    assert (ax.collections[0].get_sizes() > 50).all()


def test_a_covered_number_stands_beside_its_mark_and_clear_of_the_others(ax):
    path = Scanpath([CENTRE, CORNER, (12, 12), (11, 14), (13, 11)])
    marks.draw_scanpath(ax, path)
    found = {number: in_points(ax, text) for number, text in numbers(ax).items()}
    inside = {number for number, (text, at) in found.items() if np.array_equal(text, at)}
    assert inside == {0, 4}
    radius = np.sqrt(ax.collections[0].get_sizes()[0]) / 2
    for number in (1, 2, 3):
        text = found[number][0]
        assert min(np.hypot(*(text - at)) for _, at in found.values()) > radius + 3
        assert min(np.hypot(*(text - other)) for n, (other, _) in found.items() if n != number) > 8
        assert ax.bbox.contains(*(text * ax.figure.dpi / 72))


def test_the_first_mark_lies_on_all_others_but_the_last(ax):
    marks.draw_scanpath(ax, Scanpath([CENTRE, CENTRE, CORNER]))
    assert numbers(ax)[0].get_position() == (0, 0)
    assert numbers(ax)[1].get_position() != (0, 0)
    order = ax.collections[0].get_offsets().tolist()
    assert order == [list(CENTRE), list(CENTRE), list(CORNER)]
    assert to_hex(ax.collections[0].get_facecolors()[1]).upper() == marks.LIGHT


def crowd(n):
    rng = np.random.default_rng(0)
    return Scanpath(np.vstack([CENTRE, rng.normal(CENTRE, (70, 50), (n, 2)).clip(0, (399, 299))]), found=True)


def test_in_a_crowd_no_number_hides_another(ax):
    marks.draw_scanpath(ax, crowd(40))
    at = np.array([in_points(ax, text)[0] for text in ax.texts])
    apart = np.hypot(*(at[:, None] - at).T) + 99 * np.eye(41)
    assert apart.min() > 4


def test_many_fixations_have_smaller_marks_that_can_still_be_read(ax):
    marks.draw_scanpath(ax, crowd(4))
    marks.draw_scanpath(ax, crowd(60))
    few, many = ax.texts[0].get_fontsize(), ax.texts[-1].get_fontsize()
    assert 5 <= many < few
    assert ax.collections[1].get_sizes()[0] < ax.collections[0].get_sizes()[0]


def test_part_of_a_scanpath_is_drawn_as_in_the_whole(ax):
    marks.draw_scanpath(ax, crowd(20), shown=8)
    part = {number: text.get_position() for number, text in numbers(ax).items()}
    [text.remove() for text in list(ax.texts)]
    marks.draw_scanpath(ax, crowd(20))
    assert part == {number: text.get_position() for number, text in numbers(ax).items() if number < 8}
    assert len(ax.lines[0].get_xydata()) == len(ax.collections[0].get_offsets()) == 8
    assert marks.TARGET_COLOUR.lower() not in {to_hex(c) for c in ax.collections[0].get_facecolors()}


def test_marks_on_the_border_are_whole(ax):
    marks.draw_scanpath(ax, Scanpath([(0, 0), (399, 299)]))
    assert not ax.collections[0].get_clip_on()


def test_pyplot_does_not_know_the_figures(ax):
    marks.draw_scanpath(ax, crowd(3))
    assert not plt.get_fignums()


def test_a_target_in_words_is_written_and_none_is_left_out():
    image = np.zeros((20, 30, 3), np.uint8)
    words, none = (Figure().add_subplot() for _ in range(2))
    marks.show_target(words, Trial(image, target_text="a small red mug", px_per_degree=5))
    assert [text.get_text() for text in words.texts] == ["a small red\nmug"]
    marks.show_target(none, Trial(image, px_per_degree=5))
    assert not none.axison
