import numpy as np
import pytest

import gazesim
from gazesim import progress
from gazesim.attention import Attention, Priority
from gazesim.attention.chance import ChanceAttention
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.attention.top_down.template import TemplateAttention
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.search.loop import Course, SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition
from gazesim.trial import Trial

SAMPLING = Policy(temperature=0.1)


class Given(Attention):
    """The same priority map for every glance; keeps the glances."""

    def __init__(self, priority):
        self.priority, self.glances = np.asarray(priority, float), []

    def attend(self, glances):
        self.glances += glances
        return [Priority(self.priority.copy()) for _ in glances]


@pytest.fixture
def model(tiny_trunk):
    """A target model at 4 px per degree."""

    def make(policy=Policy(), **course):  # noqa: B008
        attention = TargetAttention(
            FoveatedEncoder(tiny_trunk, EncoderSettings(eccentric=False)), TargetSettings(margin_deg=1)
        )
        return SearchModel("tiny", attention, policy=policy, course=Course(**course))

    return make


@pytest.fixture
def trials(noise):
    """Four searches without and two with objects, of two sizes."""

    def one(i, objects=None):
        picture = noise(*((36, 48) if i % 2 else (30, 40)), seed=i)
        return Trial(
            picture, None, target_box=(4, 4, 12, 12), objects=objects, px_per_degree=4, background=0, id=f"t{i}"
        )

    return [one(i) for i in range(4)] + [one(i, [(4, 4, 12, 12), (14, 4, 30, 20)]) for i in (4, 5)]


def ramp(height=10, width=12):
    """A map whose px rise row by row, so that the last one is chosen first."""
    return np.arange(height * width, dtype=float).reshape(height, width)


def display(box=None, objects=None, height=10, width=12, **settings):
    image = np.zeros((height, width, 3), np.uint8)
    return Trial(image, image[:1, :1], target_box=box, objects=objects, px_per_degree=1, **settings)


def ramp_model(course=Course(), **settings):  # noqa: B008
    memory = Memory(inhibition_deg=1)  # one px at one px per degree
    return SearchModel("ramp", Given(ramp()), memory=memory, course=course, **settings)


def without_box(trial):
    """The same trial without a target that could be found."""
    return Trial(
        trial.image, trial.target, objects=trial.objects, px_per_degree=trial.px_per_degree, background=0, id=trial.id
    )


def same(paths, others):
    return all(np.array_equal(a.xy, b.xy) and a.found == b.found for a, b in zip(paths, others, strict=True))


@pytest.mark.parametrize("policy", [Policy(), SAMPLING])
@pytest.mark.parametrize("batch_size", [3, 4, 100])
def test_paths_do_not_depend_on_the_batch_size(model, trials, policy, batch_size):
    single = model(policy).search(trials, max_fixations=3, seed=1)
    assert [path.trial for path in single] == [trial.id for trial in trials]
    assert {path.observer for path in single} == {"tiny"}
    assert same(model(policy).search(trials, max_fixations=3, seed=1, batch_size=batch_size), single)


@pytest.mark.parametrize("policy", [Policy(), SAMPLING])
def test_a_trial_with_an_id_is_searched_alike_in_any_company(model, trials, policy):
    searcher = model(policy)
    together = searcher.search(trials, max_fixations=3, seed=1)
    assert same(searcher.search(trials[::-1], max_fixations=3, seed=1)[::-1], together)
    assert same([searcher.search(trial, max_fixations=3, seed=1) for trial in trials], together)


def test_the_seed_decides_for_models_that_sample_only(model, trials):
    sampling = [model(SAMPLING).search(trials, max_fixations=3, seed=seed) for seed in (1, 1, 2)]
    assert same(sampling[0], sampling[1])
    assert not same(sampling[0], sampling[2])
    assert same(*(model().search(trials, max_fixations=3, seed=seed) for seed in (1, 2)))


def test_trials_without_ids_draw_from_streams_of_their_own(noise):
    searcher = SearchModel("chance", ChanceAttention(), policy=Policy(1.0))
    paths = searcher.search([Trial(noise(40, 40), noise(2, 2), px_per_degree=4)] * 2, max_fixations=5)
    assert not same(paths[:1], paths[1:])


