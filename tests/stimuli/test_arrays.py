from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazesim import stimuli
from gazesim.stimuli.arrays import PARADIGMS
from gazesim.stimuli.classics import CLASSICS
from gazesim.stimuli.patch import rotated
from gazesim.stimuli.published import PUBLISHED
from gazesim.trial import Trial

DRAWN = [*PUBLISHED, *CLASSICS]


@st.composite
def a_set(draw):
    """A paradigm with any placement, of few displays."""
    name = draw(st.sampled_from(DRAWN))
    placement = draw(st.sampled_from(["grid", "ring", "random"]))
    largest = {"grid": 9, "ring": 4, "random": 4}[placement]
    rendering = "smooth" if name in CLASSICS else draw(st.sampled_from(["smooth", "published"]))
    chosen = {
        "placement": placement,
        "rendering": rendering,
        "set_sizes": [draw(st.integers(1, largest))],
        "display_deg": 3.6 * PARADIGMS[name].defaults["item_deg"],
        "grid": [3, 3],
        "target": draw(st.sampled_from(["present", "absent", "both"])),
        "seed": draw(st.integers(0, 1000)),
        "n_per_set_size": 2,
    }
    if rendering == "smooth":
        chosen["px_per_degree"] = draw(st.floats(12, 40))
    return stimuli.make(name, **chosen)


@settings(max_examples=60, deadline=None)
@given(a_set())
def test_every_display(displays):
    for display in displays:
        check(display, displays.recipe)


def check(display, recipe):
    assert isinstance(display, Trial)
    assert display.image.shape[:2] == display.items.map.shape == (recipe.display_px,) * 2
    assert display.set_size == len(display.items.looks) == display.items.map.max()
    # boxes hold their items exactly
    for number, box in enumerate(display.items.boxes.astype(int), start=1):
        ys, xs = np.nonzero(display.items.map == number)
        assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    # there is nothing but items
    nothing = display.image[display.items.map == 0]
    assert (nothing == display.background).all()
    # items lie in places of their own
    x0, y0, x1, y1 = display.items.boxes.T[..., None]
    a0, b0, a1, b1 = display.objects.T
    places = (x0 >= a0) & (y0 >= b0) & (x1 <= a1) & (y1 <= b1)
    assert (places.sum(axis=1) == 1).all()
    assert (places.sum(axis=0) <= 1).all()
    assert display.condition in recipe.conditions
    check_target(display)


