"""A paradigm: what target and distractors look like, and the default sizes."""

from gazesim.stimuli.colour import srgb
from gazesim.stimuli.paradigm import Condition, Paradigm, canvas, chosen_background
from gazesim.stimuli.recipe import Recipe
from gazesim.stimuli.shapes import bar, turned

ITEM_DEG = 1.4


def draw(recipe: Recipe) -> dict[str, Condition]:
    """Return the one condition: a bar tilted to the left among bars tilted to the right."""
    assert recipe.lab is not None
    pen = canvas(recipe, ITEM_DEG, srgb(recipe.lab), chosen_background(recipe))
    left, right = (pen.patch(f"bar {angle:g}", turned(bar(0.3, 1.2), angle)) for angle in (-30, 30))
    return {"left_among_right": Condition((left,), (right,))}


TILTED_BARS = Paradigm(
    "a bar tilted to the left among bars tilted to the right, an example of a paradigm from outside",
    ("left_among_right",),
    draw,
    chosen_background,
    {
        "display_deg": 12.0,
        "grid": (6, 6),
        "item_deg": ITEM_DEG,
        "set_sizes": (4, 8),
        "lab": (85, 0, 0),
        "background_lab": (25, 0, 0),
    },
)