@pytest.mark.parametrize("n", [1, 2, 5])
def test_max_fixations_counts_those_after_the_first(n):
    path = ramp_model().search(display(), max_fixations=n)
    assert len(path) == n + 1
    assert path.n_saccades == n
    np.testing.assert_array_equal(path.xy, [(6, 5), (11, 9), (10, 9), (9, 9), (8, 9), (7, 9)][: n + 1])
    assert same([path], [ramp_model(Course(max_fixations=n)).search(display())])
    assert same([path], [ramp_model(Course(max_fixations=n + 3)).search(display(), max_fixations=n)])


def test_scenes_give_up_after_30_and_arrays_after_one_more_than_their_objects():
    assert ramp_model().search(display()).n_saccades == 30
    searcher = SearchModel("ramp", Given(ramp()), memory=Memory(inhibition="none"))
    for objects in ([(0, 0, 3, 3)], [(0, 0, 3, 3), (5, 5, 8, 8), (8, 8, 9, 9)]):
        assert searcher.search(display(objects=objects)).n_saccades == len(objects) + 1


def test_the_search_stops_at_the_target():
    recognition = OracleRecognition(recognition_deg=1)
    path = ramp_model(recognition=recognition).search(display(box=(9, 9, 10, 10)))
    np.testing.assert_array_equal(path.xy, [(6, 5), (11, 9), (10, 9), (9, 9)])
    assert path.found is True


def test_a_target_at_the_last_fixation_counts_and_one_beyond_does_not():
    searcher, trial = ramp_model(recognition=OracleRecognition(recognition_deg=1)), display(box=(9, 9, 10, 10))
    assert searcher.search(trial, max_fixations=3).found is True
    assert searcher.search(trial, max_fixations=2).found is False


def test_the_start_on_the_target_is_all_there_is():
    path = ramp_model().search(display(box=(6, 5, 7, 6)))
    assert (path.xy.tolist(), path.found) == ([[6, 5]], True)
    tested_later = ramp_model(recognition=OracleRecognition(test_first=False))
    assert tested_later.search(display(box=(6, 5, 7, 6)), max_fixations=3).n_saccades > 0


def test_found_is_unknown_without_a_box():
    assert ramp_model().search(display(), max_fixations=2).found is None


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_search_stops_when_no_place_is_left(batch_size):
    objects = [(0, 0, 3, 3), (5, 6, 8, 8)]
    trials = [display(objects=objects, box=(11, 0, 12, 1), id="a"), display(objects=objects[:1], id="b")]
    searcher = SearchModel("ramp", Given(ramp()))
    two, one = searcher.search(trials, max_fixations=9, batch_size=batch_size)
    np.testing.assert_array_equal(two.xy, [(6, 5), (7, 7), (2, 2)])
    np.testing.assert_array_equal(one.xy, [(6, 5), (2, 2)])
    assert (two.found, one.found) == (False, None)


def test_a_map_that_is_nan_everywhere_ends_the_search():
    searcher = SearchModel("blind", Given(np.full((10, 12), np.nan)))
    assert searcher.search(display(box=(0, 0, 1, 1))).xy.tolist() == [[6, 5]]