def check_target(display):
    if not display.present:
        assert display.target_box is None
        return
    x0, y0, x1, y1 = display.items.boxes[display.items.target].astype(int)
    mask = display.items.map[y0:y1, x0:x1] == display.items.target + 1
    shown = display.image[y0:y1, x0:x1]
    inked = (display.target != display.background).any(axis=2)
    ys, xs = np.nonzero(inked)
    target = display.target[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    if display.condition not in ("top_down", "left_right"):
        assert (target == shown).all()
        assert mask.any()
    bx0, by0, bx1, by1 = display.target_box
    assert bx0 <= x0 < x1 <= bx1
    assert by0 <= y0 < y1 <= by1
    assert display.items.looks.count(display.items.looks[display.items.target]) == 1


@pytest.mark.parametrize("name", DRAWN)
def test_counts_and_names(name):
    paradigm = PARADIGMS[name]
    displays = stimuli.make(name, set_sizes=[1, 3], n_per_set_size=2, target="both")
    assert len(displays) == len(list(displays)) == len(paradigm.conditions) * 2 * 2 * 2
    assert len({display.id for display in displays}) == len(displays)
    assert [display.set_size for display in displays[:8]] == [1] * 4 + [3] * 4
    assert [display.present for display in displays[:4]] == [True, True, False, False]
    assert [display.items.index for display in displays[:4]] == [0, 1, 0, 1]
    assert displays[-1].condition == paradigm.conditions[-1]
    assert displays[3].id == f"{paradigm.conditions[0]}-01-absent-001"


@pytest.mark.parametrize("name", CLASSICS)
def test_targets_and_distractors_look_different(name):
    for display in stimuli.make(name, set_sizes=[4], n_per_set_size=1, target="present"):
        looks = [patch(display, number) for number in range(4)]
        target = looks.pop(display.items.target)
        assert all(look.shape != target.shape or (look != target).any() for look in looks)


def patch(display, number):
    x0, y0, x1, y1 = display.items.boxes[number].astype(int)
    return display.image[y0:y1, x0:x1]


def same(one, other):
    return (
        (one.image == other.image).all() and (one.target == other.target).all() and one.items.looks == other.items.looks
    )


@pytest.mark.parametrize("name", ["curvature", "rotated_t", "conjunction"])
def test_more_displays_leave_the_first_ones_as_they_were(name):
    few = stimuli.make(name, set_sizes=[4, 8], n_per_set_size=2)
    many = {display.id: display for display in stimuli.make(name, set_sizes=[3, 8, 4], n_per_set_size=5)}
    assert all(same(display, many[display.id]) for display in few)


def test_displays_differ_by_seed_index_condition_and_set_size():
    displays = [*stimuli.make("size", set_sizes=[4, 5], n_per_set_size=3)]
    displays += stimuli.make("size", set_sizes=[4, 5], n_per_set_size=3, seed=1)
    corners = {tuple(np.sort(display.items.boxes[:4].mean(axis=1)).tolist()) for display in displays}
    assert len(corners) == len(displays)


def test_a_display_can_be_had_again():
    displays = stimuli.make("landolt", n_per_set_size=2)
    assert same(displays[5], list(displays)[5])
    assert same(displays[-1], displays[len(displays) - 1])
    with pytest.raises(IndexError):
        displays[len(displays)]
    with pytest.raises(ValueError, match="read-only"):
        displays[0].items.map[0, 0] = 1


def test_conjunctions_mix_their_distractors_evenly():
    for display in stimuli.make("conjunction", set_sizes=[9], n_per_set_size=3, target="present"):
        looks = list(display.items.looks)
        assert looks.pop(display.items.target) == "first hue vertical"
        assert sorted(looks) == ["first hue horizontal"] * 4 + ["second hue vertical"] * 4


def ink(name, number=0, **settings):
    """Return the item boxes' sizes (n, 2) of a display, distractors only."""
    display = stimuli.make(name, set_sizes=[6], n_per_set_size=1, target="absent", **settings)[number]
    return (display.items.boxes[:, 2:] - display.items.boxes[:, :2]).tolist(), display


def test_difference_makes_distractors_differ():
    (wide, _), (narrow, _) = (ink("size", difference=ratio) for ratio in (1.2, 2.4))
    assert np.mean(wide) == pytest.approx(30 * 1.2 / 1.2, abs=1.5)
    assert np.mean(narrow) == pytest.approx(30 * 1.2 / 2.4, abs=1.5)
    assert ink("orientation", difference=35)[1].items.looks[0] == "bar 0"
    assert ink("orientation", 1, difference=35)[1].items.looks[0] == "bar -35"
    similar, alike = (ink("rotated_t", difference=shift)[1] for shift in (1, 0.3))
    assert (similar.image != alike.image).any()
    lights = stimuli.make("luminance", difference=40, set_sizes=[2], n_per_set_size=1, target="present")[0]
    assert sorted(lights.items.looks) == ["L* 45", "L* 85"]


def test_numbers_of_numpy_are_numbers(tmp_path):
    asked = {
        "set_sizes": np.array([2, 3]),
        "n_per_set_size": np.int64(1),
        "item_deg": np.float32(1.5),
        "seed": np.uint8(4),
    }
    displays = stimuli.make("size", **asked)
    displays.write(tmp_path)
    assert displays.recipe == stimuli.make("size", set_sizes=[2, 3], n_per_set_size=1, item_deg=1.5, seed=4).recipe


def test_items_scale_with_item_deg_and_px_per_degree():
    sizes = [np.mean(ink("size", item_deg=deg, px_per_degree=ppd)[0]) for deg, ppd in ((1.4, 30), (0.7, 60), (0.7, 30))]
    assert sizes[0] == pytest.approx(sizes[1], abs=1)
    assert sizes[2] == pytest.approx(sizes[0] / 2, abs=1)


def test_items_are_not_cut_by_their_square():
    for name in DRAWN:
        for display in stimuli.make(name, rendering="smooth", n_per_set_size=1, target="present"):
            if name == "shading":
                continue  # a disc of 1 degree in 1.04: on its rim there are half-covered px
            rim = np.concatenate([display.target[[0, -1]].reshape(-1, 3), display.target[:, [0, -1]].reshape(-1, 3)])
            assert (rim == display.background).mean() > 0.97


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("curvature", {"set_sizes": [8, 37]}, "set_sizes has 37, expected at most 36: what grid [6, 6] holds"),
        ("curvature", {"set_sizes": [0]}, "set_sizes is 0, expected a whole number of at least 1"),
        ("curvature", {"set_sizes": [-3]}, "set_sizes is -3, expected a whole number of at least 1"),
        ("curvature", {"set_sizes": [2.5]}, "set_sizes is 2.5, expected a whole number of at least 1"),
        ("curvature", {"set_sizes": []}, "set_sizes is [], expected at least one, each once"),
        ("curvature", {"set_sizes": [4, 4]}, "set_sizes is [4, 4], expected at least one, each once"),
        ("curvature", {"set_sizes": 8}, "set_sizes is 8, expected a list"),
        ("curvature", {"n_per_set_size": 0}, "n_per_set_size is 0, expected a whole number of at least 1"),
        ("curvature", {"seed": -1}, "seed is -1, expected a whole number of at least 0"),
        ("curvature", {"rendering": "rough"}, "rendering is 'rough', expected one of 'published', 'smooth'"),
        ("curvature", {"px_per_degree": 20}, "px_per_degree is 20, expected 30 with rendering 'published'"),
        ("curvature", {"item_deg": 1}, "item_deg is 1, expected 1.6 with rendering 'published'"),
        ("curvature", {"difference": 1}, "unknown setting of curvature 'difference'; known: "),
        (
            "curvature",
            {"condition": "x"},
            "unknown setting of curvature 'condition'; known: .*; did you mean 'conditions'",
        ),
        ("curvature", {"conditions": ["curves"]}, "unknown condition of curvature 'curves'; known: curve_in_lines"),
        ("size", {"rendering": "published"}, "rendering is 'published', expected 'smooth' with size"),
        ("size", {"item_deg": 2.1}, "item_deg is 2.1, larger than the cell of 2 degrees (display_deg 12, grid [6, 6])"),
        ("size", {"item_deg": 0}, "item_deg is 0.0, expected a finite number above 0"),
        ("size", {"item_deg": -1}, "item_deg is -1.0, expected a finite number above 0"),
        ("size", {"item_deg": 0.1}, "item_deg is 0.1, 3 px, expected at least 4 px"),
        ("size", {"item_deg": 20, "placement": "ring"}, "item_deg is 20, larger than the display of 12 degrees"),
        ("size", {"item_deg": "big"}, "item_deg is 'big', expected a number"),
        ("size", {"display_deg": float("nan")}, "display_deg is nan, expected a number"),
        ("size", {"display_deg": 1e6}, "display_deg is 1e+06, 30000000 px, expected at most 10000 px"),
        ("size", {"grid": [6]}, "grid is [6], expected [columns, rows]"),
        ("size", {"grid": [6, 0]}, "grid is 0, expected a whole number of at least 1"),
        ("size", {"placement": "spiral"}, "placement is 'spiral', expected one of 'grid', 'ring', 'random'"),
        ("size", {"placement": "ring"}, "set_sizes has 32, expected at most 16: what placement 'ring' holds"),
        ("size", {"placement": "random", "set_sizes": [40]}, "set_sizes has 40, expected at most 25: what placement"),
        ("size", {"target": "maybe"}, "target is 'maybe', expected one of 'present', 'absent', 'both'"),
        ("size", {"difference": 1}, "difference is 1.0, expected a number between 1 and 10"),
        ("luminance", {"difference": 90}, "difference is 90.0, expected a number between 0 and 85"),
        ("landolt", {"difference": 0}, "difference is 0.0, expected a number between 0 and 0.7"),
        ("colour", {"lab": [65, 90, 0]}, "lab is (65, 90, 0), which sRGB displays cannot show"),
        ("colour", {"lab": [65, "a", 0]}, "lab is 'a', expected a number"),
        ("colour", {"lab": [65, 45, 30], "difference": 180}, "lab turned by difference 180 is (65, -45, -30), which"),
        ("colour", {"lab": [65, 0, 0]}, "lab is [65, 0, 0], expected a colour: grey has no hue to turn"),
        ("colour", {"background_lab": [30]}, "background_lab is (30,), expected L*, a*, b* with L* in 0..100"),
        ("object_array", {"images": ".", "grey": "yes"}, "grey is 'yes', expected one of None, False, True"),
        ("mirrored_letters", {"letter": "O"}, "letter is 'O', expected one of F, N, R, Z"),
        ("curvatur", {}, "unknown paradigm 'curvatur'; known: .*; did you mean 'curvature'?"),
    ],
)
def test_bad_settings_are_named_in_one_line(name, wrong, message):
    with pytest.raises(ValueError, match=r"expected|known|which|larger") as error:
        stimuli.make(name, **wrong)
    begin, *rest = message.split(".*")
    assert str(error.value).startswith(begin)
    assert all(part in str(error.value) for part in rest)
    assert "\n" not in str(error.value)


