import numpy as np
import pytest

from gazesim.attention.objects.layout import Layout
from gazesim.proposals import finder, with_objects
from gazesim.trial import Trial

FOUND = np.array([[0, 0, 20, 20], [30, 5, 50, 25], [30, 6, 50, 30.0]])


def found(trial):
    return FOUND


def picture():
    """Grey, with a red disc at (60, 50) and a green one at (190, 100)."""
    y, x = np.mgrid[:160, :240]
    image = np.full((160, 240, 3), 128, np.uint8)
    image[(x - 60) ** 2 + (y - 50) ** 2 < 15**2] = (230, 30, 30)
    image[(x - 190) ** 2 + (y - 100) ** 2 < 15**2] = (30, 200, 30)
    return image


@pytest.mark.parametrize("how", ["segmented", finder("segmented")])
def test_each_of_two_discs_is_in_an_object(how):
    trial = with_objects(Trial(picture(), px_per_degree=20, background=7, id="a", target_text="disc"), how)
    for xy in ([60, 50], [190, 100]):
        assert any((box[:2] <= xy).all() and (xy < box[2:]).all() for box in trial.objects)
    areas = (trial.objects[:, 2:] - trial.objects[:, :2]).prod(axis=1)
    assert areas.sum() < 0.6 * 160 * 240
    assert (trial.id, trial.target_text, trial.px_per_degree, trial.background.tolist()) == ("a", "disc", 20, [7] * 3)
    again = with_objects(Trial(picture(), px_per_degree=20), "segmented")
    np.testing.assert_array_equal(again.objects, trial.objects)


def test_the_target_is_an_object_and_takes_the_place_of_one_nearly_the_same(noise):
    trial = Trial(noise(40, 60), None, target_box=[31, 5, 50.5, 25], px_per_degree=5)
    same = with_objects(trial, found)
    assert same.objects.tolist() == [trial.target_box.tolist(), FOUND[0].tolist()]
    small = Trial(noise(40, 60), None, target_box=[2, 3, 6, 7], px_per_degree=5, id="in a large one")
    layout = Layout.of(with_objects(small, found))
    assert layout.boxes[layout.target].tolist() == [2, 3, 6, 7]
    assert len(layout) == 3  # of the found ones, the third is nearly the second
    assert with_objects(Trial(noise(40, 60), px_per_degree=5), found).objects.tolist() == FOUND.tolist()


def test_objects_that_are_there_stay(noise):
    trial = Trial(noise(40, 60), px_per_degree=5, objects=[[1, 1, 9, 9]])
    assert with_objects(trial, found) is trial


def test_errors_are_one_line_and_say_what_is_accepted(noise):
    flat = Trial(np.full((60, 60, 3), 90, np.uint8), None, target_box=[2, 3, 6, 7], px_per_degree=5, id="flat")
    with pytest.raises(ValueError, match=r"^no objects were found in trial 'flat'; give their boxes") as caught:
        with_objects(flat, "segmented")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="unknown objects 'segment'; known: detected, segmented; did you mean 'segmen"):
        finder("segment")
    with pytest.raises(FileNotFoundError, match=r"detector 'none.pt' does not exist"):
        finder("detected", "none.pt")
