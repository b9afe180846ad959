"""An experiment shows all targets of a memory set beforehand."""

import numpy as np
from PIL import Image

from gazesim import Trial
from gazesim.experiment.plan import Settings, make_plan


def test_the_cue_of_a_memory_set_shows_every_target(tmp_path, noise):
    shown = [noise(6, 8, number) for number in range(3)]
    display = noise(40, 40)
    known = {"px_per_degree": 10, "condition": "a", "set_size": 1}
    trials = [
        Trial(display, targets=shown, present=True, id="pictures", **known),
        Trial(display, target_texts=["mug", "pen"], present=False, id="words", **known),
        Trial(display, shown[0], present=True, id="one", **known),
    ]
    plan = make_plan("jspsych", "set", trials, [], Settings())
    pictures, words, one = (row["cue"] for row in plan.facts["trials"])
    assert (words["image"], words["text"]) == (None, "mug or pen")
    plan.write_pictures(tmp_path)
    found = np.asarray(Image.open(tmp_path / pictures["image"]))
    corners = {target.tobytes() for target in shown}
    tiles = {found[y : y + 6, x : x + 8].tobytes() for y in range(len(found) - 5) for x in range(found.shape[1] - 7)}
    assert corners <= tiles
    assert (pictures["width_deg"], pictures["height_deg"]) == (found.shape[1] / 10, found.shape[0] / 10)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / one["image"])), shown[0])