def test_the_items_of_the_classics_are_the_candidates_and_all_cells_those_of_the_published():
    for display in stimuli.make("rotated_t", set_sizes=[6], n_per_set_size=2, target="present"):
        assert len(display.objects) == 6
        assert (display.objects[display.items.target] == display.target_box).all()
    for rendering in ("published", "smooth"):
        (display,) = stimuli.make("t_among_l", conditions=["Ts"], set_sizes=[6], n_per_set_size=1, rendering=rendering)[
            :1
        ]
        assert len(display.objects) == 9


def test_a_cue_in_any_look_changes_nothing_but_the_cue():
    settings = {"conditions": ["t_among_l"], "set_sizes": [4], "n_per_set_size": 30, "target": "present"}
    plain, cued = stimuli.make("rotated_t", **settings), stimuli.make("rotated_t", **settings, cue="any")
    assert all((one.image == other.image).all() for one, other in zip(plain, cued, strict=True))
    as_shown = [(one.target == other.target).all() for one, other in zip(plain, cued, strict=True)]
    assert 2 <= sum(as_shown) <= 15  # a quarter of 30 is expected
    assert len({other.target.tobytes() for other in cued}) == 4


def test_cues_and_set_sizes_that_a_paradigm_has_not_are_refused():
    with pytest.raises(ValueError, match=r"cue is 'turned', expected"):
        stimuli.make("rotated_t", cue="turned")
    message = r"set_sizes has 12, expected at most 9: what grid \[3, 3\] holds; paradigm=rotated_t holds more$"
    with pytest.raises(ValueError, match=message):
        stimuli.make("t_among_l", set_sizes=[12])


