"""The search tasks that people teach and run, anti-aliased, with a setting for how alike target and distractors are."""

from collections.abc import Callable, Mapping
from typing import Any

from gazesim.stimuli.colour import hue_turned, srgb
from gazesim.stimuli.paradigm import Canvas, Condition, Paradigm, canvas, chosen_background
from gazesim.stimuli.patch import Patch
from gazesim.stimuli.recipe import Recipe, check_number
from gazesim.stimuli.shapes import Shape, bar, common, disc, mirrored, ring, stroke, turned, union, without

ITEM_DEG = 1.4
BAR = bar(0.3, 1.2)
QUARTERS = (0, 90, 180, 270)
TWO = union(bar(0.7, 0.18, 0, -0.51), bar(0.18, 0.6, 0.26, -0.3), bar(0.7, 0.18), bar(0.18, 0.6, -0.26, 0.3))
TWO = union(TWO, bar(0.7, 0.18, 0, 0.51))
LETTERS: dict[str, Shape] = {
    "F": union(bar(0.18, 1.1, -0.26, 0), bar(0.7, 0.18, 0, -0.46), bar(0.6, 0.18, -0.05, 0)),
    "N": union(bar(0.18, 1.1, -0.31, 0), bar(0.18, 1.1, 0.31, 0), stroke((-0.4, -0.62), (0.4, 0.62), 0.18)),
    "R": union(
        bar(0.18, 1.1, -0.26, 0),
        bar(0.7, 0.18, 0, -0.46),
        bar(0.18, 0.6, 0.26, -0.25),
        bar(0.7, 0.18, 0, -0.04),
        stroke((-0.14, 0), (0.32, 0.64), 0.18),
    ),
    "Z": union(bar(0.8, 0.18, 0, -0.46), bar(0.8, 0.18, 0, 0.46), stroke((0.4, -0.62), (-0.4, 0.62), 0.18)),
}

Pair = tuple[str, str]


def _pen(recipe: Recipe) -> Canvas:
    assert recipe.lab is not None
    return canvas(recipe, ITEM_DEG, srgb(recipe.lab), chosen_background(recipe))


def _difference(recipe: Recipe, least: float, most: float) -> float:
    check_number("difference", recipe.difference, least, most)
    assert recipe.difference is not None
    return recipe.difference


def _both_ways(names: Pair, one: tuple[Patch, ...], other: tuple[Patch, ...]) -> dict[str, Condition]:
    return {names[0]: Condition(one, other), names[1]: Condition(other, one)}


def _hues(recipe: Recipe) -> dict[str, Any]:
    assert recipe.lab is not None
    difference = _difference(recipe, 0, 360)
    if recipe.lab[1] == recipe.lab[2] == 0:
        raise ValueError(f"lab is {list(recipe.lab)}, expected a colour: grey has no hue to turn")
    return {
        "first hue": srgb(recipe.lab),
        "second hue": srgb(hue_turned(recipe.lab, difference), f"lab turned by difference {difference:g}"),
    }


def _colour(recipe: Recipe) -> dict[str, Condition]:
    first, second = (_pen(recipe).patch(look, disc(0.5), ink) for look, ink in _hues(recipe).items())
    return _both_ways(("first_hue", "second_hue"), (first,), (second,))


def _colour_bars(recipe: Recipe) -> dict[str, Condition]:
    first, second = (_pen(recipe).patch(look, BAR, ink) for look, ink in _hues(recipe).items())
    return _both_ways(("first_hue", "second_hue"), (first,), (second,))


def _orientation(recipe: Recipe) -> dict[str, Condition]:
    tilt = _difference(recipe, 0, 180)
    pen = _pen(recipe)
    tilted, upright = (pen.patch(f"bar {angle:g}", turned(BAR, angle)) for angle in (-tilt, 0))
    return _both_ways(("tilted", "vertical"), (tilted,), (upright,))


def _size(recipe: Recipe) -> dict[str, Condition]:
    ratio = _difference(recipe, 1, 10)
    large, small = (_pen(recipe).patch(f"disc {1.2 / by:.3g} deg", disc(0.6 / by)) for by in (1, ratio))
    return _both_ways(("large", "small"), (large,), (small,))


def _luminance(recipe: Recipe) -> dict[str, Condition]:
    assert recipe.lab is not None
    lightness, a, b = recipe.lab
    darker = lightness - _difference(recipe, 0, lightness)
    inks = {f"L* {light:g}": srgb((light, a, b)) for light in (lightness, darker)}
    bright, dim = (_pen(recipe).patch(look, disc(0.5), ink) for look, ink in inks.items())
    return _both_ways(("bright", "dim"), (bright,), (dim,))


def _conjunction(recipe: Recipe) -> dict[str, Condition]:
    pen, bars = _pen(recipe), {"vertical": BAR, "horizontal": turned(BAR, 90)}
    drawn = {
        f"{look} {way}": pen.patch(f"{look} {way}", shape, ink)
        for look, ink in _hues(recipe).items()
        for way, shape in bars.items()
    }
    others = (drawn["first hue horizontal"], drawn["second hue vertical"])
    return {"first_hue_vertical": Condition((drawn["first hue vertical"],), others)}


def _rotated_t(recipe: Recipe) -> dict[str, Condition]:
    shift, pen = _difference(recipe, 0, 1.0001), _pen(recipe)
    top = bar(1.1, 0.2, 0, -0.45)
    shapes = {"T": union(top, bar(0.2, 1.1)), "L": union(top, bar(0.2, 1.1, -0.45 * shift, 0))}
    ts, ls = (
        tuple(pen.patch(f"{look} {angle}", turned(shape, angle)) for angle in QUARTERS)
        for look, shape in shapes.items()
    )
    return _both_ways(("t_among_l", "l_among_t"), ts, ls)


