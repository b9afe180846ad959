"""The six search-asymmetry experiments of Gupta, Zhang, Wu, Wolfe, Kreiman, NeurIPS 2021 (arXiv 2106.02953).

Conditions carry the names of the published files. In the first of each pair people search fast.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gazesim.stimuli import published_items
from gazesim.stimuli.paradigm import Canvas, Condition, Paradigm, canvas
from gazesim.stimuli.patch import BLACK, WHITE, Colour, Patch
from gazesim.stimuli.published_items import CURVATURE_ANGLES, SHADING_BACKGROUND
from gazesim.stimuli.recipe import Recipe
from gazesim.stimuli.shapes import Shape, arc, bar, disc, turned, union

SHADING_GREY = Colour(*[SHADING_BACKGROUND] * 3)
MIXED_ANGLES = (-80, -60, -40, 20, 40, 60, 80)
STROKES: dict[str, Shape] = {
    "cross": union(bar(0.55, 5.5), bar(5.5, 0.55, 0, -0.825)),
    "non-cross": union(bar(0.55, 5.5), bar(2.75, 0.55, -1.375, -0.825), bar(2.75, 0.55, 1.375, 0.825)),
    "L": union(bar(0.55, 5.5, -2.475, 0), bar(5.5, 0.55, 0, 2.475)),
    "T": union(bar(0.55, 5.5), bar(5.5, 0.55, 0, -2.475)),
}


def _is_published(recipe: Recipe) -> bool:
    return recipe.rendering == "published"


def _curvature(recipe: Recipe) -> dict[str, Condition]:
    if _is_published(recipe):
        curves, lines = published_items.curves(), published_items.lines()
    else:
        pen = canvas(recipe, 1.6, WHITE, BLACK)
        curve = arc(1, 1 / 6, 0.65, -(np.cos(0.65) + 1) / 2)
        curves, lines = (
            tuple(pen.patch(f"{look} {angle}", turned(shape, angle)) for angle in CURVATURE_ANGLES)
            for look, shape in (("curve", curve), ("line", bar(1.2, 0.2)))
        )
    return {"curve_in_lines": Condition(curves, lines), "line_in_curves": Condition(lines, curves)}


def _shading(recipe: Recipe) -> dict[str, Condition]:
    discs = published_items.shaded_discs() if _is_published(recipe) else _smooth_discs(recipe)
    return {
        "top_down": Condition((discs["above"],), (discs["below"],)),
        "left_right": Condition((discs["left"],), (discs["right"],)),
    }


def _smooth_discs(recipe: Recipe) -> dict[str, Patch]:
    pen = canvas(recipe, 1.04, WHITE, SHADING_GREY)
    across = (np.arange(pen.side) + 0.5 - pen.side / 2) / pen.px_per_degree
    right, down = np.meshgrid(across, across)
    towards = {"below": down, "above": -down, "right": right, "left": -right}
    shade = {side: 255 * (0.5 + place).clip(0, 1)[..., None].repeat(3, 2) for side, place in towards.items()}
    return {side: pen.patch(f"bright {side}", disc(0.5), ink) for side, ink in shade.items()}


def _strokes(first: str, second: str, names: tuple[str, str]) -> Callable[[Recipe], Mapping[str, Condition]]:
    def conditions(recipe: Recipe) -> dict[str, Condition]:
        if _is_published(recipe):
            drawn = published_items.strokes()
        else:
            pen = canvas(recipe, 5.9, BLACK, WHITE)
            drawn = {look: pen.patch(look, shape).orientations() for look, shape in STROKES.items()}
        one, other = drawn[first], drawn[second]
        return {names[0]: Condition(one, other), names[1]: Condition(other, one)}

    return conditions


def _bar(recipe: Recipe, angle: int) -> Patch:
    if _is_published(recipe):
        return published_items.tilted_bar(angle)
    pen: Canvas = canvas(recipe, 2.3, BLACK, WHITE)
    return pen.patch(f"bar {angle}", turned(bar(0.3, 2), angle))


def _homogeneous(recipe: Recipe) -> dict[str, Condition]:
    upright, tilted = (_bar(recipe, 0),), (_bar(recipe, -20),)
    return {"homo_t20": Condition(tilted, upright), "homo_t0": Condition(upright, tilted)}


def _heterogeneous(recipe: Recipe) -> dict[str, Condition]:
    upright, tilted = _bar(recipe, 0), _bar(recipe, -20)
    mixed = tuple(_bar(recipe, angle) for angle in MIXED_ANGLES)
    return {"hetero_t0": Condition((upright,), (*mixed, tilted)), "hetero_t20": Condition((tilted,), (*mixed, upright))}


def _geometry(display_deg: float, cells: int, item_deg: float, set_sizes: tuple[int, ...], n: int) -> dict[str, Any]:
    return {
        "rendering": "published",
        "target": "present",
        "display_deg": display_deg,
        "grid": (cells, cells),
        "item_deg": item_deg,
        "set_sizes": set_sizes,
        "n_per_set_size": n,
    }


PUBLISHED = {
    "curvature": Paradigm(
        "a curve among lines, a line among curves",
        ("curve_in_lines", "line_in_curves"),
        _curvature,
        lambda recipe: BLACK,
        _geometry(11.3, 6, 1.6, (8, 16, 32), 30),
        empty_cells=True,
        mix="cycled",
    ),
    "shading": Paradigm(
        "a disc lit from above among discs lit from below, from the left among from the right",
        ("top_down", "left_right"),
        _shading,
        lambda recipe: SHADING_GREY,
        _geometry(6.6, 4, 1.04, (1, 6, 12), 30),
        empty_cells=True,
        shifted_target_box=True,
    ),
    "intersection": Paradigm(
        "a non-cross among crosses, a cross among non-crosses",
        ("non_cross", "cross"),
        _strokes("non-cross", "cross", ("non_cross", "cross")),
        lambda recipe: WHITE,
        _geometry(20.5, 3, 5.9, (3, 6, 9), 36),
        empty_cells=True,
    ),
    "t_among_l": Paradigm(
        "a T among Ls, an L among Ts",
        ("Ts", "Ls"),
        _strokes("T", "L", ("Ts", "Ls")),
        lambda recipe: WHITE,
        _geometry(20.5, 3, 5.9, (3, 6, 9), 36),
        empty_cells=True,
        for_more_items="rotated_t",
    ),
    "orientation_homogeneous": Paradigm(
        "a bar tilted by 20 degrees among vertical bars, and the reverse",
        ("homo_t20", "homo_t0"),
        _homogeneous,
        lambda recipe: WHITE,
        _geometry(11.3, 4, 2.3, (1, 4, 8, 12), 30),
        empty_cells=True,
    ),
    "orientation_heterogeneous": Paradigm(
        "a vertical bar, or one tilted by 20 degrees, among bars of eight orientations",
        ("hetero_t0", "hetero_t20"),
        _heterogeneous,
        lambda recipe: WHITE,
        _geometry(11.3, 4, 2.3, (1, 4, 8, 12), 30),
        empty_cells=True,
        mix="balanced",
    ),
}
"""Paradigms by name; `PUBLISHED[name].conditions` are the twelve published ones."""
