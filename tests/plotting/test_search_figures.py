import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from gazesim.plotting import search_figures as plotting
from gazesim.plotting.foveated_view import foveated_view
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial


@pytest.fixture
def trial():
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    return Trial(image, None, target_box=[50, 30, 58, 36], px_per_degree=4)


def path(n_saccades, found=True):
    rng = np.random.default_rng(n_saccades)
    return Scanpath(np.vstack([(40, 30), rng.uniform((0, 0), (79, 59), (n_saccades, 2))]), found=found)


def maps(n, seed=0):
    return dict(enumerate(np.random.default_rng(seed).random((n, 60, 80))))


@pytest.mark.parametrize(
    ("n_saccades", "found", "words"),
    [
        (3, True, "found after 3 saccades"),
        (1, True, "found after 1 saccade"),
        (0, True, "found after 0 saccades"),
        (4, False, "not found in 4 saccades"),
        (1, False, "not found in 1 saccade"),
        (2, None, "2 saccades"),
    ],
)
def test_the_title_says_how_the_search_ended(trial, n_saccades, found, words):
    assert plotting.plot_scanpath(trial, path(n_saccades, found)).get_title(loc="left") == words


def test_a_scanpath_is_drawn_where_it_is_asked_for(trial):
    ax = Figure().add_subplot()
    assert plotting.plot_scanpath(trial, path(3), ax) is ax
    assert np.array_equal(ax.images[0].get_array(), trial.image)
    assert np.array_equal(ax.lines[-1].get_xydata(), path(3).xy)
    assert len(ax.patches) == 1
    assert np.array_equal(ax.child_axes[0].images[0].get_array(), trial.target)


def test_the_figure_is_one_column_wide_and_everything_is_on_it(trial):
    corners = Scanpath([(40, 30), (0, 0), (79, 0), (79, 59), (0, 59)], duration_ms=[100, 900, 900, 900, 900])
    figure = plotting.figure_search(trial, corners)
    assert figure.get_size_inches()[0] == plotting.COLUMN_IN
    figure.draw_without_rendering()
    inside = figure.get_tightbbox()
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= figure.get_size_inches()[0]
    assert inside.y1 <= figure.get_size_inches()[1]


@pytest.mark.parametrize("shape", [(20, 400), (400, 20), (64, 64)])
def test_a_display_of_any_shape_gives_a_figure_that_fits_a_page(shape):
    narrow = Trial(np.zeros((*shape, 3), np.uint8), np.zeros((2, 2, 3), np.uint8), px_per_degree=5)
    ax = plotting.plot_scanpath(narrow, Scanpath([(10, 10)]))
    assert ax.figure.get_size_inches()[0] == plotting.COLUMN_IN
    assert ax.figure.get_size_inches()[1] < 5


def test_a_priority_map_is_clear_where_nothing_can_be_selected(trial):
    priority = maps(1)[0]
    priority[:5], priority[5], priority[6] = np.nan, -np.inf, 0
    shown = plotting.plot_priority(trial, priority).images[-1].get_array()
    assert np.array_equal(shown.mask.any(1), np.arange(60) < 6)
    assert np.array_equal(shown[6:], priority[6:])


def test_the_colours_span_the_map_unless_limits_are_given(trial):
    priority = maps(1)[0]
    priority[0, 0], priority[1, 1], priority[2, 2] = -3, 7, np.nan
    assert plotting.plot_priority(trial, priority).images[-1].get_clim() == (-3, 7)
    assert plotting.plot_priority(trial, priority, limits=(0, 9)).images[-1].get_clim() == (0, 9)


@pytest.mark.parametrize("value", [np.nan, 0.5])
def test_a_map_without_differences_is_drawn(trial, value):
    plotting.plot_priority(trial, np.full((60, 80), value)).figure.draw_without_rendering()


def test_the_chosen_fixation_is_marked(trial):
    ax = plotting.plot_priority(trial, maps(1)[0], next_xy=(12, 34))
    assert ax.lines[0].get_xydata().tolist() == [[12, 34]]
    assert not plotting.plot_priority(trial, maps(1)[0]).lines


def test_the_display_below_a_map_is_dim_and_grey(trial):
    below = plotting.plot_priority(trial, maps(1)[0]).images[0].get_array()
    assert (below.max(-1) == below.min(-1)).all()
    assert below.max() <= 102


def test_a_large_map_is_sampled_in_the_middle_of_its_blocks():
    large = Trial(np.zeros((1500, 2000, 3), np.uint8), np.zeros((2, 2, 3), np.uint8), px_per_degree=50)
    priority = np.arange(1500.0)[:, None] * np.ones(2000)
    shown = plotting.plot_priority(large, priority).images[-1]
    assert max(shown.get_array().shape) <= plotting.PANEL_PX
    assert shown.get_array()[:3, 0].tolist() == [2, 6, 10]
    assert shown.get_extent() == [-0.5, 1999.5, 1499.5, -0.5]


def test_a_map_of_another_size_is_refused(trial):
    with pytest.raises(ValueError, match=r"priority has shape \(80, 60\), expected \(60, 80\)"):
        plotting.plot_priority(trial, np.zeros((80, 60)))


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def test_a_strip_has_one_column_a_fixation(trial):
    figure = plotting.figure_steps(trial, path(3), maps(3))
    assert titles(figure) == ["0 (start)", "1", "2", "3 (found)"]
    assert figure.texts[0].get_text() == "found after 3 saccades"
    for step in range(4):
        upper, lower = figure.axes[2 * step : 2 * step + 2]
        assert np.array_equal(upper.images[0].get_array(), foveated_view(trial, path(3).xy[step]))
        assert upper.lines[0].get_xydata().tolist() == [path(3).xy[step].tolist()]
        if step < 3:
            assert np.array_equal(lower.images[-1].get_array(), maps(3)[step])
            assert lower.lines[0].get_xydata().tolist() == [path(3).xy[step + 1].tolist()]
        else:
            assert np.array_equal(lower.images[0].get_array(), trial.target)