def _two_among_five(recipe: Recipe) -> dict[str, Condition]:
    two, five = (_pen(recipe).patch(look, shape) for look, shape in {"2": TWO, "5": mirrored(TWO)}.items())
    return _both_ways(("two_among_five", "five_among_two"), (two,), (five,))


def _o_and_q(recipe: Recipe) -> dict[str, Condition]:
    tail, letter = _difference(recipe, 0, 0.5001), ring(0.43, 0.14)
    shapes = {"Q": union(letter, bar(0.14, tail, 0, 0.43)), "O": letter}
    q, o = (_pen(recipe).patch(look, shape) for look, shape in shapes.items())
    return _both_ways(("q_among_o", "o_among_q"), (q,), (o,))


def _landolt(recipe: Recipe) -> dict[str, Condition]:
    gap = _difference(recipe, 0, 0.7)
    open_right = without(ring(0.48, 0.24), bar(0.7, gap, 0.48, 0))
    ways = zip(("right", "up", "left", "down"), QUARTERS, strict=True)
    drawn = {way: _pen(recipe).patch(f"gap {way}", turned(open_right, angle)) for way, angle in ways}
    return {
        f"gap_{way}": Condition((patch,), tuple(drawn[other] for other in drawn if other != way))
        for way, patch in drawn.items()
    }


def _mirrored_letters(recipe: Recipe) -> dict[str, Condition]:
    if recipe.letter not in LETTERS:
        raise ValueError(f"letter is {recipe.letter!r}, expected one of {', '.join(LETTERS)}")
    normal = common(LETTERS[recipe.letter], bar(0.8, 1.1))
    shapes = {f"mirrored {recipe.letter}": mirrored(normal), recipe.letter: normal}
    reverse, usual = (_pen(recipe).patch(look, shape) for look, shape in shapes.items())
    return _both_ways(("mirrored", "normal"), (reverse,), (usual,))


BLACK_ON_WHITE = {"lab": (0, 0, 0), "background_lab": (100, 0, 0)}
BRIGHT_ON_DARK = {"lab": (85, 0, 0), "background_lab": (25, 0, 0)}
COLOUR_ON_GREY = {"lab": (65, 30, 15), "background_lab": (30, 0, 0)}


def _classic(
    summary: str,
    conditions: tuple[str, ...],
    draw: Callable[[Recipe], Mapping[str, Condition]],
    colours: Mapping[str, Any],
    difference: float | None = None,
    meaning: str = "",
    **others: Any,
) -> Paradigm:
    geometry = {"display_deg": 12.0, "grid": (6, 6), "item_deg": ITEM_DEG, "set_sizes": (4, 8, 16, 32)}
    adjustable = {} if difference is None else {"difference": difference}
    defaults = {**geometry, **colours, **adjustable, **others}
    return Paradigm(summary, conditions, draw, chosen_background, defaults, mix="balanced", difference=meaning)


CLASSICS = {
    "colour": _classic(
        "a disc of one hue among equally light discs of another",
        ("first_hue", "second_hue"),
        _colour,
        COLOUR_ON_GREY,
        90.0,
        "hue angle in CIE Lab, degrees",
    ),
    "colour_bars": _classic(
        "a vertical bar of one hue among vertical bars of another",
        ("first_hue", "second_hue"),
        _colour_bars,
        COLOUR_ON_GREY,
        180.0,
        "hue angle in CIE Lab, degrees",
    ),
    "orientation": _classic(
        "a tilted bar among vertical bars, and the reverse",
        ("tilted", "vertical"),
        _orientation,
        BRIGHT_ON_DARK,
        20.0,
        "tilt, degrees",
    ),
    "size": _classic(
        "a large disc among small ones, and the reverse",
        ("large", "small"),
        _size,
        BRIGHT_ON_DARK,
        1.5,
        "ratio of the diameters",
    ),
    "luminance": _classic(
        "a bright disc among dim ones, and the reverse",
        ("bright", "dim"),
        _luminance,
        BRIGHT_ON_DARK,
        25.0,
        "L* of the bright ones less that of the dim ones",
    ),
    "conjunction": _classic(
        "a vertical bar of one hue among horizontal bars of it and vertical bars of another",
        ("first_hue_vertical",),
        _conjunction,
        COLOUR_ON_GREY,
        180.0,
        "hue angle in CIE Lab, degrees",
    ),
    "rotated_t": _classic(
        "a T among Ls in four orientations, and the reverse",
        ("t_among_l", "l_among_t"),
        _rotated_t,
        BLACK_ON_WHITE,
        1.0,
        "where the bars of the L meet: 0 in the middle as in the T, 1 at the end",
    ),
    "two_among_five": _classic(
        "a 2 among 5s, and the reverse",
        ("two_among_five", "five_among_two"),
        _two_among_five,
        BLACK_ON_WHITE,
    ),
    "o_and_q": _classic(
        "a Q among Os, an O among Qs",
        ("q_among_o", "o_among_q"),
        _o_and_q,
        BLACK_ON_WHITE,
        0.4,
        "length of the tail, degrees, at most 0.5",
    ),
    "landolt": _classic(
        "a ring with a gap in one direction among rings with gaps in the other three",
        ("gap_right", "gap_up", "gap_left", "gap_down"),
        _landolt,
        BLACK_ON_WHITE,
        0.24,
        "width of the gap, degrees, below 0.7",
    ),
    "mirrored_letters": _classic(
        "a mirrored letter among normal ones, and the reverse",
        ("mirrored", "normal"),
        _mirrored_letters,
        BLACK_ON_WHITE,
        letter="N",
    ),
}
"""Paradigms by name."""