@pytest.mark.parametrize("name", DRAWN)
def test_present_and_absent_trials_are_balanced(name):
    """In every condition and set size."""
    sizes = sorted(stimuli.PARADIGMS[name].defaults["set_sizes"])[:2]
    plan = Counter()
    for display in stimuli.make(name, set_sizes=sizes, n_per_set_size=2, target="both"):
        plan[display.condition, display.set_size, display.present] += 1
    conditions = stimuli.PARADIGMS[name].conditions
    assert plan == {(c, size, present): 2 for c in conditions for size in sizes for present in (True, False)}


def test_cues_of_varying_orientation():
    turned, as_shown = (
        stimuli.make("o_and_q", conditions=["q_among_o"], set_sizes=[4], n_per_set_size=12, cue_rotation_deg=angles)
        for angles in ([0, 90, 30], None)
    )
    found = Counter()
    for cued, display in zip(turned, as_shown, strict=True):
        np.testing.assert_array_equal(cued.image, display.image)
        side = len(display.target)
        if cued.target.shape == display.target.shape:
            quarter = np.array_equal(cued.target, np.rot90(display.target))
            assert quarter or np.array_equal(cued.target, display.target)
            found[90 if quarter else 0] += 1
        else:
            assert len(cued.target) == np.ceil(side * (np.cos(np.pi / 6) + np.sin(np.pi / 6)))
            found[30] += 1
    assert len(found) == 3
    assert stimuli.make("o_and_q", cue_rotation_deg=[0, 90]).recipe.cue_rotation_deg == (0, 90)


def test_a_picture_is_turned_counter_clockwise_about_its_middle():
    """Half-way turns agree with turning twice, and a bar to the right of the middle goes up."""
    picture = np.zeros((41, 41, 3), np.uint8)
    picture[18:23, 25:38] = 255
    half = rotated(picture, 45, (0, 0, 0))
    rows, columns = np.nonzero(half[..., 0] > 128)
    middle = (len(half) - 1) / 2
    assert columns.mean() - middle == pytest.approx(11 * np.cos(np.pi / 4), abs=0.3)
    assert middle - rows.mean() == pytest.approx(11 * np.sin(np.pi / 4), abs=0.3)
    assert half.mean() * half.size == pytest.approx(picture.mean() * picture.size, rel=0.02)
    np.testing.assert_array_equal(rotated(picture, 90, (0, 0, 0)), np.rot90(picture))
    wide = rotated(np.full((10, 30, 3), 9, np.uint8), 60, (200, 0, 0))
    assert wide.shape == (31, 24, 3)
    assert wide[0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize(
    ("angles", "message"),
    [
        ([], r"cue_rotation_deg is \[\], expected at least one, each once"),
        (["up"], r"cue_rotation_deg is 'up', expected a number"),
        ([5, 5], r"cue_rotation_deg is \[5, 5\], expected at least one, each once"),
    ],
)
def test_angles_that_are_not_accepted(angles, message):
    with pytest.raises(ValueError, match=message):
        stimuli.make("o_and_q", cue_rotation_deg=angles)
