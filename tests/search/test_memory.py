import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gazesim.search.memory import Memory
from gazesim.trial import Trial

OBJECTS = [(2, 2, 10, 10), (8, 6, 20, 14), (30.5, 20.2, 33.5, 24)]


def trial(objects=None, px_per_degree=10.0, **settings):
    image = np.random.default_rng(0).integers(1, 256, (30, 40, 3), dtype=np.uint8)
    return Trial(image, image[:3, :3], objects=objects, px_per_degree=px_per_degree, background=0, **settings)


def within(box):
    """The px of the display (30, 40) in a box, half-open."""
    y, x = np.mgrid[:30, :40]
    return (box[0] <= x) & (x < box[2]) & (box[1] <= y) & (y < box[3])


def path(*xy):
    return np.array([(20, 15), *xy], float)


@settings(deadline=None, derandomize=True)
@given(
    xy=st.lists(st.tuples(st.floats(-30, 70), st.floats(-30, 60)), min_size=1, max_size=3),
    side=st.integers(1, 25),
)
def test_a_square_around_each_fixation_is_inhibited(xy, side):
    free = Memory(inhibition_deg=side / 10).selectable(trial(), np.array(xy))
    blocked = [within((x - side / 2, y - side / 2, x + side / 2, y + side / 2)) for x, y in xy]
    np.testing.assert_array_equal(free, ~np.any(blocked, axis=0))


@pytest.mark.parametrize(("side", "first", "last"), [(64, 68, 131), (45, 78, 122), (1, 100, 100)])
def test_the_square_has_as_many_px_as_its_side(side, first, last):
    """[x - side / 2, x + side / 2), as many px left and above as right and below, or one more."""
    display = Trial(np.zeros((200, 220, 3), np.uint8), np.zeros((1, 1)), px_per_degree=30)
    blocked = ~Memory(inhibition_deg=side / 30).selectable(display, np.array([[100.0, 100.0]]))
    y, x = np.nonzero(blocked)
    assert (x.min(), x.max(), y.min(), y.max()) == (first, last, first, last)
    assert blocked.sum() == side**2


def test_the_published_square_is_64_px_at_30_px_per_degree():
    display = Trial(np.zeros((200, 220, 3), np.uint8), np.zeros((1, 1)), px_per_degree=30)
    assert (~Memory().selectable(display, np.array([[100.0, 100.0]]))).sum() == 64**2


def test_a_fixation_is_never_free_of_its_own_inhibition():
    assert not Memory(inhibition_deg=0.04).selectable(trial(), path())[15, 20]


def test_candidates_are_the_objects_where_there_are_some():
    inside = np.any([within(box) for box in OBJECTS], axis=0)
    np.testing.assert_array_equal(Memory(inhibition="none").selectable(trial(OBJECTS), path()), inside)
    assert Memory(inhibition="none").selectable(trial(), path()).all()
    assert Memory(candidates="display", inhibition="none").selectable(trial(OBJECTS), path()).all()


# (9, 8) lies in the first two objects, (8, 6) is the first px of the second, (20, 6) the first px beyond it
@pytest.mark.parametrize(
    ("fixations", "visited"),
    [
        ([], []),
        ([(5, 5)], [0]),
        ([(9, 8)], [0, 1]),
        ([(8, 6)], [0, 1]),
        ([(10, 6)], [1]),
        ([(20, 6)], []),
        ([(31, 21)], [2]),
        ([(30, 21)], []),
        ([(5, 5), (39, 29), (31, 21)], [0, 2]),
    ],
)
def test_all_objects_that_hold_a_fixation_are_inhibited_and_painted_out(fixations, visited):
    display, history = trial(OBJECTS), path(*fixations)
    gone = np.any([within(OBJECTS[i]) for i in visited] + [np.zeros((30, 40), bool)], axis=0)
    there = np.any([within(box) for box in OBJECTS], axis=0)
    np.testing.assert_array_equal(Memory().selectable(display, history), there & ~gone)
    np.testing.assert_array_equal(Memory().picture(display, history), np.where(gone[..., None], 0, display.image))


def test_the_initial_fixation_inhibits_no_object_but_a_square():
    history = np.array([[5.0, 5.0]])
    assert Memory().selectable(trial(OBJECTS), history)[5, 5]
    assert (Memory().picture(trial(OBJECTS), history) == trial(OBJECTS).image).all()
    assert not Memory(inhibition="square").selectable(trial(OBJECTS), history)[5, 5]


def test_squares_leave_the_picture_as_it_is():
    display = trial(OBJECTS)
    assert Memory(inhibition="square").picture(display, path((5, 5))) is display.image
    assert Memory(inhibition="none").picture(display, path((5, 5))) is display.image