def test_chance_visits_every_object_once(noise):
    objects = [(8 * i, 8 * j, 8 * i + 6, 8 * j + 6) for i in range(4) for j in range(3)]
    trial = Trial(noise(24, 32), noise(6, 6), objects=objects, px_per_degree=4, id="grid")
    path = SearchModel("chance", ChanceAttention(), policy=Policy(1.0)).search(trial)
    assert path.n_saccades == 12
    assert len({(x // 8, y // 8) for x, y in path.xy[1:]}) == 12
    assert ((path.xy[1:] % 8) < 6).all()


def test_attention_is_asked_from_each_fixation_with_what_is_left_to_see(noise):
    objects = [(0, 0, 3, 3), (5, 6, 8, 8)]
    trial = Trial(noise(10, 12), None, target_box=(0, 0, 1, 1), objects=objects, px_per_degree=1, background=7)
    attention = Given(ramp())
    SearchModel("ramp", attention).search(trial, max_fixations=2)
    assert [glance.fixation.tolist() for glance in attention.glances] == [[6, 5], [7, 7]]
    assert (attention.glances[0].picture == trial.image).all()
    assert (attention.glances[1].picture[6:8, 5:8] == 7).all()
    assert (attention.glances[1].picture[:6] == trial.image[:6]).all()


@pytest.mark.parametrize("policy", [Policy(), SAMPLING])
def test_priority_is_what_the_loop_chose_from(model, trials, policy):
    for trial in trials[2:5]:
        path, searcher = model(policy).search(without_box(trial), max_fixations=4), model(policy)
        assert len(path) > 2
        for n in range(1, len(path)):
            priority = searcher.priority(trial, path.xy[:n])
            x, y = path.xy[n].astype(int)
            assert np.isfinite(priority[y, x])
            if policy.temperature is None:
                assert priority[y, x] >= np.nanmax(priority) * (1 - 1e-6)
                assert np.flatnonzero(priority.ravel() >= np.nanmax(priority) * (1 - 1e-6))[0] == y * trial.width + x


def test_priority_is_nan_where_the_next_fixation_may_not_land():
    trial = display(objects=[(0, 0, 3, 3), (5, 6, 8, 8)])
    priority = SearchModel("ramp", Given(ramp())).priority(trial, [(6, 5), (7, 7)])
    expected = np.full((10, 12), np.nan)
    expected[:3, :3] = ramp()[:3, :3]
    np.testing.assert_array_equal(priority, expected)


def test_priority_starts_where_the_model_starts(model, trials):
    searcher = model(first_fixation=(3, 4))
    np.testing.assert_array_equal(searcher.priority(trials[0]), searcher.priority(trials[0], [(3, 4)]))


def test_fixations_off_the_display_see_from_its_border(model, trials):
    """A person may have looked off the display; nothing there is inhibited but the square that reaches in."""
    searcher = model()
    far, near = (searcher.priority(trials[0], [xy]) for xy in ((-500.0, 12.0), (0.0, 12.0)))
    assert np.isfinite(far).sum() > np.isfinite(near).sum()
    both = np.isfinite(far) & np.isfinite(near)
    np.testing.assert_array_equal(far[both], near[both])


@pytest.mark.parametrize(("width", "height", "centre"), [(12, 10, (6, 5)), (13, 11, (6, 5))])
def test_the_initial_fixation_is_the_centre_or_the_one_given(width, height, centre):
    trial = display(width=width, height=height)
    assert Course().first(trial) == centre
    assert Course(first_fixation=(2.5, 3)).first(trial) == (2.5, 3)
    assert ramp_model(Course(first_fixation=(2, 3))).search(display(), max_fixations=1).xy[0].tolist() == [2, 3]


@pytest.mark.parametrize("xy", [(12, 5), (5, 10), (-0.1, 5)])
def test_an_initial_fixation_off_the_display_is_refused(xy):
    with pytest.raises(ValueError, match=r"^first_fixation \(.*\) is outside the 12x10 display$"):
        ramp_model(Course(first_fixation=xy)).search(display())


def test_one_trial_gives_a_path_and_several_give_a_list(trials):
    searcher = SearchModel("template", TemplateAttention())
    assert searcher.search(trials[0], max_fixations=1).trial == "t0"
    assert [path.trial for path in searcher.search(tuple(trials[:1]), max_fixations=1)] == ["t0"]
    assert searcher.search([]) == []


def test_walk_yields_as_soon_as_a_batch_is_done():
    searcher = ramp_model()
    walk = searcher.walk([display()] * 4, max_fixations=1, batch_size=2)
    next(walk)
    assert len(searcher.attention.glances) == 2


@pytest.mark.parametrize(("progress", "shown"), [(True, True), (False, False), (None, False)])
def test_progress_is_shown_when_asked_for(capsys, progress, shown):
    """None shows it in a terminal only, which this is not."""
    if progress is None:
        ramp_model().search(display(), max_fixations=1)
        ramp_model().search([display()], max_fixations=1)
    else:
        ramp_model().search([display()] * 2, max_fixations=1, progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("trial" in err) == shown


def test_a_model_names_itself():
    assert repr(ramp_model()) == "SearchModel('ramp', Given)"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_fixations": 0}, "max_fixations is 0, expected a whole number of at least 1"),
        ({"max_fixations": 2.5}, "max_fixations is 2.5, expected"),
        ({"batch_size": 0}, "batch_size is 0, expected a whole number of at least 1"),
        ({"seed": -1}, "seed is -1, expected a whole number of at least 0"),
        ({"seed": "one"}, "seed is 'one', expected"),
    ],
)
def test_arguments_are_checked(settings, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        ramp_model().search([display()], **settings)


def test_arguments_are_checked_for_a_single_trial_too():
    with pytest.raises(ValueError, match=r"^batch_size is 0"):
        ramp_model().search(display(), batch_size=0, max_fixations=1)


REPORTED = [([(np.nan, 1)], "history holds nan"), ([("a", "b")], "history"), ([(1, 2), (3,)], "history")]


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ([], "history has shape"),
        ([1, 2], "history has shape"),
        ([(1, 2, 3)], "history has shape"),
        (np.empty((0, 2)), "history has 0 fixations"),
        ([(np.inf, 1)], "history"),
        *(pytest.param(*case) for case in REPORTED),
    ],
)
def test_the_history_is_checked(history, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        ramp_model().priority(display(), history)


def test_a_fixation_very_far_off_the_display():
    assert np.isfinite(ramp_model().priority(display(), [(1e30, 5)])).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_fixations": 0}, "max_fixations is 0, expected"),
        ({"max_fixations": True}, "max_fixations is True, expected"),
        ({"first_fixation": (1, 2, 3)}, r"first_fixation has shape \(3,\), expected \(2\)"),
        ({"first_fixation": 5}, r"first_fixation has shape \(\), expected \(2\)"),
        pytest.param({"first_fixation": ("a", "b")}, "first_fixation"),
    ],
)
def test_the_course_is_checked(settings, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        Course(**settings)


def test_changing_a_trial_makes_another_search(model, trials):
    """The target's features are kept per trial, not per id."""
    searcher, trial = model(), trials[0]
    other = Trial(trial.image, trial.image[20:26, 20:28], px_per_degree=4, background=0, id=trial.id)
    before = searcher.priority(trial)
    assert not np.array_equal(searcher.priority(other), before, equal_nan=True)
    np.testing.assert_array_equal(searcher.priority(trial), before)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("eccnet", {}, "trial 'free' is of free viewing, expected an image of the target"),
        ("template", {}, "trial 'free' is of free viewing, expected an image of the target"),
        ("neva_target", {}, "trial 'free' is of free viewing, expected an image of the target"),
        ("itti", {"candidates": "objects"}, "candidates is 'objects', but trial free has no objects"),
        ("itti", {"first_fixation": (99, 2)}, "first_fixation .* is outside the 50x40 display"),
    ],
)
def test_trials_that_do_not_fit_are_told_before_any_is_searched(noise, name, settings, words):
    trials = [
        Trial(noise(40, 50), None, target_box=[0, 0, 30, 30], objects=[[0, 0, 30, 30]], px_per_degree=5, id="good"),
        Trial(noise(40, 50), px_per_degree=5, id="free"),
    ]
    with pytest.raises(ValueError, match=words):
        gazesim.load_model(name, **settings).check(trials)
    gazesim.load_model("itti").check(trials)


def test_a_single_search_counts_its_fixations(capsys):
    ramp_model().search(display(), max_fixations=3, progress=True)
    assert "3/3" in capsys.readouterr().err


def test_a_log_gets_whole_lines_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    ramp_model().search([display()] * 3, max_fixations=1)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 5
    assert "ramp: 100%" in lines[-1]
    assert not any("\r" in line or line != line.strip() for line in lines)
