import numpy as np
import pytest

from gazesim import list_models, load_model
from gazesim.attention import Attention, Glance, Priority, check_needs
from gazesim.attention.top_down.target import UntargetedAttention
from gazesim.trial import Trial

IMAGE = np.zeros((20, 30, 3), np.uint8)
BOX = (2, 2, 8, 8)


class Nothing(Attention):
    """Needs what it is told to."""

    def __init__(self, *needs):
        self.needs = frozenset(needs)

    def attend(self, glances):
        return [Priority(np.zeros(glance.picture.shape[:2])) for glance in glances]


def trial(**has):
    return Trial(IMAGE, px_per_degree=4, id="t", **has)


def test_by_default_a_search_is_never_ended():
    assert Priority(np.zeros((2, 3))).ending == -np.inf


@pytest.mark.parametrize(
    ("need", "has", "words"),
    [
        ("target_image", {"target": IMAGE[:4, :4]}, "is of free viewing, expected an image of the target"),
        ("target_image", {"target_box": BOX}, "is of free viewing, expected an image of the target"),
        ("target_text", {"target_text": "a mug"}, "has no target_text, expected a caption or the name of a class"),
        ("objects", {"objects": [BOX]}, "has no objects, expected their boxes"),
        ("target_box", {"target_box": BOX}, "has no target_box, expected where the target is among the objects"),
    ],
)
def test_what_a_trial_lacks_is_told(need, has, words):
    attention = Nothing(need)
    attention.check(trial(**has))
    Nothing().check(trial())
    with pytest.raises(ValueError, match=f"^trial 't' {words}"):
        attention.check(trial())


def test_words_are_no_image():
    with pytest.raises(ValueError, match=r"^trial 't' has its target in words only, expected an image"):
        check_needs(trial(target_text="a mug"), ["target_image"])


def test_a_glance_has_at_least_its_own_fixation():
    assert Glance(trial(), IMAGE, np.array([3.0, 4.0])).history.tolist() == [[3, 4]]


READY = [name for name in list_models() if not name.startswith(("oat", "nevaclip", "gaze"))]


@pytest.mark.parametrize("name", READY)
def test_in_free_viewing_models_stay_but_for_those_that_compare_features(name):
    attention = load_model(name, weights="places").attention
    remains = attention.free_viewing()
    if type(attention).__name__ == "TargetAttention":
        assert isinstance(remains, UntargetedAttention)
        remains.check(trial())
        (found,) = remains.attend([Glance(trial(), IMAGE, np.array([15.0, 10.0]))])
        assert found.map.shape == (20, 30)
    else:
        assert remains is attention