def test_objects_can_be_inhibited_though_fixations_may_land_anywhere():
    free = Memory(candidates="display", inhibition="object").selectable(trial(OBJECTS), path((5, 5)))
    np.testing.assert_array_equal(free, ~within(OBJECTS[0]))


@pytest.mark.parametrize("reach", [1, 2, 3, 9])
def test_memory_reaches_back_so_many_fixations(reach):
    fixations = [(5, 5), (15, 10), (31, 21)]
    squares = Memory(inhibition_deg=0.1, memory=reach).selectable(trial(), path(*fixations))
    assert {(x, y) for y, x in np.argwhere(~squares)} == set([(20, 15), *fixations][-reach:])
    objects = Memory(memory=reach).selectable(trial(OBJECTS), path(*fixations))
    assert [bool(objects[y, x]) for x, y in fixations] == [i < 3 - reach for i in range(3)]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"candidates": "objects"}, "candidates is 'objects', but trial t1 has no objects"),
        ({"inhibition": "object"}, "inhibition is 'objects?', but trial t1 has no objects"),
    ],
)
def test_trials_without_objects_are_named(setting, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        Memory(**setting).selectable(trial(id="t1"), path((3, 3)))
    with pytest.raises(ValueError, match=r"but trial has no objects$"):
        Memory(**setting).selectable(trial(), path((3, 3)))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"candidates": "all"}, "candidates is 'all', expected one of None, 'objects', 'display'"),
        ({"inhibition": "ring"}, "inhibition is 'ring', expected one of None, 'object', 'square', 'none'"),
        ({"inhibition_deg": 0}, "inhibition_deg is 0, expected a finite number above 0"),
        ({"memory": 0}, "memory is 0, expected a whole number of at least 1"),
        ({"memory": 1.5}, "memory is 1.5, expected a whole number of at least 1"),
    ],
)
def test_settings_are_checked(setting, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        Memory(**setting)


def test_lowered_priority_falls_with_age():
    """Three fixations on squares apart: the last is lowered by all of the strength, those before by 1 / e a step."""
    memory = Memory(inhibition_deg=0.4, inhibition_strength=2.0, inhibition_decay=1.0)
    history = np.array([(5.0, 5.0), (20.0, 5.0), (35.0, 5.0)])
    assert memory.selectable(trial(), history).all()
    lowered = memory.lowered(np.zeros((30, 40)), trial(), history)
    np.testing.assert_allclose(lowered[5, [5, 20, 35, 12]], [-2 * np.exp(-2), -2 * np.exp(-1), -2, 0])


def test_a_lowered_object_stays_in_the_picture_and_can_be_returned_to():
    memory = Memory(inhibition_strength=0.5)
    display = trial(OBJECTS)
    np.testing.assert_array_equal(memory.picture(display, path((4, 4))), display.image)
    assert memory.selectable(display, path((4, 4)))[4, 4]
    assert memory.lowered(np.ones((30, 40)), display, path((4, 4)))[4, 4] == 0.5


def test_what_is_forgotten_is_free_again():
    kept = np.array([True, False, True])
    free = Memory().selectable(trial(OBJECTS), path((4, 4), (12, 12)), kept)
    assert free[4, 4]
    assert not free[13, 19]
    assert len(Memory().checked(trial(OBJECTS), path((4, 4), (12, 12)))) == 2


def test_forgetting_is_geometric():
    """With one object and a memory that forgets with probability p, the search returns to it after 1 / p fixations."""
    from gazesim.attention.chance import ChanceAttention
    from gazesim.search.loop import Course, SearchModel
    from gazesim.search.policy import Policy

    boxes = [(0, 0, 2, 2), (2, 0, 4, 2), (4, 0, 6, 2)]
    display = Trial(np.zeros((2, 6, 3), np.uint8), objects=boxes, px_per_degree=1, id="a")
    model = SearchModel(
        "forgets",
        ChanceAttention(),
        memory=Memory(forget_rate=0.25),
        policy=Policy(1.0),
        course=Course(first_fixation=(0, 0), max_fixations=300),
    )
    lengths = [len(model.search(display, seed=seed)) for seed in range(60)]
    assert max(lengths) > 4  # without forgetting three places end it
    assert min(lengths) == 4
    assert len(SearchModel("remembers", ChanceAttention(), policy=Policy(1.0)).search(display)) == 4


def test_decay_needs_a_strength():
    with pytest.raises(ValueError, match=r"^inhibition_decay is given without inhibition_strength, expected both"):
        Memory(inhibition_decay=3.0)