def test_all_maps_of_a_strip_have_one_colour_scale(trial):
    priorities = {0: maps(1)[0], 1: maps(1)[0] + 5, 2: np.full((60, 80), np.nan)}
    figure = plotting.figure_steps(trial, path(3), priorities)
    limits = {figure.axes[2 * step + 1].images[-1].get_clim() for step in range(3)}
    assert limits == {(priorities[0].min(), priorities[1].max())}


def test_of_a_long_search_the_first_steps_and_the_last_are_shown(trial):
    figure = plotting.figure_steps(trial, path(9, found=False), maps(9), max_steps=4)
    assert titles(figure) == ["0 (start)", "1", "2", "9"]
    assert figure.texts[0].get_text() == "not found in 9 saccades (shown: fixations 0 to 2, and 9)"


@pytest.mark.parametrize(
    ("n_saccades", "header"), [(7, "found after 7 saccades"), (8, "shown: fixations 0 to 6, and 8")]
)
def test_eight_columns_are_the_most_by_default(trial, n_saccades, header):
    figure = plotting.figure_steps(trial, path(n_saccades), maps(n_saccades))
    assert len(titles(figure)) == 8
    assert header in figure.texts[0].get_text()


def test_two_columns_are_the_first_and_the_last(trial):
    figure = plotting.figure_steps(trial, path(5), maps(5), max_steps=2)
    assert titles(figure) == ["0 (start)", "5 (found)"]
    assert "(shown: fixations 0 and 5)" in figure.texts[0].get_text()


def test_a_search_without_a_saccade_has_a_strip(trial):
    assert titles(plotting.figure_steps(trial, path(0), {})) == ["0 (start)"]


@pytest.mark.parametrize(
    ("n_maps", "max_steps", "message"),
    [
        (2, 8, r"priorities has no map of step 2, expected one for each of \[0, 1, 2\]"),
        (3, 1, "max_steps is 1, expected at least 2"),
    ],
)
def test_a_strip_that_does_not_fit_its_scanpath_is_refused(trial, n_maps, max_steps, message):
    with pytest.raises(ValueError, match=message):
        plotting.figure_steps(trial, path(3), maps(n_maps), max_steps)


@pytest.mark.parametrize(
    ("n_saccades", "max_steps", "steps"),
    [(0, 8, []), (3, 8, [0, 1, 2]), (7, 8, list(range(7))), (30, 8, list(range(7))), (5, 2, [0])],
)
def test_only_the_maps_of_the_shown_steps_are_wanted(trial, n_saccades, max_steps, steps):
    assert plotting.shown_steps(path(n_saccades), max_steps) == steps
    wanted = {step: maps(1)[0] for step in steps}
    assert len(titles(plotting.figure_steps(trial, path(n_saccades), wanted, max_steps))) == len(steps) + 1


def test_a_map_of_another_size_is_refused_and_named(trial):
    with pytest.raises(ValueError, match=r"priorities\[1\] has shape \(5, 5\), expected \(60, 80\)"):
        plotting.figure_steps(trial, path(2), {0: maps(1)[0], 1: np.zeros((5, 5))})


@pytest.mark.parametrize("name", ["search", "search.png", "search.pdf", "trial_0.5"])
def test_a_figure_is_written_as_png_and_pdf(trial, tmp_path, name):
    stem = name.removesuffix(".png").removesuffix(".pdf")
    paths = plotting.save_figure(plotting.figure_search(trial, path(2)), tmp_path / name)
    assert paths == (tmp_path / f"{stem}.png", tmp_path / f"{stem}.pdf")
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert paths[0].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert paths[1].read_bytes()[:5] == b"%PDF-"


def test_the_same_figure_gives_the_same_bytes(trial, tmp_path):
    written = [plotting.save_figure(plotting.figure_steps(trial, path(2), maps(2)), tmp_path / name) for name in "ab"]
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()
        assert b"CreationDate" not in first.read_bytes()


def test_a_pdf_carries_its_fonts_as_truetype(trial, tmp_path):
    _, pdf = plotting.save_figure(plotting.figure_search(trial, path(2)), tmp_path / "search")
    assert b"/Type3" not in pdf.read_bytes()
    assert b"/FontFile2" in pdf.read_bytes()


def test_a_figure_that_cannot_be_drawn_leaves_no_file(trial, tmp_path, monkeypatch):
    figure = plotting.figure_search(trial, path(2))
    monkeypatch.setattr(figure, "draw", lambda renderer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plotting.save_figure(figure, tmp_path / "search")
    assert not list(tmp_path.iterdir())


def test_pyplot_does_not_know_the_figures(trial):
    plotting.figure_steps(trial, path(2), maps(2))
    plotting.figure_search(trial, path(2))
    assert not plt.get_fignums()


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_the_legend_lies_within_the_figure(steps):
    trial = Trial(np.zeros((60, 48, 3), np.uint8), target_box=(1, 1, 9, 9), px_per_degree=10)
    path = Scanpath([[5 + i, 5] for i in range(steps + 1)], found=True, trial="t", observer="o")
    figure = plotting.figure_steps(trial, path, {step: np.ones((60, 48)) for step in range(steps)})
    figure.canvas.draw()
    (legend,) = figure.legends
    box, page = legend.get_window_extent(), figure.bbox
    assert page.x0 <= box.x0
    assert box.x1 <= page.x1
    assert page.y0 <= box.y0
